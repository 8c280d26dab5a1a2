"""The journal: blocks and logs as stored, the cursor, and the migrations that make its tables and those beside it.

Reads and writes inside the transaction of its caller; never commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql

from indexer.chain import Address, Block, BlockHash, BlockNumber, Log, LogIndex, TransactionHash
from indexer.deployment import Deployment
from indexer.errors import Halt
from indexer.follow import Held
from indexer.standing import ProviderStanding, Verification

Connection = psycopg.Connection[tuple[Any, ...]]

MIGRATION_LOCK = 0x66726565
MIGRATION_LOCK_TIMEOUT = "2s"
"""Whoever waits for a table keeps every later reader of it waiting behind: rather try again."""
MIGRATIONS = resources.files("indexer") / "migrations"
HELD_HASHES_MAX = 20_000
READ_LOGS = """
SELECT l.block_number, encode(b.hash, 'hex'), l.log_index, encode(l.transaction_hash, 'hex'), l.transaction_index,
       encode(l.address, 'hex'), l.topics, encode(l.data, 'hex')
FROM journal.logs l JOIN journal.blocks b ON b.number = l.block_number
WHERE l.block_number BETWEEN %s AND %s ORDER BY l.block_number, l.log_index
"""

BLOCK = "number, '0x' || encode(hash, 'hex'), '0x' || encode(parent_hash, 'hex'), timestamp"
CURSOR = "number, '0x' || encode(hash, 'hex'), finalized_number, head_number, epoch, halted"


@dataclass(frozen=True)
class Cursor:
    """Where the journal stands."""

    number: BlockNumber
    hash: BlockHash
    finalized: BlockNumber
    head: BlockNumber
    epoch: int
    halted: str | None


def migrate(connection: Connection, reader: str | None) -> None:
    """Bring the durable schemas up to date. Who could read the journal still can; the role `reader` may read both
    schemas, and add documents."""
    lock_schemas(connection)
    connection.execute("CREATE SCHEMA IF NOT EXISTS journal")
    connection.execute("CREATE TABLE IF NOT EXISTS journal.migrations (name text PRIMARY KEY, at timestamptz)")
    connection.execute(f"SET LOCAL lock_timeout = '{MIGRATION_LOCK_TIMEOUT}'".encode())
    if missing := missing_migrations(connection):
        for name in missing:
            connection.execute(MIGRATIONS.joinpath(name).read_bytes())
            connection.execute("INSERT INTO journal.migrations VALUES (%s, now())", [name])
        for role in readers(connection):
            grant_reading(connection, "journal", role)
    if reader:
        grant_reading(connection, "journal", reader)
        grant_reading(connection, "content", reader)
        adding = sql.SQL("GRANT INSERT ON content.documents TO {reader}")
        connection.execute(adding.format(reader=sql.Identifier(reader)))


def migration_names() -> list[str]:
    """Of those of this release, in their order."""
    return sorted(file.name for file in MIGRATIONS.iterdir() if file.name.endswith(".sql"))


def missing_migrations(connection: Connection) -> list[str]:
    """Those that this database has not seen."""
    done = {name for (name,) in connection.execute("SELECT name FROM journal.migrations")}
    return [name for name in migration_names() if name not in done]


def require_migrated(connection: Connection) -> None:
    """Raises Halt where the tables are those of an older release, which still runs perhaps."""
    if missing_migrations(connection):
        raise Halt(
            "the journal's tables are as an older release left them. Next: `freehold indexer rebuild` or `run` of this "
            "one, which add what is missing; the older one is not disturbed"
        )


def lock_schemas(connection: Connection) -> None:
    """One process at a time makes, drops and shares schemas, until its transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])


def grant_reading(connection: Connection, schema: str, reader: str) -> None:
    names = {"schema": sql.Identifier(schema), "reader": sql.Identifier(reader)}
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {reader}").format(**names))
    connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}").format(**names))


def readers(connection: Connection) -> list[str]:
    """The roles that may read the journal, beside its owner."""
    rows = connection.execute(
        "SELECT pg_get_userbyid(grantee) FROM pg_namespace, aclexplode(nspacl) "
        "WHERE nspname = 'journal' AND privilege_type = 'USAGE' AND grantee NOT IN (nspowner, 0) ORDER BY 1"
    )
    return [role for (role,) in rows]


