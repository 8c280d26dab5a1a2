"""What wallets know by name and type: events and errors of ERC-1155, ERC-6093 and OpenZeppelin, views of ERC-5267."""

from typing import Any

import pytest

from tests.contracts.abi import committed_abi

ACCESS_CONTROL_EVENTS = {
    "RoleGranted(bytes32 indexed,address indexed,address indexed)",
    "RoleRevoked(bytes32 indexed,address indexed,address indexed)",
}
ACCESS_CONTROL_ERRORS = {"AccessControlBadConfirmation()", "AccessControlUnauthorizedAccount(address,bytes32)"}
PAUSABLE_EVENTS = {"Paused(address)", "Unpaused(address)"}
PAUSABLE_ERRORS = {"EnforcedPause()", "ExpectedPause()"}
EVENTS = {
    "FractionToken": ACCESS_CONTROL_EVENTS
    | {
        "ApprovalForAll(address indexed,address indexed,bool)",
        "TransferBatch(address indexed,address indexed,address indexed,uint256[],uint256[])",
        "TransferSingle(address indexed,address indexed,address indexed,uint256,uint256)",
        "URI(string,uint256 indexed)",
    },
    "SettlementVault": ACCESS_CONTROL_EVENTS | PAUSABLE_EVENTS,
    "PrimaryOffering": ACCESS_CONTROL_EVENTS | PAUSABLE_EVENTS,
    "Marketplace": ACCESS_CONTROL_EVENTS,
    "InvestorRegistry": ACCESS_CONTROL_EVENTS,
    "Treasury": ACCESS_CONTROL_EVENTS,
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
    "SettlementVault": ACCESS_CONTROL_ERRORS | PAUSABLE_ERRORS,
    "PrimaryOffering": ACCESS_CONTROL_ERRORS | PAUSABLE_ERRORS,
    "Marketplace": ACCESS_CONTROL_ERRORS,
    "InvestorRegistry": ACCESS_CONTROL_ERRORS,
    "Treasury": ACCESS_CONTROL_ERRORS,
}
ACCESS_CONTROL_FUNCTIONS = {
    "DEFAULT_ADMIN_ROLE()",
    "getRoleAdmin(bytes32)",
    "grantRole(bytes32,address)",
    "hasRole(bytes32,address)",
    "renounceRole(bytes32,address)",
    "revokeRole(bytes32,address)",
}
FUNCTIONS = dict.fromkeys(EVENTS, ACCESS_CONTROL_FUNCTIONS) | {
    "SettlementVault": ACCESS_CONTROL_FUNCTIONS | {"DOMAIN_SEPARATOR()", "eip712Domain()", "paused()"},
    "Marketplace": ACCESS_CONTROL_FUNCTIONS | {"DOMAIN_SEPARATOR()", "eip712Domain()"},
    "PrimaryOffering": ACCESS_CONTROL_FUNCTIONS | {"paused()"},
}


def entries(contract: str, kind: str) -> set[str]:
    """Signatures of one kind of entry of a committed ABI."""
    found = (entry for entry in committed_abi(contract) if entry["type"] == kind)
    return {f"{entry['name']}({','.join(map(argument, entry['inputs']))})" for entry in found}


def argument(item: dict[str, Any]) -> str:
    return f"{item['type']} indexed" if item.get("indexed") else str(item["type"])


@pytest.mark.parametrize("contract", EVENTS)
def test_events_of_the_standards_are_told_as_the_standards_say(contract: str) -> None:
    assert EVENTS[contract] <= entries(contract, "event")


@pytest.mark.parametrize("contract", ERRORS)
def test_errors_of_the_standards_are_raised_as_the_standards_say(contract: str) -> None:
    assert ERRORS[contract] <= entries(contract, "error")


@pytest.mark.parametrize("contract", FUNCTIONS)
def test_functions_of_the_standards_are_called_as_the_standards_say(contract: str) -> None:
    assert FUNCTIONS[contract] <= entries(contract, "function")
