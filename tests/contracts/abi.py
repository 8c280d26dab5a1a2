"""What contracts/abi says of a contract."""

import json
from pathlib import Path
from typing import Any

ABI = Path(__file__).resolve().parents[2] / "contracts" / "abi"


def committed_abi(contract: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((ABI / f"{contract}.json").read_text())
    return entries


def functions_that_change_state(contract: str) -> set[str]:
    """Their names."""
    functions = (entry for entry in committed_abi(contract) if entry["type"] == "function")
    return {entry["name"] for entry in functions if entry["stateMutability"] in ("nonpayable", "payable")}
