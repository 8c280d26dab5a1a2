"""The indexer's speed on three loads, each figure beside a limit of the same run, other indexers beside it if wanted.

A: many events in every block. B: many small transactions in every block, each answer served from a record. C: all that
the contracts say, from people who lived on them for two days. Everything is stored, with fsync on.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from bench import limits, live, peers
from bench.figures import Figure, rate
from bench.load import Emitter, emit, live_in, load_ground, start_load_chain
from local.chain import Chain
from local.postgres import WRITER, Postgres
from local.process import Process, start, wait_until

SLOTS_IN_AN_EPOCH = 32
"""A block is final when it is 64 deep, so that the deepest reorganisation is above that."""
SMALL_BLOCKS, SMALL_TRANSACTIONS = 200, 200
DATABASES = ("trusted", "proven", "killed", "recording", "small", "people")
FIRST_COMMIT_SECONDS = 1.0
MEMORY_MB_MAX = 250
START_SECONDS = 60.0
LOOK_SECONDS = 0.05
HOLDINGS = """
SELECT encode(holder, 'hex'), property_id, balance FROM (
    SELECT DISTINCT ON (holder, property_id) * FROM projection_1.holding_changes
    ORDER BY holder, property_id, block_number DESC, log_index DESC, position DESC) last
WHERE balance > 0
"""


@dataclass
class Bench:
    """A server and a folder for all that a run leaves."""

    server: Postgres
    home: Path
    peak_mb: float = 0

    def index(self, url: str, manifest: Path, name: str, *options: str) -> tuple[float, str]:
        """Index a chain to its head into an empty database: seconds from start to end, and the DSN."""
        dsn = self.server.dsn(WRITER, name)
        return self.command(self.environment(dsn, url, manifest), "run", "--until-head", *options), dsn

    def environment(self, dsn: str, url: str, manifest: Path) -> dict[str, str]:
        found = {"FREEHOLD_DATABASE": dsn, "FREEHOLD_RPC": url, "FREEHOLD_MANIFEST": str(manifest)}
        return {**found, "FREEHOLD_WS": url.replace("http", "ws")}

    def command(self, environment: dict[str, str], *arguments: str) -> float:
        """Seconds that an indexer command takes, from the start of its process to its end."""
        started = time.monotonic()
        log = self.home / "command.log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "indexer", *arguments],
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
            )
            while child.poll() is None:
                self.peak_mb = max(self.peak_mb, peers.memory_mb(child.pid))
                time.sleep(LOOK_SECONDS)
        if child.returncode:
            raise SystemExit(f"indexer {arguments[0]} failed:\n{log.read_text()[-2000:]}")
        return time.monotonic() - started

    def follow(self, environment: dict[str, str], name: str) -> Process:
        return start("indexer", [sys.executable, "-m", "indexer", "run"], self.home / f"{name}.log", environment)


def run(events: int, blocks: int, folder: Path | None) -> Iterator[Figure]:
    """folder: of the peers; None measures us alone."""
    server_port, node_port = (peers.POSTGRES_PORT, peers.NODE_PORT) if folder else (None, None)
    with ExitStack() as stack:
        ground = stack.enter_context(load_ground(server_port, node_port, SLOTS_IN_AN_EPOCH))
        chain, manifest, bench = ground.chain, ground.manifest, Bench(ground.server, ground.home)
        for name in DATABASES:
            ground.server.create_database(name)
        emitter = emit(chain, manifest, events, blocks)
        limit, held = limits.log_rate(chain)
        yield Figure("A: the node's own eth_getLogs, read by nobody", f"{limit:,.0f} events/s", 1.0)
        ours = list(many_events(bench, chain, manifest, events, limit, held))
        yield from ours
        measured: list[peers.Measured] = []
        if folder:
            peers.open_to_them(bench.server)
            for found in peers.measure(folder, bench.server, chain.url, emitter, bench.home):
                if isinstance(found, peers.Failed):
                    yield Figure(f"A: {found.name}", f"did not run: {found.trouble}")
                else:
                    measured.append(found)
                    yield rate(f"A: {found.name}, peak {found.peak_mb:,.0f} MB", found.events_a_second, limit)
        yield from beside(measured, ours, limit)
        yield from at_the_head(bench, chain, manifest, emitter, measured)
        yield from small_transactions(bench, stack)
        yield from all_events(bench, stack)


def many_events(
    bench: Bench, chain: Chain, manifest: Path, events: int, limit: float, held: limits.Balances
) -> Iterator[Figure]:
    """Load A, beside the node's own rate."""
    for name, level, target in (("trusted", "trust", 0.18), ("proven", "prove", 0.15)):
        seconds, dsn = bench.index(chain.url, manifest, name, "--verify", level)
        require_right(dsn, events, held)
        yield rate(f"A: first backfill, {name}", events / seconds, limit, target)
    peak, fits = f"{bench.peak_mb:,.0f} MB", bench.peak_mb <= MEMORY_MB_MAX
    yield Figure("A: peak memory of the indexer, two processes", peak, wanted=f"{MEMORY_MB_MAX} MB", holds=fits)
    seconds = bench.command(bench.environment(dsn, chain.url, manifest), "rebuild")
    yield rate("A: rebuild of all projections from the journal", events / seconds, limit)
    yield from killed_at_half(bench, chain, manifest, events, limit, held)


