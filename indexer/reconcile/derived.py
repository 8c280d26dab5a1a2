"""What we derived, read as of a block from the live version of the projections."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.errors import UndefinedTable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from indexer.chain import Address, BlockNumber
from indexer.deployment import Contracts, Deployment
from indexer.errors import Retry
from indexer.journal import Connection
from indexer.projections.history import SCHEMA
from indexer.reconcile.check import Key, Row

PAGE_ROWS = 10_000


@dataclass(frozen=True)
class Derived:
    """As of a block; check.Past."""

    engine: sa.Engine
    addresses: Mapping[str, Address]
    number: BlockNumber
    by: Sequence[str]
    """The columns that name a row: many are read in their order, a page at a time."""
    sample: int | None = None
    page_rows: int = PAGE_ROWS

    def rows(self, select: sa.Select[Any], key: Key | None) -> Iterator[Row]:
        """Raises psycopg.OperationalError where the database is gone, Retry where the version is."""
        found = select.subquery("found")
        wanted = sa.select(found)
        if key is not None:
            yield from self.all_of(wanted.where(*(found.c[name] == value for name, value in key.items())))
        elif self.sample is not None:
            yield from self.all_of(wanted.order_by(sa.func.random()).limit(self.sample))
        elif by := [found.c[name] for name in self.by if name in found.c]:
            yield from self._in_pages(wanted.order_by(*by).limit(self.page_rows), by)
        else:
            yield from self.all_of(wanted)

    def _in_pages(self, page: sa.Select[Any], by: Sequence[sa.ColumnElement[Any]]) -> Iterator[Row]:
        """No transaction is open between two of them: who compares at a slow pace keeps nothing from being cleaned."""
        rows = self.all_of(page)
        yield from rows
        while len(rows) == self.page_rows:
            rows = self.all_of(page.where(sa.tuple_(*by) > sa.tuple_(*(rows[-1][one.name] for one in by))))
            yield from rows

    def all_of(self, select: sa.Select[Any], **values: Any) -> list[Row]:
        """Raises as rows does."""
        try:
            with self.engine.connect() as connection:
                return [dict(row) for row in connection.execute(select, values).mappings()]
        except DBAPIError as error:
            if isinstance(error.orig, UndefinedTable):
                raise Retry("the version that was read was dropped: take the one that is live now") from error
            if isinstance(error.orig, psycopg.Error):
                raise error.orig from error
            raise


def engine_of(connection: Connection, schema_name: str) -> sa.Engine:
    """SQLAlchemy's way to a connection of ours, on which names mean the tables of this version."""
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
    return engine.execution_options(schema_translate_map={SCHEMA: schema_name})


def addresses_of(deployment: Deployment) -> dict[str, Address]:
    """Of every contract, by its name in the manifest."""
    names = Contracts.__struct_fields__
    return {name: Address(getattr(deployment.contracts, name).address.lower()) for name in names}
