"""The indexer as tests use it: as a command, as a process beside them, or a step at a time in this one."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any

import psycopg

from indexer.__main__ import main
from indexer.commands.run import anchor_from, providers_of, was_proven
from indexer.commands.shared import connect
from indexer.decode import decoders_for
from indexer.errors import Retry
from indexer.journal import read_cursor
from indexer.loop import POLL_SECONDS, Loop
from indexer.node import WakeUp
from indexer.providers import LIE_SECONDS_MAX
from indexer.standing import Level
from indexer.store import Store
from local.postgres import READER
from tests.conftest import ROOT, World
from tests.indexer.oracle import check, read_history
from tests.indexer.refold import Place

SECONDS = 30
LOOKS_MAX = 1_000


@dataclass(frozen=True)
class Done:
    """A command that came to its end."""

    exit_code: int
    output: str
    errors: str


def told(done: Done) -> dict[str, Any]:
    """What a command said with --json."""
    found: dict[str, Any] = json.loads(done.output)
    return found


def command(world: World, name: str, *arguments: str) -> Done:
    """A command that comes to its end, on a world."""
    needed = ["--database", world.database]
    if name in ("rebuild", "follow", "promote", "rollback"):
        needed += ["--manifest", str(world.manifest)]
    return invoke(name, *needed, *arguments)


def invoke(*arguments: str) -> Done:
    """A command in this process: starting Python takes longer than all that it does."""
    with redirect_stdout(StringIO()) as output, redirect_stderr(StringIO()) as errors:
        code = main(list(arguments))
    return Done(code, output.getvalue(), errors.getvalue())


def run(world: World, *arguments: str, **environment: str) -> Done:
    """`python -m indexer run` to its end, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "indexer", "run", *arguments],
        env={**world.environment, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def digest(world: World) -> str:
    """Block, fingerprint and digest of the live version."""
    done = command(world, "digest")
    assert done.exit_code == 0, done.errors
    return done.output.strip()


def tip(database: str) -> tuple[int, str]:
    """Number and hash of the newest indexed block; -1 where there is none or no database to ask."""
    try:
        with psycopg.connect(database, connect_timeout=2) as connection:
            query = "SELECT number, '0x' || encode(hash, 'hex') FROM journal.cursor"
            return connection.execute(query).fetchone() or (-1, "")
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.OperationalError):
        return (-1, "")


def until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Follower:
    """The indexer's loop in this process, a look at a time. After a look that led to nothing, so much time
    passes that no provider is set aside any more.

    verify: the level of the command's option of that name.
    """

    def __init__(self, world: World, urls: Sequence[str], range_blocks: int | None, verify: Level | None) -> None:
        self.connection = connect(world.database)
        self.decoders = decoders_for(world.deployment.addresses)
        self.store = Store(self.connection, READER)
        self.reports: list[tuple[str, dict[str, object]]] = []
        self.pause_seconds = LIE_SECONDS_MAX
        """How long it waits after a look that led to nothing."""
        self.clock = Clock()
        self.providers = providers_of(urls, world.deployment, self._note, self.clock)
        self.node = self.providers.all[0].node
        self.loop = Loop(self.providers, self.store, world.deployment, WakeUp(None), self._note, lambda: False)
        if range_blocks:
            self.loop.range_blocks = range_blocks
        self.providers.begin(verify, was_proven(self.connection))
        self.store.prepare(world.deployment)
        if read_cursor(self.connection) is None:
            self.store.begin(anchor_from(self.providers, world.deployment))
        self.store.load()

    def _note(self, event: str, values: dict[str, object]) -> None:
        self.reports.append((event, values))

    def reported(self, event: str) -> list[dict[str, object]]:
        return [values for name, values in self.reports if name == event]

    def to_head(self) -> None:
        """Follow until there is nothing to do, as run() does but without its pauses."""
        for _ in range(LOOKS_MAX):
            with suppress(Retry):
                if self.loop.advance() == POLL_SECONDS:
                    return
                continue
            self._start_anew()
        raise AssertionError(f"not at the head after {LOOKS_MAX} looks")

    def look(self, times: int = 1) -> list[str]:
        """Look so many times; the reasons for which it would try again."""
        reasons = []
        for _ in range(times):
            try:
                self.loop.advance()
            except Retry as trouble:
                reasons.append(str(trouble))
                self._start_anew()
        return reasons

    def _start_anew(self) -> None:
        self.store.load()
        self.clock.seconds += self.pause_seconds

    def fetch_ahead(self, ranges: int) -> None:
        """So many, by a process that can be asked from here on."""
        self.loop.prefetch.depth = ranges
        assert self.loop.prefetch.begin(SECONDS)

    def close(self) -> None:
        self.loop.prefetch.stop()
        self.connection.close()


@contextmanager
def following(
    world: World, *urls: str, range_blocks: int | None = None, verify: Level | None = None
) -> Iterator[Follower]:
    """Of these providers, or of the world's own chain."""
    follower = Follower(world, urls or [world.chain.url], range_blocks, verify)
    try:
        yield follower
    finally:
        follower.close()


def check_at_head(world: World, forged: frozenset[Place] = frozenset()) -> None:
    """The indexer stands at the node's head, and every table is what the oracle makes of the chain."""
    history = read_history(world.chain.web3(), world.manifest, forged)
    assert check(world.database, history) == history.blocks[-1][0], "the head is indexed"


def check_so_far(world: World, forged: frozenset[Place] = frozenset()) -> int:
    """Every table is what the oracle makes of the chain up to where the indexer stands."""
    return check(world.database, read_history(world.chain.web3(), world.manifest, forged))


def check_like_undisturbed(world: World, undisturbed: World) -> None:
    """At the head, and with the digest of an index of the same chain that nothing happened to."""
    check_at_head(world)
    with following(undisturbed) as follower:
        follower.to_head()
    assert digest(world) == digest(undisturbed)
