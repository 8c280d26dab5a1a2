"""A stablecoin that hands control to a depositor in the middle of a movement gains him nothing."""

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.ledger import NO_REFERENCE, OUTSIDE, account_of, bytes32
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import HELD

AMOUNT = 100


@pytest.fixture
def wallet(hostile_receiver: Contract, hostile_dollar: Contract, hostile_vault: Contract, alice: Account) -> Contract:
    """A contract wallet with AMOUNT in its account, and as much outside."""
    account = account_of(hostile_receiver)
    hostile_dollar.set_balance(hostile_receiver, 2 * AMOUNT, sender=alice)
    hostile_receiver.execute(hostile_vault, hostile_vault.deposit.encode_input(account, AMOUNT), sender=alice)
    return hostile_receiver


def calls_of(vault: Contract, wallet: Contract, alice: Account) -> dict[str, bytes]:
    account = account_of(wallet)
    requests = {
        "deposit": vault.deposit.encode_input(account, AMOUNT),
        "withdraw": vault.withdraw.encode_input(account, AMOUNT, wallet),
        "transfer": vault.transfer.encode_input(account, account_of(alice), AMOUNT, NO_REFERENCE, bytes32("key")),
    }
    return {name: wallet.execute.encode_input(vault, request) for name, request in requests.items()}


@pytest.mark.parametrize("inner", ["deposit", "withdraw", "transfer"])
def test_no_call_enters_the_vault_in_the_middle_of_a_deposit(
    hostile_vault: Contract, hostile_dollar: Contract, wallet: Contract, alice: Account, inner: str
) -> None:
    deposit = hostile_vault.deposit.encode_input(account_of(wallet), AMOUNT)
    hostile_dollar.call_back(wallet, calls_of(hostile_vault, wallet, alice)[inner], sender=alice)
    with refused("UnexpectedArrival", AMOUNT, 0):
        wallet.execute(hostile_vault, deposit, sender=alice)


@pytest.mark.parametrize("inner", ["deposit", "withdraw", "transfer"])
def test_no_call_enters_the_vault_in_the_middle_of_a_withdrawal(
    hostile_vault: Contract, hostile_dollar: Contract, wallet: Contract, alice: Account, inner: str
) -> None:
    hostile_dollar.call_back(wallet, calls_of(hostile_vault, wallet, alice)[inner], sender=alice)
    hostile_vault.withdraw(account_of(alice), HELD, alice, sender=alice)
    assert hostile_dollar.called_back()
    assert not hostile_dollar.call_succeeded()
    assert hostile_vault.balance_of(account_of(wallet)) == hostile_vault.balance_of(OUTSIDE) == AMOUNT


def test_the_same_calls_succeed_one_after_the_other(hostile_vault: Contract, wallet: Contract, alice: Account) -> None:
    for call in calls_of(hostile_vault, wallet, alice).values():
        alice.transfer(wallet, 0, data=call)
    assert hostile_vault.balance_of(account_of(wallet)) == 0
    assert hostile_vault.balance_of(account_of(alice)) == HELD + AMOUNT
