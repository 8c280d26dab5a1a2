"""An account whose code is delegated (EIP-7702) is asked like any contract, and stays master of what it has."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.delegation import delegate as delegate_to
from tests.contracts.fraction_token.conftest import HOUSE, Allot
from tests.contracts.refusals import refused

Delegate = Callable[[Account, Contract], None]


@pytest.fixture
def delegate(chain: Chain, carol: Account) -> Delegate:
    """Let an account carry the code of a contract. carol sends the transaction."""
    return lambda account, code: delegate_to(chain, account, code, payer=carol)


def test_a_delegated_account_that_accepts_is_asked_and_receives(
    token: Contract, alice: Account, bob: Account, hostile_receiver: Contract, allot: Allot, delegate: Delegate
) -> None:
    allot(alice, 10)
    delegate(bob, hostile_receiver)
    receipt = token.safeTransferFrom(alice, bob, HOUSE, 3, b"", sender=alice)
    assert [log["address"] for log in receipt.logs] == [token.address, bob.address]
    assert token.balanceOf(bob, HOUSE) == 3


def test_a_delegated_account_that_cannot_answer_receives_nothing(
    token: Contract, alice: Account, bob: Account, dollar: Contract, allot: Allot, delegate: Delegate
) -> None:
    allot(alice, 10)
    delegate(bob, dollar)
    with refused("ERC1155InvalidReceiver", bob.address):
        token.safeTransferFrom(alice, bob, HOUSE, 3, b"", sender=alice)


def test_a_delegated_account_that_cannot_answer_still_sends_what_it_has(
    token: Contract, alice: Account, bob: Account, dollar: Contract, allot: Allot, delegate: Delegate
) -> None:
    allot(bob, 10)
    delegate(bob, dollar)
    token.safeTransferFrom(bob, alice, HOUSE, 10, b"", sender=bob)
    assert token.balanceOf(alice, HOUSE) == 10
