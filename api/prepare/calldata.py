"""Calls of our contracts and of the stablecoin as bytes, by their ABIs, and their arguments for people to read.

Pure: values in, values out.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from api.prepare.answers import Argument
from api.values import checksummed

ABI = Path(__file__).resolve().parent.parent.parent / "contracts" / "abi"
COIN = "TestDollar"
"""Its ABI is that of any ERC-20 with EIP-2612."""

Entry = dict[str, Any]


@cache
def abi_of(contract: str) -> list[Entry]:
    found: list[Entry] = json.loads((ABI / f"{contract}.json").read_text())
    return found


def function_of(contract: str, name: str, count: int) -> Entry:
    """The ABI's entry of a function with so many arguments: those with defaults have one for each count."""
    named = (entry for entry in abi_of(contract) if entry["type"] == "function" and entry["name"] == name)
    return next(entry for entry in named if len(entry["inputs"]) == count)


def type_of(part: Entry) -> str:
    """The canonical type: a struct as its tuple."""
    kind: str = part["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(type_of(inner) for inner in part['components'])}){kind.removeprefix('tuple')}"


def signature_of(entry: Entry) -> str:
    return f"{entry['name']}({','.join(type_of(part) for part in entry['inputs'])})"


def encoded(entry: Entry, values: Sequence[Any]) -> str:
    """Calldata as 0x text."""
    types = [type_of(part) for part in entry["inputs"]]
    return "0x" + (keccak(text=signature_of(entry))[:4] + encode(types, values)).hex()


def decoded(entry: Entry, data: bytes) -> tuple[Any, ...] | None:
    """What a function returned; None where that is not what its ABI says."""
    try:
        return decode([type_of(part) for part in entry["outputs"]], data)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None


def arguments_of(entry: Entry, values: Sequence[Any]) -> list[Argument]:
    """Every leaf with its path, its type and its value as text."""
    pairs = zip(entry["inputs"], values, strict=True)
    return [argument for part, value in pairs for argument in leaves(part, part["name"], value)]


def leaves(part: Entry, path: str, value: Any) -> Iterator[Argument]:
    kind: str = part["type"]
    if kind.endswith("]"):
        inner = {**part, "type": kind[: kind.rindex("[")]}
        for index, item in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]", item)
    elif kind == "tuple":
        for component, item in zip(part["components"], value, strict=True):
            yield from leaves(component, f"{path}.{component['name']}", item)
    else:
        yield Argument(name=path, type=kind, value=text_of(path, kind, value))


def text_of(path: str, kind: str, value: Any) -> str:
    if kind == "address":
        return checksummed(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return f"0x{value:064x}" if path.endswith("account") else str(value)
