"""follow: keep a version that is not live at the journal's tip, so that promoting it or going back to it is at once."""

import argparse
from collections.abc import Callable

from indexer import journal, versions
from indexer.commands.shared import DATABASE_AWAY, DONE, Commands, add_command, connect, positive, require_journal, say
from indexer.decode import decoders_for
from indexer.deployment import read_deployment
from indexer.errors import Retry
from indexer.journal import Connection
from indexer.loop import backoff_seconds
from indexer.progress import progress
from indexer.providers import Report
from indexer.rebuilding import LOGS_PER_BATCH, Rebuild, require_retired
from indexer.stopping import Stopping
from indexer.versions import Version

Choice = Callable[[Rebuild], Version]
"""Which version to follow; claims it."""


def add(commands: Commands) -> None:
    words = "keep a version that is not live at the journal's tip until stopped"
    parser = add_command(commands, follow, "follow", words, "manifest")
    parser.add_argument("version", metavar="VERSION", help="as `freehold indexer versions` names it")
    parser.add_argument("--batch-logs", type=positive, default=LOGS_PER_BATCH, help="logs in one transaction")


def follow(options: argparse.Namespace) -> int:
    def choose(rebuilding: Rebuild) -> Version:
        journal.require_migrated(rebuilding.connection)
        version = versions.read_version(rebuilding.connection, options.version)
        require_retired(version)
        rebuilding.claim(version)
        return version

    return follow_until_stopped(options, choose)


def follow_until_stopped(options: argparse.Namespace, choose: Choice) -> int:
    """Follow a version until it is promoted or we are stopped; a database that goes away is waited for."""
    decoders = decoders_for(read_deployment(options.manifest).addresses)
    stopping, found = Stopping(), list[Version]()

    def once(connection: Connection) -> None:
        require_journal(connection)
        rebuilding = Rebuild(connection, decoders, show, lambda: stopping.asked, options.batch_logs)
        found[:] = [take_up_again(rebuilding, found[0]) if found else choose(rebuilding)]
        show.report("follow", {"version": found[0].schema_name, "block": found[0].number})
        found[:] = [rebuilding.follow(found[0])]

    stopping.listen(lambda: None)
    with progress() as show:
        through_outages(options.database, once, show.report, stopping)
    for version in found:
        place = {"version": version.schema_name, "block": version.number, "live": version.live}
        words = "is live now: `run` goes on with it" if version.live else f"stands at block {version.number}"
        say(place, options.json, f"{version.schema_name} {words}")
    return DONE


def take_up_again(rebuilding: Rebuild, version: Version) -> Version:
    """The same as before the connection was lost. Raises Retry while the server believes that it lasts."""
    version = versions.read_version(rebuilding.connection, version.schema_name)
    if not version.live and not versions.claim(rebuilding.connection, version):
        raise Retry(f"another connection follows the journal into {version.schema_name}")
    return version


def through_outages(dsn: str, action: Callable[[Connection], None], report: Report, stopping: Stopping) -> None:
    """Do something with a connection, again whenever the connection is lost, until it is done or we are stopped."""
    failures = 0
    try:
        while not stopping.asked:
            try:
                with connect(dsn) as connection:
                    failures = 0
                    action(connection)
                    return
            except (*DATABASE_AWAY, Retry) as trouble:
                failures += 1
                seconds = backoff_seconds(failures)
                report("database-away", {"reason": str(trouble).strip(), "in_seconds": round(seconds, 2)})
                stopping.wait(seconds)
    except KeyboardInterrupt:
        if not stopping.asked:
            raise
    finally:
        stopping.done()
