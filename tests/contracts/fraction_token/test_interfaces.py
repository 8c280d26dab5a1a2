"""supportsInterface: what ERC-165 lets others ask."""

import json
from functools import reduce
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Contract

ABI = Path(__file__).resolve().parents[3] / "contracts" / "abi" / "FractionToken.json"
INTERFACES = {
    "ERC-165": ["supportsInterface(bytes4)"],
    "ERC-1155": [
        "balanceOf(address,uint256)",
        "balanceOfBatch(address[],uint256[])",
        "isApprovedForAll(address,address)",
        "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
        "safeTransferFrom(address,address,uint256,uint256,bytes)",
        "setApprovalForAll(address,bool)",
    ],
    "ERC-1155 metadata": ["uri(uint256)"],
    "AccessControl": [
        "getRoleAdmin(bytes32)",
        "grantRole(bytes32,address)",
        "hasRole(bytes32,address)",
        "renounceRole(bytes32,address)",
        "revokeRole(bytes32,address)",
    ],
}


def interface_id(signatures: list[str]) -> bytes:
    """Of ERC-165: the exclusive or of all selectors."""
    selectors = (int.from_bytes(keccak(text=signature)[:4], "big") for signature in signatures)
    return reduce(int.__xor__, selectors).to_bytes(4, "big")


def signatures_of_the_abi() -> set[str]:
    functions = (entry for entry in json.loads(ABI.read_text()) if entry["type"] == "function")
    return {f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})" for entry in functions}


@pytest.mark.parametrize("name", INTERFACES)
def test_the_token_says_that_it_supports_what_it_has(token: Contract, name: str) -> None:
    assert token.supportsInterface(interface_id(INTERFACES[name]))
    assert set(INTERFACES[name]) <= signatures_of_the_abi()


@pytest.mark.parametrize("other", ["ffffffff", "00000000", "80ac58cd", "36372b07", "4e2312e0"])
def test_the_token_denies_all_else(token: Contract, other: str) -> None:
    """Nothing, everything, ERC-721, ERC-20, and being a receiver."""
    assert not token.supportsInterface(bytes.fromhex(other))
