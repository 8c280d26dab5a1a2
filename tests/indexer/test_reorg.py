"""Reorgs, live: every table is what the oracle makes of the branch that won, and readers never see half of one."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from web3 import Web3

from indexer.errors import Halt
from local.chain import Chain, start_chain
from local.people import People
from tests.conftest import Deployed, World
from tests.indexer.indexing import check_at_head, command, digest, following, tip
from tests.indexer.lying import Answer, Lie, Reply, Request, honest, lying
from tests.indexer.nursery import Nursery
from tests.indexer.traffic import (
    Place,
    emit,
    live,
    move_fractions,
    odd_things,
    several_in_a_block,
    topic,
    transfer,
    word,
)

LONG = pytest.mark.parametrize("slots_in_an_epoch", [32], ids=["final after 64 blocks"])
SHORT = pytest.mark.parametrize("slots_in_an_epoch", [1], ids=["final after 2 blocks"])
AMOUNT = 77


def reorg(chain: Chain, people: People, depth: int) -> None:
    """Other blocks at the same heights: a transfer in the first of them, and one in the last.

    anvil can undo only what it mined itself, not what it loaded: mine at least so many blocks before.
    """
    offsets = sorted({0, depth - 1})
    chain.call("anvil_reorg", depth, [[transfer(people, AMOUNT + offset), offset] for offset in offsets])
    assert len(people.web3.eth.get_code(people.token.address)) > 0, "anvil did not lose the contract"


def reorgs(database: str) -> list[tuple[Any, ...]]:
    """Fork number and hash, and the tip that was left, of every reorg in its order."""
    with psycopg.connect(database) as connection:
        query = "SELECT epoch, fork_number, fork_hash, old_number, old_hash FROM journal.reorgs ORDER BY epoch"
        return connection.execute(query).fetchall()


def orphans(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT number, hash FROM journal.orphaned_blocks ORDER BY number").fetchall()


def block_row(web3: Web3, number: int) -> tuple[int, bytes]:
    return number, bytes(web3.eth.get_block(number)["hash"])


@LONG
@pytest.mark.parametrize("depth", [1, 5, 20])
def test_a_reorg_at_the_same_height_is_followed_live(
    world: World, nursery: Nursery, tmp_path: Path, depth: int
) -> None:
    """anvil announces one new head and no removed logs; the height does not change at all."""
    chain, people = world.chain, world.people
    with nursery.running(world, tmp_path / "indexer.log", "--range-blocks", "500") as indexer:
        move_fractions(chain, people, depth)
        live(people, random.Random(3), 22)
        several_in_a_block(chain, people)
        indexer.wait_until_at(chain)
        head = people.web3.eth.block_number
        old = [block_row(people.web3, number) for number in range(head - depth, head + 1)]
        reorg(chain, people, depth)
        assert people.web3.eth.block_number == head
        indexer.wait_until_at(chain)
    check_at_head(world)
    ((epoch, *row),) = reorgs(world.database)
    assert (epoch, row) == (1, [*old[0], *old[-1]])
    assert orphans(world.database) == old[1:]
    assert indexer.lines("reorg")[0]["depth"] == depth
    assert "reorgs             1" in command(world, "status").output


@pytest.mark.parametrize("slots_in_an_epoch", [128], ids=["final after 256 blocks"])
def test_every_table_is_undone_where_the_new_branch_is_shorter(world: World) -> None:
    """Rows of every history, forged logs too, are above the fork; the branch that wins has three blocks."""
    chain, people = world.chain, world.people
    with following(world) as follower:
        before = chain.call("evm_snapshot")
        odd_things(chain, people, property_id=5)
        forged = frozenset({emit_rejected(world)})
        follower.to_head()
        check_at_head(world, forged)
        old_tip = follower.store.cursor.number
        chain.call("evm_revert", before)
        move_fractions(chain, people, 3)
        follower.to_head()
        check_at_head(world)
        assert old_tip - 10 > follower.store.cursor.number
        assert len(reorgs(world.database)) == 1
        move_fractions(chain, people, 2)
        follower.to_head()
        check_at_head(world)


def emit_rejected(world: World) -> Place:
    """A log of the token that the token cannot have emitted."""
    topics = [topic("Locked(uint256,address,uint256,uint256)"), word(1), word(2)]
    return emit(world.chain, world.people.persons[0], world.people.token.address, topics, b"junk")


@LONG
def test_a_log_that_is_rejected_has_its_row_and_its_reason(world: World) -> None:
    with following(world) as follower:
        place = emit_rejected(world)
        follower.to_head()
        check_at_head(world, frozenset({place}))
        (row,) = follower.connection.execute("SELECT * FROM rejections").fetchall()
        assert row == (*place, "Malformed: 4 bytes of data where 64 belong")


@LONG
def test_twelve_reorgs_in_a_row_of_any_depth(world: World) -> None:
    chain, people, chance = world.chain, world.people, random.Random(4)
    live(people, random.Random(5), 25)
    with following(world) as follower:
        for _ in range(12):
            follower.to_head()
            live(people, chance, chance.randint(0, 3))
            if chance.random() < 0.5:
                follower.to_head()
            reorg(chain, people, chance.choice([1, 1, 2, 3, 7, 12]))
        follower.to_head()
        check_at_head(world)
        assert len(follower.reported("reorg")) == len(reorgs(world.database)) > 6


@LONG
@pytest.mark.parametrize("blocks_above", [1, 2, 90])
def test_a_reorg_while_the_indexer_slept_is_found_when_it_wakes(world: World, blocks_above: int) -> None:
    """By then the node may be ahead by more than one step takes, and only parent hashes tell."""
    chain, people = world.chain, world.people
    move_fractions(chain, people, 8)
    with following(world) as follower:
        follower.to_head()
    fork = follower.store.cursor.number - 5
    reorg(chain, people, 5)
    chain.call("anvil_mine", hex(blocks_above - 1))
    move_fractions(chain, people, 1)
    with following(world) as follower:
        follower.to_head()
        check_at_head(world)
        assert [row[1] for row in reorgs(world.database)] == [fork]


@LONG
def test_a_reorg_between_a_header_and_its_logs_is_tried_again(world: World) -> None:
    chain, people = world.chain, world.people
    move_fractions(chain, people, 6)
    with lying(chain) as node, following(world, node.url) as follower:
        follower.to_head()
        move_fractions(chain, people, 1)

        def reorganise_before_logs(requests: list[Request], replies: list[Reply]) -> Answer:
            if requests[0]["method"] == "eth_getBlockByNumber" and requests[0]["params"][0] == "latest":
                node.lie = honest
                reorg(chain, people, 3)
            return honest(requests, replies)

        node.lie = reorganise_before_logs
        assert len(follower.look(1)) == 1, "it will try again"
        follower.to_head()
        check_at_head(world)


# -- false alarms


@contextmanager
def second_machine(deployed: Deployed, tmp_path: Path) -> Iterator[Chain]:
    """Another node of the same chain, which can have another branch at its head."""
    chain = start_chain(tmp_path / "second.log", flags=("--load-state", str(deployed.state)))
    try:
        yield chain
    finally:
        chain.stop()


def test_a_branch_seen_once_is_not_believed(world: World, deployed: Deployed, tmp_path: Path) -> None:
    """Behind a balancer stands a machine on a branch of its own; one answer of it must undo nothing."""
    with (
        second_machine(deployed, tmp_path) as other,
        lying(world.chain) as node,
        following(world, node.url) as follower,
    ):
        move_fractions(world.chain, world.people, 3)
        move_fractions(other, replace(world, chain=other).people, 5, amount=2)  # or both make the very same blocks
        follower.to_head()
        for _ in range(3):
            node.chain = other
            follower.look(1)
            node.chain = world.chain
            follower.to_head()
            move_fractions(world.chain, world.people, 1)
            follower.to_head()
        check_at_head(world)
        assert reorgs(world.database) == []


def test_there_and_back_again(world: World, deployed: Deployed, tmp_path: Path) -> None:
    """Branches A, B, A, B: blocks that were orphaned come back, and go again."""
    with (
        second_machine(deployed, tmp_path) as other,
        lying(world.chain) as node,
        following(world, node.url) as follower,
    ):
        second = replace(world, chain=other)
        live(world.people, random.Random(6), 4)
        live(second.people, random.Random(7), 6)
        for here in (world, second, world, second):
            node.chain = here.chain
            follower.to_head()
            check_at_head(here)
            move_fractions(here.chain, here.people, 1)
        assert [row[0] for row in reorgs(world.database)] == [1, 2, 3]


# -- under finality


@SHORT
def test_a_reorg_under_finality_halts_and_changes_nothing(world: World, nursery: Nursery, tmp_path: Path) -> None:
    chain, people = world.chain, world.people
    move_fractions(chain, people, 12)
    with nursery.running(world, tmp_path / "indexer.log") as indexer:
        indexer.wait_until_at(chain)
        before, held = digest(world), tip(world.database)
        final = people.web3.eth.get_block("finalized")["number"]
        reorg(chain, people, 8)
        assert indexer.exit_code() == 3
    words = f"under block {final}, which was called final. Nothing was changed"
    assert words in indexer.log.read_text()
    assert (digest(world), tip(world.database)) == (before, held)
    assert reorgs(world.database) == []
    status = command(world, "status")
    assert status.exit_code == 3
    assert "halted" in status.output
    assert words in status.output
    again = nursery.run(world, tmp_path / "again.log", "--until-head")
    assert again.exit_code == 3
    assert words in again.errors
    assert digest(world) == before


@SHORT
def test_finality_is_a_ratchet_also_for_reorgs(world: World) -> None:
    """A node that takes back what it called final cannot make us undo it either."""
    chain, people = world.chain, world.people
    move_fractions(chain, people, 12)
    with lying(chain) as node, following(world, node.url) as follower:
        follower.to_head()
        node.lie = forgetting_finality(chain)
        reorg(chain, people, 8)
        with pytest.raises(Halt, match="called final"):
            follower.look(3)
        assert reorgs(world.database) == []


def forgetting_finality(chain: Chain) -> Lie:
    first = chain.call("eth_getBlockByNumber", "0x0", False)

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["params"] == ["finalized", False]:
                reply["result"] = first
        return honest(requests, replies)

    return lie


# -- readers

SUMS = """
SELECT (SELECT count(*) FROM journal.cursor c JOIN journal.versions v USING (hash) JOIN journal.blocks b USING (hash)),
       (SELECT count(*) FROM (SELECT DISTINCT ON (property_id) property_id, supply FROM supply_changes
                              ORDER BY property_id, block_number DESC, log_index DESC, position DESC) s WHERE supply <>
           (SELECT coalesce(sum(balance), 0) FROM (
                SELECT DISTINCT ON (holder) balance FROM holding_changes h WHERE h.property_id = s.property_id
                ORDER BY holder, block_number DESC, log_index DESC, position DESC) h) +
           (SELECT coalesce(sum(sold), 0) FROM sales WHERE sales.property_id = s.property_id) -
           (SELECT coalesce(sum(amount), 0) FROM subscription_outcomes o
            WHERE o.property_id = s.property_id AND outcome = 'collected')),
       (SELECT sum(CASE WHEN account = decode(repeat('00', 32), 'hex') THEN -balance ELSE balance END) FROM accounts)
