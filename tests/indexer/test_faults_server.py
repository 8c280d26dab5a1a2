"""The database's server runs out of space, and is stopped by force: the index waits, loses nothing, and goes on."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from local.postgres import Postgres, start_postgres
from tests.conftest import World
from tests.indexer.indexing import check_like_undisturbed, tip, until
from tests.indexer.nursery import Nursery, Running
from tests.indexer.test_crash import life_and_reorgs
from tests.indexer.traffic import move_fractions
from tests.small_disk import Disk, quota, small_disk

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 60
STOPS = 5


@dataclass
class Owned:
    """A server of a test's own, which it may harm."""

    home: Path
    log: Path
    server: Postgres

    def start_again(self) -> None:
        self.server = start_postgres(self.home, self.log, self.server.port)


@contextmanager
def owned_server(home: Path, log: Path) -> Iterator[Owned]:
    """With fsync, as in production."""
    owned = Owned(home, log, start_postgres(home, log))
    try:
        yield owned
    finally:
        owned.server.stop()


@pytest.fixture(params=[small_disk, quota], ids=["disk", "quota"])
def disk(workshop: Path, request: pytest.FixtureRequest) -> Iterator[Disk]:
    with request.param(workshop / f"disk-{time.monotonic_ns()}") as found:
        yield found


@pytest.fixture
def owned(disk: Disk, tmp_path: Path) -> Iterator[Owned]:
    """A server whose data lies on the small disk."""
    with owned_server(disk.home / "postgres", tmp_path / "postgres.log") as found:
        yield found


@pytest.fixture
def private(world: World, owned: Owned) -> World:
    """The world with its database on that server. On the server of all tests it stays undisturbed."""
    return replace(world, database=owned.server.writer, reader=owned.server.reader)


@pytest.fixture
def indexer(private: World, nursery: Nursery, tmp_path: Path) -> Iterator[Running]:
    """At the head."""
    with nursery.running(private, tmp_path / "indexer.log") as running:
        until(lambda: stands_at_head(private), "the head", PATIENCE_SECONDS)
        yield running


def stands_at_head(world: World) -> bool:
    hash_: str = world.chain.call("eth_getBlockByNumber", "latest", False)["hash"]
    return tip(world.database)[1] == hash_


def require_recovery(private: World, world: World, indexer: Running) -> None:
    """It goes on by itself, also with what comes afterwards, and nothing shows in the end."""
    until(lambda: stands_at_head(private), "the head", PATIENCE_SECONDS)
    move_fractions(world.chain, world.people, 3)
    until(lambda: stands_at_head(private), "the head", PATIENCE_SECONDS)
    assert indexer.is_running()
    check_like_undisturbed(private, world)


def move_until_it_fails(world: World, indexer: Running) -> str:
    """Blocks until the indexer cannot write them; its first reason."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (failed := indexer.lines("database-away")):
        assert time.monotonic() < deadline, "there is room still"
        move_fractions(world.chain, world.people, 20)
    return str(failed[0]["reason"])


def test_a_full_disk_is_said_and_waited_for(
    world: World, private: World, owned: Owned, disk: Disk, indexer: Running
) -> None:
    """A quota that is used up is an internal error to psycopg: the indexer ended with a traceback."""
    disk.fill(owned.server)
    assert disk.error in move_until_it_fails(world, indexer)
    move_fractions(world.chain, world.people, 20)
    assert indexer.is_running()
    disk.free()
    if not owned.server.process.running():
        owned.start_again()
    require_recovery(private, world, indexer)


def test_a_disk_too_full_for_the_servers_own_log(
    world: World, private: World, owned: Owned, disk: Disk, indexer: Running
) -> None:
    """Then it cannot even start again: its recovery writes, too. Whoever supervises it starts it once there is room."""
    disk.fill(owned.server)
    until(lambda: not lives_through_a_change_of_segments(owned.server), "the server's end", PATIENCE_SECONDS)
    move_fractions(world.chain, world.people, 5)
    indexer.wait_for("database-away")
    disk.free()
    owned.start_again()
    require_recovery(private, world, indexer)


def lives_through_a_change_of_segments(server: Postgres) -> bool:
    """Have it begin another segment of its write-ahead log."""
    with suppress(psycopg.Error), psycopg.connect(server.dsn("postgres", "postgres"), connect_timeout=5) as connection:
        connection.execute("SELECT txid_current(), pg_switch_wal()")
    return server.process.running()


def wait_for_a_commit(world: World) -> None:
    seen = tip(world.database)
    until(lambda: tip(world.database) != seen, "a commit", PATIENCE_SECONDS)


def wait_for_words(indexer: Running, event: str, count: int) -> None:
    until(lambda: len(indexer.lines(event)) >= count, f"{count} lines {event}", PATIENCE_SECONDS)


@pytest.mark.parametrize("slots_in_an_epoch", [32], ids=["final after 64 blocks"])
def test_stopped_by_force_again_and_again(world: World, nursery: Nursery, workshop: Path, tmp_path: Path) -> None:
    """People go on trading and the chain goes on reorganising itself meanwhile."""
    chance = random.Random(15)
    move_fractions(world.chain, world.people, 10)
    home = workshop / f"forced-{time.monotonic_ns()}"
    with owned_server(home, tmp_path / "postgres.log") as owned:
        private = replace(world, database=owned.server.writer, reader=owned.server.reader)
        with nursery.running(private, tmp_path / "indexer.log") as indexer:
            with life_and_reorgs(world):
                for number in range(STOPS):
                    wait_for_a_commit(private)
                    time.sleep(chance.uniform(0, 0.2))
                    owned.server.process.stop(signal.SIGQUIT, PATIENCE_SECONDS)
                    wait_for_words(indexer, "database-away", number + 1)
                    owned.start_again()
            require_recovery(private, world, indexer)
