"""What rests in an offering's account is what is subscribed times the price, at every step and to the last unit."""

import random
from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import travel_to
from tests.contracts.ledger import account_of
from tests.contracts.primary_offering.conftest import (
    HARD_CAP,
    HOUSE,
    MAXIMUM,
    MINIMUM,
    MONEY,
    PRICE,
    SETTLED,
    SOFT_CAP,
    Terms,
    escrow_of,
    state_of,
)

STEPS = 12

Subscribe = Callable[[Account, int], Receipt]
Close = Callable[[], Receipt]


class Books:
    def __init__(self, offering: Contract, vault: Contract, people: list[Account]) -> None:
        self.offering, self.vault, self.people = offering, vault, people

    def subscriptions(self) -> list[int]:
        return [int(self.offering.subscription_of(HOUSE, who)) for who in self.people]

    def check_open(self) -> None:
        subscriptions = self.subscriptions()
        assert self.offering.offering_of(HOUSE).subscribed == sum(subscriptions)
        assert self.vault.balance_of(escrow_of(self.offering)) == sum(subscriptions) * PRICE
        money = [self.vault.balance_of(account_of(who)) for who in self.people]
        assert money == [MONEY - amount * PRICE for amount in subscriptions]


@pytest.fixture
def books(offering: Contract, vault: Contract, people: list[Account]) -> Books:
    return Books(offering, vault, people)


@pytest.mark.parametrize("seed", range(3))
def test_escrow_equals_subscriptions_at_every_step(
    chain: Chain, offering: Contract, vault: Contract, token: Contract, opened: Terms, subscribe: Subscribe,
    close: Close, books: Books, issuer: Account, people: list[Account], seed: int,
) -> None:  # fmt: skip
    """Random subscriptions and withdrawals, then the firm time; the first seed ends one short of the soft cap."""
    chance = random.Random(seed)
    for _ in range(STEPS):
        who = chance.choice(people)
        mine = offering.subscription_of(HOUSE, who)
        room = min(MAXIMUM - mine, HARD_CAP - sum(books.subscriptions()))
        if mine and chance.random() < 0.5:
            offering.unsubscribe(HOUSE, chance.choice([mine, max(mine - MINIMUM, 0) or mine]), sender=who)
        elif room >= MINIMUM:
            subscribe(who, chance.randint(MINIMUM, room))
        books.check_open()
    aim = SOFT_CAP - 1 if seed == 0 else SOFT_CAP
    for who, mine in zip(people, books.subscriptions(), strict=True):
        if mine:
            offering.unsubscribe(HOUSE, mine, sender=who)
    for who, amount in zip(people, (aim - 50, 30, 20), strict=True):
        subscribe(who, amount)
    books.check_open()
    travel_to(chain, opened.firm)
    close()
    settled = state_of(offering)[0] == SETTLED
    assert settled == (seed != 0)
    serve = offering.collect if settled else offering.refund
    for who in people:
        owed = 0 if settled else sum(books.subscriptions()) * PRICE
        assert vault.balance_of(escrow_of(offering)) == owed
        serve(HOUSE, who, sender=who)
    assert vault.balance_of(escrow_of(offering)) == 0
    held = [token.balanceOf(who, HOUSE) for who in people]
    assert held == ([aim - 50, 30, 20] if settled else [0, 0, 0])
    assert token.totalSupply(HOUSE) == sum(held)
    proceeds = vault.balance_of(account_of(issuer))
    assert proceeds == sum(held) * PRICE
    assert sum(vault.balance_of(account_of(who)) for who in people) + proceeds == MONEY * len(people)
