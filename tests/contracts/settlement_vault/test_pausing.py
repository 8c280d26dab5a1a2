"""pause and unpause: new money is kept out, and nobody is kept in."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.ledger import LARGEST, NO_REFERENCE, TRANSFER, account_of, bytes32, traded, transfer
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import Sign


@pytest.fixture
def paused(vault: Contract, pauser: Account, alice: Account, fund: Callable[..., int]) -> Contract:
    """A vault in which alice has 100, paused afterwards."""
    fund(alice, 100)
    vault.pause(sender=pauser)
    return vault


def test_a_vault_starts_unpaused(vault: Contract) -> None:
    assert not vault.paused()


def test_pausing_and_unpausing_are_told(vault: Contract, pauser: Account) -> None:
    pausing = vault.pause(sender=pauser)
    assert vault.paused()
    unpausing = vault.unpause(sender=pauser)
    assert not vault.paused()
    assert events_of(pausing, vault) == [("Paused", {"account": pauser.address})]
    assert events_of(unpausing, vault) == [("Unpaused", {"account": pauser.address})]


def test_deposits_stop(paused: Contract, alice: Account) -> None:
    with refused("EnforcedPause"):
        paused.deposit(account_of(alice), 1, sender=alice)


def test_deposits_with_a_permit_stop(paused: Contract, dollar: Contract, alice: Account) -> None:
    dollar.approve(paused, 1, sender=alice)
    with refused("EnforcedPause"):
        paused.deposit_with_permit(account_of(alice), 1, 0, 27, bytes(32), bytes(32), sender=alice)


def test_withdrawals_stay_open(paused: Contract, alice: Account) -> None:
    paused.withdraw(account_of(alice), 100, alice, sender=alice)
    assert paused.balance_of(account_of(alice)) == 0


def test_transfers_stay_open(paused: Contract, alice: Account, bob: Account) -> None:
    transfer(paused, alice, account_of(alice), account_of(bob), 100, NO_REFERENCE, bytes32("key"))
    assert paused.balance_of(account_of(bob)) == 100


def test_batches_stay_open(paused: Contract, alice: Account, bob: Account) -> None:
    legs = [(account_of(alice), account_of(bob), 50, NO_REFERENCE)] * 2
    paused.transfer_batch(legs, bytes32("key"), sender=alice)
    assert paused.balance_of(account_of(bob)) == 100


def test_signed_transfers_stay_open(paused: Contract, alice: Account, bob: Account, sign: Sign) -> None:
    request = account_of(alice), account_of(bob), 100, NO_REFERENCE, bytes32("key"), LARGEST
    paused.transfer_signed(*request, sign(request), sender=bob)
    assert paused.balance_of(account_of(bob)) == 100


def test_agents_stay_able_to_pay_out_and_to_take(
    paused: Contract, marketplace: Account, alice: Account, bob: Account
) -> None:
    escrow = account_of(marketplace, 1)
    paused.post(account_of(alice), escrow, 100, 11, NO_REFERENCE, sender=marketplace)
    paused.post(escrow, account_of(alice), 100, 12, NO_REFERENCE, sender=marketplace)
    paused.settle(account_of(alice), [traded(bob, 100)], 0, escrow, 0, NO_REFERENCE, sender=marketplace)
    assert paused.balance_of(account_of(bob)) == 100


def test_keys_can_still_be_burnt(paused: Contract, alice: Account) -> None:
    receipt = paused.burn_key(TRANSFER, bytes32("key"), sender=alice)
    assert [name for name, _ in events_of(receipt, paused)] == ["KeyBurnt"]


def test_roles_can_still_be_given_and_taken(paused: Contract, admin: Account, pauser: Account, alice: Account) -> None:
    paused.grantRole(paused.PAUSER(), alice, sender=admin)
    paused.revokeRole(paused.PAUSER(), pauser, sender=admin)
    paused.unpause(sender=alice)
    assert not paused.paused()


def test_deposits_open_again(paused: Contract, pauser: Account, alice: Account) -> None:
    paused.unpause(sender=pauser)
    paused.deposit(account_of(alice), 1, sender=alice)
    assert paused.balance_of(account_of(alice)) == 101


def test_a_paused_vault_is_not_paused_again(paused: Contract, pauser: Account) -> None:
    with refused("EnforcedPause"):
        paused.pause(sender=pauser)


def test_a_running_vault_is_not_unpaused(vault: Contract, pauser: Account) -> None:
    with refused("ExpectedPause"):
        vault.unpause(sender=pauser)


@pytest.mark.parametrize("who", ["admin", "alice"])
@pytest.mark.parametrize("action", ["pause", "unpause"])
def test_only_the_pauser_pauses_and_unpauses(
    vault: Contract, request: pytest.FixtureRequest, action: str, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("AccessControlUnauthorizedAccount", caller.address, bytes(vault.PAUSER())):
        getattr(vault, action)(sender=caller)
