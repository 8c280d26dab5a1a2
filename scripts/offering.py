"""ape run offering: open, cancel and close a property's offering; push its outcome to the subscribers."""

import click
from ape.cli import ConnectedProviderCommand

from api.reverts import time_text
from scripts._calls import Call, call_of, numbered
from scripts._desk import Desk, at_the_desk
from scripts._logs import events_of
from scripts._quantities import FRACTIONS, MOMENT, PROPERTY_ID

SETTLED, FAILED = 2, 3


@click.group()
def cli() -> None:
    """Offerings: open, cancel, close, push."""


@cli.command("open", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.option("--price", required=True, help="Of one fraction, in whole units with decimals, as 100.50.")
@click.option("--soft-cap", type=FRACTIONS, required=True, help="Fractions that must be subscribed for a sale.")
@click.option("--hard-cap", type=FRACTIONS, required=True, help="Fractions that are on offer.")
@click.option("--opens", type=MOMENT, required=True, help="First subscription, as 2026-12-01T09:00:00+01:00.")
@click.option("--firm", type=MOMENT, required=True, help="Until then subscribers may leave.")
@click.option("--deadline", type=MOMENT, required=True, help="Until then they may subscribe.")
@click.option("--minimum", type=FRACTIONS, default=1, show_default=True, help="Fractions of one wallet.")
@click.option("--maximum", type=FRACTIONS, help="Fractions of one wallet; the hard cap if none is named.")
@at_the_desk
def set_offering(
    desk: Desk,
    property_id: int,
    price: str,
    soft_cap: int,
    hard_cap: int,
    opens: int,
    firm: int,
    deadline: int,
    minimum: int,
    maximum: int | None,
) -> None:
    """Offer a property's fractions, or change an offering that has not opened; the issuer does it."""
    units, most = desk.units(price, "--price"), maximum or hard_cap
    desk.perform(
        f"Offer {hard_cap:,} fractions of property {property_id} at {desk.money(units)} each, {minimum:,} to {most:,} "
        f"for one wallet. Subscriptions from {time_text(opens)} to {time_text(deadline)}, to be taken back until "
        f"{time_text(firm)}. With {soft_cap:,} fractions or more subscribed the issuer gets the money, at most "
        f"{desk.money(hard_cap * units)}; with fewer everybody is refunded. From its opening on nobody can change it.",
        desk.contracts.offering,
        "set_offering",
        *(property_id, (units, soft_cap, hard_cap, opens, firm, deadline, minimum, most)),
    )


@cli.command("cancel", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@at_the_desk
def cancel_offering(desk: Desk, property_id: int) -> None:
    """Call off an offering that has not opened; the issuer does it."""
    desk.perform(
        f"Call off the offering of property {property_id}.", desk.contracts.offering, "cancel_offering", property_id
    )


@cli.command("close", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@at_the_desk
def close_offering(desk: Desk, property_id: int) -> None:
    """Decide an offering that is over; anyone may."""
    _, subscribed, _, terms = desk.contracts.offering.functions.offering_of(property_id).call()
    price, soft_cap, hard_cap = terms[:3]
    outcome = (
        f"the issuer gets {desk.money(subscribed * price)}" if subscribed >= soft_cap else "everybody can be refunded"
    )
    desk.perform(
        f"Close the offering of property {property_id}: {subscribed:,} of {hard_cap:,} fractions are subscribed, "
        f"{soft_cap:,} were needed, so {outcome}.",
        desk.contracts.offering,
        "close_offering",
        property_id,
    )


@cli.command("push", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@at_the_desk
def push_outcome(desk: Desk, property_id: int) -> None:
    """Collect for every subscriber of a settled offering, or refund everyone of a failed one; anyone may."""
    offering = desk.contracts.offering
    status, _, _, terms = offering.functions.offering_of(property_id).call()
    if status not in (SETTLED, FAILED):
        raise click.ClickException(f"property {property_id} has no offering that was closed: close it first")
    events = events_of(offering, "Subscribed", desk.contracts.manifest.first_block, property_id=property_id)
    subscribers = dict.fromkeys(str(event["subscriber"]) for event in events)
    subscriptions = {who: offering.functions.subscription_of(property_id, who).call() for who in subscribers}
    calls = [push_call(desk, property_id, who, held, status, terms[0]) for who, held in subscriptions.items() if held]
    desk.perform_those_that_go(calls, "collect" if status == SETTLED else "refund")


def push_call(desk: Desk, property_id: int, subscriber: str, amount: int, status: int, price: int) -> Call:
    offering = desk.contracts.offering
    if status == SETTLED:
        sentence = f"Collect {numbered(amount, 'fraction')} of property {property_id} for {subscriber}."
        return call_of(sentence, offering, "collect", property_id, subscriber)
    return call_of(f"Refund {desk.money(amount * price)} to {subscriber}.", offering, "refund", property_id, subscriber)
