"""What is said of what happens where there is no terminal, and at which rate it happens."""

import json
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Self

RATE_SECONDS = 10.0
SECONDS_MIN = 0.001


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