def killed_at_half(
    bench: Bench, chain: Chain, manifest: Path, events: int, limit: float, held: limits.Balances
) -> Iterator[Figure]:
    """kill -9 in the middle of a backfill, and what the next start makes of it."""
    dsn = bench.server.dsn(WRITER, "killed")
    environment = bench.environment(dsn, chain.url, manifest)
    head, patience = chain.web3().eth.block_number, START_SECONDS + events / 500
    with journal_of(dsn) as journal:
        process = bench.follow(environment, "killed")
        wait_until(lambda: journal.block * 2 >= head, process, patience)
        process.child.send_signal(signal.SIGKILL)
        process.child.wait()
        if journal.block == head:
            raise SystemExit(f"{events:,} events were indexed before the indexer could be killed: take more --events")
        left, block = events - journal.logs, journal.block
        started = time.monotonic()
        process = bench.follow(environment, "restarted")
        wait_until(lambda: journal.block > block, process, START_SECONDS)
        first = time.monotonic() - started
        wait_until(lambda: journal.block == head, process, patience)
        seconds = time.monotonic() - started
    process.stop()
    require_right(dsn, events, held)
    in_time = first <= FIRST_COMMIT_SECONDS
    yield Figure("A: kill -9, start, first commit", f"{first:.2f} s", wanted="1 s", holds=in_time)
    yield rate("A: the rest of a backfill after it, proven", left / seconds, limit, 0.10)


def beside(measured: Sequence[peers.Measured], ours: Sequence[Figure], limit: float) -> Iterator[Figure]:
    """How many times the best of the peers we are."""
    warm = [found.events_a_second for found in measured if "warm" in found.name]
    cold = [found.events_a_second for found in measured if "warm" not in found.name]
    shares = {figure.what: figure.share or 0 for figure in ours}
    for what, best, times in (
        ("A: first backfill, trusted", cold, 4.5), ("A: first backfill, proven", cold, 4.0),
        ("A: the rest of a backfill after it, proven", cold, 2.5),
        ("A: rebuild of all projections from the journal", warm, 6.0),
    ):  # fmt: skip
        if best:
            ratio = shares[what] * limit / max(best)
            yield Figure(
                f"{what}, beside the best peer", f"{ratio:.1f} times", wanted=f"{times} times", holds=ratio >= times
            )


