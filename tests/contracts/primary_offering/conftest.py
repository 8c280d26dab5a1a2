"""An offering of the house: 100 to 1000 fractions at 7 units each, and people with money for it."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Any

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import now, travel_to
from tests.contracts.ledger import LARGEST, account_of

HOUSE, BARN, CAP = 1, 2, 1000
PRICE, SOFT_CAP, HARD_CAP = 7, 100, 900
MINIMUM, MAXIMUM = 5, 600
NONE, OPEN, SETTLED, FAILED = range(4)
MONEY = 10**6


@dataclass(frozen=True)
class Terms:
    """In the order in which the contract takes them."""

    price: int
    soft_cap: int
    hard_cap: int
    opens: int
    firm: int
    deadline: int
    minimum: int
    maximum: int

    def but(self, **changes: int) -> "Terms":
        return replace(self, **changes)

    @property
    def values(self) -> tuple[int, ...]:
        return astuple(self)


SetOffering = Callable[..., Receipt]
Travel = Callable[[int], None]
Provide = Callable[[Any], None]


@pytest.fixture
def house(token: Contract, lister: Account, issuer: Account) -> int:
    token.list_property(HOUSE, issuer, CAP, 0, "House", bytes(32), "", sender=lister)
    return HOUSE


@pytest.fixture
def provide(dollar: Contract, vault: Contract, deployer: Account) -> Provide:
    """Put money into the main account of a person or a contract."""
    dollar.mint(deployer, 10**9, sender=deployer)
    dollar.approve(vault, LARGEST, sender=deployer)

    def provided(owner: Any) -> None:
        vault.deposit(account_of(owner), MONEY, sender=deployer)

    return provided


@pytest.fixture
def terms(chain: Chain, house: int, provide: Provide, people: list[Account]) -> Terms:  # noqa: ARG001
    """Opening 1,000 seconds ahead, firm 1,000 later, closing 1,000 after that. Everybody has money."""
    for person in people:
        provide(person)
    opens = now(chain) + 1_000
    return Terms(PRICE, SOFT_CAP, HARD_CAP, opens, opens + 1_000, opens + 2_000, MINIMUM, MAXIMUM)


@pytest.fixture
def set_offering(offering: Contract, issuer: Account) -> SetOffering:
    def offered(terms: Terms, property_id: int = HOUSE, sender: Account = issuer) -> Receipt:
        return offering.set_offering(property_id, terms.values, sender=sender)

    return offered


@pytest.fixture
def opened(chain: Chain, terms: Terms, set_offering: SetOffering) -> Terms:
    """The offering of the house, on the second of its opening."""
    set_offering(terms)
    travel_to(chain, terms.opens)
    return terms


@pytest.fixture
def subscribe(offering: Contract) -> Callable[..., Receipt]:
    def subscribed(subscriber: Account, amount: int) -> Receipt:
        return offering.subscribe(HOUSE, amount, sender=subscriber)

    return subscribed


@pytest.fixture
def close(chain: Chain, offering: Contract, opened: Terms, deployer: Account) -> Callable[[], Receipt]:
    """Let somebody whom it does not concern close the offering on the second of its deadline."""

    def closed() -> Receipt:
        travel_to(chain, max(opened.deadline, now(chain)))
        return offering.close_offering(HOUSE, sender=deployer)

    return closed


def escrow_of(offering: Contract, property_id: int = HOUSE) -> int:
    """The offering's account of a property, where subscriptions rest."""
    return account_of(offering, property_id)


def state_of(offering: Contract, property_id: int = HOUSE) -> tuple[int, int]:
    """Status, and fractions subscribed."""
    found = offering.offering_of(property_id)
    return found.status, found.subscribed
