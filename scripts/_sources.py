"""The contracts compiled from their sources, and the code that a constructor leaves at an address."""

import contextlib
import hashlib
import os
from functools import cache
from typing import Any

import click
import msgspec
import vyper
from eth_abi.abi import encode
from vyper.cli.vyper_compile import compile_files
from vyper.exceptions import VyperException
from web3 import Web3
from web3.exceptions import ContractLogicError
from web3.types import StateOverride

from scripts._contracts import NODE_TROUBLE, SOURCES
from scripts._manifest import ROOT

COMPILER = f"vyper {vyper.__version__}"
KEPT = ROOT / ".build" / "compiled.json"
FOLDERS = {"TestDollar": "contracts/testing"}


class Compiled(msgspec.Struct, frozen=True):
    """creation: the code that runs the constructor. runtime: what it leaves, without immutables at its end."""

    creation: bytes
    runtime: bytes
    constructor_types: tuple[str, ...]

    def creation_with(self, arguments: tuple[Any, ...]) -> bytes:
        return self.creation + encode(self.constructor_types, arguments)


class Kept(msgspec.Struct, frozen=True):
    """What was compiled of the sources that have this digest."""

    digest: str
    compiled: dict[str, Compiled]


@cache
def compiled(name: str) -> Compiled:
    """A contract by its name in the manifest, as its sources are now. Raises ClickException where they do not compile.

    What was compiled is kept in .build for as long as no source changes, modules included; ape's own cache looks at
    a contract's file alone.
    """
    digest = digest_of_sources()
    known = kept(digest)
    if name not in known:
        known[name] = compile_source(name)
        keep(digest, known)
    return known[name]


def compile_source(name: str) -> Compiled:
    source = SOURCES[name]
    path = f"{FOLDERS.get(source, 'contracts')}/{source}.vy"
    try:
        (found,) = compile_files([str(ROOT / path)], ["bytecode", "bytecode_runtime", "abi"], [str(ROOT)]).values()
    except (VyperException, OSError) as error:
        raise click.ClickException(f"{path} does not compile: {error}") from error
    constructors = [entry for entry in found["abi"] if entry["type"] == "constructor"]
    types = tuple(part["type"] for entry in constructors for part in entry["inputs"])
    return Compiled(bytes.fromhex(found["bytecode"][2:]), bytes.fromhex(found["bytecode_runtime"][2:]), types)


def digest_of_sources() -> str:
    """Changes with the compiler and with every byte of every source."""
    digest = hashlib.sha256(COMPILER.encode())
    for path in sorted((ROOT / "contracts").rglob("*.vy")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def kept(digest: str) -> dict[str, Compiled]:
    try:
        found = msgspec.json.decode(KEPT.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return {}
    return found.compiled if found.digest == digest else {}


def keep(digest: str, known: dict[str, Compiled]) -> None:
    """A checkout that cannot be written to compiles again the next time."""
    partial = KEPT.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        KEPT.parent.mkdir(exist_ok=True)
        partial.write_bytes(msgspec.json.encode(Kept(digest, known)))
        partial.replace(KEPT)


def runtime_code(web3: Web3, name: str, address: str, arguments: tuple[Any, ...]) -> bytes | None:
    """The code that the source's constructor, with these arguments, would leave at an address, immutables included.

    The node runs the constructor there, in a call that changes nothing. None where the constructor reverts.
    Raises ClickException where the node cannot run it.
    """
    place = Web3.to_checksum_address(address)
    override: StateOverride = {place: {"code": Web3.to_hex(compiled(name).creation_with(arguments))}}
    try:
        return bytes(web3.eth.call({"to": place}, "latest", override))
    except ContractLogicError:
        return None
    except NODE_TROUBLE as error:
        raise click.ClickException(f"the node cannot run the constructor of {SOURCES[name]}: {error}") from error
