"""Requests of the vault's owners: their ids, their answers, and their signatures as wallets make them.

The typed data of EIP-712 is put together here and hashed by eth-account: nothing is asked of the vault.
"""

from typing import Any, TypeAlias

from eth_abi.abi import encode
from eth_account import Account as Signer
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.ledger import TRANSFER

BATCH = 4
HOUR = 3600
# From account, to account, amount, reference, key; signed ones have a deadline besides.
Request: TypeAlias = tuple[int, int, int, bytes, bytes]
SignedRequest: TypeAlias = tuple[int, int, int, bytes, bytes, int]
TypedData: TypeAlias = dict[str, Any]

DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
TRANSFER_FIELDS = [
    {"name": "from_account", "type": "uint256"},
    {"name": "to_account", "type": "uint256"},
    {"name": "amount", "type": "uint256"},
    {"name": "reference", "type": "bytes32"},
    {"name": "key", "type": "bytes32"},
    {"name": "deadline", "type": "uint256"},
]
PERMIT_FIELDS = [
    {"name": "owner", "type": "address"},
    {"name": "spender", "type": "address"},
    {"name": "value", "type": "uint256"},
    {"name": "nonce", "type": "uint256"},
    {"name": "deadline", "type": "uint256"},
]


def request_id(owner: Any, key: bytes, kind: int = TRANSFER) -> bytes:
    return keccak(encode(["address", "uint8", "bytes32"], [owner.address, kind, key]))


def requested(function: Any, *request: Any, sender: Account, **options: Any) -> tuple[tuple[bytes, bool], Receipt]:
    """What a request answers, and its receipt. On eth-tester a transaction's own return value cannot be read."""
    answer = function.call(*request, sender=sender)
    receipt = function(*request, sender=sender, **options)
    return (bytes(answer[0]), bool(answer[1])), receipt


def typed_transfer(
    vault: Contract, chain_id: int, request: SignedRequest, primary_type: str = "Transfer", **domain: Any
) -> TypedData:
    """The typed data of a transfer; what is named differs from what the vault expects."""
    names = (field["name"] for field in TRANSFER_FIELDS)
    return typed_data(
        {"name": "Freehold SettlementVault", **domain_of(vault, chain_id), **domain},
        primary_type,
        TRANSFER_FIELDS,
        dict(zip(names, request, strict=True)),
    )


def typed_permit(coin: Contract, chain_id: int, permit: dict[str, Any]) -> TypedData:
    return typed_data({"name": "Test Dollar", **domain_of(coin, chain_id)}, "Permit", PERMIT_FIELDS, permit)


def domain_of(contract: Contract, chain_id: int) -> dict[str, Any]:
    return {"version": "1", "chainId": chain_id, "verifyingContract": contract.address}


def typed_data(
    domain: dict[str, Any], primary_type: str, fields: list[dict[str, str]], message: dict[str, Any]
) -> TypedData:
    types = {"EIP712Domain": DOMAIN, primary_type: fields}
    return {"types": types, "domain": domain, "primaryType": primary_type, "message": message}


def signed(data: TypedData, signer: Account) -> bytes:
    """r, s and v in 65 bytes."""
    return bytes(Signer.sign_message(encode_typed_data(full_message=data), signer.private_key).signature)


def digest_of(data: TypedData, signer: Account) -> bytes:
    """What is signed; any key serves to have eth-account say it."""
    return bytes(Signer.sign_message(encode_typed_data(full_message=data), signer.private_key).message_hash)


def recovered(data: TypedData, signature: bytes) -> str:
    return str(Signer.recover_message(encode_typed_data(full_message=data), signature=signature))
