"""promote: send readers to a version that was built beside the live one, at one block and in one transaction."""

import argparse
from typing import Any

from indexer import journal, versions
from indexer.commands.shared import DONE, Commands, add_command, connect, require_live, say
from indexer.decode import Decoders, decoders_for
from indexer.deployment import read_deployment
from indexer.errors import Halt
from indexer.journal import Connection
from indexer.progress import progress
from indexer.rebuilding import Rebuild, require_retired
from indexer.versions import Version

NONE_BUILT = "no version of this release waits to be promoted. Next: freehold indexer rebuild"


def add(commands: Commands) -> None:
    words = "send readers to a version, at one block; the one that was live is kept"
    parser = add_command(commands, promote, "promote", words, "manifest")
    words = "as `freehold indexer versions` names it; the newest that this release has built where none is named"
    parser.add_argument("version", metavar="VERSION", nargs="?", help=words)


def promote(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    with connect(options.database) as connection:
        require_live(connection)
        journal.require_migrated(connection)
        version = choose(connection, options.version)
        found = switch(connection, decoders_for(deployment.addresses), version)
    say(found, options.json, in_words(found))
    return DONE


def choose(connection: Connection, schema_name: str | None) -> Version:
    if schema_name:
        return versions.read_version(connection, schema_name)
    version = versions.version_to_promote(connection)
    if version is None:
        raise Halt(NONE_BUILT)
    return version


def switch(connection: Connection, decoders: Decoders, version: Version) -> dict[str, Any]:
    """Promote it; what readers have now, and what they had."""
    require_retired(version)
    was = require_live(connection)
    with progress() as show:
        rebuilding = Rebuild(connection, decoders, show)
        version = rebuilding.promote(version)
    return {
        "version": version.schema_name,
        "block": version.number,
        "hash": version.hash,
        "fingerprint": version.fingerprint,
        "digest": rebuilding.digest(version),
        "was": was.schema_name,
    }


def in_words(found: dict[str, Any]) -> str:
    return "{version} is live since block {block}; {was} is kept".format(**found)
