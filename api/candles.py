"""GET /v1/markets/{property_id}/candles: open, high, low, close and volume by time."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.markets import unknown_market
from api.problems import documented
from api.properties import PropertyId
from api.reads import Meta, respond
from api.values import AmountOut, FractionsOut, PriceOut
from indexer.projections.candles import candles_at
from indexer.projections.markets import markets_at

router = APIRouter(tags=["market"])

CANDLES_DEFAULT, CANDLES_MAX = 300, 1_000
TIME_MAX = 2**40

Interval = Literal["1m", "5m", "15m", "1h", "4h", "1d", "1w"]


class Candle(BaseModel):
    """The trades of one interval, by the time of their blocks; an interval without trades has none."""

    start: int = Field(examples=[1789999980], description="seconds since 1970; of UTC, weeks begin on Monday")
    open: PriceOut
    high: PriceOut
    low: PriceOut
    close: PriceOut
    volume: FractionsOut
    value: AmountOut
    trades: int = Field(examples=[3])


class CandleList(BaseModel):
    meta: Meta
    candles: list[Candle]


def candle_out(row: dict[str, Any]) -> Candle:
    figures = {name: str(row[name]) for name in ("open", "high", "low", "close", "volume", "value")}
    return Candle(start=row["start"], **figures, trades=row["trades"])


@router.get(
    "/markets/{property_id}/candles",
    operation_id="listCandles",
    response_model=CandleList,
    responses=documented("unknown-market", *AT, *FRESH),
)
async def list_candles(
    request: Request,
    reader: Fresh,
    at: At_,
    property_id: PropertyId,
    interval: Interval,
    from_: Annotated[int | None, Query(alias="from", ge=0, le=TIME_MAX, description="first start, or later")] = None,
    to: Annotated[int | None, Query(ge=0, le=TIME_MAX, description="only those that start before")] = None,
    limit: Annotated[int, Query(ge=1, le=CANDLES_MAX, description="the newest so many")] = CANDLES_DEFAULT,
) -> Response:
    """Candles of a book, oldest first. To go back in time, name the first start as `to`."""
    rows = candles_at(at.bound, property_id, interval, from_, to, limit)
    answer = await reader.answers({"market": markets_at(at.bound, property_id), "rows": rows}, at)
    if not answer.sets["market"]:
        raise unknown_market(answer, property_id)
    candles = [candle_out(row) for row in reversed(answer.rows)]
    return respond(request, answer, CandleList(meta=answer.meta, candles=candles))
