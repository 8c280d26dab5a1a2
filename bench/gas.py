"""freehold bench gas: what every operation costs, beside what others take and what we promised."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.table import Table

from bench.book_operations import BOOK_OPERATIONS, open_book
from bench.evm import Evm
from bench.operations import OPERATIONS, prepare
from bench.stage import DEPLOYER_AT, ours, set_up

SNAPSHOT = Path(__file__).parent / "gas_snapshot.json"
LARGEST_RUNTIME = 23_500  # bytes; EIP-170 allows 24,576
GROWTH_ALLOWED_PERCENT = 2

# What a slot that was 0 takes more than one that was not (EIP-2200), and the most that a transaction may (EIP-7825).
NEW_SLOT, HIGHEST_GAS = 17_100, 2**24

# Gas at most, of whole transactions or of what they take more.
TARGETS = {
    "transfer fractions, new holder": 60_000,
    "transfer fractions": 42_800,
    "… with a list, more": 10_500,
    "… rent due to the sender, more": 5_500,
    "… rent due to the receiver, more": 5_500,
    "… first rent of the sender, more": 22_700,
    "… first rent of the receiver, more": 22_700,
    "vault transfer": 62_000,
    "vault transfer, retry": 26_000,
    "rest a bid at an existing price": 110_000,
    "rest an ask at an existing price": 104_000,
    "rest a bid at a new price": 128_000,
    "rest an ask at a new price": 128_000,
    "rest the first ask of an empty book": 190_000,
    # Its escrow's slot is new with it.
    "rest the first bid of an empty book, its escrow account new": 190_000 + NEW_SLOT,
    "cancel a bid in a queue": 60_000,
    "cancel an ask in a queue": 60_000,
    "cancel the last bid of a book": 65_000,
    "cancel the last ask of a book": 65_000,
    "buy one resting order": 93_000,
    "sell to one resting order": 93_000,
    "buy a part of one": 98_000,
    "sell to a part of one": 98_000,
    "sell to one, its maker a new holder": 93_000 + NEW_SLOT,
    "buy one as a new holder": 93_000 + NEW_SLOT,
    "buy one, its maker without a vault account": 93_000 + NEW_SLOT,
    "… each further fill, buying": 23_500,
    "… each further fill, selling": 16_000,
    "buy from 100 makers in a call": 2_400_000,
    "sell to 100 makers in a call": 1_650_000,
    "buy from 128 makers without a vault account, first rent due": HIGHEST_GAS // 2,
    "sell to 128 makers, first rent due": HIGHEST_GAS // 2,
    "… buying, and behind 127 expired asks": HIGHEST_GAS,
    "… selling, and behind 127 expired bids": HIGHEST_GAS,
}
# Of order books and markets on chains. Clober's maker claims what he traded in another transaction; YAM refunds nothing
# when an offer is cancelled, as it escrows nothing.
RESTING = {"Clober v2": 180_000, "Tempo": 203_199, "YAM": 153_919}
CANCELLING = {"Clober v2": 126_000, "Tempo": 73_000, "YAM, no refund": 46_090}
TAKING = {"Clober v2 + claim": 124_540 + 104_073, "Tempo": 152_716, "YAM": 95_851, "Seaport basic": 88_581}
FURTHER_FILL = {"Tempo": 30_000, "YAM": 96_000}
# Whole transactions of the same kind, measured on one harness: ERC-1155 implementations and a prototype of the vault.
OTHERS = {
    "transfer fractions, new holder": {"OpenZeppelin": 57_136, "solady": 55_580, "snekmate": 59_254},
    "transfer fractions": {"OpenZeppelin": 40_036, "solady": 38_480, "snekmate": 42_154},
    "vault transfer": {"prototype": 59_626},
    "vault transfer, retry": {"prototype": 25_027},
    **dict.fromkeys(("rest a bid at an existing price", "rest an ask at an existing price"), RESTING),
    **dict.fromkeys(("cancel a bid in a queue", "cancel an ask in a queue"), CANCELLING),
    **dict.fromkeys(("buy one resting order", "sell to one resting order"), TAKING),
    **dict.fromkeys(("… each further fill, buying", "… each further fill, selling"), FURTHER_FILL),
}

Gas = dict[str, int]
Ground = TypeVar("Ground")


@dataclass(frozen=True)
class Measured:
    """Gas by operation, and bytes of runtime code by contract."""

    operations: Gas
    runtime: dict[str, int]

    def missed(self) -> list[str]:
        """What is over its target."""
        dear = [name for name, target in TARGETS.items() if self.operations[name] > target]
        return dear + [name for name, size in self.runtime.items() if size > LARGEST_RUNTIME]

    def grown(self, before: "Measured") -> list[str]:
        """What takes over 2 % more than before, in words."""
        found = {**self.operations, **self.runtime}
        known = {**before.operations, **before.runtime}
        return [
            f"{name}: {known[name]:,} before, {found[name]:,} now"
            for name in found.keys() & known.keys()
            if found[name] * 100 > known[name] * (100 + GROWTH_ALLOWED_PERCENT)
        ]


def measure() -> Measured:
    """Each operation on the same ground; those of the order book on a stage of their own."""
    stage = set_up()
    operations = gas_of(stage.evm, prepare(stage), OPERATIONS)
    another = set_up()
    operations |= gas_of(another.evm, open_book(another), BOOK_OPERATIONS)
    lens = stage.evm.deploy(DEPLOYER_AT, ours("Lens"), stage.marketplace, stage.registry)
    contracts = {**stage.deployed, "Lens": lens}
    return Measured(operations, {name: len(stage.evm.code_of(each)) for name, each in contracts.items()})


def gas_of(evm: Evm, ground: Ground, operations: dict[str, Callable[[Ground], int]]) -> Gas:
    moment, found = evm.moment(), {}
    for name, operation in operations.items():
        evm.restore(moment)
        found[name] = operation(ground)
    return found


def read_snapshot() -> Measured:
    return Measured(**json.loads(SNAPSHOT.read_text()))


def write_snapshot(measured: Measured) -> None:
    content = {"operations": measured.operations, "runtime": measured.runtime}
    SNAPSHOT.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def tables(measured: Measured) -> list[Table]:
    return [operations_table(measured.operations), runtime_table(measured.runtime)]


def operations_table(operations: Gas) -> Table:
    table = Table("operation", "gas", "target", "of target", "others", "of the least", title="whole transactions")
    for name, gas in operations.items():
        target, others = TARGETS.get(name), OTHERS.get(name, {})
        table.add_row(
            name,
            f"{gas:,}",
            f"{target:,}" if target else "",
            verdict(gas, target) if target else "",
            " · ".join(f"{who} {theirs:,}" for who, theirs in others.items()),
            percentage(gas, min(others.values())) if others else "",
        )
    return justified(table)


def runtime_table(runtime: dict[str, int]) -> Table:
    table = Table("contract", "bytes", "target", "of target", title="runtime code")
    for name, size in runtime.items():
        table.add_row(name, f"{size:,}", f"{LARGEST_RUNTIME:,}", verdict(size, LARGEST_RUNTIME))
    return justified(table)


def verdict(found: int, target: int) -> str:
    share = percentage(found, target)
    return f"[red]{share} missed" if found > target else f"[green]{share}"


def percentage(part: int, whole: int) -> str:
    tenths = (1000 * part + whole // 2) // whole
    return f"{tenths // 10}.{tenths % 10} %"


def justified(table: Table) -> Table:
    for column in table.columns:
        if column.header not in ("operation", "contract", "others"):
            column.justify = "right"
    return table
