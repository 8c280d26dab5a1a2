"""ape run verify: is what runs on the chain what the manifest and the sources here say? Reads only."""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand
from web3 import Web3

from scripts._calls import numbered
from scripts._checks import all_checks, report
from scripts._contracts import ROLES, Contracts, full_name
from scripts._desk import connected_web3, manifest_option
from scripts._manifest import place_of, read_manifest
from scripts._quantities import checked_address
from scripts._roles import holders_expected


@click.command(cls=ConnectedProviderCommand)
@manifest_option
@click.option(
    "--expect",
    multiple=True,
    metavar="[CONTRACT:]ROLE=ADDRESS",
    help="A role that a wallet holds beyond what the manifest lists, as in vault:PAUSER=0x...; may be repeated.",
)
def cli(manifest: Path | None, expect: tuple[str, ...]) -> None:
    """Compare the chain with the manifest and the sources. Exit code 1 on any difference."""
    web3 = connected_web3()
    verify(web3, place_of(manifest, web3.eth.chain_id), [role for text in expect for role in parse(text)])


def verify(web3: Web3, path: Path, more: list[tuple[str, str, str]]) -> None:
    """Raises ClickException that names every difference."""
    contracts = Contracts(web3, path, read_manifest(path))
    click.echo(f"{path} against chain {web3.eth.chain_id}, block {web3.eth.block_number}:")
    differing = report(all_checks(contracts, holders_expected(contracts.manifest, more)))
    if differing:
        titles = "".join(f"\n  {check.title}: {check.difference}" for check in differing)
        raise click.ClickException(f"{numbered(len(differing), 'difference')}:{titles}")
    click.echo("Everything is as the manifest and the sources say.")


def parse(text: str) -> list[tuple[str, str, str]]:
    """(contract, role, wallet) for each contract that knows the role, or for the one that is named."""
    place, _, address = text.partition("=")
    contract, _, role = place.rpartition(":")
    role = "DEFAULT_ADMIN_ROLE" if role == "ADMIN" else role
    knowing = [name for name, roles in ROLES.items() if role in roles]
    chosen = [name for name in knowing if not contract or name == full_name(contract)]
    if not chosen:
        raise click.BadParameter(f"{text!r} is not [CONTRACT:]ROLE=ADDRESS with a role that the contract knows")
    return [(name, role, checked_address(address)) for name in chosen]
