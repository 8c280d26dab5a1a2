"""declare_final: the end of a property by the same two steps, after which fractions are burnt as holders collect."""

import pytest

from scripts.deploy import created_by
from tests.contracts.ape_types import Account, Chain, Contract, Project
from tests.contracts.clock import now
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import NOBODY, transfer_event
from tests.contracts.ledger import account_of
from tests.contracts.refusals import refused
from tests.contracts.rent.conftest import (
    FEBRUARY,
    FINAL,
    HOUSE,
    JANUARY,
    SCALE,
    Allot,
    Claim,
    Declare,
    Release,
    escrow_of,
)


@pytest.fixture
def ended(house: int, declare: Declare, release: Release) -> int:
    """The house, after a final distribution of 1,000 on its 10 fractions."""
    declare(1000, FINAL)
    release(FINAL)
    return house


def test_the_end_is_declared_like_a_rent_of_period_0(house: int, token: Contract, declare: Declare) -> None:
    release_time = declare(1000, FINAL)
    assert tuple(token.rent_of(house, FINAL)) == (1000, release_time, False)
    assert not token.property_of(house).has_ended


def test_the_end_comes_with_the_release_and_is_told(
    house: int, token: Contract, declare: Declare, release: Release
) -> None:
    declare(1000, FINAL)
    receipt = release(FINAL)
    released = {"property_id": house, "period": 0, "amount": 1000, "rent_index": 100 * SCALE, "remainder": 0}
    ended = ("PropertyEnded", {"property_id": house})
    assert events_of(receipt, token) == [("RentReleased", released), ended]
    assert token.property_of(house).has_ended
    assert token.totalSupply(house) == 10


def test_the_end_waits_for_all_other_rent(house: int, declare: Declare, release: Release) -> None:
    declare(500, JANUARY)
    declare(500, FEBRUARY)
    declare(1000, FINAL)
    for period in (JANUARY, FEBRUARY):
        with refused("RentPending", house):
            release(FINAL)
        release(period)
    release(FINAL)


def test_once_the_end_is_declared_nothing_new_begins(
    house: int, token: Contract, declare: Declare, release: Release, allot: Allot, marketplace: Account, alice: Account
) -> None:
    token.lock(house, alice, 2, sender=marketplace)
    declare(1000, FINAL)
    with refused("RentPending", house):
        allot(alice, 1)
    for released in (False, True):
        if released:
            release(FINAL)
            with refused("PropertyEnding", house):
                allot(alice, 1)
        with refused("PropertyEnding", house):
            declare(1, FEBRUARY)
        with refused("PropertyEnding", house):
            declare(1, FINAL)
        token.unlock(house, alice, 1, sender=marketplace)


def test_fractions_still_move_before_and_after_the_end(
    house: int, token: Contract, declare: Declare, release: Release, claim: Claim, alice: Account, bob: Account
) -> None:
    declare(1000, FINAL)
    token.safeTransferFrom(alice, bob, house, 3, b"", sender=alice)
    release(FINAL)
    token.safeTransferFrom(alice, bob, house, 1, b"", sender=alice)
    assert (claim(alice), claim(bob)) == (400, 300)
    assert (token.balanceOf(alice, house), token.balanceOf(bob, house)) == (0, 0)


def test_a_claim_after_the_end_burns_what_the_holder_has(
    ended: int, token: Contract, alice: Account, bob: Account
) -> None:
    receipt = token.claim_rent(ended, alice, sender=bob)
    claimed = {"property_id": ended, "holder": alice.address, "amount": 700, "owed": 0}
    burnt = transfer_event(bob, alice, NOBODY, ended, 7)
    assert events_of(receipt, token) == [burnt, ("RentClaimed", claimed)]
    assert (token.balanceOf(alice, ended), token.totalSupply(ended)) == (0, 3)
    assert token.property_of(ended).supply == 3


def test_when_all_have_claimed_nothing_is_left(
    ended: int, token: Contract, vault: Contract, claim: Claim, issuer: Account, alice: Account
) -> None:
    assert (claim(alice), claim(issuer)) == (700, 300)
    assert token.totalSupply(ended) == vault.balance_of(escrow_of(token)) == 0
    for holder in (alice, issuer):
        with refused("NothingToClaim", ended, holder.address):
            claim(holder)


