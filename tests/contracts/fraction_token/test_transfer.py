"""safeTransferFrom: OpenZeppelin's behaviour, and locked fractions stay."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import BARN, HOUSE, NOBODY, Allot, transfer_event
from tests.contracts.refusals import refused, refused_silently


def test_a_transfer_moves_fractions_of_one_property(
    token: Contract, alice: Account, bob: Account, allot: Allot
) -> None:
    allot(alice, 10, HOUSE)
    allot(alice, 10, BARN)
    token.safeTransferFrom(alice, bob, HOUSE, 3, b"", sender=alice)
    assert [token.balanceOf(who, HOUSE) for who in (alice, bob)] == [7, 3]
    assert [token.balanceOf(who, BARN) for who in (alice, bob)] == [10, 0]


def test_a_transfer_leaves_the_supply_alone(token: Contract, alice: Account, bob: Account, allot: Allot) -> None:
    allot(alice, 10)
    token.safeTransferFrom(alice, bob, HOUSE, 3, b"", sender=alice)
    assert token.totalSupply(HOUSE) == 10


def test_a_transfer_is_told(token: Contract, alice: Account, bob: Account, allot: Allot) -> None:
    allot(alice, 10)
    receipt = token.safeTransferFrom(alice, bob, HOUSE, 3, b"", sender=alice)
    assert events_of(receipt, token) == [transfer_event(alice, alice, bob, HOUSE, 3)]


def test_all_fractions_of_a_holder_can_be_transferred(
    token: Contract, alice: Account, bob: Account, allot: Allot
) -> None:
    allot(alice, 10)
    token.safeTransferFrom(alice, bob, HOUSE, 10, b"", sender=alice)
    assert [token.balanceOf(who, HOUSE) for who in (alice, bob)] == [0, 10]


def test_a_transfer_to_oneself_is_told_and_changes_nothing(token: Contract, alice: Account, allot: Allot) -> None:
    allot(alice, 10)
    receipt = token.safeTransferFrom(alice, alice, HOUSE, 10, b"", sender=alice)
    assert events_of(receipt, token) == [transfer_event(alice, alice, alice, HOUSE, 10)]
    assert token.balanceOf(alice, HOUSE) == 10


def test_a_transfer_to_oneself_of_more_than_one_has_is_refused(token: Contract, alice: Account, allot: Allot) -> None:
    allot(alice, 10)
    with refused("ERC1155InsufficientBalance", alice.address, 10, 11, HOUSE):
        token.safeTransferFrom(alice, alice, HOUSE, 11, b"", sender=alice)


def test_a_transfer_of_nothing_is_told_and_changes_nothing(token: Contract, alice: Account, bob: Account) -> None:
    receipt = token.safeTransferFrom(alice, bob, HOUSE, 0, b"", sender=alice)
    assert events_of(receipt, token) == [transfer_event(alice, alice, bob, HOUSE, 0)]


@pytest.mark.parametrize("amount", [11, 2**48, 2**48 + 1, 2**256 - 1])
def test_more_than_the_holder_has_is_refused(
    token: Contract, alice: Account, bob: Account, allot: Allot, amount: int
) -> None:
    allot(alice, 10)
    with refused("ERC1155InsufficientBalance", alice.address, 10, amount, HOUSE):
        token.safeTransferFrom(alice, bob, HOUSE, amount, b"", sender=alice)


def test_fractions_of_one_property_do_not_pay_for_another(
    token: Contract, alice: Account, bob: Account, allot: Allot
) -> None:
    allot(alice, 10, BARN)
    with refused("ERC1155InsufficientBalance", alice.address, 0, 1, HOUSE):
        token.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=alice)


def test_an_id_beyond_any_property_has_no_fractions(token: Contract, alice: Account, bob: Account) -> None:
    with refused("ERC1155InsufficientBalance", alice.address, 0, 1, 2**256 - 1):
        token.safeTransferFrom(alice, bob, 2**256 - 1, 1, b"", sender=alice)


def test_nothing_is_transferred_to_nobody(token: Contract, alice: Account, allot: Allot) -> None:
    allot(alice, 10)
    with refused("ERC1155InvalidReceiver", NOBODY):
        token.safeTransferFrom(alice, NOBODY, HOUSE, 1, b"", sender=alice)


def test_data_may_be_as_long_as_its_bound_and_no_longer(
    token: Contract, alice: Account, bob: Account, allot: Allot
) -> None:
    allot(alice, 10)
    token.safeTransferFrom(alice, bob, HOUSE, 1, b"x" * 1024, sender=alice)
    with refused_silently():
        token.safeTransferFrom(alice, bob, HOUSE, 1, b"x" * 1025, sender=alice)


# -- approvals


def test_an_operator_moves_a_holders_fractions_and_is_named(
    token: Contract, alice: Account, bob: Account, carol: Account, allot: Allot
) -> None:
    allot(alice, 10)
    token.setApprovalForAll(carol, True, sender=alice)
    receipt = token.safeTransferFrom(alice, bob, HOUSE, 3, b"", sender=carol)
    assert events_of(receipt, token) == [transfer_event(carol, alice, bob, HOUSE, 3)]
    assert token.balanceOf(bob, HOUSE) == 3


def test_without_approval_nobody_moves_a_holders_fractions(
    token: Contract, alice: Account, bob: Account, allot: Allot
) -> None:
    allot(alice, 10)
    with refused("ERC1155MissingApprovalForAll", bob.address, alice.address):
        token.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=bob)


def test_an_approval_that_was_taken_back_moves_nothing(
    token: Contract, alice: Account, bob: Account, allot: Allot
) -> None:
    allot(alice, 10)
    token.setApprovalForAll(bob, True, sender=alice)
    token.setApprovalForAll(bob, False, sender=alice)
    with refused("ERC1155MissingApprovalForAll", bob.address, alice.address):
        token.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=bob)


@pytest.mark.parametrize("who", ["admin", "lister", "issuer", "marketplace"])
def test_no_role_moves_a_holders_fractions(
    token: Contract, alice: Account, allot: Allot, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    allot(alice, 10)
    with refused("ERC1155MissingApprovalForAll", caller.address, alice.address):
        token.safeTransferFrom(alice, caller, HOUSE, 1, b"", sender=caller)


def test_nobody_speaks_for_nobody(token: Contract, alice: Account) -> None:
    with refused("ERC1155MissingApprovalForAll", alice.address, NOBODY):
        token.safeTransferFrom(NOBODY, alice, HOUSE, 0, b"", sender=alice)


def test_even_a_simulated_call_of_nobody_sends_nothing(token: Contract, chain: Chain, alice: Account) -> None:
    gas_money = {"from": alice.address, "to": NOBODY, "value": 10**18}
    chain.provider.web3.eth.send_transaction(gas_money)
    with refused("ERC1155InvalidSender", NOBODY):
        token.safeTransferFrom.call(NOBODY, alice, HOUSE, 0, b"", sender=NOBODY)


# -- locked fractions


def test_locked_fractions_do_not_transfer(
    token: Contract, alice: Account, bob: Account, allot: Allot, lock: Callable[..., Receipt]
) -> None:
    allot(alice, 10)
    lock(alice, 4)
    with refused("FractionsLocked", alice.address, HOUSE, 4, 7):
        token.safeTransferFrom(alice, bob, HOUSE, 7, b"", sender=alice)


def test_what_is_not_locked_transfers(
    token: Contract, alice: Account, bob: Account, allot: Allot, lock: Callable[..., Receipt]
) -> None:
    allot(alice, 10)
    lock(alice, 4)
    token.safeTransferFrom(alice, bob, HOUSE, 6, b"", sender=alice)
    assert [token.balanceOf(who, HOUSE) for who in (alice, bob)] == [4, 6]
    assert [token.locked_of(who, HOUSE) for who in (alice, bob)] == [4, 0]


def test_lack_of_balance_is_told_before_the_lock(
    token: Contract, alice: Account, bob: Account, allot: Allot, lock: Callable[..., Receipt]
) -> None:
    allot(alice, 10)
    lock(alice, 4)
    with refused("ERC1155InsufficientBalance", alice.address, 10, 11, HOUSE):
        token.safeTransferFrom(alice, bob, HOUSE, 11, b"", sender=alice)


def test_locked_fractions_do_not_transfer_to_their_own_holder(
    token: Contract, alice: Account, allot: Allot, lock: Callable[..., Receipt]
) -> None:
    allot(alice, 10)
    lock(alice, 4)
    with refused("FractionsLocked", alice.address, HOUSE, 4, 10):
        token.safeTransferFrom(alice, alice, HOUSE, 10, b"", sender=alice)


def test_what_a_holder_receives_is_free_whatever_he_has_locked(
    token: Contract, alice: Account, bob: Account, allot: Allot, lock: Callable[..., Receipt]
) -> None:
    allot(alice, 10)
    allot(bob, 5)
    lock(bob, 5)
    token.safeTransferFrom(alice, bob, HOUSE, 10, b"", sender=alice)
    token.safeTransferFrom(bob, alice, HOUSE, 10, b"", sender=bob)
    assert (token.balanceOf(bob, HOUSE), token.locked_of(bob, HOUSE)) == (5, 5)


def test_nothing_transfers_while_all_is_locked(
    token: Contract, alice: Account, bob: Account, allot: Allot, lock: Callable[..., Receipt]
) -> None:
    allot(alice, 10)
    lock(alice, 10)
    token.safeTransferFrom(alice, bob, HOUSE, 0, b"", sender=alice)
    with refused("FractionsLocked", alice.address, HOUSE, 10, 1):
        token.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=alice)
