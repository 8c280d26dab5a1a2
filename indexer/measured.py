"""The store with a watch on it: what each of its transactions took and brought. Changes nothing of what it does."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer import digests
from indexer.arrays import Counts
from indexer.chain import BlockNumber
from indexer.metrics import Metrics
from indexer.reconcile import record
from indexer.standing import ProviderStanding, Verification
from indexer.store import Step, Store

CHECKPOINT_BLOCKS = 1_000
"""The digest is shown at multiples of it, once they are final: two indexes can be compared there for a while."""


@dataclass(kw_only=True)
class MeasuredStore(Store):
    """A store that tells Metrics."""

    metrics: Metrics
    checkpoint: int = field(default=-1, init=False)

    def load(self) -> None:
        super().load()
        row = self.connection.execute(
            "SELECT timestamp FROM journal.blocks WHERE number = %s", [self.cursor.number]
        ).fetchone()
        self.metrics.timestamp = row[0] if row else None
        self._show_digest()

    def apply(self, step: Step) -> Counts:
        started = time.monotonic()
        counts = super().apply(step)
        self.metrics.note_step(len(step.blocks), step.rendered.logs, counts, time.monotonic() - started)
        self.metrics.timestamp = step.blocks[-1].timestamp
        self._show_digest()
        return counts

    def note_providers(self, verification: Verification, providers: Sequence[ProviderStanding]) -> None:
        super().note_providers(verification, providers)
        self.metrics.reconciled = record.newest(self.connection)

    def _show_digest(self) -> None:
        checkpoint = self.cursor.finalized // CHECKPOINT_BLOCKS * CHECKPOINT_BLOCKS
        if checkpoint != self.checkpoint:
            digest = digests.read(self.connection, BlockNumber(checkpoint))
            self.checkpoint, self.metrics.digest = checkpoint, (checkpoint, digest) if digest else None
