"""Where the local stack keeps what it keeps: one folder, one stack at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class StackRuns(Exception):
    """Another `./freehold up` of this checkout is running: end that one first, with Ctrl-C in its terminal."""

    def __str__(self) -> str:
        return str(self.__doc__)


@dataclass(frozen=True)
class LocalState:
    """The files of the local stack."""

    home: Path

    @classmethod
    def here(cls) -> "LocalState":
        return cls(Path(os.environ["FREEHOLD_HOME"]) / "local")

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def chain(self) -> Path:
        return self.home / "chain.json"

    @property
    def manifest(self) -> Path:
        return self.home / "deployment.json"

    @property
    def ready(self) -> Path:
        """Exists once a chain was deployed to and seeded: until then a start begins anew."""
        return self.home / "ready"

    @property
    def settings(self) -> Path:
        """What the indexer and the API were started with, for a shell, while the stack runs."""
        return self.home / "settings.sh"

    def log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the stack's lock. Raises StackRuns where another process has it."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / "local.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackRuns from None
            yield
