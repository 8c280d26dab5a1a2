"""Versions of the projections: each a schema of its own, folded from the journal; one of them is live.

Folds and undoes inside the transaction of its caller; never commits.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects import postgresql

from indexer.chain import BlockHash, BlockNumber
from indexer.errors import Halt, Retry
from indexer.events import Events
from indexer.journal import Connection, grant_reading, raw
from indexer.projections import fingerprint, histories
from indexer.projections.history import SCHEMA, ddl, event_arrays

digests = sa.Table(
    "digests",
    sa.MetaData(schema=SCHEMA),
    sa.Column("block_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("digest", postgresql.BYTEA, nullable=False),
)


@dataclass(frozen=True)
class Version:
    """A schema of projections and where it stands."""

    schema_name: str
    fingerprint: str
    live: bool
    number: BlockNumber
    hash: BlockHash


def live_version(connection: Connection) -> Version | None:
    return _read(connection, "live")


def read_version(connection: Connection, schema_name: str) -> Version:
    version = _read(connection, "schema_name = %s", schema_name)
    if version is None:
        raise Halt(f"there is no version {schema_name} of the projections")
    return version


def _read(connection: Connection, condition: str, *arguments: str) -> Version | None:
    row = connection.execute(
        "SELECT schema_name, fingerprint, live, number, '0x' || encode(hash, 'hex') FROM journal.versions WHERE "
        + condition,
        arguments,
    ).fetchone()
    return Version(*row) if row else None


def create_version(
    connection: Connection, number: BlockNumber, block_hash: BlockHash, live: bool, reader: str | None
) -> Version:
    """An empty schema with every table, standing at the block before the first one of ours."""
    taken = {name for (name,) in connection.execute("SELECT schema_name FROM journal.versions")}
    schema_name = next(name for name in (f"projection_{n}" for n in range(1, len(taken) + 2)) if name not in taken)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema_name)))
    use_schema(connection, schema_name)
    tables = [table for history in histories() for table in (history.rows, history.current) if table is not None]
    for table in [*tables, digests]:
        for definition in ddl(table):
            connection.execute(definition.replace(f"{SCHEMA}.", f"{schema_name}."))
    if reader:
        grant_reading(connection, schema_name, reader)
    connection.execute(
        "INSERT INTO journal.versions (schema_name, fingerprint, live, number, hash) VALUES (%s, %s, %s, %s, %s)",
        [schema_name, fingerprint(), live, number, raw(block_hash)],
    )
    return Version(schema_name, fingerprint(), live, number, block_hash)


def require_same_code(version: Version) -> None:
    """Raises Halt where this program would write other rows than those that the version holds."""
    if version.fingerprint != fingerprint():
        raise Halt(
            f"the live projections ({version.schema_name}, {version.fingerprint}) were written by another "
            f"release; this one writes {fingerprint()}. Next: freehold indexer rebuild --promote"
        )


def use_schema(connection: Connection, schema_name: str) -> None:
    """Names without a schema mean this version's tables from here on."""
    connection.execute("SELECT set_config('search_path', %s, false)", [schema_name])


def fold(connection: Connection, events: Events) -> None:
    """Append what the events say to every history; needs use_schema first."""
    arrays = {kind: event_arrays(kind, rows) for kind, rows in events.items()}
    for history in histories():
        for rule in history.folds:
            if rule.event in arrays:
                connection.execute(history.fold_sql(rule), arrays[rule.event])


def undo(connection: Connection, fork: BlockNumber) -> None:
    """Take back every row above the fork."""
    for history in reversed(histories()):
        connection.execute(history.undo_sql(), {"fork": fork})
    connection.execute("DELETE FROM digests WHERE block_number > %s", [fork])


def move(connection: Connection, version: Version, to: BlockNumber, block_hash: BlockHash) -> None:
    """The version's cursor; only from where its writer thinks it stands."""
    moved = connection.execute(
        "UPDATE journal.versions SET number = %s, hash = %s WHERE schema_name = %s AND hash = %s AND live = %s",
        [to, raw(block_hash), version.schema_name, raw(version.hash), version.live],
    )
    if moved.rowcount != 1:
        raise Retry(f"{version.schema_name} was moved, promoted or retired meanwhile: taking up what is live now")


def extend_digest(connection: Connection, first: BlockNumber, last: BlockNumber, events: Events) -> None:
    """One hash for each block that has rows, over its hash and the canonical text of its rows, chained.

    Blocks without rows leave no trace, so the size of a batch cannot change it. events: those of these blocks;
    only histories that fold one of them have rows there.
    """
    touched = [history for history in histories() if any(rule.event in events for rule in history.folds)]
    union = " UNION ALL ".join(history.digest_sql() for history in touched)
    rows = connection.execute(
        f"SELECT r.*, encode(b.hash, 'hex') FROM ({union}) r (number, name, digest) "
        "JOIN journal.blocks b USING (number) ORDER BY number, name",
        {"first": first, "last": last},
    ).fetchall()
    previous = read_digest(connection, BlockNumber(first - 1))
    chained: dict[BlockNumber, str] = {}
    for number, block_text in _texts_by_block(rows):
        previous = hashlib.sha256(f"{previous}\n{block_text}".encode()).hexdigest()
        chained[number] = previous
    if chained:
        numbers, values = list(chained), [bytes.fromhex(value) for value in chained.values()]
        connection.execute("INSERT INTO digests SELECT * FROM unnest(%s::bigint[], %s::bytea[])", [numbers, values])


def _texts_by_block(rows: Sequence[tuple[int, str, str, str]]) -> list[tuple[BlockNumber, str]]:
    texts: dict[BlockNumber, str] = {}
    for number, name, digest, block_hash in rows:
        texts.setdefault(BlockNumber(number), block_hash)
        texts[BlockNumber(number)] += f"\n{name} {digest}"
    return list(texts.items())


def read_digest(connection: Connection, number: BlockNumber) -> str:
    """The digest as of a block: that of the last block with rows, or the empty start."""
    row = connection.execute(
        "SELECT encode(digest, 'hex') FROM digests WHERE block_number <= %s ORDER BY block_number DESC LIMIT 1",
        [number],
    ).fetchone()
    return row[0] if row else ""
