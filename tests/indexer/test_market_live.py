"""Trading while it is indexed: reorgs with trades on both branches, locks after trades, rent of what is locked."""

import operator
import random

import pytest
from web3 import Web3

from indexer.chain import order_id_of
from local.people import People
from tests.conftest import World
from tests.indexer.bazaar import ASK, BID, FAIR, IMMEDIATE_OR_CANCEL, RULES, Bazaar, depth_on_chain, mine, order
from tests.indexer.estate import DAY, list_property, wait
from tests.indexer.indexing import Follower, check_at_head, command, digest, following
from tests.indexer.refold import SCALE

LONG = pytest.mark.parametrize("slots_in_an_epoch", [64], ids=["final after 128 blocks"])
OWN = 77


def a_market(world: World, seed: int) -> Bazaar:
    return Bazaar(world.chain, world.people, (1, 2), random.Random(seed))


@LONG
@pytest.mark.parametrize("depth", [1, 5, 20])
def test_a_reorg_with_trades_on_both_branches(world: World, depth: int) -> None:
    """Row for row what the branch that won gives, and the same digest as an index that never saw the other."""
    chain, bazaar, height = world.chain, a_market(world, seed=depth), world.people.web3.eth
    bazaar.play(3)
    with following(world) as follower:
        for _ in range(2):
            before, fork = chain.call("evm_snapshot"), height.block_number
            while height.block_number < fork + depth:
                bazaar.play(1)
            follower.to_head()
            check_at_head(world)
            depths = height.block_number - fork
            chain.call("evm_revert", before)
            while height.block_number < fork + depths:
                bazaar.play(1)
            follower.to_head()
            assert follower.reported("reorg")[-1]["depth"] == depths >= depth
            check_at_head(world)
    done = command(world, "rebuild")
    assert done.output.startswith(digest(world))


@LONG
def test_locks_and_books_are_right_after_every_block(world: World) -> None:
    """Trades take from locks without a word of their own: compared with the contracts block by block."""
    bazaar, people = a_market(world, seed=7), world.people
    with following(world) as follower:
        for _ in range(25):
            bazaar.play(1)
            follower.to_head()
            check_locks(follower, people)
            for number, side in ((1, BID), (1, ASK), (2, BID), (2, ASK)):
                on_chain = depth_on_chain(people, number, side, people.web3.eth.block_number)
                assert shown(follower, number, side) == on_chain
        traded = follower.connection.execute("SELECT count(*) FROM lock_changes WHERE change < 0").fetchone()
    assert traded
    assert traded[0] > 5


def check_locks(follower: Follower, people: People) -> None:
    rows = follower.connection.execute(
        "SELECT DISTINCT ON (holder, property_id) holder, property_id, locked FROM lock_changes "
        "ORDER BY holder, property_id, block_number DESC, log_index DESC"
    ).fetchall()
    assert rows
    for holder, number, locked in rows:
        assert people.token.functions.locked_of(Web3.to_checksum_address(holder), number).call() == locked


def shown(follower: Follower, number: int, side: int) -> list[tuple[int, int, int]]:
    rows = follower.connection.execute(
        "SELECT tick, quantity::bigint, orders FROM levels WHERE property_id = %s AND side = %s AND quantity > 0 "
        "ORDER BY tick * %s",
        [number, side, -1 if side == BID else 1],
    )
    return rows.fetchall()


def test_whoever_holds_at_a_release_earns_locked_or_not(world: World) -> None:
    """An ask that rests earns for the seller, what was sold out of it for the buyer, as the contract pays."""
    people, market, token = world.people, world.people.market.functions, world.people.token.functions
    issuer, (anna, bruno) = people.accounts[1], people.persons[:2]
    list_property(people, OWN, "Garden Row")
    for who, amount in ((anna, 100), (bruno, 7)):
        people.send(token.allot(OWN, who, amount), issuer)
    people.send(market.create_book(OWN, *RULES.values()), people.accounts[0])
    release = people.web3.eth.get_block("latest")["timestamp"] + token.rent_notice().call() + DAY
    for period in (1, 2, 3):
        people.send(token.declare_rent(OWN, period, 10**9 + 7, release), issuer)
    wait(world.chain, release - people.web3.eth.get_block("latest")["timestamp"])
    people.send(market.place(order(OWN, ASK, FAIR, 90)), anna)
    people.send(token.release_rent(OWN, 1), anna)
    taking = (bruno, market.place(order(OWN, BID, FAIR, 60, IMMEDIATE_OR_CANCEL)))
    mine(world.chain, [taking, (anna, token.release_rent(OWN, 2))])
    people.send(market.cancel(order_id_of(OWN, 1)), anna)
    people.send(token.release_rent(OWN, 3), anna)
    index = [(10**9 + 7) * SCALE // 107] * 3
    with following(world) as follower:
        follower.to_head()
        check_at_head(world)
        for who, held in ((anna, (100, 40, 40)), (bruno, (7, 67, 67))):
            paid = int(token.claimable_rent(who, OWN).call())
            assert paid == computed(follower, who)
            assert abs(paid - sum(map(operator.mul, held, index)) // SCALE) <= 1


def computed(follower: Follower, who: str) -> int:
    """By the rent law, of nothing but transfers and releases."""
    row = follower.connection.execute(
        "SELECT sum(index_change * (SELECT h.balance FROM holding_changes h WHERE h.holder = %s AND h.property_id = %s "
        "AND (h.block_number, h.log_index) < (r.block_number, r.log_index) "
        "ORDER BY h.block_number DESC, h.log_index DESC, h.position DESC LIMIT 1)) "
        "FROM rent_releases r WHERE r.property_id = %s",
        [bytes.fromhex(who[2:]), OWN, OWN],
    ).fetchone()
    assert row
    return int(row[0]) // SCALE
