"""The rows of a version: what events say is folded in, blocks are taken back. Inside the transaction of its caller."""

from functools import cache

from indexer.arrays import Arrays, Counts
from indexer.chain import BlockNumber
from indexer.journal import Connection
from indexer.projections import histories
from indexer.projections.history import Fold

EVENTS_PLANNED_FOR = 500
"""From so many on, a batch is worth a plan of its own: planning the folds of a block takes longer than running them."""


def read_schema(connection: Connection, schema_name: str) -> None:
    """Names without a schema mean this version's tables from here on."""
    connection.execute("SELECT set_config('search_path', %s, false)", [schema_name])


def use_schema(connection: Connection, schema_name: str) -> None:
    """The same, with plans for folds: they look up keys one by one, which a planner that does not know a growing table
    yet would do by bitmaps of one row. Whoever reads many rows is worse off with them."""
    read_schema(connection, schema_name)
    connection.execute(
        "SELECT set_config('plan_cache_mode', 'force_generic_plan', false), "
        "set_config('enable_bitmapscan', 'off', false)"
    )


def fold(connection: Connection, counts: Counts, arrays: Arrays) -> None:
    """Append what the events say to every history; needs use_schema first. counts, arrays: of the events."""
    if sum(counts.values()) >= EVENTS_PLANNED_FOR:
        connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    for rule, statement in fold_statements():
        if rule.adds(arrays):
            connection.execute(statement, arrays[rule.event])


@cache
def fold_statements() -> tuple[tuple[Fold, str], ...]:
    """Every fold with its SQL, in their order."""
    return tuple((rule, history.fold_sql(rule)) for history in histories() for rule in history.folds)


def undo(connection: Connection, fork: BlockNumber) -> None:
    """Take back every row above the fork."""
    for history in reversed(histories()):
        connection.execute(history.undo_sql(), {"fork": fork})
    connection.execute("DELETE FROM digests WHERE block_number > %s", [fork])
