"""What a check is: rows that we derived, the view of a contract that says the same, and how they are compared. Pure.

Where we have no row of a thing, a view is right that says nothing too: zeros, a revert, or no contract there yet.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from eth_abi.abi import decode, encode

from indexer.chain import Address, BlockNumber
from indexer.keccak import keccak

Row = Mapping[str, Any]
Key = Mapping[str, Any]
"""The columns that name a thing, with their values."""
Answer = tuple[Any, ...] | None
"""What a view answered; None where it said nothing."""


class Past(Protocol):
    """What we derived, as of a block."""

    @property
    def number(self) -> BlockNumber: ...

    @property
    def addresses(self) -> Mapping[str, Address]:
        """Of every contract, by its name in the manifest."""

    def rows(self, select: sa.Select[Any], key: Key | None) -> Iterator[Row]:
        """Of one thing, or of all; of so many drawn by lot where only a sample is wanted."""

    def all_of(self, select: sa.Select[Any], **values: Any) -> list[Row]:
        """All that there are, of a few. values: of the select's parameters."""


class Fact(NamedTuple):
    """A value of ours that stands at a path in what a view answers."""

    name: str
    path: Sequence[int]
    ours: Callable[[Row], Any]
    at_least: bool = False
    """Whether the chain's may be more."""

    def is_right(self, row: Row | None, answer: Answer) -> bool:
        ours, chain = self.values(row, answer)
        if row is None or answer is None:
            return is_nothing(ours) and is_nothing(chain)
        return bool(ours <= chain if self.at_least else ours == chain)

    def values(self, row: Row | None, answer: Answer) -> tuple[Any, Any]:
        """Ours and the chain's, in the same form."""
        chain: Any = answer
        for index in self.path if answer is not None else ():
            chain = chain[index]
        return plain(None if row is None else self.ours(row)), plain(chain)


@dataclass(frozen=True)
class View:
    """A function of a contract of the manifest. Texts are taken as the bytes that they are."""

    contract: str
    signature: str
    returns: Sequence[str]

    @property
    def takes(self) -> list[str]:
        return [name for name in self.signature.partition("(")[2].rstrip(")").split(",") if name]

    @cached_property
    def selector(self) -> bytes:
        return keccak(self.signature.encode())[:4]

    def calldata(self, arguments: Sequence[Any]) -> str:
        types = [name.replace("string", "bytes") for name in self.takes]
        return "0x" + (self.selector + encode(types, arguments)).hex()

    def answer(self, data: str | None) -> Answer:
        """Where there is no contract yet, the node answers with no bytes."""
        if data is None or data == "0x":
            return None
        return decode([name.replace("string", "bytes") for name in self.returns], bytes.fromhex(data[2:]))


@dataclass(frozen=True)
class Check:
    """Rows of ours, each with the call that says the same, and what must be equal."""

    name: str
    view: View
    key: Sequence[str]
    rows: Callable[[Past, Key | None], Iterable[Row]]
    arguments: Callable[[Row], Sequence[Any]]
    facts: Sequence[Fact]
    contract_column: str | None = None
    """Which column names the contract, where it is another for each row."""
    together: int = 1
    """How many rows one call takes, as arrays of their arguments."""

    def call(self, rows: Sequence[Row], addresses: Mapping[str, Address]) -> tuple[Address, str]:
        """The contract and the calldata for as many rows as are asked together."""
        column = self.contract_column
        contract = Address(plain(rows[0][column])) if column else addresses[self.view.contract]
        each = [self.arguments(row) for row in rows]
        return contract, self.view.calldata(each[0] if self.together == 1 else list(zip(*each, strict=True)))

    def answers(self, data: str | None, count: int) -> list[Answer]:
        """The answer for each row of a call."""
        answer = self.view.answer(data)
        if self.together == 1 or answer is None:
            return count * [answer]
        return [(value,) for value in answer[0]]

    def key_of(self, row: Row) -> Key:
        return {name: row[name] for name in self.key}


def selected(select: Callable[[BlockNumber], sa.Select[Any]]) -> Callable[[Past, Key | None], Iterable[Row]]:
    """The rows of a select as of the block."""
    return lambda past, key: past.rows(select(past.number), key)


def column(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def columns(*names: str) -> Callable[[Row], Sequence[Any]]:
    return lambda row: [row[name] for name in names]


def plain(value: Any) -> Any:
    """Bytes as hex, numbers whole, tuples as lists: so that ours and the chain's can be compared and written down."""
    if isinstance(value, bytes | memoryview):
        return "0x" + bytes(value).hex()
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def is_nothing(value: Any) -> bool:
    """Zeros of every kind."""
    if isinstance(value, list):
        return all(map(is_nothing, value))
    return not value.removeprefix("0x").strip("0") if isinstance(value, str) else not value


def in_words(value: Any) -> str:
    """As a person reads it, and as no reader of JSON loses digits of it."""
    return value if isinstance(value, str) else json.dumps(value)
