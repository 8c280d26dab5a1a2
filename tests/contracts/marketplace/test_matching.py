"""Matching: best price first, oldest first, at the makers' prices, within the bounds of a call."""

from collections.abc import Sequence

import pytest

from bench.evm import Receipt
from bench.stage import FEE_AT, MAKER_FEE_PPM, TAKER_FEE_PPM, address_of
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CAROL,
    DAVE,
    EXPIRED,
    FILL_OR_KILL,
    GOOD_TILL_CANCELLED,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    LONGEST,
    MAX_FILLS,
    MAX_REMOVALS,
    MILLION,
    TICK_SIZE,
    UNFILLED,
    Market,
    number_in,
    refused,
)

MOST_GAS = 2**24  # of one transaction (EIP-7825)
SIDES = pytest.mark.parametrize("side", [BID, ASK])


def makers(market: Market, side: int, ticks: Sequence[int], quantity: int = 5, **changes: int) -> list[int]:
    """Orders of alice's against a taker of `side`."""
    return [market.place(ALICE, 1 - side, tick, quantity, **changes) for tick in ticks]


def expired_makers(market: Market, side: int, count: int, tick: int = 100) -> list[int]:
    """As many orders of alice's that have expired a second later."""
    return makers(market, side, [tick] * count, quantity=1, expiry=market.now)


# -- priority


@SIDES
def test_the_best_price_trades_first_and_the_oldest_at_a_price(market: Market, side: int) -> None:
    orders = makers(market, side, [101, 100, 102, 100, 101])
    best_first = [1, 3, 0, 4, 2] if side == BID else [2, 0, 4, 1, 3]
    worst = 102 if side == BID else 100
    receipt = market.placing(BOB, side, worst, 25)
    assert market.filled(receipt) == [(orders[place], 5) for place in best_first]
    assert market.bests() == (0, 0)


@SIDES
def test_a_taker_trades_at_the_makers_prices(market: Market, side: int) -> None:
    """A better price than his own is his, whichever side he is on."""
    market.send(FEE_AT, "set_fees", HOUSE, 0, 0)
    makers(market, side, [100, 90, 110])
    before = market.money(BOB)
    market.place(BOB, side, 110 if side == BID else 90, 15)
    value = 300 * 5 * TICK_SIZE
    assert market.money(BOB) - before == (-value if side == BID else value)


@SIDES
def test_no_price_beyond_his_own_is_taken(market: Market, side: int) -> None:
    within, beyond = (100, 101) if side == BID else (101, 100)
    orders = makers(market, side, [within, beyond])
    receipt = market.placing(BOB, side, within, 10)
    assert market.filled(receipt) == [(orders[0], 5)]
    assert market.remaining(orders[1], number_in(receipt)) == [5, 5]


def test_a_bid_escrows_what_rests_only_and_at_its_own_price(market: Market) -> None:
    market.send(FEE_AT, "set_fees", HOUSE, 0, 0)
    market.place(ALICE, ASK, 60, 5)
    before = market.money(BOB)
    market.place(BOB, BID, 100, 8)
    assert before - market.money(BOB) == (60 * 5 + 100 * 3) * TICK_SIZE
    assert market.escrow() == 100 * 3 * TICK_SIZE


