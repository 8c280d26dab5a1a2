"""GET /v1/holdings: who holds how many fractions of what, now and at any block."""

import struct
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.freshness import AT, FRESH, At_, Fresh
from api.pages import LIMIT_DEFAULT, CursorText, Limit, Page, as_of, decode_cursor, forged, page_as_of
from api.problems import Problem, documented
from api.reads import Anchor, Answer, Meta, Placed, respond
from api.values import AddressOut, FractionsOut, checksummed, parse_address, raw
from indexer.chain import PROPERTY_ID_MAX
from indexer.projections.holdings import holdings_at

router = APIRouter(tags=["holdings"])

POSITION = struct.Struct(">qq20s")
"""Of a holding in the order of the list: property, balance, holder."""


class Holding(Placed):
    """A wallet's fractions of a property; its place is that of the last change."""

    property_id: int = Field(examples=[1])
    holder: AddressOut
    balance: FractionsOut
    locked: FractionsOut = Field(description="the part of the balance that rests in escrow")


class HoldingList(Page):
    meta: Meta
    holdings: list[Holding]


def holding_out(answer: Answer, row: dict[str, Any]) -> Holding:
    return Holding(
        **answer.placed(row),
        property_id=row["property_id"],
        holder=checksummed(row["holder"]),
        balance=str(row["balance"]),
        locked=str(row["locked"]),
    )


def position_of(row: dict[str, Any]) -> bytes:
    return POSITION.pack(row["property_id"], row["balance"], raw(row["holder"]))


def position_after(anchor: Anchor | None) -> tuple[int, int, bytes] | None:
    """Property, balance and holder. Raises Problem where no holding can be there."""
    if anchor is None:
        return None
    property_id, balance, holder = POSITION.unpack(anchor.key)
    if min(property_id, balance) < 0:
        raise forged()
    return property_id, balance, holder


@router.get(
    "/holdings",
    operation_id="listHoldings",
    response_model=HoldingList,
    responses=documented("invalid-address", "invalid-cursor", "cursor-orphaned", *AT, *FRESH),
)
async def list_holdings(
    request: Request,
    reader: Fresh,
    at: At_,
    holder: Annotated[str | None, Query(description="address of a wallet")] = None,
    property_id: Annotated[int | None, Query(ge=1, le=PROPERTY_ID_MAX)] = None,
    cursor: CursorText = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """Holdings of a wallet, of a property, or of a wallet in a property; largest first within a property. All pages are
    as of the block of the first."""
    if holder is None and property_id is None:
        raise Problem("invalid-request", "Say whose holdings: holder, property_id, or both.")
    wallet = raw(parse_address(holder, "holder")) if holder is not None else None
    anchor = decode_cursor(cursor, POSITION.size)
    at = as_of(at, anchor)
    holdings = holdings_at(at.bound, wallet, property_id, position_after(anchor), limit + 1)
    answer = await reader.answer(holdings, at, anchor)
    rows, next_cursor = page_as_of(answer, limit, position_of)
    body = HoldingList(meta=answer.meta, holdings=[holding_out(answer, row) for row in rows], next_cursor=next_cursor)
    return respond(request, answer, body)
