"""An offering, from its terms to the last refund: the issuer's actions, the subscribers', and anyone's."""

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from api.prepare.action import action
from api.prepare.answers import Prepared
from api.prepare.bodies import (
    AddressIn,
    AmountIn,
    FractionsIn,
    PropertyBody,
    TimeIn,
    parse_units,
)
from api.prepare.desk import AtDesk, Desk
from api.prepare.listed import name_of, offering_of
from api.prepare.plan import Plan
from api.prepare.words import in_fractions, in_units, short_address
from api.reverts import time_text
from api.values import parse_address, parse_fractions
from indexer.chain import Address

router = APIRouter(tags=["transactions"])


class OfferingSet(PropertyBody):
    """Terms of an offering; the issuer may replace them until it opens."""

    price: AmountIn = Field(description="base units for one fraction")
    soft_cap: FractionsIn = Field(description="with fewer it fails, and everybody is refunded")
    hard_cap: FractionsIn
    opens: TimeIn
    firm: TimeIn = Field(description="from then on nobody can take a subscription back")
    deadline: TimeIn
    minimum: FractionsIn = Field(description="of one wallet")
    maximum: FractionsIn = Field(description="of one wallet")


class OfferingCancel(PropertyBody):
    """An offering that has not opened, called off by the issuer."""


class OfferingSubscribe(PropertyBody):
    """More fractions for the sender, paid now from his main account into escrow."""

    amount: FractionsIn


class OfferingUnsubscribe(PropertyBody):
    """A part of the sender's subscription taken back, or all of it, until the firm time."""

    amount: FractionsIn


class OfferingClose(PropertyBody):
    """An offering decided, by anyone, once its time has come."""


class OfferingCollect(PropertyBody):
    """The fractions that a subscriber bought, given to him by anyone."""

    subscriber: AddressIn | None = Field(None, description="the sender where nobody is named")


class OfferingRefund(PropertyBody):
    """A subscriber's money, given back to him by anyone after the offering failed."""

    subscriber: AddressIn | None = Field(None, description="the sender where nobody is named")


@action(router, "offering_set")
async def prepare_offering_set(body: OfferingSet, desk: AtDesk) -> Prepared:
    """An offering of fractions that do not exist yet; the issuer's."""
    caps = [parse_fractions(getattr(body, name), name) for name in ("soft_cap", "hard_cap")]
    bounds = [parse_fractions(getattr(body, name), name) for name in ("minimum", "maximum")]
    price = parse_units(body.price, "price")
    terms = (price, *caps, body.opens, body.firm, body.deadline, *bounds)
    name = await name_of(desk, body.property_id)
    sentence = (
        f"Offer up to {in_fractions(caps[1])} of {name} at {in_units(price, desk.deployment.contracts.stablecoin)} "
        f"each, from {time_text(body.opens)} to {time_text(body.deadline)}."
    )
    return await prepared(desk, "offering_set", body, [body.property_id, terms], sentence, name)


@action(router, "offering_cancel")
async def prepare_offering_cancel(body: OfferingCancel, desk: AtDesk) -> Prepared:
    """An offering called off before it opens; the issuer's."""
    name = await name_of(desk, body.property_id)
    return await prepared(desk, "offering_cancel", body, [body.property_id], f"Call off the offering of {name}.", name)


@action(router, "offering_subscribe")
async def prepare_offering_subscribe(body: OfferingSubscribe, desk: AtDesk) -> Prepared:
    """A subscription, or a raise of one."""
    amount, name = parse_fractions(body.amount, "amount"), await name_of(desk, body.property_id)
    sentence = f"Subscribe to {in_fractions(amount)} of {name}"
    return await prepared(desk, "offering_subscribe", body, [body.property_id, amount], sentence, name, amount)


@action(router, "offering_unsubscribe")
async def prepare_offering_unsubscribe(body: OfferingUnsubscribe, desk: AtDesk) -> Prepared:
    """A subscription lowered or withdrawn."""
    amount, name = parse_fractions(body.amount, "amount"), await name_of(desk, body.property_id)
    sentence = f"Take back a subscription to {in_fractions(amount)} of {name}"
    return await prepared(desk, "offering_unsubscribe", body, [body.property_id, amount], sentence, name, amount)


@action(router, "offering_close")
async def prepare_offering_close(body: OfferingClose, desk: AtDesk) -> Prepared:
    """An offering decided: settled with its soft cap met, failed otherwise."""
    name = await name_of(desk, body.property_id)
    return await prepared(desk, "offering_close", body, [body.property_id], f"Close the offering of {name}.", name)


@action(router, "offering_collect")
async def prepare_offering_collect(body: OfferingCollect, desk: AtDesk) -> Prepared:
    """Fractions of a settled offering for their subscriber."""
    subscriber, name = subscriber_of(body), await name_of(desk, body.property_id)
    sentence = f"Give {short_address(subscriber)} the fractions of {name} that were subscribed."
    return await prepared(desk, "offering_collect", body, [body.property_id, subscriber], sentence, name)


@action(router, "offering_refund")
async def prepare_offering_refund(body: OfferingRefund, desk: AtDesk) -> Prepared:
    """A subscriber's money of a failed offering."""
    subscriber, name = subscriber_of(body), await name_of(desk, body.property_id)
    sentence = f"Give {short_address(subscriber)} the money back that was subscribed to {name}."
    return await prepared(desk, "offering_refund", body, [body.property_id, subscriber], sentence, name)


FUNCTIONS = {
    "offering_set": "set_offering",
    "offering_cancel": "cancel_offering",
    "offering_subscribe": "subscribe",
    "offering_unsubscribe": "unsubscribe",
    "offering_close": "close_offering",
    "offering_collect": "collect",
    "offering_refund": "refund",
}


async def prepared(
    desk: Desk, action_: str, body: PropertyBody, values: list[Any], sentence: str, name: str, amount: int | None = None
) -> Prepared:
    """amount: fractions whose price belongs at the end of the sentence."""
    offering, time = await asyncio.gather(offering_of(desk, body.property_id, name), desk.next_time())
    if amount is not None:
        coin = desk.deployment.contracts.stablecoin
        sentence += f" for {in_units(amount * offering.price, coin)}." if offering and offering.price else "."
    step = desk.step("PrimaryOffering", FUNCTIONS[action_], values, sentence)
    sender = parse_address(body.sender, "sender")
    return await desk.prepare(Plan(action_, sender, [step], words=offering.words(time) if offering else {}))


def subscriber_of(body: OfferingCollect | OfferingRefund) -> Address:
    named = body.sender if body.subscriber is None else body.subscriber
    return parse_address(named, "subscriber")
