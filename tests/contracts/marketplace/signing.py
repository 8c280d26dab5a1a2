"""EIP-712: orders and cancellations as their owners sign them, or as nobody should take them."""

from typing import Any

from eth_account.messages import SignableMessage, encode_typed_data

from bench.compiled import Contract
from bench.evm import CHAIN_ID
from bench.stage import signer
from bench.typed_data import DOMAIN
from tests.contracts.marketplace.market import Order

# The owner, the order's own words, and the key.
ORDER = {
    "owner": "address",
    **dict.fromkeys(Order._fields, "uint256"),
    "key": "bytes32",
}
CANCELLATION = {"order_id": "uint256", "deadline": "uint256"}


def signed_order(who: str, contract: Contract, owner: str, order: Order, key: bytes, **domain: Any) -> bytes:
    """By whoever has this name; `domain` is what differs from the marketplace's own."""
    return signed(who, typed_order(contract, owner, order, key, **domain))


def signed_cancellation(who: str, contract: Contract, order_id: int, deadline: int, **domain: Any) -> bytes:
    return signed(who, typed_cancellation(contract, order_id, deadline, **domain))


def typed_order(contract: Contract, owner: str, order: Order, key: bytes, **domain: Any) -> SignableMessage:
    return typed(contract, "Order", ORDER, (owner, *order, key), domain)


def typed_cancellation(contract: Contract, order_id: int, deadline: int, **domain: Any) -> SignableMessage:
    return typed(contract, "Cancellation", CANCELLATION, (order_id, deadline), domain)


def typed(
    contract: Contract, kind: str, fields: dict[str, str], values: tuple[Any, ...], changes: dict[str, Any]
) -> SignableMessage:
    """`changes` are of the domain; as `kind`, of the primary type."""
    domain = {"name": "Freehold Marketplace", "version": "1", "chainId": CHAIN_ID}
    domain |= {"verifyingContract": contract.address}
    kind = changes.get("kind", kind)
    content = {
        "types": {"EIP712Domain": DOMAIN, kind: [{"name": name, "type": of} for name, of in fields.items()]},
        "primaryType": kind,
        "domain": domain | {name: value for name, value in changes.items() if name != "kind"},
        "message": dict(zip(fields, values, strict=True)),
    }
    return encode_typed_data(full_message=content)


def signed(who: str, message: SignableMessage) -> bytes:
    return bytes(signer(who).sign_message(message).signature)
