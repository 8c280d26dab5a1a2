"""Other indexers on the same chain: started by their own run.sh from a folder beside the project, their rows counted.

Nothing of theirs is in the project. Their folder says how they are installed; its configurations look for Postgres on
port 55432 (user postgres, password x) and for the node on port 18545. One that cannot run is said so, with its reason.
"""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import live
from bench.load import Emitter
from local.postgres import Postgres
from local.process import free_port, start

POSTGRES_PORT, NODE_PORT = 55432, 18545
PASSWORD = "x"  # of a server that lives as long as the bench does
SECONDS_MAX = 400.0
LOOK_SECONDS, LOOK_AT_HEAD_SECONDS = 0.25, 0.002
SETTLE_SECONDS = 3.0
"""Between its backfill and its head, where it has things to do that are no concern of the first block."""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Peer:
    """arguments: of its run.sh. database: its own. rows: counts what it has indexed. package: whose version is its."""

    name: str
    package: str
    database: str
    arguments: tuple[str, ...]
    rows: str
    schema: str | None = None


PEERS = (
    Peer("ponder", "ponder", "ponder", ("{port}", "cold"), "SELECT count(*) FROM cold.transfer"),
    Peer("ponder, its cache warm", "ponder", "ponder", ("{port}", "warm"), "SELECT count(*) FROM warm.transfer"),
    Peer("sqd", "@subsquid/evm-processor", "sqd", ("sqd",), "SELECT count(*) FROM transfer", "schema.sql"),
    Peer("envio", "envio", "envio", ("public",), 'SELECT count(*) FROM public."Transfer"'),
)


@dataclass(frozen=True)
class Measured:
    """events_a_second: of a backfill; peak_mb: of all its processes; latency: seconds from a block at the head to its
    rows, median and 99th percentile."""

    name: str
    events_a_second: float
    peak_mb: float
    latency: tuple[float, float]


@dataclass(frozen=True)
class Failed:
    """What a peer did not do, and why."""

    name: str
    trouble: str


def measure(folder: Path, server: Postgres, node: str, emitter: Emitter, home: Path) -> Iterator[Measured | Failed]:
    """Each peer in turn, alone on the machine beside node and database."""
    workload = home / "workload.json"
    workload.write_text(
        json.dumps({"rpc": node, "address": emitter.address, "from_block": 1, "events": emitter.events})
    )
    environment = {"WORKLOAD": str(workload), "RPC_URL": node, "PONDER_TELEMETRY_DISABLED": "true"}
    for peer in PEERS:
        room = folder / peer.name.split(",")[0]
        name = f"{peer.name} {version_of(room, peer.package)}"
        try:
            yield run(peer, name, room, server, environment, emitter, home)
        except (OSError, RuntimeError, psycopg.Error) as trouble:
            yield Failed(name, str(trouble).strip().replace("\n", " ")[:300])


def run(
    peer: Peer, name: str, room: Path, server: Postgres, environment: Mapping[str, str], emitter: Emitter, home: Path
) -> Measured:
    """From its start until it has counted all events, then at the head. Raises RuntimeError with why not."""
    dsn = database_of(server, peer.database, room / peer.schema if peer.schema else None)
    arguments = [part.format(port=free_port()) for part in peer.arguments]
    wanted = {**environment, "DATABASE_URL": dsn}
    log = home / f"{peer.name.replace(', ', '-').replace(' ', '-')}.log"
    started, peak = time.monotonic(), 0.0
    process = start(peer.name, ["bash", str(room / "run.sh"), *arguments], log, wanted)
    connection = psycopg.connect(dsn, autocommit=True)

    def until_counted(seconds_max: float, look_seconds: float) -> None:
        nonlocal peak
        began = time.monotonic()
        while (found := count(connection, peer.rows)) < emitter.events:
            peak = max(peak, memory_mb(process.child.pid))
            if not process.running():
                raise RuntimeError(f"it ended after {found} events: {process.last_lines(12)}")
            if time.monotonic() - began > seconds_max:
                raise RuntimeError(f"{found} events after {seconds_max:.0f} s: {process.last_lines(2)}")
            time.sleep(look_seconds)

    try:
        until_counted(SECONDS_MAX, LOOK_SECONDS)
        rate = emitter.events / (time.monotonic() - started)
        time.sleep(SETTLE_SECONDS)
        latency = live.latency(
            lambda: emitter.burst(live.PAIRS), lambda: until_counted(live.SECONDS_MAX, LOOK_AT_HEAD_SECONDS)
        )
        return Measured(name, rate, peak, latency)
    finally:
        connection.close()
        for pid in family(process.child.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.child.wait()


def open_to_them(server: Postgres) -> None:
    """Give the user that their configurations name the password that they name. The bench needs it no more."""
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as connection:
        for name in sorted({peer.database for peer in PEERS}):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(PASSWORD)))


def database_of(server: Postgres, name: str, schema: Path | None) -> str:
    """The DSN of its own database, with the tables that it does not make by itself."""
    dsn = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{server.port}/{name}"
    if schema:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(schema.read_bytes())
    return dsn


def count(connection: psycopg.Connection[tuple[Any, ...]], rows: str) -> int:
    """0 while there is no table yet."""
    try:
        found = connection.execute(rows.encode()).fetchone()
        return int(found[0]) if found else 0
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return 0


def version_of(room: Path, package: str) -> str:
    """As installed; or that it is not."""
    manifest = room / "node_modules" / package / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.exists() else "(not installed)"


def family(pid: int) -> list[int]:
    """A process and all that came of it, as /proc says."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def memory_mb(pid: int) -> float:
    """Resident memory of a process and all that came of it."""
    pages = 0
    for member in family(pid):
        try:
            pages += int(Path(f"/proc/{member}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * PAGE_BYTES / 1e6
