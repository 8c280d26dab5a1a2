"""The one transaction: blocks, logs, projections, digest, cursor, notification, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import psycopg

from indexer import digests, folds, journal, versions
from indexer.arrays import Counts
from indexer.chain import Block, BlockHash, BlockNumber
from indexer.deployment import Deployment
from indexer.errors import Halt, Retry, Unusable
from indexer.follow import Held
from indexer.journal import Connection, Cursor
from indexer.rendered import Rendered
from indexer.standing import LEADER_LOCK, ProviderStanding, Verification
from indexer.versions import Version

CHANNEL = "freehold"
# A dead host must not keep the leader's lock, nor a dead server us: either side gives up one that does not answer.
CONNECTION_OPTIONS: dict[str, int | str] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 10,
    "application_name": "freehold-indexer",
}
SERVER_OPTIONS = """
SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000
"""
SILENT_LEADER = """
SELECT pg_terminate_backend(a.pid) FROM pg_locks l
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = %s AND l.objsubid = 1 AND l.granted
AND a.state <> 'active' AND a.state_change < clock_timestamp() - make_interval(secs => %s)
"""


@dataclass(frozen=True)
class Step:
    """What one transaction does: perhaps rewind to a fork, then append blocks with all their logs."""

    blocks: Sequence[Block]
    rendered: Rendered
    """All of their logs, as the database takes them."""
    head: BlockNumber
    finalized: BlockNumber
    """What may be called final afterwards (follow.final_after); lower than before says nothing."""
    fork: BlockNumber | None = None


@dataclass
class Store:
    """The writer's connection, and what it holds. One for each process."""

    connection: Connection
    reader: str | None = None
    cursor: Cursor = field(init=False)
    version: Version = field(init=False)
    held: Held = field(init=False)

    def prepare(self, deployment: Deployment) -> None:
        """Migrate, and check that the database follows this deployment."""
        with self.connection.transaction():
            journal.migrate(self.connection, self.reader)
            versions.share_versions(self.connection)
            journal.bind_deployment(self.connection, deployment)

    def begin(self, anchor: Block) -> None:
        """Start an empty journal above `anchor`, with an empty live version."""
        with self.connection.transaction():
            journal.start_cursor(self.connection, anchor)
            versions.create_version(self.connection, anchor.number, anchor.hash, live=True)

    def lead(self) -> bool:
        """Become the one writer, if nobody else is; the kernel frees the lock with the socket."""
        row = self.connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
        return bool(row and row[0])

    def unseat(self, silent_seconds: float) -> bool:
        """End the leader's session if nothing was heard in it for so long: a process that is paused keeps its socket,
        and the lock with it. Whether there was one. A leader at work speaks at least every ten seconds, and one that
        wakes finds its session gone."""
        return self.connection.execute(SILENT_LEADER, [LEADER_LOCK, silent_seconds]).fetchone() is not None

    def load(self) -> None:
        """Take up what the database holds."""
        with self.connection.transaction():
            cursor = journal.read_cursor(self.connection)
            version = versions.live_version(self.connection)
            if cursor is None or version is None:
                raise Halt("the journal has no cursor: start with `freehold indexer run`")
            versions.require_same_code(version)
            folds.use_schema(self.connection, version.schema_name)
            held = journal.read_held(self.connection, cursor)
        self.cursor, self.version, self.held = cursor, version, held

    def apply(self, step: Step) -> Counts:
        """Do a step, all or nothing; how many events it said. Raises Halt where the journal is not as we left it."""
        assert step.blocks, "a step appends at least one block"
        tip = step.blocks[-1]
        base = step.fork if step.fork is not None else self.cursor.number
        assert step.blocks[0].number == base + 1, "a step appends to the tip or to the fork"
        finalized = BlockNumber(max(self.cursor.finalized, min(step.finalized, tip.number)))
        epoch = self.cursor.epoch + (step.fork is not None)
        try:
            self._write(step, tip, finalized, epoch)
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            raise Unusable(f"what the node says cannot be true of this chain: {error}") from error
        self._remember(step, tip, finalized, epoch)
        return step.rendered.counts

    def _write(self, step: Step, tip: Block, finalized: BlockNumber, epoch: int) -> None:
        with self.connection.transaction():
            self._fence(tip, finalized, step.head, epoch)
            versions.move(self.connection, self.version, tip.number, tip.hash)
            if step.fork is not None:
                folds.undo(self.connection, step.fork)
                journal.orphan(self.connection, self.cursor, step.fork)
            journal.append_blocks(self.connection, step.blocks)
            if step.rendered.logs:
                journal.append_logs(self.connection, step.rendered.log_rows)
            if counts := step.rendered.counts:
                folds.fold(self.connection, counts, step.rendered.arrays)
                digests.extend(self.connection, step.blocks[0].number, tip.number, counts)
            self.connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{tip.number}:{tip.hash}"])

    def anchor(self) -> Block:
        """The block below the first that can hold our logs."""
        return journal.first_block(self.connection)

    def hash_at(self, number: BlockNumber) -> BlockHash:
        """Of a block that the journal holds."""
        return journal.hash_of(self.connection, number)

    def rewind(self, fork: Block) -> None:
        """Give up the blocks above one that we hold, final or not, on the operator's word; versions that follow the
        journal find it like any other reorg. Raises Retry where the journal is not as we left it."""
        finalized = BlockNumber(min(self.cursor.finalized, fork.number))
        with self.connection.transaction():
            self._fence(fork, finalized, self.cursor.head, self.cursor.epoch + 1)
            folds.undo(self.connection, fork.number)
            journal.orphan(self.connection, self.cursor, fork.number)
            versions.move(self.connection, self.version, fork.number, fork.hash)
            self.connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{fork.number}:{fork.hash}"])
        self.load()

    def _fence(self, tip: Block, finalized: BlockNumber, head: BlockNumber, epoch: int) -> None:
        """Move the cursor, only from the tip that we think we hold: a writer that slept too long writes nothing."""
        moved = self.connection.execute(
            "UPDATE journal.cursor SET number = %s, hash = %s, finalized_number = %s, head_number = %s, epoch = %s, "
            "halted = NULL WHERE hash = %s AND epoch = %s",
            [
                tip.number, journal.raw(tip.hash), finalized, max(head, tip.number), epoch,
                journal.raw(self.cursor.hash), self.cursor.epoch,
            ],
        )  # fmt: skip
        if moved.rowcount != 1:
            raise Retry("the journal is not where we left it: taking up what it holds")

    def _remember(self, step: Step, tip: Block, finalized: BlockNumber, epoch: int) -> None:
        base = step.blocks[0].number
        hashes = {number: hash_ for number, hash_ in self.held.hashes.items() if finalized <= number < base}
        hashes |= {block.number: block.hash for block in step.blocks if block.number >= finalized}
        self.held = Held(tip.number, hashes, finalized)
        self.cursor = Cursor(tip.number, tip.hash, finalized, max(step.head, tip.number), epoch, None)
        self.version = replace(self.version, number=tip.number, hash=tip.hash)

    def note_providers(self, verification: Verification, providers: Sequence[ProviderStanding]) -> None:
        """Leave word of how the providers are. Nothing that was derived depends on it."""
        with self.connection.transaction():
            journal.write_providers(self.connection, verification, providers)

    def halt(self, reason: str) -> None:
        """Leave word for the operator. Nothing else changes."""
        with self.connection.transaction():
            self.connection.execute("UPDATE journal.cursor SET halted = %s", [reason])
