"""Values as they come in and go out: addresses by EIP-55, account ids, hashes, amounts as strings."""

import re
from functools import lru_cache
from typing import Annotated, Literal, get_args

from eth_utils.address import to_checksum_address
from pydantic import Field

from api.problems import Problem
from indexer.chain import FRACTIONS_MAX, PROPERTY_ID_MAX, AccountId, Address, main_account_of, order_id_of

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
Side = Literal["bid", "ask"]
OrderType = Literal["good_till_cancelled", "immediate_or_cancel", "fill_or_kill", "post_only", "market"]
RemovalReason = Literal["cancelled", "expired", "self_trade", "not_eligible", "unfilled", "closed"]
SIDES: tuple[Side, ...] = get_args(Side)
ORDER_TYPES: tuple[OrderType, ...] = get_args(OrderType)
REMOVAL_REASONS: tuple[RemovalReason, ...] = get_args(RemovalReason)
"""As the contract counts them: the reasons from 1 on."""

OrderIdOut = Annotated[
    str,
    Field(examples=["1099511627793"], description="a whole number as text: the property's id * 2^40 + the number"),
]
OrderNumberOut = Annotated[int, Field(examples=[17], description="rises with every order of the book")]
TickOut = Annotated[int, Field(examples=[250], description="a price in tick sizes")]
PriceOut = Annotated[str, Field(examples=["2500000"], description="base units of the stablecoin for one fraction")]
RatePpmOut = Annotated[int, Field(examples=[2000], description="parts per million of the value")]


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


def parse_fractions(text: str, name: str) -> int:
    """1 to 2^48 - 1."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= FRACTIONS_MAX):
        raise Problem("invalid-amount", f"{name} is {text[:40]!r}, and fractions are a whole number above 0, as text.")
    return int(text)


def parse_order_id(text: str, name: str) -> int:
    """An order's id, 2^40 + 1 to 2^72 - 1."""
    if not (
        re.fullmatch(r"[0-9]{1,22}", text) and order_id_of(1, 1) <= int(text) < order_id_of(PROPERTY_ID_MAX + 1, 0)
    ):
        raise Problem(
            "invalid-order-id",
            f"{name} is {text[:40]!r}, and an order's id is a whole number as text, as /v1/orders gives it: "
            "the property's id * 2^40 + the order's number.",
        )
    return int(text)


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
