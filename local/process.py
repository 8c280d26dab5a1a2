"""Processes that we start: on a port of their own, with a log, and ended by us alone."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 4.0
PR_SET_PDEATHSIG = 1


class StartFailed(Exception):
    """A part of the local stack did not start; the message says which, why, and what to do."""


@dataclass
class Process:
    """A child process whose output goes to a log file."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path

    def running(self) -> bool:
        return self.child.poll() is None

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = STOP_SECONDS) -> None:
        """Ask it to end, and end it if it does not in time."""
        self.ask_to_stop(how)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def ask_to_stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.child.send_signal(how)

    def last_lines(self, count: int = 12) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-count:])


def start(
    name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, user: int | None = None
) -> Process:
    """Start a command in a session of its own, so that a Ctrl-C at the terminal reaches us alone."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
            user=user,
            extra_groups=[] if user is not None else None,
        )
    return Process(name, child, log)


def end_with_parent() -> None:
    """In the child: ask the kernel for a SIGTERM when the parent is gone, even by kill -9 (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until(ready: Callable[[], bool], process: Process, seconds: float) -> None:
    """Wait for a process to be of use. Raises StartFailed with its last words where it ends or is too slow."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.running():
            raise StartFailed(
                f"{process.name} ended at once. Its log, {process.log}, ends with:\n{process.last_lines()}"
            )
        if time.monotonic() > deadline:
            process.stop()
            raise StartFailed(f"{process.name} was not ready after {seconds:.0f} s; see {process.log}")
        time.sleep(0.02)


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
