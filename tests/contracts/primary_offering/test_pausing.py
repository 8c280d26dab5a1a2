"""Pausing the offering stops subscriptions and nothing else."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import travel_to
from tests.contracts.events import events_of
from tests.contracts.primary_offering.conftest import FAILED, HOUSE, SETTLED, SOFT_CAP, SetOffering, Terms, state_of
from tests.contracts.refusals import refused

Subscribe = Callable[[Account, int], Receipt]
Close = Callable[[], Receipt]


@pytest.fixture
def pause(offering: Contract, admin: Account, pauser: Account) -> Callable[[], Receipt]:
    offering.grantRole(offering.PAUSER(), pauser, sender=admin)
    return lambda: offering.pause(sender=pauser)


@pytest.mark.usefixtures("opened")
def test_paused_nobody_subscribes_or_raises_and_unpaused_all_do(
    offering: Contract, pause: Callable[[], Receipt], subscribe: Subscribe, pauser: Account, alice: Account,
    bob: Account,
) -> None:  # fmt: skip
    subscribe(alice, 50)
    assert events_of(pause(), offering) == [("Paused", {"account": pauser.address})]
    for who in (alice, bob):
        with refused("EnforcedPause"):
            subscribe(who, 10)
    assert events_of(offering.unpause(sender=pauser), offering) == [("Unpaused", {"account": pauser.address})]
    subscribe(bob, 10)


@pytest.mark.usefixtures("opened")
def test_paused_everybody_leaves(
    offering: Contract, pause: Callable[[], Receipt], subscribe: Subscribe, alice: Account
) -> None:
    subscribe(alice, 50)
    pause()
    offering.unsubscribe(HOUSE, 50, sender=alice)


@pytest.mark.parametrize(("amount", "status"), [(SOFT_CAP, SETTLED), (SOFT_CAP - 1, FAILED)])
def test_paused_an_offering_is_closed_and_everybody_served(
    offering: Contract, pause: Callable[[], Receipt], subscribe: Subscribe, close: Close, alice: Account,
    amount: int, status: int,
) -> None:  # fmt: skip
    subscribe(alice, amount)
    pause()
    close()
    assert state_of(offering)[0] == status
    (offering.collect if status == SETTLED else offering.refund)(HOUSE, alice, sender=alice)


def test_paused_the_issuer_sets_and_cancels(
    offering: Contract, pause: Callable[[], Receipt], terms: Terms, set_offering: SetOffering, issuer: Account
) -> None:
    pause()
    set_offering(terms)
    offering.cancel_offering(HOUSE, sender=issuer)


def test_a_paused_vault_stops_no_subscription_paid_from_what_is_in_it(
    chain: Chain, offering: Contract, vault: Contract, opened: Terms, subscribe: Subscribe, close: Close,
    pauser: Account, alice: Account,
) -> None:  # fmt: skip
    vault.pause(sender=pauser)
    subscribe(alice, SOFT_CAP)
    travel_to(chain, opened.deadline)
    close()
    offering.collect(HOUSE, alice, sender=alice)


@pytest.mark.parametrize("who", ["admin", "issuer", "alice"])
def test_only_the_pauser_pauses(offering: Contract, request: pytest.FixtureRequest, who: str) -> None:
    caller: Account = request.getfixturevalue(who)
    for action in (offering.pause, offering.unpause):
        with refused("AccessControlUnauthorizedAccount", caller.address, bytes(offering.PAUSER())):
            action(sender=caller)


def test_what_is_paused_is_not_paused_again(offering: Contract, pause: Callable[[], Receipt], pauser: Account) -> None:
    pause()
    with refused("EnforcedPause"):
        pause()
    offering.unpause(sender=pauser)
    with refused("ExpectedPause"):
        offering.unpause(sender=pauser)
