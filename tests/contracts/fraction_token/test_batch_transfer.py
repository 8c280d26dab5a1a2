"""safeBatchTransferFrom: many properties at once, all or none."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import BARN, HOUSE, NOBODY, Allot, batch_event
from tests.contracts.refusals import refused, refused_silently

LONGEST = 128


@pytest.fixture
def holder(alice: Account, allot: Allot) -> Account:
    """alice, with 10 of the house and 20 of the barn."""
    allot(alice, 10, HOUSE)
    allot(alice, 20, BARN)
    return alice


def test_a_batch_moves_each_amount_of_each_property(token: Contract, holder: Account, bob: Account) -> None:
    token.safeBatchTransferFrom(holder, bob, [HOUSE, BARN], [3, 20], b"", sender=holder)
    assert [token.balanceOf(holder, number) for number in (HOUSE, BARN)] == [7, 0]
    assert [token.balanceOf(bob, number) for number in (HOUSE, BARN)] == [3, 20]


@pytest.mark.parametrize(("ids", "amounts"), [([HOUSE, BARN], [3, 20]), ([HOUSE], [3]), ([], [])])
def test_a_batch_is_told_in_one_event(
    token: Contract, holder: Account, bob: Account, ids: list[int], amounts: list[int]
) -> None:
    receipt = token.safeBatchTransferFrom(holder, bob, ids, amounts, b"", sender=holder)
    assert events_of(receipt, token) == [batch_event(holder, holder, bob, ids, amounts)]


def test_a_property_may_stand_in_a_batch_twice(token: Contract, holder: Account, bob: Account) -> None:
    token.safeBatchTransferFrom(holder, bob, [HOUSE, HOUSE], [4, 6], b"", sender=holder)
    assert [token.balanceOf(who, HOUSE) for who in (holder, bob)] == [0, 10]


def test_a_batch_to_oneself_changes_nothing(token: Contract, holder: Account) -> None:
    token.safeBatchTransferFrom(holder, holder, [HOUSE, BARN, HOUSE], [10, 20, 10], b"", sender=holder)
    assert [token.balanceOf(holder, number) for number in (HOUSE, BARN)] == [10, 20]


def test_a_batch_of_which_one_part_is_refused_moves_nothing(token: Contract, holder: Account, bob: Account) -> None:
    with refused("ERC1155InsufficientBalance", holder.address, 20, 21, BARN):
        token.safeBatchTransferFrom(holder, bob, [HOUSE, BARN], [10, 21], b"", sender=holder)
    assert token.balanceOf(bob, HOUSE) == 0


def test_parts_of_one_property_are_counted_together(token: Contract, holder: Account, bob: Account) -> None:
    with refused("ERC1155InsufficientBalance", holder.address, 4, 5, HOUSE):
        token.safeBatchTransferFrom(holder, bob, [HOUSE, HOUSE], [6, 5], b"", sender=holder)


def test_locked_fractions_stop_a_batch(
    token: Contract, holder: Account, bob: Account, lock: Callable[..., Receipt]
) -> None:
    lock(holder, 5, BARN)
    with refused("FractionsLocked", holder.address, BARN, 5, 16):
        token.safeBatchTransferFrom(holder, bob, [HOUSE, BARN], [10, 16], b"", sender=holder)


@pytest.mark.parametrize(("ids", "amounts"), [([HOUSE, BARN], [1]), ([HOUSE], [1, 2]), ([], [1]), ([HOUSE], [])])
def test_ids_and_amounts_must_pair(
    token: Contract, holder: Account, bob: Account, ids: list[int], amounts: list[int]
) -> None:
    with refused("ERC1155InvalidArrayLength", len(ids), len(amounts)):
        token.safeBatchTransferFrom(holder, bob, ids, amounts, b"", sender=holder)


def test_an_operator_moves_a_batch(token: Contract, holder: Account, bob: Account, carol: Account) -> None:
    token.setApprovalForAll(carol, True, sender=holder)
    receipt = token.safeBatchTransferFrom(holder, bob, [HOUSE], [10], b"", sender=carol)
    assert events_of(receipt, token) == [batch_event(carol, holder, bob, [HOUSE], [10])]


def test_without_approval_nobody_moves_a_batch(token: Contract, holder: Account, bob: Account) -> None:
    with refused("ERC1155MissingApprovalForAll", bob.address, holder.address):
        token.safeBatchTransferFrom(holder, bob, [HOUSE], [1], b"", sender=bob)


def test_no_batch_goes_to_nobody(token: Contract, holder: Account) -> None:
    with refused("ERC1155InvalidReceiver", NOBODY):
        token.safeBatchTransferFrom(holder, NOBODY, [HOUSE], [1], b"", sender=holder)


def test_a_batch_may_be_as_long_as_its_bound_and_no_longer(token: Contract, holder: Account, bob: Account) -> None:
    ids, amounts = [BARN] * LONGEST, [0] * (LONGEST - 1) + [20]
    token.safeBatchTransferFrom(holder, bob, ids, amounts, b"", sender=holder)
    assert token.balanceOf(bob, BARN) == 20
    with refused_silently():
        token.safeBatchTransferFrom(holder, bob, [*ids, HOUSE], [*amounts, 1], b"", sender=holder)


def test_balances_are_read_in_a_batch_pair_by_pair(token: Contract, holder: Account, bob: Account) -> None:
    token.safeTransferFrom(holder, bob, HOUSE, 4, b"", sender=holder)
    found = token.balanceOfBatch([holder, bob, holder, bob], [HOUSE, HOUSE, BARN, BARN])
    assert list(found) == [6, 4, 20, 0]
    assert list(token.balanceOfBatch([], [])) == []


def test_holders_and_ids_of_a_batch_of_balances_must_pair(token: Contract, bob: Account) -> None:
    with refused("ERC1155InvalidArrayLength", 2, 1):
        token.balanceOfBatch([bob], [HOUSE, BARN])