def bind_deployment(connection: Connection, deployment: Deployment) -> None:
    """Write down which deployment this database follows; raises Halt where it follows another."""
    ours = (
        deployment.chain_id,
        raw(deployment.genesis),
        deployment.start,
        [raw(address) for address in deployment.followed],
    )
    connection.execute(
        "INSERT INTO journal.deployment (chain_id, genesis_hash, first_block, addresses) "
        "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        ours,
    )
    columns = "chain_id, genesis_hash, first_block, addresses"
    row = connection.execute(f"SELECT {columns} FROM journal.deployment").fetchone()
    if row != ours:
        assert row is not None
        raise Halt(
            f"this database follows another deployment, on chain {row[0]} from block {row[2]}: "
            "give each deployment a database of its own"
        )


def read_cursor(connection: Connection) -> Cursor | None:
    row = connection.execute(f"SELECT {CURSOR} FROM journal.cursor").fetchone()
    return Cursor(*row) if row else None


def lock_cursor(connection: Connection) -> Cursor:
    """The cursor, held still until the transaction ends."""
    row = connection.execute(f"SELECT {CURSOR} FROM journal.cursor FOR UPDATE").fetchone()
    assert row is not None, "a journal with a version has a cursor"
    return Cursor(*row)


def start_cursor(connection: Connection, anchor: Block) -> None:
    """Begin at the block before the first that can hold our logs."""
    append_blocks(connection, [anchor])
    connection.execute(
        "INSERT INTO journal.cursor (number, hash, finalized_number, head_number, epoch) VALUES (%s, %s, %s, %s, 0)",
        [anchor.number, raw(anchor.hash), anchor.number, anchor.number],
    )


def read_held(connection: Connection, cursor: Cursor) -> Held:
    """Our newest blocks, down to the finalized one; that one itself, however far back it is."""
    rows = connection.execute(
        "SELECT number, '0x' || encode(hash, 'hex') FROM journal.blocks WHERE number >= %s OR number = %s",
        [max(cursor.finalized, cursor.number - HELD_HASHES_MAX), cursor.finalized],
    )
    return Held(cursor.number, dict(rows.fetchall()), cursor.finalized)


def write_providers(connection: Connection, verification: Verification, providers: Sequence[ProviderStanding]) -> None:
    """Replace what is known of the providers."""
    connection.execute("DELETE FROM journal.verification")
    connection.execute(
        "INSERT INTO journal.verification (level, warning, waiting) VALUES (%s, %s, %s)",
        [verification.level, verification.warning, verification.waiting],
    )
    connection.execute("DELETE FROM journal.providers")
    for position, row in enumerate(providers):
        connection.execute(
            "INSERT INTO journal.providers VALUES (%s, %s, %s, %s, now() + make_interval(secs => %s), %s, %s, %s, %s)",
            [
                row.name, position, row.state, row.reason, row.aside_seconds, row.faults, row.lies, row.latency_ms,
                row.head,
            ],
        )  # fmt: skip


def read_verification(connection: Connection) -> Verification | None:
    """None where no indexer has led on this database since it has the table."""
    row = connection.execute("SELECT to_regclass('journal.verification')").fetchone()
    if row is None or row[0] is None:
        return None
    found = connection.execute("SELECT level, warning, waiting FROM journal.verification").fetchone()
    return Verification(*found) if found else None


def read_providers(connection: Connection) -> list[ProviderStanding]:
    rows = connection.execute(
        "SELECT name, state, reason, greatest(0, extract(epoch FROM aside_until - now()))::integer, faults, lies, "
        "latency_ms, head_number FROM journal.providers ORDER BY position"
    )
    return [ProviderStanding(*row) for row in rows]


def append_blocks(connection: Connection, blocks: Iterable[Block]) -> None:
    lines = [f"{b.number}\t\\\\x{b.hash[2:]}\t\\\\x{b.parent_hash[2:]}\t{b.timestamp}\n" for b in blocks]
    copy(connection, "COPY journal.blocks (number, hash, parent_hash, timestamp) FROM STDIN", lines)


def append_logs(connection: Connection, rows: bytes) -> None:
    """rows: what copying.log_rows made of the logs."""
    with connection.cursor() as cursor, cursor.copy("COPY journal.logs FROM STDIN (FORMAT binary)") as stream:
        stream.write(rows)


