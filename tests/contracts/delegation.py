"""Accounts that carry the code of a contract (EIP-7702)."""

from eth_account import Account as Signer

from tests.contracts.ape_types import Account, Chain, Contract

SET_CODE_TRANSACTION = 4
DELEGATION = bytes.fromhex("ef0100")


def delegate(chain: Chain, account: Account, code: Contract, payer: Account) -> None:
    """Let `account` carry the code of a contract; `payer` sends the transaction."""
    allowed = {"chainId": chain.chain_id, "address": code.address, "nonce": account.nonce}
    transaction = {
        "type": SET_CODE_TRANSACTION,
        "chainId": chain.chain_id,
        "nonce": payer.nonce,
        "gas": 200_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 0,
        "to": payer.address,
        "authorizationList": [Signer.from_key(account.private_key).sign_authorization(allowed)],
    }
    signed = Signer.from_key(payer.private_key).sign_transaction(transaction)
    chain.provider.web3.eth.send_raw_transaction(signed.raw_transaction)
    assert chain.provider.get_code(account.address) == DELEGATION + bytes.fromhex(code.address[2:])
