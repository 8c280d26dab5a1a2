"""Indexers as processes of their own, forked from a Python that has imported everything: 10 ms instead of a second.

Run as a program it reads a line of JSON for each indexer that is wanted, and answers with its process id.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from indexer.__main__ import main
from local.chain import Chain
from local.process import STOP_SECONDS, end_with_parent
from tests.conftest import ROOT, World
from tests.indexer.indexing import SECONDS, Done, tip, until


@dataclass(frozen=True)
class Running:
    """An indexer that runs beside the test."""

    pid: int
    log: Path
    database: str

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What it reported of one kind of event."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [found for found in map(json.loads, lines) if found["event"] == event]

    def wait_for(self, event: str) -> dict[str, Any]:
        until(lambda: bool(self.lines(event)), f"the line {event} of the indexer")
        return self.lines(event)[-1]

    def wait_until_at(self, chain: Chain) -> None:
        """Until the node's newest block is the newest one indexed."""
        hash_ = chain.call("eth_getBlockByNumber", "latest", False)["hash"]
        until(lambda: tip(self.database)[1] == hash_, f"block {hash_} in the journal")

    @property
    def exit_file(self) -> Path:
        return self.log.with_suffix(".exit")

    def is_running(self) -> bool:
        return not self.exit_file.exists()

    def exit_code(self) -> int:
        """Of an indexer that ends by itself."""
        until(self.exit_file.exists, "the end of the indexer")
        return int(self.exit_file.read_text())

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.signal(signal.SIGKILL)
        until(self.exit_file.exists, "the end of the indexer")

    def stop(self) -> None:
        """SIGTERM, and kill -9 if that does not help."""
        if self.is_running():
            self.signal(signal.SIGTERM)
            with suppress(AssertionError):
                until(self.exit_file.exists, "the end of the indexer", STOP_SECONDS)
            self.kill()


class Nursery:
    """The process that forks them. One for a session of tests."""

    def __init__(self) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.indexer.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )

    @contextmanager
    def running(
        self, world: World, log: Path, *arguments: str, command: str = "run", **environment: str
    ) -> Iterator[Running]:
        """A command of the indexer beside the test, ended at the end."""
        wanted = {
            "arguments": [command, *arguments],
            "environment": {**world.environment, **environment},
            "log": str(log),
        }
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(json.dumps(wanted) + "\n")
        self.child.stdin.flush()
        indexer = Running(int(self.child.stdout.readline()), log, world.database)
        try:
            yield indexer
        finally:
            indexer.stop()

    def run(self, world: World, log: Path, *arguments: str) -> Done:
        """`indexer run` to its end."""
        with self.running(world, log, *arguments) as indexer:
            return Done(indexer.exit_code(), "", log.read_text())

    def close(self) -> None:
        assert self.child.stdin
        self.child.stdin.close()
        self.child.wait(2 * SECONDS)


def serve() -> None:
    """Fork an indexer for each line, until there are no more lines."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        wanted = json.loads(line)
        indexer_id, answer = os.pipe()
        if os.fork() == 0:
            watch(wanted, answer)
        os.close(answer)
        with os.fdopen(indexer_id) as ids:
            print(ids.read(), flush=True)


def watch(wanted: dict[str, Any], answer: int) -> NoReturn:
    """In a child: start the indexer as a child again, name its process, and write down how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = Path(wanted["log"])
    log.touch()
    pid = os.fork()
    if pid == 0:
        os.close(answer)
        become(wanted["arguments"], wanted["environment"], log)
    os.write(answer, str(pid).encode())
    os.close(answer)
    _, status = os.waitpid(pid, 0)
    partial = log.with_suffix(".ending")
    partial.write_text(str(os.waitstatus_to_exitcode(status)))
    partial.rename(log.with_suffix(".exit"))
    os._exit(0)


def become(arguments: list[str], environment: dict[str, str], log: Path) -> NoReturn:
    """In the child's child: be the indexer, as `python -m indexer` would."""
    end_with_parent()
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.environ.update(environment)
    code = 1
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
