"""An order flow as a CSV: read whole, every bad line named by its number and column, before anything is sent."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

COLUMNS = ("time", "account", "operation", "side", "price", "quantity", "reference")
PLACING = {
    "limit": 0,
    "immediate_or_cancel": 1,
    "fill_or_kill": 2,
    "post_only": 3,
    "market": 4,
}
"""The order types by their operations; `place` is another word for `limit`."""
CANCEL, REDUCE = "cancel", "reduce"
OPERATIONS = ("limit", "place", *list(PLACING)[1:], CANCEL, REDUCE)
SIDES = {"bid": 0, "ask": 1}
HIGHEST_TICK = 2**24 - 2
MOST_FRACTIONS = 2**48 - 1
EARLIEST = 86_400
LATEST = 2**38
MAX_LINES = 1_000_000
MAX_NAME = 64
FAULTS_SHOWN = 20
PLAIN_NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")
WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Rules:
    """Of the book that the flow is meant for: units from one price to the next, fractions, units of one dollar."""

    tick_size: int
    lot: int
    unit: int


@dataclass(frozen=True)
class Line:
    """One operation. tick and quantity are 0 where there is none; side is that of a placed order."""

    number: int
    time: int
    account: str
    operation: str
    side: int
    tick: int
    quantity: int
    reference: str

    @property
    def is_placing(self) -> bool:
        return self.operation in PLACING


class BadFlow(Exception):
    """A file that cannot be replayed; the message names lines and columns and says what would be right."""


class BadCell(Exception):
    """One cell that is wrong."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")


@dataclass
class Reader:
    """What the lines so far say: the time reached, and who placed the order of each reference."""

    rules: Rules
    reached: int = EARLIEST
    placed_by: dict[str, str] = field(default_factory=dict)

    def line(self, number: int, cells: list[str]) -> Line:
        """Raises BadCell."""
        if len(cells) != len(COLUMNS):
            raise BadCell(
                "columns", f"there are {len(cells)} cells, and a line has {len(COLUMNS)}: {','.join(COLUMNS)}"
            )
        cell = dict(zip(COLUMNS, cells, strict=True))
        self.reached = moment_of(cell["time"], self.reached)
        account = name_of("account", cell["account"])
        operation = cell["operation"]
        if operation not in OPERATIONS:
            raise BadCell("operation", f"{operation!r} is none; there are {', '.join(OPERATIONS)}")
        operation = "limit" if operation == "place" else operation
        if operation in PLACING:
            return self.placing(number, account, operation, cell)
        return self.leaving(number, account, operation, cell)

    def placing(self, number: int, account: str, operation: str, cell: dict[str, str]) -> Line:
        side, reference = SIDES.get(cell["side"]), cell["reference"]
        if reference:  # first: an order that is bad otherwise does not make bad the lines that name it
            name_of("reference", reference)
            if reference in self.placed_by:
                raise BadCell("reference", f"{reference!r} names an order above already: take another name, or none")
            self.placed_by[reference] = account
        if side is None:
            raise BadCell("side", f"{cell['side']!r} is none; it is bid or ask")
        tick = 0 if operation == "market" and not cell["price"] else tick_of(cell["price"], self.rules)
        quantity = quantity_of(cell["quantity"], self.rules.lot)
        return Line(number, self.reached, account, operation, side, tick, quantity, reference)

    def leaving(self, number: int, account: str, operation: str, cell: dict[str, str]) -> Line:
        reference = cell["reference"]
        if reference not in self.placed_by:
            raise BadCell("reference", f"{reference!r} names no order above; {operation} needs the name of one")
        if self.placed_by[reference] != account:
            owner = self.placed_by[reference]
            raise BadCell(
                "account", f"{account!r} did not place {reference!r}: {owner!r} did, and alone can {operation}"
            )
        empty = ("side", "price") if operation == REDUCE else ("side", "price", "quantity")
        for column in empty:
            if cell[column]:
                raise BadCell(column, f"it is empty for {operation}, and not {cell[column]!r}")
        quantity = quantity_of(cell["quantity"], self.rules.lot) if operation == REDUCE else 0
        return Line(number, self.reached, account, operation, 0, 0, quantity, reference)


