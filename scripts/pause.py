"""ape run pause: stop what brings in new money, at the vault or at the offering."""

import click
from ape.cli import ConnectedProviderCommand

from scripts._desk import Desk, at_the_desk

STOPS = {"vault": "Deposits stop", "offering": "Subscriptions stop"}


@click.command(cls=ConnectedProviderCommand)
@click.argument("contract", type=click.Choice(list(STOPS)))
@at_the_desk
def cli(desk: Desk, contract: str) -> None:
    """Stop deposits (vault) or subscriptions (offering); a PAUSER does it. Whoever wants to leave can."""
    sentence = f"{STOPS[contract]} until they are resumed. All else goes on."
    desk.perform(sentence, getattr(desk.contracts, contract), "pause")
