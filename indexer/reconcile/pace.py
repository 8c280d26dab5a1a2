"""The pace of calls that the operator allows: a node has other work too."""

import time
from collections.abc import Callable

CALLS_TOGETHER = 50
"""In one batch of requests."""


class Pace:
    """No more calls a second than the operator allows."""

    def __init__(
        self,
        calls_per_second: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls_per_second, self.clock, self.sleep = calls_per_second, clock, sleep
        self.free_at = clock()

    @property
    def together(self) -> int:
        return min(CALLS_TOGETHER, self.calls_per_second or CALLS_TOGETHER)

    def wait(self, calls: int) -> None:
        """Before so many calls: until those before them have had their time."""
        if self.calls_per_second is None:
            return
        now = self.clock()
        if self.free_at > now:
            self.sleep(self.free_at - now)
        self.free_at = max(now, self.free_at) + calls / self.calls_per_second
