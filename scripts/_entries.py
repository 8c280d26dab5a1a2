"""Entries of a registry list: read from a CSV with every bad line named, and compared with the chain."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from web3.contract import Contract

from scripts._quantities import checked_address

COLUMNS = ["wallet", "investor_id", "expiry", "frozen"]
MAX_FILE_BYTES = 16 * 2**20
MAX_LINES = 100_000
MAX_INVESTOR_ID = 2**128 - 1
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OFF = "off"
ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class Entry:
    """expiry: seconds since 1970, from which on the wallet may gain nothing; 0 takes it off the list."""

    wallet: str
    investor_id: int
    expiry: int
    frozen: bool

    @property
    def words(self) -> str:
        if not self.expiry:
            return "off the list"
        frozen = ", frozen" if self.frozen else ""
        try:
            until = f"{datetime.fromtimestamp(self.expiry, UTC):%Y-%m-%d %H:%M} UTC"
        except (ValueError, OverflowError, OSError):
            until = f"second {self.expiry}"
        return f"investor {self.investor_id} until {until}{frozen}"

    @property
    def arguments(self) -> tuple[str, int, int, bool]:
        return (self.wallet, self.investor_id, self.expiry, self.frozen)


def read_entries(path: Path) -> list[Entry]:
    """Raises ClickException that names every bad line by its number."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise click.ClickException(f"{path} has more than {MAX_FILE_BYTES:,} bytes: split it")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is not UTF-8 text: {error}") from error
    entries: dict[str, tuple[int, Entry]] = {}
    faults: list[str] = []
    for number, cells in lines_of(path, text):
        try:
            entry = entry_of(cells)
            if entry.wallet in entries:
                raise ValueError(f"the wallet {entry.wallet} stands in line {entries[entry.wallet][0]} already")
            entries[entry.wallet] = number, entry
        except ValueError as fault:
            faults.append(f"line {number}: {fault}")
    if faults:
        named = "\n  ".join(faults)
        raise click.ClickException(f"{path} has {len(faults)} bad lines, so nothing was sent:\n  {named}")
    if not entries:
        raise click.ClickException(f"{path} has no entries")
    return [entry for _, entry in entries.values()]


def lines_of(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Numbers as an editor shows them, and cells. Raises ClickException where the heading is not ours."""
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        heading = [cell.strip() for cell in next(reader, [])]
        if heading != COLUMNS:
            raise click.ClickException(f"the first line of {path} has to be {','.join(COLUMNS)}")
        for cells in reader:
            if reader.line_num > MAX_LINES:
                raise click.ClickException(f"{path} has more than {MAX_LINES:,} lines: split it")
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise click.ClickException(f"{path}, line {reader.line_num}: {error}") from error


def entry_of(cells: list[str]) -> Entry:
    """Raises ValueError that names all that is wrong with a line."""
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells, and there are {len(COLUMNS)} columns")
    faults = []
    wallet, investor_id, expiry, frozen = "", 0, 0, ANSWERS.get(cells[3].lower())
    try:
        wallet = checked_address(cells[0])
    except click.BadParameter as fault:
        faults.append(fault.message)
    try:
        investor_id = investor_of(cells[1])
    except ValueError as fault:
        faults.append(str(fault))
    try:
        expiry = expiry_of(cells[2])
    except ValueError as fault:
        faults.append(str(fault))
    if frozen is None:
        faults.append(f"frozen is {cells[3]!r}, and it is yes or no")
    if faults:
        raise ValueError("; ".join(faults))
    return Entry(wallet, investor_id, expiry, bool(frozen))


def investor_of(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,39}", text) or int(text) > MAX_INVESTOR_ID:
        raise ValueError(f"investor_id is {text!r}, and it is a whole number below 2^128")
    return int(text)


def expiry_of(text: str) -> int:
    """The first second, in UTC, of the day on which an entry ends."""
    if text == OFF:
        return 0
    wrong = ValueError(f"expiry is {text!r}, and it is a date such as 2027-12-31, or {OFF}")
    if not DATE.fullmatch(text):
        raise wrong
    try:
        day = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise wrong from None
    since = day - datetime(1970, 1, 1, tzinfo=UTC)
    if since.days < 1:
        raise ValueError(f"expiry is {text}, which lies before 1970-01-02")
    return since.days * 86_400


def entry_on_chain(registry: Contract, registry_list: int, wallet: str) -> Entry:
    return Entry(*registry.functions.entry_of(registry_list, wallet).call())
