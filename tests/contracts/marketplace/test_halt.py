"""halt and resume: PAUSER stops the placing of orders in books, and nothing else; close_book ends it for good."""

from collections.abc import Callable

import pytest

from bench.stage import ADMIN_AT, FEE_AT, ISSUER_AT, LISTER_AT, PAUSER, PAUSER_AT
from tests.contracts.ledger import account_of
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BARN,
    BID,
    BOB,
    CAROL,
    CLOSED,
    EXPIRED,
    FLAT,
    HOUR,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    Market,
    refused,
)
from tests.contracts.marketplace.signing import signed_cancellation, signed_order

KEY = b"key".ljust(32, b"\0")
Place = Callable[[Market], object]


def place(market: Market) -> object:
    return market.place(ALICE, BID, 100, 1)


def take(market: Market) -> object:
    return market.place(ALICE, ASK, 100, 1, order_type=IMMEDIATE_OR_CANCEL)


def place_signed(market: Market) -> object:
    order = market.order(BID, 100, 1)
    signature = signed_order("alice", market.contract, ALICE, order, KEY)
    return market.send(BOB, "place_signed", ALICE, order, KEY, signature)


def replace(market: Market) -> object:
    return market.send(BOB, "replace", HOUSE << 40 | 1, market.order(BID, 100, 1))


WAYS: list[Place] = [place, take, place_signed, replace]


@pytest.fixture
def resting(market: Market) -> list[int]:
    """Two bids and two asks of bob's, all but the first two for an hour."""
    orders = [(BID, 100, 0), (ASK, 200, 0), (BID, 101, market.now + HOUR), (ASK, 201, market.now + HOUR)]
    return [market.place(BOB, side, tick, 10, expiry=expiry) for side, tick, expiry in orders]


@pytest.mark.usefixtures("resting")
@pytest.mark.parametrize("way", WAYS)
def test_in_a_halted_book_nothing_is_placed(market: Market, way: Place) -> None:
    market.send(PAUSER_AT, "halt", [HOUSE])
    with refused("BookHalted", HOUSE):
        way(market)
    market.send(PAUSER_AT, "resume", [HOUSE])
    way(market)


def test_a_halt_is_of_the_books_that_are_named(market: Market) -> None:
    market.send(PAUSER_AT, "halt", [FLAT])
    market.place(ALICE, BID, 100, 1)
    with refused("BookHalted", FLAT):
        market.place(ALICE, BID, 100, 1, property_id=FLAT)


def test_all_but_placing_goes_on_in_a_halted_book(market: Market, resting: list[int]) -> None:
    market.send(PAUSER_AT, "halt", [HOUSE])
    market.send(BOB, "reduce", resting[0], 4)
    market.send(BOB, "reduce", resting[1], 4)
    market.send(BOB, "cancel", resting[0])
    deadline = market.now + HOUR
    signature = signed_cancellation("bob", market.contract, resting[1], deadline)
    market.send(ALICE, "cancel_signed", resting[1], deadline, signature)
    market.evm.travel(HOUR + 1)
    receipt = market.send(CAROL, "prune", resting)
    assert market.removed(receipt) == [(order_id, EXPIRED) for order_id in resting[2:]]
    market.send(FEE_AT, "set_fees", HOUSE, 0, 0)
    held = market.money(BOB)
    market.evm.send(BOB, market.stage.vault, "withdraw", account_of(BOB), held, BOB)
    market.evm.send(BOB, market.stage.token, "safeTransferFrom", BOB, CAROL, HOUSE, 10**6, b"")
    assert (market.money(BOB), market.fractions(BOB), market.bests()) == (0, 0, (0, 0))


def test_orders_of_a_halted_book_keep_their_places(market: Market, resting: list[int]) -> None:
    market.send(PAUSER_AT, "halt", [HOUSE])
    market.send(PAUSER_AT, "resume", [HOUSE])
    assert market.filled(market.placing(ALICE, ASK, 100, 20)) == [(resting[2], 10), (resting[0], 10)]


def test_halts_are_told_once(market: Market) -> None:
    said = {"property_id": HOUSE, "account": PAUSER_AT}
    for function, name in (("halt", "BookHalted"), ("resume", "BookResumed")):
        receipt = market.send(PAUSER_AT, function, [HOUSE, FLAT, HOUSE])
        assert [event for _, event in receipt.events] == [(name, said), (name, said | {"property_id": FLAT})]
        assert market.send(PAUSER_AT, function, [HOUSE]).events == []


@pytest.mark.parametrize("function", ["halt", "resume"])
def test_where_one_is_unknown_none_is_halted(market: Market, function: str) -> None:
    with refused("UnknownBook", BARN):
        market.send(PAUSER_AT, function, [HOUSE, BARN])
    market.place(ALICE, BID, 100, 1)


@pytest.mark.parametrize("who", [ADMIN_AT, LISTER_AT, FEE_AT, ISSUER_AT, ALICE])
@pytest.mark.parametrize("function", ["halt", "resume"])
def test_only_a_pauser_halts_and_resumes(market: Market, function: str, who: str) -> None:
    with refused("AccessControlUnauthorizedAccount", who, PAUSER):
        market.send(who, function, [])


# -- closed, when the final distribution is declared


@pytest.mark.usefixtures("resting")
@pytest.mark.parametrize("way", WAYS)
def test_in_a_closed_book_nothing_is_placed(market: Market, way: Place) -> None:
    market.end(HOUSE)
    with refused("BookClosed", HOUSE):
        way(market)


def test_a_final_distribution_closes_the_book_of_its_property(market: Market) -> None:
    receipt = market.end(HOUSE)
    assert market.told(receipt, "BookClosed") == [("BookClosed", {"property_id": HOUSE})]
    assert market.ask("book_of", HOUSE)[9:] == (False, True)
    market.place(ALICE, BID, 100, 1, property_id=FLAT)


def test_a_property_without_a_book_ends_all_the_same(market: Market) -> None:
    assert market.told(market.end(BARN), "BookClosed") == []


def test_no_pauser_opens_a_closed_book(market: Market) -> None:
    market.send(PAUSER_AT, "halt", [HOUSE])
    market.end(HOUSE)
    market.send(PAUSER_AT, "resume", [HOUSE])
    with refused("BookClosed", HOUSE):
        market.place(ALICE, BID, 100, 1)


def test_of_a_closed_book_anyone_prunes_everything(market: Market, resting: list[int]) -> None:
    assert market.removed(market.send(CAROL, "prune", resting)) == []
    market.end(HOUSE)
    receipt = market.send(CAROL, "prune", resting)
    assert market.removed(receipt) == [(order_id, CLOSED) for order_id in resting]
    assert (market.escrow(), market.locked(BOB), market.bests()) == (0, 0, (0, 0))


def test_orders_of_a_closed_book_are_cancelled_and_reduced(market: Market, resting: list[int]) -> None:
    market.end(HOUSE)
    for order_id in resting:
        market.send(BOB, "reduce", order_id, 1)
        market.send(BOB, "cancel", order_id)
    assert (market.escrow(), market.locked(BOB)) == (0, 0)


@pytest.mark.parametrize("who", [ADMIN_AT, LISTER_AT, PAUSER_AT, ISSUER_AT, ALICE])
def test_only_the_token_closes_a_book(market: Market, who: str) -> None:
    with refused("NotToken", who):
        market.send(who, "close_book", HOUSE)
