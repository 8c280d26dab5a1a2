"""rebuild: fold the journal into a fresh schema beside the live one, and perhaps make it live."""

import argparse

from indexer.commands.shared import DONE, Commands, add_command, connect, require_journal, say
from indexer.decode import decoders_for
from indexer.deployment import read_deployment
from indexer.rebuilding import Rebuild
from indexer.report import RebuildBar


def add(commands: Commands) -> None:
    parser = add_command(commands, rebuild, "rebuild", "fold the journal into a fresh schema", "manifest", "reader?")
    parser.add_argument("--promote", action="store_true", help="make it the live one when it is at the tip")
    parser.add_argument("--batch-logs", type=int, default=None, help="logs in one transaction")


def rebuild(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    with connect(options.database) as connection, RebuildBar() as show:
        require_journal(connection)
        rebuilding = Rebuild(connection, decoders_for(deployment.addresses), options.reader)
        if options.batch_logs:
            rebuilding.logs_per_batch = options.batch_logs
        version = rebuilding.run(show)
        if options.promote:
            rebuilding.promote(version)
        found = {
            "block": version.number,
            "fingerprint": version.fingerprint,
            "digest": rebuilding.digest(version),
            "version": version.schema_name,
        }
    say(found, options.json, " ".join(map(str, found.values())))
    return DONE