def copy(connection: Connection, statement: str, lines: list[str]) -> None:
    if lines:
        with connection.cursor() as cursor, cursor.copy(statement.encode()) as stream:
            stream.write("".join(lines))


def orphan(connection: Connection, cursor: Cursor, fork: BlockNumber) -> None:
    """Delete what lies above the fork, and keep the hashes: somebody may still ask for them."""
    connection.execute(
        "INSERT INTO journal.reorgs (epoch, fork_number, fork_hash, old_number, old_hash) "
        "SELECT %s, number, hash, %s, %s FROM journal.blocks WHERE number = %s",
        [cursor.epoch + 1, cursor.number, raw(cursor.hash), fork],
    )
    connection.execute("DELETE FROM journal.logs WHERE block_number > %s", [fork])
    connection.execute(
        "WITH gone AS (DELETE FROM journal.blocks WHERE number > %s RETURNING hash, number) "
        "INSERT INTO journal.orphaned_blocks (hash, epoch, number) SELECT hash, %s, number FROM gone",
        [fork, cursor.epoch + 1],
    )


def read_logs(connection: Connection, first: BlockNumber, last: BlockNumber) -> list[Log]:
    """Logs of a range as they were given, both ends included, in chain order."""
    return [
        Log(
            BlockNumber(number),
            BlockHash("0x" + block_hash),
            LogIndex(index),
            TransactionHash("0x" + transaction),
            transaction_index,
            Address("0x" + address),
            ["0x" + topic.hex() for topic in topics],
            "0x" + data,
        )
        for number, block_hash, index, transaction, transaction_index, address, topics, data in connection.execute(
            READ_LOGS, [first, last]
        )
    ]


def batch_end(connection: Connection, first: BlockNumber, last: BlockNumber, logs_max: int) -> BlockNumber:
    """Where a range that begins at `first` ends, so that it holds about logs_max logs, and one block at least."""
    row = connection.execute(
        "SELECT block_number FROM journal.logs WHERE block_number BETWEEN %s AND %s "
        "ORDER BY block_number, log_index OFFSET %s LIMIT 1",
        [first, last, logs_max],
    ).fetchone()
    return BlockNumber(max(row[0] - 1, first)) if row else last


def first_block(connection: Connection) -> Block:
    """The block below the first that can hold our logs. Raises Halt where the journal is empty."""
    row = connection.execute(f"SELECT {BLOCK} FROM journal.blocks ORDER BY number LIMIT 1").fetchone()
    if row is None:
        raise Halt("the journal is empty: start with `freehold indexer run`")
    return Block(*row)


def block_at(connection: Connection, number: BlockNumber) -> Block | None:
    row = connection.execute(f"SELECT {BLOCK} FROM journal.blocks WHERE number = %s", [number]).fetchone()
    return Block(*row) if row else None


def read_blocks(connection: Connection, numbers: Sequence[BlockNumber]) -> dict[BlockNumber, Block]:
    """Those of these blocks that the journal holds."""
    rows = connection.execute(f"SELECT {BLOCK} FROM journal.blocks WHERE number = ANY(%s)", [list(numbers)])
    return {block.number: block for block in (Block(*row) for row in rows)}


def hash_of(connection: Connection, number: BlockNumber) -> BlockHash:
    row = connection.execute(f"SELECT {BLOCK} FROM journal.blocks WHERE number = %s", [number]).fetchone()
    assert row is not None, "asked for a block that the journal holds"
    return BlockHash(row[1])


def fork_of(connection: Connection, number: BlockNumber, block_hash: BlockHash) -> Block | None:
    """Where the journal left the branch of a block that was orphaned; None where it still holds that block."""
    row = connection.execute("SELECT hash FROM journal.blocks WHERE number = %s", [number]).fetchone()
    if row and row[0] == raw(block_hash):
        return None
    fork = connection.execute(
        f"SELECT {BLOCK} FROM journal.blocks WHERE number = (SELECT min(fork_number) FROM journal.reorgs "
        "WHERE epoch >= (SELECT min(epoch) FROM journal.orphaned_blocks WHERE hash = %s))",
        [raw(block_hash)],
    ).fetchone()
    if fork is None:
        raise Halt(f"block {number} {block_hash} is neither held nor known as orphaned: rebuild from the journal")
    return Block(*fork)


def raw(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal[2:])
