"""A version of the projections that is built beside the live one: a second follower, of the journal."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg

from indexer import journal, versions
from indexer.chain import BlockHash, BlockNumber
from indexer.decode import Decoders, decode
from indexer.journal import Connection, Cursor
from indexer.store import CHANNEL
from indexer.versions import Version

LOGS_PER_BATCH = 20_000


@dataclass
class Rebuild:
    """A second follower, of the journal instead of the node, with a schema and a cursor of its own."""

    connection: Connection
    decoders: Decoders
    reader: str | None = None
    logs_per_batch: int = LOGS_PER_BATCH

    def run(self, progress: Callable[[BlockNumber, BlockNumber], None]) -> Version:
        """Fold the whole journal into a fresh schema. progress: called with where it stands and the journal's tip."""
        self.connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with self.connection.transaction():
            first = journal.first_block(self.connection)
            version = versions.create_version(self.connection, first.number, first.hash, live=False, reader=self.reader)
        while True:
            with self.connection.transaction():
                cursor = journal.read_cursor(self.connection)
                assert cursor is not None, "a journal with blocks has a cursor"
                if cursor.hash == version.hash:
                    return version
                version = self._step(version, cursor)
            progress(version.number, cursor.number)

    def promote(self, version: Version) -> None:
        """Make a version the live one, at the tip: readers switch at this commit, between two blocks."""
        self.connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        with self.connection.transaction():
            cursor = journal.lock_cursor(self.connection)
            while version.hash != cursor.hash:
                version = self._step(version, cursor)
            self.connection.execute("UPDATE journal.versions SET live = false WHERE live")
            self.connection.execute(
                "UPDATE journal.versions SET live = true WHERE schema_name = %s", [version.schema_name]
            )
            self.connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{version.number}:{version.hash}"])

    def digest(self, version: Version) -> str:
        with self.connection.transaction():
            versions.use_schema(self.connection, version.schema_name)
            return versions.read_digest(self.connection, version.number)

    def _step(self, version: Version, cursor: Cursor) -> Version:
        """Towards the journal's tip by one batch, or back to the fork where our block was orphaned."""
        versions.use_schema(self.connection, version.schema_name)
        fork = journal.fork_of(self.connection, version.number, version.hash)
        if fork is not None:
            versions.undo(self.connection, fork.number)
            return self._moved(version, fork.number, fork.hash)
        first = BlockNumber(version.number + 1)
        last = journal.batch_end(self.connection, first, cursor.number, self.logs_per_batch)
        events = decode(self.decoders, journal.read_logs(self.connection, first, last))
        if events:
            versions.fold(self.connection, events)
            versions.extend_digest(self.connection, first, last, events)
        return self._moved(version, last, journal.hash_of(self.connection, last))

    def _moved(self, version: Version, number: BlockNumber, block_hash: BlockHash) -> Version:
        versions.move(self.connection, version, number, block_hash)
        return replace(version, number=number, hash=block_hash)
