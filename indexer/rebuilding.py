"""Versions of the projections beside the live one: built from the journal, kept at its tip, promoted, dropped.

The second follower: of the journal, not of the node. What it writes, nobody reads until it is promoted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
from psycopg import IsolationLevel

from indexer import digests, folds, journal, versions
from indexer.chain import BlockHash, BlockNumber
from indexer.decode import Decoders
from indexer.errors import Halt, Retry
from indexer.journal import Connection, Cursor
from indexer.read_ahead import ReadAhead
from indexer.store import CHANNEL
from indexer.versions import Version

LOGS_PER_BATCH = 20_000
POLL_SECONDS = 1
"""A notification is only a hint."""
LOOKS_WITHOUT_PROGRESS_MAX = 30
NEAR_BLOCKS = 20
"""So close to the tip the rest is folded while the leader waits."""
LOCK_TIMEOUT = "10s"
LAST_LOOKS_MAX = 100


Progress = Callable[[BlockNumber, BlockNumber, int], None]
"""Told of each batch: where the version stands, where the journal's tip is, how many logs were folded."""


@dataclass
class Rebuild:
    """Follows the journal into a version. One for each connection."""

    connection: Connection
    decoders: Decoders
    progress: Progress = lambda *_: None
    stopped: Callable[[], bool] = lambda: False
    logs_per_batch: int = LOGS_PER_BATCH

    def begin(self, fresh: bool = False) -> Version:
        """The version to build: one of this program's that was never promoted, or a fresh one where there is none, or
        where one is wanted. Migrates. Raises Halt where somebody builds it already."""
        with self._transaction(IsolationLevel.READ_COMMITTED):
            journal.migrate(self.connection, reader=None)
            version = None if fresh else versions.version_to_promote(self.connection)
            if version is None:
                first = journal.first_block(self.connection)
                version = versions.create_version(self.connection, first.number, first.hash, live=False)
        self.claim(version)
        return version

    def claim(self, version: Version) -> None:
        """Raises Halt where another process follows it, or where this program would write other rows."""
        if not version.ours:
            raise Halt(
                f"{version.schema_name} holds what another release makes of the events ({version.fingerprint}): "
                "let that release follow it"
            )
        if not versions.claim(self.connection, version):
            raise Halt(f"another process follows the journal into {version.schema_name}: end that one first")

    def catch_up(self, version: Version) -> Version:
        """Fold what the journal holds beyond the version, until it stands at the tip, is live, or we are stopped."""
        with self._read_ahead() as ahead:
            while not self.stopped():
                try:
                    with self._transaction(IsolationLevel.REPEATABLE_READ):
                        version = versions.read_version(self.connection, version.schema_name)
                        cursor = journal.read_cursor(self.connection)
                        assert cursor is not None, "a journal with versions has a cursor"
                        if version.live or version.hash == cursor.hash:
                            break
                        version, logs = self._step(version, cursor, ahead)
                except (Retry, psycopg.errors.SerializationFailure):
                    continue  # it was promoted under us, or its journal was rewound
                self.progress(version.number, cursor.number, logs)
        return version

    def follow(self, version: Version) -> Version:
        """Keep it at the tip, until it is promoted or we are stopped."""
        self.connection.execute(f"LISTEN {CHANNEL}".encode())
        while not (version := self.catch_up(version)).live and not self.stopped():
            self._wait()
        return version

    def promote(self, wanted: Version) -> Version:
        """Send readers to a version, at the journal's tip: they switch at this commit, between two blocks. The version
        that was live stays as it is."""
        self._come_near(wanted)
        try:
            with self._transaction(IsolationLevel.READ_COMMITTED):
                self.connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
                cursor = journal.lock_cursor(self.connection)
                version = self._at_tip(wanted, cursor)
                versions.share_versions(self.connection)
                versions.make_live(self.connection, version)
                self.connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{version.number}:{version.hash}"])
        except psycopg.errors.LockNotAvailable as error:
            raise Halt(
                f"the leader has kept the journal's cursor to itself for {LOCK_TIMEOUT}: is it paused in the middle "
                "of a commit? Nothing was changed"
            ) from error
        return replace(version, live=True)

    def drop(self, wanted: Version) -> None:
        """Raises Halt where it is live, followed, or read by somebody who does not finish."""
        if not versions.claim(self.connection, wanted):
            raise Halt(f"a process follows the journal into {wanted.schema_name}: end that one first")
        try:
            with self._transaction(IsolationLevel.READ_COMMITTED):
                self.connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
                journal.lock_schemas(self.connection)
                version = versions.lock_version(self.connection, wanted.schema_name)
                require_retired(version)
                versions.drop_version(self.connection, version)
        except psycopg.errors.LockNotAvailable as error:
            raise Halt(f"somebody has read {wanted.schema_name} for {LOCK_TIMEOUT}: nothing was dropped") from error

    def digest(self, version: Version) -> str:
        with self.connection.transaction():
            folds.use_schema(self.connection, version.schema_name)
            return digests.read(self.connection, version.number)

    def _come_near(self, version: Version) -> None:
        """Have all but the last blocks folded before the leader has to wait for us."""
        self.connection.execute(f"LISTEN {CHANNEL}".encode())
        looks, block = 0, version.number
        while self._lag(version) > NEAR_BLOCKS:
            if version.ours and versions.claim(self.connection, version):
                self.catch_up(version)
                return
            looks = looks + 1 if block == version.number else 0
            if looks > LOOKS_WITHOUT_PROGRESS_MAX or not versions.is_followed(self.connection, version):
                raise Halt(self._not_followed(version))
            block = version.number
            self._wait()
            version = versions.read_version(self.connection, version.schema_name)

    def _lag(self, version: Version) -> int:
        cursor = journal.read_cursor(self.connection)
        assert cursor is not None, "a journal with versions has a cursor"
        return cursor.number - version.number

    def _at_tip(self, wanted: Version, cursor: Cursor) -> Version:
        """The version, at the tip that we hold still."""
        if not wanted.ours:
            return self._moved_by_others(wanted, cursor)
        version = versions.lock_version(self.connection, wanted.schema_name)
        require_retired(version)
        with self._read_ahead() as ahead:
            while version.hash != cursor.hash:
                version, _ = self._step(version, cursor, ahead)
        return version

    def _moved_by_others(self, wanted: Version, cursor: Cursor) -> Version:
        """What another release writes, only that one can bring to the tip; it has no longer to go than we can wait."""
        for _ in range(LAST_LOOKS_MAX):
            version = versions.read_version(self.connection, wanted.schema_name)
            if version.hash == cursor.hash:
                require_retired(version)
                return version
            self.connection.execute("SELECT pg_sleep_for('50 milliseconds')")
        raise Halt(self._not_followed(version))

    def _not_followed(self, version: Version) -> str:
        return (
            f"{version.schema_name} stands {self._lag(version)} blocks behind the journal, and only the release that "
            f"wrote it ({version.fingerprint}) can bring it on. Next, with that release: "
            f"freehold indexer follow {version.schema_name}"
        )

    def _step(self, version: Version, cursor: Cursor, ahead: ReadAhead) -> tuple[Version, int]:
        """Towards the journal's tip by one batch, or back to the fork where our block was orphaned; how many logs."""
        folds.use_schema(self.connection, version.schema_name)
        fork = journal.fork_of(self.connection, version.number, version.hash)
        if fork is not None:
            folds.undo(self.connection, fork.number)
            return self._moved(version, fork.number, fork.hash), 0
        batch = ahead.batch(BlockNumber(version.number + 1), cursor.number)
        if batch.counts:
            folds.fold(self.connection, batch.counts, batch.arrays)
            digests.extend(self.connection, batch.first, batch.last, batch.counts)
        return self._moved(version, batch.last, batch.last_hash), batch.logs

    def _read_ahead(self) -> ReadAhead:
        return ReadAhead(self.connection, self.decoders, self.logs_per_batch)

    def _moved(self, version: Version, number: BlockNumber, block_hash: BlockHash) -> Version:
        versions.move(self.connection, version, number, block_hash)
        return replace(version, number=number, hash=block_hash)

    def _wait(self) -> None:
        """Until something is said of the journal, or for a while."""
        for _ in self.connection.notifies(timeout=POLL_SECONDS, stop_after=1):
            pass

    @contextmanager
    def _transaction(self, level: IsolationLevel) -> Iterator[None]:
        self.connection.isolation_level = level
        with self.connection.transaction():
            yield


def require_retired(version: Version) -> None:
    """Raises Halt where a version is live: it can neither be promoted nor dropped."""
    if version.live:
        raise Halt(f"{version.schema_name} is the live version")
