"""./freehold up: the whole stack as a user starts it, stops it, kills it and starts it again."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from local.books import BOOKS
from local.people import known_properties
from local.process import free_port
from tests.stack import PATIENCE_SECONDS, Up, end, fresh_up

pytestmark = pytest.mark.slow


@pytest.fixture
def up(tmp_path: Path) -> Up:
    return fresh_up(tmp_path)


def test_a_stack_lives_stops_and_goes_on_where_it_stopped(up: Up) -> None:
    child = up.start()
    assert len(up.get("/v1/properties")["properties"]) == len(known_properties())
    markets = up.get("/v1/markets")["markets"]
    assert len(markets) == len(BOOKS)
    assert all(market["best_bid"] and market["best_ask"] and market["last_trade"] for market in markets)
    with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/", timeout=15) as page:
        assert b"<html" in page.read()
    paid = up.pay(1_234_567)
    newest = up.get(f"/v1/postings?min_tx={paid}&limit=5")["postings"]
    assert paid in [posting["transaction_hash"] for posting in newest]
    before = up.get("/v1/status")["meta"]
    settings = up.home / "local" / "settings.sh"
    status = subprocess.run(
        ["sh", "-c", f'. "{settings}" && "{sys.executable}" -m indexer status --json'],
        env=up.environment, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(status.stdout)["state"] == "following", status.stderr
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    end(child)
    assert not settings.exists()

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
    (indexer,) = [process for process in family if process.cmdline()[-2:] == ["indexer", "run"]]
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
    assert len(other.get("/v1/properties")["properties"]) == len(known_properties())
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
