"""The journal gives back what it was given."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import journal
from indexer.chain import Address, Block, BlockHash, BlockNumber, Log, LogIndex, TransactionHash
from indexer.copying import log_rows
from indexer.journal import Connection
from local.postgres import Postgres

BLOCKS = 3
COUNTS = st.integers(min_value=0, max_value=2**31 - 1)


def hexadecimal(data: bytes) -> str:
    return "0x" + data.hex()


def words(size: int) -> st.SearchStrategy[str]:
    return st.binary(min_size=size, max_size=size).map(hexadecimal)


HASHES = [BlockHash(hexadecimal(bytes([number]) * 32)) for number in range(BLOCKS + 1)]
LOGS = st.builds(
    lambda number, *rest: Log(BlockNumber(number), HASHES[number], *rest),
    st.integers(1, BLOCKS), COUNTS.map(LogIndex), words(32).map(TransactionHash), COUNTS, words(20).map(Address),
    st.lists(words(32), max_size=4), st.binary(max_size=200).map(hexadecimal),
)  # fmt: skip


@pytest.fixture(scope="module")
def empty(postgres: Postgres) -> Iterator[Connection]:
    """Of a database with the journal's tables and nothing in them."""
    with psycopg.connect(postgres.create_database("journal_alone"), autocommit=True) as connection:
        with connection.transaction():
            journal.migrate(connection, None)
        yield connection


@given(st.lists(LOGS, min_size=1, max_size=20, unique_by=lambda log: (log.block_number, log.log_index)))
def test_logs_come_back_as_they_were_given(empty: Connection, logs: list[Log]) -> None:
    """Of any form that a node can give: from no topic to four, and without data."""
    with empty.transaction(force_rollback=True):
        for number in range(1, BLOCKS + 1):
            block = Block(BlockNumber(number), HASHES[number], HASHES[number - 1], number)
            journal.append_blocks(empty, [block])
        journal.append_logs(empty, log_rows(logs))
        found = journal.read_logs(empty, BlockNumber(1), BlockNumber(BLOCKS))
    assert found == sorted(logs, key=lambda log: (log.block_number, log.log_index))
