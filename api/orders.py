"""GET /v1/orders: what somebody wants to trade, and what became of it."""

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.pages import LIMIT_DEFAULT, LIMIT_MAX, CursorText, Limit, Page, decode_cursor, page_of
from api.problems import Problem, documented
from api.reads import Answer, At, Meta, Placed, blocks, respond
from api.trades import Trade, trade_out
from api.values import (
    ORDER_TYPES,
    SIDES,
    AddressOut,
    AmountOut,
    FractionsOut,
    OrderIdOut,
    OrderNumberOut,
    OrderType,
    PriceOut,
    RatePpmOut,
    Side,
    TickOut,
    checksummed,
    parse_address,
    parse_order_id,
    raw,
)
from indexer.chain import ORDER_NUMBER_BITS, PROPERTY_ID_MAX, order_id_of
from indexer.projections.history import newest_first
from indexer.projections.orders import order_at, orders_at, resting_orders_now
from indexer.projections.trades import trades_of_order

router = APIRouter(tags=["market"])

Group = Literal["all", "open", "filled", "removed"]
Status = Literal[
    "open", "partly_filled", "filled", "cancelled", "expired", "self_trade", "not_eligible", "unfilled", "closed"
]  # fmt: skip


class Escrowed(BaseModel):
    """What an order holds: money for a bid, fractions for an ask."""

    amount: AmountOut | None = Field(
        None, examples=["101000000"], description="of a bid: base units, its fee among them"
    )
    fractions: FractionsOut | None = Field(None, examples=[None], description="of an ask: locked where they are")


class Order(Placed):
    """An order; its place is that of the placing."""

    order_id: OrderIdOut
    number: OrderNumberOut
    property_id: int = Field(examples=[1])
    owner: AddressOut
    side: Side
    order_type: OrderType
    tick: TickOut
    price: PriceOut
    quantity: FractionsOut = Field(description="as it was placed")
    remaining: FractionsOut = Field(description="what rests in the book")
    filled: FractionsOut
    amount: AmountOut = Field(description="value of all its fills, before fees")
    average_price: PriceOut | None = Field(None, description="of its fills, rounded down; null without one")
    status: Status = Field(
        examples=["partly_filled"],
        description="`expired` as soon as the block's time is past its expiry, though it rests until it is taken out; "
        "`unfilled`: what did not trade at once was dropped",
    )
    is_resting: bool = Field(examples=[True])
    expiry: int = Field(examples=[1805552000], description="last second at which it may trade")
    escrowed: Escrowed
    maker_fee_ppm: RatePpmOut
    taker_fee_ppm: RatePpmOut
    fees_paid: AmountOut = Field(examples=["1500"])
    placed_at: int = Field(examples=[1790000000], description="seconds since 1970")
    updated_at: int = Field(examples=[1790000012], description="time of the block of its last change")
    updated_block: int = Field(examples=[119])


class OrderWithFills(Order):
    """An order with its trades, newest first, 200 at most."""

    fills: list[Trade]


class OrderPage(Page):
    meta: Meta
    orders: list[Order]


class OrderAnswer(BaseModel):
    meta: Meta
    order: OrderWithFills


def orders_select(
    at: At, owner: bytes | None, property_id: int | None, status: Group, before: tuple[int, int] | None, limit: int
) -> sa.Select[Any]:
    if status == "open" and at.block is None:
        return with_times(resting_orders_now(owner, property_id, before, limit))
    return with_times(orders_at(at.bound, owner, property_id, status, before, limit))


def with_times(orders: sa.Select[Any]) -> sa.Select[Any]:
    """A select of orders, newest first, with the time of each one's last change."""
    found = orders.subquery("found")
    return (
        sa.select(found, blocks.c.timestamp.label("changed_timestamp"))
        .join(blocks, blocks.c.number == found.c.changed_block)
        .order_by(*newest_first(found))
    )


def order_out(answer: Answer, row: dict[str, Any]) -> Order:
    return Order(**order_fields(answer, row))


def order_fields(answer: Answer, row: dict[str, Any]) -> dict[str, Any]:
    is_bid, is_resting = SIDES[row["side"]] == "bid", row["remaining"] > 0
    held, filled = str(row["escrowed"]) if is_resting else "0", row["filled"]
    return {
        **answer.placed(row),
        "order_id": str(order_id_of(row["property_id"], row["number"])),
        "owner": checksummed(row["owner"]),
        "side": SIDES[row["side"]],
        "order_type": ORDER_TYPES[row["order_type"]],
        "price": str(row["price"]),
        "quantity": str(row["quantity"]),
        "remaining": str(row["remaining"]),
        "filled": str(filled),
        "amount": str(row["value"]),
        "average_price": str(row["value"] // filled) if filled else None,
        "status": "expired" if is_resting and row["expiry"] < answer.meta.at_timestamp else row["status"],
        "is_resting": is_resting,
        "escrowed": Escrowed(amount=held if is_bid else None, fractions=None if is_bid else held),
        "fees_paid": str(row["fees"]),
        "placed_at": row["timestamp"],
        "updated_at": row["changed_timestamp"],
        "updated_block": row["changed_block"],
        **{name: row[name] for name in ("number", "property_id", "tick", "expiry", "maker_fee_ppm", "taker_fee_ppm")},
    }


@router.get(
    "/orders",
    operation_id="listOrders",
    response_model=OrderPage,
    responses=documented("invalid-address", "invalid-cursor", "cursor-orphaned", *AT, *FRESH),
)
async def list_orders(
    request: Request,
    reader: Fresh,
    at: At_,
    owner: Annotated[str | None, Query(description="address of a wallet")] = None,
    property_id: Annotated[int | None, Query(ge=1, le=PROPERTY_ID_MAX)] = None,
    status: Annotated[Group, Query(description="`open`: those that rest; `removed`: all that went unfilled")] = "all",
    cursor: CursorText = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """Orders of a wallet, of a book, or of a wallet in a book, newest first."""
    if owner is None and property_id is None:
        raise Problem("invalid-request", "Say whose orders: owner, property_id, or both.")
    anchor = decode_cursor(cursor)
    before = (anchor.block_number, anchor.log_index) if anchor else None
    wallet = raw(parse_address(owner, "owner")) if owner is not None else None
    answer = await reader.answer(orders_select(at, wallet, property_id, status, before, limit + 1), at, anchor)
    rows, next_cursor = page_of(answer, limit)
    orders = [order_out(answer, row) for row in rows]
    return respond(request, answer, OrderPage(meta=answer.meta, orders=orders, next_cursor=next_cursor))


@router.get(
    "/orders/{order_id}",
    operation_id="getOrder",
    response_model=OrderAnswer,
    responses=documented("invalid-order-id", "unknown-order", *AT, *FRESH),
)
async def get_order(request: Request, reader: Fresh, at: At_, order_id: str) -> Response:
    """One order, with its trades."""
    property_id, number = divmod(parse_order_id(order_id, "order_id"), 2**ORDER_NUMBER_BITS)
    selects = {
        "order": with_times(order_at(property_id, number, at.bound)),
        "fills": trades_of_order(property_id, number, at.bound, LIMIT_MAX),
    }
    answer = await reader.answers(selects, at)
    if not answer.sets["order"]:
        raise Problem(
            "unknown-order", f"No order {property_id}-{number} was placed up to block {answer.meta.at_block}."
        )
    fills = [trade_out(answer, row) for row in answer.sets["fills"]]
    order = OrderWithFills(**order_fields(answer, answer.sets["order"][0]), fills=fills)
    return respond(request, answer, OrderAnswer(meta=answer.meta, order=order))
