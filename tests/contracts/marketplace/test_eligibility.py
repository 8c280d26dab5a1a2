"""Properties with a list: who may gain is asked when an order is placed, and again when it is met."""

from collections.abc import Iterator

import pytest
from eth_utils.crypto import keccak

from bench.compiled import Compiled
from bench.evm import Moment
from bench.stage import address_of, ours, set_up
from tests.contracts.marketplace.adding_up import require_all_adds_up
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CAROL,
    DAVE,
    FLAT,
    HOUSE,
    NOT_ELIGIBLE,
    SELF_TRADE,
    Market,
    number_in,
    people_of,
    refused,
)

ELIGIBLE = 2**255
SECOND_WALLET = address_of("the second wallet of an investor")


def place(market: Market, who: str, side: int, quantity: int = 5, tick: int = 100, **changes: int) -> int:
    return market.place(who, side, tick, quantity, property_id=FLAT, **changes)


def met(market: Market, who: str, side: int, quantity: int = 5) -> tuple[list[int], list[tuple[int, int]]]:
    """Orders that somebody's order fills, and what it removes."""
    receipt = market.placing(who, side, 100, quantity, property_id=FLAT)
    return [order_id for order_id, _ in market.filled(receipt)], market.removed(receipt)


# -- placing


def test_investors_of_the_list_trade(market: Market) -> None:
    bid = place(market, ALICE, BID)
    assert met(market, BOB, ASK) == ([bid], [])


@pytest.mark.parametrize("order_type", range(4))
def test_who_is_not_on_the_list_bids_for_nothing(market: Market, order_type: int) -> None:
    place(market, ALICE, ASK)
    with refused("NotEligible", FLAT, DAVE):
        place(market, DAVE, BID, order_type=order_type)
    market.place(DAVE, BID, 100, 5, property_id=HOUSE)


def test_who_is_frozen_or_whose_entry_expired_does_not_bid(market: Market) -> None:
    market.enter(ALICE, 1, is_frozen=True)
    market.enter(BOB, 2, expiry=market.now)
    for who in (ALICE, BOB):
        with refused("NotEligible", FLAT, who):
            place(market, who, BID)


@pytest.mark.parametrize("order_type", range(4))
def test_a_frozen_holder_may_sell(market: Market, order_type: int) -> None:
    """Only gaining is restricted: he can leave."""
    if order_type in (1, 2):
        place(market, BOB, BID)
    market.enter(ALICE, 1, is_frozen=True)
    order_id = place(market, ALICE, ASK, order_type=order_type)
    if order_type in (0, 3):
        assert met(market, BOB, BID) == ([order_id], [])
    assert market.fractions(ALICE, FLAT) == 10**6 - 5


# -- met


def test_a_bid_of_who_is_no_longer_eligible_is_removed_when_it_is_met(market: Market) -> None:
    before = market.money(ALICE)
    frozen, expired, good = (place(market, who, BID) for who in (ALICE, BOB, CAROL))
    market.enter(ALICE, 1, is_frozen=True)
    market.enter(BOB, 2, expiry=market.now)
    seller = SECOND_WALLET
    market.enter(seller, 4)
    market.fill(seller, fractions=10, property_id=FLAT)
    assert met(market, seller, ASK) == ([good], [(frozen, NOT_ELIGIBLE), (expired, NOT_ELIGIBLE)])
    assert market.money(ALICE) == before


def test_an_ask_of_who_is_no_longer_eligible_trades(market: Market) -> None:
    order_id = place(market, ALICE, ASK)
    market.enter(ALICE, 1, is_frozen=True)
    assert met(market, BOB, BID) == ([order_id], [])


def test_who_is_eligible_again_before_he_is_met_trades(market: Market) -> None:
    order_id = place(market, ALICE, BID)
    market.enter(ALICE, 1, is_frozen=True)
    market.enter(ALICE, 1)
    assert met(market, BOB, ASK) == ([order_id], [])


# -- one investor of several wallets


@pytest.mark.parametrize("side", [BID, ASK])
def test_two_wallets_of_one_investor_do_not_trade_with_each_other(market: Market, side: int) -> None:
    market.enter(SECOND_WALLET, 1)
    market.fill(SECOND_WALLET, amount=10**9, fractions=5, property_id=FLAT)
    own, other = place(market, SECOND_WALLET, 1 - side), place(market, BOB, 1 - side)
    assert met(market, ALICE, side) == ([other], [(own, SELF_TRADE)])


def test_a_frozen_wallet_is_still_known_as_its_investors(market: Market) -> None:
    market.enter(SECOND_WALLET, 1)
    market.fill(SECOND_WALLET, fractions=5, property_id=FLAT)
    own = place(market, SECOND_WALLET, ASK)
    market.enter(SECOND_WALLET, 1, is_frozen=True)
    assert met(market, ALICE, BID) == ([], [(own, SELF_TRADE)])


