"""Trading on the local chain: books stay alive and small, and nobody's empty purse ends it."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.books import ASK, BID, BOOKS, FIRMS, RESTRICTED, found_firms, open_books
from local.chain import Chain, start_chain
from local.estate import FROZEN, UNLISTED, settle_in
from local.people import NAMES, People, main_account, meet, seed
from local.traders import FICKLE_ORDERS, QUOTES_A_SIDE, Floor
from tests.conftest import Deployed

pytestmark = pytest.mark.slow

SEED = 11


@pytest.fixture
def town(deployed: Deployed, tmp_path: Path) -> Iterator[Chain]:
    state = shutil.copy(deployed.state, tmp_path / "chain.json")
    flags = ("--load-state", str(state), "--accounts", str(len(NAMES) + len(FIRMS)))
    running = start_chain(tmp_path / "anvil.log", flags=flags)
    yield running
    running.stop()


@pytest.fixture
def crowd(town: Chain, deployed: Deployed) -> People:
    people = meet(town.web3(), deployed.deployment)
    seed(people)
    settle_in(people)
    open_books(people)
    found_firms(people)
    return people


def now(people: People) -> int:
    return int(people.web3.eth.get_block("latest")["timestamp"])


def trade(floor: Floor, turns: int) -> None:
    for _ in range(turns):
        floor.now = now(floor.people)
        floor.turn()


def test_every_book_has_two_sides_trades_and_few_orders(crowd: People) -> None:
    floor = Floor(crowd, random.Random(SEED), now(crowd))
    trade(floor, 250)
    for property_id in BOOKS:
        bid, ask = floor.best_ticks(property_id)
        assert 0 < bid < ask
        assert crowd.market.events.Filled().get_logs(from_block=0, argument_filters={"property_id": property_id})
        for firm, most in ((floor.maker, 2 * QUOTES_A_SIDE), (floor.fickle, FICKLE_ORDERS)):
            assert len(floor.orders_of(firm, property_id)) <= most
    resting = {order[0] for property_id in BOOKS for order in floor.resting(property_id)}
    assert resting == set(floor.open_orders), "what the traders think rests, and what does"
    barred = {crowd.persons[FROZEN], crowd.persons[UNLISTED]}
    bidders = {order[1] for order in floor.resting(RESTRICTED) if order[2] == BID}
    assert not bidders & barred


def test_a_new_start_finds_the_firms_orders_and_leaves_those_of_people_alone(crowd: People) -> None:
    floor = Floor(crowd, random.Random(SEED), now(crowd))
    trade(floor, 80)
    again = Floor(crowd, random.Random(SEED + 1), now(crowd))
    firms = {order for order in floor.open_orders.values() if order.owner in crowd.firms}
    assert firms
    assert set(again.open_orders.values()) == firms
    others = {order_id for order_id, order in floor.open_orders.items() if order.owner not in crowd.firms}
    assert sum(again.strangers.values()) == len(others)
    trade(again, 60)
    removed = crowd.market.events.OrderRemoved().get_logs(from_block=0)
    cancelled = {log["args"]["order_id"] for log in removed if log["args"]["reason"] == 1}
    assert not cancelled & others


def test_who_has_nothing_left_earns_some_and_trading_goes_on(crowd: People) -> None:
    vault = crowd.vault.functions
    for who in (*crowd.persons, *crowd.firms):
        balance = vault.balance_of(main_account(who)).call()
        crowd.send(vault.withdraw(main_account(who), balance, who), who)
    floor = Floor(crowd, random.Random(SEED), now(crowd))
    trade(floor, 200)
    assert crowd.market.events.Filled().get_logs(from_block=0)
    assert any(vault.balance_of(main_account(who)).call() for who in crowd.persons)


def test_expired_orders_are_taken_out_whoever_placed_them(crowd: People, town: Chain) -> None:
    who, market = crowd.persons[0], crowd.market.functions
    tick, expiry = BOOKS[1].fair_tick * 2, now(crowd) + 1_000
    crowd.send(market.place((1, ASK, tick, 5, 0, 0, 0, expiry, expiry)), who)
    floor = Floor(crowd, random.Random(SEED), now(crowd))
    floor.prune()
    assert floor.strangers[1] == 1
    town.call("evm_increaseTime", 2_000)
    town.call("evm_mine")
    floor.now = now(crowd)
    floor.prune()
    assert floor.strangers[1] == 0
    assert crowd.token.functions.locked_of(who, 1).call() == 0
