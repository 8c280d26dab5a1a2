"""What the operator sees while the indexer runs: a progress bar on a terminal, one line an event elsewhere."""

import json
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

RATE_SECONDS = 10.0
SECONDS_MIN = 0.001
STANDINGS = {"standby": "standing by", "leading": "indexed", "database-away": "database away", "halt": "halted"}
"""What the bar says of the process after an event."""


class LineReport:
    """Each event as a JSON object on a line of its own, on standard error."""

    def __call__(self, event: str, values: dict[str, object]) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(json.dumps({"at": moment, "event": event, **values}), file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Rate:
    """Things a second, over the last RATE_SECONDS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.since = clock()
        self.noted: deque[tuple[float, int]] = deque()

    def note(self, count: int) -> None:
        self.noted.append((self.clock(), count))

    def per_second(self) -> float:
        now = self.clock()
        while self.noted and self.noted[0][0] <= now - RATE_SECONDS:
            self.noted.popleft()
        seconds = min(RATE_SECONDS, max(now - self.since, SECONDS_MIN))
        return sum(count for _, count in self.noted) / seconds


class RateColumn(ProgressColumn):
    """A rate as it is when it is drawn: nothing comes, and it falls."""

    def __init__(self, rate: Rate, unit: str) -> None:
        super().__init__()
        self.rate, self.unit = rate, unit

    def render(self, task: Task) -> Text:  # noqa: ARG002
        return Text(f"{self.rate.per_second():>7,.0f} {self.unit}/s")


class BarReport:
    """The way from where it began to the head: blocks and logs a second, and the time that is left."""

    def __init__(self) -> None:
        self.blocks, self.logs = Rate(), Rate()
        columns = (
            TextColumn("{task.description}"), BarColumn(20), TextColumn("{task.fields[block]}/{task.fields[head]}"),
            RateColumn(self.blocks, "blocks"), RateColumn(self.logs, "logs"), TimeRemainingColumn(),
        )  # fmt: skip
        self.progress = Progress(*columns, console=Console(stderr=True))
        self.task = self.progress.add_task("starting", total=None, block="-", head="-")
        self.base: int | None = None
        """The block on which it began."""

    def __call__(self, event: str, values: dict[str, object]) -> None:
        if event != "commit":
            if event in STANDINGS:
                self.progress.update(self.task, description=STANDINGS[event])
            words = ", ".join(f"{key} {value}" for key, value in values.items())
            self.progress.console.print(f"{event}: {words}" if words else event, highlight=False)
            return
        block, blocks, logs, head = (int(str(values[key])) for key in ("block", "blocks", "logs", "head"))
        self.blocks.note(blocks)
        self.logs.note(logs)
        self.base = block - blocks if self.base is None else self.base
        head = max(head, block)
        self.progress.update(
            self.task, completed=block - self.base, total=head - self.base, block=block, head=head
        )  # fmt: skip

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


Reporter = LineReport | BarReport


def reporter() -> Reporter:
    return BarReport() if sys.stderr.isatty() else LineReport()
