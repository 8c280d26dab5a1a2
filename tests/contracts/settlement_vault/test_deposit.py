"""deposit: what arrives is credited, to the unit, and nothing else is."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Project
from tests.contracts.conftest import SAVINGS
from tests.contracts.events import events_of
from tests.contracts.ledger import DEPOSIT, LARGEST, NO_REFERENCE, OUTSIDE, account_of, bytes32, posting
from tests.contracts.refusals import refused, refused_silently
from tests.contracts.settlement_vault.conftest import HELD, NOBODY, Conduct


def test_a_deposit_moves_dollars_from_the_callers_wallet_into_the_account(
    vault: Contract, dollar: Contract, alice: Account
) -> None:
    vault.deposit(account_of(alice), 250, sender=alice)
    assert vault.balance_of(account_of(alice)) == 250
    assert dollar.balanceOf(vault) == 250
    assert dollar.balanceOf(alice) == SAVINGS - 250


def test_a_deposit_is_posted_against_the_outside_account_with_both_balances(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    fund(bob, 40)
    account = fund(alice, 2)
    receipt = vault.deposit(account, 5, bytes32("invoice 7"), sender=alice)
    expected = posting(OUTSIDE, account, 5, DEPOSIT, (47, 7), reference=bytes32("invoice 7"))
    assert events_of(receipt, vault) == [expected]


def test_the_outside_account_holds_what_all_others_hold(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    fund(alice, 30)
    fund(bob, 12)
    assert vault.balance_of(OUTSIDE) == 42


@pytest.mark.parametrize("number", [1, 2**96 - 1])
def test_a_sub_account_exists_as_soon_as_it_is_credited(vault: Contract, alice: Account, number: int) -> None:
    vault.deposit(account_of(alice, number), 9, sender=alice)
    assert vault.balance_of(account_of(alice, number)) == 9
    assert vault.balance_of(account_of(alice)) == 0


def test_anyone_may_deposit_into_the_account_of_another(
    vault: Contract, dollar: Contract, alice: Account, bob: Account
) -> None:
    vault.deposit(account_of(bob), 15, sender=alice)
    assert vault.balance_of(account_of(bob)) == 15
    assert vault.balance_of(account_of(alice)) == 0
    assert dollar.balanceOf(bob) == SAVINGS


def test_the_largest_amount_that_a_stablecoin_can_hold_is_credited_exactly(
    sources: Project, deployer: Account, admin: Account, alice: Account
) -> None:
    dollar = deployer.deploy(sources.TestDollar)
    vault = deployer.deploy(sources.SettlementVault, dollar, NOBODY, NOBODY, NOBODY, admin)
    dollar.mint(alice, LARGEST, sender=alice)
    dollar.approve(vault, LARGEST, sender=alice)
    vault.deposit(account_of(alice), LARGEST, sender=alice)
    assert vault.balance_of(account_of(alice)) == LARGEST


def test_without_approval_nothing_is_taken(vault: Contract, dollar: Contract, alice: Account) -> None:
    dollar.approve(vault, 9, sender=alice)
    with refused_silently():
        vault.deposit(account_of(alice), 10, sender=alice)
    assert dollar.balanceOf(alice) == SAVINGS


def test_more_than_the_wallet_holds_is_refused(vault: Contract, alice: Account) -> None:
    with refused_silently():
        vault.deposit(account_of(alice), SAVINGS + 1, sender=alice)


def test_nothing_cannot_be_deposited(vault: Contract, alice: Account) -> None:
    with refused("ZeroAmount"):
        vault.deposit(account_of(alice), 0, sender=alice)


@pytest.mark.parametrize("number", [0, 1, 2**96 - 1])
def test_an_account_of_nobody_is_not_credited(vault: Contract, alice: Account, number: int) -> None:
    with refused("InvalidAccount", number):
        vault.deposit(number, 10, sender=alice)


@pytest.mark.parametrize("number", [0, 1])
def test_an_account_that_only_the_vault_could_move_is_not_credited(
    vault: Contract, alice: Account, number: int
) -> None:
    with refused("InvalidAccount", account_of(vault, number)):
        vault.deposit(account_of(vault, number), 10, sender=alice)


@pytest.mark.parametrize("number", [0, 1])
def test_an_account_that_only_the_stablecoin_could_move_is_not_credited(
    vault: Contract, dollar: Contract, alice: Account, number: int
) -> None:
    with refused("InvalidAccount", account_of(dollar, number)):
        vault.deposit(account_of(dollar, number), 10, sender=alice)


def test_dollars_sent_past_the_vaults_books_belong_to_no_account(
    vault: Contract, dollar: Contract, alice: Account, bob: Account
) -> None:
    dollar.transfer(vault, 70, sender=bob)
    vault.deposit(account_of(alice), 10, sender=alice)
    assert vault.balance_of(account_of(alice)) == 10
    assert vault.balance_of(OUTSIDE) == 10
    assert dollar.balanceOf(vault) == 80


def test_a_stablecoin_that_keeps_a_fee_is_refused(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.KEEPS_A_UNIT, sender=alice)
    with refused("UnexpectedArrival", 100, 99):
        hostile_vault.deposit(account_of(alice), 100, sender=alice)
    assert hostile_vault.balance_of(account_of(alice)) == HELD


def test_a_stablecoin_that_returns_false_is_refused(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.RETURNS_FALSE, sender=alice)
    with refused("StablecoinRefused"):
        hostile_vault.deposit(account_of(alice), 100, sender=alice)


def test_a_stablecoin_that_returns_nothing_is_measured_and_believed(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.RETURNS_NOTHING, sender=alice)
    hostile_vault.deposit(account_of(alice), 100, sender=alice)
    assert hostile_vault.balance_of(account_of(alice)) == HELD + 100


def test_a_stablecoin_that_returns_no_boolean_is_refused(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.RETURNS_JUNK, sender=alice)
    with refused_silently():
        hostile_vault.deposit(account_of(alice), 100, sender=alice)


def test_the_reason_of_a_frozen_wallet_reaches_the_caller(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    hostile_dollar.behave(Conduct.FREEZES, sender=alice)
    with refused("Error", "frozen"):
        hostile_vault.deposit(account_of(alice), 100, sender=alice)


def test_the_sum_of_all_accounts_never_wraps_even_where_the_stablecoin_lies(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account
) -> None:
    rest = LARGEST - HELD
    hostile_dollar.set_balance(hostile_vault, 0, sender=alice)
    hostile_dollar.set_balance(alice, rest + 1, sender=alice)
    hostile_vault.deposit(account_of(alice), rest, sender=alice)
    hostile_dollar.set_balance(hostile_vault, 0, sender=alice)
    with refused_silently():
        hostile_vault.deposit(account_of(alice), 1, sender=alice)
    assert hostile_vault.balance_of(OUTSIDE) == LARGEST


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("agent", ["marketplace", "token", "offering"])
def test_an_agents_account_is_not_credited(
    vault: Contract, alice: Account, request: pytest.FixtureRequest, agent: str, number: int
) -> None:
    account = account_of(request.getfixturevalue(agent), number)
    with refused("InvalidAccount", account):
        vault.deposit(account, 10, sender=alice)


@pytest.mark.parametrize("decimals", [0, 6, 18])
def test_units_are_counted_whatever_a_dollar_has_of_them(
    hostile_vault: Contract, hostile_dollar: Contract, alice: Account, bob: Account, decimals: int
) -> None:
    billion = 10 ** (decimals + 9)
    hostile_dollar.set_decimals(decimals, sender=alice)
    hostile_dollar.set_balance(alice, billion, sender=alice)
    hostile_vault.deposit(account_of(alice), billion, sender=alice)
    hostile_vault.transfer(account_of(alice), account_of(bob), billion - 1, NO_REFERENCE, bytes32("key"), sender=alice)
    hostile_vault.withdraw(account_of(bob), billion - 1, bob, sender=bob)
    assert hostile_dollar.balanceOf(bob) == billion - 1
    assert hostile_vault.balance_of(account_of(alice)) == hostile_vault.balance_of(OUTSIDE) == HELD + 1
    assert hostile_dollar.balanceOf(hostile_vault) == HELD + 1
