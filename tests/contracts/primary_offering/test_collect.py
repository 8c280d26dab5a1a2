"""collect and refund: anyone pushes to each subscriber what is his, once, and to the last unit."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import now, travel_to
from tests.contracts.conftest import RENT_NOTICE
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import NOBODY, transfer_event
from tests.contracts.ledger import account_of, posting
from tests.contracts.primary_offering.conftest import (
    HOUSE,
    MONEY,
    PRICE,
    SOFT_CAP,
    Provide,
    SetOffering,
    Terms,
    escrow_of,
)
from tests.contracts.refusals import refused

REFUND = 9

Subscribe = Callable[[Account, int], Receipt]
Close = Callable[[], Receipt]


@pytest.fixture
def settled(subscribe: Subscribe, close: Close, alice: Account, bob: Account) -> None:
    """alice bought 60 and bob 40."""
    subscribe(alice, SOFT_CAP - 40)
    subscribe(bob, 40)
    close()


@pytest.fixture
def failed(subscribe: Subscribe, close: Close, alice: Account, bob: Account) -> None:
    """alice wanted 59 and bob 40, which is one too few."""
    subscribe(alice, SOFT_CAP - 41)
    subscribe(bob, 40)
    close()


# -- collecting


@pytest.mark.usefixtures("settled")
def test_collected_fractions_are_the_subscribers_whoever_pushes(
    offering: Contract, token: Contract, alice: Account, carol: Account
) -> None:
    receipt = offering.collect(HOUSE, alice, sender=carol)
    collected = {"property_id": HOUSE, "subscriber": alice.address, "amount": 60}
    fractions = {"property_id": HOUSE, "holder": alice.address, "amount": 60, "uncollected": 40}
    assert events_of(receipt, offering) == [("Collected", collected)]
    assert events_of(receipt, token) == [
        ("FractionsCollected", fractions),
        transfer_event(offering, NOBODY, alice, HOUSE, 60),
    ]
    assert (token.balanceOf(alice, HOUSE), token.balanceOf(carol, HOUSE)) == (60, 0)
    assert offering.subscription_of(HOUSE, alice) == 0


@pytest.mark.usefixtures("settled")
def test_all_that_was_sold_is_collected_and_the_supply_stays(
    offering: Contract, token: Contract, alice: Account, bob: Account
) -> None:
    for who in (alice, bob):
        assert token.totalSupply(HOUSE) == SOFT_CAP
        offering.collect(HOUSE, who, sender=who)
    assert token.totalSupply(HOUSE) == SOFT_CAP
    assert token.sale_of(HOUSE) == (0, 0, 0)


@pytest.mark.usefixtures("settled")
def test_a_subscription_is_collected_once_and_never_refunded(
    offering: Contract, alice: Account, carol: Account
) -> None:
    with refused("NotFailed", HOUSE):
        offering.refund(HOUSE, alice, sender=alice)
    offering.collect(HOUSE, alice, sender=alice)
    for who in (alice, carol):
        with refused("NothingSubscribed", HOUSE, who.address):
            offering.collect(HOUSE, who, sender=alice)
    with refused("NotFailed", HOUSE):
        offering.refund(HOUSE, alice, sender=alice)


@pytest.mark.usefixtures("opened")
def test_before_the_close_nothing_is_collected_or_refunded(
    offering: Contract, subscribe: Subscribe, alice: Account
) -> None:
    subscribe(alice, SOFT_CAP)
    with refused("NotSettled", HOUSE):
        offering.collect(HOUSE, alice, sender=alice)
    with refused("NotFailed", HOUSE):
        offering.refund(HOUSE, alice, sender=alice)


def test_what_was_never_offered_is_neither_collected_nor_refunded(offering: Contract, alice: Account) -> None:
    with refused("NotSettled", HOUSE):
        offering.collect(HOUSE, alice, sender=alice)
    with refused("NotFailed", HOUSE):
        offering.refund(HOUSE, alice, sender=alice)


# -- refunding


@pytest.mark.usefixtures("failed")
def test_a_refund_is_the_subscribers_whoever_pushes(
    offering: Contract, vault: Contract, alice: Account, carol: Account
) -> None:
    receipt = offering.refund(HOUSE, alice, sender=carol)
    told = {"property_id": HOUSE, "subscriber": alice.address, "amount": 59, "money": 59 * PRICE}
    paid = posting(escrow_of(offering), account_of(alice), 59 * PRICE, REFUND, (40 * PRICE, MONEY))
    assert events_of(receipt, offering) == [("Refunded", told)]
    assert events_of(receipt, vault) == [paid]
    assert vault.balance_of(account_of(carol)) == MONEY


@pytest.mark.usefixtures("failed")
def test_everybody_is_refunded_to_the_last_unit(
    offering: Contract, token: Contract, vault: Contract, alice: Account, bob: Account
) -> None:
    for who in (bob, alice):
        offering.refund(HOUSE, who, sender=who)
    assert [vault.balance_of(account_of(who)) for who in (alice, bob)] == [MONEY, MONEY]
    assert vault.balance_of(escrow_of(offering)) == 0
    assert token.totalSupply(HOUSE) == 0


@pytest.mark.usefixtures("failed")
def test_a_subscription_is_refunded_once_and_never_collected(
    offering: Contract, alice: Account, carol: Account
) -> None:
    with refused("NotSettled", HOUSE):
        offering.collect(HOUSE, alice, sender=alice)
    offering.refund(HOUSE, alice, sender=alice)
    for who in (alice, carol):
        with refused("NothingSubscribed", HOUSE, who.address):
            offering.refund(HOUSE, who, sender=alice)
    with refused("NotSettled", HOUSE):
        offering.collect(HOUSE, alice, sender=alice)


# -- rent between the sale and the collection


@pytest.mark.usefixtures("settled")
def test_sold_fractions_earn_from_the_sale_on_collected_or_not(
    chain: Chain, offering: Contract, token: Contract, vault: Contract, provide: Provide, issuer: Account,
    alice: Account, bob: Account,
) -> None:  # fmt: skip
    provide(issuer)
    offering.collect(HOUSE, alice, sender=alice)
    for period in (1, 2):
        give_rent(chain, token, issuer, period)
    assert (token.claimable_rent(alice, HOUSE), token.claimable_rent(bob, HOUSE)) == (1200, 0)
    offering.collect(HOUSE, bob, sender=alice)
    assert token.claimable_rent(bob, HOUSE) == 800
    for who in (alice, bob):
        token.claim_rent(HOUSE, who, sender=who)
    paid = [vault.balance_of(account_of(who)) for who in (alice, bob)]
    assert paid == [MONEY - 60 * PRICE + 1200, MONEY - 40 * PRICE + 800]
    assert vault.balance_of(account_of(token, HOUSE)) == 0


def test_rent_released_before_the_sale_is_not_the_buyers(
    chain: Chain, offering: Contract, token: Contract, terms: Terms, set_offering: SetOffering, subscribe: Subscribe,
    provide: Provide, issuer: Account, alice: Account, bob: Account, carol: Account,
) -> None:  # fmt: skip
    """carol and bob held before the sale; bob, who was paid then, buys more."""
    provide(issuer)
    token.allot(HOUSE, carol, 90, sender=issuer)
    token.allot(HOUSE, bob, 10, sender=issuer)
    give_rent(chain, token, issuer, 1)
    opens = now(chain)
    set_offering(terms.but(opens=opens, firm=opens, deadline=opens + 60, hard_cap=SOFT_CAP, maximum=SOFT_CAP))
    subscribe(alice, 60)
    subscribe(bob, 40)
    offering.close_offering(HOUSE, sender=carol)
    give_rent(chain, token, issuer, 2)
    for who in (alice, bob):
        offering.collect(HOUSE, who, sender=carol)
    earned = [token.claimable_rent(who, HOUSE) for who in (alice, bob, carol)]
    assert earned == [300, 100 + 250, 900 + 450]


def give_rent(chain: Chain, token: Contract, issuer: Account, period: int) -> None:
    """1,000 units, declared and released."""
    release_time = now(chain) + RENT_NOTICE
    token.declare_rent(HOUSE, period, 1000, release_time, sender=issuer)
    travel_to(chain, release_time)
    token.release_rent(HOUSE, period, sender=issuer)
