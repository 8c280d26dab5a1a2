"""A contract's refusal in words: its custom errors decoded, with what would be accepted instead."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

ABI = Path(__file__).resolve().parent.parent / "contracts" / "abi"
ABI_FILES = ("SettlementVault", "FractionToken")

SENTENCES = {
    "InsufficientBalance": "The account holds {balance} base units, {needed} are needed. Send less, or deposit first.",
    "NotAccountOwner": "The account belongs to another wallet. Only its owner can move money from it.",
    "InvalidAccount": "Nobody could ever move money out of that account, so it takes none. Check the receiver.",
    "SameAccount": "The money would go to the account that it comes from. Name another receiver.",
    "ZeroAmount": "The amount is zero. Name at least one base unit.",
    "InvalidReceiver": "That address cannot receive money from the vault. Name another receiver.",
    "UnexpectedArrival": "{expected} base units were to arrive, and {received} did: the stablecoin keeps a fee.",
    "StablecoinRefused": "The stablecoin refused to move. Its issuer may have frozen an address.",
    "KeyUsedForAnotherRequest": "This idempotency key was used for another transfer. Take a fresh key.",
    "EnforcedPause": "Deposits are paused just now. Withdrawals and transfers go on.",
    "ERC1155InsufficientBalance": "The wallet holds {balance} free fractions, and {needed} are needed.",
    "FractionsLocked": "{locked} of the wallet's fractions rest in escrow. Cancel an order to free them.",
    "ERC1155InvalidReceiver": "The receiver cannot take fractions.",
    "ERC1155MissingApprovalForAll": "The owner has not approved this wallet to move its fractions.",
}


@dataclass(frozen=True)
class Revert:
    """error: the custom error's name, `Error` for a plain reason, `unknown` for data that we cannot read."""

    error: str
    arguments: dict[str, str]
    sentence: str


def explain(data: str) -> Revert:
    """The revert data of a call (0x text) in words. Never raises."""
    try:
        selector, body = data[:10].lower(), bytes.fromhex(data[10:])
    except ValueError:
        return Revert("unknown", {"data": data[:500]}, "The contract refused without a reason that we know.")
    if selector == "0x08c379a0":
        return Revert("Error", {}, f"The contract refused: {text_of(body)}.")
    entry = errors_by_selector().get(selector)
    if entry is None:
        return Revert("unknown", {"data": data[:500]}, "The contract refused without a reason that we know.")
    try:
        values = decode([item["type"] for item in entry["inputs"]], body)
    except (DecodingError, UnicodeDecodeError):
        return Revert(entry["name"], {"data": data[:500]}, "The contract refused, with malformed details.")
    names = [item["name"] for item in entry["inputs"]]
    arguments = {
        name: "0x" + value.hex() if isinstance(value, bytes) else str(value)
        for name, value in zip(names, values, strict=True)
    }
    words = SENTENCES.get(entry["name"], f"The contract refused with {entry['name']}.")
    return Revert(entry["name"], arguments, words.format(**arguments))


def text_of(body: bytes) -> str:
    try:
        (reason,) = decode(["string"], body)
    except (DecodingError, UnicodeDecodeError):
        return "no readable reason"
    return str(reason)


@cache
def errors_by_selector() -> dict[str, Any]:
    entries = [entry for name in ABI_FILES for entry in json.loads((ABI / f"{name}.json").read_text())]
    errors = [entry for entry in entries if entry["type"] == "error"]
    return {"0x" + keccak(text=signature_of(entry))[:4].hex(): entry for entry in errors}


def signature_of(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
