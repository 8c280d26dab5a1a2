"""pay: the operator pays out of the treasury's account, once per key, whoever the operator is by then."""

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.clock import DAY
from tests.contracts.events import events_of
from tests.contracts.ledger import NO_REFERENCE, OUTSIDE, TRANSFER, account_of, bytes32, posting
from tests.contracts.refusals import Refusal, refused, refused_as
from tests.contracts.settlement_vault.requests import request_id, requested
from tests.contracts.treasury.conftest import FUNDS

KEY, OTHER_KEY = bytes32("wire 1"), bytes32("wire 2")
REFERENCE = bytes32("SEPA 99")
Payment = tuple[int, int, bytes, bytes]


@pytest.fixture
def payment(alice: Account) -> Payment:
    return account_of(alice), 400, REFERENCE, KEY


def today(receipt: Receipt) -> int:
    day: int = receipt.timestamp // DAY
    return day


def test_the_operator_pays_and_the_answer_is_the_vaults(
    funded: Contract, vault: Contract, operator: Account, alice: Account, payment: Payment
) -> None:
    answer, _ = requested(funded.pay, *payment, sender=operator)
    assert answer == (request_id(funded, KEY), True)
    assert vault.balance_of(account_of(alice)) == 400
    assert vault.balance_of(account_of(funded)) == FUNDS - 400


def test_a_payment_is_posted_as_a_transfer_and_told_with_what_the_day_has_seen(
    funded: Contract, vault: Contract, operator: Account, alice: Account, payment: Payment
) -> None:
    funded.pay(account_of(alice), 100, NO_REFERENCE, OTHER_KEY, sender=operator)
    receipt = funded.pay(*payment, sender=operator)
    known, day = request_id(funded, KEY), today(receipt)
    accounts = account_of(funded), account_of(alice)
    expected = posting(*accounts, 400, TRANSFER, (FUNDS - 500, 500), known, REFERENCE)
    assert events_of(receipt, vault) == [expected]
    told = {"request_id": known, "to_account": account_of(alice), "amount": 400, "day": day, "paid_today": 500}
    assert events_of(receipt, funded) == [("Paid", told)]
    assert funded.paid_on(day) == 500


def test_a_retry_moves_nothing_counts_for_nothing_and_says_so(
    funded: Contract, vault: Contract, operator: Account, alice: Account, payment: Payment
) -> None:
    day = today(funded.pay(*payment, sender=operator))
    answer, receipt = requested(funded.pay, *payment, sender=operator)
    assert answer == (request_id(funded, KEY), False)
    assert events_of(receipt, vault) == events_of(receipt, funded) == []
    assert vault.balance_of(account_of(alice)) == funded.paid_on(day) == 400


def test_a_key_does_not_serve_another_payment(funded: Contract, operator: Account, payment: Payment) -> None:
    funded.pay(*payment, sender=operator)
    with refused("KeyUsedForAnotherRequest", request_id(funded, KEY)):
        funded.pay(payment[0], 401, *payment[2:], sender=operator)


@pytest.mark.parametrize("fault", ["nothing", "itself", "nobody", "an agent"])
def test_what_the_vault_refuses_is_passed_on_and_counts_for_nothing(
    funded: Contract, token: Contract, operator: Account, alice: Account, fault: str
) -> None:
    own = account_of(funded)
    faults = {
        "nothing": (account_of(alice), 0, Refusal("ZeroAmount")),
        "itself": (own, 1, Refusal("SameAccount", own)),
        "nobody": (OUTSIDE, 1, Refusal("InvalidAccount", OUTSIDE)),
        "an agent": (account_of(token), 1, Refusal("InvalidAccount", account_of(token))),
    }
    account, amount, refusal = faults[fault]
    with refused_as(refusal):
        funded.pay(account, amount, REFERENCE, KEY, sender=operator)


def test_no_more_is_paid_than_the_treasury_has(
    treasury: Contract, admin: Account, operator: Account, alice: Account
) -> None:
    treasury.grantRole(treasury.OPERATOR(), operator, sender=admin)
    with refused("InsufficientBalance", account_of(treasury), 0, 1):
        treasury.pay(account_of(alice), 1, REFERENCE, KEY, sender=operator)


def test_a_sub_account_of_the_treasurys_is_out_of_the_operators_reach(
    funded: Contract, vault: Contract, operator: Account, carol: Account
) -> None:
    reserve = account_of(funded, 1)
    vault.deposit(reserve, 5, sender=carol)
    with refused("NotAccountOwner", reserve, operator.address):
        vault.transfer(reserve, account_of(operator), 5, NO_REFERENCE, KEY, sender=operator)


# -- another operator


def test_a_new_operator_pays_no_old_payment_again(
    funded: Contract, vault: Contract, admin: Account, operator: Account, alice: Account, bob: Account, payment: Payment
) -> None:
    day = today(funded.pay(*payment, sender=operator))
    funded.revokeRole(funded.OPERATOR(), operator, sender=admin)
    funded.grantRole(funded.OPERATOR(), bob, sender=admin)
    assert requested(funded.pay, *payment, sender=bob)[0] == (request_id(funded, KEY), False)
    assert vault.balance_of(account_of(alice)) == funded.paid_on(day) == 400


def test_the_account_stays_as_it_is_when_the_operator_changes(
    funded: Contract, vault: Contract, admin: Account, operator: Account, bob: Account, payment: Payment
) -> None:
    funded.pay(*payment, sender=operator)
    funded.revokeRole(funded.OPERATOR(), operator, sender=admin)
    funded.grantRole(funded.OPERATOR(), bob, sender=admin)
    assert vault.balance_of(funded.account()) == FUNDS - 400
    funded.pay(*payment[:3], OTHER_KEY, sender=bob)
    assert vault.balance_of(funded.account()) == FUNDS - 800


def test_a_former_operator_pays_nothing_and_two_operators_share_keys(
    funded: Contract, vault: Contract, admin: Account, operator: Account, alice: Account, bob: Account, payment: Payment
) -> None:
    funded.grantRole(funded.OPERATOR(), bob, sender=admin)
    funded.pay(*payment, sender=operator)
    funded.pay(*payment, sender=bob)
    assert vault.balance_of(account_of(alice)) == 400
    funded.revokeRole(funded.OPERATOR(), operator, sender=admin)
    with refused("AccessControlUnauthorizedAccount", operator.address, bytes(funded.OPERATOR())):
        funded.pay(*payment, sender=operator)


def test_the_operators_own_keys_in_the_vault_are_others(
    funded: Contract, vault: Contract, operator: Account, alice: Account, carol: Account, payment: Payment
) -> None:
    vault.deposit(account_of(operator), 400, sender=carol)
    vault.transfer(account_of(operator), *payment, sender=operator)
    assert requested(funded.pay, *payment, sender=operator)[0] == (request_id(funded, KEY), True)
    assert vault.balance_of(account_of(alice)) == 800


def test_paying_goes_on_while_the_vault_takes_no_deposits(
    funded: Contract, vault: Contract, operator: Account, pauser: Account, alice: Account, payment: Payment
) -> None:
    vault.pause(sender=pauser)
    funded.pay(*payment, sender=operator)
    assert vault.balance_of(account_of(alice)) == 400
