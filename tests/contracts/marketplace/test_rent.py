"""Fractions that rest in an ask earn for the seller until they are bought, whenever that is."""

import pytest

from bench.stage import ISSUER_AT
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CAROL,
    DAY,
    DOLLAR,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    Market,
    refused,
)

RENT = 4 * 10**6 * DOLLAR  # one dollar a fraction: alice, bob, carol and dave hold a million each


def release(market: Market, period: int) -> None:
    token = market.stage.token
    market.evm.send(ISSUER_AT, token, "declare_rent", HOUSE, period, RENT, market.now + DAY)
    market.evm.travel(DAY)
    market.evm.send(CAROL, token, "release_rent", HOUSE, period)


@pytest.fixture
def rich_issuer(market: Market) -> None:
    market.fill(ISSUER_AT, amount=3 * RENT)


def claimable(market: Market, *holders: str) -> list[int]:
    return [market.evm.ask(market.stage.token, "claimable_rent", holder, HOUSE) for holder in holders]


@pytest.mark.usefixtures("rich_issuer")
def test_an_ask_earns_for_the_seller_while_it_rests(market: Market) -> None:
    market.place(ALICE, ASK, 100, 10**6)
    release(market, 1)
    assert claimable(market, ALICE) == [10**6 * DOLLAR]
    market.evm.send(CAROL, market.stage.token, "claim_rent", HOUSE, ALICE)
    assert claimable(market, ALICE) == [0]


@pytest.mark.usefixtures("rich_issuer")
@pytest.mark.parametrize("side", [BID, ASK])
def test_what_was_released_before_a_fill_is_the_sellers_and_after_it_the_buyers(market: Market, side: int) -> None:
    seller, buyer = (ALICE, BOB) if side == BID else (BOB, ALICE)
    market.place(ALICE, 1 - side, 100, 1000)
    release(market, 1)
    market.place(BOB, side, 100, 400)
    assert claimable(market, seller, buyer) == [10**6 * DOLLAR] * 2
    release(market, 2)
    assert claimable(market, seller, buyer) == [(2 * 10**6 - 400) * DOLLAR, (2 * 10**6 + 400) * DOLLAR]
    market.place(BOB, side, 100, 600)
    release(market, 3)
    assert claimable(market, seller, buyer) == [(3 * 10**6 - 1400) * DOLLAR, (3 * 10**6 + 1400) * DOLLAR]


@pytest.mark.usefixtures("rich_issuer")
def test_one_who_sold_all_is_still_paid_what_his_ask_earned(market: Market) -> None:
    market.place(ALICE, ASK, 100, 10**6)
    release(market, 1)
    market.place(BOB, BID, 100, 10**6)
    before = market.money(ALICE)
    market.evm.send(CAROL, market.stage.token, "claim_rent", HOUSE, ALICE)
    assert (market.fractions(ALICE), market.money(ALICE) - before) == (0, 10**6 * DOLLAR)


@pytest.mark.usefixtures("rich_issuer")
def test_a_new_holder_earns_from_his_purchase_on_only(market: Market) -> None:
    buyer = f"0x{0xB0B:040x}"
    market.fill(buyer, amount=10**12)
    release(market, 1)
    market.place(ALICE, ASK, 100, 10)
    market.place(buyer, BID, 100, 10, order_type=IMMEDIATE_OR_CANCEL)
    assert claimable(market, buyer) == [0]
    release(market, 2)
    assert claimable(market, buyer) == [10 * DOLLAR]


def test_escrowed_fractions_wait_for_the_final_distribution_until_they_are_pruned(market: Market) -> None:
    order_id = market.place(ALICE, ASK, 100, 10)
    market.end(HOUSE)
    market.evm.travel(DAY)
    token = market.stage.token
    market.evm.send(CAROL, token, "release_rent", HOUSE, 0)
    market.evm.send(CAROL, token, "claim_rent", HOUSE, ALICE)
    assert (market.fractions(ALICE), market.locked(ALICE)) == (10, 10)
    market.send(CAROL, "prune", [order_id])
    market.evm.send(CAROL, token, "claim_rent", HOUSE, ALICE)
    assert (market.fractions(ALICE), market.locked(ALICE)) == (0, 0)
    with refused("NothingToClaim", HOUSE, ALICE):
        market.evm.send(CAROL, token, "claim_rent", HOUSE, ALICE)
