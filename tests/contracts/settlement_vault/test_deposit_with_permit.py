"""deposit_with_permit: the caller's signed approval (EIP-2612) and the deposit in one call."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.clock import now
from tests.contracts.conftest import SAVINGS
from tests.contracts.events import events_of
from tests.contracts.ledger import DEPOSIT, OUTSIDE, account_of, bytes32, posting
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import HELD
from tests.contracts.settlement_vault.requests import HOUR, signed, typed_permit

AMOUNT = 250
JUNK = 27, bytes32("r"), bytes32("s")
Permit = tuple[int, int, bytes, bytes]
Permitted = Callable[..., Permit]


@pytest.fixture
def permit(vault: Contract, dollar: Contract, chain: Chain, alice: Account) -> Permitted:
    """alice's permit for AMOUNT: deadline, v, r, s. What is named differs. No allowance of hers is left."""
    dollar.approve(vault, 0, sender=alice)

    def permitted(signer: Account = alice, **changes: Any) -> Permit:
        deadline = changes.pop("deadline", now(chain) + HOUR)
        message = {"owner": alice.address, "spender": vault.address, "value": AMOUNT, "nonce": 0, "deadline": deadline}
        signature = signed(typed_permit(dollar, chain.chain_id, message | changes), signer)
        return deadline, signature[64], signature[:32], signature[32:64]

    return permitted


def test_a_deposit_needs_no_approval_besides_the_permit(
    vault: Contract, dollar: Contract, alice: Account, permit: Permitted
) -> None:
    vault.deposit_with_permit(account_of(alice), AMOUNT, *permit(), sender=alice)
    assert vault.balance_of(account_of(alice)) == dollar.balanceOf(vault) == AMOUNT
    assert dollar.balanceOf(alice) == SAVINGS - AMOUNT
    assert dollar.allowance(alice, vault) == 0


def test_it_is_posted_as_any_deposit(vault: Contract, alice: Account, bob: Account, permit: Permitted) -> None:
    account = account_of(bob, 3)
    receipt = vault.deposit_with_permit(account, AMOUNT, *permit(), bytes32("invoice 7"), sender=alice)
    expected = posting(OUTSIDE, account, AMOUNT, DEPOSIT, (AMOUNT, AMOUNT), reference=bytes32("invoice 7"))
    assert events_of(receipt, vault) == [expected]


def test_a_permit_that_somebody_submitted_first_still_serves(
    vault: Contract, dollar: Contract, alice: Account, bob: Account, permit: Permitted
) -> None:
    seen = permit()
    dollar.permit(alice, vault, AMOUNT, *seen, sender=bob)
    vault.deposit_with_permit(account_of(alice), AMOUNT, *seen, sender=alice)
    assert vault.balance_of(account_of(alice)) == AMOUNT


def test_a_permit_that_was_spent_is_refused(vault: Contract, alice: Account, permit: Permitted) -> None:
    once = permit()
    vault.deposit_with_permit(account_of(alice), AMOUNT, *once, sender=alice)
    with refused("PermitRefused"):
        vault.deposit_with_permit(account_of(alice), AMOUNT, *once, sender=alice)
    assert vault.balance_of(account_of(alice)) == AMOUNT


@pytest.mark.parametrize("changes", [{"value": AMOUNT - 1}, {"nonce": 1}, {"deadline": 1}, {"owner": "0x" + "11" * 20}])
def test_a_permit_for_something_else_is_refused(
    vault: Contract, dollar: Contract, alice: Account, permit: Permitted, changes: dict[str, Any]
) -> None:
    with refused("PermitRefused"):
        vault.deposit_with_permit(account_of(alice), AMOUNT, *permit(**changes), sender=alice)
    assert dollar.balanceOf(alice) == SAVINGS


def test_a_permit_signed_by_another_is_refused(
    vault: Contract, alice: Account, bob: Account, permit: Permitted
) -> None:
    with refused("PermitRefused"):
        vault.deposit_with_permit(account_of(alice), AMOUNT, *permit(signer=bob), sender=alice)


def test_nobody_deposits_with_the_permit_of_another(
    vault: Contract, dollar: Contract, alice: Account, bob: Account, permit: Permitted
) -> None:
    dollar.approve(vault, 0, sender=bob)
    with refused("PermitRefused"):
        vault.deposit_with_permit(account_of(bob), AMOUNT, *permit(), sender=bob)
    assert dollar.balanceOf(alice) == SAVINGS


@pytest.mark.parametrize(("allowed", "enough"), [(AMOUNT - 1, False), (AMOUNT, True)])
def test_where_the_permit_fails_the_allowance_decides(
    vault: Contract, dollar: Contract, chain: Chain, alice: Account, allowed: int, enough: bool
) -> None:
    dollar.approve(vault, allowed, sender=alice)
    request = account_of(alice), AMOUNT, now(chain) + HOUR, *JUNK
    if enough:
        vault.deposit_with_permit(*request, sender=alice)
    else:
        with refused("PermitRefused"):
            vault.deposit_with_permit(*request, sender=alice)
    assert vault.balance_of(account_of(alice)) == AMOUNT * enough


def test_a_stablecoin_without_permits_is_told_from_one_whose_allowance_suffices(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    request = account_of(alice), HELD, 2**64, *JUNK
    with refused("PermitRefused"):
        hostile_vault.deposit_with_permit(*request, sender=alice)
    hostile_dollar.approve(hostile_vault, HELD, sender=alice)
    hostile_vault.deposit_with_permit(*request, sender=alice)
    assert hostile_vault.balance_of(account_of(alice)) == 2 * HELD


def test_what_no_deposit_may_credit_no_permit_credits(
    vault: Contract, dollar: Contract, alice: Account, permit: Permitted
) -> None:
    for account in (OUTSIDE, account_of(vault), account_of(dollar)):
        with refused("InvalidAccount", account):
            vault.deposit_with_permit(account, AMOUNT, *permit(), sender=alice)
