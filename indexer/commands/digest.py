"""digest: one hash over all that was derived, equal on every index of the same deployment."""

import argparse

from indexer import versions
from indexer.chain import BlockNumber
from indexer.commands.shared import DONE, Commands, add_command, connect, require_live, say
from indexer.errors import Halt


def add(commands: Commands) -> None:
    parser = add_command(commands, digest, "digest", "one hash over all that was derived")
    parser.add_argument("--block", type=int, help="as of this block; the tip where none is named")


def digest(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        version = require_live(connection)
        number = BlockNumber(version.number if options.block is None else options.block)
        if number > version.number:
            raise Halt(f"block {number} is not indexed yet: the newest is {version.number}")
        found = {
            "block": number,
            "fingerprint": version.fingerprint,
            "digest": versions.read_digest(connection, number),
        }
    say(found, options.json, " ".join(map(str, found.values())))
    return DONE
