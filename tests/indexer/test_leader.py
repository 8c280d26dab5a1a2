"""Two indexers on one database: one writes, the other stands by and takes over; who slept too long writes nothing."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from indexer.standing import LEADER_LOCK
from tests.conftest import World
from tests.indexer.indexing import check_at_head, command, following, until
from tests.indexer.nursery import Nursery, Running
from tests.indexer.traffic import move_fractions

CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
LEADERS = (
    "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE locktype = 'advisory' AND objid = %s AND granted AND d.datname = current_database()"
)


WAITS = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"


@pytest.fixture
def observer(world: World) -> Iterator[psycopg.Connection[tuple[int, ...]]]:
    with psycopg.connect(world.database, autocommit=True) as connection:
        yield connection


LOCKS_OF = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE objid = %s AND d.datname = %s"


def commits(indexer: Running) -> int:
    return len(indexer.lines("commit"))


@pytest.fixture
def two(
    world: World, nursery: Nursery, tmp_path: Path, observer: psycopg.Connection[tuple[int, ...]]
) -> Iterator[tuple[Running, Running]]:
    """A leader and a standby, in this order. Both found the database empty when they began."""
    with ExitStack() as stack:
        observer.execute("SELECT pg_advisory_lock(%s)", [LEADER_LOCK])
        both = [stack.enter_context(nursery.running(world, tmp_path / f"{name}.log")) for name in ("a", "b")]
        until(lambda: connected(observer) == 2, "two indexers in the database")
        until(lambda: bool(observer.execute("SELECT to_regclass('journal.cursor')").fetchone()), "a journal")
        time.sleep(0.3)
        observer.execute("SELECT pg_advisory_unlock(%s)", [LEADER_LOCK])
        until(lambda: any(commits(indexer) for indexer in both), "a commit")
        both[0].wait_until_at(world.chain)
        leader, standby = sorted(both, key=commits, reverse=True)
        yield leader, standby


def connected(observer: psycopg.Connection[tuple[int, ...]]) -> int:
    row = observer.execute(CONNECTED, ["freehold-indexer"]).fetchone()
    assert row
    return row[0]


def test_one_writes_and_the_other_takes_over(world: World, two: tuple[Running, Running]) -> None:
    """A standby that had seen the empty database once wanted to begin it anew, and died of it."""
    leader, standby = two
    move_fractions(world.chain, world.people, 3)
    leader.wait_until_at(world.chain)
    assert commits(standby) == 0
    leader.kill()
    move_fractions(world.chain, world.people, 1)
    standby.wait_until_at(world.chain)
    assert commits(standby) > 0
    check_at_head(world)
    assert "following" in command(world, "status").output


def test_a_leader_that_lost_its_connection_becomes_the_standby(
    world: World, two: tuple[Running, Running], observer: psycopg.Connection[tuple[int, ...]]
) -> None:
    """It finds out when it wants to write; by then the other one leads."""
    leader, standby = two
    before = commits(leader)
    (pid,) = observer.execute(LEADERS, [LEADER_LOCK]).fetchone() or (0,)
    observer.execute("SELECT pg_terminate_backend(%s)", [pid])
    until(lambda: observer.execute(LEADERS, [LEADER_LOCK]).fetchone() not in (None, (pid,)), "another leader")
    move_fractions(world.chain, world.people, 3)
    standby.wait_until_at(world.chain)
    leader.wait_for("database-away")
    until(lambda: connected(observer) == 2, "both connected again")
    move_fractions(world.chain, world.people, 3)
    standby.wait_until_at(world.chain)
    assert len(observer.execute(LEADERS, [LEADER_LOCK]).fetchall()) == 1
    assert commits(leader) == before
    check_at_head(world)


@pytest.mark.parametrize("in_a_commit", [False, True], ids=["while it waits", "in the middle of a commit"])
def test_a_leader_that_was_paused_and_cut_off_writes_nothing_when_it_wakes(
    world: World, two: tuple[Running, Running], observer: psycopg.Connection[tuple[int, ...]], in_a_commit: bool
) -> None:
    """It believes that it leads, and goes on with the block that it had at hand."""
    leader, standby = two
    before = commits(leader)
    (pid,) = observer.execute(LEADERS, [LEADER_LOCK]).fetchone() or (0,)
    with psycopg.connect(world.database) as holding:
        if in_a_commit:
            holding.execute("SELECT FROM journal.versions WHERE live FOR UPDATE")
            move_fractions(world.chain, world.people, 1)
            until(lambda: observer.execute(WAITS, [pid]).fetchone() == (1,), "the leader in its transaction")
        leader.signal(signal.SIGSTOP)
        observer.execute("SELECT pg_terminate_backend(%s)", [pid])
    until(lambda: observer.execute(LEADERS, [LEADER_LOCK]).fetchone() not in (None, (pid,)), "another leader")
    move_fractions(world.chain, world.people, 3)
    standby.wait_until_at(world.chain)
    leader.signal(signal.SIGCONT)
    leader.wait_for("database-away")
    until(lambda: connected(observer) == 2, "both connected again")
    move_fractions(world.chain, world.people, 1)
    standby.wait_until_at(world.chain)
    assert commits(leader) == before
    check_at_head(world)


def test_a_leader_that_is_paused_with_its_connection_is_replaced(
    world: World, nursery: Nursery, tmp_path: Path, observer: psycopg.Connection[tuple[int, ...]]
) -> None:
    """Its kernel answers for it, so that the database keeps its lock; it says nothing, and that is seen."""
    with nursery.running(world, tmp_path / "leader.log") as leader:
        leader.wait_until_at(world.chain)
        (pid,) = observer.execute(LEADERS, [LEADER_LOCK]).fetchone() or (0,)
        leader.signal(signal.SIGSTOP)
        with nursery.running(world, tmp_path / "patient.log") as patient:
            patient.wait_for("standby")
            with nursery.running(world, tmp_path / "standby.log", "--patience", "3") as standby:
                standby.wait_for("unseated")
                assert patient.lines("unseated") == []
                until(lambda: observer.execute(LEADERS, [LEADER_LOCK]).fetchone() not in (None, (pid,)), "a new leader")
                move_fractions(world.chain, world.people, 3)
                standby.wait_until_at(world.chain)
                before = commits(leader)
                leader.signal(signal.SIGCONT)
                leader.wait_for("database-away")
                leader.wait_for("standby")
                assert commits(leader) == before
    check_at_head(world)


def test_a_writer_that_slept_too_long_writes_nothing(world: World) -> None:
    """It thinks that it leads; the cursor has moved on, so nothing of it is written, and it takes up what is there."""
    with following(world) as slow, following(world) as quick:
        slow.look(1)
        quick.store.load()
        quick.to_head()
        assert "not where we left it" in slow.look(1)[0]
        move_fractions(world.chain, world.people, 2)
        slow.to_head()
        assert "not where we left it" in quick.look(1)[0]
        check_at_head(world)


def test_the_leader_of_another_database_is_not_ours(world: World, two: tuple[Running, Running]) -> None:
    """Advisory locks of all databases stand in one list: an index that nobody wrote once called itself followed."""
    server, name = world.database.rsplit("/", 1)
    assert name.startswith("test_")
    with psycopg.connect(f"{server}/freehold", autocommit=True) as connection:
        held = connection.execute(LOCKS_OF, [LEADER_LOCK, name]).fetchone()
        assert held == (1,), "the lock of another database shows here"
    for indexer in two:
        indexer.kill()
    assert "stopped" in command(world, "status").output
    with psycopg.connect(f"{server}/freehold", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LEADER_LOCK])
        assert "stopped" in command(world, "status").output