"""


@LONG
def test_readers_see_whole_blocks_of_one_branch_at_every_moment(world: World) -> None:
    """Fractions sum up to the supply and money to what came in, in every snapshot while reorgs go on."""
    chain, people, chance = world.chain, world.people, random.Random(8)
    move_fractions(chain, people, 20)
    with following(world) as follower:
        follower.to_head()
        with reading(world, lambda row: row == (1, 0, 0)) as snapshots:
            for _ in range(10):
                live(people, chance, 2)
                follower.to_head()
                reorg(chain, people, chance.randint(1, 4))
                follower.to_head()
        assert len(snapshots) > 20
        assert set(snapshots) == {True}
        assert len(reorgs(world.database)) == 10
        check_at_head(world)


@contextmanager
def reading(world: World, is_whole: Callable[[tuple[Any, ...]], bool]) -> Iterator[list[bool]]:
    """Ask again and again, as the API's role does, whether what is there is whole."""
    done, found = Event(), list[bool]()

    def read() -> None:
        with psycopg.connect(world.reader, autocommit=True) as connection:
            connection.execute("SET search_path = projection_1")
            while not done.is_set():
                row = connection.execute(SUMS).fetchone()
                assert row
                found.append(is_whole(row))

    reader = Thread(target=read)
    reader.start()
    try:
        yield found
    finally:
        done.set()
        reader.join()