def read_flow(path: Path, rules: Rules) -> list[Line]:
    """Raises BadFlow."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFlow(f"{path} cannot be read: {error}") from error
    reader, lines, faults = Reader(rules), [], []
    for number, cells in cells_of(path, text):
        try:
            lines.append(reader.line(number, cells))
        except BadCell as fault:
            faults.append(f"line {number}, {fault}")
    if faults:
        more = "" if len(faults) <= FAULTS_SHOWN else f"\n  and {len(faults) - FAULTS_SHOWN:,} more"
        named = "\n  ".join(faults[:FAULTS_SHOWN])
        raise BadFlow(f"{path} has {len(faults):,} bad lines, so nothing was sent:\n  {named}{more}")
    if not lines:
        raise BadFlow(f"{path} has no lines below its heading")
    offered = sum(line.quantity for line in lines if line.side == SIDES["ask"])
    if offered > MOST_FRACTIONS:
        raise BadFlow(f"{path} has asks of {offered:,} fractions in all, and a property has {MOST_FRACTIONS:,} at most")
    return lines


def cells_of(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers as an editor shows them, and cells without spaces around. Raises BadFlow."""
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        if tuple(cell.strip() for cell in next(reader, [])) != COLUMNS:
            raise BadFlow(f"the first line of {path} has to be {','.join(COLUMNS)}")
        for cells in reader:
            if reader.line_num > MAX_LINES:
                raise BadFlow(f"{path} has more than {MAX_LINES:,} lines: split it")
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadFlow(f"{path}, line {reader.line_num}: {error}") from error


def moment_of(text: str, reached: int) -> int:
    """Seconds since 1970, not before the line above."""
    if WHOLE_NUMBER.fullmatch(text):
        moment = int(text)
    else:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise BadCell("time", f"{text!r} is none; it is 2026-12-01T09:00:00Z, or seconds since 1970")
        since = found - datetime(1970, 1, 1, tzinfo=UTC)
        moment = since.days * 86_400 + since.seconds
    if not EARLIEST <= moment < LATEST:
        raise BadCell("time", f"{text} lies before 1970-01-02 or too far ahead")
    if moment < reached:
        raise BadCell("time", f"{text} lies before the line above: sort the file by time")
    return moment


def name_of(column: str, text: str) -> str:
    if not 0 < len(text) <= MAX_NAME:
        raise BadCell(column, f"it has {len(text)} characters, and a name has 1 to {MAX_NAME}")
    return text


def tick_of(text: str, rules: Rules) -> int:
    """A price in tick sizes."""
    if not PLAIN_NUMBER.fullmatch(text):
        raise BadCell("price", f"{text!r} is none; it is a number such as 34.02")
    whole, _, part = text.partition(".")
    scale: int = 10 ** len(part)
    above, rest = divmod(int(whole + part) * rules.unit, scale * rules.tick_size)
    if rest:
        near = " or ".join(price_text(tick, rules) for tick in (above, above + 1) if tick)
        raise BadCell("price", f"{text} is no multiple of the tick size; {near} would be")
    if not 0 < above <= HIGHEST_TICK:
        raise BadCell("price", f"{text} is out of range: {price_text(1, rules)} to {price_text(HIGHEST_TICK, rules)}")
    return above


def quantity_of(text: str, lot: int) -> int:
    if not WHOLE_NUMBER.fullmatch(text) or not 0 < int(text) <= MOST_FRACTIONS:
        raise BadCell("quantity", f"{text!r} is none; it is a whole number of fractions from 1 to {MOST_FRACTIONS:,}")
    if int(text) % lot:
        below = int(text) // lot * lot
        near = " or ".join(str(one) for one in (below, below + lot) if one)
        raise BadCell("quantity", f"{text} is no multiple of the lot; {near} would be")
    return int(text)


def price_text(tick: int, rules: Rules) -> str:
    """In whole units with all the decimals that the tick size needs, and two at least."""
    decimals = len(str(rules.unit)) - 1
    whole, part = divmod(tick * rules.tick_size, rules.unit)
    return f"{whole}.{str(part).zfill(decimals).rstrip('0').ljust(2, '0')}" if decimals else str(whole)
