"""cancel, cancel_many, replace: an owner takes orders out of the book, and has back at once what they held."""

import pytest

from bench.stage import MAKER_FEE_PPM
from tests.contracts.ledger import ORDER_RELEASED, account_of, posting
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CANCELLED,
    CAROL,
    DAY,
    FLAT,
    HOUSE,
    POST_ONLY,
    TICK_SIZE,
    Market,
    id_of,
    needed,
    number_in,
    refused,
    refused_silently,
)

SIDES = pytest.mark.parametrize("side", [BID, ASK])
UNKNOWN = [0, 1, id_of(0), id_of(2), id_of(1, FLAT), 2**256 - 1]


# -- cancel


def test_a_cancelled_bid_gives_back_all_that_it_escrowed(market: Market) -> None:
    before = market.money(ALICE)
    order_id = market.place(ALICE, BID, 100, 7)
    refund = needed(100 * TICK_SIZE, 7, 0, MAKER_FEE_PPM)
    receipt = market.send(ALICE, "cancel", order_id)
    accounts = account_of(market.contract.address, HOUSE), account_of(ALICE)
    said = {"property_id": HOUSE, "owner": ALICE, "order_id": order_id, "reason": CANCELLED, "quantity": 7}
    assert [event for _, event in receipt.events] == [
        posting(*accounts, refund, ORDER_RELEASED, (0, before), reference=order_id.to_bytes(32, "big")),
        ("OrderRemoved", said | {"refund": refund}),
    ]
    assert market.money(ALICE) == before


def test_a_cancelled_ask_unlocks_its_fractions(market: Market) -> None:
    order_id = market.place(ALICE, ASK, 100, 7)
    [(_, said)] = market.told(market.send(ALICE, "cancel", order_id), "OrderRemoved")
    assert (said["quantity"], said["refund"]) == (7, 0)
    assert market.locked(ALICE) == 0


@SIDES
def test_after_partial_fills_what_is_left_comes_back_to_the_unit(market: Market, side: int) -> None:
    """At prices and rates whose fees are no whole units."""
    order_id = market.place(ALICE, side, 333, 7)
    for filled in range(1, 7):
        market.place(BOB, 1 - side, 333, 1)
        if side == BID:
            assert market.escrow() == needed(333 * TICK_SIZE, 7 - filled, filled, MAKER_FEE_PPM)
        else:
            assert market.locked(ALICE) == 7 - filled
    market.send(ALICE, "cancel", order_id)
    assert (market.escrow(), market.locked(ALICE)) == (0, 0)


@SIDES
def test_an_order_is_cancelled_once(market: Market, side: int) -> None:
    order_id = market.place(ALICE, side, 100, 7)
    market.send(ALICE, "cancel", order_id)
    with refused("UnknownOrder", order_id):
        market.send(ALICE, "cancel", order_id)


@SIDES
def test_a_filled_order_is_gone(market: Market, side: int) -> None:
    order_id = market.place(ALICE, side, 100, 7)
    market.place(BOB, 1 - side, 100, 7)
    for call in (("cancel", order_id), ("reduce", order_id, 1)):
        with refused("UnknownOrder", order_id):
            market.send(ALICE, *call)
    assert market.ask("order_of", order_id)[1:] == (0,) * 9


@pytest.mark.parametrize("order_id", UNKNOWN)
def test_there_is_nothing_to_do_with_an_order_that_is_not_there(market: Market, order_id: int) -> None:
    market.place(ALICE, BID, 100, 1)
    for call in (("cancel", order_id), ("reduce", order_id, 1), ("cancel_signed", order_id, market.now, b"")):
        with refused("UnknownOrder", order_id):
            market.send(ALICE, *call)
    with refused("UnknownOrder", order_id):
        market.send(ALICE, "replace", order_id, market.order(BID, 100, 1))


@SIDES
def test_nobody_cancels_reduces_or_replaces_the_order_of_another(market: Market, side: int) -> None:
    order_id = market.place(ALICE, side, 100, 7)
    for who in (BOB, market.stage.token.address):
        for call in (("cancel", order_id), ("reduce", order_id, 1), ("cancel_many", [order_id])):
            with refused("NotOrderOwner", order_id, who):
                market.send(who, *call)
        with refused("NotOrderOwner", order_id, who):
            market.send(who, "replace", order_id, market.order(side, 100, 1))


@SIDES
def test_an_expired_order_is_still_its_owners_to_cancel(market: Market, side: int) -> None:
    order_id = market.place(ALICE, side, 100, 7, expiry=market.now)
    market.evm.travel(DAY)
    market.send(ALICE, "cancel", order_id)
    assert market.bests() == (0, 0)


