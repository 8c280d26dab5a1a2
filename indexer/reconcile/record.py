"""The record of reconciliations in the journal: what was compared as of which block, and what differed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from indexer.chain import BlockNumber
from indexer.errors import Halt
from indexer.journal import Connection, raw

if TYPE_CHECKING:  # what follows the chain tells of the record, and starts without the checks
    from indexer.reconcile.reconciler import Result

DIFFERENCES_KEPT_MAX = 1_000
"""Of one reconciliation."""
KEPT_MAX = 100
"""Reconciliations without a difference, and as many with one: a fault that stays would fill the disk else."""
FORGET = """
DELETE FROM journal.reconciliations WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY difference_count > 0 ORDER BY id DESC) AS age
        FROM journal.reconciliations
    ) aged WHERE age > %s
)
"""


@dataclass(frozen=True)
class Reconciled:
    """A reconciliation in short."""

    block: BlockNumber
    block_hash: str
    differences: int
    sampled: int | None
    at: str


def require_table(connection: Connection) -> None:
    if not has_table(connection):
        raise Halt("this database has no table of reconciliations yet: `freehold indexer run` adds it as it starts")


def has_table(connection: Connection) -> bool:
    row = connection.execute("SELECT to_regclass('journal.reconciliations')").fetchone()
    return row is not None and row[0] is not None


def write(
    connection: Connection, result: "Result", fingerprint: str, provider: str, sampled: int | None, started_at: datetime
) -> None:
    """Add one, and forget the oldest of those that found nothing, and of those that found something."""
    kept: Sequence[dict[str, object]] = [asdict(found) for found in result.differences[:DIFFERENCES_KEPT_MAX]]
    connection.execute(
        "INSERT INTO journal.reconciliations (number, hash, fingerprint, provider, sampled, compared, "
        "difference_count, differences, started_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            result.block.number, raw(result.block.hash), fingerprint, provider, sampled, json.dumps(result.compared),
            result.difference_count, json.dumps(kept), started_at,
        ],
    )  # fmt: skip
    connection.execute(FORGET, [KEPT_MAX])


def newest(connection: Connection) -> Reconciled | None:
    """None where none was done yet."""
    if not has_table(connection):
        return None
    row = connection.execute(
        "SELECT number, '0x' || encode(hash, 'hex'), difference_count, sampled, "
        "to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
        "FROM journal.reconciliations ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return Reconciled(*row) if row else None
