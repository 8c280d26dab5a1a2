"""Somebody reads ten times a second while versions are promoted and taken back, and while leaders die.

Real processes throughout: nobody may see an error, a step back, or rows of two blocks in one answer.
"""

import itertools
import random
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from local.postgres import READER, Postgres
from local.process import Process, start
from tests.api.conftest import LONG_EPOCH
from tests.api.replica import Replica, portfolio_by_rest
from tests.api.stack import SECONDS, Stack, running_stack, until
from tests.conftest import ROOT, Deployed

pytestmark = pytest.mark.slow

READ_SECONDS = 0.1
KILLS = 3


@pytest.fixture(scope="module")
def switched(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    """A stack of its own: its leader is killed and its versions are exchanged."""
    with running_stack(postgres, deployed, workshop, slots_in_an_epoch=LONG_EPOCH) as running:
        running.live(random.Random(7), 20)
        running.settle()
        yield running


@pytest.fixture(scope="module")
def started(switched: Stack) -> Iterator[list[Process]]:
    """Processes on it, which are stopped at the end."""
    assert switched.indexer.running()
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.stop()


@pytest.fixture(scope="module")
def next_release(workshop: Path) -> Path:
    """A source tree whose indexer keeps one more column: what it writes has another fingerprint."""
    tree = workshop / "next-release"
    shutil.copytree(ROOT / "indexer", tree / "indexer", ignore=shutil.ignore_patterns("__pycache__"))
    keys = tree / "indexer" / "projections" / "keys.py"
    changed = keys.read_text()
    key = '    sa.PrimaryKeyConstraint("owner"'
    for old, new in (
        (key, f'    sa.Column("void", sa.Boolean),\n{key}'),
        ("kind, key, request_id FROM event", "kind, key, request_id, true FROM event"),
    ):
        assert changed.count(old) == 1, "the projection is another one: choose another change"
        changed = changed.replace(old, new)
    keys.write_text(changed)
    return tree


# -- who reads


@dataclass
class Watcher:
    """Reads the status and a portfolio ten times a second, and remembers every answer."""

    stack: Stack
    owner: str
    statuses: list[dict[str, Any]] = field(default_factory=list)
    portfolios: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        base = f"http://127.0.0.1:{self.stack.api.port}/v1"
        with httpx.Client(base_url=base, timeout=SECONDS) as client:
            while not self.ended.is_set():
                for path, answers in (("/status", self.statuses), (f"/portfolio/{self.owner}", self.portfolios)):
                    answer = client.get(path)
                    if answer.status_code == 200:
                        answers.append(answer.json())
                    else:
                        self.troubles.append(f"{path}: {answer.status_code} {answer.text}")
                self.ended.wait(READ_SECONDS)

    @property
    def blocks(self) -> list[int]:
        return [answer["meta"]["indexed_block"] for answer in self.portfolios]

    def require_whole(self) -> None:
        """No error, no step back, and of each block the one portfolio that there is."""
        assert self.troubles == []
        for answers in (self.statuses, self.portfolios):
            blocks = [answer["meta"]["indexed_block"] for answer in answers]
            assert blocks == sorted(blocks), "a step back"
        assert len(set(self.blocks)) > 1, "there was something to see"
        for block, same in itertools.groupby(self.portfolios, lambda answer: answer["meta"]["indexed_block"]):
            past = portfolio_by_rest(self.stack.api.read(f"/portfolio/{self.owner}", at_block=block))
            for answer in same:
                assert portfolio_by_rest(answer) == past, f"rows of another block in an answer of block {block}"

    def projections(self) -> list[str]:
        """The fingerprints that the status told of, in turn."""
        return [name for name, _ in itertools.groupby(status["projection"] for status in self.statuses)]

    def sees_news(self) -> None:
        """Somebody does something, and this reader hears of it."""
        self.stack.live(random.Random(len(self.blocks)), 3)
        head = self.stack.web3.eth.block_number
        until(lambda: self.blocks[-1] >= head, f"block {head} to be read")


@contextmanager
def watching(stack: Stack) -> Iterator[Watcher]:
    watcher = Watcher(stack, stack.people.persons[0])
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        until(lambda: bool(watcher.portfolios), "a first answer")
        yield watcher
    finally:
        watcher.ended.set()
        thread.join(SECONDS)
    watcher.require_whole()


# -- who writes


@dataclass
class Release:
    """The indexer's command of a source tree, on the database of a stack."""

    stack: Stack
    tree: Path
    name: str
    started: list[Process]

    def start(self, command: str, *arguments: str) -> Process:
        stack = self.stack
        environment = {
            "PYTHONPATH": str(self.tree), "FREEHOLD_RPC": stack.chain.url, "FREEHOLD_DATABASE": stack.writer,
            "FREEHOLD_MANIFEST": str(stack.manifest), "FREEHOLD_READER": READER,
        }  # fmt: skip
        words = [sys.executable, "-P", "-m", "indexer", command, *arguments]
        log = stack.folder / f"{self.name}-{command}-{len(self.started)}.log"
        process = start(f"{self.name} {command}", words, log, environment)
        self.started.append(process)
        return process

    def do(self, command: str, *arguments: str) -> str:
        """What a command says that comes to its end."""
        process = self.start(command, *arguments)
        ends_with(process, 0)
        return process.last_lines()


def ends_with(process: Process, code: int) -> None:
    until(lambda: not process.running(), f"the end of {process.name}")
    assert process.child.returncode == code, process.last_lines()


def says(process: Process, event: str) -> Callable[[], bool]:
    return lambda: f'"event": "{event}"' in process.log.read_text()


def live_version(stack: Stack) -> str:
    with psycopg.connect(stack.writer) as connection:
        row = connection.execute("SELECT schema_name FROM journal.versions WHERE live").fetchone()
    assert row
    return str(row[0])


def test_nobody_notices_a_promotion_and_its_rollback(switched: Stack, started: list[Process]) -> None:
    """The API found no live version between the commit and its notification, and answered 503."""
    ours, anna = Release(switched, ROOT, "ours", started), switched.people.persons[0]
    replica = Replica(switched.api.ws, [("account", anna), ("blocks", None)])
    with watching(switched) as watcher, replica.connected():
        watcher.sees_news()
        ours.do("rebuild", "--batch-logs", "50")
        watcher.sees_news()
        assert "projection_2 is live" in ours.do("promote")
        watcher.sees_news()
        assert "projection_1 is live" in ours.do("rollback")
        watcher.sees_news()
        assert "projection_2 is live" in ours.do("rollback")
        ours.do("drop", "projection_1")
        watcher.sees_news()
        until(lambda: replica.hear_all() == [] and replica.tip == stream_tip(switched), "the stream at the tip")
        assert replica.portfolio(anna) == portfolio_by_rest(switched.api.read(f"/portfolio/{anna}"))
    assert {"reorg", "resync_required"}.isdisjoint(replica.seen)
    assert switched.indexer.running()


def stream_tip(stack: Stack) -> dict[str, Any]:
    """The newest block, as the stream tells of it."""
    meta = stack.api.read("/status")["meta"]
    return {"number": meta["indexed_block"], "hash": meta["indexed_block_hash"], "timestamp": meta["at_timestamp"]}


def test_nobody_notices_that_the_leader_was_killed(switched: Stack, started: list[Process]) -> None:
    ours = Release(switched, ROOT, "ours", started)
    with watching(switched) as watcher:
        for _ in range(KILLS):
            standby = ours.start("run")
            until(says(standby, "standby"), "a standby")
            watcher.sees_news()
            switched.indexer.child.kill()
            switched.indexer = standby
            watcher.sees_news()


def test_a_release_is_replaced_by_the_next_and_taken_back(
    switched: Stack, started: list[Process], next_release: Path
) -> None:
    """Each release writes the version that it has built. The one whose version is not live follows it, or stands by."""
    ours, new = Release(switched, ROOT, "ours", started), Release(switched, next_release, "next", started)
    old_version, old_leader = live_version(switched), switched.indexer
    with watching(switched) as watcher:
        building = new.start("rebuild", "--follow")
        until(says(building, "follow"), "a follower of the journal")
        new_leader = new.start("run")
        until(says(new_leader, "standby"), "the next release to stand by")
        standby = ours.start("run")
        until(says(standby, "standby"), "the release before to stand by")
        old_leader.child.kill()
        old_leader = standby
        watcher.sees_news()
        assert new_leader.running(), "it leaves the version of the release before to that one"
        assert f"{old_version} is kept" in new.do("promote")
        ends_with(building, 0)
        watcher.sees_news()
        ends_with(old_leader, 3)

        keeping = ours.start("follow", old_version)
        until(says(keeping, "follow"), "the release before to follow its version")
        old_leader = switched.indexer = ours.start("run")
        until(says(old_leader, "standby"), "the release before to stand by")
        watcher.sees_news()
        assert f"{old_version} is live" in new.do("rollback")
        ends_with(keeping, 0)
        watcher.sees_news()
        ends_with(new_leader, 3)
    assert live_version(switched) == old_version
    fingerprints = watcher.projections()
    assert len(fingerprints) == 3
    assert fingerprints[0] == fingerprints[2] != fingerprints[1]
