"""A stack that was started by `./freehold up`, as the tests of the command and of the page use it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from web3 import HTTPProvider, Web3

from indexer.deployment import read_deployment
from local.people import People, main_account, meet
from local.process import free_port

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60


@dataclass
class Up:
    """A stack in a folder of its own."""

    home: Path
    port: int
    chain_port: int

    def command(self, *options: str) -> list[str]:
        ports = ["--port", str(self.port), "--chain-port", str(self.chain_port)]
        return [sys.executable, "-m", "local.up", *ports, *options]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "FREEHOLD_HOME": str(self.home), "PYTHONPATH": str(ROOT)}

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start it and wait until the page answers."""
        child = subprocess.Popen(
            self.command(*options), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert child.stdout is not None
        said = ""
        for line in child.stdout:
            said += line
            if "Ctrl-C" in line:
                return child
        raise AssertionError(f"up ended with {child.wait()}:\n{said}")

    def refused(self, *options: str) -> str:
        done = subprocess.run(self.command(*options), env=self.environment, capture_output=True, text=True, timeout=90)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=15) as response:
            return json.load(response)

    @property
    def web3(self) -> Web3:
        return Web3(HTTPProvider(f"http://127.0.0.1:{self.chain_port}"))

    @property
    def people(self) -> People:
        return meet(self.web3, read_deployment(self.home / "local" / "deployment.json"))

    def pay(self, amount: int, payee: str | None = None) -> str:
        """A transfer by an outside client; its transaction's hash."""
        people = self.people
        payer, payee = people.persons[0], payee or people.persons[1]
        call = people.vault.functions.transfer(
            main_account(payer), main_account(payee), amount, bytes(32), os.urandom(32)
        )
        return people.send(call, payer)["transactionHash"].to_0x_hex()


def fresh_up(folder: Path) -> Up:
    """A stack that was never started, with state of its own and the tools that set-up installed."""
    home = folder / "home"
    home.mkdir()
    (home / "tools").symlink_to(Path(os.environ["FREEHOLD_HOME"]) / "tools")
    return Up(home, free_port(), free_port())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def end(child: subprocess.Popen[str], how: signal.Signals = signal.SIGINT) -> None:
    """End it, and see that it takes everything that it started along, and nothing else."""
    family = psutil.Process(child.pid).children(recursive=True)
    assert len(family) >= 4, "database, chain, indexer, API"
    child.send_signal(how)
    child.wait(PATIENCE_SECONDS)
    _, alive = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
    assert not alive
