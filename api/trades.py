"""GET /v1/markets/{property_id}/trades: every fill of a book, newest first."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.freshness import AT, FRESH, At_, Fresh
from api.markets import unknown_market
from api.pages import LIMIT_DEFAULT, CursorText, Limit, Page, decode_cursor, page_of
from api.problems import documented
from api.properties import PropertyId
from api.reads import Answer, Meta, Placed, respond
from api.values import (
    SIDES,
    AddressOut,
    AmountOut,
    FractionsOut,
    OrderIdOut,
    PriceOut,
    Side,
    TickOut,
    checksummed,
    parse_address,
    raw,
)
from indexer.chain import order_id_of
from indexer.projections.markets import markets_at
from indexer.projections.trades import trades_of, trades_page

router = APIRouter(tags=["market"])


class Trade(Placed):
    """One fill, at the price of the order that rested. The fees of a taker's fills are parts of that of its call."""

    property_id: int = Field(examples=[1])
    tick: TickOut
    price: PriceOut
    quantity: FractionsOut
    amount: AmountOut = Field(description="price times quantity, before fees")
    taker_side: Side = Field(description="what the taker did: a bid bought, an ask sold")
    maker_order: OrderIdOut
    taker_order: OrderIdOut
    maker: AddressOut
    taker: AddressOut
    maker_fee: AmountOut
    taker_fee: AmountOut


class TradePage(Page):
    meta: Meta
    trades: list[Trade]


def trade_out(answer: Answer, row: dict[str, Any]) -> Trade:
    return Trade(
        **answer.placed(row),
        property_id=row["property_id"],
        tick=row["tick"],
        price=str(row["price"]),
        quantity=str(row["quantity"]),
        amount=str(row["value"]),
        taker_side=SIDES[row["taker_side"]],
        maker_order=str(order_id_of(row["property_id"], row["maker_number"])),
        taker_order=str(order_id_of(row["property_id"], row["taker_number"])),
        maker=checksummed(row["maker"]),
        taker=checksummed(row["taker"]),
        maker_fee=str(row["maker_fee"]),
        taker_fee=str(row["taker_fee"]),
    )


@router.get(
    "/markets/{property_id}/trades",
    operation_id="listTrades",
    response_model=TradePage,
    responses=documented("unknown-market", "invalid-address", "invalid-cursor", "cursor-orphaned", *AT, *FRESH),
)
async def list_trades(
    request: Request,
    reader: Fresh,
    at: At_,
    property_id: PropertyId,
    wallet: Annotated[str | None, Query(description="address: trades in which it was maker or taker")] = None,
    cursor: CursorText = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """Trades of a book, newest first: of everybody, or of one wallet."""
    anchor = decode_cursor(cursor)
    before = (anchor.block_number, anchor.log_index) if anchor else None
    if wallet is None:
        rows = trades_page(at.bound, property_id, before, limit + 1)
    else:
        rows = trades_of(raw(parse_address(wallet, "wallet")), at.bound, before, limit + 1, property_id)
    answer = await reader.answers({"market": markets_at(at.bound, property_id), "rows": rows}, at, anchor)
    if not answer.sets["market"]:
        raise unknown_market(answer, property_id)
    page, next_cursor = page_of(answer, limit)
    trades = [trade_out(answer, row) for row in page]
    return respond(request, answer, TradePage(meta=answer.meta, trades=trades, next_cursor=next_cursor))
