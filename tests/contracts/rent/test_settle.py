"""Trades and rent: what was earned before a trade is the seller's, what comes after it is the buyer's."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.ledger import traded
from tests.contracts.rent.conftest import FEBRUARY, JANUARY, SCALE, Claim

PayRent = Callable[..., Receipt]


def test_rent_of_before_a_purchase_stays_the_sellers(
    house: int, token: Contract, marketplace: Account, pay_rent: PayRent, claim: Claim, alice: Account, bob: Account
) -> None:
    token.lock(house, alice, 5, sender=marketplace)
    pay_rent(1000, JANUARY)
    token.settle_bid(house, bob, [traded(alice, 5)], sender=marketplace)
    assert (token.claimable_rent(alice, house), token.claimable_rent(bob, house)) == (700, 0)
    pay_rent(1000, FEBRUARY)
    assert (claim(alice), claim(bob)) == (900, 500)


def test_rent_of_before_a_sale_stays_the_sellers(
    house: int, token: Contract, marketplace: Account, pay_rent: PayRent, claim: Claim, alice: Account, bob: Account
) -> None:
    pay_rent(1000, JANUARY)
    token.settle_ask(house, alice, [traded(bob, 3), traded(bob, 2)], sender=marketplace)
    assert (token.claimable_rent(alice, house), token.claimable_rent(bob, house)) == (700, 0)
    pay_rent(1000, FEBRUARY)
    assert (claim(alice), claim(bob)) == (900, 500)


@pytest.mark.parametrize("buys", [True, False])
def test_a_maker_who_held_some_before_keeps_his_rent_too(
    house: int, token: Contract, marketplace: Account, pay_rent: PayRent, alice: Account, issuer: Account, buys: bool
) -> None:
    """Both sides are settled up to the index, and the positions say so."""
    token.lock(house, alice, 2, sender=marketplace)
    pay_rent(1000)
    if buys:
        token.settle_bid(house, issuer, [traded(alice, 2)], sender=marketplace)
    else:
        token.settle_ask(house, issuer, [traded(alice, 2)], sender=marketplace)
    index = token.rent_index_of(house)
    assert tuple(token.rent_position_of(alice, house)) == (index, 700 * SCALE)
    assert tuple(token.rent_position_of(issuer, house)) == (index, 300 * SCALE)


def test_a_new_holders_mark_of_0_earns_nothing_backwards(
    house: int, token: Contract, marketplace: Account, pay_rent: PayRent, alice: Account, bob: Account, carol: Account
) -> None:
    pay_rent(1000, JANUARY)
    token.lock(house, alice, 1, sender=marketplace)
    token.settle_bid(house, bob, [traded(alice, 1)], sender=marketplace)
    token.settle_ask(house, alice, [traded(carol, 1)], sender=marketplace)
    for buyer in (bob, carol):
        assert tuple(token.rent_position_of(buyer, house)) == (token.rent_index_of(house), 0)
