"""rollback: send readers back to the version that was live before, brought to the journal's tip."""

import argparse

from indexer import journal, versions
from indexer.commands.promote import in_words, switch
from indexer.commands.shared import DONE, Commands, add_command, connect, require_live, say
from indexer.decode import decoders_for
from indexer.deployment import read_deployment
from indexer.errors import Halt


def add(commands: Commands) -> None:
    words = "take the last promotion back: send readers to the version that was live before, at one block"
    add_command(commands, rollback, "rollback", words, "manifest")


def rollback(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    with connect(options.database) as connection:
        require_live(connection)
        journal.require_migrated(connection)
        version = versions.previous_version(connection)
        if version is None:
            raise Halt("no version that was live before is kept: there is nothing to go back to")
        found = switch(connection, decoders_for(deployment.addresses), version)
    say(found, options.json, in_words(found))
    return DONE
