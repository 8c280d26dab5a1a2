"""The daily limit: what an operator can pay within a day of UTC, and no more, whatever key he has."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import DAY, now, travel_to
from tests.contracts.conftest import DAILY_LIMIT
from tests.contracts.events import events_of
from tests.contracts.ledger import NO_REFERENCE, account_of, bytes32
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.requests import request_id, requested

Pay = Callable[..., Receipt]


@pytest.fixture
def pay(funded: Contract, operator: Account, alice: Account) -> Pay:
    """Pay alice, under the key of this name."""

    def paid(amount: int, key: str, sender: Account = operator) -> Receipt:
        return funded.pay(account_of(alice), amount, NO_REFERENCE, bytes32(key), sender=sender)

    return paid


@pytest.fixture
def midnight(chain: Chain) -> int:
    """The first second of a day to come."""
    return (now(chain) // DAY + 2) * DAY


def test_the_limit_is_reached_and_not_passed(funded: Contract, pay: Pay) -> None:
    pay(DAILY_LIMIT - 1, "first")
    with refused("DailyLimitExceeded", DAILY_LIMIT, DAILY_LIMIT + 1):
        pay(2, "second")
    receipt = pay(1, "third")
    assert funded.paid_on(receipt.timestamp // DAY) == DAILY_LIMIT
    with refused("DailyLimitExceeded", DAILY_LIMIT, DAILY_LIMIT + 1):
        pay(1, "fourth")


def test_one_payment_beyond_the_limit_moves_nothing_and_keeps_its_key(
    funded: Contract, vault: Contract, admin: Account, operator: Account, alice: Account, pay: Pay
) -> None:
    with refused("DailyLimitExceeded", DAILY_LIMIT, DAILY_LIMIT + 1):
        pay(DAILY_LIMIT + 1, "large")
    assert vault.balance_of(account_of(alice)) == 0
    funded.set_daily_limit(DAILY_LIMIT + 1, sender=admin)
    request = account_of(alice), DAILY_LIMIT + 1, NO_REFERENCE, bytes32("large")
    assert requested(funded.pay, *request, sender=operator)[0] == (request_id(funded, bytes32("large")), True)


def test_a_day_ends_with_its_last_second(funded: Contract, chain: Chain, midnight: int, pay: Pay) -> None:
    travel_to(chain, midnight - 2)
    pay(DAILY_LIMIT, "today")
    travel_to(chain, midnight - 1)
    with refused("DailyLimitExceeded", DAILY_LIMIT, DAILY_LIMIT + 1):
        pay(1, "too early")
    travel_to(chain, midnight)
    assert pay(DAILY_LIMIT, "tomorrow").timestamp == midnight
    assert [funded.paid_on(midnight // DAY + days) for days in (-1, 0, 1)] == [DAILY_LIMIT, DAILY_LIMIT, 0]


def test_what_a_day_left_over_is_not_kept_for_the_next(chain: Chain, midnight: int, pay: Pay) -> None:
    travel_to(chain, midnight)
    pay(1, "today")
    travel_to(chain, midnight + DAY)
    with refused("DailyLimitExceeded", DAILY_LIMIT, DAILY_LIMIT + 1):
        pay(DAILY_LIMIT + 1, "tomorrow")


def test_a_retry_on_another_day_counts_for_neither(funded: Contract, chain: Chain, midnight: int, pay: Pay) -> None:
    travel_to(chain, midnight)
    pay(DAILY_LIMIT, "key")
    travel_to(chain, midnight + DAY)
    assert events_of(pay(DAILY_LIMIT, "key"), funded) == []
    assert [funded.paid_on(midnight // DAY + days) for days in (0, 1)] == [DAILY_LIMIT, 0]


def test_all_operators_share_the_limit(funded: Contract, admin: Account, bob: Account, pay: Pay) -> None:
    pay(DAILY_LIMIT, "first")
    funded.grantRole(funded.OPERATOR(), bob, sender=admin)
    with refused("DailyLimitExceeded", DAILY_LIMIT, DAILY_LIMIT + 1):
        pay(1, "second", sender=bob)


def test_the_admin_changes_the_limit_and_it_is_told(funded: Contract, admin: Account, pay: Pay) -> None:
    pay(DAILY_LIMIT, "first")
    receipt = funded.set_daily_limit(DAILY_LIMIT + 5, sender=admin)
    assert events_of(receipt, funded) == [("DailyLimitSet", {"daily_limit": DAILY_LIMIT + 5})]
    pay(5, "second")
    with refused("DailyLimitExceeded", DAILY_LIMIT + 5, DAILY_LIMIT + 6):
        pay(1, "third")


def test_a_limit_below_what_was_paid_stops_payments_and_answers_retries(
    funded: Contract, admin: Account, pay: Pay
) -> None:
    pay(400, "first")
    funded.set_daily_limit(0, sender=admin)
    with refused("DailyLimitExceeded", 0, 401):
        pay(1, "second")
    assert events_of(pay(400, "first"), funded) == []
