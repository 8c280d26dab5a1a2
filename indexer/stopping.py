"""How the indexer is told to stop: SIGINT or SIGTERM to end the work at hand, a further SIGINT to end at once."""

import signal
import threading
from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 0.5
"""How long the work at hand may take to end by itself. A node that does not answer would keep us for ten seconds."""


class Stopping:
    """Asked for by a signal. What still waits after GRACE_SECONDS gets a KeyboardInterrupt, which psycopg knows too:
    it cancels the statement, and the transaction is undone. A further SIGINT ends the process as the system would."""

    def __init__(self) -> None:
        self.asked = False
        self._event = threading.Event()
        self._wake: Callable[[], None] = lambda: None

    def listen(self, wake: Callable[[], None]) -> None:
        """Begin to hear signals; from the main thread. wake: ends the waits that are not ours."""
        self._wake = wake
        for number in SIGNALS:
            signal.signal(number, self._hear)

    def wait(self, seconds: float | None = None) -> None:
        """For so long, or until a signal."""
        if not self.asked:
            self._event.wait(seconds)

    def stop(self) -> None:
        self.asked = True
        self._event.set()
        self._wake()

    def done(self) -> None:
        """Nothing is left to interrupt."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _hear(self, *_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # supervisors repeat themselves; they have SIGKILL too
        signal.signal(signal.SIGALRM, self._interrupt)
        # Before the events are set: we may have broken in on one who holds the lock of one.
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS, GRACE_SECONDS)
        self.stop()

    def _interrupt(self, *_: object) -> None:
        raise KeyboardInterrupt
