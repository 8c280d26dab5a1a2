"""rebuild: fold the journal into a version beside the live one, and go on following it, or make it live."""

import argparse

from indexer.commands.follow import follow_until_stopped
from indexer.commands.shared import DONE, Commands, add_command, connect, positive, require_journal, say
from indexer.decode import decoders_for
from indexer.deployment import read_deployment
from indexer.progress import progress
from indexer.rebuilding import LOGS_PER_BATCH, Rebuild


def add(commands: Commands) -> None:
    words = "fold the journal into a version beside the live one; goes on with one that was not promoted yet"
    parser = add_command(commands, rebuild, "rebuild", words, "manifest")
    then = parser.add_mutually_exclusive_group()
    then.add_argument("--promote", action="store_true", help="send readers to it when it is at the tip")
    then.add_argument("--follow", action="store_true", help="keep it at the tip until stopped or promoted")
    parser.add_argument("--fresh", action="store_true", help="begin a new one in any case")
    parser.add_argument("--batch-logs", type=positive, default=LOGS_PER_BATCH, help="logs in one transaction")


def rebuild(options: argparse.Namespace) -> int:
    if options.follow:
        return follow_until_stopped(options, lambda rebuilding: rebuilding.begin(options.fresh))
    deployment = read_deployment(options.manifest)
    with connect(options.database) as connection, progress() as show:
        require_journal(connection)
        decoders = decoders_for(deployment.addresses)
        rebuilding = Rebuild(connection, decoders, show, logs_per_batch=options.batch_logs)
        version = rebuilding.catch_up(rebuilding.begin(options.fresh))
        if options.promote:
            version = rebuilding.promote(version)
        found = {
            "block": version.number,
            "fingerprint": version.fingerprint,
            "digest": rebuilding.digest(version),
            "version": version.schema_name,
        }
    say(found, options.json, " ".join(map(str, found.values())))
    return DONE
