"""transfer: money moves from one account to another, once per key."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.ledger import NO_REFERENCE, OUTSIDE, TRANSFER, account_of, bytes32, posting, transfer
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.requests import Request, request_id

KEY, OTHER_KEY = bytes32("key"), bytes32("other key")
REFERENCE = bytes32("invoice 7")


@pytest.fixture
def payment(alice: Account, bob: Account, fund: Callable[..., int]) -> Request:
    """25 of alice's 100, to bob."""
    return fund(alice, 100), account_of(bob), 25, REFERENCE, KEY


# -- the first time


def test_the_first_time_money_moves_and_the_answer_says_so(
    vault: Contract, alice: Account, bob: Account, payment: Request
) -> None:
    answer, _ = transfer(vault, alice, *payment)
    assert answer == (request_id(alice, KEY), True)
    assert vault.balance_of(account_of(alice)) == 75
    assert vault.balance_of(account_of(bob)) == 25


def test_a_transfer_is_posted_with_the_requests_id_and_both_balances(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int], payment: Request
) -> None:
    fund(bob, 7)
    _, receipt = transfer(vault, alice, *payment)
    accounts = account_of(alice), account_of(bob)
    expected = posting(*accounts, 25, TRANSFER, (75, 32), request_id(alice, KEY), REFERENCE)
    assert events_of(receipt, vault) == [expected]


def test_a_transfer_leaves_the_outside_account_and_the_stablecoin_alone(
    vault: Contract, dollar: Contract, alice: Account, payment: Request
) -> None:
    _, receipt = transfer(vault, alice, *payment)
    assert events_of(receipt, dollar) == []
    assert vault.balance_of(OUTSIDE) == dollar.balanceOf(vault) == 100


def test_all_of_an_account_can_be_moved(vault: Contract, alice: Account, bob: Account, payment: Request) -> None:
    transfer(vault, alice, *payment[:2], 100, REFERENCE, KEY)
    assert vault.balance_of(account_of(alice)) == 0
    assert vault.balance_of(account_of(bob)) == 100


def test_the_id_and_the_use_of_a_key_can_be_asked(vault: Contract, alice: Account, payment: Request) -> None:
    known = request_id(alice, KEY)
    assert vault.request_id_of(alice, TRANSFER, KEY) == known
    assert vault.fingerprint_of(known) == bytes(32)
    transfer(vault, alice, *payment)
    assert vault.fingerprint_of(known) == keccak(encode(["uint256", "uint256", "uint256", "bytes32"], payment[:4]))


# -- again


def test_the_same_request_again_moves_nothing_and_the_answer_says_so(
    vault: Contract, alice: Account, bob: Account, payment: Request
) -> None:
    transfer(vault, alice, *payment)
    answer, receipt = transfer(vault, alice, *payment)
    assert answer == (request_id(alice, KEY), False)
    assert events_of(receipt, vault) == []
    assert vault.balance_of(account_of(alice)) == 75
    assert vault.balance_of(account_of(bob)) == 25


def test_a_retry_is_told_as_one_even_when_the_balance_is_gone(
    vault: Contract, alice: Account, payment: Request
) -> None:
    transfer(vault, alice, *payment)
    vault.withdraw(account_of(alice), 75, alice, sender=alice)
    answer, _ = transfer(vault, alice, *payment)
    assert answer == (request_id(alice, KEY), False)


def test_a_retry_is_told_as_one_even_while_the_vault_is_paused(
    vault: Contract, alice: Account, pauser: Account, payment: Request
) -> None:
    transfer(vault, alice, *payment)
    vault.pause(sender=pauser)
    answer, _ = transfer(vault, alice, *payment)
    assert answer == (request_id(alice, KEY), False)


@pytest.mark.parametrize("changed", ["from", "to", "amount", "reference"])
def test_a_key_does_not_serve_another_request(
    vault: Contract, alice: Account, carol: Account, fund: Callable[..., int], payment: Request, changed: str
) -> None:
    others = {
        "from": (0, fund(alice, 100, number=1)),
        "to": (1, account_of(carol)),
        "amount": (2, 26),
        "reference": (3, NO_REFERENCE),
    }
    transfer(vault, alice, *payment)
    position, value = others[changed]
    other: list[Any] = list(payment)
    other[position] = value
    with refused("KeyUsedForAnotherRequest", request_id(alice, KEY)):
        vault.transfer(*other, sender=alice)


def test_another_key_does_the_same_request_again(
    vault: Contract, alice: Account, bob: Account, payment: Request
) -> None:
    transfer(vault, alice, *payment)
    answer, _ = transfer(vault, alice, *payment[:4], OTHER_KEY)
    assert answer == (request_id(alice, OTHER_KEY), True)
    assert vault.balance_of(account_of(bob)) == 50


