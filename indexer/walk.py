"""What the operator sees of a command that goes through many things: a bar on a terminal, else a line now and then."""

import sys
import time
from collections.abc import Callable
from typing import Self

from indexer.bars import counting_bar
from indexer.report import LineReport, Rate

LINE_SECONDS = 10.0


class Walk:
    """As `with Walk("verified", "blocks") as show: show(done, total)`."""

    def __init__(self, words: str, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.words, self.unit, self.clock = words, unit, clock
        self.rate, self.done, self.said_at = Rate(), 0, clock()
        self.lines = None if sys.stderr.isatty() else LineReport()
        self.bar = counting_bar(self.rate, unit)
        self.task = self.bar.add_task(words, total=None)

    def __enter__(self) -> Self:
        if self.lines is None:
            self.bar.start()
        return self

    def __call__(self, done: int, total: int, doing: str | None = None) -> None:
        self.rate.note(max(0, done - self.done))
        self.done = done
        self.bar.update(self.task, completed=done, total=total, description=doing or self.words)
        if self.lines is not None and self.clock() - self.said_at >= LINE_SECONDS:
            self.said_at, per_second = self.clock(), self.rate.per_second()
            values = {self.unit: done, "of": total, "per_second": round(per_second, 1), "doing": doing}
            self.lines(self.words, {**values, "eta_seconds": round(max(0, total - done) / max(per_second, 0.1))})

    def __exit__(self, *_: object) -> None:
        self.bar.stop()
