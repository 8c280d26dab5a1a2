"""The five types of order: what each takes at once, what it leaves, and when it is refused as a whole."""

import pytest

from bench.stage import MAKER_FEE_PPM
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    AT_MARKET,
    BID,
    BOB,
    CAROL,
    EXPIRED,
    FILL_OR_KILL,
    GOOD_TILL_CANCELLED,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    POST_ONLY,
    SELF_TRADE,
    TICK_SIZE,
    UNFILLED,
    Market,
    needed,
    number_in,
    refused,
)

SIDES = pytest.mark.parametrize("side", [BID, ASK])
NOT_RESTING = pytest.mark.parametrize("order_type", [IMMEDIATE_OR_CANCEL, AT_MARKET])


def offered(market: Market, side: int) -> list[int]:
    """What waits for a taker of a side: 5 and 5 at 100, 5 at a worse price."""
    worse = 101 if side == BID else 99
    return [market.place(ALICE, 1 - side, tick, 5) for tick in (100, 100, worse)]


@SIDES
def test_what_a_good_till_cancelled_order_does_not_take_rests(market: Market, side: int) -> None:
    orders = offered(market, side)
    receipt = market.placing(BOB, side, 100, 12)
    assert market.filled(receipt) == [(orders[0], 5), (orders[1], 5)]
    assert market.remaining(number_in(receipt)) == [2]
    assert market.removed(receipt) == []
    if side == BID:
        assert market.escrow() == needed(100 * TICK_SIZE, 2, 0, MAKER_FEE_PPM)
    else:
        assert market.locked(BOB) == 2


@SIDES
@NOT_RESTING
def test_what_others_do_not_take_is_removed_as_unfilled(market: Market, side: int, order_type: int) -> None:
    orders = offered(market, side)
    receipt = market.placing(BOB, side, 100, 12, order_type=order_type, minimum_fill=1)
    taker = number_in(receipt)
    assert market.filled(receipt) == [(orders[0], 5), (orders[1], 5)]
    unfilled = {"property_id": HOUSE, "owner": BOB, "order_id": taker, "reason": UNFILLED, "quantity": 2, "refund": 0}
    assert receipt.events[-1][1] == ("OrderRemoved", unfilled)
    assert market.remaining(taker) == [0]
    assert market.locked(BOB) == 0


@SIDES
@NOT_RESTING
def test_a_full_fill_removes_nothing(market: Market, side: int, order_type: int) -> None:
    offered(market, side)
    assert market.removed(market.placing(BOB, side, 100, 10, order_type=order_type, minimum_fill=1)) == []


@SIDES
def test_an_immediate_order_may_take_nothing(market: Market, side: int) -> None:
    receipt = market.placing(BOB, side, 100, 12, order_type=IMMEDIATE_OR_CANCEL)
    assert [name for _, (name, _) in receipt.events] == ["OrderPlaced", "OrderRemoved"]
    assert market.bests() == (0, 0)


@SIDES
def test_an_order_at_the_market_takes_at_least_its_minimum(market: Market, side: int) -> None:
    offered(market, side)
    with refused("NotFilled", 10, 11):
        market.place(BOB, side, 100, 20, order_type=AT_MARKET, minimum_fill=11)
    assert len(market.filled(market.placing(BOB, side, 100, 20, order_type=AT_MARKET, minimum_fill=10))) == 2


@SIDES
def test_an_order_at_the_market_is_bound_by_its_price(market: Market, side: int) -> None:
    offered(market, side)
    worst = 101 if side == BID else 99
    receipt = market.placing(BOB, side, worst, 20, order_type=AT_MARKET, minimum_fill=15)
    assert len(market.filled(receipt)) == 3


@SIDES
@pytest.mark.parametrize("order_type", [GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL])
def test_any_order_may_say_how_much_must_trade(market: Market, side: int, order_type: int) -> None:
    offered(market, side)
    with refused("NotFilled", 10, 11):
        market.place(BOB, side, 100, 12, order_type=order_type, minimum_fill=11)
    market.place(BOB, side, 100, 12, order_type=order_type, minimum_fill=10)


@SIDES
def test_fill_or_kill_takes_all_or_reverts(market: Market, side: int) -> None:
    orders = offered(market, side)
    with refused("NotFilled", 10, 11):
        market.place(BOB, side, 100, 11, order_type=FILL_OR_KILL)
    assert market.remaining(*orders) == [5, 5, 5]
    market.place(BOB, side, 100, 10, order_type=FILL_OR_KILL)
    assert market.remaining(*orders) == [0, 0, 5]


@SIDES
def test_fill_or_kill_counts_no_expired_and_no_own_orders(market: Market, side: int) -> None:
    for who, expiry in ((ALICE, market.now), (BOB, 0), (ALICE, 0)):
        market.place(who, 1 - side, 100, 5, expiry=expiry)
    market.evm.travel(1)
    with refused("NotFilled", 5, 6):
        market.place(BOB, side, 100, 6, order_type=FILL_OR_KILL)
    receipt = market.placing(BOB, side, 100, 5, order_type=FILL_OR_KILL)
    assert [reason for _, reason in market.removed(receipt)] == [EXPIRED, SELF_TRADE]


@SIDES
def test_a_minimum_is_no_way_around_fill_or_kill(market: Market, side: int) -> None:
    offered(market, side)
    with refused("NotFilled", 10, 11):
        market.place(BOB, side, 100, 11, order_type=FILL_OR_KILL, minimum_fill=1)


@SIDES
def test_fill_or_kill_that_runs_into_its_bound_of_fills_reverts(market: Market, side: int) -> None:
    offered(market, side)
    with refused("NotFilled", 5, 10):
        market.place(BOB, side, 100, 10, order_type=FILL_OR_KILL, max_fills=1)


@SIDES
def test_post_only_rests_or_reverts(market: Market, side: int) -> None:
    orders = offered(market, side)
    with refused("WouldTrade", HOUSE, 100):
        market.place(BOB, side, 100, 3, order_type=POST_ONLY)
    assert market.remaining(*orders) == [5, 5, 5]
    behind = 99 if side == BID else 101
    receipt = market.placing(BOB, side, behind, 3, order_type=POST_ONLY)
    assert market.remaining(number_in(receipt)) == [3]


@SIDES
def test_expired_and_own_orders_in_front_do_not_stop_a_post_only_order(market: Market, side: int) -> None:
    for who, expiry in ((ALICE, market.now), (BOB, 0), (CAROL, market.now)):
        market.place(who, 1 - side, 100, 5, expiry=expiry)
    market.evm.travel(1)
    receipt = market.placing(BOB, side, 100, 3, order_type=POST_ONLY)
    assert [reason for _, reason in market.removed(receipt)] == [EXPIRED, SELF_TRADE, EXPIRED]
    assert market.remaining(number_in(receipt)) == [3]


@SIDES
def test_what_stands_behind_expired_orders_stops_a_post_only_order(market: Market, side: int) -> None:
    market.place(ALICE, 1 - side, 100, 5, expiry=market.now)
    market.place(ALICE, 1 - side, 100, 5)
    market.evm.travel(1)
    with refused("WouldTrade", HOUSE, 100):
        market.place(BOB, side, 100, 3, order_type=POST_ONLY)


@SIDES
def test_a_post_only_order_that_must_trade_is_refused(market: Market, side: int) -> None:
    with refused("NotFilled", 0, 1):
        market.place(BOB, side, 100, 3, order_type=POST_ONLY, minimum_fill=1)
