"""What the operator sees of a version that follows the journal: a bar on a terminal, one line a batch elsewhere."""

import sys
from types import TracebackType
from typing import Self

from indexer.bars import counting_bar
from indexer.chain import BlockNumber
from indexer.report import LineReport, Rate


class LineProgress:
    """Each batch as a JSON object on a line of its own, on standard error."""

    def __init__(self) -> None:
        self.report = LineReport()
        self.blocks, self.logs = Rate(), Rate()
        self.last: BlockNumber | None = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, block: BlockNumber, tip: BlockNumber, logs: int) -> None:
        self.logs.note(logs)
        self.blocks.note(block - self.last if self.last is not None else 0)
        self.last = block
        blocks_per_second = round(self.blocks.per_second())
        values = {"block": block, "tip": tip, "logs": logs, "logs_per_second": round(self.logs.per_second())}
        self.report("folded", {**values, "eta_seconds": (tip - block) // max(1, blocks_per_second)})

    def __exit__(self, *_: object) -> None:
        pass


class BarProgress:
    """Blocks folded of blocks there are, with the rate of logs and the time that is left; gone when it is done."""

    def __init__(self) -> None:
        self.logs = Rate()
        self.progress = counting_bar(self.logs, "logs")
        self.task = self.progress.add_task("rebuilding", total=None)

    def report(self, event: str, values: dict[str, object]) -> None:
        words = ", ".join(f"{key} {value}" for key, value in values.items())
        self.progress.console.print(f"{event}: {words}", highlight=False)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __call__(self, block: BlockNumber, tip: BlockNumber, logs: int) -> None:
        self.logs.note(logs)
        self.progress.update(self.task, completed=block, total=max(tip, block))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()


def progress() -> LineProgress | BarProgress:
    return BarProgress() if sys.stderr.isatty() else LineProgress()
