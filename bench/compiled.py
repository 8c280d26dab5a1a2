"""What the Vyper compiler makes of a source, and how one speaks to it: calls and events by the ABI."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

SELECTOR_LENGTH = 4

Entry = dict[str, Any]
Event = tuple[str, dict[str, Any]]  # name and arguments


@dataclass(frozen=True)
class Compiled:
    """Of one source; the runtime is without its immutables, which follow it on the chain."""

    abi: list[Entry]
    bytecode: bytes
    runtime: bytes


@dataclass(frozen=True)
class Contract:
    """Where a contract is, and what can be said to it. Addresses are texts in small letters."""

    address: str
    abi: list[Entry]

    @cached_property
    def functions(self) -> dict[tuple[str, int], Entry]:
        """By name and number of arguments: optional ones make several functions of a name."""
        entries = (entry for entry in self.abi if entry["type"] == "function")
        return {(entry["name"], len(entry["inputs"])): entry for entry in entries}

    @cached_property
    def selectors(self) -> dict[tuple[str, int], tuple[bytes, list[str], list[str]]]:
        """Selector, argument types and answer types of each function."""
        return {
            called: (selector_of(entry), types_of(entry["inputs"]), types_of(entry["outputs"]))
            for called, entry in self.functions.items()
        }

    @cached_property
    def events(self) -> dict[int, Entry]:
        entries = (entry for entry in self.abi if entry["type"] == "event")
        return {int.from_bytes(keccak(text=signature_of(entry)), "big"): entry for entry in entries}

    def constructed(self, arguments: tuple[Any, ...]) -> bytes:
        """The arguments of the constructor, as they follow the bytecode."""
        inputs = [types_of(entry["inputs"]) for entry in self.abi if entry["type"] == "constructor"]
        return encode(inputs[0], [plain(argument) for argument in arguments]) if inputs else b""

    def calldata(self, function: str, arguments: tuple[Any, ...]) -> bytes:
        selector, inputs, _ = self.selectors[function, len(arguments)]
        return selector + encode(inputs, [plain(argument) for argument in arguments])

    def answer(self, function: str, arguments: tuple[Any, ...], output: bytes) -> Any:
        """One value, or a tuple of several; structs are tuples."""
        _, _, outputs = self.selectors[function, len(arguments)]
        values = decode(outputs, output)
        return values[0] if len(values) == 1 else values

    def event(self, topics: tuple[int, ...], data: bytes) -> Event:
        entry = self.events[topics[0]]
        indexed = [item for item in entry["inputs"] if item["indexed"]]
        others = [item for item in entry["inputs"] if not item["indexed"]]
        words = b"".join(topic.to_bytes(32, "big") for topic in topics[1:])
        values = [*decode(types_of(indexed), words), *decode(types_of(others), data)]
        return entry["name"], {item["name"]: value for item, value in zip(indexed + others, values, strict=True)}


def compiled(root: Path, name: str) -> Compiled:
    """A source below `root`/contracts, by its path there without the suffix."""
    sources = FilesystemInputBundle([root])
    source = sources.load_file(Path("contracts") / f"{name}.vy")
    formats = ["abi", "bytecode", "bytecode_runtime"]
    made = compile_from_file_input(source, input_bundle=sources, output_formats=formats)
    return Compiled(made["abi"], bytes.fromhex(made["bytecode"][2:]), bytes.fromhex(made["bytecode_runtime"][2:]))


def selector_of(entry: Entry) -> bytes:
    return keccak(text=signature_of(entry))[:SELECTOR_LENGTH]


def signature_of(entry: Entry) -> str:
    return f"{entry['name']}({','.join(types_of(entry['inputs']))})"


def types_of(items: Iterable[Entry]) -> list[str]:
    return [type_of(item) for item in items]


def type_of(item: Entry) -> str:
    """A struct as the tuple of its members, as EIP-712's neighbours write it."""
    if not item["type"].startswith("tuple"):
        return str(item["type"])
    return f"({','.join(types_of(item['components']))}){item['type'].removeprefix('tuple')}"


def plain(value: Any) -> Any:
    """A contract where an address is meant."""
    if isinstance(value, Contract):
        return value.address
    return [plain(item) for item in value] if isinstance(value, list) else value