def test_a_refused_request_does_not_use_up_its_key(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    account = fund(alice, 10)
    with refused("InsufficientBalance", account, 10, 11):
        vault.transfer(account, account_of(bob), 11, REFERENCE, KEY, sender=alice)
    answer, _ = transfer(vault, alice, account, account_of(bob), 10, REFERENCE, KEY)
    assert answer == (request_id(alice, KEY), True)


def test_the_same_key_of_two_owners_is_two_keys(
    vault: Contract, alice: Account, bob: Account, carol: Account, fund: Callable[..., int], payment: Request
) -> None:
    transfer(vault, alice, *payment)
    answer, _ = transfer(vault, bob, fund(bob, 100), account_of(carol), 25, REFERENCE, KEY)
    assert answer == (request_id(bob, KEY), True)
    assert request_id(bob, KEY) != request_id(alice, KEY)


def test_all_accounts_of_an_owner_share_his_keys(vault: Contract, alice: Account, payment: Request) -> None:
    savings = account_of(alice, 1)
    transfer(vault, alice, payment[0], savings, 50, REFERENCE, KEY)
    with refused("KeyUsedForAnotherRequest", request_id(alice, KEY)):
        vault.transfer(savings, payment[1], 25, REFERENCE, KEY, sender=alice)


def test_the_key_of_zeros_is_a_key_like_any_other(vault: Contract, alice: Account, payment: Request) -> None:
    answers = [transfer(vault, alice, *payment[:4], bytes(32))[0] for _ in range(2)]
    assert [moved for _, moved in answers] == [True, False]


# -- whose money


def test_an_owner_moves_money_between_his_own_accounts(
    vault: Contract, alice: Account, fund: Callable[..., int]
) -> None:
    main, savings = fund(alice, 100), account_of(alice, 1)
    transfer(vault, alice, main, savings, 60, NO_REFERENCE, KEY)
    transfer(vault, alice, savings, main, 10, NO_REFERENCE, OTHER_KEY)
    assert (vault.balance_of(main), vault.balance_of(savings)) == (50, 50)


@pytest.mark.parametrize("number", [0, 1, 2**96 - 1])
def test_nobody_but_the_owner_moves_an_account(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int], number: int
) -> None:
    account = fund(alice, 100, number)
    with refused("NotAccountOwner", account, bob.address):
        vault.transfer(account, account_of(bob), 1, NO_REFERENCE, KEY, sender=bob)


@pytest.mark.parametrize("role", ["admin", "pauser", "deployer"])
def test_no_role_moves_an_account(
    vault: Contract, alice: Account, request: pytest.FixtureRequest, fund: Callable[..., int], role: str
) -> None:
    holder: Account = request.getfixturevalue(role)
    account = fund(alice, 100)
    with refused("NotAccountOwner", account, holder.address):
        vault.transfer(account, account_of(holder), 1, NO_REFERENCE, KEY, sender=holder)


def test_nobody_moves_the_outside_account(vault: Contract, alice: Account, fund: Callable[..., int]) -> None:
    fund(alice, 100)
    with refused("NotAccountOwner", OUTSIDE, alice.address):
        vault.transfer(OUTSIDE, account_of(alice), 1, NO_REFERENCE, KEY, sender=alice)


# -- refused


def test_more_than_the_account_holds_is_refused(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    account = fund(alice, 100)
    with refused("InsufficientBalance", account, 100, 101):
        vault.transfer(account, account_of(bob), 101, NO_REFERENCE, KEY, sender=alice)


def test_nothing_cannot_be_transferred(vault: Contract, alice: Account, payment: Request) -> None:
    with refused("ZeroAmount"):
        vault.transfer(*payment[:2], 0, REFERENCE, KEY, sender=alice)


def test_an_account_does_not_pay_itself(vault: Contract, alice: Account, payment: Request) -> None:
    account = payment[0]
    with refused("SameAccount", account):
        vault.transfer(account, account, 1, REFERENCE, KEY, sender=alice)


@pytest.mark.parametrize("number", [0, 1, 2**96 - 1])
def test_an_account_of_nobody_is_not_credited(vault: Contract, alice: Account, payment: Request, number: int) -> None:
    with refused("InvalidAccount", number):
        vault.transfer(payment[0], number, 1, REFERENCE, KEY, sender=alice)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("contract", ["vault", "dollar"])
def test_an_account_of_the_vault_or_its_stablecoin_is_not_credited(
    vault: Contract, alice: Account, payment: Request, request: pytest.FixtureRequest, contract: str, number: int
) -> None:
    stuck = account_of(request.getfixturevalue(contract), number)
    with refused("InvalidAccount", stuck):
        vault.transfer(payment[0], stuck, 1, REFERENCE, KEY, sender=alice)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("agent", ["marketplace", "token", "offering"])
def test_an_agents_account_is_not_credited(
    vault: Contract, alice: Account, payment: Request, request: pytest.FixtureRequest, agent: str, number: int
) -> None:
    account = account_of(request.getfixturevalue(agent), number)
    with refused("InvalidAccount", account):
        vault.transfer(payment[0], account, 1, REFERENCE, KEY, sender=alice)
