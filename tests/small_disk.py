"""A disk that can be filled: a small file system, where one may be mounted; and a quota, as files that may not grow."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.postgres import Postgres

SIZE = "256m"
CHUNK = bytes(1 << 16)


@dataclass
class SmallDisk:
    """A file system of SIZE at `home`."""

    home: Path
    error = "No space left on device"
    """What the server says when it is full."""

    def fill(self, _: Postgres) -> None:
        with contextlib.suppress(OSError), (self.home / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(CHUNK)

    def free(self) -> None:
        (self.home / "filler").unlink()


@dataclass
class Quota:
    """Between fill() and free() no write of the server succeeds. It says so in other words than on a full disk."""

    home: Path
    error = "File too large"
    filled: Postgres | None = None

    def fill(self, server: Postgres) -> None:
        self.filled = server
        self._limit("1")

    def free(self) -> None:
        self._limit("unlimited")

    def _limit(self, size: str) -> None:
        """As the server's own user, who may set what root may not everywhere (prlimit(2))."""
        assert self.filled
        with contextlib.suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.filled.process.child.pid)
            user = main.uids().real if os.geteuid() == 0 else None
            groups: list[int] | None = [] if user else None
            for process in [main, *main.children()]:
                command = ["prlimit", "--pid", str(process.pid), f"--fsize={size}:"]
                subprocess.run(command, user=user, extra_groups=groups, capture_output=True)


Disk = SmallDisk | Quota


@contextlib.contextmanager
def small_disk(home: Path) -> Iterator[Disk]:
    """At an empty folder, for the time of a test; a quota where nobody may mount."""
    home.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "freehold-tests", str(home)]
    is_root = os.geteuid() == 0 and shutil.which("mount")
    if not is_root or subprocess.run(mounting, capture_output=True).returncode:
        yield Quota(home)
        return
    try:
        yield SmallDisk(home)
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


@contextlib.contextmanager
def quota(home: Path) -> Iterator[Disk]:
    """The same, without a file system."""
    home.mkdir()
    yield Quota(home)
