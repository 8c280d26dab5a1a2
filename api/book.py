"""GET /v1/markets/{property_id}/book: what rests at each price, now and at any block, with a checksum."""

import zlib
from collections.abc import Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.markets import sequence_out, unknown_market
from api.problems import documented
from api.properties import PropertyId
from api.reads import Answer, At, Meta, respond
from api.values import FractionsOut, PriceOut, TickOut
from indexer.projections.levels import ASK, BID, book_at, book_now, book_sequence_at
from indexer.projections.markets import markets_at

router = APIRouter(tags=["market"])

DEPTH_DEFAULT, DEPTH_MAX = 20, 200
CHECKED_LEVELS = 10

Depth = Annotated[int, Query(ge=1, le=DEPTH_MAX, description="prices of each side")]


class Level(BaseModel):
    """All orders of a side at one price that rest in the contract, expired ones too until somebody takes them out."""

    tick: TickOut
    price: PriceOut
    quantity: FractionsOut = Field(description="in a delta of the stream 0 where the price has no orders any more")
    orders: int = Field(examples=[2])


class Book(BaseModel):
    """The best prices of both sides, best first."""

    property_id: int = Field(examples=[1])
    bids: list[Level]
    asks: list[Level]
    checksum: int = Field(
        examples=[3310070434],
        description="CRC32 of the digits of price, then quantity, of the ten best asks, then of the ten best bids",
    )
    sequence: str | None = Field(None, examples=["118:4"], description="block and log of the book's last change")


class BookAnswer(BaseModel):
    meta: Meta
    book: Book


def book_selects(at: At, property_id: int, depth: int) -> dict[str, sa.Select[Any]]:
    levels = book_now(property_id, depth) if at.block is None else book_at(property_id, at.block, depth)
    return {
        "market": markets_at(at.bound, property_id),
        "levels": levels,
        "sequence": book_sequence_at(at.bound, property_id),
    }


def book_out(answer: Answer, property_id: int) -> Book | None:
    """Of an answer to book_selects; None where there is no book."""
    if not answer.sets["market"]:
        return None
    tick_size = int(answer.sets["market"][0]["tick_size"])
    sides = [[level_out(row, tick_size) for row in answer.sets["levels"] if row["side"] == side] for side in (BID, ASK)]
    sequence = sequence_out(next(iter(answer.sets["sequence"]), None))
    return Book(
        property_id=property_id, bids=sides[BID], asks=sides[ASK], checksum=checksum_of(*sides), sequence=sequence
    )


def level_out(row: dict[str, Any], tick_size: int) -> Level:
    return Level(
        tick=row["tick"], price=str(row["tick"] * tick_size), quantity=str(row["quantity"]), orders=row["orders"]
    )


def checksum_of(bids: Sequence[Level], asks: Sequence[Level]) -> int:
    """As Kraken makes it: a replica that lost a change has another. Best levels first."""
    best = [*asks[:CHECKED_LEVELS], *bids[:CHECKED_LEVELS]]
    return zlib.crc32("".join(level.price + level.quantity for level in best).encode())


@router.get(
    "/markets/{property_id}/book",
    operation_id="getBook",
    response_model=BookAnswer,
    responses=documented("unknown-market", *AT, *FRESH),
)
async def get_book(
    request: Request, reader: Fresh, at: At_, property_id: PropertyId, depth: Depth = DEPTH_DEFAULT
) -> Response:
    """The best prices of a book."""
    answer = await reader.answers(book_selects(at, property_id, max(depth, CHECKED_LEVELS)), at)
    book = book_out(answer, property_id)
    if book is None:
        raise unknown_market(answer, property_id)
    shown = book.model_copy(update={"bids": book.bids[:depth], "asks": book.asks[:depth]})
    return respond(request, answer, BookAnswer(meta=answer.meta, book=shown))