def test_before_the_end_a_claim_burns_nothing(house: int, token: Contract, declare: Declare, release: Release,
                                              claim: Claim, alice: Account) -> None:  # fmt: skip
    declare(500, JANUARY)
    release(JANUARY)
    declare(1000, FINAL)
    assert claim(alice) == 350
    assert (token.balanceOf(alice, house), token.totalSupply(house)) == (7, 10)


def test_locked_fractions_are_paid_at_once_and_burnt_when_they_are_free(
    house: int, token: Contract, declare: Declare, release: Release, claim: Claim, marketplace: Account, alice: Account
) -> None:
    token.lock(house, alice, 5, sender=marketplace)
    declare(1000, FINAL)
    release(FINAL)
    assert claim(alice) == 700
    assert (token.balanceOf(alice, house), token.locked_of(alice, house), token.totalSupply(house)) == (5, 5, 8)
    with refused("NothingToClaim", house, alice.address):
        claim(alice)
    token.unlock(house, alice, 5, sender=marketplace)
    assert claim(alice) == 0
    assert (token.balanceOf(alice, house), token.totalSupply(house)) == (0, 3)


def test_fractions_that_earned_nothing_are_burnt_all_the_same(
    house: int, token: Contract, declare: Declare, release: Release, claim: Claim, issuer: Account, alice: Account
) -> None:
    declare(1, FINAL)
    release(FINAL)
    assert (claim(alice), claim(issuer)) == (0, 0)
    assert token.totalSupply(house) == 0


def test_what_is_sent_to_who_has_claimed_is_burnt_at_his_next_claim(
    ended: int, token: Contract, claim: Claim, issuer: Account, alice: Account
) -> None:
    claim(alice)
    token.safeTransferFrom(issuer, alice, ended, 3, b"", sender=issuer)
    assert (claim(alice), claim(issuer)) == (0, 300)
    assert token.totalSupply(ended) == 0


def test_a_contract_that_refuses_everything_is_paid_and_burnt(
    house: int, token: Contract, hostile_receiver: Contract, declare: Declare, release: Release,
    claim: Claim, alice: Account,
) -> None:  # fmt: skip
    token.safeTransferFrom(alice, hostile_receiver, house, 7, b"", sender=alice)
    hostile_receiver.revert_with(b"never", sender=alice)
    declare(1000, FINAL)
    release(FINAL)
    assert claim(hostile_receiver) == 700
    assert token.balanceOf(hostile_receiver, house) == 0


def test_what_was_sold_is_collected_after_the_end_and_then_paid(
    sources: Project, dollar: Contract, chain: Chain, deployer: Account, admin: Account,
    issuer: Account, alice: Account, bob: Account, carol: Account,
) -> None:  # fmt: skip
    """With carol in the offering's place, and a vault of the token's own."""
    vault_at, token_at = created_by(deployer.address, deployer.nonce)[:2]
    own_vault = deployer.deploy(sources.SettlementVault, dollar, NOBODY, token_at, NOBODY, admin)
    token = deployer.deploy(sources.FractionToken, vault_at, NOBODY, carol, NOBODY, 0, admin)
    token.grantRole(token.LISTER(), admin, sender=admin)
    token.list_property(HOUSE, issuer, 10, 0, "House", bytes(32), "", sender=admin)
    dollar.approve(own_vault, 1000, sender=alice)
    own_vault.deposit(account_of(issuer), 1000, sender=alice)
    token.reserve(HOUSE, issuer, 10, sender=carol)
    with refused("OfferingRuns", HOUSE):
        token.declare_final(HOUSE, 1000, now(chain), sender=issuer)
    token.settle_sale(HOUSE, 10, sender=carol)
    token.collect(HOUSE, alice, 6, sender=carol)
    token.declare_final(HOUSE, 1000, now(chain), sender=issuer)
    token.release_rent(HOUSE, FINAL, sender=bob)
    token.claim_rent(HOUSE, alice, sender=bob)
    with refused("NothingToClaim", HOUSE, bob.address):
        token.claim_rent(HOUSE, bob, sender=bob)
    token.collect(HOUSE, bob, 4, sender=carol)
    assert token.totalSupply(HOUSE) == 4
    token.claim_rent(HOUSE, bob, sender=bob)
    assert [own_vault.balance_of(account_of(who)) for who in (alice, bob)] == [600, 400]
    assert token.totalSupply(HOUSE) == own_vault.balance_of(escrow_of(token)) == 0
