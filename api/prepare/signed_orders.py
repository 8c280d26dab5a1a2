"""Orders and cancellations that their owner signs (EIP-712) and anyone submits: first the typed data, then the call."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.prepare.action import action
from api.prepare.answers import Prepared
from api.prepare.bodies import AddressIn, HashIn, KeyIn, OrderIdIn, TimeIn, WantedSignature, parse_key, parse_signature
from api.prepare.desk import AtDesk
from api.prepare.orders import OrderTerms, order_of, sentence_of, signed_key_id, words_of
from api.prepare.plan import Plan
from api.prepare.signed import SIGNED_SECONDS, signing_of
from api.prepare.words import short_address
from api.reverts import order_text
from api.values import parse_address, parse_hash, parse_order_id, raw
from indexer.chain import Address

router = APIRouter(tags=["transactions"])

ORDER = {"owner": "address", "property_id": "uint256", "side": "uint256", "tick": "uint256", "quantity": "uint256",
         "order_type": "uint256", "minimum_fill": "uint256", "max_fills": "uint256", "expiry": "uint256",
         "deadline": "uint256", "key": "bytes32"}  # fmt: skip
CANCELLATION = {"order_id": "uint256", "deadline": "uint256"}


class Signed(BaseModel):
    """Who signs, or signed."""

    model_config = ConfigDict(extra="forbid")
    owner: AddressIn


class Submitted(Signed):
    """With the signature, and who sends the call."""

    signature: WantedSignature
    sender: AddressIn | None = Field(None, description="who submits the call; the owner where nobody is named")


class SignOrder(Signed, OrderTerms):
    """An order for its owner to sign."""

    key: KeyIn = None


class SubmitOrder(Submitted, OrderTerms):
    """A signed order: the same terms, with the deadline and the key that were signed."""

    key: HashIn
    deadline: TimeIn


class SignCancellation(Signed):
    """A cancellation for the order's owner to sign."""

    order_id: OrderIdIn
    deadline: TimeIn | None = Field(None, description="last second at which it may act; an hour from now if none")


class SubmitCancellation(Submitted):
    """A signed cancellation, with the deadline that was signed."""

    order_id: OrderIdIn
    deadline: TimeIn


@action(router, "sign_order", "invalid-price")
async def prepare_sign_order(body: SignOrder, desk: AtDesk) -> Prepared:
    """What the owner signs, and what the order would do if it were placed now. Submit it with submit_order."""
    owner, key = parse_address(body.owner, "owner"), parse_key(body.key)
    book, order = await order_of(desk, body, SIGNED_SECONDS)
    same = desk.step("Marketplace", "place", [order], sentence_of(book, body, order))
    values: list[Any] = [owner, *order, key]
    return await desk.prepare(
        Plan(
            action="sign_order",
            sender=owner,
            steps=[],
            signing=await signing_of(desk, "Marketplace", "Order", ORDER, values, order[-1]),
            rehearsal=[same],
            words=words_of(book, body, order),
            key=key,
            request_id=signed_key_id(owner, key),
        )
    )


@action(router, "submit_order", "invalid-price")
async def prepare_submit_order(body: SubmitOrder, desk: AtDesk) -> Prepared:
    """The call that anyone may send with an order that its owner signed. It acts once."""
    owner, key = parse_address(body.owner, "owner"), raw(parse_hash(body.key, "key"))
    book, order = await order_of(desk, body, SIGNED_SECONDS)
    sentence = f"{sentence_of(book, body, order)} For {short_address(owner)}, as signed."
    step = desk.step("Marketplace", "place_signed", [owner, order, key, parse_signature(body.signature)], sentence)
    return await desk.prepare(
        Plan(
            action="submit_order",
            sender=submitter_of(body, owner),
            steps=[step],
            words=words_of(book, body, order),
            key=key,
            request_id=signed_key_id(owner, key),
            trader=owner,
        )
    )


@action(router, "sign_cancellation", "invalid-order-id")
async def prepare_sign_cancellation(body: SignCancellation, desk: AtDesk) -> Prepared:
    """What an order's owner signs, so that anyone may cancel it. Submit it with submit_cancellation."""
    owner, order_id = parse_address(body.owner, "owner"), parse_order_id(body.order_id, "order_id")
    deadline = await desk.next_time() + SIGNED_SECONDS if body.deadline is None else body.deadline
    same = desk.step("Marketplace", "cancel", [order_id], f"Cancel order {order_text(order_id)}.")
    signing = await signing_of(desk, "Marketplace", "Cancellation", CANCELLATION, [order_id, deadline], deadline)
    return await desk.prepare(Plan("sign_cancellation", owner, [], signing, rehearsal=[same]))


@action(router, "submit_cancellation", "invalid-order-id")
async def prepare_submit_cancellation(body: SubmitCancellation, desk: AtDesk) -> Prepared:
    """The call that anyone may send with a cancellation that the order's owner signed."""
    owner, order_id = parse_address(body.owner, "owner"), parse_order_id(body.order_id, "order_id")
    sentence = f"Cancel order {order_text(order_id)} of {short_address(owner)}, as signed."
    values = [order_id, body.deadline, parse_signature(body.signature)]
    step = desk.step("Marketplace", "cancel_signed", values, sentence)
    return await desk.prepare(Plan("submit_cancellation", submitter_of(body, owner), [step]))


def submitter_of(body: Submitted, owner: Address) -> Address:
    return owner if body.sender is None else parse_address(body.sender, "sender")
