"""withdraw: the admin takes money out of the treasury's account; the operator cannot."""

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.clock import DAY
from tests.contracts.conftest import SAVINGS
from tests.contracts.events import events_of
from tests.contracts.ledger import OUTSIDE, WITHDRAWAL, account_of, bytes32, posting
from tests.contracts.refusals import refused
from tests.contracts.treasury.conftest import FUNDS

ADMIN = bytes(32)


def test_the_admin_withdraws_to_whom_he_names(
    funded: Contract, vault: Contract, dollar: Contract, admin: Account, bob: Account
) -> None:
    receipt = funded.withdraw(FUNDS, bob, bytes32("closing"), sender=admin)
    expected = posting(account_of(funded), OUTSIDE, FUNDS, WITHDRAWAL, (0, 0), reference=bytes32("closing"))
    assert events_of(receipt, vault) == [expected]
    assert dollar.balanceOf(bob) == SAVINGS + FUNDS


def test_a_withdrawal_is_no_payment_and_counts_for_no_day(funded: Contract, admin: Account, bob: Account) -> None:
    receipt = funded.withdraw(FUNDS, bob, bytes32("closing"), sender=admin)
    assert events_of(receipt, funded) == []
    assert funded.paid_on(receipt.timestamp // DAY) == 0


@pytest.mark.parametrize("who", ["operator", "deployer", "pauser", "alice"])
def test_nobody_else_withdraws(funded: Contract, request: pytest.FixtureRequest, who: str) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("AccessControlUnauthorizedAccount", caller.address, ADMIN):
        funded.withdraw(1, caller, bytes32("mine"), sender=caller)


def test_no_more_is_withdrawn_than_there_is(funded: Contract, admin: Account) -> None:
    with refused("InsufficientBalance", account_of(funded), FUNDS, FUNDS + 1):
        funded.withdraw(FUNDS + 1, admin, bytes32("more"), sender=admin)


def test_the_books_know_nobody_but_the_treasury_as_the_owner(
    funded: Contract, vault: Contract, admin: Account, operator: Account
) -> None:
    for caller in (admin, operator):
        with refused("NotAccountOwner", account_of(funded), caller.address):
            vault.withdraw(account_of(funded), 1, caller, sender=caller)
