"""./freehold up: the whole stack as a user starts it, stops it, kills it and starts it again."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from web3 import HTTPProvider, Web3

from indexer.deployment import read_deployment
from local.people import main_account, meet
from local.process import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.slow


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

    def pay(self, amount: int) -> str:
        """A transfer by an outside client; its transaction's hash."""
        people = meet(self.web3, read_deployment(self.home / "local" / "deployment.json"))
        payer, payee = people.persons[:2]
        call = people.vault.functions.transfer(
            main_account(payer), main_account(payee), amount, bytes(32), os.urandom(32)
        )
        return people.send(call, payer)["transactionHash"].to_0x_hex()


@pytest.fixture
def up(tmp_path: Path) -> Up:
    home = tmp_path / "home"
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


def test_a_stack_lives_stops_and_goes_on_where_it_stopped(up: Up) -> None:
    child = up.start()
    assert len(up.get("/v1/properties")["properties"]) == 3
    with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/", timeout=15) as page:
        assert b"<html" in page.read()
    paid = up.pay(1_234_567)
    newest = up.get(f"/v1/postings?min_tx={paid}&limit=5")["postings"]
    assert paid in [posting["transaction_hash"] for posting in newest]
    before = up.get("/v1/status")["meta"]
    end(child)

    child = up.start("--no-traffic")
    after = up.get(f"/v1/status?min_block={before['indexed_block']}:{before['indexed_block_hash']}")["meta"]
    assert after["indexed_block"] >= before["indexed_block"]
    assert up.get("/v1/status")["reorgs"] == 0
    all_postings = up.get("/v1/postings?limit=200")["postings"]
    assert paid in [posting["transaction_hash"] for posting in all_postings]
    end(child)


def test_a_killed_stack_leaves_no_process_behind_and_starts_again(up: Up) -> None:
    child = up.start()
    end(child, signal.SIGKILL)
    end(up.start())


def test_only_one_stack_runs_in_a_checkout_and_reset_waits_for_it(up: Up) -> None:
    child = up.start("--no-traffic")
    assert "Another `./freehold up` of this checkout is running" in Up(up.home, free_port(), free_port()).refused()
    reset = [sys.executable, "-m", "local.reset"]
    told = subprocess.run(reset, env=up.environment, capture_output=True, text=True)
    assert told.returncode == 1
    assert "is running" in told.stderr
    end(child)
    assert (up.home / "local").exists()
    told = subprocess.run(reset, env=up.environment, capture_output=True, text=True)
    assert told.returncode == 0
    assert not (up.home / "local").exists()


def test_a_taken_port_is_named_with_what_to_do(up: Up) -> None:
    for port, option in ((up.port, "--port"), (up.chain_port, "--chain-port")):
        with socket.socket() as other:
            other.bind(("127.0.0.1", port))
            other.listen()
            told = up.refused()
            assert f"port {port}" in told
            assert f"{option} NUMBER" in told


def test_a_part_that_ends_by_itself_ends_the_stack_and_is_named(up: Up) -> None:
    child = up.start("--no-traffic")
    family = psutil.Process(child.pid).children(recursive=True)
    (indexer,) = [process for process in family if "indexer" in process.cmdline()]
    indexer.kill()
    said, _ = child.communicate(timeout=PATIENCE_SECONDS)
    assert child.returncode == 1
    assert re.search("indexer ended by itself", said)
    _, alive = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
    assert not alive


def test_parts_can_be_ones_own(up: Up) -> None:
    """A second stack that brings neither chain nor database of its own."""
    child = up.start("--no-traffic")
    (password,) = (up.home / "local" / "postgres" / "password").read_text().split()
    family = psutil.Process(child.pid).children(recursive=True)
    server = next(p for p in family if "postgres" in p.name() and "-D" in p.cmdline())
    port = next(word for word in server.cmdline() if word.startswith("port=")).removeprefix("port=")
    admin = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    other = Up(up.home.parent / "other", free_port(), free_port())
    manifest = str(up.home / "local" / "deployment.json")
    rpc = f"http://127.0.0.1:{up.chain_port}"
    second = other.start("--rpc", rpc, "--manifest", manifest, "--database", admin)
    assert len(other.get("/v1/properties")["properties"]) == 3
    second.send_signal(signal.SIGINT)
    second.wait(PATIENCE_SECONDS)
    assert up.get("/v1/status")["lag_blocks"] >= 0, "the first stack lives on"
    end(child)


def test_a_node_or_database_of_ones_own_that_is_away_is_named(up: Up) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    manifest = up.home / "none.json"
    assert f"--rpc {away} does not answer" in up.refused("--rpc", away, "--manifest", str(manifest))
    dsn = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    assert "--database does not answer" in up.refused("--database", dsn)
