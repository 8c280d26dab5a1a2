"""Lens.quote says what a placing would trade: in random books, the placing then does just that."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.evm import Moment
from bench.stage import TAKER_FEE_PPM, address_of
from tests.contracts.marketplace.adding_up import require_all_adds_up
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CAROL,
    FLAT,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    LONGEST,
    MAX_REMOVALS,
    MILLION,
    TICK_SIZE,
    UNFILLED,
    Market,
)

# Of one investor with the taker, by the list of the flat.
SECOND_WALLET = address_of("bob's second wallet")
FROZEN_LATER = address_of("who is frozen later")
MAKERS = [ALICE, CAROL, BOB, SECOND_WALLET, FROZEN_LATER]


@dataclass(frozen=True)
class Maker:
    who: str
    tick: int
    quantity: int
    expires: bool


MAKER = st.builds(Maker, st.sampled_from(MAKERS), st.integers(98, 102), st.integers(1, 9), st.booleans())


@pytest.fixture(scope="module")
def crowd_opening(opening: tuple[Market, Moment]) -> tuple[Market, Moment]:
    market, start = opening
    market.evm.restore(start)
    for wallet, investor in ((SECOND_WALLET, 2), (FROZEN_LATER, 9)):
        market.enter(wallet, investor)
        for property_id in (HOUSE, FLAT):
            market.fill(wallet, amount=10**12, fractions=1000, property_id=property_id)
    return market, market.evm.moment()


@settings(max_examples=25, deadline=None)
@given(
    property_id=st.sampled_from([HOUSE, FLAT]),
    side=st.sampled_from([BID, ASK]),
    makers=st.lists(MAKER, max_size=10),
    tick=st.integers(97, 103),
    quantity=st.integers(1, 40),
)
def test_a_placing_does_what_was_quoted(
    crowd_opening: tuple[Market, Moment], property_id: int, side: int, makers: list[Maker], tick: int, quantity: int
) -> None:
    market, start = crowd_opening
    market.evm.restore(start)
    for maker in makers:
        expiry = market.now if maker.expires else 0
        market.place(maker.who, 1 - side, maker.tick, maker.quantity, property_id=property_id, expiry=expiry)
    market.enter(FROZEN_LATER, 9, is_frozen=True)
    market.evm.travel(1)
    quoted = market.look("quote", property_id, side, tick, quantity, BOB)
    assert quoted == done(market, property_id, side, tick, quantity)
    require_all_adds_up(market)


def done(market: Market, property_id: int, side: int, tick: int, quantity: int) -> tuple[int, ...]:
    """What a placing of bob's trades, in the words of a quote."""
    receipt = market.placing(BOB, side, tick, quantity, property_id=property_id, order_type=IMMEDIATE_OR_CANCEL)
    ticks = {said["order_id"]: said["tick"] for _, (name, said) in market.evm.journal if name == "OrderPlaced"}
    filled = [(ticks[order_id], fractions) for order_id, fractions in market.filled(receipt)]
    amount = sum(each * fractions * TICK_SIZE for each, fractions in filled)
    removals = sum(reason != UNFILLED for _, reason in market.removed(receipt))
    total = sum(fractions for _, fractions in filled)
    last = filled[-1][0] if filled else 0
    return total, amount, amount * TAKER_FEE_PPM // MILLION, len(filled), removals, last


@pytest.mark.parametrize("side", [BID, ASK])
@pytest.mark.parametrize("expired", [0, MAX_REMOVALS, MAX_REMOVALS + 1])
def test_the_bounds_of_a_call_are_those_of_a_quote(market: Market, side: int, crowd: list[int], expired: int) -> None:
    if expired > len(crowd):
        market.place(ALICE, 1 - side, 100, 1)
    if expired:
        market.evm.travel(LONGEST + 1)
    market.place(ALICE, 1 - side, 100, 5)
    quoted = market.look("quote", HOUSE, side, 100, 200, BOB)
    assert quoted[3:5] == {0: (128, 0), MAX_REMOVALS: (1, MAX_REMOVALS), MAX_REMOVALS + 1: (0, MAX_REMOVALS)}[expired]
    assert quoted == done(market, HOUSE, side, 100, 200)