@pytest.mark.parametrize("side", [BID, ASK])
def test_an_own_wallet_is_found_without_asking_the_list(market: Market, side: int) -> None:
    own = place(market, ALICE, 1 - side)
    assert met(market, ALICE, side) == ([], [(own, SELF_TRADE)])


def test_in_a_property_without_a_list_wallets_of_one_investor_are_two(market: Market) -> None:
    market.enter(SECOND_WALLET, 1)
    market.fill(SECOND_WALLET, amount=10**9)
    order_id = market.place(SECOND_WALLET, BID, 100, 5)
    assert market.filled(market.placing(ALICE, ASK, 100, 5)) == [(order_id, 5)]


# -- a registry that is not to be trusted


@pytest.fixture(scope="module")
def risky_opening() -> tuple[Market, Moment]:
    """All over a registry that answers as it is told: at first that each wallet is eligible, and nobody's."""

    def sources(name: str) -> Compiled:
        return ours("testing/HostileRegistry" if name == "InvestorRegistry" else name)

    stage = set_up(sources)
    stage.evm.send(ALICE, stage.registry, "answer_with", word(ELIGIBLE))
    market = people_of(stage)
    return market, market.evm.moment()


@pytest.fixture
def risky(risky_opening: tuple[Market, Moment]) -> Iterator[Market]:
    market, moment = risky_opening
    market.evm.restore(moment)
    yield market
    require_all_adds_up(market)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def behave(market: Market, conduct: str) -> None:
    registry, evm = market.stage.registry, market.evm
    if conduct == "loops":
        evm.send(ALICE, registry, "loop")
    elif conduct.startswith("reverts"):
        evm.send(ALICE, registry, "revert_with", word(ELIGIBLE | 7) if conduct == "reverts with a yes" else b"")
    else:
        evm.send(ALICE, registry, "answer_with", LIES[conduct])


LIES = {
    "no bytes": b"",
    "31 bytes": word(ELIGIBLE)[:31],
    "33 bytes": word(ELIGIBLE) + b"\0",
    "much": word(ELIGIBLE) + bytes(2016),
    "a bit that means nothing": word(ELIGIBLE | 1 << 128),
    "all bits": b"\xff" * 32,
    "a plain yes": word(1 << 200),
    "a hash": keccak(b"yes"),
}
CONDUCTS = pytest.mark.parametrize("conduct", ["loops", "reverts", "reverts with a yes", *LIES])


@CONDUCTS
def test_without_a_clear_yes_nobody_bids_and_anybody_sells_to_nobody(risky: Market, conduct: str) -> None:
    bid = place(risky, ALICE, BID)
    behave(risky, conduct)
    with refused("NotEligible", FLAT, BOB):
        place(risky, BOB, BID)
    # Its maker is no longer eligible either, for all that is known.
    assert met(risky, BOB, ASK) == ([], [(bid, NOT_ELIGIBLE)])


@CONDUCTS
def test_no_registry_holds_what_is_escrowed(risky: Market, conduct: str) -> None:
    orders = [place(risky, ALICE, BID, 5), place(risky, ALICE, ASK, 5, tick=200)]
    behave(risky, conduct)
    for order_id in orders:
        risky.send(ALICE, "reduce", order_id, 2)
    risky.send(ALICE, "cancel", orders[1])
    assert risky.removed(risky.send(BOB, "prune", orders)) == [(orders[0], NOT_ELIGIBLE)]
    assert (risky.escrow(FLAT), risky.locked(ALICE, FLAT)) == (0, 0)


def test_no_registry_stops_the_books_of_properties_without_a_list(risky: Market) -> None:
    behave(risky, "loops")
    order_id = risky.place(ALICE, BID, 100, 5)
    assert risky.filled(risky.placing(BOB, ASK, 100, 5)) == [(order_id, 5)]


def test_a_registry_that_loops_costs_a_taker_its_share_of_gas_for_each_maker(risky: Market) -> None:
    for _ in range(30):
        place(risky, ALICE, BID, 1)
    behave(risky, "loops")
    receipt = risky.placing(BOB, ASK, 100, 30, property_id=FLAT)
    assert [reason for _, reason in risky.removed(receipt)] == [NOT_ELIGIBLE] * 30
    assert risky.remaining(number_in(receipt)) == [30]


def test_who_is_said_to_be_everybody_trades_with_nobody(risky: Market) -> None:
    """A registry that gives all wallets one id stops a book, and harms it no further."""
    orders = [place(risky, who, ASK) for who in (ALICE, CAROL)]
    risky.evm.send(ALICE, risky.stage.registry, "answer_with", word(ELIGIBLE | 7))
    assert met(risky, BOB, BID) == ([], [(order_id, SELF_TRADE) for order_id in orders])


def test_a_registry_without_ids_parts_wallets_as_a_property_without_a_list_does(risky: Market) -> None:
    own, other = place(risky, BOB, ASK), place(risky, ALICE, ASK)
    assert met(risky, BOB, BID) == ([other], [(own, SELF_TRADE)])
