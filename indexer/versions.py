"""Versions of the projections: each a schema of its own, folded from the journal; one of them is live.

Writes inside the transaction of its caller; never commits.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from indexer.chain import BlockHash, BlockNumber
from indexer.digests import digests
from indexer.errors import Halt, Retry
from indexer.folds import use_schema
from indexer.journal import Connection, grant_reading, raw, readers
from indexer.projections import fingerprint, histories
from indexer.projections.history import SCHEMA, ddl

FOLLOWER_LOCK = 0x666F6C6C


@dataclass(frozen=True)
class Version:
    """A schema of projections and where it stands."""

    schema_name: str
    fingerprint: str
    live: bool
    number: BlockNumber
    hash: BlockHash

    @property
    def ours(self) -> bool:
        """This program writes such rows as it holds."""
        return self.fingerprint == fingerprint()

    @property
    def lock_key(self) -> int:
        """Its number, as the key of an advisory lock."""
        return int(self.schema_name.rsplit("_", 1)[1])


@dataclass(frozen=True)
class VersionStanding:
    """A version as its operator sees it."""

    schema_name: str
    fingerprint: str
    ours: bool
    live: bool
    followed: bool
    """A process other than the leader keeps it at the tip."""
    block: BlockNumber
    lag_blocks: int
    size_bytes: int
    built_at: datetime
    promoted_at: datetime | None


def live_version(connection: Connection) -> Version | None:
    return _first(connection, "live")


def read_version(connection: Connection, schema_name: str) -> Version:
    """Raises Halt where there is none of this name."""
    return _require(_first(connection, "schema_name = %s", schema_name), schema_name)


def lock_version(connection: Connection, schema_name: str) -> Version:
    """The same, held still until the transaction ends."""
    return _require(_first(connection, "schema_name = %s FOR UPDATE", schema_name), schema_name)


def version_to_promote(connection: Connection) -> Version | None:
    """The newest that this program has built, or builds, and that was never promoted."""
    unpromoted = "fingerprint = %s AND NOT live AND promoted_at IS NULL ORDER BY built_at DESC LIMIT 1"
    return _first(connection, unpromoted, fingerprint())


def previous_version(connection: Connection) -> Version | None:
    """The one that was live before the one that is."""
    return _first(connection, "NOT live AND promoted_at IS NOT NULL ORDER BY promoted_at DESC LIMIT 1")


def read_standings(connection: Connection) -> list[VersionStanding]:
    """Every version, the live one first, then by when it was built, the newest first."""
    rows = connection.execute(
        "SELECT schema_name, v.fingerprint, v.live, v.number, '0x' || encode(v.hash, 'hex'), c.number - v.number, "
        "(SELECT coalesce(sum(pg_table_size(k.oid) + pg_indexes_size(k.oid)), 0)::bigint FROM pg_class k "
        "WHERE k.relnamespace = schema_name::regnamespace AND k.relkind = 'r'), "
        "built_at AT TIME ZONE 'UTC', promoted_at AT TIME ZONE 'UTC' "
        "FROM journal.versions v, journal.cursor c ORDER BY live DESC, built_at DESC"
    ).fetchall()
    return [_standing(connection, Version(*row[:5]), *row[5:]) for row in rows]


def _standing(
    connection: Connection, version: Version, lag: int, size: int, built_at: datetime, promoted_at: datetime | None
) -> VersionStanding:
    return VersionStanding(
        version.schema_name, version.fingerprint, version.ours, version.live, is_followed(connection, version),
        version.number, lag, size, built_at, promoted_at,
    )  # fmt: skip


def _first(connection: Connection, condition: str, *arguments: str) -> Version | None:
    row = connection.execute(
        "SELECT schema_name, fingerprint, live, number, '0x' || encode(hash, 'hex') FROM journal.versions WHERE "
        + condition,
        arguments,
    ).fetchone()
    return Version(*row) if row else None


def _require(version: Version | None, schema_name: str) -> Version:
    if version is None:
        raise Halt(f"there is no version {schema_name} of the projections. Next: freehold indexer versions")
    return version


def create_version(connection: Connection, number: BlockNumber, block_hash: BlockHash, live: bool) -> Version:
    """An empty schema with every table, standing at the block before the first one of ours. Whoever may read the
    journal may read it."""
    taken = {name for (name,) in connection.execute("SELECT schema_name FROM journal.versions")}
    while (schema_name := f"{SCHEMA}_{_next_number(connection)}") in taken:
        pass
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema_name)))
    use_schema(connection, schema_name)
    tables = [table for history in histories() for table in (history.rows, history.current) if table is not None]
    for table in [*tables, digests]:
        for definition in ddl(table):
            connection.execute(definition.replace(f"{SCHEMA}.", f"{schema_name}."))
    for reader in readers(connection):
        grant_reading(connection, schema_name, reader)
    connection.execute(
        "INSERT INTO journal.versions (schema_name, fingerprint, live, number, hash, promoted_at) "
        "VALUES (%s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)",
        [schema_name, fingerprint(), live, number, raw(block_hash), live],
    )
    return Version(schema_name, fingerprint(), live, number, block_hash)


def _next_number(connection: Connection) -> int:
    row = connection.execute("SELECT nextval('journal.version_numbers')").fetchone()
    assert row, "a sequence has no end"
    return int(row[0])


def share_versions(connection: Connection) -> None:
    """Let whoever may read the journal read every version, also one that was built before there was this reader."""
    for reader in readers(connection):
        without = "SELECT schema_name FROM journal.versions WHERE NOT has_schema_privilege(%s, schema_name, 'USAGE')"
        for (schema_name,) in connection.execute(without, [reader]).fetchall():
            grant_reading(connection, schema_name, reader)


def make_live(connection: Connection, version: Version) -> None:
    """Send readers to a version that stands where the live one does. Later than any before, whatever the clock says:
    a rollback goes by it."""
    connection.execute("UPDATE journal.versions SET live = false WHERE live")
    promoted = connection.execute(
        "UPDATE journal.versions SET live = true, promoted_at = greatest(clock_timestamp(), "
        "(SELECT max(promoted_at) + interval '1 microsecond' FROM journal.versions)) "
        "WHERE schema_name = %s AND hash = %s",
        [version.schema_name, raw(version.hash)],
    )
    assert promoted.rowcount == 1, "it is held still"


def drop_version(connection: Connection, version: Version) -> None:
    assert not version.live, "readers need it"
    connection.execute("DELETE FROM journal.versions WHERE schema_name = %s", [version.schema_name])
    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(version.schema_name)))


def claim(connection: Connection, version: Version) -> bool:
    """Become the one that follows the journal into this version; the kernel frees the lock with the socket."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [FOLLOWER_LOCK, version.lock_key]).fetchone()
    return bool(row and row[0])


