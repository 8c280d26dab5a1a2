"""GET /v1/offerings and /v1/subscriptions: the first sales of properties, and who subscribed to them."""

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.pages import LIMIT_DEFAULT, CursorText, Limit, Page, decode_cursor, page_of
from api.problems import Problem, documented
from api.properties import PropertyId
from api.reads import Answer, At, Meta, Placed, respond
from api.values import AddressOut, AmountOut, FractionsOut, checksummed, parse_address, raw
from indexer.projections.offerings import offerings_at, subscriptions_at

router = APIRouter(tags=["offerings"])

ADDRESS_BYTES = 20

Status = Literal["open", "settled", "failed", "cancelled"]
Phase = Literal["announced", "open", "firm", "closable", "settled", "failed", "cancelled"]
State = Literal["subscribed", "collected", "refunded", "withdrawn"]


class Offering(Placed):
    """The first sale of a property's fractions; its place is that of its terms. Times are seconds since 1970."""

    property_id: int = Field(examples=[4])
    issuer: AddressOut
    status: Status = Field(examples=["open"], description="what was decided; `open` until something is")
    phase: Phase = Field(
        examples=["open"],
        description="by the time of the block: `announced` until it opens; `open` while one may also leave; `firm` "
        "until the deadline; `closable` by anyone; then as the status",
    )
    price: AmountOut = Field(description="of one fraction")
    soft_cap: FractionsOut = Field(description="without so many the sale fails")
    hard_cap: FractionsOut = Field(description="the most that are sold")
    opens: int = Field(examples=[1790000000])
    firm: int = Field(examples=[1790600000], description="from here on nobody may leave")
    deadline: int = Field(examples=[1791200000])
    minimum: FractionsOut = Field(description="of one wallet")
    maximum: FractionsOut = Field(description="of one wallet")
    subscribed: FractionsOut = Field(description="by all together")
    proceeds: AmountOut | None = Field(None, description="paid to the issuer; null where the sale has not settled")


class OfferingList(BaseModel):
    meta: Meta
    offerings: list[Offering]


class OfferingAnswer(BaseModel):
    meta: Meta
    offering: Offering


class Subscription(Placed):
    """A wallet's part in an offering; its place is that of its last change, or of its end."""

    property_id: int = Field(examples=[4])
    subscriber: AddressOut
    amount: FractionsOut
    money: AmountOut = Field(description="what it cost, which rests in the vault until the offering is decided")
    state: State = Field(
        examples=["subscribed"],
        description="`subscribed` until its fractions are collected or its money is refunded, which offering_status "
        "allows; `withdrawn` in the stream alone, of one that fell to 0",
    )
    offering_status: Status = Field(examples=["open"])


class SubscriptionPage(Page):
    meta: Meta
    subscriptions: list[Subscription]


class SubscriptionList(BaseModel):
    meta: Meta
    subscriptions: list[Subscription]


def offering_out(answer: Answer, row: dict[str, Any]) -> Offering:
    return Offering(
        **answer.placed(row),
        property_id=row["property_id"],
        issuer=checksummed(row["issuer"]),
        status=row["status"],
        phase=phase_of(row, answer.meta.at_timestamp),
        price=str(row["price"]),
        soft_cap=str(row["soft_cap"]),
        hard_cap=str(row["hard_cap"]),
        opens=row["opens"],
        firm=row["firm"],
        deadline=row["deadline"],
        minimum=str(row["minimum"]),
        maximum=str(row["maximum"]),
        subscribed=str(row["subscribed"]),
        proceeds=str(row["proceeds"]) if row["status"] == "settled" else None,
    )


def phase_of(row: dict[str, Any], now: int) -> Phase:
    """As the contract decides it: each time belongs to what begins then. now: of the block, in seconds."""
    status: Phase = row["status"]
    if status != "open":
        return status
    if now < row["opens"]:
        return "announced"
    if now < row["firm"]:
        return "open"
    is_sold_out = row["subscribed"] == row["hard_cap"]
    return "closable" if is_sold_out or now >= row["deadline"] else "firm"


def subscription_out(answer: Answer, row: dict[str, Any]) -> Subscription:
    return Subscription(
        **answer.placed(row),
        property_id=row["property_id"],
        subscriber=checksummed(row["subscriber"]),
        amount=str(row["subscription"]),
        money=str(row["money"]),
        state=state_of(row),
        offering_status=row["offering_status"],
    )


