"""GET /v1/rents: what was declared and released for properties, and what their holders have of it."""

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.problems import documented
from api.reads import Answer, At, Meta, Placed, respond
from api.values import AddressOut, AmountOut, FractionsOut, checksummed, parse_address, raw
from indexer.chain import PROPERTY_ID_MAX, RENT_SCALE
from indexer.entitlements import rent_by_release, rent_totals
from indexer.projections.rent import FINAL_PERIOD, rents_at

router = APIRouter(tags=["rents"])

RENT_SCALE_DIGITS = 48
"""Decimal places of an exact multiple of 1 / RENT_SCALE, which is 2^48."""
YEARS, MONTHS = range(1900, 2200), range(1, 13)

PropertyChoice = Annotated[int | None, Query(ge=1, le=PROPERTY_ID_MAX, description="of this property only")]
Label = Annotated[
    str, Field(examples=["2026-11"], description="the period for people: a month, `final`, or else its number")
]
Period = Annotated[int, Field(examples=[202611], description="by convention year and month; 0 is the final one")]
ReleaseTime = Annotated[int, Field(examples=[1790000000], description="seconds since 1970")]


class Rent(Placed):
    """One rent of a property; its place is that of the declaration."""

    property_id: int = Field(examples=[1])
    period: Period
    label: Label
    amount: AmountOut
    release_time: ReleaseTime
    state: Literal["declared", "due", "released"] = Field(
        examples=["released"], description="`due`: anyone may release it, by the time of the block"
    )
    released_at_block: int | None = Field(examples=[140])
    per_fraction: str | None = Field(
        examples=["12.5"], description="base units for one fraction, exact; null until the release"
    )


class RentList(BaseModel):
    meta: Meta
    rents: list[Rent]


class RentTotal(BaseModel):
    """A holder's rent of one property, in base units. earned is claimed, claimable and uncollected_rent together."""

    property_id: int = Field(examples=[1])
    claimable: AmountOut = Field(description="what a claim pays now, to the holder's main account")
    claimed: AmountOut
    earned: AmountOut
    uncollected_rent: AmountOut = Field(description="of fractions bought and not collected; claimable with them")


class RentPart(BaseModel):
    """What one release gave a holder."""

    period: Period
    label: Label
    state: Literal["released"]
    fractions: FractionsOut = Field(description="held or bought at the release")
    earned: AmountOut = Field(description="base units; parts of a unit count in the period that completes them")
    release_time: ReleaseTime
    released_at_block: int = Field(examples=[140])


class HolderRent(RentTotal):
    """A holder's rent of one property, with every release in which he had a part."""

    periods: list[RentPart]


class HolderRents(BaseModel):
    meta: Meta
    holder: AddressOut
    properties: list[HolderRent]


def rent_out(answer: Answer, row: dict[str, Any]) -> Rent:
    released = row["released_block"]
    is_due = row["release_time"] <= answer.meta.at_timestamp
    return Rent(
        **answer.placed(row),
        property_id=row["property_id"],
        period=row["period"],
        label=label_of(row["period"]),
        amount=str(row["amount"]),
        release_time=row["release_time"],
        state="released" if released is not None else "due" if is_due else "declared",
        released_at_block=released,
        per_fraction=None if released is None else unscaled(row["index_change"]),
    )


def label_of(period: int) -> str:
    if period == FINAL_PERIOD:
        return "final"
    year, month = divmod(period, 100)
    return f"{year}-{month:02}" if year in YEARS and month in MONTHS else str(period)


def unscaled(scaled: int) -> str:
    """scaled / RENT_SCALE as a decimal number, exact."""
    whole, rest = divmod(scaled, RENT_SCALE)
    places = str(rest * 5**RENT_SCALE_DIGITS).zfill(RENT_SCALE_DIGITS).rstrip("0")
    return f"{whole}.{places}" if places else str(whole)


def total_of(row: dict[str, Any]) -> dict[str, Any]:
    """The fields of RentTotal."""
    names = ("claimable", "claimed", "earned", "uncollected_rent")
    return {"property_id": row["property_id"], **{name: str(row[name]) for name in names}}


def total_out(row: dict[str, Any]) -> RentTotal:
    return RentTotal(**total_of(row))


def part_out(row: dict[str, Any]) -> RentPart:
    return RentPart(
        period=row["period"],
        label=label_of(row["period"]),
        state="released",
        fractions=str(row["fractions"] + row["uncollected"]),
        earned=str(row["earned"]),
        release_time=row["release_time"],
        released_at_block=row["block_number"],
    )


def totals_select(at: At, holder: bytes) -> sa.Select[Any]:
    return rent_totals(holder, at.bound)


@router.get("/rents", operation_id="listRents", response_model=RentList, responses=documented(*AT, *FRESH))
async def list_rents(request: Request, reader: Fresh, at: At_, property_id: PropertyChoice = None) -> Response:
    """Rents of a property, or of all, as they were declared."""
    answer = await reader.answer(rents_at(at.bound, property_id), at)
    body = RentList(meta=answer.meta, rents=[rent_out(answer, row) for row in answer.rows])
    return respond(request, answer, body)


@router.get(
    "/rents/holders/{holder}",
    operation_id="getHolderRents",
    response_model=HolderRents,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def get_holder_rents(
    request: Request, reader: Fresh, at: At_, holder: str, property_id: PropertyChoice = None
) -> Response:
    """A holder's rent, of every property in whose releases he had a part."""
    address = parse_address(holder, "holder")
    wallet = raw(address)
    selects = {
        "totals": rent_totals(wallet, at.bound, property_id),
        "releases": rent_by_release(wallet, at.bound, property_id),
    }
    answer = await reader.answers(selects, at)
    parts: dict[int, list[RentPart]] = {}
    for row in answer.sets["releases"]:
        parts.setdefault(row["property_id"], []).append(part_out(row))
    properties = [HolderRent(**total_of(row), periods=parts[row["property_id"]]) for row in answer.sets["totals"]]
    return respond(request, answer, HolderRents(meta=answer.meta, holder=checksummed(address), properties=properties))
