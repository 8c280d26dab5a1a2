"""One slot per property and holder, one per property: fields at their bounds leave their neighbours alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.fraction_token.conftest import BARN, HOUSE, ListProperty
from tests.contracts.refusals import refused

ROOT = Path(__file__).resolve().parents[3]
LARGEST = 2**48 - 1  # supply, balance and locked alike


@pytest.fixture(scope="module")
def layout() -> dict[str, dict[str, dict[str, int]]]:
    """Where the compiler puts the token's modules."""
    command = [str(Path(sys.executable).parent / "vyper"), "-f", "layout", "contracts/FractionToken.vy"]
    compiled = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, dict[str, dict[str, int]]] = json.loads(compiled.stdout)["storage_layout"]
    return found


@pytest.fixture
def full(token: Contract, list_property: ListProperty, issuer: Account, alice: Account) -> Contract:
    """A house of which the largest cap is allotted, all of it to alice."""
    list_property(HOUSE, supply_cap=LARGEST)
    token.allot(HOUSE, alice, LARGEST, sender=issuer)
    return token


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def mapped(slot: int, *keys: int) -> int:
    """The slot of an entry in Vyper's nested HashMap."""
    for key in keys:
        slot = int.from_bytes(keccak(word(slot) + word(key)), "big")
    return slot


def stored(chain: Chain, token: Contract, slot: int) -> int:
    return int.from_bytes(chain.provider.get_storage(token.address, slot), "big")


def fields(token: Contract, *holders: Account) -> list[tuple[int, int]]:
    return [(token.balanceOf(holder, HOUSE), token.locked_of(holder, HOUSE)) for holder in holders]


def test_the_largest_supply_leaves_issuer_and_cap_alone(full: Contract, issuer: Account) -> None:
    found = full.property_of(HOUSE)
    assert (found.issuer, found.supply_cap, found.supply) == (issuer.address, LARGEST, LARGEST)
    assert full.totalSupply(HOUSE) == LARGEST


def test_above_the_largest_supply_nothing_is_allotted(full: Contract, issuer: Account, alice: Account) -> None:
    with refused("SupplyCapExceeded", HOUSE, 0, 1):
        full.allot(HOUSE, alice, 1, sender=issuer)


def test_a_supply_is_counted_up_to_the_largest_in_steps(
    token: Contract, list_property: ListProperty, issuer: Account, alice: Account, bob: Account
) -> None:
    list_property(HOUSE, supply_cap=LARGEST)
    for receiver, amount in [(alice, 1), (bob, 2**47), (alice, 2**47 - 2)]:
        token.allot(HOUSE, receiver, amount, sender=issuer)
    assert token.totalSupply(HOUSE) == LARGEST
    assert fields(token, alice, bob) == [(2**47 - 1, 0), (2**47, 0)]


def test_the_largest_balance_leaves_the_lock_alone(
    full: Contract, alice: Account, bob: Account, marketplace: Account
) -> None:
    assert fields(full, alice) == [(LARGEST, 0)]
    full.safeTransferFrom(alice, bob, HOUSE, LARGEST, b"", sender=alice)
    assert fields(full, alice, bob) == [(0, 0), (LARGEST, 0)]
    full.lock(HOUSE, bob, 1, sender=marketplace)
    assert fields(full, bob) == [(LARGEST, 1)]


def test_the_largest_lock_leaves_the_balance_alone(full: Contract, alice: Account, marketplace: Account) -> None:
    full.lock(HOUSE, alice, LARGEST, sender=marketplace)
    assert fields(full, alice) == [(LARGEST, LARGEST)]
    with refused("ERC1155InsufficientBalance", alice.address, 0, 1, HOUSE):
        full.lock(HOUSE, alice, 1, sender=marketplace)
    full.unlock(HOUSE, alice, LARGEST, sender=marketplace)
    assert fields(full, alice) == [(LARGEST, 0)]


def test_fractions_come_and_go_beneath_the_largest_lock_they_allow(
    full: Contract, alice: Account, bob: Account, marketplace: Account
) -> None:
    full.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=alice)
    full.lock(HOUSE, alice, LARGEST - 1, sender=marketplace)
    full.safeTransferFrom(bob, alice, HOUSE, 1, b"", sender=bob)
    assert fields(full, alice, bob) == [(LARGEST, LARGEST - 1), (0, 0)]
    full.safeTransferFrom(alice, bob, HOUSE, 1, b"", sender=alice)
    assert fields(full, alice, bob) == [(LARGEST - 1, LARGEST - 1), (1, 0)]


def test_one_slot_holds_a_holders_balance_and_lock(
    full: Contract,
    chain: Chain,
    layout: dict[str, dict[str, dict[str, int]]],
    alice: Account,
    marketplace: Account,
) -> None:
    full.lock(HOUSE, alice, 5, sender=marketplace)
    slot = mapped(layout["holdings"]["slots"]["slot"], HOUSE, int(alice.address, 16))
    assert stored(chain, full, slot) == LARGEST | 5 << 48


def test_one_slot_holds_a_propertys_issuer_cap_and_supply(
    token: Contract,
    chain: Chain,
    layout: dict[str, dict[str, dict[str, int]]],
    list_property: ListProperty,
    issuer: Account,
    alice: Account,
) -> None:
    list_property(BARN, supply_cap=900)
    token.allot(BARN, alice, 7, sender=issuer)
    slot = mapped(layout["properties"]["slots"]["slot"], BARN)
    assert stored(chain, token, slot) == int(issuer.address, 16) | 900 << 160 | 7 << 208
