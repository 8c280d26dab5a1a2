"""EIP-712: what a person signs for vault, marketplace and stablecoin, and the signature."""

from dataclasses import dataclass
from typing import Any

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from bench.compiled import Contract
from bench.evm import CHAIN_ID

DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
TRANSFER = {
    "from_account": "uint256",
    "to_account": "uint256",
    "amount": "uint256",
    "reference": "bytes32",
    "key": "bytes32",
    "deadline": "uint256",
}
ORDER = {
    "owner": "address",
    "property_id": "uint256",
    "side": "uint256",
    "tick": "uint256",
    "quantity": "uint256",
    "order_type": "uint256",
    "minimum_fill": "uint256",
    "max_fills": "uint256",
    "expiry": "uint256",
    "deadline": "uint256",
    "key": "bytes32",
}
PERMIT = {
    "owner": "address",
    "spender": "address",
    "value": "uint256",
    "nonce": "uint256",
    "deadline": "uint256",
}


@dataclass(frozen=True)
class Signature:
    v: int
    r: bytes
    s: bytes

    @property
    def bytes(self) -> bytes:
        return self.r + self.s + bytes([self.v])


def transfer_signature(signer: LocalAccount, vault: Contract, *values: Any) -> Signature:
    """`values` as in TRANSFER."""
    return signed(signer, vault, "Freehold SettlementVault", "Transfer", TRANSFER, values)


def order_signature(signer: LocalAccount, marketplace: Contract, *values: Any) -> Signature:
    """`values` as in ORDER."""
    return signed(signer, marketplace, "Freehold Marketplace", "Order", ORDER, values)


def permit_signature(signer: LocalAccount, dollar: Contract, *values: Any) -> Signature:
    """`values` as in PERMIT."""
    return signed(signer, dollar, "Test Dollar", "Permit", PERMIT, values)


def signed(
    signer: LocalAccount, contract: Contract, domain: str, kind: str, fields: dict[str, str], values: tuple[Any, ...]
) -> Signature:
    content = {
        "types": {"EIP712Domain": DOMAIN, kind: [{"name": name, "type": of} for name, of in fields.items()]},
        "primaryType": kind,
        "domain": {"name": domain, "version": "1", "chainId": CHAIN_ID, "verifyingContract": contract.address},
        "message": dict(zip(fields, values, strict=True)),
    }
    made = signer.sign_message(encode_typed_data(full_message=content))
    return Signature(made.v, made.r.to_bytes(32, "big"), made.s.to_bytes(32, "big"))
