"""ape run rent: declare a property's rent, release it, push it to the holders."""

from typing import Any

import click
from ape.cli import ConnectedProviderCommand
from web3 import Web3

from api.reverts import time_text
from scripts._calls import Call, call_of
from scripts._desk import Desk, at_the_desk
from scripts._logs import events_of
from scripts._quantities import MOMENT, NOBODY, PROPERTY_ID

FINAL = 0
MAX_PERIOD = 2**32 - 1


class Period(click.ParamType):
    """A number such as 202611, or `final` for the final distribution."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "final":
            return FINAL
        return int(click.IntRange(1, MAX_PERIOD).convert(value, param, ctx))


@click.group()
def cli() -> None:
    """Rent: declare, release, push."""


@cli.command("declare", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("period", type=click.IntRange(1, MAX_PERIOD))
@click.argument("amount")
@click.option("--release", type=MOMENT, required=True, help="When it may be released, as 2026-12-01T09:00:00+01:00.")
@at_the_desk
def declare_rent(desk: Desk, property_id: int, period: int, amount: str, release: int) -> None:
    """Set aside a period's rent, AMOUNT in whole units, from the issuer's main account; the issuer does it."""
    units = desk.units(amount, "AMOUNT")
    desk.perform(
        f"Declare {desk.money(units)} as rent of property {property_id} for period {period}, taken from this wallet's "
        f"main account now, to be released from {time_text(release)} on to who holds then.",
        desk.contracts.token,
        "declare_rent",
        *(property_id, period, units, release),
    )


@cli.command("release", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("period", type=Period())
@at_the_desk
def release_rent(desk: Desk, property_id: int, period: int) -> None:
    """Make a declared rent claimable by who holds now; anyone may, from its release time on."""
    amount = desk.contracts.token.functions.rent_of(property_id, period).call()[0]
    what = "the final distribution" if period == FINAL else f"the rent for period {period}"
    desk.perform(
        f"Release {what} of property {property_id}, {desk.money(amount)}, to who holds it now.",
        desk.contracts.token,
        "release_rent",
        *(property_id, period),
    )


@cli.command("push", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@at_the_desk
def push_rent(desk: Desk, property_id: int) -> None:
    """Pay every holder what he has earned, into his own main account; anyone may."""
    token = desk.contracts.token
    ended = token.functions.property_of(property_id).call()[5]
    calls = [
        call
        for holder in holders_ever(desk, property_id)
        if (call := claim_of(desk, property_id, holder, ended)) is not None
    ]
    desk.perform_those_that_go(calls, "pay")


def claim_of(desk: Desk, property_id: int, holder: str, ended: bool) -> Call | None:
    """What claim_rent would do for a holder; None where that is nothing."""
    token = desk.contracts.token
    units = token.functions.claimable_rent(holder, property_id).call()
    burnt = 0
    if ended:
        held = token.functions.balanceOf(holder, property_id).call()
        burnt = held - token.functions.locked_of(holder, property_id).call()
    if not units and not burnt:
        return None
    burning = f", and burn his {burnt:,} fractions" if burnt else ""
    sentence = f"Pay {desk.money(units)} of property {property_id} to {holder}{burning}."
    return call_of(sentence, token, "claim_rent", property_id, holder)


def holders_ever(desk: Desk, property_id: int) -> list[str]:
    """Every wallet that a fraction of the property ever came to."""
    token, first = desk.contracts.token, desk.contracts.manifest.first_block
    found: dict[str, None] = {}
    for event in events_of(token, "TransferSingle", first):
        if event["id"] == property_id:
            found[str(event["receiver"])] = None
    for event in events_of(token, "TransferBatch", first):
        if property_id in event["ids"]:
            found[str(event["receiver"])] = None
    return [Web3.to_checksum_address(wallet) for wallet in found if wallet != NOBODY]
