"""The oracle's rows of a market as dictionaries, the newest, the last of each key, and the book that they make."""

from typing import Any

from tests.indexer.refold import COLUMNS, Tables
from tests.indexer.selecting import Selecting

BID, ASK = 0, 1
ALL = 10_000
"""More rows than there are."""


def as_dicts(tables: Tables, name: str) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS[name], row, strict=True)) for row in tables[name]]


def place_of(row: dict[str, Any]) -> Any:
    return row["block_number"], row["log_index"]


def newest_first(tables: Tables, name: str) -> list[dict[str, Any]]:
    return sorted(as_dicts(tables, name), key=place_of, reverse=True)


def last_of(tables: Tables, name: str, *key: str) -> dict[Any, dict[str, Any]]:
    """The last row of every key."""
    return {tuple(row[part] for part in key): row for row in reversed(newest_first(tables, name))}


def pages(selecting: Selecting, select: Any, size: int = 7) -> list[dict[str, Any]]:
    """All rows, some at a time. select: of the place before and the limit."""
    found: list[dict[str, Any]] = []
    while page := selecting.rows(select(before=place_of(found[-1]) if found else None, limit=size)):
        assert len(page) <= size
        found += page
    return found


def levels(tables: Tables, property_id: int, side: int) -> list[dict[str, Any]]:
    """Prices with orders, best first."""
    found = [r for r in as_dicts(tables, "levels") if (r["property_id"], r["side"]) == (property_id, side)]
    found.sort(key=lambda row: row["tick"], reverse=side == BID)
    return [row for row in found if row["quantity"]]
