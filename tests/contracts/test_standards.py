"""Events and errors that wallets know: ERC-1155, ERC-6093 and OpenZeppelin, by their names and types."""

import json
from pathlib import Path
from typing import Any

import pytest

ABI = Path(__file__).resolve().parents[2] / "contracts" / "abi"

ACCESS_CONTROL_EVENTS = {
    "RoleGranted(bytes32 indexed,address indexed,address indexed)",
    "RoleRevoked(bytes32 indexed,address indexed,address indexed)",
}
ACCESS_CONTROL_ERRORS = {"AccessControlBadConfirmation()", "AccessControlUnauthorizedAccount(address,bytes32)"}
EVENTS = {
    "FractionToken": ACCESS_CONTROL_EVENTS
    | {
        "ApprovalForAll(address indexed,address indexed,bool)",
        "TransferBatch(address indexed,address indexed,address indexed,uint256[],uint256[])",
        "TransferSingle(address indexed,address indexed,address indexed,uint256,uint256)",
        "URI(string,uint256 indexed)",
    },
    "SettlementVault": ACCESS_CONTROL_EVENTS | {"Paused(address)", "Unpaused(address)"},
}
ERRORS = {
    "FractionToken": ACCESS_CONTROL_ERRORS
    | {
        "ERC1155InsufficientBalance(address,uint256,uint256,uint256)",
        "ERC1155InvalidArrayLength(uint256,uint256)",
        "ERC1155InvalidOperator(address)",
        "ERC1155InvalidReceiver(address)",
        "ERC1155InvalidSender(address)",
        "ERC1155MissingApprovalForAll(address,address)",
    },
    "SettlementVault": ACCESS_CONTROL_ERRORS | {"EnforcedPause()", "ExpectedPause()"},
}


def entries(contract: str, kind: str) -> set[str]:
    """Signatures of one kind of entry of a committed ABI."""
    abi: list[dict[str, Any]] = json.loads((ABI / f"{contract}.json").read_text())
    return {f"{entry['name']}({','.join(map(argument, entry['inputs']))})" for entry in abi if entry["type"] == kind}


def argument(item: dict[str, Any]) -> str:
    return f"{item['type']} indexed" if item.get("indexed") else str(item["type"])


@pytest.mark.parametrize("contract", EVENTS)
def test_events_of_the_standards_are_told_as_the_standards_say(contract: str) -> None:
    assert EVENTS[contract] <= entries(contract, "event")


@pytest.mark.parametrize("contract", ERRORS)
def test_errors_of_the_standards_are_raised_as_the_standards_say(contract: str) -> None:
    assert ERRORS[contract] <= entries(contract, "error")