@SIDES
def test_the_next_price_is_the_best_when_the_best_leaves(market: Market, side: int) -> None:
    """Within a leaf of the tree, over the edge of one, and of a branch."""
    ticks = sorted([1, 2, 255, 256, 65_535, 65_536, 2**24 - 2], reverse=side == BID)
    orders = [market.place(ALICE, side, tick, 1) for tick in ticks]
    for order_id, following in zip(orders, [*ticks[1:], 0], strict=True):
        market.send(ALICE, "cancel", order_id)
        assert market.bests()[side] == following


# -- cancel_many


def test_many_are_cancelled_in_one_call_and_those_gone_passed_over(market: Market) -> None:
    orders = [market.place(ALICE, side, tick, 1) for side, tick in ((BID, 1), (ASK, 3), (BID, 2), (ASK, 4))]
    market.send(ALICE, "cancel", orders[2])
    receipt = market.send(ALICE, "cancel_many", [*orders, orders[0], id_of(99), 0])
    assert number_in(receipt) == 3
    assert market.removed(receipt) == [(order_id, CANCELLED) for order_id in (orders[0], orders[1], orders[3])]


def test_many_of_several_books_are_cancelled_in_one_call(market: Market) -> None:
    orders = [market.place(ALICE, BID, 10, 1, property_id=property_id) for property_id in (HOUSE, FLAT)]
    assert number_in(market.send(ALICE, "cancel_many", orders)) == 2
    assert (market.escrow(HOUSE), market.escrow(FLAT)) == (0, 0)


def test_where_one_is_anothers_none_is_cancelled(market: Market) -> None:
    own, other = market.place(ALICE, BID, 100, 1), market.place(BOB, BID, 100, 1)
    with refused("NotOrderOwner", other, ALICE):
        market.send(ALICE, "cancel_many", [own, other])
    assert market.remaining(own, other) == [1, 1]


def test_128_are_cancelled_in_one_call_and_no_more(market: Market) -> None:
    orders = [market.place(ALICE, BID, 100, 1) for _ in range(128)]
    with refused_silently():
        market.send(ALICE, "cancel_many", [*orders, 0])
    receipt = market.send(ALICE, "cancel_many", orders)
    assert (number_in(receipt), market.escrow()) == (128, 0)
    assert number_in(market.send(ALICE, "cancel_many", [])) == 0


# -- replace


@SIDES
def test_an_order_is_replaced_with_what_the_old_one_held(market: Market, side: int) -> None:
    """All of an owner's money, or fractions, are in the old order; the new one needs them."""
    poor = f"0x{0xB0B:040x}"
    market.fill(poor, amount=needed(100 * TICK_SIZE, 10, 0, MAKER_FEE_PPM), fractions=10)
    old = market.place(poor, side, 100, 10)
    receipt = market.send(poor, "replace", old, market.order(side, 50, 10))
    assert market.removed(receipt) == [(old, CANCELLED)]
    assert market.remaining(old, number_in(receipt)) == [0, 10]
    assert number_in(receipt) == old + 1


@SIDES
def test_a_replaced_order_goes_to_the_end_of_the_queue(market: Market, side: int) -> None:
    first, second = market.place(ALICE, side, 100, 5), market.place(BOB, side, 100, 5)
    third = number_in(market.send(ALICE, "replace", first, market.order(side, 100, 5)))
    assert market.filled(market.placing(CAROL, 1 - side, 100, 10)) == [(second, 5), (third, 5)]


@SIDES
def test_where_the_new_order_is_refused_the_old_one_stays(market: Market, side: int) -> None:
    old = market.place(ALICE, side, 100, 5)
    other = market.place(BOB, 1 - side, 110 if side == BID else 90, 5)
    held = market.escrow(), market.locked(ALICE)
    crossing = 110 if side == BID else 90
    with refused("WouldTrade", HOUSE, crossing):
        market.send(ALICE, "replace", old, market.order(side, crossing, 5, order_type=POST_ONLY))
    with refused("InvalidQuantity", 0, 1):
        market.send(ALICE, "replace", old, market.order(side, 100, 0))
    assert market.remaining(old, other) == [5, 5]
    assert (market.escrow(), market.locked(ALICE)) == held


def test_an_order_is_replaced_by_one_of_the_other_side_or_another_book(market: Market) -> None:
    old = market.place(ALICE, BID, 100, 5)
    ask = number_in(market.send(ALICE, "replace", old, market.order(ASK, 100, 5)))
    market.send(ALICE, "replace", ask, market.order(BID, 100, 5, property_id=FLAT))
    assert (market.escrow(HOUSE), market.locked(ALICE)) == (0, 0)
    assert market.bests(FLAT) == (100, 0)


def test_a_new_order_may_trade(market: Market) -> None:
    old, other = market.place(ALICE, BID, 90, 5), market.place(BOB, ASK, 100, 3)
    receipt = market.send(ALICE, "replace", old, market.order(BID, 100, 5))
    assert market.filled(receipt) == [(other, 3)]
    assert market.remaining(number_in(receipt)) == [2]
