"""reduce: an owner takes a part of an order back, and the order keeps its place."""

import pytest

from bench.stage import LISTER_AT, MAKER_FEE_PPM
from tests.contracts.ledger import ORDER_RELEASED, account_of, posting
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BARN,
    BID,
    BOB,
    CAROL,
    HOUSE,
    LARGEST_QUANTITY,
    TICK_SIZE,
    Market,
    needed,
    refused,
)

SIDES = pytest.mark.parametrize("side", [BID, ASK])


def test_a_reduced_bid_gives_back_what_it_needs_no_more(market: Market) -> None:
    before = market.money(ALICE)
    order_id = market.place(ALICE, BID, 333, 7)
    escrowed = market.escrow()
    receipt = market.send(ALICE, "reduce", order_id, 3)
    kept = needed(333 * TICK_SIZE, 4, 0, MAKER_FEE_PPM)
    refund = escrowed - kept
    accounts = account_of(market.contract.address, HOUSE), account_of(ALICE)
    said = {"property_id": HOUSE, "owner": ALICE, "order_id": order_id, "quantity": 3, "remaining": 4}
    assert [event for _, event in receipt.events] == [
        posting(*accounts, refund, ORDER_RELEASED, (kept, before - kept), reference=order_id.to_bytes(32, "big")),
        ("OrderReduced", said | {"refund": refund}),
    ]


def test_a_reduced_ask_unlocks_what_it_offers_no_more(market: Market) -> None:
    order_id = market.place(ALICE, ASK, 333, 7)
    [(_, said)] = market.told(market.send(ALICE, "reduce", order_id, 3), "OrderReduced")
    assert (said["remaining"], said["refund"], market.locked(ALICE)) == (4, 0, 4)


@SIDES
def test_a_reduced_order_keeps_its_place(market: Market, side: int) -> None:
    first, second = market.place(ALICE, side, 100, 5), market.place(BOB, side, 100, 5)
    market.send(ALICE, "reduce", first, 3)
    market.send(BOB, "reduce", second, 1)
    assert market.ask("level_of", HOUSE, side, 100)[2:] == (2, 6)
    assert market.filled(market.placing(CAROL, 1 - side, 100, 6)) == [(first, 2), (second, 4)]


@SIDES
def test_between_fills_and_reductions_escrow_is_what_the_rest_needs(market: Market, side: int) -> None:
    order_id = market.place(ALICE, side, 333, 40)
    filled, left = 0, 40
    for fill, reduction in ((1, 2), (3, 4), (5, 6), (7, 8)):
        market.place(BOB, 1 - side, 333, fill)
        market.send(ALICE, "reduce", order_id, reduction)
        filled, left = filled + fill, left - fill - reduction
        assert market.ask("order_of", order_id)[1:3] == (left, filled if left else 0)
        if side == BID:
            assert market.escrow() == needed(333 * TICK_SIZE, left, filled, MAKER_FEE_PPM)
        else:
            assert market.locked(ALICE) == left


@SIDES
@pytest.mark.parametrize("quantity", [5, 6, LARGEST_QUANTITY])
def test_all_of_an_order_is_cancelled_not_reduced(market: Market, side: int, quantity: int) -> None:
    order_id = market.place(ALICE, side, 100, 5)
    with refused("InvalidReduction", order_id, 5, quantity):
        market.send(ALICE, "reduce", order_id, quantity)
    market.send(ALICE, "reduce", order_id, 4)
    with refused("InvalidReduction", order_id, 1, 1):
        market.send(ALICE, "reduce", order_id, 1)


@SIDES
@pytest.mark.parametrize("quantity", [0, LARGEST_QUANTITY + 1, 2**208, 2**256 - 1])
def test_a_reduction_is_within_bounds(market: Market, side: int, quantity: int) -> None:
    order_id = market.place(ALICE, side, 100, 5)
    with refused("InvalidQuantity", quantity, 1):
        market.send(ALICE, "reduce", order_id, quantity)


def test_a_reduction_is_a_multiple_of_the_lot(market: Market) -> None:
    market.send(LISTER_AT, "create_book", BARN, 1, 7, 0, 0, 0)
    order_id = market.place(ALICE, ASK, 100, 21, property_id=BARN)
    for quantity in (1, 6, 8, 20):
        with refused("InvalidQuantity", quantity, 7):
            market.send(ALICE, "reduce", order_id, quantity)
    market.send(ALICE, "reduce", order_id, 14)
    assert market.locked(ALICE, BARN) == 7


def test_an_order_may_be_reduced_below_the_minimum_value(market: Market) -> None:
    """It was worth it when it was placed, and partial fills leave less as well."""
    market.send(LISTER_AT, "create_book", BARN, 1, 1, 500, 0, 0)
    order_id = market.place(ALICE, ASK, 100, 5, property_id=BARN)
    market.send(ALICE, "reduce", order_id, 4)
    assert market.remaining(order_id) == [1]


def test_the_largest_order_is_reduced_to_one_fraction(market: Market) -> None:
    market.send(LISTER_AT, "create_book", BARN, 1, 1, 0, 10_000, 10_000)
    buyer = f"0x{0xB0B:040x}"
    market.fill(buyer, amount=LARGEST_QUANTITY * 2)
    order_id = market.place(buyer, BID, 1, LARGEST_QUANTITY, property_id=BARN)
    market.send(buyer, "reduce", order_id, LARGEST_QUANTITY - 1)
    assert (market.remaining(order_id), market.escrow(BARN)) == ([1], 1)
