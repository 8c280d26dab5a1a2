"""Bars on a terminal: how far, how fast, how long yet."""

from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from indexer.report import Rate

STANDINGS = {"standby": "standing by", "leading": "indexed", "database-away": "database away", "halt": "halted"}
"""What the bar says of the process after an event."""


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


def counting_bar(rate: Rate, unit: str) -> Progress:
    """Things done of things there are, with their rate and the time that is left; gone when it is done."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), RateColumn(rate, unit),
        TimeRemainingColumn(),
    )  # fmt: skip
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
