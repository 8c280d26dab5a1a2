"""Where the contracts keep what somebody has, and how the words there read. Pure.

Slots are the compiler's, in contracts/layout.json; how words are packed stands in the contracts' modules.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from api.state_proof import key_of

LAYOUT = json.loads((Path(__file__).resolve().parent.parent / "contracts" / "layout.json").read_text())
# How the token packs its words: FractionToken's modules holdings and properties.
AMOUNT_MASK, LOCKED_BIT, CAP_BIT, SUPPLY_BIT = 2**48 - 1, 48, 160, 208


@dataclass(frozen=True)
class Place:
    """Where a contract keeps something: a mapping of its own, and the keys in it."""

    variable: str
    slot: int
    keys: tuple[int, ...]

    @property
    def key(self) -> bytes:
        return key_of(self.slot, *self.keys)


def places_of_account(account: str) -> list[Place]:
    return [place("SettlementVault", "postings.balances", int(account, 16))]


def places_of_holding(property_id: int, holder: str) -> list[Place]:
    return [
        place("FractionToken", "holdings.slots", property_id, int(holder, 16)),
        place("FractionToken", "properties.slots", property_id),
    ]


def figures_of_holding(held: int, listed: int) -> dict[str, str]:
    """What the words of these places say."""
    return {
        "balance": str(held & AMOUNT_MASK),
        "locked": str(held >> LOCKED_BIT & AMOUNT_MASK),
        "supply_cap": str(listed >> CAP_BIT & AMOUNT_MASK),
        "supply": str(listed >> SUPPLY_BIT),
    }


def place(contract: str, variable: str, *keys: int) -> Place:
    return Place(variable, LAYOUT[contract][variable], keys)
