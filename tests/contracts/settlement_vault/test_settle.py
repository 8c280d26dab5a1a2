"""settle: the marketplace has a taker pay makers, its fees and the escrow of what rests, or nothing at all."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.events import events_of
from tests.contracts.ledger import (
    NO_REFERENCE,
    ORDER_ESCROWED,
    OUTSIDE,
    TRADE,
    TRADE_FEE,
    account_of,
    bytes32,
    posting,
    traded,
)
from tests.contracts.refusals import refused, refused_silently

HOUSE, BARN, MOST = 7, 8, 32
TAKER, MAKER = bytes32("order 9"), bytes32("order 1")

Settle = Callable[..., Receipt]


@pytest.fixture
def escrow(marketplace: Account) -> int:
    return account_of(marketplace, HOUSE)


@pytest.fixture
def settle(vault: Contract, marketplace: Account, escrow: int) -> Settle:
    """As the marketplace; what is not named is nothing, and goes into the escrow of the house."""

    def settled(debited: int, trades: list[int], **named: Any) -> Receipt:
        words = {"fees": 0, "escrow_account": escrow, "escrowed": 0, "reference": TAKER} | named
        return vault.settle(debited, trades, *words.values(), sender=marketplace)

    return settled


@pytest.fixture
def taker(alice: Account, fund: Callable[..., int]) -> int:
    """alice's main account, with 100."""
    return fund(alice, 100)


def balances(vault: Contract, *accounts: int) -> list[int]:
    return [vault.balance_of(account) for account in accounts]


def test_makers_are_paid_then_the_fees_then_the_escrow_each_with_the_balances_after_it(
    vault: Contract, marketplace: Account, bob: Account, carol: Account, taker: int, escrow: int, settle: Settle
) -> None:
    receipt = settle(taker, [traded(bob, 30), traded(carol, 20), traded(bob, 5)], fees=3, escrowed=40)
    main, other, third = account_of(marketplace), account_of(bob), account_of(carol)
    assert events_of(receipt, vault) == [
        posting(taker, other, 30, TRADE, (70, 30), reference=TAKER),
        posting(taker, third, 20, TRADE, (50, 20), reference=TAKER),
        posting(taker, other, 5, TRADE, (45, 35), reference=TAKER),
        posting(taker, main, 3, TRADE_FEE, (42, 3), reference=TAKER),
        posting(taker, escrow, 40, ORDER_ESCROWED, (2, 40), reference=TAKER),
    ]
    assert balances(vault, taker, other, third, main, escrow, OUTSIDE) == [2, 35, 20, 3, 40, 100]


def test_a_maker_is_paid_beside_what_he_has(
    vault: Contract, bob: Account, fund: Callable[..., int], taker: int, settle: Settle
) -> None:
    receipt = settle(taker, [traded(bob, 100)] if fund(bob, 7) else [])
    assert events_of(receipt, vault) == [posting(taker, account_of(bob), 100, TRADE, (0, 107), reference=TAKER)]
    assert balances(vault, taker, account_of(bob), OUTSIDE) == [0, 107, 107]


@pytest.mark.parametrize(
    ("named", "kind", "number"), [({"fees": 9}, TRADE_FEE, 0), ({"escrowed": 9}, ORDER_ESCROWED, HOUSE)]
)
def test_fees_or_an_escrow_come_without_trades_too(
    vault: Contract, marketplace: Account, taker: int, settle: Settle, named: dict[str, int], kind: int, number: int
) -> None:
    credited = account_of(marketplace, number)
    told = [posting(taker, credited, 9, kind, (91, 9), reference=TAKER)]
    assert events_of(settle(taker, [], **named), vault) == told
    assert balances(vault, taker, credited) == [91, 9]


def test_what_a_bid_escrowed_pays_the_maker_who_sells_to_it(
    vault: Contract, marketplace: Account, bob: Account, taker: int, escrow: int, settle: Settle
) -> None:
    settle(taker, [], escrowed=60, reference=MAKER)
    receipt = settle(escrow, [traded(bob, 50)], fees=2)
    assert events_of(receipt, vault) == [
        posting(escrow, account_of(bob), 50, TRADE, (10, 50), reference=TAKER),
        posting(escrow, account_of(marketplace), 2, TRADE_FEE, (8, 2), reference=TAKER),
    ]


def test_nothing_at_all_is_settled_in_silence(vault: Contract, taker: int, settle: Settle) -> None:
    assert events_of(settle(taker, []), vault) == []
    assert balances(vault, taker) == [100]


