"""Append-only rows: the one rule for now, then and undo.

A history is a table whose rows carry a change and the value after it, keyed by their thing, block and
log index. Current is the last row of a key, as-of the last row at or before a block, undo deletes above
the fork. Where reads need it, a current table stands beside, written from the last rows of the keys
that were touched, in the same statement.

Folds are SQL over `event`, the decoded events of a batch as a relation with the columns of their type.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from indexer.arrays import sql_types

SCHEMA = "projection"
"""Stands for a version's schema in the tables below; translated when a statement runs."""

metadata = sa.MetaData(schema=SCHEMA)

Block = int | sa.ColumnElement[int]
"""The block as of which a select reads: a number, or an expression that gives one in the same statement."""

NEWEST = 2**63 - 1
"""Above every block: as of it is now."""


class Uint256(sa.types.UserDefinedType[int]):
    """The checked domain over numeric(78,0): plain numeric would take -1, NaN and 2^256."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "journal.uint256"


AMOUNT = Uint256()
SIGNED = sa.Numeric(79, 0)
BYTES = postgresql.BYTEA()


def place() -> list[sa.Column[Any]]:
    """Where on the chain a row comes from; transaction and block hash are one join away in the journal."""
    return [
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("log_index", sa.Integer, nullable=False),
    ]


def newest_first(rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """Order of a history's rows, or of what is selected from them, from the last on the chain to the first."""
    return [rows.c[name].desc() for name in ("block_number", "log_index", "position") if name in rows.c]


def before_place(rows: sa.FromClause, place: tuple[Any, Any] | None) -> sa.ColumnElement[bool]:
    """Rows from before a block number and log index: the rest of the pages, or the past of another row."""
    if place is None:
        return sa.true()
    return sa.tuple_(rows.c.block_number, rows.c.log_index) < sa.tuple_(*place)


def last_rows(rows: sa.Table, at_block: Block, key: Sequence[str]) -> sa.Select[tuple[object, ...]]:
    """The last row of every key at or below a block, by the key: the state as of that block."""
    names = [rows.c[name] for name in key]
    return rows.select().distinct(*names).where(rows.c.block_number <= at_block).order_by(*names, *newest_first(rows))


def last_row(rows: sa.Table, at_block: Block, *of_key: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    """The last row of one key at or below a block, to be looked up for each of few keys: reads none of the others."""
    return rows.select().where(*of_key, rows.c.block_number <= at_block).order_by(*newest_first(rows)).limit(1)


@dataclass(frozen=True)
class Fold:
    """What one kind of event adds to one history: a SELECT over `event`, in the order of its columns.

    only_with: it adds nothing to a batch in which there is none of these either.
    """

    event: type
    select: str
    only_with: Sequence[type] = ()

    def adds(self, events: Container[type]) -> bool:
        """Whether a batch with these kinds of events may get rows of it."""
        return self.event in events and (not self.only_with or any(kind in events for kind in self.only_with))


@dataclass(frozen=True)
class History:
    """An append-only table, the folds that feed it, and the current table beside it if there is one."""

    rows: sa.Table
    folds: Sequence[Fold]
    current: sa.Table | None = None
    key: Sequence[str] = field(default=())

    def fold_sql(self, fold: Fold) -> str:
        """One statement: take the events, append rows, bring the current table up to date."""
        columns = ", ".join(column.name for column in self.rows.columns)
        insert = f"INSERT INTO {self.rows.name} ({columns}) {fold.select}"
        event = event_relation(fold.event, fold.select)
        if self.current is None:
            return f"WITH {event} {insert}"
        return f"WITH {event}, appended AS ({insert} RETURNING *) {self._upsert('appended')}"

    def undo_sql(self) -> str:
        """Delete above %(fork)s; the current rows of the keys that lose rows fall back to what is left."""
        delete = f"DELETE FROM {self.rows.name} WHERE block_number > %(fork)s"
        if self.current is None:
            return delete
        keys = ", ".join(self.key)
        left = " AND ".join([*(f"r.{name} = k.{name}" for name in self.key), "r.block_number <= %(fork)s"])
        newest = ", ".join(f"r.{c.name} DESC" for c in self.rows.primary_key.columns if c.name not in self.key)
        # OFFSET 0 has each key looked up: joined, all rows there ever were would be read to take back a block.
        return (
            f"WITH undone AS ({delete} RETURNING *), k AS (SELECT DISTINCT {keys} FROM undone), "
            f"forgotten AS (DELETE FROM {self.current.name} WHERE ({keys}) IN (SELECT {keys} FROM k "
            f"WHERE NOT EXISTS (SELECT FROM {self.rows.name} r WHERE {left} OFFSET 0))), "
            f"lasting AS (SELECT last.* FROM k CROSS JOIN LATERAL (SELECT r.* FROM {self.rows.name} r WHERE {left} "
            f"ORDER BY {newest} LIMIT 1) last) {self._upsert('lasting')}"
        )

    def digest_sql(self) -> str:
        """For each block of a range that has rows: its number, and SHA-256 of the canonical text of them."""
        order = ", ".join(column.name for column in self.rows.primary_key.columns)
        name = self.rows.name
        return (
            f"SELECT block_number, '{name}', encode(sha256(convert_to("
            f"string_agg({name}::text, E'\\n' ORDER BY {order}), 'UTF8')), 'hex') FROM {name} "
            f"WHERE block_number BETWEEN %(first)s AND %(last)s GROUP BY block_number"
        )

    def _upsert(self, source: str) -> str:
        assert self.current is not None
        names = [column.name for column in self.current.columns]
        keys = ", ".join(self.key)
        newest = [c.name for c in self.rows.primary_key.columns if c.name not in self.key]
        order = ", ".join([*self.key, *(f"{name} DESC" for name in newest)])
        updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in self.key)
        return (
            f"INSERT INTO {self.current.name} ({', '.join(names)}) "
            f"SELECT DISTINCT ON ({keys}) {', '.join(names)} FROM {source} ORDER BY {order} "
            f"ON CONFLICT ({keys}) DO UPDATE SET {updates}"
        )


@dataclass(frozen=True)
class Projection:
    """One idea read from the events: its histories, in the order in which they are folded.

    reads: tables of other projections that its folds look into, which must have been folded before.
    """

    name: str
    histories: Sequence[History]
    reads: Sequence[str] = ()


@cache
def ddl(table: sa.Table) -> list[str]:
    """The statements that make a table and its indexes, its schema written as SCHEMA."""
    make_table: Any = CreateTable(table)
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    definitions: list[Any] = [make_table, *(CreateIndex(index) for index in indexes)]
    return [str(definition.compile(dialect=postgresql.dialect())) for definition in definitions]  # type: ignore[no-untyped-call]


def event_relation(event: type, select: str = "e.*") -> str:
    """`event AS (...)`: parameters %(column)s, one array for each field of the event that `select` names."""
    fields = {name: kind for name, kind in sql_types(event).items() if name in select or "e.*" in select}
    arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in fields.items())
    return f"event AS (SELECT * FROM unnest({arrays}) AS event({', '.join(fields)}))"
