"""The selects of the projections as the API runs them, in its role, beside the oracle's history of the same chain."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from indexer.projections.history import SCHEMA
from tests.conftest import World
from tests.indexer.indexing import following
from tests.indexer.oracle import History, read_history
from tests.indexer.refold import Row, Tables, folded
from tests.indexer.refold_market import Market


class Selecting:
    """Rows of a select, and the oracle's tables as of any block."""

    def __init__(self, engine: sa.Engine, history: History, world: World) -> None:
        self.engine, self.history, self.world = engine, history, world
        self.known: dict[int, tuple[Tables, Market]] = {}

    @cached_property
    def moments(self) -> list[int]:
        """The first block, the last, those around the busiest, and some between."""
        head = self.history.blocks[-1][0]
        counted = [event.place[0] for event in self.history.events]
        busiest = max(counted, key=counted.count)
        return sorted({0, 1, busiest - 1, busiest, busiest + 1, head, *range(5, head, 23)})

    def at(self, number: int) -> Tables:
        """Every table as of a block, computed once."""
        if number not in self.known:
            found = folded(self.history.until(number).events, self.history.timestamps)
            self.known[number] = (found.tables(), found.market)
        return self.known[number][0]

    def market_at(self, number: int) -> Market:
        """The oracle's books and purses, of which the tables are a part."""
        self.at(number)
        return self.known[number][1]

    def rows(self, select: sa.Select[Any]) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select).mappings()]


@contextmanager
def selecting_from(world: World) -> Iterator[Selecting]:
    """Index a world to its head, and read it."""
    with following(world) as follower:
        follower.to_head()
        schema = follower.store.version.schema_name
    engine = sa.create_engine(
        world.reader.replace("postgresql://", "postgresql+psycopg://"),
        execution_options={"schema_translate_map": {SCHEMA: schema}},
    )
    yield Selecting(engine, read_history(world.chain.web3(), world.manifest), world)
    engine.dispose()


def columns(rows: list[dict[str, Any]], names: Sequence[str]) -> list[Row]:
    return [tuple(row[name] for name in names) for row in rows]