def at_the_head(
    bench: Bench, chain: Chain, manifest: Path, emitter: Emitter, measured: Sequence[peers.Measured]
) -> Iterator[Figure]:
    """The proven index of load A goes on at the head."""
    for found in measured:
        yield latency(f"live: {found.name}", *found.latency)
    dsn = bench.server.dsn(WRITER, "proven")
    process = bench.follow(bench.environment(dsn, chain.url, manifest), "live")
    try:
        with live.at_head(emitter, dsn) as head:
            live.latency(head.mine, head.settle)  # the first blocks warm up what is kept between them
            median, last = live.latency(head.mine, head.settle)
            yield latency("live", median, last)
            if measured:
                share = median / min(found.latency[0] for found in measured)
                yield Figure("live: p50 beside the best peer", f"{share:.3f} of it", wanted="0.200", holds=share <= 0.2)
            mined, indexed = live.blocks_a_second(head)
            yield Figure(
                "live: blocks of ten events", f"{indexed:,.0f} a second of {mined:,.0f} mined", indexed / mined
            )
            yield from live.reorgs(head, lambda: holdings_of(dsn) == limits.log_rate(chain)[1])
    finally:
        process.stop()


def latency(whose: str, median: float, last: float) -> Figure:
    return Figure(f"{whose}: block to queryable, p50 / p99", f"{median * 1000:.1f} / {last * 1000:.1f} ms")


def small_transactions(bench: Bench, stack: ExitStack) -> Iterator[Figure]:
    """Load B, proven, from a record of the node's answers."""
    chain = start_load_chain(bench.home, slots_in_an_epoch=1)
    stack.callback(chain.stop)
    manifest, events = bench.home / "small.json", SMALL_BLOCKS * SMALL_TRANSACTIONS * 2
    emit(chain, manifest, events, SMALL_BLOCKS, SMALL_TRANSACTIONS)
    command = [sys.executable, "-m", "bench.recorded", chain.url]
    recorded = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    stack.callback(recorded.wait)
    stack.callback(recorded.kill)
    assert recorded.stdout
    url = recorded.stdout.readline().strip()
    head = chain.web3().eth.block_number
    bench.index(url, manifest, "recording", "--verify", "prove")
    limits.receipts_rate(url, 1, head)
    limit = limits.receipts_rate(url, 1, head)
    yield Figure("B: reading and parsing the recorded answers", f"{limit:,.0f} events/s", 1.0)
    seconds, dsn = bench.index(url, manifest, "small", "--verify", "prove")
    require_right(dsn, events, limits.log_rate(chain)[1])
    yield rate("B: first backfill, proven, from recorded answers", events / seconds, limit, 0.10)


def all_events(bench: Bench, stack: ExitStack) -> Iterator[Figure]:
    """Load C."""
    manifest = bench.home / "people.json"
    chain = live_in(bench.home, manifest)
    stack.callback(chain.stop)
    seconds, dsn = bench.index(chain.url, manifest, "people", "--verify", "prove")
    with journal_of(dsn) as journal:
        events = journal.logs
    yield Figure(
        f"C: first backfill, proven, {events:,} logs of all contracts",
        f"{events / seconds:,.0f} events/s, {chain.web3().eth.block_number / seconds:,.0f} blocks/s",
    )


@dataclass(frozen=True)
class Journal:
    """What is in an index, seen over one connection: one for each look would cost what is measured."""

    connection: psycopg.Connection[tuple[int]]

    @property
    def logs(self) -> int:
        return self._number("SELECT count(*) FROM journal.logs")

    @property
    def block(self) -> int:
        """The newest one."""
        return self._number("SELECT number FROM journal.cursor")

    def _number(self, query: LiteralString) -> int:
        """0 while there is no journal yet."""
        try:
            found = self.connection.execute(query).fetchone()
            return found[0] if found else 0
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return 0


@contextmanager
def journal_of(dsn: str) -> Iterator[Journal]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield Journal(connection)


def holdings_of(dsn: str) -> limits.Balances:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(HOLDINGS).fetchall()
    return limits.Balances({(holder, property_id): balance for holder, property_id, balance in rows})


def require_right(dsn: str, events: int, held: limits.Balances) -> None:
    """A figure of rows that are wrong is none."""
    with journal_of(dsn) as journal:
        assert journal.logs == events, f"{journal.logs} logs in the journal, {events} were emitted"
    assert holdings_of(dsn) == held, "the holdings are not those of a fold of eth_getLogs"
