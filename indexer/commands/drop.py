"""drop: delete a version that is not live, with all its rows."""

import argparse

from indexer import journal, versions
from indexer.commands.shared import DONE, Commands, add_command, connect, require_journal, say
from indexer.rebuilding import Rebuild


def add(commands: Commands) -> None:
    parser = add_command(commands, drop, "drop", "delete a version that is not live, with all its rows")
    parser.add_argument("version", metavar="VERSION", help="as `freehold indexer versions` names it")


def drop(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        require_journal(connection)
        journal.require_migrated(connection)
        version = versions.read_version(connection, options.version)
        Rebuild(connection, {}).drop(version)
    found = {"version": version.schema_name, "fingerprint": version.fingerprint, "block": version.number}
    say(found, options.json, f"dropped {version.schema_name}")
    return DONE
