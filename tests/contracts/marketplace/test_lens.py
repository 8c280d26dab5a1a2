"""Lens: best prices, depth, queues and orders as a wallet reads them before it signs."""

import pytest

from bench.stage import MAKER_FEE_PPM
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BARN,
    BID,
    BOB,
    CAROL,
    HOUSE,
    LARGEST_TICK,
    LONGEST,
    NOBODY,
    TICK_SIZE,
    Market,
    id_of,
    needed,
    refused,
)

SIDES = pytest.mark.parametrize("side", [BID, ASK])
NONE = (0, 0, 0)


def test_the_lens_knows_whom_it_reads(market: Market) -> None:
    assert market.look("marketplace") == market.contract.address
    assert market.look("investor_registry") == market.stage.registry.address


def test_best_prices_come_with_what_waits_there(market: Market) -> None:
    assert market.look("best_prices", HOUSE) == (NONE, NONE)
    for tick, quantity in ((99, 5), (100, 7), (100, 8)):
        market.place(ALICE, BID, tick, quantity)
    assert market.look("best_prices", HOUSE) == ((100, 15, 2), NONE)
    market.place(BOB, ASK, 101, 3)
    market.place(BOB, ASK, 100, 4)
    assert market.look("best_prices", HOUSE) == ((100, 11, 2), (101, 3, 1))


def test_there_is_nothing_to_see_where_there_is_no_book(market: Market) -> None:
    for view in (("best_prices", BARN), ("depth", BARN, BID, 1), ("quote", BARN, BID, 1, 1, ALICE)):
        with refused("UnknownBook", BARN):
            market.look(*view)


@SIDES
def test_depth_is_best_first_from_one_end_of_the_ticks_to_the_other(market: Market, side: int) -> None:
    ticks = [1, 2, 255, 256, 257, 65_535, 65_536, LARGEST_TICK - 1, LARGEST_TICK]
    for quantity, tick in enumerate(ticks, start=1):
        market.place(ALICE, side, tick, quantity)
    expected = [(tick, quantity, 1) for quantity, tick in enumerate(ticks, start=1)]
    if side == BID:
        expected.reverse()
    assert list(market.look("depth", HOUSE, side, 128)) == expected
    assert list(market.look("depth", HOUSE, side, 3)) == expected[:3]
    assert list(market.look("depth", HOUSE, side, 0)) == []
    assert list(market.look("depth", HOUSE, 1 - side, 128)) == []


@SIDES
def test_the_last_price_of_a_side_has_none_behind_it(market: Market, side: int) -> None:
    tick = 1 if side == BID else LARGEST_TICK
    market.place(ALICE, side, tick, 5)
    assert list(market.look("depth", HOUSE, side, 128)) == [(tick, 5, 1)]
    quote = market.look("quote", HOUSE, 1 - side, tick, 10, BOB)
    assert (quote[0], quote[-1]) == (5, tick)


def test_depth_shows_128_prices_at_most(market: Market) -> None:
    for tick in range(1, 130):
        market.place(ALICE, ASK, tick, 1)
    shown = [tick for tick, *_ in market.look("depth", HOUSE, ASK, 2**256 - 1)]
    assert shown == list(range(1, 129))


@pytest.mark.parametrize("side", [2, 2**256 - 1])
def test_there_are_two_sides(market: Market, side: int) -> None:
    for view in (("depth", HOUSE, side, 1), ("queue", HOUSE, side, 1, 0), ("quote", HOUSE, side, 1, 1, ALICE)):
        with refused("InvalidSide", side):
            market.look(*view)


# -- orders


@SIDES
def test_an_order_is_shown_with_what_it_holds_in_escrow(market: Market, side: int) -> None:
    order_id = market.place(ALICE, side, 333, 9)
    market.place(BOB, 1 - side, 333, 4)
    escrowed = needed(333 * TICK_SIZE, 5, 4, MAKER_FEE_PPM) if side == BID else 5
    resting = (order_id, ALICE, side, 333, 5, 4, market.now + LONGEST, MAKER_FEE_PPM, escrowed)
    assert market.look("order", order_id) == resting
    assert escrowed == (market.escrow() if side == BID else market.locked(ALICE))


@pytest.mark.parametrize("order_id", [0, id_of(1), 2**256 - 1])
def test_an_order_that_does_not_rest_is_zeros_but_for_its_id(market: Market, order_id: int) -> None:
    assert market.look("order", order_id) == (order_id, NOBODY, 0, 0, 0, 0, 0, 0, 0)


@SIDES
def test_a_queue_is_shown_oldest_first_from_any_order_on(market: Market, side: int) -> None:
    orders = [market.place(who, side, 100, 5) for who in (ALICE, BOB, CAROL, ALICE)]
    market.send(BOB, "cancel", orders.pop(1))
    shown = market.look("queue", HOUSE, side, 100, 0)
    assert list(shown) == [market.look("order", order_id) for order_id in orders]
    later = market.look("queue", HOUSE, side, 100, orders[1] & 0xFF)
    assert [resting[0] for resting in later] == orders[1:]
    assert list(market.look("queue", HOUSE, side, 101, 0)) == []
    assert list(market.look("queue", HOUSE, side, 100, 2)) == []


@pytest.mark.parametrize("side", [ASK])
def test_a_long_queue_is_shown_in_pages_of_128(market: Market, side: int, crowd: list[int]) -> None:
    last = [market.place(BOB, 1 - side, 100, 5) for _ in range(2)]
    page = [resting[0] for resting in market.look("queue", HOUSE, 1 - side, 100, 0)]
    assert page == crowd
    number = market.ask("order_of", page[-1])[3]
    assert [resting[0] for resting in market.look("queue", HOUSE, 1 - side, 100, number)] == last
