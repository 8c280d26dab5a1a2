"""subscribe and unsubscribe: money rests in escrow within the bounds, free to leave until the firm time."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import now, travel_to
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of, posting
from tests.contracts.primary_offering.conftest import (
    BARN,
    HARD_CAP,
    HOUSE,
    MAXIMUM,
    MINIMUM,
    MONEY,
    OPEN,
    PRICE,
    SetOffering,
    Terms,
    escrow_of,
    state_of,
)
from tests.contracts.refusals import refused

SUBSCRIPTION, UNSUBSCRIPTION = 7, 8

Subscribe = Callable[[Account, int], Receipt]

HUGE = [2**48, 2**128, 2**256 - 1]


@pytest.mark.usefixtures("opened")
def test_a_subscription_is_paid_into_escrow_and_told(
    offering: Contract, vault: Contract, subscribe: Subscribe, alice: Account, bob: Account
) -> None:
    subscribe(bob, 50)
    receipt = subscribe(alice, 40)
    told = {
        "property_id": HOUSE,
        "subscriber": alice.address,
        "amount": 40,
        "subscription": 40,
        "subscribed": 90,
    }
    assert events_of(receipt, offering) == [("Subscribed", told)]
    accounts, paid = (account_of(alice), escrow_of(offering)), 40 * PRICE
    assert events_of(receipt, vault) == [posting(*accounts, paid, SUBSCRIPTION, (MONEY - paid, 90 * PRICE))]
    assert offering.subscription_of(HOUSE, alice) == 40
    assert state_of(offering) == (OPEN, 90)


@pytest.mark.usefixtures("opened")
def test_a_subscription_is_raised(offering: Contract, subscribe: Subscribe, alice: Account) -> None:
    subscribe(alice, MINIMUM)
    [(_, told)] = events_of(subscribe(alice, 1), offering)
    assert (told["amount"], told["subscription"], told["subscribed"]) == (1, MINIMUM + 1, MINIMUM + 1)
    assert offering.subscription_of(HOUSE, alice) == MINIMUM + 1


def test_subscriptions_are_taken_from_the_opening_to_the_deadline(
    chain: Chain, terms: Terms, set_offering: SetOffering, subscribe: Subscribe, alice: Account
) -> None:
    set_offering(terms)
    travel_to(chain, terms.opens - 1)
    with refused("OfferingNotOpen", HOUSE):
        subscribe(alice, MINIMUM)
    assert now(chain) == terms.opens
    subscribe(alice, MINIMUM)
    travel_to(chain, terms.deadline - 1)
    subscribe(alice, MINIMUM)
    assert now(chain) == terms.deadline
    with refused("OfferingNotOpen", HOUSE):
        subscribe(alice, MINIMUM)


def test_what_is_not_offered_is_not_subscribed(offering: Contract, alice: Account) -> None:
    for property_id in (HOUSE, BARN, 2**256 - 1):
        with refused("OfferingNotOpen", property_id):
            offering.subscribe(property_id, 10, sender=alice)


@pytest.mark.usefixtures("opened")
def test_one_wallet_stays_between_minimum_and_maximum(subscribe: Subscribe, alice: Account) -> None:
    with refused("SubscriptionOutOfBounds", MINIMUM - 1, MINIMUM, MAXIMUM):
        subscribe(alice, MINIMUM - 1)
    with refused("SubscriptionOutOfBounds", MAXIMUM + 1, MINIMUM, MAXIMUM):
        subscribe(alice, MAXIMUM + 1)
    subscribe(alice, MAXIMUM)
    with refused("SubscriptionOutOfBounds", MAXIMUM + 1, MINIMUM, MAXIMUM):
        subscribe(alice, 1)


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("amount", [301, *HUGE])
def test_the_hard_cap_is_reached_exactly_and_not_passed(
    offering: Contract, subscribe: Subscribe, alice: Account, bob: Account, amount: int
) -> None:
    subscribe(alice, MAXIMUM)
    with refused("HardCapExceeded", HOUSE, HARD_CAP - MAXIMUM, amount):
        subscribe(bob, amount)
    subscribe(bob, HARD_CAP - MAXIMUM)
    with refused("HardCapExceeded", HOUSE, 0, 1):
        subscribe(bob, 1)
    assert state_of(offering) == (OPEN, HARD_CAP)


@pytest.mark.usefixtures("opened")
def test_a_subscription_to_nothing_is_refused(subscribe: Subscribe, alice: Account) -> None:
    with refused("SubscriptionOutOfBounds", 0, MINIMUM, MAXIMUM):
        subscribe(alice, 0)
    subscribe(alice, MINIMUM)
    with refused("ZeroAmount"):
        subscribe(alice, 0)


@pytest.mark.usefixtures("opened")
def test_what_one_cannot_pay_is_not_subscribed(
    offering: Contract, vault: Contract, subscribe: Subscribe, alice: Account
) -> None:
    main, savings = account_of(alice), account_of(alice, 1)
    vault.transfer(main, savings, MONEY - 10 * PRICE + 1, bytes(32), bytes(32), sender=alice)
    with refused("InsufficientBalance", main, 10 * PRICE - 1, 10 * PRICE):
        subscribe(alice, 10)
    assert state_of(offering) == (OPEN, 0)
    subscribe(alice, 9)


# -- leaving


@pytest.mark.usefixtures("opened")
def test_who_leaves_gets_his_money_back_and_it_is_told(
    offering: Contract, vault: Contract, subscribe: Subscribe, alice: Account, bob: Account
) -> None:
    subscribe(alice, 50)
    subscribe(bob, 40)
    receipt = offering.unsubscribe(HOUSE, 20, sender=alice)
    told = {
        "property_id": HOUSE,
        "subscriber": alice.address,
        "amount": 20,
        "subscription": 30,
        "subscribed": 70,
    }
    assert events_of(receipt, offering) == [("Unsubscribed", told)]
    accounts, left = (escrow_of(offering), account_of(alice)), (70 * PRICE, MONEY - 30 * PRICE)
    assert events_of(receipt, vault) == [posting(*accounts, 20 * PRICE, UNSUBSCRIPTION, left)]
    offering.unsubscribe(HOUSE, 30, sender=alice)
    assert vault.balance_of(account_of(alice)) == MONEY
    assert (offering.subscription_of(HOUSE, alice), state_of(offering)) == (0, (OPEN, 40))


@pytest.mark.usefixtures("opened")
def test_who_stays_keeps_the_minimum(offering: Contract, subscribe: Subscribe, alice: Account) -> None:
    subscribe(alice, 50)
    with refused("SubscriptionOutOfBounds", MINIMUM - 1, MINIMUM, MAXIMUM):
        offering.unsubscribe(HOUSE, 50 - MINIMUM + 1, sender=alice)
    offering.unsubscribe(HOUSE, 50 - MINIMUM, sender=alice)
    offering.unsubscribe(HOUSE, MINIMUM, sender=alice)


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("amount", [51, *HUGE])
def test_nobody_takes_back_more_than_he_subscribed(
    offering: Contract, subscribe: Subscribe, alice: Account, bob: Account, amount: int
) -> None:
    subscribe(alice, 50)
    subscribe(bob, 60)
    with refused("InsufficientSubscription", 50, amount):
        offering.unsubscribe(HOUSE, amount, sender=alice)


@pytest.mark.usefixtures("opened")
def test_taking_back_nothing_is_refused(offering: Contract, subscribe: Subscribe, alice: Account, bob: Account) -> None:
    subscribe(alice, 50)
    for who in (alice, bob):
        with refused("ZeroAmount"):
            offering.unsubscribe(HOUSE, 0, sender=who)


def test_subscriptions_are_firm_to_the_second(
    chain: Chain, offering: Contract, opened: Terms, subscribe: Subscribe, alice: Account
) -> None:
    subscribe(alice, 50)
    travel_to(chain, opened.firm - 1)
    offering.unsubscribe(HOUSE, 10, sender=alice)
    assert now(chain) == opened.firm
    with refused("SubscriptionsFirm", HOUSE, opened.firm):
        offering.unsubscribe(HOUSE, 10, sender=alice)


def test_what_is_not_offered_is_not_left(offering: Contract, alice: Account) -> None:
    with refused("OfferingNotOpen", HOUSE):
        offering.unsubscribe(HOUSE, 1, sender=alice)


def test_after_the_close_nobody_leaves(
    offering: Contract, subscribe: Subscribe, close: Callable[[], Receipt], alice: Account
) -> None:
    subscribe(alice, 50)
    close()
    with refused("OfferingNotOpen", HOUSE):
        offering.unsubscribe(HOUSE, 50, sender=alice)


@pytest.mark.usefixtures("opened")
def test_who_left_altogether_may_come_again(offering: Contract, subscribe: Subscribe, alice: Account) -> None:
    for _ in range(2):
        subscribe(alice, MAXIMUM)
        offering.unsubscribe(HOUSE, MAXIMUM, sender=alice)
    assert state_of(offering) == (OPEN, 0)
