"""release_rent: anyone, from the release time on, once; what the division leaves is carried on."""

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.clock import now, travel_to
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of
from tests.contracts.refusals import refused
from tests.contracts.rent.conftest import (
    FEBRUARY,
    HOUSE,
    JANUARY,
    MONEY,
    SCALE,
    Allot,
    Claim,
    Declare,
    List,
    Release,
    escrow_of,
)

SUPPLY = 10  # of the house


def test_rent_is_released_from_its_second_on_and_not_before(
    house: int, chain: Chain, token: Contract, declare: Declare, carol: Account
) -> None:
    release_time = declare(500)
    travel_to(chain, release_time - 1)
    with refused("RentNotDue", house, JANUARY, release_time):
        token.release_rent(house, JANUARY, sender=carol)
    assert now(chain) == release_time
    token.release_rent(house, JANUARY, sender=carol)


def test_late_is_not_too_late(house: int, chain: Chain, token: Contract, declare: Declare, carol: Account) -> None:
    travel_to(chain, declare(500) + 10 * 366 * 86_400)
    token.release_rent(house, JANUARY, sender=carol)
    assert token.rent_of(house, JANUARY).released


def test_a_release_is_told_with_index_and_remainder(
    house: int, token: Contract, vault: Contract, declare: Declare, release: Release
) -> None:
    declare(503)
    receipt = release()
    index, remainder = divmod(503 * SCALE, SUPPLY)
    told = {"property_id": house, "period": JANUARY, "amount": 503, "rent_index": index, "remainder": remainder}
    assert events_of(receipt, token) == [("RentReleased", told)]
    assert events_of(receipt, vault) == []
    assert token.rent_index_of(house) == index
    assert token.pending_rent_of(house) == (0, 0, remainder)


def test_the_remainder_is_carried_to_the_next_release(
    house: int, token: Contract, declare: Declare, release: Release
) -> None:
    index = remainder = 0
    for number in range(1, 8):
        declare(number * number, number)
        release(number)
        risen, remainder = divmod(number * number * SCALE + remainder, SUPPLY)
        index += risen
        assert (token.rent_index_of(house), token.pending_rent_of(house)) == (index, (0, 0, remainder))


def test_rents_are_released_in_any_order(
    house: int, chain: Chain, token: Contract, declare: Declare, carol: Account
) -> None:
    declare(500, JANUARY)
    travel_to(chain, declare(300, FEBRUARY))
    token.release_rent(house, FEBRUARY, sender=carol)
    assert token.pending_rent_of(house) == (500, 1, 0)
    token.release_rent(house, JANUARY, sender=carol)
    assert token.pending_rent_of(house) == (0, 0, 0)
    assert token.rent_index_of(house) == 80 * SCALE


def test_rent_is_released_once(house: int, token: Contract, declare: Declare, release: Release) -> None:
    declare(500)
    release()
    with refused("RentReleasedBefore", house, JANUARY):
        release()
    assert token.rent_index_of(house) == 50 * SCALE


@pytest.mark.parametrize("period", [0, FEBRUARY, 2**32, 2**256 - 1])
def test_rent_that_was_never_declared_is_not_released(house: int, token: Contract, carol: Account, period: int) -> None:
    with refused("UnknownRent", house, period):
        token.release_rent(house, period, sender=carol)


def test_what_comes_into_a_wallet_after_the_release_earned_nothing(
    house: int, token: Contract, declare: Declare, release: Release, claim: Claim, alice: Account, bob: Account
) -> None:
    declare(500)
    release()
    token.safeTransferFrom(alice, bob, house, 7, b"", sender=alice)
    assert (token.claimable_rent(alice, house), token.claimable_rent(bob, house)) == (350, 0)
    assert claim(alice) == 350


def test_what_comes_into_a_wallet_before_the_release_earns_all(
    house: int, token: Contract, declare: Declare, release: Release, claim: Claim, alice: Account, bob: Account
) -> None:
    declare(500)
    token.safeTransferFrom(alice, bob, house, 7, b"", sender=alice)
    release()
    assert (token.claimable_rent(alice, house), token.claimable_rent(bob, house)) == (0, 350)
    assert claim(bob) == 350


@pytest.mark.usefixtures("house")
def test_a_release_moves_no_money_and_no_money_is_lost(
    token: Contract, vault: Contract, declare: Declare, release: Release, claim: Claim, issuer: Account,
    alice: Account,
) -> None:  # fmt: skip
    declare(503)
    release()
    assert vault.balance_of(escrow_of(token)) == 503
    assert (claim(alice), claim(issuer)) == (352, 150)
    assert vault.balance_of(escrow_of(token)) == 1
    assert vault.balance_of(account_of(issuer)) == MONEY - 503 + 150


def test_the_parts_of_a_unit_add_up_to_units(
    list_house: List, allot: Allot, declare: Declare, release: Release, claim: Claim, provide: Claim,
    issuer: Account, alice: Account, bob: Account, token: Contract, vault: Contract,
) -> None:  # fmt: skip
    """Three thirds of a unit, released one by one, are a unit, less what flooring the index leaves."""
    list_house()
    allot(alice, 1)
    allot(bob, 2)
    provide(issuer, MONEY)
    for period in range(1, 4):
        declare(1, period)
        release(period)
    assert token.pending_rent_of(HOUSE) == (0, 0, 0)
    assert (claim(alice), claim(bob)) == (1, 2)
    assert vault.balance_of(escrow_of(token)) == 0
