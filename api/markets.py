"""GET /v1/markets: the order book of each property, its rules, and how it trades."""

from typing import Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.problems import Problem, documented
from api.properties import PropertyId
from api.reads import Answer, At, Meta, Placed, respond
from api.values import AmountOut, FractionsOut, PriceOut, RatePpmOut, TickOut
from indexer.chain import MILLION
from indexer.marks import mark_prices_at
from indexer.projections.candles import day_figures
from indexer.projections.levels import ASK, BID, best_prices_at, book_sequence_at
from indexer.projections.markets import markets_at
from indexer.projections.trades import last_trades_at

router = APIRouter(tags=["market"])


class Best(BaseModel):
    """The best price of a side and what rests there, expired orders included."""

    tick: TickOut
    price: PriceOut
    quantity: FractionsOut


class MarkPrice(BaseModel):
    """What a fraction is worth, to value holdings: the middle of best bid and best ask, rounded down; else the price
    of the last trade; else that of the offering."""

    price: PriceOut
    source: Literal["mid", "last", "offering"]


class LastTrade(BaseModel):
    price: PriceOut
    tick: TickOut
    timestamp: int = Field(examples=[1790000000])
    block_number: int = Field(examples=[118])


class Day(BaseModel):
    """The 1,440 minutes up to that of the block."""

    open: PriceOut
    high: PriceOut
    low: PriceOut
    close: PriceOut
    volume: FractionsOut
    value: AmountOut
    trades: int = Field(examples=[12])
    change_ppm: int = Field(examples=[12500], description="from open to close, in millionths of open; rounded to 0")


class Market(Placed):
    """A property's order book; its place is that of the creation."""

    property_id: int = Field(examples=[1])
    status: Literal["open", "halted", "closed"] = Field(
        examples=["open"], description="`halted`: no orders are placed for now; `closed`: nor ever again"
    )
    tick_size: AmountOut = Field(examples=["10000"], description="base units from one price to the next")
    lot: FractionsOut = Field(examples=["1"], description="of which every quantity is a multiple")
    minimum_value: AmountOut = Field(examples=["10000000"], description="what an order must be worth at its own price")
    registry_list: int | None = Field(None, examples=[1], description="who may bid; null where anyone may")
    maker_fee_ppm: RatePpmOut = Field(description="of orders that are placed from now on")
    taker_fee_ppm: RatePpmOut = Field(description="of orders that are placed from now on")
    best_bid: Best | None = None
    best_ask: Best | None = None
    mark_price: MarkPrice | None = None
    last_trade: LastTrade | None = None
    day: Day | None = Field(None, description="null where nothing traded in that time")
    sequence: str | None = Field(None, examples=["118:4"], description="block and log of the book's last change")


class MarketList(BaseModel):
    meta: Meta
    markets: list[Market]


class MarketAnswer(BaseModel):
    meta: Meta
    market: Market


def market_selects(at: At, property_id: int | None = None) -> dict[str, sa.Select[Any]]:
    """All that markets_out needs, of every book or of one."""
    best = best_prices_at(at.bound)
    if property_id is not None:
        best = best.where(best.selected_columns.property_id == property_id)
    return {
        "markets": markets_at(at.bound, property_id),
        "best": best,
        "marks": mark_prices_at(at.bound, property_id),
        "last": last_trades_at(at.bound, property_id),
        "days": day_figures(at.held, property_id),
        "sequences": sequences_at(at, property_id),
    }


def sequences_at(at: At, property_id: int | None) -> sa.Select[Any]:
    """The last change of every book, or of one, by property."""
    markets = markets_at(at.bound, property_id).subquery("markets")
    last = book_sequence_at(at.bound, markets.c.property_id).lateral("last")  # type: ignore[arg-type]
    return sa.select(markets.c.property_id, last.c.block_number, last.c.log_index).select_from(
        markets.join(last, sa.true())
    )


def markets_out(answer: Answer) -> list[Market]:
    """The markets of an answer to market_selects, by property."""
    best = {(row["property_id"], row["side"]): row for row in answer.sets["best"]}
    marks, last, days, sequences = (
        {row["property_id"]: row for row in answer.sets[name]} for name in ("marks", "last", "days", "sequences")
    )
    markets = []
    for row in answer.sets["markets"]:
        number, tick_size = row["property_id"], int(row["tick_size"])
        markets.append(
            Market(
                **answer.placed(row),
                property_id=number,
                status=row["status"],
                tick_size=str(tick_size),
                lot=str(row["lot"]),
                minimum_value=str(row["minimum_ticks"] * tick_size),
                registry_list=row["registry_list"] or None,
                maker_fee_ppm=row["maker_fee_ppm"],
                taker_fee_ppm=row["taker_fee_ppm"],
                best_bid=best_out(best.get((number, BID)), tick_size),
                best_ask=best_out(best.get((number, ASK)), tick_size),
                mark_price=mark_out(marks.get(number)),
                last_trade=last_out(last.get(number)),
                day=day_out(days.get(number)),
                sequence=sequence_out(sequences.get(number)),
            )
        )
    return markets


def best_out(row: dict[str, Any] | None, tick_size: int) -> Best | None:
    if row is None:
        return None
    return Best(tick=row["tick"], price=str(row["tick"] * tick_size), quantity=str(row["quantity"]))


def mark_out(row: dict[str, Any] | None) -> MarkPrice | None:
    if row is None or row["source"] is None:
        return None
    return MarkPrice(price=str(row["price"]), source=row["source"])


def last_out(row: dict[str, Any] | None) -> LastTrade | None:
    if row is None:
        return None
    return LastTrade(
        price=str(row["price"]), tick=row["tick"], timestamp=row["timestamp"], block_number=row["block_number"]
    )


def day_out(row: dict[str, Any] | None) -> Day | None:
    if row is None:
        return None
    began, change = int(row["open"]), int(row["close"]) - int(row["open"])
    change_ppm = abs(change) * MILLION // began
    figures = {name: str(row[name]) for name in ("open", "high", "low", "close", "volume", "value")}
    return Day(**figures, trades=row["trades"], change_ppm=change_ppm if change > 0 else -change_ppm)


def sequence_out(row: dict[str, Any] | None) -> str | None:
    return f"{row['block_number']}:{row['log_index']}" if row else None


def unknown_market(answer: Answer, property_id: int) -> Problem:
    return Problem(
        "unknown-market",
        f"Property {property_id} has no book up to block {answer.meta.at_block}; /v1/markets has the others.",
    )


@router.get("/markets", operation_id="listMarkets", response_model=MarketList, responses=documented(*AT, *FRESH))
async def list_markets(request: Request, reader: Fresh, at: At_) -> Response:
    """All order books, by property."""
    answer = await reader.answers(market_selects(at), at)
    return respond(request, answer, MarketList(meta=answer.meta, markets=markets_out(answer)))


@router.get(
    "/markets/{property_id}",
    operation_id="getMarket",
    response_model=MarketAnswer,
    responses=documented("unknown-market", *AT, *FRESH),
)
async def get_market(request: Request, reader: Fresh, at: At_, property_id: PropertyId) -> Response:
    """The order book of a property."""
    answer = await reader.answers(market_selects(at, property_id), at)
    found = markets_out(answer)
    if not found:
        raise unknown_market(answer, property_id)
    return respond(request, answer, MarketAnswer(meta=answer.meta, market=found[0]))
