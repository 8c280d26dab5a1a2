"""The database's connection ends at the worst moments, or dies without a word: the index goes on as if nothing was."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from local.postgres import Postgres
from tests.conftest import World
from tests.indexer.indexing import check_like_undisturbed, following, tip, until
from tests.indexer.nursery import Nursery, Running
from tests.indexer.traffic import move_fractions
from tests.wire import Wire, wire_to

PATIENCE_SECONDS = 60
BACKENDS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'freehold-indexer' "
    "AND backend_type = 'client backend'"
)
Hold = LiteralString
"""A statement whose locks hold up a step of the indexer."""
VERSION: Hold = "SELECT FROM journal.versions FOR UPDATE"
"""What a step comes to last but one: its transaction is nearly whole."""
LOGS: Hold = "LOCK TABLE journal.logs IN SHARE MODE"
"""What it copies logs into."""


@pytest.fixture
def indexer(world: World, nursery: Nursery, tmp_path: Path) -> Iterator[Running]:
    """At the head."""
    with nursery.running(world, tmp_path / "indexer.log") as running:
        running.wait_until_at(world.chain)
        yield running


def backend(world: World, condition: LiteralString = "true") -> tuple[Any, ...] | None:
    """Process id, state and what it waits for, of the indexer's server process."""
    with psycopg.connect(world.database) as observer:
        query = f"SELECT pid, state, wait_event {BACKENDS} AND {condition}"
        return observer.execute(query.encode()).fetchone()


@contextmanager
def stopped_within(world: World, indexer: Running, hold: Hold) -> Iterator[None]:
    """The indexer sleeps in the middle of a step's transaction, right behind the statement that `hold` held up."""
    with psycopg.connect(world.database) as holder:
        holder.execute(hold)
        move_fractions(world.chain, world.people, 3)
        until(lambda: backend(world, "wait_event_type = 'Lock'") is not None, "a step that waits", PATIENCE_SECONDS)
        indexer.signal(signal.SIGSTOP)
    try:
        until(lambda: backend(world, "wait_event <> 'ClientRead'") is None, "its server to wait", PATIENCE_SECONDS)
        yield
    finally:
        indexer.signal(signal.SIGCONT)


def require_recovery(world: World, undisturbed: World, indexer: Running) -> None:
    """It says what happened and goes on, also with what comes afterwards, and nothing shows in the end."""
    indexer.wait_for("database-away")
    indexer.wait_until_at(world.chain)
    move_fractions(world.chain, world.people, 3)
    indexer.wait_until_at(world.chain)
    assert indexer.is_running()
    check_like_undisturbed(world, undisturbed)


@pytest.mark.parametrize(("hold", "state"), [(VERSION, "idle in transaction"), (LOGS, "active")], ids=["idle", "COPY"])
def test_cut_in_the_middle_of_a_transaction(
    world: World, undisturbed: World, indexer: Running, hold: Hold, state: str
) -> None:
    with stopped_within(world, indexer, hold):
        found = backend(world)
        assert found
        assert found[1] == state
        with psycopg.connect(world.database) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", [found[0]])
        until(lambda: backend(world) is None, "the end of its server process", PATIENCE_SECONDS)
    require_recovery(world, undisturbed, indexer)


@pytest.mark.parametrize("limit", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_limit_of_the_server_ends_a_transaction(
    world: World, undisturbed: World, nursery: Nursery, tmp_path: Path, limit: LiteralString
) -> None:
    """An operator may set these for everybody: it says so and begins the step anew."""
    with following(world) as follower:
        follower.to_head()
        database = sql.Identifier(world.database.rsplit("/", 1)[1])
        statement = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = '3s'")
        follower.connection.execute(statement.format(database, sql.SQL(limit)))
    with nursery.running(world, tmp_path / "indexer.log") as indexer:
        until(lambda: backend(world) is not None, "the indexer in the database", PATIENCE_SECONDS)
        with stopped_within(world, indexer, VERSION):
            until(lambda: backend(world) is None, "the end of its server process", PATIENCE_SECONDS)
        require_recovery(world, undisturbed, indexer)


def test_a_server_that_takes_no_writes_is_waited_for(
    world: World, undisturbed: World, nursery: Nursery, tmp_path: Path
) -> None:
    """A primary that was demoted. To psycopg that is an internal error: the indexer ended with a traceback."""
    with following(world) as follower:
        follower.to_head()
        database = sql.Identifier(world.database.rsplit("/", 1)[1])
        demote = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET default_transaction_read_only = on")
        follower.connection.execute(demote.format(database))
        with nursery.running(world, tmp_path / "indexer.log") as indexer:
            assert "read-only transaction" in indexer.wait_for("database-away")["reason"]
            promote = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} RESET default_transaction_read_only")
            follower.connection.execute(promote.format(database))
            move_fractions(world.chain, world.people, 3)
            require_recovery(world, undisturbed, indexer)


# -- a network that is gone without a word


@pytest.fixture
def wire(postgres: Postgres) -> Iterator[Wire]:
    with wire_to(postgres.port) as found:
        yield found


def over(wire: Wire, world: World) -> World:
    """The world with its database at the far end of the wire."""
    return replace(world, database=make_conninfo(world.database, port=wire.port))


@pytest.mark.slow
@pytest.mark.parametrize("hold", [None, VERSION], ids=["between transactions", "in a transaction"])
def test_silence(
    world: World, undisturbed: World, nursery: Nursery, tmp_path: Path, wire: Wire, hold: Hold | None
) -> None:
    """Nobody learns that the other side is gone. The server kept the leader's lock for two hours, for nobody."""
    distant = over(wire, world)
    with nursery.running(distant, tmp_path / "indexer.log") as indexer:
        indexer.wait_until_at(world.chain)
        cut_within(world, wire, hold)
        move_fractions(world.chain, world.people, 3)
        until(lambda: bool(indexer.lines("database-away")), "the indexer to notice", PATIENCE_SECONDS)
        until(lambda: backend(world) is None, "the server to give up the connection", PATIENCE_SECONDS)
        wire.mend()
        until(lambda: tip(world.database)[1] == newest(world), "the head", PATIENCE_SECONDS)
        require_recovery(world, undisturbed, indexer)


def cut_within(world: World, wire: Wire, hold: Hold | None) -> None:
    """Cut the wire, between two steps or while one waits for what `hold` holds up."""
    if hold is None:
        wire.cut()
        return
    with psycopg.connect(world.database) as holder:
        holder.execute(hold)
        move_fractions(world.chain, world.people, 1)
        until(lambda: backend(world, "wait_event_type = 'Lock'") is not None, "a step that waits", PATIENCE_SECONDS)
        wire.cut()


def newest(world: World) -> str:
    found: str = world.chain.call("eth_getBlockByNumber", "latest", False)["hash"]
    return found