def test_what_the_tables_hold_is_what_the_contracts_say(world: World) -> None:
    """A third witness beside the fold and the oracle: the contracts' own state."""
    token, vault = world.people.token.functions, world.people.vault.functions
    with following(world) as follower:
        follower.to_head()
        rows = follower.connection.execute(
            "SELECT DISTINCT ON (holder, property_id) property_id, holder, balance FROM holding_changes "
            "ORDER BY holder, property_id, block_number DESC, log_index DESC, position DESC"
        ).fetchall()
        for number, holder, balance in rows:
            assert token.balanceOf(Web3.to_checksum_address(holder), number).call() == balance
        rows = follower.connection.execute("SELECT account, balance FROM accounts").fetchall()
        for account, balance in rows:
            assert vault.balance_of(int.from_bytes(account, "big")).call() == balance
        rows = follower.connection.execute(
            "SELECT DISTINCT ON (property_id) property_id, supply FROM supply_changes "
            "ORDER BY property_id, block_number DESC, log_index DESC, position DESC"
        ).fetchall()
        assert rows
        for number, supply in rows:
            assert token.totalSupply(number).call() == supply
        rows = follower.connection.execute(
            "SELECT DISTINCT ON (holder, property_id) holder, property_id, locked FROM lock_changes "
            "ORDER BY holder, property_id, block_number DESC, log_index DESC"
        ).fetchall()
        assert any(locked for *_, locked in rows)
        for holder, number, locked in rows:
            assert token.locked_of(Web3.to_checksum_address(holder), number).call() == locked
