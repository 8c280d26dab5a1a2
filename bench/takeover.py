"""How long nobody writes when the leader is killed: from kill -9 to the first block that a standby commits."""

import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from bench.load import Ground, emit, load_ground
from indexer.standing import LEADER_LOCK
from local.chain import Chain
from local.process import Process, start, wait_until

TARGET_SECONDS = 2.0
START_SECONDS = 60
BLOCK_SECONDS = 0.05
LOOK_SECONDS = 0.002
LEADER = f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = {LEADER_LOCK} AND granted"
Row = tuple[str, str, str]


@dataclass(frozen=True)
class Takeovers:
    """Seconds of each."""

    until_led: list[float]
    until_committed: list[float]

    def rows(self) -> list[Row]:
        """What, the median, the longest."""
        return [
            (what, f"{statistics.median(seconds):.2f} s", f"{max(seconds):.2f} s")
            for what, seconds in (
                ("kill -9 to another leader", self.until_led), ("kill -9 to its first block", self.until_committed)
            )
        ]  # fmt: skip

    def missed(self) -> bool:
        return max(self.until_committed) > TARGET_SECONDS


def measure(kills: int) -> Takeovers:
    """Kill so many leaders of a chain with twenty blocks a second, each with a standby beside it."""
    with ExitStack() as stack:
        ground = stack.enter_context(load_ground())
        emit(ground.chain, ground.manifest, events=40, blocks=2)
        crew = Crew(ground, [])
        stack.callback(crew.stop)
        stack.enter_context(mining(ground.chain))
        found = Takeovers([], [])
        leader = crew.join("leading")
        with psycopg.connect(ground.server.writer, autocommit=True) as observer:
            for _ in range(kills):
                standby = crew.join("standby")
                take_over(observer, leader, found)
                leader = standby
        return found


@dataclass
class Crew:
    """Indexers on one database."""

    ground: Ground
    all: list[Process]

    def join(self, event: str) -> Process:
        """One more, when it has reported this."""
        environment = {
            "FREEHOLD_DATABASE": self.ground.server.writer, "FREEHOLD_RPC": self.ground.chain.url,
            "FREEHOLD_MANIFEST": str(self.ground.manifest),
        }  # fmt: skip
        log = self.ground.home / f"{len(self.all)}.log"
        process = start("indexer", [sys.executable, "-m", "indexer", "run"], log, {**os.environ, **environment})
        self.all.append(process)
        wait_until(lambda: f'"event": "{event}"' in log.read_text(), process, START_SECONDS)
        return process

    def stop(self) -> None:
        for process in self.all:
            process.stop()


@contextmanager
def mining(chain: Chain) -> Iterator[None]:
    """Twenty blocks a second, so that there always is one to commit."""
    done = threading.Event()

    def mine() -> None:
        while not done.wait(BLOCK_SECONDS):
            chain.call("evm_mine")

    thread = threading.Thread(target=mine)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def take_over(observer: psycopg.Connection[tuple[int, ...]], leader: Process, found: Takeovers) -> None:
    """Kill the leader and watch what the others do."""
    (pid,) = observer.execute(LEADER).fetchone() or (0,)
    killed_at = time.monotonic()
    leader.child.kill()
    leader.child.wait()
    while observer.execute(LEADER).fetchone() in (None, (pid,)):
        require_patience(killed_at)
    found.until_led.append(time.monotonic() - killed_at)
    before = tip(observer)
    while tip(observer) == before:
        require_patience(killed_at)
    found.until_committed.append(time.monotonic() - killed_at)


def require_patience(since: float) -> None:
    assert time.monotonic() < since + START_SECONDS, "nobody took over"
    time.sleep(LOOK_SECONDS)


def tip(observer: psycopg.Connection[tuple[int, ...]]) -> int:
    row = observer.execute("SELECT number FROM journal.cursor").fetchone()
    assert row, "somebody led"
    return row[0]
