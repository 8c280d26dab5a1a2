"""What the operations page shows, read from the primary database in one moment: a replica knows of no leader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from api.operations.answers import (
    Check,
    Difference,
    Operations,
    Position,
    Provider,
    Reconciliation,
    Reorg,
    State,
    Verification,
    Version,
)
from api.reads import database_away
from api.tip import CONNECTION_OPTIONS
from indexer.standing import IS_LED, LEADER_LOCK

OPTIONS = {**CONNECTION_OPTIONS, "options": "-c statement_timeout=5000"}
NEAR_BLOCKS = 20
"""So near the head there is nothing to catch up with."""
REORGS_MAX = 20
RECONCILIATIONS_MAX = 60
DIFFERENCES_MAX = 50
BEGINNING = """
SELECT to_regclass('journal.reconciliations') IS NOT NULL AS has_journal, extract(epoch FROM now())::bigint AS at
"""
CURSOR = f"""
SELECT c.number AS indexed_block, '0x' || encode(c.hash, 'hex') AS indexed_hash, b.timestamp AS indexed_timestamp,
    c.head_number AS head_block, c.finalized_number AS finalized_block, c.epoch AS reorgs, c.halted,
    {IS_LED} AS led
FROM journal.cursor c LEFT JOIN journal.blocks b USING (number)
"""
VERIFICATION = """
SELECT level, warning, waiting, extract(epoch FROM now() - noted_at)::int AS noted_seconds_ago FROM journal.verification
"""
PROVIDERS = """
SELECT name, state, reason, greatest(0, extract(epoch FROM aside_until - now()))::int AS aside_seconds, latency_ms,
    head_number AS head_block, faults, lies
FROM journal.providers ORDER BY position
"""
VERSIONS = """
SELECT schema_name AS name, fingerprint, live, number AS block, extract(epoch FROM built_at)::bigint AS built_at,
    extract(epoch FROM promoted_at)::bigint AS promoted_at
FROM journal.versions ORDER BY live DESC, schema_name
"""
REORGS = """
SELECT epoch, extract(epoch FROM seen_at)::bigint AS seen_at, fork_number AS fork_block, old_number AS left_block,
    '0x' || encode(old_hash, 'hex') AS left_hash, old_number - fork_number AS depth
FROM journal.reorgs ORDER BY epoch DESC LIMIT %s
"""
# Each with the checks that found a difference, as far as differences are kept.
RECONCILIATIONS = """
SELECT number AS block, extract(epoch FROM finished_at)::bigint AS finished_at,
    (extract(epoch FROM finished_at - started_at) * 1000)::int AS milliseconds, provider, sampled, compared,
    difference_count AS differences,
    (
        SELECT coalesce(jsonb_object_agg(name, count), '{}')
        FROM (SELECT d->>'check' AS name, count(*) FROM jsonb_array_elements(r.differences) d GROUP BY 1) counted
    ) AS differing
FROM journal.reconciliations r ORDER BY id DESC LIMIT %s
"""
DIFFERENCES = """
SELECT d->>'check' AS check, d->>'where' AS where, d->>'what' AS what, d->>'ours' AS ours, d->>'chain' AS chain,
    (d->>'last_good')::bigint AS last_good_block
FROM (SELECT differences FROM journal.reconciliations ORDER BY id DESC LIMIT 1) newest,
    jsonb_array_elements(differences) WITH ORDINALITY AS kept (d, place)
ORDER BY place LIMIT %s
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class Operator:
    """primary: DSN of the database that the indexer writes."""

    primary: str

    async def read(self) -> Operations:
        """Everything as of one moment. Raises Problem where the database is away."""
        try:
            connecting = psycopg.AsyncConnection.connect(self.primary, row_factory=dict_row, **OPTIONS)
            async with await connecting as connection:
                await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
                await connection.set_read_only(True)
                return await read(connection)
        except (psycopg.OperationalError, OSError) as error:
            raise database_away() from error


