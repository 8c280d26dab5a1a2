"""What the operations cost: within what was promised, and no more than when somebody last looked."""

import dataclasses
from functools import cache

from bench.book_operations import BOOK_OPERATIONS
from bench.gas import TARGETS, Measured, measure, read_snapshot
from bench.operations import ALICE, BOB, HOUSE, OPERATIONS, prepare
from bench.stage import DEPLOYED, set_up
from tests.contracts.ape_types import Account, Contract

ZERO_BYTE, OTHER_BYTE = 4, 16  # gas of a transaction's data (EIP-2028)


@cache
def measured() -> Measured:
    """Once for all tests here."""
    return measure()


def test_every_target_is_met() -> None:
    assert measured().missed() == []


def test_nothing_grew_by_more_than_two_percent() -> None:
    assert measured().grown(read_snapshot()) == [], "on purpose? then: ./freehold bench gas --write"


def test_the_snapshot_holds_exactly_the_operations_and_the_contracts() -> None:
    """An operation without an entry could grow unseen."""
    snapshot = read_snapshot()
    assert set(snapshot.operations) == OPERATIONS.keys() | BOOK_OPERATIONS.keys(), "./freehold bench gas --write"
    assert set(snapshot.runtime) == {*DEPLOYED, "Lens"}, "./freehold bench gas --write"


def test_no_target_is_of_an_operation_that_nobody_measures() -> None:
    assert TARGETS.keys() <= OPERATIONS.keys() | BOOK_OPERATIONS.keys()
    assert not OPERATIONS.keys() & BOOK_OPERATIONS.keys()


def test_growth_of_more_than_two_percent_is_seen_and_less_is_not() -> None:
    before = Measured({"lock": 1000}, {"Treasury": 1000})
    assert dataclasses.replace(before, operations={"lock": 1020}).grown(before) == []
    assert dataclasses.replace(before, operations={"lock": 1021}).grown(before) == ["lock: 1,000 before, 1,021 now"]
    assert dataclasses.replace(before, runtime={"Treasury": 1021}).grown(before) == [
        "Treasury: 1,000 before, 1,021 now"
    ]


def test_a_missed_target_is_named() -> None:
    dear = {**measured().operations, "vault transfer": 62_001}
    assert Measured(dear, {"Treasury": 23_501}).missed() == ["vault transfer", "Treasury"]


def test_the_gas_is_what_receipts_of_eth_tester_say(
    token: Contract, lister: Account, issuer: Account, alice: Account, bob: Account
) -> None:
    """But for the bytes of the addresses, which are others there."""
    token.list_property(1, issuer, 10**9, 0, "House", bytes(32), "", sender=lister)
    for holder in (alice, bob):
        token.allot(1, holder, 1000, sender=issuer)
    receipt = token.safeTransferFrom(alice, bob, 1, 10, b"", sender=alice)
    ground = prepare(set_up())
    data = ground.stage.token.calldata("safeTransferFrom", (ALICE, BOB, HOUSE, 10, b""))
    assert receipt.gas_used - data_gas(bytes(receipt.data)) == ground.give(BOB) - data_gas(data)


def data_gas(data: bytes) -> int:
    return sum(OTHER_BYTE if byte else ZERO_BYTE for byte in data)
