"""ape run registry: lists of wallets that may hold a property, and their entries from a CSV."""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from scripts._calls import Call, call_of, numbered
from scripts._desk import Desk, at_the_desk
from scripts._entries import Entry, entry_on_chain, read_entries
from scripts._quantities import ADDRESS

# The most that the contract takes at once.
BATCH_ENTRIES = 128

LIST = click.IntRange(1)


@click.group()
def cli() -> None:
    """The investor registry: create, registrar, import."""


@cli.command("create", cls=ConnectedProviderCommand)
@click.argument("registrar", type=ADDRESS)
@click.argument("name")
@at_the_desk
def create_list(desk: Desk, registrar: str, name: str) -> None:
    """Open a list, whose entries REGISTRAR will make; the registry's ADMIN does it."""
    if not 0 < len(name.encode()) <= 64:
        raise click.BadParameter("a list's name has 1 to 64 bytes")
    registry = desk.contracts.registry
    receipt = desk.perform(
        f"Open a registry list named {name!r}, whose entries {registrar} makes.",
        registry,
        "create_list",
        registrar,
        name,
    )
    (event,) = registry.events.ListCreated().process_receipt(receipt)
    click.echo(f"  it is list {event['args']['registry_list']}")


@cli.command("registrar", cls=ConnectedProviderCommand)
@click.argument("registry_list", metavar="LIST", type=LIST)
@click.argument("registrar", type=ADDRESS)
@at_the_desk
def set_registrar(desk: Desk, registry_list: int, registrar: str) -> None:
    """Hand a list on; its registrar does it, or ADMIN."""
    registry = desk.contracts.registry
    before = registry.functions.registrar_of(registry_list).call()
    desk.perform(
        f"From now on {registrar} makes the entries of list {registry_list}, and {before} no more.",
        *(registry, "set_registrar", registry_list, registrar),
    )


@cli.command("import", cls=ConnectedProviderCommand)
@click.argument("registry_list", metavar="LIST", type=LIST)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@at_the_desk
def import_entries(desk: Desk, registry_list: int, file: Path) -> None:
    """Make the list's entries as a CSV has them; its registrar does it.

    The heading is wallet,investor_id,expiry,frozen. An entry ends as the day of its expiry begins, in UTC; `off`
    instead of a date takes the wallet off the list. Wallets that the file does not name stay as they are.
    """
    entries = read_entries(file)
    registry = desk.contracts.registry
    changes = []
    for entry in entries:
        before = entry_on_chain(registry, registry_list, entry.wallet)
        if before != entry and (before.expiry or entry.expiry):
            changes.append(entry)
            click.echo(f"  {entry.wallet}: {before.words if before.expiry else 'new'} -> {entry.words}")
    click.echo(f"{numbered(len(changes), 'change')}; {len(entries) - len(changes)} stand as they are.")
    if not changes:
        click.echo("Nothing was sent.")
        return
    desk.sender.perform(batches(desk, registry_list, changes))


def batches(desk: Desk, registry_list: int, changes: list[Entry]) -> list[Call]:
    chunks = [changes[start : start + BATCH_ENTRIES] for start in range(0, len(changes), BATCH_ENTRIES)]
    return [
        call_of(
            f"Make {len(chunk)} entries of list {registry_list}.",
            *(desk.contracts.registry, "set_entries", registry_list, [entry.arguments for entry in chunk]),
        )
        for chunk in chunks
    ]
