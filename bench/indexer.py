"""Backfill, rebuild and live latency of the indexer, beside what the node itself can serve."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import urllib3

from bench.load import BURST_GAS, emit, start_load_chain
from local.chain import Chain
from local.postgres import start_postgres
from local.process import start

RANGE = 20
LIVE_BLOCKS = 100
Row = tuple[str, str, str]


def run(events: int, blocks: int) -> list[Row]:
    """Rows of (what, figure, ratio to the node's own rate)."""
    with tempfile.TemporaryDirectory(prefix="freehold-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = start_postgres(home / "postgres", home / "postgres.log")
        chain = start_load_chain(home)
        try:
            manifest = home / "manifest.json"
            emit(chain, manifest, events, blocks)
            environment = {"FREEHOLD_DATABASE": server.writer, "FREEHOLD_RPC": chain.url, "FREEHOLD_WS": chain.ws}
            environment |= {"FREEHOLD_MANIFEST": str(manifest)}
            return measure(chain, environment, server.create_database("trusted"), events, home)
        finally:
            chain.stop()
            server.stop()


def measure(chain: Chain, environment: dict[str, str], trusted: str, events: int, home: Path) -> list[Row]:
    """trusted: DSN of a database of its own for the backfill that takes logs on the node's word."""
    node_rate, dsn = serve_rate(chain, events), environment["FREEHOLD_DATABASE"]
    rows: list[Row] = [("the node's own eth_getLogs", f"{node_rate:,.0f} events/s", "1.000")]
    for level, database in (("trust", trusted), ("prove", dsn)):
        seconds = command({**environment, "FREEHOLD_DATABASE": database}, "run", "--until-head", "--verify", level)
        what = f"first backfill, fsync on, {'trusted' if level == 'trust' else 'every log proven'}"
        rows.append((what, f"{events / seconds:,.0f} events/s", f"{events / seconds / node_rate:.3f}"))
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM journal.logs").fetchone()
        assert found == (events,), f"{found} logs in the journal, {events} were emitted"
    seconds = command(environment, "rebuild")
    rows.append(
        ("rebuild from the journal", f"{events / seconds:,.0f} events/s", f"{events / seconds / node_rate:.3f}")
    )
    median, last = latencies(chain, dsn, environment, home)
    rows.append(("block to queryable, p50 / p99", f"{median * 1000:.1f} / {last * 1000:.1f} ms", ""))
    rows.append(("peak memory of a process", f"{peak_mb:,.0f} MB", ""))
    return rows


def command(environment: dict[str, str], *arguments: str) -> float:
    """Seconds that an indexer command takes, from start to end."""
    started = time.monotonic()
    quiet = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-m", "indexer", *arguments], env=quiet, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"indexer {arguments[0]} failed:\n{done.stderr[-2000:]}")
    return time.monotonic() - started


def serve_rate(chain: Chain, events: int) -> float:
    """Events a second that the node answers and a parser reads, in ranges of 20 blocks."""
    pool, decoder = urllib3.PoolManager(), msgspec.json.Decoder(dict[str, Any])
    head = chain.web3().eth.block_number
    found, started = 0, time.monotonic()
    for first in range(1, head + 1, RANGE):
        bounds = {"fromBlock": hex(first), "toBlock": hex(min(first + RANGE - 1, head))}
        body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [bounds]})
        reply = pool.request("POST", chain.url, body=body, headers={"Content-Type": "application/json"})
        found += len(decoder.decode(reply.data)["result"])
    assert found == events, f"the node gave {found} of {events} events"
    return found / (time.monotonic() - started)


def latencies(chain: Chain, dsn: str, environment: dict[str, str], home: Path) -> tuple[float, float]:
    """Median and 99th percentile of seconds from the node's answer to evm_mine to a row that can be read."""
    web3 = chain.web3()
    sender, token = web3.eth.accounts[0], environment["FREEHOLD_MANIFEST"]
    address = msgspec.json.decode(Path(token).read_bytes())["contracts"]["fraction_token"]["address"]
    data = web3.keccak(text="burst(uint256,uint256)")[:4].hex()
    indexer = start("indexer", [sys.executable, "-m", "indexer", "run"], home / "indexer.log", environment)
    seconds: list[float] = []
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            for number in range(LIVE_BLOCKS):
                calldata = f"0x{data}{5:064x}{2**32 + number:064x}"
                call = {"from": sender, "to": address, "gas": BURST_GAS, "gasPrice": 0, "data": calldata}
                web3.eth.send_transaction(call)  # type: ignore[arg-type]
                chain.call("evm_mine")
                mined, wanted = time.monotonic(), web3.eth.block_number
                while connection.execute("SELECT number FROM journal.cursor").fetchone() != (wanted,):
                    assert time.monotonic() - mined < 30, "the indexer does not follow"
                seconds.append(time.monotonic() - mined)
    finally:
        indexer.stop()
    ordered = sorted(seconds)[: LIVE_BLOCKS - 1]  # the first block waits for the process to start
    return statistics.median(ordered), ordered[int(len(ordered) * 0.99) - 1]
