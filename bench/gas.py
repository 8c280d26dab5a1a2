"""freehold bench gas: what every operation costs, beside what others take and what we promised."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from bench.operations import OPERATIONS, prepare
from bench.stage import set_up

SNAPSHOT = Path(__file__).parent / "gas_snapshot.json"
LARGEST_RUNTIME = 23_500  # bytes; EIP-170 allows 24,576
GROWTH_ALLOWED_PERCENT = 2

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
}
# Whole transactions of the same kind, measured on one harness: ERC-1155 implementations and a prototype of the vault.
OTHERS = {
    "transfer fractions, new holder": {"OpenZeppelin": 57_136, "solady": 55_580, "snekmate": 59_254},
    "transfer fractions": {"OpenZeppelin": 40_036, "solady": 38_480, "snekmate": 42_154},
    "vault transfer": {"prototype": 59_626},
    "vault transfer, retry": {"prototype": 25_027},
}

Gas = dict[str, int]


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
    """Each operation on the same ground."""
    stage = set_up()
    ground = prepare(stage)
    moment = stage.evm.moment()
    operations = {}
    for name, operation in OPERATIONS.items():
        stage.evm.restore(moment)
        operations[name] = operation(ground)
    return Measured(operations, {name: len(stage.evm.code_of(each)) for name, each in stage.deployed.items()})


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
