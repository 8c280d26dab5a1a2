"""Rebuild: the same digest however the batches were cut, beside a live indexer, and across a reorg."""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import IsolationLevel

from indexer import journal
from indexer.chain import BlockNumber
from indexer.commands.shared import connect
from indexer.read_ahead import ReadAhead
from indexer.rebuilding import Progress, Rebuild
from indexer.versions import Version
from local.postgres import Postgres
from tests.conftest import World
from tests.indexer.indexing import Follower, check_at_head, command, digest, following
from tests.indexer.nursery import Nursery
from tests.indexer.test_reorg import reorg, reorgs
from tests.indexer.traffic import live, move_fractions

LONG = pytest.mark.parametrize("slots_in_an_epoch", [32], ids=["final after 64 blocks"])


def rebuilt(world: World, *arguments: str) -> str:
    """Block, fingerprint and digest of a fresh version."""
    done = command(world, "rebuild", *arguments)
    assert done.exit_code == 0, done.errors
    return done.output.rsplit(" ", 1)[0]


def live_schema(world: World) -> str:
    with psycopg.connect(world.database) as connection:
        rows = connection.execute("SELECT schema_name FROM journal.versions WHERE live").fetchall()
    assert len(rows) == 1
    return str(rows[0][0])


def test_a_rebuild_gives_the_same_digest_whatever_its_batches(world: World) -> None:
    with following(world) as follower:
        follower.to_head()
    original = digest(world)
    for arguments in ([], ["--batch-logs", "1"], ["--batch-logs", "7"], ["--batch-logs", "100"]):
        assert rebuilt(world, "--fresh", *arguments) == original
    assert live_schema(world) == "projection_1"


def test_the_rebuilt_tables_are_right_too(world: World) -> None:
    with following(world) as follower:
        follower.to_head()
    original = digest(world)
    rebuilt(world, "--batch-logs", "10", "--promote")
    assert live_schema(world) == "projection_2"
    assert digest(world) == original
    check_at_head(world)
    with psycopg.connect(world.reader) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM projection_2.holding_changes").fetchone() == (True,)


def test_other_ranges_give_the_same_digest(world: World, postgres: Postgres) -> None:
    """A backfill of one block at a time, of seven, of all at once; and one that has seen reorgs."""
    worlds = [replace(world, database=postgres.create_database(f"ranges_{n}")) for n in range(3)]
    move_fractions(world.chain, world.people, 10)
    with following(world) as follower:
        follower.to_head()
        for _ in range(3):
            reorg(world.chain, world.people, 3)
            follower.to_head()
            live(world.people, random.Random(1), 2)
            follower.to_head()
    for other, range_blocks in zip(worlds, (1, 7, 500), strict=True):
        with following(other, range_blocks=range_blocks) as follower:
            follower.to_head()
    assert {digest(other) for other in worlds} == {digest(world)}
    assert len(reorgs(world.database)) == 3


def test_the_digest_is_that_of_the_block_that_is_asked_for(world: World) -> None:
    with following(world) as follower:
        follower.look(1)
        earlier = digest(world)
        follower.to_head()
    number = earlier.split()[0]
    assert digest(world) != earlier
    assert command(world, "digest", "--block", number).output.strip() == earlier


def test_a_promotion_beside_a_live_indexer(world: World, nursery: Nursery, tmp_path: Path) -> None:
    """The indexer finds that its version was retired, and goes on with the one that was promoted."""
    chance = random.Random(2)
    with nursery.running(world, tmp_path / "indexer.log") as indexer:
        indexer.wait_until_at(world.chain)
        rebuilt(world, "--batch-logs", "20", "--promote")
        live(world.people, chance, 5)
        indexer.wait_until_at(world.chain)
        assert live_schema(world) == "projection_2"
        check_at_head(world)
        rebuilt(world, "--promote")
        live(world.people, chance, 5)
        indexer.wait_until_at(world.chain)
        assert live_schema(world) == "projection_3"
        check_at_head(world)
    assert "promoted" in indexer.lines("retry")[-1]["reason"]


def test_promotions_while_people_trade(world: World, nursery: Nursery, tmp_path: Path) -> None:
    """Blocks arrive while the new version catches up: none is lost and none is folded twice."""
    chance = random.Random(3)
    with nursery.running(world, tmp_path / "indexer.log") as indexer, closing(connect(world.database)) as connection:
        indexer.wait_until_at(world.chain)
        rebuild = rebuild_of(world, connection, 25)
        version = built(rebuild, lambda *_: live(world.people, chance, 1))
        live(world.people, chance, 3)
        rebuild.promote(version)
        live(world.people, chance, 3)
        indexer.wait_until_at(world.chain)
    check_at_head(world)
    assert live_schema(world) == "projection_2"


def rebuild_of(world: World, connection: psycopg.Connection, logs_per_batch: int) -> Rebuild:
    with following(world) as follower:
        return Rebuild(connection, follower.decoders, logs_per_batch=logs_per_batch)


def built(rebuild: Rebuild, progress: Progress) -> Version:
    rebuild.progress = progress
    return rebuild.catch_up(rebuild.begin())


# -- across reorgs


