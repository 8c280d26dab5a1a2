"""Versions beside the live one: followed, promoted, taken back, listed, dropped; each by its command."""

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from indexer.commands.shared import connect
from indexer.errors import Halt
from indexer.projections import fingerprint
from indexer.rebuilding import Rebuild
from local.postgres import READER, Postgres
from local.renewal import is_of_another_release, renew
from tests.conftest import World
from tests.indexer.indexing import check_at_head, command, digest, following, until
from tests.indexer.nursery import Nursery
from tests.indexer.test_rebuild import LONG, live_schema
from tests.indexer.test_reorg import reorg
from tests.indexer.traffic import move_fractions

FOLLOWERS = (
    "SELECT a.pid FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name = %s "
    "AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory')"
)


@pytest.fixture
def indexed(world: World) -> World:
    """At the head; nobody leads."""
    with following(world) as follower:
        follower.to_head()
    return world


def done(world: World, name: str, *arguments: str) -> dict[str, Any]:
    """What a command answers in JSON."""
    ended = command(world, name, *arguments, "--json")
    assert ended.exit_code == 0, ended.errors
    return dict(json.loads(ended.output))


def listed(world: World) -> dict[str, dict[str, Any]]:
    return {version["schema_name"]: version for version in done(world, "versions")["versions"]}


def require_refusal(world: World, words: str, name: str, *arguments: str) -> None:
    refused = command(world, name, *arguments)
    assert (refused.exit_code, refused.output) == (3, "")
    assert words in refused.errors


def proceed(world: World) -> None:
    """Six blocks more, and three others instead of the last ones."""
    with following(world) as follower:
        move_fractions(world.chain, world.people, 6)
        follower.to_head()
        reorg(world.chain, world.people, 3)
        follower.to_head()


# -- promote, rollback


@LONG
def test_a_rollback_brings_the_version_that_was_live_to_the_tip(indexed: World) -> None:
    """It slept through blocks and a reorg; then everything in it is right, and going forth again is as good."""
    done(indexed, "rebuild")
    assert done(indexed, "promote")["version"] == "projection_2"
    for now, before in (("projection_1", "projection_2"), ("projection_2", "projection_1")):
        proceed(indexed)
        assert listed(indexed)[now]["lag_blocks"] > 0
        found = done(indexed, "rollback")
        assert (found["version"], found["was"]) == (now, before)
        assert (live_schema(indexed), listed(indexed)[now]["lag_blocks"]) == (now, 0)
        assert f"{found['block']} {found['fingerprint']} {found['digest']}" == digest(indexed)
        check_at_head(indexed)


def test_versions_are_listed_as_they_stand(indexed: World) -> None:
    done(indexed, "rebuild")
    proceed(indexed)
    live, built = listed(indexed).values()
    assert (live["schema_name"], live["live"], live["lag_blocks"]) == ("projection_1", True, 0)
    assert (built["schema_name"], built["live"], built["promoted_at"]) == ("projection_2", False, None)
    assert built["block"] + built["lag_blocks"] == live["block"]
    assert live["fingerprint"] == built["fingerprint"] == fingerprint()
    assert datetime.fromisoformat(live["built_at"]) <= datetime.fromisoformat(built["built_at"])
    with psycopg.connect(indexed.database) as connection:
        size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
        assert connection.execute(f"{size}'projection_2'::regnamespace".encode()).fetchone() == (built["size_bytes"],)
    table = command(indexed, "versions").output
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["projection_1", "projection_2"]
    assert "never" in table.splitlines()[2]


def test_what_cannot_be_is_refused_in_words(indexed: World) -> None:
    require_refusal(indexed, "Next: freehold indexer rebuild", "promote")
    require_refusal(indexed, "nothing to go back to", "rollback")
    require_refusal(indexed, "there is no version projection_9", "promote", "projection_9")
    require_refusal(indexed, "there is no version no; DROP", "drop", "no; DROP SCHEMA journal")
    for name in ("promote", "follow", "drop"):
        require_refusal(indexed, "projection_1 is the live version", name, "projection_1")
    assert list(listed(indexed)) == ["projection_1"]


