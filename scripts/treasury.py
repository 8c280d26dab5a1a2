"""ape run treasury: what its operators may pay in a day."""

import click
import msgspec
from ape.cli import ConnectedProviderCommand

from scripts._desk import Desk, at_the_desk
from scripts._manifest import write_manifest


@click.group()
def cli() -> None:
    """The treasury: limit."""


@cli.command("limit", cls=ConnectedProviderCommand)
@click.argument("amount")
@click.option("--record", is_flag=True, help="Write it into the manifest, so that verify expects it.")
@at_the_desk
def set_daily_limit(desk: Desk, amount: str, record: bool) -> None:
    """Let operators pay up to AMOUNT whole units a day of UTC; the treasury's ADMIN does it."""
    treasury = desk.contracts.treasury
    units, before = desk.units(amount, "AMOUNT"), treasury.functions.daily_limit().call()
    if units == before:
        click.echo(f"The limit is {desk.money(units)} already. Nothing was sent.")
    else:
        sentence = f"Operators may pay {desk.money(units)} a day from now on, not {desk.money(before)}."
        desk.perform(sentence, treasury, "set_daily_limit", units)
    if record:
        manifest = desk.contracts.manifest
        decided = msgspec.structs.replace(manifest.parameters, daily_limit=str(units))
        write_manifest(desk.contracts.path, msgspec.structs.replace(manifest, parameters=decided))
        click.echo(f"{desk.contracts.path} says so")
