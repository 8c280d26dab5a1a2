"""setApprovalForAll: a holder names who may move all that is hers."""

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import NOBODY
from tests.contracts.refusals import refused


def test_nobody_is_approved_at_first(token: Contract, alice: Account, bob: Account) -> None:
    assert not token.isApprovedForAll(alice, bob)
    assert not token.isApprovedForAll(alice, alice)


def test_an_approval_is_of_one_holder_for_one_operator(
    token: Contract, alice: Account, bob: Account, carol: Account
) -> None:
    token.setApprovalForAll(bob, True, sender=alice)
    assert token.isApprovedForAll(alice, bob)
    assert not token.isApprovedForAll(bob, alice)
    assert not token.isApprovedForAll(alice, carol)
    assert not token.isApprovedForAll(carol, bob)


@pytest.mark.parametrize("approved", [True, False])
def test_each_approval_is_told_whether_or_not_it_changes_anything(
    token: Contract, alice: Account, bob: Account, approved: bool
) -> None:
    told = ("ApprovalForAll", {"owner": alice.address, "operator": bob.address, "approved": approved})
    for _ in range(2):
        assert events_of(token.setApprovalForAll(bob, approved, sender=alice), token) == [told]
        assert token.isApprovedForAll(alice, bob) is approved


def test_nobody_cannot_be_approved(token: Contract, alice: Account) -> None:
    with refused("ERC1155InvalidOperator", NOBODY):
        token.setApprovalForAll(NOBODY, True, sender=alice)