def when_past(block: int, act: Callable[[], None]) -> Progress:
    """A progress callback that acts once, when the rebuild stands above a block."""
    acts = iter([act])

    def progress(number: BlockNumber, _tip: BlockNumber, _logs: int) -> None:
        if number > block:
            next(acts, lambda: None)()

    return progress


@LONG
@pytest.mark.parametrize("above", [1, 3, 6], ids=["first", "middle", "last"])
def test_a_reorg_between_two_batches(world: World, above: int) -> None:
    """The new version stands on a block that is orphaned under it: it goes back to the fork, and on."""
    chain, people = world.chain, world.people
    move_fractions(chain, people, 10)
    with following(world) as follower, closing(connect(world.database)) as connection:
        follower.to_head()
        fork = follower.store.cursor.number - 6
        rebuild = rebuild_of(world, connection, 1)

        def reorganise() -> None:
            reorg(chain, people, 6)
            follower.to_head()

        version = built(rebuild, when_past(fork + above - 1, reorganise))
        assert len(reorgs(world.database)) == 1
        assert f"{rebuild.digest(version)}" == digest(world).split()[2]
        rebuild.promote(version)
        check_at_head(world)


@LONG
def test_what_was_read_ahead_of_another_branch_is_read_again(world: World) -> None:
    """Folded on rows of the old branch, by a transaction that does not see the reorg, a batch would stay wrong."""
    chain, people = world.chain, world.people
    move_fractions(chain, people, 10)
    with (
        following(world) as follower,
        closing(connect(world.database)) as connection,
        ReadAhead(connection, follower.decoders, logs_max=1_000) as ahead,
    ):
        follower.to_head()
        tip = follower.store.cursor.number
        first = BlockNumber(tip - 1)
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            seen = journal.hash_of(connection, tip)
            reorg(chain, people, 6)
            follower.to_head()
            ahead.ask(first, tip)
            assert ahead.batch(first, tip).last_hash == seen
        with connection.transaction():
            ahead.ask(first, tip)
            assert ahead.batch(first, tip).last_hash == journal.hash_of(connection, tip) != seen


def test_a_rebuild_does_with_one_connection_where_there_is_no_second(world: World) -> None:
    with following(world) as follower:
        follower.to_head()
    original = digest(world)
    name = world.database.rpartition("/")[2]
    with psycopg.connect(world.database, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 1".encode())
    assert rebuilt(world, "--batch-logs", "7") == original


@LONG
def test_a_shorter_chain_under_a_rebuild(world: World) -> None:
    chain, people = world.chain, world.people
    with following(world) as follower, closing(connect(world.database)) as connection:
        fork = chain.call("evm_snapshot")
        move_fractions(chain, people, 8)
        follower.to_head()
        rebuild = rebuild_of(world, connection, 1)

        def shorten() -> None:
            chain.call("evm_revert", fork)
            move_fractions(chain, people, 2)
            follower.to_head()

        version = built(rebuild, when_past(follower.store.cursor.number - 4, shorten))
        assert version.number == follower.store.cursor.number
        rebuild.promote(version)
        check_at_head(world)


@LONG
def test_reorgs_and_blocks_between_rebuild_and_promotion(world: World) -> None:
    chain, people = world.chain, world.people
    move_fractions(chain, people, 10)
    with following(world) as follower, closing(connect(world.database)) as connection:
        follower.to_head()
        rebuild = rebuild_of(world, connection, 50)
        version = built(rebuild, lambda *_: None)
        for depth in (4, 7, 2):
            reorg(chain, people, depth)
            follower.to_head()
            move_fractions(chain, people, 1)
            follower.to_head()
        rebuild.promote(version)
        check_at_head(world)
        goes_on_after_promotion(world, follower)


def goes_on_after_promotion(world: World, follower: Follower) -> None:
    move_fractions(world.chain, world.people, 1)
    reorg(world.chain, world.people, 3)
    assert "promoted" in "".join(follower.look(3))
    follower.to_head()
    assert follower.store.version.schema_name == "projection_2"
    check_at_head(world)


# -- interrupted, or of another release


def test_a_rebuild_that_is_interrupted_leaves_the_live_version_alone(world: World) -> None:
    with following(world) as follower:
        follower.to_head()
    original = digest(world)
    with closing(connect(world.database)) as connection:
        rebuild = rebuild_of(world, connection, 10)

        def interrupt() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            built(rebuild, when_past(40, interrupt))
    assert digest(world) == original
    assert rebuilt(world, "--promote") == original
    check_at_head(world)


def test_a_version_of_another_release_halts_until_it_is_rebuilt(world: World, nursery: Nursery, tmp_path: Path) -> None:
    with following(world) as follower:
        follower.to_head()
        follower.connection.execute("UPDATE journal.versions SET fingerprint = 'of last year'")
        follower.connection.execute("DELETE FROM holding_changes")
    halted = nursery.run(world, tmp_path / "halted.log", "--until-head")
    assert halted.exit_code == 3
    assert "Next: freehold indexer rebuild --promote" in halted.errors
    rebuilt(world, "--promote")
    move_fractions(world.chain, world.people, 1)
    assert nursery.run(world, tmp_path / "again.log", "--until-head").exit_code == 0
    check_at_head(world)
