"""Rent: declared by the issuer, released and claimed by anyone."""

from fastapi import APIRouter
from pydantic import Field

from api.prepare.action import action
from api.prepare.answers import Prepared
from api.prepare.bodies import AddressIn, AmountIn, PropertyBody, TimeIn
from api.prepare.desk import AtDesk
from api.prepare.listed import name_of
from api.prepare.plan import Plan
from api.prepare.words import in_units, period_text, short_address
from api.reverts import time_text
from api.values import parse_address, parse_amount
from indexer.chain import PERIOD_MAX

router = APIRouter(tags=["transactions"])

FINAL = 0


class RentDeclare(PropertyBody):
    """A period's rent, put into escrow from the issuer's main account."""

    period: int = Field(
        ge=0, le=PERIOD_MAX, examples=[202611], description="year and month; 0 is the final distribution, the end"
    )
    amount: AmountIn
    release_time: TimeIn


class RentRelease(PropertyBody):
    """A declared rent, given to those who hold at that moment; by anyone."""

    period: int = Field(ge=0, le=PERIOD_MAX, examples=[202611])


class RentClaim(PropertyBody):
    """What a holder has earned, into his own main account; by anyone."""

    holder: AddressIn | None = Field(None, description="the sender where nobody is named")


@action(router, "rent_declare")
async def prepare_rent_declare(body: RentDeclare, desk: AtDesk) -> Prepared:
    """Rent of a period declared; period 0 declares the final distribution, after which the property ends."""
    sender, amount = parse_address(body.sender, "sender"), parse_amount(body.amount, "amount")
    name, money = await name_of(desk, body.property_id), in_units(amount, desk.deployment.contracts.stablecoin)
    when = f"to be released from {time_text(body.release_time)} on"
    if body.period == FINAL:
        sentence = f"End {name}: declare its final distribution of {money}, {when}."
        values = [body.property_id, amount, body.release_time]
        step = desk.step("FractionToken", "declare_final", values, sentence)
    else:
        sentence = f"Declare {money} of rent of {name} for {period_text(body.period)}, {when}."
        values = [body.property_id, body.period, amount, body.release_time]
        step = desk.step("FractionToken", "declare_rent", values, sentence)
    return await desk.prepare(Plan("rent_declare", sender, [step]))


@action(router, "rent_release")
async def prepare_rent_release(body: RentRelease, desk: AtDesk) -> Prepared:
    """A declared rent made claimable, once its time has come."""
    name = await name_of(desk, body.property_id)
    what = "final distribution" if body.period == FINAL else f"rent for {period_text(body.period)}"
    step = desk.step("FractionToken", "release_rent", [body.property_id, body.period], f"Release the {what} of {name}.")
    return await desk.prepare(Plan("rent_release", parse_address(body.sender, "sender"), [step]))


@action(router, "rent_claim")
async def prepare_rent_claim(body: RentClaim, desk: AtDesk) -> Prepared:
    """A holder's rent paid out; after the end of the property his fractions are burnt with it."""
    sender = parse_address(body.sender, "sender")
    holder = sender if body.holder is None else parse_address(body.holder, "holder")
    name = await name_of(desk, body.property_id)
    whose = "your rent" if holder == sender else f"the rent of {short_address(holder)}"
    sentence = f"Pay out {whose} from {name}."
    step = desk.step("FractionToken", "claim_rent", [body.property_id, holder], sentence)
    return await desk.prepare(Plan("rent_claim", sender, [step]))
