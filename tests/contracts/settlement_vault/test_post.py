"""post: agents post for others, between main accounts and accounts of their own; nobody else posts."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.ledger import LARGEST, NO_REFERENCE, OUTSIDE, account_of, bytes32, posting
from tests.contracts.refusals import Refusal, refused, refused_as

HOUSE = 7
SUBSCRIPTION, REFUND = 7, 9
Entry = tuple[int, int, int, int, bytes]


@pytest.fixture
def escrow(marketplace: Account) -> int:
    return account_of(marketplace, HOUSE)


@pytest.fixture
def escrowed(vault: Contract, marketplace: Account, alice: Account, fund: Callable[..., int], escrow: int) -> int:
    """The marketplace's account of the house, with 60 of alice's 100."""
    vault.post(*entry(fund(alice, 100), escrow, 60), sender=marketplace)
    return escrow


def entry(debit: int, credit: int, amount: int, kind: int = SUBSCRIPTION, reference: bytes = NO_REFERENCE) -> Entry:
    return debit, credit, amount, kind, reference


def test_an_agent_takes_from_a_main_account_and_pays_out_of_its_own(
    vault: Contract, marketplace: Account, alice: Account, bob: Account, escrowed: int
) -> None:
    assert [vault.balance_of(account) for account in (account_of(alice), escrowed)] == [40, 60]
    vault.post(*entry(escrowed, account_of(bob), 45), sender=marketplace)
    assert [vault.balance_of(account) for account in (escrowed, account_of(bob))] == [15, 45]
    assert vault.balance_of(OUTSIDE) == 100


def test_a_posting_has_its_kind_and_reference_and_no_request(
    vault: Contract, marketplace: Account, alice: Account, bob: Account, escrowed: int
) -> None:
    main, other = account_of(alice), account_of(bob)
    taken = vault.post(main, escrowed, 10, 255, bytes32("bid 1"), sender=marketplace)
    assert events_of(taken, vault) == [posting(main, escrowed, 10, 255, (30, 70), reference=bytes32("bid 1"))]
    paid = vault.post(escrowed, other, 70, REFUND, NO_REFERENCE, sender=marketplace)
    assert events_of(paid, vault) == [posting(escrowed, other, 70, REFUND, (0, 70))]


def test_an_agent_moves_between_its_own_accounts(vault: Contract, marketplace: Account, escrowed: int) -> None:
    vault.post(*entry(escrowed, account_of(marketplace), 60), sender=marketplace)
    assert vault.balance_of(account_of(marketplace)) == 60


def test_an_agent_moves_from_one_user_to_another(
    vault: Contract, marketplace: Account, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    vault.post(*entry(fund(alice, 100), account_of(bob), 100), sender=marketplace)
    assert vault.balance_of(account_of(bob)) == 100


def test_an_agent_may_pay_into_a_sub_account(
    vault: Contract, marketplace: Account, alice: Account, escrowed: int
) -> None:
    vault.post(*entry(escrowed, account_of(alice, 1), 60), sender=marketplace)
    assert vault.balance_of(account_of(alice, 1)) == 60


@pytest.mark.parametrize("number", [1, HOUSE, 2**96 - 1])
def test_no_agent_reaches_a_sub_account(
    vault: Contract, marketplace: Account, alice: Account, fund: Callable[..., int], escrow: int, number: int
) -> None:
    savings = fund(alice, 100, number)
    with refused("AgentCannotDebit", savings, marketplace.address):
        vault.post(*entry(savings, escrow, 1), sender=marketplace)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("other", ["token", "offering"])
def test_no_agent_debits_or_credits_another(
    vault: Contract, marketplace: Account, escrowed: int, request: pytest.FixtureRequest, other: str, number: int
) -> None:
    account = account_of(request.getfixturevalue(other), number)
    with refused("AgentCannotDebit", account, marketplace.address):
        vault.post(*entry(account, escrowed, 1), sender=marketplace)
    with refused("InvalidAccount", account):
        vault.post(*entry(escrowed, account, 1), sender=marketplace)


@pytest.mark.parametrize("account", [OUTSIDE, 1])
def test_no_agent_makes_money_out_of_the_outside_account(
    vault: Contract, marketplace: Account, escrowed: int, account: int
) -> None:
    with refused("AgentCannotDebit", account, marketplace.address):
        vault.post(*entry(account, escrowed, 1), sender=marketplace)
    assert vault.balance_of(OUTSIDE) == 100


@pytest.mark.parametrize("stuck", ["nobody", "vault", "dollar"])
def test_no_agent_credits_an_account_that_nobody_can_move(
    vault: Contract, dollar: Contract, marketplace: Account, escrowed: int, stuck: str
) -> None:
    account = {"nobody": OUTSIDE, "vault": account_of(vault), "dollar": account_of(dollar)}[stuck]
    with refused("InvalidAccount", account):
        vault.post(*entry(escrowed, account, 1), sender=marketplace)


@pytest.mark.parametrize("kind", range(5))
def test_no_agent_posts_what_only_owners_do(
    vault: Contract, marketplace: Account, alice: Account, escrowed: int, kind: int
) -> None:
    with refused("InvalidKind", kind):
        vault.post(*entry(escrowed, account_of(alice), 1, kind), sender=marketplace)


def test_nothing_is_posted_that_is_nothing_or_not_there(
    vault: Contract, marketplace: Account, alice: Account, bob: Account, escrowed: int
) -> None:
    main = account_of(alice)
    faults: list[tuple[Entry, Refusal]] = [
        (entry(escrowed, account_of(bob), 61), Refusal("InsufficientBalance", escrowed, 60, 61)),
        (entry(main, escrowed, LARGEST), Refusal("InsufficientBalance", main, 40, LARGEST)),
        (entry(main, escrowed, 0), Refusal("ZeroAmount")),
        (entry(main, main, 1), Refusal("SameAccount", main)),
    ]
    for bad, refusal in faults:
        with refused_as(refusal):
            vault.post(*bad, sender=marketplace)
    assert [vault.balance_of(account) for account in (main, escrowed, account_of(bob))] == [40, 60, 0]


def test_an_account_of_the_agents_does_not_pay_itself(vault: Contract, marketplace: Account, escrowed: int) -> None:
    with refused("SameAccount", escrowed):
        vault.post(*entry(escrowed, escrowed, 1), sender=marketplace)


@pytest.mark.parametrize("who", ["admin", "pauser", "deployer", "lister", "issuer", "alice"])
@pytest.mark.parametrize("own", [True, False])
def test_nobody_but_an_agent_posts(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int], request: Any, who: str, own: bool
) -> None:
    caller: Account = request.getfixturevalue(who)
    debited = account_of(caller) if own else fund(alice, 100)
    with refused("NotAgent", caller.address):
        vault.post(*entry(debited, account_of(bob), 1), sender=caller)


def test_an_agents_own_transfers_follow_the_rules_of_all_owners(
    vault: Contract, marketplace: Account, bob: Account, token: Contract, escrowed: int
) -> None:
    with refused("InvalidAccount", account_of(token)):
        vault.transfer(escrowed, account_of(token), 1, NO_REFERENCE, bytes32("key"), sender=marketplace)
    vault.transfer(escrowed, account_of(bob), 60, NO_REFERENCE, bytes32("key"), sender=marketplace)
    assert vault.balance_of(account_of(bob)) == 60
