"""At the bounds of its fields rent overflows in the declaration, and never in a release, a transfer or a claim."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.ledger import account_of
from tests.contracts.refusals import refused
from tests.contracts.rent.conftest import (
    FEBRUARY,
    HOUSE,
    JANUARY,
    MARCH,
    SCALE,
    Allot,
    Claim,
    Declare,
    List,
    Release,
    escrow_of,
)

LARGEST_SUPPLY = 2**48 - 1
LARGEST_INDEX = 2**128 - 1
# By number of fractions, the largest rent that the index of a new property can take.
LARGEST_RENTS = {
    1: 2**80 - 2,
    2: 2**81 - 2,
    LARGEST_SUPPLY: 2**128 - 2**80 - 2,
}

PayRent = Callable[..., Receipt]
Full = Callable[[int], None]


@pytest.fixture
def full(list_house: List, allot: Allot, provide: Callable[[Account, int], None], issuer: Account,
         alice: Account) -> Full:  # fmt: skip
    """List a house of that many fractions, all of them alice's, with an issuer who has more than any rent."""

    def listed(supply: int) -> None:
        list_house(cap=supply)
        allot(alice, supply)
        provide(issuer, 2**130)

    return listed


def test_the_bounds_are_those_of_the_index() -> None:
    for supply, rent in LARGEST_RENTS.items():
        assert (rent + 1) * SCALE // supply <= LARGEST_INDEX < (rent + 2) * SCALE // supply


@pytest.mark.parametrize("supply", LARGEST_RENTS)
def test_the_largest_rent_is_declared_released_moved_and_claimed(
    full: Full, token: Contract, vault: Contract, declare: Declare, release: Release, claim: Claim, supply: int,
    alice: Account, bob: Account,
) -> None:  # fmt: skip
    full(supply)
    rent = LARGEST_RENTS[supply]
    with refused("RentTooLarge", HOUSE, rent + 1):
        declare(rent + 1)
    declare(rent)
    release()
    index = rent * SCALE // supply
    assert token.rent_index_of(HOUSE) == index
    token.safeTransferFrom(alice, bob, HOUSE, supply, b"", sender=alice)
    token.safeBatchTransferFrom(bob, alice, [HOUSE, HOUSE], [supply // 2, 0], b"", sender=bob)
    assert token.rent_position_of(alice, HOUSE) == (index, index * supply)
    paid = index * supply // SCALE
    assert rent - 1 <= claim(alice) == paid <= rent
    assert vault.balance_of(escrow_of(token)) == rent - paid
    assert token.balanceOf(bob, HOUSE) == supply - supply // 2


@pytest.mark.parametrize("amount", [2**128 - 1, 2**128, 2**176, 2**256 - 1])
@pytest.mark.parametrize("supply", [1, LARGEST_SUPPLY])
def test_absurd_rents_are_refused_before_their_money_is_looked_for(
    full: Full, declare: Declare, supply: int, amount: int
) -> None:
    full(supply)
    with refused("RentTooLarge", HOUSE, amount):
        declare(amount)


@pytest.mark.parametrize("supply", LARGEST_RENTS)
def test_rents_that_wait_count_as_much_as_those_released(
    full: Full, token: Contract, declare: Declare, release: Release, claim: Claim, supply: int, alice: Account
) -> None:
    full(supply)
    rent = LARGEST_RENTS[supply]
    declare(rent - rent // 3, JANUARY)
    with refused("RentTooLarge", HOUSE, rent // 3 + 1):
        declare(rent // 3 + 1, FEBRUARY)
    declare(rent // 3, FEBRUARY)
    for period in (FEBRUARY, JANUARY):
        release(period)
    assert token.rent_index_of(HOUSE) <= LARGEST_INDEX
    assert rent - 1 <= claim(alice) <= rent


def test_a_full_index_stops_rent_and_nothing_else(
    full: Full, token: Contract, vault: Contract, pay_rent: PayRent, declare: Declare, claim: Claim,
    marketplace: Account, alice: Account, bob: Account,
) -> None:  # fmt: skip
    full(1)
    pay_rent(2**80 - 2)
    with refused("RentTooLarge", HOUSE, 1):
        declare(1, MARCH)
    token.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=alice)
    token.lock(HOUSE, bob, 1, sender=marketplace)
    token.unlock(HOUSE, bob, 1, sender=marketplace)
    token.safeTransferFrom(bob, alice, HOUSE, 1, b"", sender=bob)
    assert claim(alice) == 2**80 - 2
    assert vault.balance_of(account_of(bob)) == 0


def test_the_largest_index_leaves_list_and_end_of_its_slot_alone(
    token: Contract, registry: Contract, list_house: List, allot: Allot, pay_rent: PayRent,
    provide: Callable[[Account, int], None], admin: Account, issuer: Account, alice: Account,
) -> None:  # fmt: skip
    registry.create_list(admin, "Residents", sender=admin)
    registry.set_entry(1, alice, 7, 2**63, False, sender=admin)
    list_house(cap=1, registry_list=1)
    allot(alice, 1)
    provide(issuer, 2**80)
    pay_rent(2**80 - 2)
    found = token.property_of(HOUSE)
    assert (found.registry_list, found.has_ended, found.supply) == (1, False, 1)
    with refused("NotEligible", HOUSE, issuer.address):
        token.safeTransferFrom(alice, issuer, HOUSE, 1, b"", sender=alice)
