"""What the bodies of the actions are made of: every field bounded, with an example, and how each is read."""

import secrets
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.problems import Problem
from api.values import HEX, parse_amount, parse_hash, raw
from indexer.chain import PROPERTY_ID_MAX

TIME_MAX = 2**40 - 1
SIGNATURE_BYTES_MAX = 1024
SIGNATURE_BYTES = 65

AddressIn = Annotated[str, Field(max_length=66, examples=["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"])]
AccountIn = Annotated[
    str,
    Field(
        max_length=66,
        examples=["0x90F79bf6EB2c4f870365E785982E1f101E93b906"],
        description="account id, or address for its main account",
    ),
]
AmountIn = Annotated[str, Field(max_length=90, examples=["1500000"], description="base units, as text")]
FractionsIn = Annotated[str, Field(max_length=20, examples=["10"], description="whole fractions, as text")]
ReferenceIn = Annotated[
    str,
    Field(
        max_length=66,
        examples=["invoice 4711"],
        description="up to 32 bytes of text, or 0x with 64 hexadecimal digits",
    ),
]
HashIn = Annotated[str, Field(max_length=66, examples=["0x" + 32 * "ab"])]
KeyIn = Annotated[
    str | None,
    Field(max_length=66, examples=[None], description="idempotency key of 32 bytes; a fresh one if none is named"),
]
SignatureIn = Annotated[
    str | None,
    Field(max_length=2 + 2 * SIGNATURE_BYTES_MAX, examples=[None], description="of the typed data, as 0x text"),
]
WantedSignature = Annotated[
    str,
    Field(max_length=2 + 2 * SIGNATURE_BYTES_MAX, examples=["0x" + 65 * "ab"], description="of the typed data"),
]
OrderIdIn = Annotated[str, Field(max_length=40, examples=["1099511627793"], description="of /v1/orders, as text")]
TimeIn = Annotated[int, Field(ge=0, le=TIME_MAX, examples=[1790000000], description="seconds since 1970")]
PropertyIn = Annotated[int, Field(ge=1, le=PROPERTY_ID_MAX, examples=[1])]
UriIn = Annotated[
    str, Field(max_length=256, examples=["ipfs://bafy"], description="where it is published; up to 256 bytes")
]


class Body(BaseModel):
    """What every action is told: who will sign and send it."""

    model_config = ConfigDict(extra="forbid")
    sender: AddressIn


class PropertyBody(Body):
    property_id: PropertyIn


def parse_units(text: str, name: str) -> int:
    """Base units, where 0 is one of them."""
    return 0 if text == "0" else parse_amount(text, name)


def parse_reference(text: str) -> bytes:
    if text.startswith("0x") and len(text) == 66:
        return raw(parse_hash(text, "reference"))
    return parse_text(text, "reference", 32, "Shorten it, or send a hash.").encode().ljust(32, b"\0")


def parse_text(text: str, name: str, bytes_max: int, advice: str = "Shorten it.") -> str:
    count = len(text.encode())
    if count > bytes_max:
        raise Problem("invalid-request", f"The {name} has {count} bytes, and {bytes_max} fit. {advice}")
    return text


def parse_key(text: str | None) -> bytes:
    return secrets.token_bytes(32) if text is None else raw(parse_hash(text, "key"))


def parse_signature(text: str) -> bytes:
    """Whatever bytes a wallet gave: a contract's may be of any form."""
    if not (HEX.fullmatch(text) and len(text) % 2 == 0):
        raise Problem("invalid-request", "The signature is 0x and an even number of hexadecimal digits.")
    return raw(text)


def parse_ecdsa(text: str) -> tuple[int, bytes, bytes]:
    """(v, r, s) of a key's signature of 65 bytes."""
    signature = parse_signature(text)
    if len(signature) != SIGNATURE_BYTES:
        raise Problem("invalid-request", f"The signature has {len(signature)} bytes, and one of a key has 65.")
    last = signature[64]
    return last + 27 if last < 2 else last, signature[:32], signature[32:64]
