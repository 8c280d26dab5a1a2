"""The contracts of the simulation: where they stand, and their events as logs, written by the ABI alone.

Shares nothing with the indexer's decoders: what is encoded here is what the ABI files say.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from eth_utils.crypto import keccak

from indexer.deployment import Contract, Contracts, Deployment, Parameters, Stablecoin

ABI = Path(__file__).resolve().parents[2] / "contracts" / "abi"
CHAIN_ID = 4711
START = 1
"""The first block that may hold logs of ours."""


def made_up_address(name: str) -> str:
    return "0x" + keccak(text=name)[:20].hex()


VAULT, TOKEN, MARKET, OFFERING, REGISTRY, TREASURY = (
    made_up_address(name) for name in ("vault", "token", "marketplace", "offering", "registry", "treasury")
)
ADMIN, ISSUER = made_up_address("admin"), made_up_address("issuer")
PEOPLE = [made_up_address(f"person {number}") for number in range(7)]
FILES = {
    VAULT: "SettlementVault",
    TOKEN: "FractionToken",
    MARKET: "Marketplace",
    OFFERING: "PrimaryOffering",
    REGISTRY: "InvestorRegistry",
    TREASURY: "Treasury",
}


class RawLog(NamedTuple):
    """A log before it has a place."""

    address: str
    topics: list[str]
    data: str


def code_of(address: str) -> bytes:
    """The runtime code that a node says is there."""
    return bytes.fromhex(address[2:])


def deployment_on(genesis_hash: str) -> Deployment:
    """A manifest of these contracts on the chain that begins with this block."""

    def contract(address: str) -> Contract:
        return Contract(address, "0x" + keccak(code_of(address)).hex())

    stablecoin = Stablecoin(made_up_address("dollar"), "0x" + 64 * "0")
    lens = contract(made_up_address("lens"))
    vault, token, market, offering, registry, treasury = map(contract, FILES)
    contracts = Contracts(stablecoin, vault, token, market, offering, registry, treasury, lens)
    parameters = Parameters(rent_notice=3600, daily_limit="1000", fee_receiver=ADMIN)
    return Deployment(CHAIN_ID, genesis_hash, START, "none", ADMIN, contracts, parameters)


def event_shapes() -> dict[tuple[str, str], tuple[str, list[dict[str, Any]]]]:
    """By contract and name of the event: its topic, and its inputs."""
    shapes = {}
    for address, file in FILES.items():
        for entry in json.loads((ABI / f"{file}.json").read_text()):
            if entry["type"] == "event":
                types = ",".join(part["type"] for part in entry["inputs"])
                topic = "0x" + keccak(text=f"{entry['name']}({types})").hex()
                shapes[address, entry["name"]] = topic, entry["inputs"]
    return shapes


SHAPES = event_shapes()


def as_log(contract: str, name: str, args: dict[str, Any]) -> RawLog:
    """An event as its contract would log it. Texts are bytes, which need not be UTF-8."""
    topic, inputs = SHAPES[contract, name]
    topics, heads, tails = [topic], list[str | None](), list[str]()
    for part in inputs:
        value, kind = args[part["name"]], part["type"]
        if part["indexed"]:
            topics.append("0x" + word(kind, value))
        elif kind in ("string", "uint256[]"):
            heads.append(None)
            tails.append(tail(kind, value))
        else:
            heads.append(word(kind, value))
    return RawLog(contract, topics, "0x" + laid_out(heads, tails))


def laid_out(heads: list[str | None], tails: list[str]) -> str:
    """Words, and behind them what they point at."""
    offset, found, rest = 32 * len(heads), "", iter(tails)
    for head in heads:
        if head is None:
            found += f"{offset:064x}"
            offset += len(next(rest)) // 2
        else:
            found += head
    return found + "".join(tails)


def word(kind: str, value: Any) -> str:
    if kind == "address":
        return 24 * "0" + str(value)[2:]
    if kind == "bytes32":
        return bytes(value).hex()
    return f"{int(value):064x}"


def tail(kind: str, value: Any) -> str:
    if kind == "string":
        padded = value + bytes(-len(value) % 32)
        return f"{len(value):064x}{padded.hex()}"
    return f"{len(value):064x}" + "".join(f"{item:064x}" for item in value)
