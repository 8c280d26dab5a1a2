"""ape run property: list a property, bind metadata and documents to it, allot, hand it on, end it."""

from pathlib import Path
from typing import Any

import click
from ape.cli import ConnectedProviderCommand

from api.reverts import time_text
from scripts._calls import numbered
from scripts._desk import Desk, at_the_desk
from scripts._documents import Document, deliver, read_document, require_kind
from scripts._quantities import ADDRESS, FRACTIONS, MOMENT, NOBODY, PROPERTY_ID

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
uri_option = click.option("--uri", default="", help="Where the bytes can be had, at most 256 bytes.")
api_option = click.option("--api", help="Address of an API, to which the bytes are given afterwards.")


@click.group()
def cli() -> None:
    """Properties: list, metadata, document, allot, propose, accept, end."""


@cli.command("list", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("name")
@click.option("--issuer", type=ADDRESS, required=True, help="Who may allot, offer, declare rent, and set documents.")
@click.option("--cap", type=FRACTIONS, required=True, help="The most fractions that can ever exist.")
@click.option(
    "--list", "registry_list", type=click.IntRange(0), default=0, help="Registry list; 0 lets anyone hold it."
)
@click.option("--metadata", "file", type=FILE, required=True, help="The metadata document; its hash is bound.")
@uri_option
@api_option
@at_the_desk
def list_property(
    desk: Desk,
    property_id: int,
    name: str,
    issuer: str,
    cap: int,
    registry_list: int,
    file: Path,
    uri: str,
    api: str | None,
) -> None:
    """List a property, for ever. Its number, cap and list can never be changed; the LISTER does it."""
    if not 0 < len(name.encode()) <= 64:
        raise click.BadParameter("a name has 1 to 64 bytes")
    document = read_document(file, uri)
    who = f"wallets of registry list {registry_list}" if registry_list else "anyone"
    bind(
        desk,
        document,
        api,
        f"List property {property_id}, {name!r}, for ever: at most {cap:,} fractions, which {who} may hold; issuer "
        f"{issuer}; metadata {document.words}.",
        "list_property",
        *(property_id, issuer, cap, registry_list, name, document.content_hash, uri),
    )


@cli.command("metadata", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("file", type=FILE)
@uri_option
@api_option
@at_the_desk
def set_metadata(desk: Desk, property_id: int, file: Path, uri: str, api: str | None) -> None:
    """Bind a new version of the metadata document; the issuer does it."""
    document = read_document(file, uri)
    bind(
        desk,
        document,
        api,
        f"Bind {document.words} to property {property_id} as the next version of its metadata.",
        "set_metadata",
        *(property_id, document.content_hash, uri),
    )


@cli.command("document", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("name")
@click.argument("file", type=FILE)
@uri_option
@api_option
@at_the_desk
def set_document(desk: Desk, property_id: int, name: str, file: Path, uri: str, api: str | None) -> None:
    """Bind a document, such as a valuation, or its next version; the issuer does it."""
    if not 0 < len(name.encode()) <= 64:
        raise click.BadParameter("a document's name has 1 to 64 bytes")
    document = read_document(file, uri)
    version = desk.contracts.token.functions.document_of(property_id, name).call()[0] + 1
    bind(
        desk,
        document,
        api,
        f"Bind {document.words} to property {property_id} as {name!r}, version {version}.",
        "set_document",
        *(property_id, name, document.content_hash, uri),
    )


def bind(desk: Desk, document: Document, api: str | None, sentence: str, function: str, *arguments: Any) -> None:
    """Send the transaction that binds a document, and give its bytes to an API where one is named."""
    if api is not None:
        require_kind(document)
    receipt = desk.perform(sentence, desk.contracts.token, function, *arguments)
    if api is not None:
        deliver(document, api, receipt)
        click.echo(f"  {api} has its bytes")


@cli.command("allot", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("receiver", type=ADDRESS)
@click.argument("amount", type=FRACTIONS)
@at_the_desk
def allot(desk: Desk, property_id: int, receiver: str, amount: int) -> None:
    """Create fractions in somebody's wallet; the issuer does it."""
    desk.perform(
        f"Create {numbered(amount, 'fraction')} of property {property_id} for {receiver}.",
        desk.contracts.token,
        "allot",
        *(property_id, receiver, amount),
    )


@cli.command("propose", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("issuer", type=ADDRESS, required=False)
@click.option("--nobody", is_flag=True, help="Take a proposal back.")
@at_the_desk
def propose_issuer(desk: Desk, property_id: int, issuer: str | None, nobody: bool) -> None:
    """First step of handing a property's rights on: they change when the new issuer accepts."""
    if (issuer is None) != nobody:
        raise click.UsageError("name the new issuer's address, or say --nobody")
    sentence = f"Propose {issuer} as issuer of property {property_id}." if issuer else "Take the proposal back."
    desk.perform(sentence, desk.contracts.token, "propose_issuer", property_id, issuer or NOBODY)


@cli.command("accept", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@at_the_desk
def accept_issuer(desk: Desk, property_id: int) -> None:
    """Second step: become the issuer; the proposed one does it."""
    desk.perform(f"Become the issuer of property {property_id}.", desk.contracts.token, "accept_issuer", property_id)


@cli.command("end", cls=ConnectedProviderCommand)
@click.argument("property_id", type=PROPERTY_ID)
@click.argument("amount")
@click.option("--release", type=MOMENT, required=True, help="When it may be released, as 2026-12-01T09:00:00+01:00.")
@at_the_desk
def declare_final(desk: Desk, property_id: int, amount: str, release: int) -> None:
    """Declare the final distribution, which ends the property; the issuer does it. Release it as period `final`."""
    units = desk.units(amount, "AMOUNT")
    desk.perform(
        f"End property {property_id}: take {desk.money(units)} from this wallet's main account, to be released from "
        f"{time_text(release)} on. From now on there is no more rent and no more fractions; this cannot be undone.",
        desk.contracts.token,
        "declare_final",
        *(property_id, units, release),
    )
