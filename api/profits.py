"""GET /v1/profit: what a wallet's fractions cost, what they are worth, and what it made: first in, first out."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.markets import MarkPrice
from api.problems import documented
from api.reads import Answer, At, Meta, Placed, respond
from api.values import AddressOut, AmountOut, FractionsOut, PriceOut, checksummed, parse_address, raw
from indexer.chain import PROPERTY_ID_MAX
from indexer.entitlements import rent_totals
from indexer.profits import gains_at

router = APIRouter(tags=["portfolio"])


class Profit(Placed):
    """What a wallet made of a property; its place is that of the last lot. Fractions that were given to it cost
    nothing."""

    property_id: int = Field(examples=[1])
    quantity: FractionsOut = Field(description="held")
    costed: FractionsOut = Field(description="of those, bought in a trade or an offering; the others cost nothing")
    cost: AmountOut = Field(description="of those held, fees among it; the oldest are sold first")
    average_cost: PriceOut | None = Field(description="of one fraction, rounded down; null where none is held")
    sold: FractionsOut
    proceeds: AmountOut = Field(description="of all sales, after fees")
    realised: str = Field(examples=["-1500000"], description="proceeds less what was sold had cost; base units")
    mark_price: MarkPrice | None
    value: AmountOut | None = Field(description="of those held, at the mark price; null where there is none")
    unrealised: str | None = Field(examples=["2500000"], description="value less cost")
    rent_received: AmountOut = Field(examples=["730000"], description="claimed rent")


class ProfitList(BaseModel):
    meta: Meta
    owner: AddressOut
    properties: list[Profit]


def profit_selects(at: At, wallet: bytes, property_id: int | None) -> dict[str, sa.Select[Any]]:
    return {"gains": gains_at(wallet, at.bound, property_id), "rents": rent_totals(wallet, at.bound, property_id)}


def profit_out(answer: Answer, row: dict[str, Any], rent_received: int) -> Profit:
    quantity, mark = int(row["quantity"]), row["mark_source"]
    return Profit(
        **answer.placed(row),
        property_id=row["property_id"],
        quantity=str(quantity),
        costed=str(row["costed"]),
        cost=str(row["cost"]),
        average_cost=str(int(row["cost"]) // quantity) if quantity else None,
        sold=str(row["sold"]),
        proceeds=str(row["proceeds"]),
        realised=str(row["realised"]),
        mark_price=MarkPrice(price=str(row["mark_price"]), source=mark) if mark else None,
        value=str(row["value"]) if mark else None,
        unrealised=str(row["unrealised"]) if mark else None,
        rent_received=str(rent_received),
    )


@router.get(
    "/profit",
    operation_id="listProfits",
    response_model=ProfitList,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def list_profits(
    request: Request,
    reader: Fresh,
    at: At_,
    owner: Annotated[str, Query(description="address of a wallet")],
    property_id: Annotated[int | None, Query(ge=1, le=PROPERTY_ID_MAX, description="of this property only")] = None,
) -> Response:
    """Cost basis and profit of a wallet, of every property of which it ever held fractions."""
    wallet = parse_address(owner, "owner")
    answer = await reader.answers(profit_selects(at, raw(wallet), property_id), at)
    rents = {row["property_id"]: int(row["claimed"]) for row in answer.sets["rents"]}
    properties = [profit_out(answer, row, rents.get(row["property_id"], 0)) for row in answer.sets["gains"]]
    body = ProfitList(meta=answer.meta, owner=checksummed(wallet), properties=properties)
    return respond(request, answer, body)
