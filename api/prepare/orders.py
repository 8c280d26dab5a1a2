"""Orders of the book, from their placing to their end: the owner's actions, and what anyone may do."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.prepare.action import action
from api.prepare.answers import Prepared, issue
from api.prepare.bodies import Body, FractionsIn, HashIn, OrderIdIn, PropertyIn, TimeIn
from api.prepare.desk import AtDesk, Desk
from api.prepare.market import Book, book_of
from api.prepare.plan import Plan
from api.prepare.vault import request_id
from api.prepare.words import in_fractions
from api.problems import Problem
from api.reverts import order_text, time_text
from api.values import (
    ORDER_TYPES,
    SIDES,
    OrderType,
    Side,
    parse_address,
    parse_amount,
    parse_fractions,
    parse_hash,
    parse_order_id,
    raw,
)
from indexer.chain import FRACTIONS_MAX, ORDER_NUMBER_BITS, Address

router = APIRouter(tags=["transactions"])

KIND_ORDER = 1
"""The kind of key that a signed order acts under."""
ORDERS_MAX = 128
FILLS_MAX = 128
TICKS_MAX = 2**24 - 1
PLACING_SECONDS = 600

OrderIds = Annotated[list[OrderIdIn], Field(min_length=1, max_length=ORDERS_MAX)]


class OrderTerms(BaseModel):
    """What somebody wants to trade. Its price is the worst at which it may: a tick, or base units for one fraction."""

    property_id: PropertyIn
    side: Side
    order_type: OrderType = Field(
        "good_till_cancelled",
        examples=["good_till_cancelled"],
        description="what is left after trading rests (good_till_cancelled), or goes (immediate_or_cancel, market); "
        "fill_or_kill trades all of it or nothing; post_only rests and never trades at once",
    )
    tick: int | None = Field(None, ge=0, le=TICKS_MAX, examples=[250], description="or price, one of them")
    price: str | None = Field(None, max_length=90, examples=[None], description="base units; a multiple of tick_size")
    quantity: FractionsIn
    minimum_fill: str = Field(
        "0", max_length=20, examples=["0"], description="fractions that must trade at once; of market at least 1"
    )
    max_fills: int = Field(0, ge=0, le=FILLS_MAX, examples=[0], description="makers at most; 0 for as many as it can")
    expiry: TimeIn = Field(0, examples=[0], description="last second at which it may trade; 0 for 180 days from now")
    deadline: TimeIn | None = Field(
        None, examples=[None], description="last second at which it may be placed; ten minutes from now if none"
    )


class PlaceOrder(Body, OrderTerms):
    """An order of the sender: matched within the call, at the makers' prices."""


class ReplaceOrder(Body, OrderTerms):
    """One of the sender's orders cancelled and another placed, or neither."""

    order_id: OrderIdIn


class CancelOrder(Body):
    """One of the sender's orders taken out of the book."""

    order_id: OrderIdIn


class CancelOrders(Body):
    """Several of the sender's orders taken out; those that are gone already are passed over."""

    order_ids: OrderIds


class ReduceOrder(Body):
    """A part of one of the sender's orders taken back; it keeps its place."""

    order_id: OrderIdIn
    quantity: FractionsIn = Field(description="fractions less")


class PruneOrders(Body):
    """Orders that can never trade again taken out, by anyone; others are passed over."""

    order_ids: OrderIds


class BurnOrderKey(Body):
    """A key of the sender that shall place no order: one signed with it, given away and regretted, is void."""

    key: HashIn


class CollectFees(Body):
    """What the marketplace has charged, paid to the fee receiver, by anyone."""


@action(router, "place_order", "invalid-price")
async def prepare_place_order(body: PlaceOrder, desk: AtDesk) -> Prepared:
    """An order, with what it would trade at once, what it would cost and what would rest."""
    sender = parse_address(body.sender, "sender")
    book, order = await order_of(desk, body, PLACING_SECONDS)
    step = desk.step("Marketplace", "place", [order], sentence_of(book, body, order))
    return await desk.prepare(Plan("place_order", sender, [step], words=words_of(book, body, order)))


@action(router, "replace_order", "invalid-price", "invalid-order-id")
async def prepare_replace_order(body: ReplaceOrder, desk: AtDesk) -> Prepared:
    """An order in place of another, which loses its place in the queue."""
    sender, order_id = parse_address(body.sender, "sender"), parse_order_id(body.order_id, "order_id")
    book, order = await order_of(desk, body, PLACING_SECONDS)
    sentence = f"Cancel order {order_text(order_id)}. {sentence_of(book, body, order)}"
    step = desk.step("Marketplace", "replace", [order_id, order], sentence)
    return await desk.prepare(Plan("replace_order", sender, [step], words=words_of(book, body, order)))


@action(router, "cancel_order", "invalid-order-id")
async def prepare_cancel_order(body: CancelOrder, desk: AtDesk) -> Prepared:
    """An order cancelled; what it escrowed is free at once. Never paused."""
    order_id = parse_order_id(body.order_id, "order_id")
    return await prepared(desk, "cancel_order", body, "cancel", [order_id], f"Cancel order {order_text(order_id)}.")


@action(router, "cancel_orders", "invalid-order-id")
async def prepare_cancel_orders(body: CancelOrders, desk: AtDesk) -> Prepared:
    """Orders cancelled together."""
    ids = [parse_order_id(text, "order_ids") for text in body.order_ids]
    return await prepared(desk, "cancel_orders", body, "cancel_many", [ids], f"Cancel {listed(ids)}.")


