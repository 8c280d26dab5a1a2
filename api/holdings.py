"""GET /v1/holdings: who holds how many fractions of what, now and at any block."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.problems import Problem, documented
from api.reads import Answer, Meta, Placed, respond
from api.values import AddressOut, FractionsOut, checksummed, parse_address, raw
from indexer.chain import PROPERTY_ID_MAX
from indexer.projections.holdings import holdings_at

router = APIRouter(tags=["holdings"])


class Holding(Placed):
    """A wallet's fractions of a property; its place is that of the last change."""

    property_id: int = Field(examples=[1])
    holder: AddressOut
    balance: FractionsOut
    locked: FractionsOut = Field(description="the part of the balance that rests in escrow")


class HoldingList(BaseModel):
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


@router.get(
    "/holdings",
    operation_id="listHoldings",
    response_model=HoldingList,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def list_holdings(
    request: Request,
    reader: Fresh,
    at: At_,
    holder: Annotated[str | None, Query(description="address of a wallet")] = None,
    property_id: Annotated[int | None, Query(ge=1, le=PROPERTY_ID_MAX)] = None,
) -> Response:
    """Holdings of a wallet, of a property, or of a wallet in a property; largest first within a property."""
    if holder is None and property_id is None:
        raise Problem("invalid-request", "Say whose holdings: holder, property_id, or both.")
    wallet = raw(parse_address(holder, "holder")) if holder is not None else None
    answer = await reader.answer(holdings_at(at.bound, wallet, property_id), at)
    body = HoldingList(meta=answer.meta, holdings=[holding_out(answer, row) for row in answer.rows])
    return respond(request, answer, body)
