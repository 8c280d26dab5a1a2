"""withdraw: the owner of an account, and nobody else, takes its dollars out to any address."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.conftest import SAVINGS
from tests.contracts.events import events_of
from tests.contracts.ledger import OUTSIDE, WITHDRAWAL, account_of, bytes32, posting
from tests.contracts.refusals import refused, refused_silently
from tests.contracts.settlement_vault.conftest import HELD, NOBODY, Conduct


def test_a_withdrawal_moves_dollars_from_the_account_to_the_receiver(
    vault: Contract, dollar: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    account = fund(alice, 100)
    vault.withdraw(account, 30, bob, sender=alice)
    assert vault.balance_of(account) == 70
    assert dollar.balanceOf(vault) == 70
    assert dollar.balanceOf(bob) == SAVINGS + 30


def test_a_withdrawal_is_posted_against_the_outside_account_with_both_balances(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    fund(bob, 40)
    account = fund(alice, 10)
    receipt = vault.withdraw(account, 4, alice, bytes32("rent"), sender=alice)
    expected = posting(account, OUTSIDE, 4, WITHDRAWAL, (6, 46), reference=bytes32("rent"))
    assert events_of(receipt, vault) == [expected]


def test_all_of_an_account_can_leave(
    vault: Contract, dollar: Contract, alice: Account, fund: Callable[..., int]
) -> None:
    account = fund(alice, 100)
    vault.withdraw(account, 100, alice, sender=alice)
    assert vault.balance_of(account) == vault.balance_of(OUTSIDE) == 0
    assert dollar.balanceOf(alice) == SAVINGS


def test_a_sub_accounts_dollars_are_taken_out_by_its_owner(
    vault: Contract, dollar: Contract, alice: Account, fund: Callable[..., int]
) -> None:
    savings = fund(alice, 100, number=5)
    vault.withdraw(savings, 100, alice, sender=alice)
    assert dollar.balanceOf(alice) == SAVINGS


@pytest.mark.parametrize("number", [0, 1])
def test_nobody_else_takes_an_accounts_dollars_out(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int], number: int
) -> None:
    account = fund(alice, 100, number)
    with refused("NotAccountOwner", account, bob.address):
        vault.withdraw(account, 1, bob, sender=bob)


@pytest.mark.parametrize("account", [OUTSIDE, 1])
def test_nobody_owns_the_outside_account(
    vault: Contract, alice: Account, fund: Callable[..., int], account: int
) -> None:
    fund(alice, 100)
    with refused("NotAccountOwner", account, alice.address):
        vault.withdraw(account, 1, alice, sender=alice)


def test_dollars_are_not_sent_to_nobody(vault: Contract, alice: Account, fund: Callable[..., int]) -> None:
    account = fund(alice, 100)
    with refused("InvalidReceiver", NOBODY):
        vault.withdraw(account, 1, NOBODY, sender=alice)


@pytest.mark.parametrize("contract", ["vault", "dollar", "token", "offering"])
def test_dollars_are_not_sent_past_the_books_nor_to_where_nobody_can_move_them(
    vault: Contract, alice: Account, request: pytest.FixtureRequest, fund: Callable[..., int], contract: str
) -> None:
    account, receiver = fund(alice, 100), request.getfixturevalue(contract)
    with refused("InvalidReceiver", receiver.address):
        vault.withdraw(account, 1, receiver, sender=alice)


def test_more_than_the_account_holds_is_refused_whatever_the_vault_holds(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    fund(bob, 1000)
    account = fund(alice, 100)
    with refused("InsufficientBalance", account, 100, 101):
        vault.withdraw(account, 101, alice, sender=alice)


def test_one_account_does_not_pay_for_another_of_the_same_owner(
    vault: Contract, alice: Account, fund: Callable[..., int]
) -> None:
    fund(alice, 100, number=1)
    with refused("InsufficientBalance", account_of(alice), 0, 1):
        vault.withdraw(account_of(alice), 1, alice, sender=alice)


def test_nothing_cannot_be_withdrawn(vault: Contract, alice: Account, fund: Callable[..., int]) -> None:
    account = fund(alice, 100)
    with refused("ZeroAmount"):
        vault.withdraw(account, 0, alice, sender=alice)


def test_a_withdrawal_that_the_stablecoin_answers_with_false_changes_nothing(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.RETURNS_FALSE, sender=alice)
    with refused("StablecoinRefused"):
        hostile_vault.withdraw(account_of(alice), 1, alice, sender=alice)
    assert hostile_vault.balance_of(account_of(alice)) == HELD


def test_a_stablecoin_that_returns_nothing_lets_dollars_out(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account, bob: Account
) -> None:
    hostile_dollar.behave(Conduct.RETURNS_NOTHING, sender=alice)
    hostile_vault.withdraw(account_of(alice), HELD, bob, sender=alice)
    assert hostile_dollar.balanceOf(bob) == HELD


def test_a_stablecoin_that_returns_no_boolean_is_refused(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.RETURNS_JUNK, sender=alice)
    with refused_silently():
        hostile_vault.withdraw(account_of(alice), 1, alice, sender=alice)


def test_the_money_of_a_frozen_wallet_stays_in_its_account_until_it_thaws(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.FREEZES, sender=alice)
    with refused("Error", "frozen"):
        hostile_vault.withdraw(account_of(alice), HELD, alice, sender=alice)
    hostile_dollar.behave(Conduct.HONEST, sender=alice)
    hostile_vault.withdraw(account_of(alice), HELD, alice, sender=alice)
    assert hostile_vault.balance_of(account_of(alice)) == 0


def test_a_withdrawal_of_which_the_stablecoin_keeps_a_unit_debits_what_was_sent(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account, bob: Account
) -> None:
    hostile_dollar.behave(Conduct.KEEPS_A_UNIT, sender=alice)
    hostile_vault.withdraw(account_of(alice), HELD - 1, bob, sender=alice)
    assert hostile_dollar.balanceOf(bob) == HELD - 2
    assert hostile_vault.balance_of(account_of(alice)) == hostile_vault.balance_of(OUTSIDE) == 1
    assert hostile_dollar.balanceOf(hostile_vault) == 1
