"""Why a contract refused: its custom error by name and arguments, read from the revert data.

The errors are those of contracts/abi, because Vyper 0.4.3 puts none into what ape knows.
"""

import ast
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ape.exceptions import ContractLogicError
from eth_abi.abi import decode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

ABI = Path(__file__).resolve().parents[2] / "contracts" / "abi"
EVM_REVERT = "execution reverted: "
SELECTOR_LENGTH = 4


class Refusal(Exception):
    """Equal to another of the same error and arguments; without a name, a revert that gives no data."""

    def __init__(self, error: str = "", *arguments: object) -> None:
        super().__init__(error, *arguments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refusal) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


@contextmanager
def refused(error: str, *arguments: object) -> Iterator[None]:
    """Demands that the block is refused with this error and these arguments; a reason is an Error(string)."""
    with refused_as(Refusal(error, *arguments)):
        yield


@contextmanager
def refused_silently() -> Iterator[None]:
    """Demands a revert without data: checked arithmetic, a refused ABI decoding, a taken lock."""
    with refused_as(Refusal()):
        yield


@contextmanager
def refused_as(refusal: Refusal) -> Iterator[None]:
    with pytest.raises(ContractLogicError) as caught:
        yield
    assert refusal_of(caught.value) == refusal


def refusal_of(error: ContractLogicError) -> Refusal:
    data = revert_data(error)
    return Refusal("Error", data) if isinstance(data, str) else decoded(data)


def revert_data(error: ContractLogicError) -> bytes | str:
    """eth-tester gives the text of an Error(string), and all other data as Python would write it."""
    said = str(error.base_err).removeprefix(EVM_REVERT)
    if not said.startswith(("b'", 'b"')):
        return said
    data: bytes = ast.literal_eval(said)
    return data


def decoded(data: bytes) -> Refusal:
    if not data:
        return Refusal()
    name, types = declared_errors()[data[:SELECTOR_LENGTH]]
    values = decode(types, data[SELECTOR_LENGTH:])
    return Refusal(name, *(readable(kind, value) for kind, value in zip(types, values, strict=True)))


def readable(kind: str, value: Any) -> object:
    return to_checksum_address(value) if kind == "address" else value


def declared_errors() -> dict[bytes, tuple[str, list[str]]]:
    """Name and argument types of every error in contracts/abi, by selector."""
    entries = [entry for path in ABI.glob("*.json") for entry in json.loads(path.read_text())]
    errors = [(entry["name"], [item["type"] for item in entry["inputs"]]) for entry in entries if is_error(entry)]
    return {selector_of(name, types): (name, types) for name, types in errors}


def is_error(entry: dict[str, Any]) -> bool:
    return bool(entry["type"] == "error")


def selector_of(name: str, types: list[str]) -> bytes:
    return keccak(text=f"{name}({','.join(types)})")[:SELECTOR_LENGTH]