def state_of(row: dict[str, Any]) -> State:
    if row["subscription"] == 0:
        return "withdrawn"
    outcome: State = row["state"] if row["outcome_block"] is not None else "subscribed"
    return outcome


def placed_at_end(subscriptions: sa.Select[Any]) -> sa.Select[Any]:
    """A select of subscriptions, each at the place of its end if it has one."""
    held = subscriptions.subquery("subscriptions")
    place = [
        sa.func.coalesce(held.c[f"outcome_{name}"], held.c[place]).label(place)
        for name, place in (("block", "block_number"), ("log_index", "log_index"))
    ]
    names = ("property_id", "subscriber", "subscription", "money", "state", "outcome_block", "offering_status")
    return sa.select(*(held.c[name] for name in names), *place).order_by(held.c.property_id, held.c.subscriber)


def subscriptions_of(wallet: bytes, at: At) -> sa.Select[Any]:
    return placed_at_end(subscriptions_at(at.bound, subscriber=wallet))


@router.get("/offerings", operation_id="listOfferings", response_model=OfferingList, responses=documented(*AT, *FRESH))
async def list_offerings(
    request: Request, reader: Fresh, at: At_, status: Annotated[Status | None, Query(description="only these")] = None
) -> Response:
    """All offerings, by property."""
    select = offerings_at(at.bound)
    if status is not None:
        select = select.where(select.selected_columns.status == status)
    answer = await reader.answer(select, at)
    body = OfferingList(meta=answer.meta, offerings=[offering_out(answer, row) for row in answer.rows])
    return respond(request, answer, body)


@router.get(
    "/offerings/{property_id}",
    operation_id="getOffering",
    response_model=OfferingAnswer,
    responses=documented("unknown-offering", *AT, *FRESH),
)
async def get_offering(request: Request, reader: Fresh, at: At_, property_id: PropertyId) -> Response:
    """The offering of a property; there is one at most."""
    answer = await reader.answer(offerings_at(at.bound, property_id), at)
    if not answer.rows:
        raise unknown_offering(answer, property_id)
    return respond(request, answer, OfferingAnswer(meta=answer.meta, offering=offering_out(answer, answer.rows[0])))


def unknown_offering(answer: Answer, property_id: int) -> Problem:
    return Problem(
        "unknown-offering",
        f"Property {property_id} has no offering up to block {answer.meta.at_block}; /v1/offerings has the others.",
    )


@router.get(
    "/offerings/{property_id}/subscriptions",
    operation_id="listSubscriptionsOfOffering",
    response_model=SubscriptionPage,
    responses=documented("unknown-offering", "invalid-cursor", "cursor-orphaned", *AT, *FRESH),
)
async def list_subscriptions_of_offering(
    request: Request,
    reader: Fresh,
    at: At_,
    property_id: PropertyId,
    cursor: CursorText = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """Who subscribed to a property's offering, by wallet. Who took everything back is not among them."""
    anchor = decode_cursor(cursor, ADDRESS_BYTES)
    after = anchor.key if anchor else None
    page = subscriptions_at(at.bound, property_id=property_id, after=after, limit=limit + 1)
    selects = {"offering": offerings_at(at.bound, property_id), "rows": placed_at_end(page)}
    answer = await reader.answers(selects, at, anchor)
    if not answer.sets["offering"]:
        raise unknown_offering(answer, property_id)
    rows, next_cursor = page_of(answer, limit, key="subscriber")
    subscriptions = [subscription_out(answer, row) for row in rows]
    body = SubscriptionPage(meta=answer.meta, subscriptions=subscriptions, next_cursor=next_cursor)
    return respond(request, answer, body)


@router.get(
    "/subscriptions",
    operation_id="listSubscriptions",
    response_model=SubscriptionList,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def list_subscriptions(
    request: Request, reader: Fresh, at: At_, subscriber: Annotated[str, Query(description="address of a wallet")]
) -> Response:
    """A wallet's subscriptions, by property."""
    answer = await reader.answer(subscriptions_of(raw(parse_address(subscriber, "subscriber")), at), at)
    body = SubscriptionList(meta=answer.meta, subscriptions=[subscription_out(answer, row) for row in answer.rows])
    return respond(request, answer, body)
