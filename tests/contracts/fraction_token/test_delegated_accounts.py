"""An account whose code is delegated (EIP-7702) is asked like any contract, and stays master of what it has."""

from collections.abc import Callable

import pytest
from eth_account import Account as Signer

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.fraction_token.conftest import HOUSE, Allot
from tests.contracts.refusals import refused

SET_CODE_TRANSACTION = 4
DELEGATION = bytes.fromhex("ef0100")

Delegate = Callable[[Account, Contract], None]


@pytest.fixture
def delegate(chain: Chain, carol: Account) -> Delegate:
    """Let an account carry the code of a contract. carol sends the transaction."""

    def delegated(account: Account, code: Contract) -> None:
        allowed = {"chainId": chain.chain_id, "address": code.address, "nonce": account.nonce}
        transaction = {
            "type": SET_CODE_TRANSACTION,
            "chainId": chain.chain_id,
            "nonce": carol.nonce,
            "gas": 200_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 0,
            "to": carol.address,
            "authorizationList": [Signer.from_key(account.private_key).sign_authorization(allowed)],
        }
        signed = Signer.from_key(carol.private_key).sign_transaction(transaction)
        chain.provider.web3.eth.send_raw_transaction(signed.raw_transaction)
        assert chain.provider.get_code(account.address) == DELEGATION + bytes.fromhex(code.address[2:])

    return delegated


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
