"""ape run unpause: resume what was paused."""

import click
from ape.cli import ConnectedProviderCommand

from scripts._desk import Desk, at_the_desk

RESUMES = {"vault": "Deposits go on.", "offering": "Subscriptions go on."}


@click.command(cls=ConnectedProviderCommand)
@click.argument("contract", type=click.Choice(list(RESUMES)))
@at_the_desk
def cli(desk: Desk, contract: str) -> None:
    """Resume deposits (vault) or subscriptions (offering); a PAUSER does it."""
    desk.perform(RESUMES[contract], getattr(desk.contracts, contract), "unpause")
