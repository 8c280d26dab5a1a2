"""What the operator sees while the indexer runs: a progress bar on a terminal, one line an event elsewhere."""

import json
import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from indexer.chain import BlockNumber


class LineReport:
    """Each event as a JSON object on a line of its own, on standard error."""

    def __call__(self, event: str, values: dict[str, object]) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(json.dumps({"at": moment, "event": event, **values}), file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class BarReport:
    """Blocks indexed of blocks there are, with the rate of logs and the time that is left."""

    def __init__(self) -> None:
        rate = TextColumn("{task.fields[rate]:>9} logs/s")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
        self.progress = Progress(*columns, console=Console(stderr=True))
        self.task = self.progress.add_task("indexed", total=None, rate="0")
        self.logs, self.started = 0, time.monotonic()

    def __call__(self, event: str, values: dict[str, object]) -> None:
        if event != "commit":
            words = ", ".join(f"{key} {value}" for key, value in values.items())
            self.progress.console.print(f"{event}: {words}", highlight=False)
            return
        self.logs += int(str(values["logs"]))
        rate = f"{self.logs / max(time.monotonic() - self.started, 0.001):,.0f}"
        block, head = int(str(values["block"])), int(str(values["head"]))
        self.progress.update(self.task, completed=block, total=max(head, block), rate=rate)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


Reporter = LineReport | BarReport


def reporter() -> Reporter:
    return BarReport() if sys.stderr.isatty() else LineReport()


class RebuildBar:
    """Progress of a rebuild; as `with RebuildBar() as show: show(number, tip)`."""

    def __init__(self) -> None:
        self.progress = Progress(
            console=Console(stderr=True), transient=True, redirect_stdout=False, disable=not sys.stderr.isatty()
        )
        self.task: TaskID = self.progress.add_task("rebuilding", total=None)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __call__(self, number: BlockNumber, tip: BlockNumber) -> None:
        self.progress.update(self.task, completed=number, total=tip)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()
