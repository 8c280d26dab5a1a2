"""Fractions from a wallet to another."""

from fastapi import APIRouter
from pydantic import Field

from api.prepare.action import action
from api.prepare.answers import Prepared
from api.prepare.bodies import AddressIn, FractionsIn, PropertyBody
from api.prepare.desk import AtDesk
from api.prepare.listed import name_of
from api.prepare.plan import Plan
from api.prepare.words import in_fractions, short_address
from api.values import parse_address, parse_fractions

router = APIRouter(tags=["transactions"])


class FractionTransfer(PropertyBody):
    """Fractions of a property to another wallet."""

    receiver: AddressIn
    amount: FractionsIn
    holder: AddressIn | None = Field(None, description="whose they are, with his approval; the sender's if none")


@action(router, "fraction_transfer")
async def prepare_fraction_transfer(body: FractionTransfer, desk: AtDesk) -> Prepared:
    """A transfer of fractions. What rests in escrow stays."""
    sender = parse_address(body.sender, "sender")
    holder = sender if body.holder is None else parse_address(body.holder, "holder")
    receiver, amount = parse_address(body.receiver, "receiver"), parse_fractions(body.amount, "amount")
    name = await name_of(desk, body.property_id)
    whose = "" if holder == sender else f" of {short_address(holder)}"
    sentence = f"Send {in_fractions(amount)}{whose} of {name} to {short_address(receiver)}."
    values = [holder, receiver, body.property_id, amount, b""]
    step = desk.step("FractionToken", "safeTransferFrom", values, sentence)
    return await desk.prepare(Plan("fraction_transfer", sender, [step]))