def is_followed(connection: Connection, version: Version) -> bool:
    """Somebody else has claimed it."""
    row = connection.execute(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' "
        "AND l.classid = %s AND l.objid = %s AND l.objsubid = 2 AND l.granted AND l.pid <> pg_backend_pid() "
        "AND d.datname = current_database()",
        [FOLLOWER_LOCK, version.lock_key],
    ).fetchone()
    return bool(row and row[0])


def require_same_code(version: Version) -> None:
    """Raises Halt where this program would write other rows than those that the live version holds."""
    if not version.ours:
        raise Halt(
            f"the live projections ({version.schema_name}, {version.fingerprint}) were written by another "
            f"release; this one writes {fingerprint()}. Next: freehold indexer rebuild --promote, or run that release"
        )


def move(connection: Connection, version: Version, to: BlockNumber, block_hash: BlockHash) -> None:
    """The version's cursor; only from where its writer thinks it stands."""
    moved = connection.execute(
        "UPDATE journal.versions SET number = %s, hash = %s WHERE schema_name = %s AND hash = %s AND live = %s",
        [to, raw(block_hash), version.schema_name, raw(version.hash), version.live],
    )
    if moved.rowcount != 1:
        raise Retry(f"{version.schema_name} was moved, promoted or retired meanwhile: taking up what is live now")
