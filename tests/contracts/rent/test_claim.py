"""claim_rent: anyone pushes a holder's rent, always and only into that holder's main account."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of, posting
from tests.contracts.refusals import refused
from tests.contracts.rent.conftest import BARN, FEBRUARY, HOUSE, JANUARY, SCALE, Allot, Claim, List, escrow_of

RENT_CLAIMED = 6

PayRent = Callable[..., Receipt]


@pytest.fixture
def paid(house: int, pay_rent: PayRent) -> int:
    """The house, with 503 of rent released on 10 fractions."""
    pay_rent(503)
    return house


def test_claimed_rent_is_told_with_what_stays_owed(
    paid: int, token: Contract, vault: Contract, alice: Account, bob: Account
) -> None:
    receipt = token.claim_rent(paid, alice, sender=bob)
    owed = 503 * SCALE // 10 * 7 - 352 * SCALE
    told = {"property_id": paid, "holder": alice.address, "amount": 352, "owed": owed}
    assert events_of(receipt, token) == [("RentClaimed", told)]
    assert 0 < owed < SCALE
    accounts = escrow_of(token), account_of(alice)
    assert events_of(receipt, vault) == [posting(*accounts, 352, RENT_CLAIMED, (503 - 352, 352))]


def test_who_claims_for_another_gets_nothing(paid: int, token: Contract, vault: Contract, alice: Account,
                                             bob: Account) -> None:  # fmt: skip
    token.claim_rent(paid, alice, sender=bob)
    balances = [vault.balance_of(account_of(*owner)) for owner in [(alice, 0), (alice, 1), (bob, 0), (alice, paid)]]
    assert balances == [352, 0, 0, 0]


def test_a_claim_answers_what_it_pays(paid: int, token: Contract, alice: Account, bob: Account) -> None:
    assert token.claim_rent.call(paid, alice, sender=bob) == token.claimable_rent(alice, paid) == 352


def test_a_claim_leaves_the_holding_alone(paid: int, token: Contract, claim: Claim, alice: Account) -> None:
    claim(alice)
    assert (token.balanceOf(alice, paid), token.locked_of(alice, paid), token.totalSupply(paid)) == (7, 0, 10)


def test_rent_is_claimed_once(paid: int, token: Contract, claim: Claim, alice: Account) -> None:
    claim(alice)
    with refused("NothingToClaim", paid, alice.address):
        claim(alice)
    assert token.claimable_rent(alice, paid) == 0


def test_what_is_left_of_a_unit_stays_owed_and_counts_at_the_next_claim(
    paid: int, token: Contract, pay_rent: PayRent, claim: Claim, alice: Account
) -> None:
    """352.1 and 352.1 and so on: the tenth claim pays the unit that the tenths make."""
    assert claim(alice) == 352
    total = 352
    for number in range(1, 10):
        pay_rent(503, number)
        total += claim(alice)
    assert total == 3521
    mark, owed = token.rent_position_of(alice, paid)
    assert mark == token.rent_index_of(paid)
    assert owed == mark * 7 - 3521 * SCALE < SCALE


def test_who_never_held_has_nothing_to_claim(paid: int, claim: Claim, bob: Account) -> None:
    with refused("NothingToClaim", paid, bob.address):
        claim(bob)


def test_a_property_that_was_never_listed_owes_nothing(claim: Claim, alice: Account) -> None:
    with refused("NothingToClaim", 7, alice.address):
        claim(alice, 7)


def test_less_than_a_unit_is_not_paid_out(house: int, pay_rent: PayRent, claim: Claim, alice: Account) -> None:
    pay_rent(1)
    with refused("NothingToClaim", house, alice.address):
        claim(alice)
    pay_rent(1, FEBRUARY)
    assert claim(alice) == 1


def test_who_sold_all_still_claims_what_he_earned(
    paid: int, token: Contract, pay_rent: PayRent, claim: Claim, alice: Account, bob: Account
) -> None:
    token.safeTransferFrom(alice, bob, paid, 7, b"", sender=alice)
    pay_rent(1000, FEBRUARY)
    assert (claim(alice), claim(bob)) == (352, 700)


def test_a_transfer_settles_both_sides_and_pays_neither(
    paid: int, token: Contract, vault: Contract, alice: Account, issuer: Account
) -> None:
    before = [token.claimable_rent(who, paid) for who in (alice, issuer)]
    receipt = token.safeTransferFrom(alice, issuer, paid, 2, b"", sender=alice)
    assert events_of(receipt, vault) == []
    assert [token.claimable_rent(who, paid) for who in (alice, issuer)] == before == [352, 150]
    index = token.rent_index_of(paid)
    assert token.rent_position_of(alice, paid) == (index, 7 * index)
    assert token.rent_position_of(issuer, paid) == (index, 3 * index)


def test_a_transfer_to_oneself_earns_nothing(paid: int, token: Contract, claim: Claim, alice: Account) -> None:
    for _ in range(3):
        token.safeTransferFrom(alice, alice, paid, 7, b"", sender=alice)
    assert claim(alice) == 352


def test_a_batch_that_names_a_property_twice_earns_once(
    paid: int, token: Contract, alice: Account, bob: Account
) -> None:
    token.safeBatchTransferFrom(alice, bob, [paid, paid, paid], [3, 4, 0], b"", sender=alice)
    assert (token.claimable_rent(alice, paid), token.claimable_rent(bob, paid)) == (352, 0)


def test_locked_fractions_earn_for_their_holder(
    house: int, token: Contract, pay_rent: PayRent, claim: Claim, marketplace: Account, alice: Account
) -> None:
    token.lock(house, alice, 7, sender=marketplace)
    pay_rent(500)
    assert claim(alice) == 350
    token.unlock(house, alice, 7, sender=marketplace)
    with refused("NothingToClaim", house, alice.address):
        claim(alice)


@pytest.mark.usefixtures("paid")
def test_rent_of_one_property_is_not_paid_from_anothers(
    token: Contract, vault: Contract, list_house: List, allot: Allot, pay_rent: PayRent, claim: Claim,
    alice: Account,
) -> None:  # fmt: skip
    list_house(BARN)
    allot(alice, 5, BARN)
    pay_rent(90, JANUARY, BARN)
    assert claim(alice, BARN) == 90
    assert (vault.balance_of(escrow_of(token, BARN)), vault.balance_of(escrow_of(token))) == (0, 503)


def test_a_frozen_or_expired_holder_claims(
    token: Contract, registry: Contract, list_house: List, allot: Allot, pay_rent: PayRent, claim: Claim,
    provide: Callable[[Account, int], None], admin: Account, issuer: Account, alice: Account,
) -> None:  # fmt: skip
    registry.create_list(admin, "Residents", sender=admin)
    registry.set_entry(1, alice, 7, 2**63, False, sender=admin)
    list_house(registry_list=1)
    allot(alice, 10)
    provide(issuer, 1000)
    for period, (expiry, frozen) in enumerate([(2**63, True), (1, False), (0, True)], start=1):
        registry.set_entry(1, alice, 7, expiry, frozen, sender=admin)
        pay_rent(100, period)
        assert claim(alice) == 100
    with refused("NotEligible", HOUSE, alice.address):
        token.safeTransferFrom(alice, alice, HOUSE, 1, b"", sender=alice)