@action(router, "reduce_order", "invalid-order-id")
async def prepare_reduce_order(body: ReduceOrder, desk: AtDesk) -> Prepared:
    """An order made smaller; what it escrowed for that is free at once."""
    order_id, quantity = parse_order_id(body.order_id, "order_id"), parse_fractions(body.quantity, "quantity")
    book = await book_of(desk, order_id >> ORDER_NUMBER_BITS)
    sentence = f"Take {in_fractions(quantity)} back from order {order_text(order_id)}."
    step = desk.step("Marketplace", "reduce", [order_id, quantity], sentence)
    words = book.words("bid", 1, quantity)
    return await desk.prepare(Plan("reduce_order", parse_address(body.sender, "sender"), [step], words=words))


@action(router, "prune_orders", "invalid-order-id")
async def prepare_prune_orders(body: PruneOrders, desk: AtDesk) -> Prepared:
    """Expired orders, bids of wallets that are no longer eligible, and all of a closed book."""
    ids = [parse_order_id(text, "order_ids") for text in body.order_ids]
    return await prepared(desk, "prune_orders", body, "prune", [ids], f"Prune {listed(ids)}.")


@action(router, "burn_order_key")
async def prepare_burn_order_key(body: BurnOrderKey, desk: AtDesk) -> Prepared:
    """A key of signed orders made void before it acts."""
    sender, key = parse_address(body.sender, "sender"), raw(parse_hash(body.key, "key"))
    step = desk.step("Marketplace", "burn_key", [key], f"Make void the key 0x{key.hex()[:8]}… of a signed order.")
    return await desk.prepare(
        Plan(
            action="burn_order_key",
            sender=sender,
            steps=[step],
            idle=issue("already-void", "This key was made void before; there is nothing left to do."),
            words={"KeyUsedForAnotherRequest": "An order was placed with this key already. Cancel it instead."},
            key=key,
            request_id=request_id(sender, KIND_ORDER, key),
        )
    )


@action(router, "collect_fees")
async def prepare_collect_fees(body: CollectFees, desk: AtDesk) -> Prepared:
    """Fees of all books, to the fee receiver's main account."""
    words = {"ZeroAmount": "No fees wait to be collected."}
    step = desk.step("Marketplace", "collect_fees", [], "Pay the marketplace's fees to the fee receiver.")
    return await desk.prepare(Plan("collect_fees", parse_address(body.sender, "sender"), [step], words=words))


NOTHING_DONE = issue("nothing-to-do", "None of these orders rests in a book any more, or none of them can be pruned.")


async def prepared(
    desk: Desk, action_: str, body: Body, function: str, values: Sequence[Any], sentence: str
) -> Prepared:
    step = desk.step("Marketplace", function, values, sentence)
    return await desk.prepare(Plan(action_, parse_address(body.sender, "sender"), [step], idle=NOTHING_DONE))


async def order_of(desk: Desk, terms: OrderTerms, seconds: int) -> tuple[Book, tuple[int, ...]]:
    """The order as the marketplace takes it. seconds: for placing it, where no deadline is named."""
    book = await book_of(desk, terms.property_id)
    quantity, minimum_fill = parse_fractions(terms.quantity, "quantity"), parse_minimum(terms.minimum_fill)
    tick = book.tick_of(terms.tick, terms.price)
    deadline = await desk.next_time() + seconds if terms.deadline is None else terms.deadline
    side, order_type = SIDES.index(terms.side), ORDER_TYPES.index(terms.order_type)
    return book, (
        terms.property_id, side, tick, quantity, order_type, minimum_fill, terms.max_fills, terms.expiry, deadline,
    )  # fmt: skip


def parse_minimum(text: str) -> int:
    """Fractions, where 0 is one of them. Raises Problem."""
    minimum = 0 if text == "0" else parse_amount(text, "minimum_fill")
    if minimum > FRACTIONS_MAX:
        raise Problem("invalid-amount", f"minimum_fill is {text}, and there are never more than {FRACTIONS_MAX}.")
    return minimum


def words_of(book: Book, terms: OrderTerms, order: tuple[int, ...]) -> dict[str, str]:
    _, _, tick, quantity, *_ = order
    return book.words(terms.side, tick, quantity)


def sentence_of(book: Book, terms: OrderTerms, order: tuple[int, ...]) -> str:
    """What the order does, for people."""
    _, _, tick, quantity, _, minimum_fill, *_ = order
    bound = "or less" if terms.side == "bid" else "or more"
    what = f"{in_fractions(quantity)} of {book.name} at {book.each(tick)}"
    until = f"until {time_text(terms.expiry)}" if terms.expiry else "for 180 days"
    if terms.order_type == "post_only":
        verb = "Offer to buy" if terms.side == "bid" else "Offer to sell"
        return f"{verb} {what} each, {until}, without trading at once."
    verb = "Buy" if terms.side == "bid" else "Sell"
    least = f"; at least {in_fractions(minimum_fill)} at once, or none" if minimum_fill else ""
    left = {
        "good_till_cancelled": f"; what does not trade at once is offered {until}",
        "fill_or_kill": "; all of it at once, or none",
    }.get(terms.order_type, "; what does not trade at once is dropped")
    return f"{verb} up to {what} each {bound}{least}{left}."


def listed(ids: Sequence[int]) -> str:
    return f"order {order_text(ids[0])}" if len(ids) == 1 else f"{len(ids)} orders"


def signed_key_id(owner: Address, key: bytes) -> bytes:
    """By which the marketplace knows a key of signed orders."""
    return request_id(owner, KIND_ORDER, key)
