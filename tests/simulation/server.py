"""A server that is stopped by force, again and again, with fsync on, while the indexer follows: what was committed is
there afterwards, and nothing else is.

Half of the stops are those of `pg_ctl stop -m immediate`, half kill every process of the server at once.
"""

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg

from indexer import journal
from indexer.commands.shared import connect
from local.postgres import start_postgres
from tests.simulation.trial import Case, Trial

STOP_SECONDS_MAX = 0.08
"""How long after a look of the loop the server is stopped."""
LOOKS_BETWEEN = 6
EXIT_SECONDS_MAX = 60
BLOCKS = 150
"""That the chain has at first, about; it grows until all stops were done."""


class Siege(Trial):
    """A trial whose only crashes are the server's."""

    def __init__(self, home: Path, seed: int, stops: int, progress: Callable[[int], None]) -> None:
        self.home, self.stops, self.progress = home, stops, progress
        self.server = start_postgres(home / "postgres", home / "postgres.log", fsync=True)
        self.done, self.seconds = 0, 0.0
        self.timer: threading.Timer | None = None
        super().__init__(Case(seed, BLOCKS), self.server.create_database("siege"))

    def survive(self, connection: journal.Connection) -> journal.Connection:
        """One life, and the server again where it was stopped. A reader looks at once."""
        self.plan.at = None
        try:
            connection = super().survive(connection)
        except psycopg.OperationalError:
            connection.close()
        if self.timer is not None:
            self.timer.join()
            self.timer = None
            connection.close()
            self.restart()
            connection = connect(self.database)
        return connection

    def restart(self) -> None:
        self.server.process.child.wait(EXIT_SECONDS_MAX)
        self.server = start_postgres(self.home / "postgres", self.home / "postgres.log", self.server.port, fsync=True)
        self.done += 1
        self.progress(self.done)
        if self.observer:
            self.observer.connection.close()
            self.observer.connection = psycopg.connect(self.database, autocommit=True)
            self.observer.look()

    def is_long_enough(self) -> bool:
        if self.timer is None and self.chance.random() < 1 / LOOKS_BETWEEN and self.done < self.stops:
            kill = self.chance.choice([self.stop_immediately, self.kill_all])
            self.timer = threading.Timer(self.chance.uniform(0, STOP_SECONDS_MAX), kill)
            self.timer.start()
        return self.done >= self.stops

    def stop_immediately(self) -> None:
        """SIGQUIT: every process of the server ends where it stands."""
        self.server.process.ask_to_stop(signal.SIGQUIT)

    def kill_all(self) -> None:
        """SIGKILL for the server and all of its processes."""
        parent = psutil.Process(self.server.process.child.pid)
        for process in [parent, *parent.children(recursive=True)]:
            process.kill()

    def close(self) -> None:
        self.server.stop()


def besiege(home: Path, seed: int, stops: int, progress: Callable[[int], None]) -> Siege:
    """So many stops. Raises Wrong where something is not as it was."""
    started = time.monotonic()
    siege = Siege(home, seed, stops, progress)
    try:
        siege.run()
    finally:
        siege.close()
    siege.seconds = time.monotonic() - started
    return siege
