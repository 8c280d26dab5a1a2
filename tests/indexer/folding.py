"""A version's schema without a chain: events go in as values, selects come out, blocks are taken back."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as sa

from indexer import folds, journal, versions
from indexer.arrays import arrays_of, counts_of
from indexer.chain import BlockHash, BlockNumber
from indexer.events import Event, Events
from indexer.journal import Connection
from indexer.projections import histories
from indexer.projections.history import SCHEMA

Row = tuple[Any, ...]
ANCHOR_HASH = BlockHash("0x" + 64 * "0")


class Folding:
    """The tables of one version, empty at first, in a transaction that nobody commits."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.raw = cast(Connection, connection.connection.driver_connection)

    def fold(self, events: Iterable[Event]) -> None:
        """One batch, in chain order."""
        found: Events = {}
        for event in events:
            found.setdefault(type(event), []).append(event)
        folds.fold(self.raw, counts_of(found), arrays_of(found))

    def undo(self, fork: int) -> None:
        folds.undo(self.raw, BlockNumber(fork))

    def tables(self) -> dict[str, list[Row]]:
        """Every row of every table, sorted."""
        tables = [table for history in histories() for table in (history.rows, history.current) if table is not None]
        return {
            table.name: sorted(self.raw.execute(f"SELECT * FROM {table.name}".encode()).fetchall(), key=repr)
            for table in tables
        }

    def rows(self, select: sa.Select[Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.execute(select).mappings()]

    @contextmanager
    def afresh(self) -> Iterator["Folding"]:
        """The same, and what was done to it is undone at the end."""
        with self.connection.begin_nested() as savepoint:
            yield self
            savepoint.rollback()


@contextmanager
def folding(database: str) -> Iterator[Folding]:
    """An empty version in an empty database."""
    engine = sa.create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection, connection.begin() as transaction:
        raw = cast(Connection, connection.connection.driver_connection)
        journal.migrate(raw, None)
        version = versions.create_version(raw, BlockNumber(0), ANCHOR_HASH, live=True)
        translated = connection.execution_options(schema_translate_map={SCHEMA: version.schema_name})
        yield Folding(translated)
        transaction.rollback()
    engine.dispose()
