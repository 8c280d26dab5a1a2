"""Typed data (EIP-712) of one flat struct: as a wallet takes it, and the digest that it signs.

Pure. Structs in structs and lists are none of ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from api.prepare.answers import TypedData
from api.values import checksummed

Fields = Mapping[str, str]
"""Name and type of each field, in order."""

DOMAIN: Fields = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


@dataclass(frozen=True)
class Domain:
    """Whom a signature is for."""

    name: str
    version: str
    chain_id: int
    contract: str

    @property
    def values(self) -> list[Any]:
        return [self.name, self.version, self.chain_id, self.contract]

    @property
    def separator(self) -> bytes:
        return struct_hash("EIP712Domain", DOMAIN, self.values)


def struct_hash(name: str, fields: Fields, values: Sequence[Any]) -> bytes:
    described = f"{name}({','.join(f'{kind} {field}' for field, kind in fields.items())})"
    hashed = [keccak(text=value) if isinstance(value, str) and kind == "string" else value
              for kind, value in zip(fields.values(), values, strict=True)]  # fmt: skip
    types = ["bytes32" if kind == "string" else kind for kind in fields.values()]
    return keccak(keccak(text=described) + encode(types, hashed))


def digest_of(domain: Domain, name: str, fields: Fields, values: Sequence[Any]) -> bytes:
    return keccak(b"\x19\x01" + domain.separator + struct_hash(name, fields, values))


def typed_data(domain: Domain, name: str, fields: Fields, values: Sequence[Any]) -> TypedData:
    message = {field: text(kind, value) for (field, kind), value in zip(fields.items(), values, strict=True)}
    named = {**dict(zip(DOMAIN, domain.values, strict=True)), "verifyingContract": checksummed(domain.contract)}
    return TypedData(
        types={"EIP712Domain": described(DOMAIN), name: described(fields)},
        primaryType=name,
        domain=named,
        message=message,
    )


def described(fields: Fields) -> list[dict[str, str]]:
    return [{"name": field, "type": kind} for field, kind in fields.items()]


def text(kind: str, value: Any) -> str:
    if kind == "address":
        return checksummed(value)
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
