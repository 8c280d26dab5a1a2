"""ape run roles: who holds which role; granting and revoking them by name."""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand
from web3.contract import Contract

from scripts._contracts import ROLES, SPOKEN, find_contracts, full_name
from scripts._desk import Desk, at_the_desk, connected_web3, manifest_option
from scripts._manifest import place_of, write_manifest
from scripts._quantities import ADDRESS
from scripts._roles import holders_on, role_id

ADMIN = "DEFAULT_ADMIN_ROLE"
MAY = {
    ADMIN: "grants and revokes every role of that contract",
    "PAUSER": "stops and resumes what brings in new money",
    "LISTER": "lists properties",
    "OPERATOR": "pays from the treasury, up to the day's limit",
    "FEE": "sets the rates of books for orders to come, up to 1 %, and who receives the fees",
}
MAY_AT_THE_MARKET = {"PAUSER": "halts and resumes the placing of orders", "LISTER": "opens the books of properties"}

record_option = click.option("--record", is_flag=True, help="Write it into the manifest, so that verify expects it.")


@click.group()
def cli() -> None:
    """Roles: show, grant, revoke."""


@cli.command("show", cls=ConnectedProviderCommand)
@manifest_option
def show(manifest: Path | None) -> None:
    """Who holds which role, from the logs. Sends nothing."""
    web3 = connected_web3()
    contracts = find_contracts(web3, place_of(manifest, web3.eth.chain_id))
    for (name, role), wallets in sorted(holders_on(contracts.web3, contracts.manifest).items()):
        click.echo(f"{SPOKEN[name]:<9} {role:<19} {', '.join(sorted(wallets))}")


@cli.command("grant", cls=ConnectedProviderCommand)
@click.argument("contract")
@click.argument("role")
@click.argument("wallet", type=ADDRESS)
@record_option
@at_the_desk
def grant(desk: Desk, contract: str, role: str, wallet: str, record: bool) -> None:
    """Give WALLET a ROLE of a CONTRACT: vault PAUSER, token LISTER, market FEE, treasury OPERATOR, ..., or ADMIN."""
    name, role, on = found(desk, contract, role)
    if on.functions.hasRole(role_id(role), wallet).call():
        click.echo(f"{wallet} holds {role} of the {SPOKEN[name]} already. Nothing was sent.")
    else:
        may = MAY_AT_THE_MARKET.get(role, MAY[role]) if name == "marketplace" else MAY[role]
        sentence = f"Grant {role} of the {SPOKEN[name]} to {wallet}, who then {may}."
        desk.perform(sentence, on, "grantRole", role_id(role), wallet)
    if record:
        write_down(desk, name, role, {*desk.contracts.manifest.holders(name, role), wallet})


@cli.command("revoke", cls=ConnectedProviderCommand)
@click.argument("contract")
@click.argument("role")
@click.argument("wallet", type=ADDRESS)
@record_option
@at_the_desk
def revoke(desk: Desk, contract: str, role: str, wallet: str, record: bool) -> None:
    """Take a ROLE of a CONTRACT from WALLET."""
    name, role, on = found(desk, contract, role)
    if not on.functions.hasRole(role_id(role), wallet).call():
        click.echo(f"{wallet} does not hold {role} of the {SPOKEN[name]}. Nothing was sent.")
    else:
        holders = holders_on(desk.web3, desk.contracts.manifest).get((name, role), set())
        last = " Nobody else holds it, so nobody could ever grant a role of it again." if role == ADMIN else ""
        sentence = f"Revoke {role} of the {SPOKEN[name]} from {wallet}.{last if holders == {wallet} else ''}"
        desk.perform(sentence, on, "revokeRole", role_id(role), wallet)
    if record:
        write_down(desk, name, role, {*desk.contracts.manifest.holders(name, role)} - {wallet})


def found(desk: Desk, contract: str, role: str) -> tuple[str, str, Contract]:
    """The contract's name in the manifest, the role's name, and the contract. Raises BadParameter."""
    name = full_name(contract)
    role = ADMIN if role == "ADMIN" else role
    if role not in ROLES[name]:
        raise click.BadParameter(f"the {SPOKEN[name]} has no role {role!r}; it has {', '.join(ROLES[name])}")
    return name, role, desk.contracts.named(name)


def write_down(desk: Desk, name: str, role: str, holders: set[str]) -> None:
    path = desk.contracts.path
    write_manifest(path, desk.contracts.manifest.with_holders(name, role, sorted(holders)))
    click.echo(f"{path} lists {role} of the {SPOKEN[name]}: {', '.join(sorted(holders)) or 'nobody'}")