def test_32_makers_are_paid_in_a_call_and_no_more(
    vault: Contract, bob: Account, carol: Account, taker: int, settle: Settle
) -> None:
    trades = [traded(bob, 2), traded(carol, 1)] * (MOST // 2)
    with refused_silently():
        settle(taker, [*trades, trades[0]])
    assert len(events_of(settle(taker, trades), vault)) == MOST
    assert balances(vault, taker, account_of(bob), account_of(carol)) == [52, 32, 16]


# -- all or nothing


def test_a_balance_that_ends_among_the_trades_pays_nobody(
    vault: Contract, bob: Account, carol: Account, taker: int, settle: Settle
) -> None:
    with refused("InsufficientBalance", taker, 40, 41):
        settle(taker, [traded(bob, 60), traded(carol, 41)])
    assert balances(vault, taker, account_of(bob), account_of(carol)) == [100, 0, 0]


@pytest.mark.parametrize("named", [{"fees": 41}, {"fees": 1, "escrowed": 40}, {"escrowed": 2**256 - 1}])
def test_a_balance_that_ends_before_fees_or_escrow_pays_nobody(
    vault: Contract, bob: Account, taker: int, settle: Settle, named: dict[str, int]
) -> None:
    left, needed = 40 - (named["fees"] if len(named) == 2 else 0), list(named.values())[-1]
    with refused("InsufficientBalance", taker, left, needed):
        settle(taker, [traded(bob, 60)], **named)
    assert balances(vault, taker, account_of(bob)) == [100, 0]


def test_the_largest_trade_of_a_word_is_more_than_anybody_has(bob: Account, taker: int, settle: Settle) -> None:
    with refused("InsufficientBalance", taker, 100, 2**96 - 1):
        settle(taker, [traded(bob, 2**96 - 1)])


# -- whose money


@pytest.mark.parametrize("number", [1, HOUSE, 2**96 - 1])
def test_no_sub_account_pays(
    vault: Contract, marketplace: Account, alice: Account, bob: Account, fund: Callable[..., int], settle: Settle,
    number: int,
) -> None:  # fmt: skip
    savings = fund(alice, 100, number)
    for named in ({}, {"fees": 1}, {"escrowed": 1}):
        with refused("AgentCannotDebit", savings, marketplace.address):
            settle(savings, [traded(bob, 1)], **named)
    assert balances(vault, savings) == [100]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("other", ["token", "offering"])
def test_no_other_agent_pays(
    marketplace: Account, bob: Account, settle: Settle, request: pytest.FixtureRequest, other: str, number: int
) -> None:
    account = account_of(request.getfixturevalue(other), number)
    with refused("AgentCannotDebit", account, marketplace.address):
        settle(account, [traded(bob, 1)])


@pytest.mark.parametrize("account", [OUTSIDE, 1])
def test_no_money_is_made_out_of_the_outside_account(
    vault: Contract, marketplace: Account, bob: Account, taker: int, settle: Settle, account: int
) -> None:
    with refused("AgentCannotDebit", account, marketplace.address):
        settle(account, [traded(bob, 1)])
    assert balances(vault, OUTSIDE, taker) == [100, 100]


@pytest.mark.parametrize("whose", ["alice", "bob", "token", "vault"])
@pytest.mark.parametrize("escrowed", [0, 1])
def test_the_escrow_is_an_account_of_the_marketplace(
    vault: Contract, taker: int, settle: Settle, request: pytest.FixtureRequest, whose: str, escrowed: int
) -> None:
    account = account_of(request.getfixturevalue(whose), HOUSE)
    with refused("InvalidAccount", account):
        settle(taker, [], escrow_account=account, escrowed=escrowed)
    assert balances(vault, taker, account) == [100, 0]


def test_the_escrow_is_of_the_property_that_is_named(
    vault: Contract, marketplace: Account, taker: int, escrow: int, settle: Settle
) -> None:
    settle(taker, [], escrow_account=account_of(marketplace, BARN), escrowed=10)
    assert balances(vault, escrow, account_of(marketplace, BARN)) == [0, 10]


@pytest.mark.parametrize("who", ["admin", "pauser", "deployer", "lister", "issuer", "alice"])
def test_nobody_but_the_marketplace_settles_not_even_his_own(
    vault: Contract, bob: Account, escrow: int, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    for escrow_account in (escrow, account_of(caller)):
        with refused("NotMarketplace", caller.address):
            vault.settle(account_of(caller), [traded(bob, 1)], 0, escrow_account, 0, NO_REFERENCE, sender=caller)


def test_an_agent_that_is_not_the_marketplace_does_not_settle(
    sources: Any, dollar: Contract, deployer: Account, admin: Account, alice: Account, bob: Account, carol: Account
) -> None:
    """With alice, bob and carol in the places of marketplace, token and offering."""
    vault = deployer.deploy(sources.SettlementVault, dollar, alice, bob, carol, admin)
    for agent in (bob, carol):
        assert vault.is_agent(agent)
        with refused("NotMarketplace", agent.address):
            vault.settle(account_of(agent), [], 0, account_of(agent, HOUSE), 0, NO_REFERENCE, sender=agent)
