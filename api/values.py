"""Values as they come in and go out: addresses by EIP-55, account ids, hashes, amounts as strings."""

import re
from functools import lru_cache
from typing import Annotated

from eth_utils.address import to_checksum_address
from pydantic import Field

from api.problems import Problem
from indexer.chain import AccountId, Address, main_account_of

HEX = re.compile(r"0x[0-9a-fA-F]*")

AddressOut = Annotated[str, Field(examples=["0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"], description="EIP-55")]
AccountOut = Annotated[
    str,
    Field(
        examples=["0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc000000000000000000000001"],
        description="the owner's address, then the account's 96-bit number; number 0 is the main account",
    ),
]
HashOut = Annotated[str, Field(examples=["0x" + 32 * "ab"])]
AmountOut = Annotated[str, Field(examples=["40000000000"], description="base units, a whole number as text")]
FractionsOut = Annotated[str, Field(examples=["12500"], description="whole fractions, as text")]


@lru_cache(maxsize=100_000)
def checksummed(raw: str) -> str:
    """EIP-55, from Postgres' \\x or chain's 0x text."""
    return to_checksum_address("0x" + raw[2:42])


def hexadecimal(raw: str) -> str:
    """0x text from Postgres' \\x."""
    return "0x" + raw[2:]


def parse_address(text: str, name: str) -> Address:
    """Raises Problem where the text is no address, or its capitals are a wrong checksum."""
    if not (HEX.fullmatch(text) and len(text) == 42):
        raise Problem("invalid-address", f"{name} is {text[:80]!r}, and an address is 0x with 40 hexadecimal digits.")
    digits = text[2:]
    right = to_checksum_address(text.lower())
    if digits not in (digits.lower(), digits.upper()) and text != right:
        raise Problem(
            "invalid-address", f"{name} is {text}, whose checksum is wrong: a typing error? It would be {right}."
        )
    return Address(text.lower())


def parse_account(text: str, name: str) -> AccountId:
    """An account id of 32 bytes, or an address, which stands for its main account."""
    if len(text) == 42:
        return main_account_of(parse_address(text, name))
    if not (HEX.fullmatch(text) and len(text) == 66):
        raise Problem(
            "invalid-account",
            f"{name} is {text[:80]!r}, and an account id is 0x with 64 hexadecimal digits: the owner's address, "
            "then the account's number. An address alone stands for its main account.",
        )
    return AccountId(text.lower())


def parse_hash(text: str, name: str) -> str:
    if not (HEX.fullmatch(text) and len(text) == 66):
        raise Problem("invalid-hash", f"{name} is {text[:80]!r}, and a hash is 0x with 64 hexadecimal digits.")
    return text.lower()


def parse_amount(text: str, name: str) -> int:
    """Base units, 1 to 2^256 - 1."""
    if not (re.fullmatch(r"[0-9]{1,78}", text) and 0 < int(text) < 2**256):
        raise Problem(
            "invalid-amount",
            f"{name} is {text[:90]!r}, and an amount is a whole number of base units above 0, as text.",
        )
    return int(text)


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
