"""A house whose issuer has rent to give, its holders, and the two steps of a rent."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import now, travel_to
from tests.contracts.conftest import RENT_NOTICE, Contracts, World
from tests.contracts.ledger import LARGEST, account_of

HOUSE, BARN, CAP = 1, 2, 1000
FINAL, JANUARY, FEBRUARY, MARCH = 0, 202601, 202602, 202603
SCALE = 2**48
MONEY = 10**9

List = Callable[..., int]
Allot = Callable[..., Receipt]
Declare = Callable[..., int]
Release = Callable[..., Receipt]
Claim = Callable[..., int]


@pytest.fixture(scope="module")
def contracts(world: World) -> Contracts:
    """The marketplace is an account here, so that a test can act as it."""
    return world.with_account


@pytest.fixture
def provide(dollar: Contract, vault: Contract) -> Callable[[Account, int], None]:
    """Put money into somebody's main account, as much as a uint256 tells."""

    def provided(owner: Account, amount: int) -> None:
        dollar.mint(owner, amount, sender=owner)
        dollar.approve(vault, LARGEST, sender=owner)
        vault.deposit(account_of(owner), amount, sender=owner)

    return provided


@pytest.fixture
def list_house(token: Contract, lister: Account, issuer: Account) -> List:
    def listed(property_id: int = HOUSE, cap: int = CAP, registry_list: int = 0) -> int:
        token.list_property(property_id, issuer, cap, registry_list, "House", bytes(32), "", sender=lister)
        return property_id

    return listed


@pytest.fixture
def allot(token: Contract, issuer: Account) -> Allot:
    def allotted(receiver: Account, amount: int, property_id: int = HOUSE) -> Receipt:
        return token.allot(property_id, receiver, amount, sender=issuer)

    return allotted


@pytest.fixture
def house(
    list_house: List, allot: Allot, provide: Callable[[Account, int], None], issuer: Account, alice: Account
) -> int:
    """Listed; alice holds 7 of its 10 fractions, the issuer 3 and the money for rent."""
    list_house()
    allot(alice, 7)
    allot(issuer, 3)
    provide(issuer, MONEY)
    return HOUSE


@pytest.fixture
def declare(chain: Chain, token: Contract, issuer: Account) -> Declare:
    """Declare a rent with the shortest notice, or the final distribution; gives its release time."""

    def declared(amount: int, period: int = JANUARY, property_id: int = HOUSE, sender: Account = issuer) -> int:
        release_time = now(chain) + RENT_NOTICE
        if period == FINAL:
            token.declare_final(property_id, amount, release_time, sender=sender)
        else:
            token.declare_rent(property_id, period, amount, release_time, sender=sender)
        return release_time

    return declared


@pytest.fixture
def release(chain: Chain, token: Contract, carol: Account) -> Release:
    """Release a declared rent as soon as it may be, by somebody whom it does not concern."""

    def released(period: int = JANUARY, property_id: int = HOUSE) -> Receipt:
        release_time = token.rent_of(property_id, period).release_time
        travel_to(chain, max(release_time, now(chain)))
        return token.release_rent(property_id, period, sender=carol)

    return released


@pytest.fixture
def pay_rent(declare: Declare, release: Release) -> Callable[..., Receipt]:
    """Both steps."""

    def paid(amount: int, period: int = JANUARY, property_id: int = HOUSE) -> Receipt:
        declare(amount, period, property_id)
        return release(period, property_id)

    return paid


@pytest.fixture
def claim(token: Contract, vault: Contract, carol: Account) -> Claim:
    """Push a holder's rent to him; gives what came into his main account."""

    def claimed(holder: Any, property_id: int = HOUSE) -> int:
        before = int(vault.balance_of(account_of(holder)))
        token.claim_rent(property_id, holder, sender=carol)
        return int(vault.balance_of(account_of(holder))) - before

    return claimed


def escrow_of(token: Contract, property_id: int = HOUSE) -> int:
    """The token's account of a property, where rent rests until it is claimed."""
    return account_of(token, property_id)
