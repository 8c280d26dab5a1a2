"""The one transaction, as others see it: announced, readable by the API's role, and refused where it must be."""

import signal
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from indexer.errors import Retry
from indexer.rendered import render
from indexer.standing import LEADER_LOCK
from indexer.store import CHANNEL, Step
from local.process import free_port
from tests.conftest import World
from tests.indexer.indexing import check_at_head, command, following
from tests.indexer.nursery import Nursery
from tests.indexer.oracle import JOURNAL, stored
from tests.indexer.refold import COLUMNS
from tests.indexer.test_reorg import reorg
from tests.indexer.traffic import move_fractions

STOP_SECONDS = 1.0


def heard(listener: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    return [found.payload for found in listener.notifies(timeout=0.2) if found.channel == CHANNEL]


@pytest.mark.parametrize("slots_in_an_epoch", [32], ids=["final after 64 blocks"])
def test_every_commit_is_announced_with_number_and_hash(world: World) -> None:
    """A backfill, a block, a reorg and a promotion; to whoever listens as the API's role."""
    move_fractions(world.chain, world.people, 5)
    with following(world) as follower, psycopg.connect(world.reader, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}".encode())
        follower.to_head()
        assert len(heard(listener)) == len(follower.reported("commit")) > 1
        for change in (partial(move_fractions, times=1), partial(reorg, depth=3)):
            change(world.chain, world.people)
            follower.to_head()
            cursor = follower.store.cursor
            assert heard(listener)[-1] == f"{cursor.number}:{cursor.hash}"
        assert command(world, "rebuild", "--promote").exit_code == 0
        assert heard(listener) == [f"{cursor.number}:{cursor.hash}"]


def test_the_reader_can_read_every_table_and_write_none(world: World) -> None:
    with following(world) as follower:
        follower.to_head()
    tables = [f"projection_1.{name}" for name in COLUMNS] + [f"journal.{name}" for name in JOURNAL]
    tables += ["journal.cursor", "journal.versions", "journal.reorgs", "journal.orphaned_blocks", "journal.deployment"]
    with psycopg.connect(world.reader, autocommit=True) as reader:
        for table in tables:
            reader.execute(f"SELECT * FROM {table} LIMIT 1".encode())
            for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"DROP TABLE {table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    reader.execute(statement.encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("CREATE TABLE journal.mine (a int)")
    check_at_head(world)


def test_a_step_that_the_tables_refuse_changes_nothing(world: World) -> None:
    """Forged logs reach the projections, and break the last of them: blocks, logs and all the rest are taken back."""
    with following(world) as follower:
        follower.to_head()
        move_fractions(world.chain, world.people, 1)
        head, _ = follower.node.tip()
        (log,) = follower.node.logs_by_hash([head], world.deployment.followed)
        impossible = log._replace(data="0x" + f"{1:064x}" + f"{2**48 - 1:064x}")
        before = stored(world.database)
        with pytest.raises(Retry, match="cannot be true"):
            follower.store.apply(Step([head], render(follower.decoders, [impossible]), head.number, head.number))
        assert stored(world.database) == before
        follower.store.load()
        follower.to_head()
        check_at_head(world)


def test_what_is_final_is_never_above_what_is_held(world: World) -> None:
    """In a backfill the node's finality is far ahead; a reader who trusts ours must find that block."""
    with following(world, range_blocks=1) as follower:
        for _ in range(12):
            follower.look(1)
            row = follower.connection.execute(
                "SELECT number, finalized_number, finalized_number IN (SELECT number FROM journal.blocks), head_number "
                "FROM journal.cursor"
            ).fetchone()
            assert row
            number, finalized, is_held, head = row
            final = world.people.web3.eth.get_block("finalized")["number"]
            assert is_held
            assert finalized <= min(number, final)
            assert head == world.people.web3.eth.block_number
        assert (number, finalized) == (head, final)


@pytest.mark.parametrize("amount", ["-1", "'NaN'", "power(2::numeric, 256)", "'Infinity'"])
def test_amounts_outside_uint256_are_refused(world: World, amount: str) -> None:
    """Plain numeric(78, 0) takes the first three of them."""
    with following(world) as follower:
        largest = follower.connection.execute("SELECT (power(2::numeric, 256) - 1)::journal.uint256").fetchone()
        assert largest == (2**256 - 1,)
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.NumericValueOutOfRange)):
            follower.connection.execute(f"SELECT ({amount})::journal.uint256".encode())


# -- the end


def test_sigterm_ends_it_at_once_whatever_it_waits_for(world: World, nursery: Nursery, tmp_path: Path) -> None:
    with ExitStack() as stack:
        follows = stack.enter_context(nursery.running(world, tmp_path / "follows.log"))
        follows.wait_until_at(world.chain)
        stands_by = stack.enter_context(nursery.running(world, tmp_path / "stands-by.log"))
        nodeless_world = replace(world, chain=replace(world.chain, port=free_port()))
        nodeless = stack.enter_context(nursery.running(nodeless_world, tmp_path / "nodeless.log"))
        nodeless.wait_for("retry")
        homeless_world = replace(world, database=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
        homeless = stack.enter_context(nursery.running(homeless_world, tmp_path / "homeless.log"))
        homeless.wait_for("database-away")
        time.sleep(0.5)
        for indexer in (stands_by, follows, nodeless, homeless):
            indexer.signal(signal.SIGTERM)
            assert indexer.exit_code() == 0
    with psycopg.connect(world.database) as connection:
        ours = "SELECT oid FROM pg_database WHERE datname = current_database()"
        held = f"SELECT FROM pg_locks WHERE objid = %s AND database = ({ours})"
        assert connection.execute(held.encode(), [LEADER_LOCK]).fetchall() == []
    check_at_head(world)


def test_a_websocket_that_does_not_answer_costs_time_and_no_data(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    dead = f"ws://127.0.0.1:{free_port()}"
    with nursery.running(world, tmp_path / "indexer.log", FREEHOLD_WS=dead) as indexer:
        indexer.wait_until_at(world.chain)
        for _ in range(3):
            move_fractions(world.chain, world.people, 1)
            indexer.wait_until_at(world.chain)
    check_at_head(world)


def test_a_new_head_is_indexed_sooner_than_the_next_poll(world: World, nursery: Nursery, tmp_path: Path) -> None:
    """Beside one whose WebSocket is dead, in the same run: the same blocks take the woken one less time."""
    dead = {"FREEHOLD_WS": f"ws://127.0.0.1:{free_port()}"}
    took = []
    for number, settings in enumerate(({}, dead)):
        with nursery.running(world, tmp_path / f"indexer{number}.log", **settings) as indexer:
            indexer.wait_until_at(world.chain)
            began = time.monotonic()
            for _ in range(20):
                move_fractions(world.chain, world.people, 1)
                indexer.wait_until_at(world.chain)
            took.append(time.monotonic() - began)
    woken, polling = took
    assert woken < polling