def test_a_version_of_another_release_is_promoted_only_at_the_tip(indexed: World) -> None:
    """This program cannot bring it there: it would write its own rows into it."""
    done(indexed, "rebuild")
    with psycopg.connect(indexed.database, autocommit=True) as connection:
        connection.execute("UPDATE journal.versions SET fingerprint = 'of last year' WHERE NOT live")
        require_refusal(indexed, "let that release follow it", "follow", "projection_2")
        proceed(indexed)
        require_refusal(indexed, "with that release: freehold indexer follow projection_2", "promote", "projection_2")
        assert live_schema(indexed) == "projection_1"
        at_tip = "UPDATE journal.versions v SET number = c.number, hash = c.hash FROM journal.cursor c WHERE NOT live"
        connection.execute(at_tip)
    assert done(indexed, "promote", "projection_2")["fingerprint"] == "of last year"
    with pytest.raises(Halt, match="were written by another release"), following(indexed):
        pass


def test_a_leader_that_was_stopped_in_a_commit_keeps_nobody_waiting_for_ever(
    indexed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.rebuilding.LOCK_TIMEOUT", "100ms")
    done(indexed, "rebuild")
    with psycopg.connect(indexed.database) as leader:
        leader.execute("UPDATE journal.cursor SET halted = NULL")
        require_refusal(indexed, "kept the journal's cursor to itself for 100ms", "promote")
    assert live_schema(indexed) == "projection_1"


def test_a_local_stack_of_another_release_is_renewed(indexed: World, tmp_path: Path) -> None:
    """`freehold up` after an update ended with an indexer that had halted."""
    assert not is_of_another_release(indexed.database)
    with psycopg.connect(indexed.database, autocommit=True) as connection:
        connection.execute("UPDATE journal.versions SET fingerprint = 'of last year'")
        connection.execute("DELETE FROM projection_1.holding_changes")
    assert is_of_another_release(indexed.database)
    renew(indexed.environment, tmp_path / "rebuild.log")
    assert not is_of_another_release(indexed.database)
    check_at_head(indexed)


# -- drop


def test_dropping_leaves_no_trace_and_the_name_never_comes_back(
    indexed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(indexed, "rebuild")
    monkeypatch.setattr("indexer.rebuilding.LOCK_TIMEOUT", "100ms")
    with psycopg.connect(indexed.reader) as reading:
        reading.execute("SELECT FROM projection_2.holding_changes LIMIT 1")
        require_refusal(indexed, "somebody has read projection_2 for 100ms", "drop", "projection_2")
    done(indexed, "drop", "projection_2")
    with psycopg.connect(indexed.database) as connection:
        left = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'projection_2'").fetchone()
        assert left == (0,)
    assert done(indexed, "rebuild")["version"] == "projection_3"
    assert list(listed(indexed)) == ["projection_1", "projection_3"]


def test_a_leader_survives_that_its_retired_version_is_dropped(world: World) -> None:
    """Promoted and dropped before its next block: it folds into tables that are gone, and takes up what is live."""
    with following(world) as leader:
        leader.to_head()
        done(world, "rebuild", "--promote")
        done(world, "drop", "projection_1")
        move_fractions(world.chain, world.people, 1)
        assert "promoted" in leader.look()[0]
        leader.to_head()
    check_at_head(world)


# -- one follower for each


def test_two_processes_do_not_follow_one_version(indexed: World) -> None:
    with closing(connect(indexed.database)) as connection:
        Rebuild(connection, {}).begin()
        for name, arguments in (("rebuild", ()), ("follow", ("projection_2",)), ("drop", ("projection_2",))):
            require_refusal(indexed, "into projection_2: end that one first", name, *arguments)
        assert listed(indexed)["projection_2"]["followed"] is True
        assert done(indexed, "rebuild", "--fresh")["version"] == "projection_3"
    assert listed(indexed)["projection_2"]["followed"] is False
    assert done(indexed, "rebuild")["version"] == "projection_3", "the newest is taken up"


@LONG
def test_a_follower_outlives_reorgs_lost_connections_and_its_own_end(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    """It is killed and started again, and goes on with the same version; a promotion ends it."""
    flags = ("--follow", "--batch-logs", "40")
    with nursery.running(world, tmp_path / "leader.log") as leader:
        leader.wait_until_at(world.chain)
        with nursery.running(world, tmp_path / "first.log", *flags, command="rebuild") as first:
            first.wait_for("folded")
            first.kill()
        with (
            nursery.running(world, tmp_path / "second.log", *flags, command="rebuild") as second,
            psycopg.connect(world.database, autocommit=True) as observer,
        ):
            until(lambda: caught_up(observer), "the version at the tip")
            assert second.wait_for("follow")["block"] > 0, "it goes on where the first one was"
            for depth in (1, 4):
                move_fractions(world.chain, world.people, 2)
                reorg(world.chain, world.people, depth)
                leader.wait_until_at(world.chain)
                until(lambda: caught_up(observer), "the version at the tip again")
            for (pid,) in observer.execute(FOLLOWERS, ["freehold-indexer"]).fetchall():
                observer.execute("SELECT pg_terminate_backend(%s)", [pid])
            second.wait_for("database-away")
            move_fractions(world.chain, world.people, 2)
            leader.wait_until_at(world.chain)
            until(lambda: caught_up(observer), "the version at the tip after the connection was lost")
            assert list(listed(world)) == ["projection_1", "projection_2"]
            done(world, "promote")
            assert second.exit_code() == 0
            assert "projection_2 is live now" in second.log.read_text()
        move_fractions(world.chain, world.people, 1)
        leader.wait_until_at(world.chain)
        check_at_head(world)


def caught_up(observer: psycopg.Connection[tuple[Any, ...]]) -> bool:
    behind = "SELECT count(*) FROM journal.versions v, journal.cursor c WHERE v.hash <> c.hash"
    return (
        observer.execute(behind).fetchone() == (0,) and len(observer.execute("TABLE journal.versions").fetchall()) == 2
    )


def test_a_follower_is_stopped_by_a_signal(indexed: World, nursery: Nursery, tmp_path: Path) -> None:
    with nursery.running(indexed, tmp_path / "follower.log", "--follow", command="rebuild") as follower:
        follower.wait_for("folded")
        follower.signal(signal.SIGTERM)
        assert follower.exit_code() == 0
        assert "projection_2 stands at block" in follower.log.read_text()
    assert listed(indexed)["projection_2"]["followed"] is False


# -- who may read


@pytest.fixture
def auditor(indexed: World, postgres: Postgres) -> Iterator[str]:
    """A second role that may read; its DSN."""
    role, name = "auditor", indexed.database.rsplit("/", 1)[1]
    with psycopg.connect(postgres.dsn("postgres", name), autocommit=True) as connection:
        words = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(postgres.password))
        connection.execute(words)
        yield postgres.dsn(role, name)
        connection.execute("DROP OWNED BY auditor")
        connection.execute("DROP ROLE auditor")


def test_whoever_may_read_the_journal_reads_every_version(indexed: World, auditor: str) -> None:
    """A version that was built without naming the API's role could not be read once it was live."""
    done(indexed, "rebuild")
    readable = "SELECT count(*) > 0 FROM projection_{}.holding_changes"
    with psycopg.connect(indexed.reader, autocommit=True) as reader:
        assert reader.execute(readable.format(2).encode()).fetchone() == (True,)
    with following(indexed) as follower:
        follower.store.reader = "auditor"
        follower.store.prepare(indexed.deployment)
    done(indexed, "rebuild", "--fresh", "--promote")
    for dsn in (auditor, indexed.reader):
        with psycopg.connect(dsn, autocommit=True) as reader:
            for number in (1, 2, 3):
                assert reader.execute(readable.format(number).encode()).fetchone() == (True,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("DELETE FROM projection_3.holding_changes")
    assert READER != "auditor"
