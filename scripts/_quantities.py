"""Amounts, times and addresses: as people type them, and as they are told of them."""

import re
from datetime import UTC, datetime
from typing import Any

import click
from eth_utils.address import to_checksum_address

NOBODY = "0x" + 40 * "0"
ADDRESS_TEXT = re.compile(r"0x[0-9a-fA-F]{40}")
PLAIN_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
MAX_AMOUNT = 2**256 - 1
LONGEST_NUMBER = 120


def base_units(text: str, decimals: int, what: str) -> int:
    """Whole units with decimals, as in 1500.25, to base units. Raises BadParameter; nothing is ever rounded."""
    if not PLAIN_NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        raise click.BadParameter(f"{what} is {text[:90]!r}, and an amount is a number such as 1500 or 1500.25")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if len(part) > decimals:
        raise click.BadParameter(f"{what} is {text}, and the stablecoin has {decimals} decimals only")
    amount = int(whole + part.ljust(decimals, "0"))
    if amount > MAX_AMOUNT:
        raise click.BadParameter(f"{what} is {text}, which is more than there can be")
    return amount


def in_units(amount: int, decimals: int, symbol: str) -> str:
    """Base units for people: 1,500.25 TUSD."""
    whole, part = divmod(amount, 10**decimals)
    digits = str(part).zfill(decimals).rstrip("0").ljust(2, "0") if decimals else ""
    return f"{whole:,}{'.' + digits if digits else ''} {symbol}".rstrip()


def in_ether(wei: int) -> str:
    """Wei for people, to the millionth of an ether, rounded up."""
    whole, part = divmod(-(-wei // 10**12), 10**6)
    return f"{whole:,}.{part:06} ether"


def in_gwei(wei: int) -> str:
    """Wei for people, to the thousandth of a gwei, rounded up."""
    whole, part = divmod(-(-wei // 10**6), 10**3)
    return f"{whole:,}.{part:03} gwei"


def checked_address(text: str) -> str:
    """With its checksum. Raises BadParameter where it is none, its checksum is wrong, or it is address 0."""
    if not ADDRESS_TEXT.fullmatch(text):
        raise click.BadParameter(f"{text!r} is no address: an address is 0x with 40 hexadecimal digits")
    right = to_checksum_address(text.lower())
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and text != right:
        raise click.BadParameter(f"the checksum of {text} is wrong: a typing error? It would be {right}")
    if right == NOBODY:
        raise click.BadParameter("address 0 is nobody's")
    return right


def checked_moment(text: str) -> int:
    """Seconds since 1970 of a time of ISO 8601 that names its zone. Raises BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time of ISO 8601, such as 2026-12-01T09:00:00+01:00") from None
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} names no zone: add Z for UTC, or the difference, such as +01:00")
    if moment.microsecond:
        raise click.BadParameter(f"{text!r} has parts of a second, and a block has none")
    if moment.year < 1970:
        raise click.BadParameter(f"{text!r} lies before 1970")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400 + since.seconds


class Address(click.ParamType):
    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        return checked_address(value)


class Moment(click.ParamType):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ARG002
        return value if isinstance(value, int) else checked_moment(value)


ADDRESS = Address()
MOMENT = Moment()
PROPERTY_ID = click.IntRange(1, 2**32 - 1)
FRACTIONS = click.IntRange(1, 2**48 - 1)
