"""An offering to a list: it is asked at the subscription and at the collection, and never by who leaves."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.ledger import account_of
from tests.contracts.primary_offering.conftest import CAP, HOUSE, MONEY, SOFT_CAP, escrow_of
from tests.contracts.refusals import refused

FAR = 2**63

Subscribe = Callable[[Account, int], Receipt]
Close = Callable[[], Receipt]
Enter = Callable[..., Receipt]


@pytest.fixture
def enter(registry: Contract, admin: Account) -> Enter:
    """Put a wallet on the list of residents, whose registrar is the admin."""
    registry.create_list(admin, "Residents", sender=admin)
    return lambda who, expiry=FAR, frozen=False: registry.set_entry(1, who, 7, expiry, frozen, sender=admin)


@pytest.fixture
def house(token: Contract, enter: Enter, lister: Account, issuer: Account, alice: Account) -> int:
    """For residents, of whom alice is one."""
    enter(alice)
    token.list_property(HOUSE, issuer, CAP, 1, "House", bytes(32), "", sender=lister)
    return HOUSE


@pytest.fixture(params=["frozen", "expired", "taken off"])
def cast_out(request: pytest.FixtureRequest, enter: Enter) -> Callable[[Account], None]:
    expiry, frozen = {"frozen": (FAR, True), "expired": (1, False), "taken off": (0, False)}[request.param]
    return lambda who: enter(who, expiry, frozen)


@pytest.mark.usefixtures("opened")
def test_only_who_stands_on_the_list_subscribes(
    offering: Contract, subscribe: Subscribe, alice: Account, bob: Account
) -> None:
    assert offering.offering_of(HOUSE).registry_list == 1
    subscribe(alice, 50)
    with refused("NotEligible", HOUSE, bob.address):
        subscribe(bob, 50)


@pytest.mark.usefixtures("opened")
def test_who_fell_off_the_list_raises_nothing_and_leaves(
    offering: Contract, vault: Contract, subscribe: Subscribe, cast_out: Callable[[Account], None], alice: Account
) -> None:
    subscribe(alice, 50)
    cast_out(alice)
    with refused("NotEligible", HOUSE, alice.address):
        subscribe(alice, 10)
    offering.unsubscribe(HOUSE, 50, sender=alice)
    assert vault.balance_of(account_of(alice)) == MONEY


def test_who_fell_off_the_list_is_refunded(
    offering: Contract, vault: Contract, subscribe: Subscribe, close: Close, cast_out: Callable[[Account], None],
    alice: Account,
) -> None:  # fmt: skip
    subscribe(alice, SOFT_CAP - 1)
    cast_out(alice)
    close()
    offering.refund(HOUSE, alice, sender=alice)
    assert vault.balance_of(account_of(alice)) == MONEY
    assert vault.balance_of(escrow_of(offering)) == 0


def test_who_fell_off_the_list_collects_when_he_stands_on_it_again(
    offering: Contract, token: Contract, subscribe: Subscribe, close: Close, cast_out: Callable[[Account], None],
    enter: Enter, alice: Account,
) -> None:  # fmt: skip
    subscribe(alice, SOFT_CAP)
    cast_out(alice)
    close()
    with refused("NotEligible", HOUSE, alice.address):
        offering.collect(HOUSE, alice, sender=alice)
    assert offering.subscription_of(HOUSE, alice) == SOFT_CAP
    assert token.sale_of(HOUSE) == (0, SOFT_CAP, 0)
    enter(alice)
    offering.collect(HOUSE, alice, sender=alice)
    assert token.balanceOf(alice, HOUSE) == SOFT_CAP