def test_a_taker_needs_the_money_for_what_he_takes_and_no_more(market: Market) -> None:
    """At his own price he could not pay."""
    poor = address_of("poor")
    market.place(ALICE, ASK, 60, 5)
    market.fill(poor, amount=60 * 5 * TICK_SIZE * (MILLION + TAKER_FEE_PPM) // MILLION)
    market.place(poor, BID, 100_000, 5)
    assert market.money(poor) == 0


@SIDES
@pytest.mark.parametrize("leaving", [0, 1, 2, 3])
def test_who_leaves_a_queue_leaves_no_trace(market: Market, side: int, leaving: int) -> None:
    orders = makers(market, side, [100] * 4)
    market.send(ALICE, "cancel", orders.pop(leaving))
    assert market.filled(market.placing(BOB, side, 100, 12)) == [(orders[0], 5), (orders[1], 5), (orders[2], 2)]


@SIDES
def test_a_partial_fill_keeps_the_makers_place(market: Market, side: int) -> None:
    orders = makers(market, side, [100, 100])
    for quantity in (1, 3):
        assert market.filled(market.placing(BOB, side, 100, quantity)) == [(orders[0], quantity)]
    assert market.ask("order_of", orders[0])[1:3] == (1, 4)
    assert market.filled(market.placing(BOB, side, 100, 2)) == [(orders[0], 1), (orders[1], 1)]


@SIDES
def test_whoever_heads_a_queue_after_a_fill_leaves_it_whole(market: Market, side: int) -> None:
    """The link to the order before it is stale then, and once lost all that stood behind."""
    orders = makers(market, side, [100] * 4)
    market.place(BOB, side, 100, 5)
    market.send(ALICE, "cancel", orders[1])
    market.send(ALICE, "cancel", orders[2])
    assert market.filled(market.placing(BOB, side, 100, 5)) == [(orders[3], 5)]


@SIDES
def test_a_price_that_was_emptied_is_used_again(market: Market, side: int) -> None:
    for _ in range(3):
        [first] = makers(market, side, [100])
        [second] = makers(market, side, [100])
        assert market.filled(market.placing(BOB, side, 100, 10)) == [(first, 5), (second, 5)]
        [gone] = makers(market, side, [100])
        market.send(ALICE, "cancel", gone)
    assert market.bests() == (0, 0)


@SIDES
def test_fills_are_told_as_they_are_made(market: Market, side: int) -> None:
    first, second = makers(market, side, [100, 100])
    receipt = market.placing(BOB, side, 100, 7)
    both = {"property_id": HOUSE, "taker_order": number_in(receipt), "maker": ALICE, "taker": BOB}
    assert market.told(receipt, "Filled") == [
        ("Filled", both | {"maker_order": first, "quantity": 5, "maker_remaining": 0, "taker_remaining": 2}),
        ("Filled", both | {"maker_order": second, "quantity": 2, "maker_remaining": 3, "taker_remaining": 0}),
    ]


def moved(receipt: Receipt) -> list[tuple[str, str, str, int]]:
    """Operator, sender, receiver and fractions of each transfer."""
    transfers = (said for _, (name, said) in receipt.events if name == "TransferSingle")
    return [(said["operator"], said["sender"], said["receiver"], said["amount"]) for said in transfers]


@SIDES
def test_a_fill_moves_fractions_from_a_lock_or_from_what_is_free(market: Market, side: int) -> None:
    """Whoever moves them is told: the marketplace from locks, the seller's own order from what is free."""
    makers(market, side, [100])
    receipt = market.placing(BOB, side, 100, 2)
    seller, buyer = (ALICE, BOB) if side == BID else (BOB, ALICE)
    operator = market.contract.address if side == BID else BOB
    assert moved(receipt) == [(operator, seller, buyer, 2)]
    assert market.locked(ALICE) == (3 if side == BID else 0)
    assert (market.fractions(seller), market.fractions(buyer)) == (10**6 - 2, 10**6 + 2)


# -- the bounds of a call


@SIDES
@pytest.mark.parametrize("order_type", [GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL])
def test_what_is_left_at_the_bound_of_fills_does_not_rest_in_a_crossed_book(
    market: Market, side: int, order_type: int
) -> None:
    orders = makers(market, side, [100] * 3)
    receipt = market.placing(BOB, side, 100, 15, order_type=order_type, max_fills=2)
    assert market.filled(receipt) == [(orders[0], 5), (orders[1], 5)]
    assert market.removed(receipt) == [(number_in(receipt), UNFILLED)]
    assert market.escrow() == 0 or side == ASK


@SIDES
def test_what_is_left_at_the_bound_of_fills_rests_where_nothing_crosses(market: Market, side: int) -> None:
    makers(market, side, [100] * 2)
    receipt = market.placing(BOB, side, 100, 15, max_fills=2)
    assert market.remaining(number_in(receipt)) == [5]


@SIDES
@pytest.mark.parametrize("bound", [0, MAX_FILLS, MAX_FILLS + 1, 2**256 - 1])
def test_no_call_makes_more_than_128_fills(market: Market, side: int, crowd: list[int], bound: int) -> None:
    [behind] = makers(market, side, [100])
    receipt = market.placing(BOB, side, 100, MAX_FILLS + 1, max_fills=bound)
    assert market.filled(receipt) == [(order_id, 1) for order_id in crowd]
    assert market.removed(receipt) == [(number_in(receipt), UNFILLED)]
    assert market.remaining(behind) == [5]


@pytest.mark.slow
@SIDES
def test_128_makers_are_filled_in_one_call(market: Market, side: int) -> None:
    people = [address_of(f"maker {number}") for number in range(MAX_FILLS)]
    for maker in people:
        market.fill(maker, **({"fractions": 2} if side == BID else {"amount": 3 * 100 * TICK_SIZE}))
        market.place(maker, 1 - side, 100, 2)
    receipt = market.placing(BOB, side, 100, 2 * MAX_FILLS, order_type=FILL_OR_KILL)
    assert [said["maker"] for _, said in market.told(receipt, "Filled")] == people
    assert {market.fractions(maker) for maker in people} == {0 if side == BID else 2}
    assert receipt.gas < MOST_GAS


@SIDES
@pytest.mark.parametrize(
    ("fills", "expired"), [(1, 2), (31, 2), (32, 0), (32, 2), (33, 2), (64, 0), (64, 2), (65, 2), (128, 2)]
)
def test_fees_are_charged_where_the_last_batch_is_empty(
    market: Market, side: int, crowd: list[int], fills: int, expired: int
) -> None:
    """Fills are settled by 32; after a full batch only orders came that had expired, and its fees were forgotten."""
    market.send(ALICE, "cancel_many", crowd[fills:])
    gone = expired_makers(market, side, expired)
    market.evm.travel(1)
    receipt = market.placing(BOB, side, 100, fills + 10)
    assert market.filled(receipt) == [(order_id, 1) for order_id in crowd[:fills]]
    # The last of all fills that there can be ends the call.
    left = [(order_id, EXPIRED) for order_id in gone] if fills < MAX_FILLS else [(number_in(receipt), UNFILLED)]
    assert market.removed(receipt) == left
    value = 100 * TICK_SIZE
    taker_fee, maker_fee = fills * value * TAKER_FEE_PPM // MILLION, value * MAKER_FEE_PPM // MILLION
    assert market.charged == taker_fee + fills * maker_fee


# -- expired orders in front


@SIDES
def test_a_taker_fills_behind_as_many_expired_orders_as_may_be_removed(
    market: Market, side: int, crowd: list[int]
) -> None:
    market.evm.travel(LONGEST + 1)
    [behind] = makers(market, side, [100])
    receipt = market.placing(BOB, side, 100, 7)
    assert market.filled(receipt) == [(behind, 5)]
    assert market.removed(receipt) == [(order_id, EXPIRED) for order_id in crowd]
    assert market.remaining(number_in(receipt)) == [2]


@pytest.mark.slow
@SIDES
def test_as_many_fills_and_removals_as_there_can_be_fit_in_one_call(
    market: Market, side: int, crowd: list[int]
) -> None:
    market.evm.travel(LONGEST + 1)
    live = makers(market, side, [100] * MAX_FILLS, quantity=1)
    receipt = market.placing(BOB, side, 100, MAX_FILLS, order_type=FILL_OR_KILL)
    assert market.filled(receipt) == [(order_id, 1) for order_id in live]
    assert len(market.removed(receipt)) == len(crowd) == MAX_REMOVALS
    assert market.bests() == (0, 0)
    assert receipt.gas < MOST_GAS


@SIDES
def test_one_expired_order_more_ends_the_call_and_what_is_left_does_not_rest(
    market: Market, side: int, crowd: list[int]
) -> None:
    [one_more] = makers(market, side, [100])
    market.evm.travel(LONGEST + 1)
    [behind] = makers(market, side, [100])
    receipt = market.placing(BOB, side, 100, 5)
    removed = [(order_id, EXPIRED) for order_id in crowd]
    assert market.removed(receipt) == [*removed, (number_in(receipt), UNFILLED)]
    assert market.remaining(one_more, behind) == [5, 5]
    receipt = market.placing(BOB, side, 100, 5)
    assert (market.filled(receipt), market.removed(receipt)) == ([(behind, 5)], [(one_more, EXPIRED)])


@SIDES
def test_as_many_removals_as_there_can_be_leave_an_order_to_rest_where_nothing_crosses(
    market: Market, side: int, crowd: list[int]
) -> None:
    market.evm.travel(LONGEST + 1)
    receipt = market.placing(BOB, side, 100, 5)
    assert len(market.removed(receipt)) == len(crowd)
    assert market.remaining(number_in(receipt)) == [5]


@SIDES
def test_where_all_that_crosses_expired_an_order_rests(market: Market, side: int) -> None:
    expired_makers(market, side, 2, tick=100)
    worse = 101 if side == BID else 99
    expired_makers(market, side, 2, tick=worse)
    market.evm.travel(1)
    receipt = market.placing(BOB, side, worse, 5)
    assert market.remaining(number_in(receipt)) == [5]
    assert market.bests() == ((worse, 0) if side == BID else (0, worse))


@SIDES
def test_expired_orders_between_others_are_passed_over(market: Market, side: int) -> None:
    live, gone = [], []
    for _ in range(3):
        live += makers(market, side, [100], quantity=1)
        gone += expired_makers(market, side, 1)
    market.evm.travel(1)
    receipt = market.placing(BOB, side, 100, 3)
    assert market.filled(receipt) == [(order_id, 1) for order_id in live]
    # Whatever stands behind the last fill is not looked at.
    assert market.removed(receipt) == [(order_id, EXPIRED) for order_id in gone[:2]]


@SIDES
def test_expired_orders_do_not_count_as_fills(market: Market, side: int) -> None:
    expired_makers(market, side, 3)
    orders = makers(market, side, [100] * 2)
    market.evm.travel(1)
    assert market.filled(market.placing(BOB, side, 100, 10, max_fills=2)) == [(order_id, 5) for order_id in orders]


# -- with oneself


@SIDES
def test_an_order_of_the_takers_own_is_removed_and_he_trades_with_the_next(market: Market, side: int) -> None:
    own = market.place(BOB, 1 - side, 100, 5)
    [other] = makers(market, side, [100])
    receipt = market.placing(BOB, side, 100, 3)
    assert market.removed(receipt) == [(own, 3)]
    assert market.filled(receipt) == [(other, 3)]


@SIDES
def test_who_has_both_sides_to_himself_trades_with_nobody(market: Market, side: int) -> None:
    before = market.money(BOB)
    for tick in (100, 100, 101):
        market.place(BOB, 1 - side, tick, 5)
    receipt = market.placing(BOB, side, 101 if side == BID else 100, 5)
    assert len(market.removed(receipt)) == 3
    assert market.remaining(number_in(receipt)) == [5]
    market.send(BOB, "cancel", number_in(receipt))
    assert (market.money(BOB), market.fractions(BOB), market.locked(BOB)) == (before, 10**6, 0)


def test_own_fractions_in_an_ask_that_is_met_can_be_sold_to_a_bid_behind_it(market: Market) -> None:
    """What a taker's own removed order sets free counts for what he locks now."""
    market.place(DAVE, ASK, 100, 10**6)
    with refused("ERC1155InsufficientBalance", DAVE, 0, 1, HOUSE):
        market.place(DAVE, ASK, 101, 1)
    receipt = market.placing(DAVE, BID, 100, 1, order_type=IMMEDIATE_OR_CANCEL)
    assert [reason for _, reason in market.removed(receipt)] == [3, UNFILLED]
    market.place(DAVE, ASK, 101, 10**6)
    assert market.locked(DAVE) == 10**6


def test_two_wallets_trade_where_no_list_says_that_they_are_one(market: Market) -> None:
    market.place(CAROL, ASK, 100, 5)
    assert len(market.filled(market.placing(BOB, BID, 100, 5))) == 1
