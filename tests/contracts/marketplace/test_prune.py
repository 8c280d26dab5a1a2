"""prune: anyone takes out what can never trade again; its owner has back what it held."""

import pytest

from bench.stage import MAKER_FEE_PPM
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CAROL,
    EXPIRED,
    FLAT,
    HOUR,
    NOT_ELIGIBLE,
    TICK_SIZE,
    Market,
    id_of,
    needed,
    number_in,
    refused_silently,
)

SIDES = pytest.mark.parametrize("side", [BID, ASK])


@SIDES
def test_anyone_prunes_what_has_expired_from_the_second_after(market: Market, side: int) -> None:
    before = market.money(ALICE)
    order_id = market.place(ALICE, side, 100, 5, expiry=market.now + HOUR)
    market.evm.travel(HOUR)
    assert number_in(market.send(CAROL, "prune", [order_id])) == 0
    market.evm.travel(1)
    receipt = market.send(CAROL, "prune", [order_id])
    assert number_in(receipt) == 1
    assert market.removed(receipt) == [(order_id, EXPIRED)]
    assert (market.money(ALICE), market.locked(ALICE)) == (before, 0)


def test_what_is_pruned_is_told_with_what_it_gave_back(market: Market) -> None:
    order_id = market.place(ALICE, BID, 333, 5, expiry=market.now)
    market.place(BOB, ASK, 333, 2)
    market.evm.travel(1)
    [(_, said)] = market.told(market.send(CAROL, "prune", [order_id]), "OrderRemoved")
    refund = needed(333 * TICK_SIZE, 3, 2, MAKER_FEE_PPM)
    assert (said["owner"], said["quantity"], said["refund"]) == (ALICE, 3, refund)


def test_what_may_still_trade_or_is_gone_is_passed_over(market: Market) -> None:
    live, gone, expired = (market.place(ALICE, BID, 100, 5, expiry=expiry) for expiry in (0, 0, market.now))
    market.send(ALICE, "cancel", gone)
    market.evm.travel(1)
    receipt = market.send(CAROL, "prune", [live, gone, expired, expired, 0, id_of(99), 2**256 - 1])
    assert market.removed(receipt) == [(expired, EXPIRED)]
    assert market.remaining(live) == [5]


def test_bids_of_who_is_not_eligible_any_more_are_pruned_and_asks_are_not(market: Market) -> None:
    bid, ask = (market.place(ALICE, side, tick, 5, property_id=FLAT) for side, tick in ((BID, 100), (ASK, 200)))
    assert number_in(market.send(CAROL, "prune", [bid, ask])) == 0
    market.enter(ALICE, 1, is_frozen=True)
    assert market.removed(market.send(CAROL, "prune", [bid, ask])) == [(bid, NOT_ELIGIBLE)]
    assert (market.escrow(FLAT), market.locked(ALICE, FLAT)) == (0, 5)


def test_the_list_of_one_property_prunes_nothing_of_another(market: Market) -> None:
    order_id = market.place(ALICE, BID, 100, 5)
    market.enter(ALICE, 1, is_frozen=True)
    assert number_in(market.send(CAROL, "prune", [order_id])) == 0


@SIDES
def test_a_hundred_are_pruned_in_one_call_from_a_queue_that_others_stand_in(market: Market, side: int) -> None:
    queue = [market.place(ALICE, side, 100, 1, expiry=market.now + HOUR * (n % 5 == 4)) for n in range(125)]
    expired = [order_id for place, order_id in enumerate(queue) if place % 5 != 4]
    market.evm.travel(1)
    receipt = market.send(CAROL, "prune", expired)
    assert number_in(receipt) == len(expired) == 100
    live = [order_id for order_id in queue if order_id not in expired]
    assert market.filled(market.placing(BOB, 1 - side, 100, 25)) == [(order_id, 1) for order_id in live]


def test_no_more_than_128_are_pruned_in_a_call(market: Market) -> None:
    with refused_silently():
        market.send(CAROL, "prune", [id_of(1)] * 129)
    assert number_in(market.send(CAROL, "prune", [id_of(1)] * 128)) == 0