async def read(connection: psycopg.AsyncConnection[Row]) -> Operations:
    async def rows(statement: str | sql.Composed, *values: object) -> list[Row]:
        return await (await connection.execute(statement, values)).fetchall()

    (beginning,) = await rows(BEGINNING)
    at: int = beginning["at"]
    found = await rows(CURSOR, LEADER_LOCK) if beginning["has_journal"] else []
    if not found:
        return operations(at, "empty", "Nothing is indexed yet. Next: freehold indexer run")
    cursor = found[0]
    verification = [Verification(**row) for row in await rows(VERIFICATION)]
    versions = [Version(**row) for row in await rows(VERSIONS)]
    live = [version.name for version in versions if version.live]
    rejected = await rows(sql.SQL("SELECT count(*) FROM {}.rejections").format(sql.Identifier(*live))) if live else []
    runs = await rows(RECONCILIATIONS, RECONCILIATIONS_MAX)
    state, advice = standing(cursor, verification[0] if verification else None, runs)
    return operations(
        at,
        state,
        advice,
        position=position(at, cursor, rejected[0]["count"] if rejected else 0),
        verification=verification[0] if verification else None,
        providers=[Provider(**row) for row in await rows(PROVIDERS)],
        versions=versions,
        reorgs=[Reorg(**row) for row in await rows(REORGS, REORGS_MAX)],
        reconciliations=[reconciliation(run) for run in runs],
        checks=checks_of(runs),
        differences=[Difference(**row) for row in await rows(DIFFERENCES, DIFFERENCES_MAX)],
    )


def operations(at: int, state: State, advice: str | None, **known: Any) -> Operations:
    """What is not known is none, or nothing."""
    nothing: dict[str, Any] = {"position": None, "verification": None}
    lists: dict[str, Any] = {
        name: [] for name in ("providers", "versions", "reorgs", "reconciliations", "checks", "differences")
    }
    return Operations(at=at, state=state, advice=advice, **{**nothing, **lists, **known})


def position(at: int, cursor: Row, rejected: int) -> Position:
    known = {name: value for name, value in cursor.items() if name not in ("halted", "led", "indexed_timestamp")}
    # Before its first block an index stands on one that it does not hold.
    timestamp = cursor["indexed_timestamp"] or 0
    return Position(
        **known,
        indexed_timestamp=timestamp,
        lag_blocks=max(0, cursor["head_block"] - cursor["indexed_block"]),
        lag_seconds=max(0, at - timestamp) if timestamp else 0,
        rejected_logs=rejected,
    )


def standing(cursor: Row, verification: Verification | None, runs: Sequence[Row]) -> tuple[State, str | None]:
    """In one word, and what to do about it; the gravest first."""
    if cursor["halted"]:
        return "halted", cursor["halted"]
    if not cursor["led"]:
        return "stopped", "No indexer leads, so nothing is written. Next: freehold indexer run"
    if verification and verification.waiting:
        return "waiting", f"Nothing moves: {verification.waiting}. It goes on by itself once that is over."
    state: State = "catching_up" if cursor["head_block"] - cursor["indexed_block"] > NEAR_BLOCKS else "following"
    if runs and runs[0]["differences"]:
        block = runs[0]["block"]
        return (
            state,
            f"As of block {block} not all is what the contracts say. Next: freehold indexer reconcile, then verify",
        )
    return state, verification.warning if verification else None


def reconciliation(run: Row) -> Reconciliation:
    known = {name: value for name, value in run.items() if name not in ("compared", "differing")}
    return Reconciliation(**known, values=sum(run["compared"].values()))


def checks_of(runs: Sequence[Mapping[str, Any]]) -> list[Check]:
    """Those of the newest reconciliation. runs: newest first."""
    if not runs:
        return []
    newest = runs[0]

    def last_good(name: str) -> int | None:
        good = (run["block"] for run in runs if name in run["compared"] and name not in run["differing"])
        return next(good, None)

    found = [
        Check(name=name, values=values, differences=newest["differing"].get(name, 0), last_good_block=last_good(name))
        for name, values in newest["compared"].items()
    ]
    return sorted(found, key=lambda check: (-check.differences, check.name))
