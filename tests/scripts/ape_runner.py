"""ape as users run it, in a process of its own for each command, forked from one that has imported everything.

Run as a program it reads a line of JSON for each command, and answers with a line when that has ended.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from local.process import STOP_SECONDS, end_with_parent
from tests.conftest import ROOT

NOT_ASKED = {"FREEHOLD_MANIFEST": ""}


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, and all that it said."""

    code: int
    said: str

    def fails(self, *words: str) -> str:
        """It ended in a refusal that people can read, with these words in it."""
        assert self.code not in (0, None), self.said
        return self.says(*words)

    def succeeds(self, *words: str) -> str:
        assert self.code == 0, self.said
        return self.says(*words)

    def says(self, *words: str) -> str:
        flat = " ".join(self.said.split())
        assert "Traceback" not in self.said, self.said
        for word in words:
            assert word in flat, f"{word!r} is not in\n{self.said}"
        return self.said


class ApeRunner:
    """The process that forks them. One for a session of tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.scripts.ape_runner"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )

    def run(self, *arguments: str, typed: str = "", meanwhile: Callable[[], None] = lambda: None, **env: str) -> Ran:
        """`ape ARGUMENTS` to its end. typed: what somebody types. meanwhile: done here while it runs."""
        descriptor, output = tempfile.mkstemp(dir=self.folder)
        os.close(descriptor)
        wanted = {"arguments": arguments, "typed": typed, "output": output, "environment": {**NOT_ASKED, **env}}
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(json.dumps(wanted) + "\n")
        self.child.stdin.flush()
        meanwhile()
        answer = self.child.stdout.readline()
        assert answer, "the process that runs ape has ended"
        return Ran(int(answer), Path(output).read_text())

    def close(self) -> None:
        assert self.child.stdin
        self.child.stdin.close()
        self.child.wait(STOP_SECONDS)


def serve() -> None:
    """Run a command for each line, until there are no more lines."""
    answers = os.dup(1)
    os.dup2(2, 1)
    import ape_node.provider
    import ape_test.provider
    from ape import accounts, networks
    from ape._cli import cli

    from scripts._contracts import SOURCES
    from scripts._sources import compiled

    cli(["run", "verify", "--help"], standalone_mode=False, prog_name="ape")
    assert ape_node.provider, ape_test.provider
    assert networks.ecosystems
    assert len(accounts.test_accounts)
    for name in SOURCES:
        compiled(name)
    for line in sys.stdin:
        wanted = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become(cli, wanted)
        _, status = os.waitpid(pid, 0)
        os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def become(cli: Any, wanted: dict[str, Any]) -> NoReturn:
    """In the child: be `ape` with these arguments."""
    end_with_parent()
    output = os.open(wanted["output"], os.O_WRONLY | os.O_APPEND)
    typed = os.memfd_create("typed")
    os.write(typed, wanted["typed"].encode())
    os.lseek(typed, 0, os.SEEK_SET)
    for source, target in ((typed, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (for the life of the process)
    os.environ.update(wanted["environment"])
    sys.argv = ["ape", *wanted["arguments"]]
    code = 1
    try:
        cli(prog_name="ape")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
