"""Batches of the journal's logs, each read and rendered while the one before it is folded.

Reading has a thread and a connection of its own, so it sees the journal of another moment than the fold does. A batch
therefore says in which block it ends: as blocks are linked, whoever holds that block holds all that is in the batch.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psycopg
from psycopg import IsolationLevel, conninfo

from indexer import journal
from indexer.arrays import Arrays, Counts, arrays_of, counts_of
from indexer.chain import BlockHash, BlockNumber
from indexer.decode import Decoders, decode
from indexer.journal import Connection


@dataclass(frozen=True)
class Batch:
    """What some blocks say, both ends included."""

    first: BlockNumber
    last: BlockNumber
    last_hash: BlockHash
    logs: int
    counts: Counts
    arrays: Arrays


def read_batch(
    connection: Connection, decoders: Decoders, first: BlockNumber, tip: BlockNumber, logs_max: int
) -> Batch:
    """From `first` on, up to `tip`, about so many logs; inside the transaction of its caller."""
    last = journal.batch_end(connection, first, tip, logs_max)
    logs = journal.read_logs(connection, first, last)
    events = decode(decoders, logs)
    return Batch(first, last, journal.hash_of(connection, last), len(logs), counts_of(events), arrays_of(events))


@dataclass
class ReadAhead:
    """Reads the journal that `connection` writes beside; a context, since it opens a connection."""

    connection: Connection
    decoders: Decoders
    logs_max: int
    _reader: Connection | None = field(default=None, init=False)
    _ahead: Future[Batch | None] | None = field(default=None, init=False)
    _executor: ThreadPoolExecutor = field(init=False)

    def __enter__(self) -> Self:
        self._executor = ThreadPoolExecutor(1, "read-ahead")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._executor.shutdown(cancel_futures=True)
        if self._reader is not None:
            self._reader.close()

    def batch(self, first: BlockNumber, tip: BlockNumber) -> Batch:
        """The next blocks as the writer's transaction sees them. What lies behind them is read meanwhile."""
        ahead, self._ahead = self._ahead, None
        try:
            batch = ahead.result() if ahead else None
        except psycopg.Error:  # no second connection is to be had, or it is lost: nothing is ahead then
            batch, self._reader = None, None
        if batch is None or batch.first != first or not self._holds(batch, tip):
            batch = read_batch(self.connection, self.decoders, first, tip, self.logs_max)
        if batch.last < tip:
            self.ask(BlockNumber(batch.last + 1), tip)
        return batch

    def ask(self, first: BlockNumber, tip: BlockNumber) -> None:
        """Begin to read a batch."""
        self._ahead = self._executor.submit(self._read, first, tip)

    def _holds(self, batch: Batch, tip: BlockNumber) -> bool:
        return batch.last <= tip and journal.hash_of(self.connection, batch.last) == batch.last_hash

    def _read(self, first: BlockNumber, tip: BlockNumber) -> Batch | None:
        """None where the journal does not reach as far any more."""
        if self._reader is None:
            info = self.connection.info
            dsn = conninfo.make_conninfo(**info.get_parameters(), password=info.password or None)
            self._reader = psycopg.connect(dsn, autocommit=True)
            self._reader.isolation_level, self._reader.read_only = IsolationLevel.REPEATABLE_READ, True
        with self._reader.transaction():
            cursor = journal.read_cursor(self._reader)
            if cursor is None or cursor.number < first:
                return None
            return read_batch(self._reader, self.decoders, first, min(tip, cursor.number), self.logs_max)
