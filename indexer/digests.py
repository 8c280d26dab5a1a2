"""The digest of a version: a hash for each block that has rows, over its hash and the text of its rows, chained.

Equal between any two indexes of a deployment at the same block, however they came there. Inside the transaction of its
caller.
"""

import hashlib
from collections.abc import Container, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from indexer.chain import BlockNumber
from indexer.journal import Connection
from indexer.projections import histories
from indexer.projections.history import SCHEMA, History

digests = sa.Table(
    "digests",
    sa.MetaData(schema=SCHEMA),
    sa.Column("block_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("digest", postgresql.BYTEA, nullable=False),
)


def extend(connection: Connection, first: BlockNumber, last: BlockNumber, kinds: Container[type]) -> None:
    """One hash for each block that has rows, over its hash and the canonical text of its rows, chained.

    Blocks without rows leave no trace, so the size of a batch cannot change it. kinds: those of the events of these
    blocks; only histories that fold one of them have rows there.
    """
    touched = [history for history in histories() if any(rule.adds(kinds) for rule in history.folds)]
    found = chained(connection, first, last, touched)
    if found:
        numbers, values = list(found), [bytes.fromhex(value) for value in found.values()]
        connection.execute("INSERT INTO digests SELECT * FROM unnest(%s::bigint[], %s::bytea[])", [numbers, values])


def chained(
    connection: Connection, first: BlockNumber, last: BlockNumber, of: Sequence[History]
) -> dict[BlockNumber, str]:
    """The digest of each block of a range that has rows of these histories, by the rows as they are now."""
    if not of:
        return {}
    union = " UNION ALL ".join(history.digest_sql() for history in of)
    rows = connection.execute(
        f"SELECT r.*, encode(b.hash, 'hex') FROM ({union}) r (number, name, digest) "
        "JOIN journal.blocks b USING (number) ORDER BY number, name",
        {"first": first, "last": last},
    ).fetchall()
    previous = read(connection, BlockNumber(first - 1))
    found: dict[BlockNumber, str] = {}
    for number, block_text in _texts_by_block(rows):
        previous = hashlib.sha256(f"{previous}\n{block_text}".encode()).hexdigest()
        found[number] = previous
    return found


def _texts_by_block(rows: Sequence[tuple[int, str, str, str]]) -> list[tuple[BlockNumber, str]]:
    texts: dict[BlockNumber, str] = {}
    for number, name, digest, block_hash in rows:
        texts.setdefault(BlockNumber(number), block_hash)
        texts[BlockNumber(number)] += f"\n{name} {digest}"
    return list(texts.items())


def read_range(connection: Connection, first: BlockNumber, last: BlockNumber) -> dict[BlockNumber, str]:
    """The digests that were written for the blocks of a range: those that had rows."""
    query = "SELECT block_number, encode(digest, 'hex') FROM digests WHERE block_number BETWEEN %s AND %s"
    return dict(connection.execute(query, [first, last]).fetchall())


def read(connection: Connection, number: BlockNumber) -> str:
    """The digest as of a block: that of the last block with rows, or the empty start."""
    row = connection.execute(
        "SELECT encode(digest, 'hex') FROM digests WHERE block_number <= %s ORDER BY block_number DESC LIMIT 1",
        [number],
    ).fetchone()
    return row[0] if row else ""
