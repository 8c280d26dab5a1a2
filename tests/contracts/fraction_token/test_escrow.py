"""lock and unlock: the marketplace escrows fractions where they lie."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Project, Receipt
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import BARN, HOUSE, NOBODY, Allot
from tests.contracts.refusals import refused

Lock = Callable[..., Receipt]


@pytest.fixture
def holder(alice: Account, allot: Allot) -> Account:
    """alice, with 10 of the house."""
    allot(alice, 10)
    return alice


@pytest.fixture
def unlock(token: Contract, marketplace: Account) -> Lock:
    def unlocked(holder: Account, amount: int, property_id: int = HOUSE) -> Receipt:
        return token.unlock(property_id, holder, amount, sender=marketplace)

    return unlocked


def test_locked_fractions_stay_in_the_balance_and_the_supply(token: Contract, holder: Account, lock: Lock) -> None:
    lock(holder, 4)
    assert token.locked_of(holder, HOUSE) == 4
    assert token.balanceOf(holder, HOUSE) == token.totalSupply(HOUSE) == 10


def test_locks_add_up_and_are_told_with_their_sum(token: Contract, holder: Account, lock: Lock) -> None:
    for amount, locked in [(4, 4), (6, 10)]:
        told = {"property_id": HOUSE, "holder": holder.address, "amount": amount, "locked": locked}
        assert events_of(lock(holder, amount), token) == [("Locked", told)]
    assert token.locked_of(holder, HOUSE) == 10


def test_unlocking_is_told_with_what_stays_locked(token: Contract, holder: Account, lock: Lock, unlock: Lock) -> None:
    lock(holder, 10)
    for amount, locked in [(4, 6), (6, 0)]:
        told = {"property_id": HOUSE, "holder": holder.address, "amount": amount, "locked": locked}
        assert events_of(unlock(holder, amount), token) == [("Unlocked", told)]
    assert token.locked_of(holder, HOUSE) == 0


def test_unlocked_fractions_transfer_again(
    token: Contract, holder: Account, bob: Account, lock: Lock, unlock: Lock
) -> None:
    lock(holder, 10)
    unlock(holder, 10)
    token.safeTransferFrom(holder, bob, HOUSE, 10, b"", sender=holder)
    assert token.balanceOf(bob, HOUSE) == 10


def test_a_lock_is_of_one_holder_and_one_property(
    token: Contract, holder: Account, bob: Account, allot: Allot, lock: Lock
) -> None:
    allot(bob, 10, HOUSE)
    allot(holder, 10, BARN)
    lock(holder, 4, HOUSE)
    assert token.locked_of(bob, HOUSE) == token.locked_of(holder, BARN) == 0


@pytest.mark.parametrize("amount", [5, 11, 2**48, 2**208, 2**256 - 1])
def test_no_more_than_what_is_free_is_locked(token: Contract, holder: Account, lock: Lock, amount: int) -> None:
    lock(holder, 6)
    with refused("ERC1155InsufficientBalance", holder.address, 4, amount, HOUSE):
        lock(holder, amount)
    assert (token.balanceOf(holder, HOUSE), token.locked_of(holder, HOUSE)) == (10, 6)


@pytest.mark.parametrize("amount", [7, 2**48, 2**208, 2**256 - 1])
def test_no_more_than_what_is_locked_is_unlocked(
    token: Contract, holder: Account, lock: Lock, unlock: Lock, amount: int
) -> None:
    lock(holder, 6)
    with refused("NotLocked", holder.address, HOUSE, 6, amount):
        unlock(holder, amount)
    assert (token.balanceOf(holder, HOUSE), token.locked_of(holder, HOUSE)) == (10, 6)


@pytest.mark.parametrize("who", ["admin", "lister", "issuer", "alice"])
@pytest.mark.parametrize("action", ["lock", "unlock", "acknowledge"])
def test_only_the_marketplace_locks_unlocks_and_asks_receivers(
    token: Contract, holder: Account, request: pytest.FixtureRequest, action: str, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("NotMarketplace", caller.address):
        getattr(token, action)(HOUSE, holder, 0, sender=caller)


def test_no_callback_runs_when_fractions_are_locked(
    hostile_receiver: Contract, bob: Account, allot: Allot, lock: Lock, unlock: Lock
) -> None:
    allot(hostile_receiver, 10)
    hostile_receiver.revert_with(b"never", sender=bob)
    for receipt in (lock(hostile_receiver, 10), unlock(hostile_receiver, 10)):
        assert events_of(receipt, hostile_receiver) == []


def test_the_marketplace_is_the_one_of_the_deployment(token: Contract, marketplace: Account) -> None:
    assert token.marketplace() == marketplace.address


def test_while_there_is_no_marketplace_nobody_locks(
    sources: Project, vault: Contract, deployer: Account, admin: Account, alice: Account
) -> None:
    token = deployer.deploy(sources.FractionToken, vault, NOBODY, NOBODY, NOBODY, 0, admin)
    with refused("NotMarketplace", alice.address):
        token.lock(HOUSE, alice, 0, sender=alice)
