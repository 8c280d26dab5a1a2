"""freehold indexer: run | status | digest | rebuild.

Exit codes: 0 done; 1 the database or the node cannot be reached; 2 wrong usage; 3 halted, and the
message says what the operator can do.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import conninfo

from indexer import journal, versions
from indexer.chain import Block, BlockNumber
from indexer.decode import Decoders, decoders_for
from indexer.deployment import Deployment, read_deployment
from indexer.errors import Halt, Retry
from indexer.journal import Connection
from indexer.loop import STANDBY_SECONDS, Loop, backoff_seconds
from indexer.node import Node, WakeUp
from indexer.probe import require_our_chain, why_unproven
from indexer.providers import Providers, Report
from indexer.report import RebuildBar, reporter
from indexer.standing import ProviderStanding
from indexer.store import CONNECTION_OPTIONS, LEADER_LOCK, Rebuild, Store

UNREACHABLE, HALTED = 1, 3


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        result: int = options.command(options)
        return result
    except Halt as halt:
        print(f"freehold indexer: halted: {halt}", file=sys.stderr)
        return HALTED
    except (psycopg.OperationalError, Retry) as trouble:
        print(f"freehold indexer: {str(trouble).strip()}", file=sys.stderr)
        return UNREACHABLE
    except KeyboardInterrupt:
        return 130


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="freehold indexer", description="Follow the chain into Postgres.")
    shared = argparse.ArgumentParser(add_help=False)
    env = os.environ.get
    shared.add_argument("--database", default=env("FREEHOLD_DATABASE"), help="Postgres DSN (FREEHOLD_DATABASE)")
    shared.add_argument("--manifest", type=Path, default=env("FREEHOLD_MANIFEST"), help="deployments/<chain id>.json")
    commands = parser.add_subparsers(required=True, metavar="run | status | digest | rebuild")

    run_parser = commands.add_parser("run", parents=[shared], help="follow the chain until stopped")
    run_parser.add_argument(
        "--rpc", action="append", help="a node's HTTP JSON-RPC; several, the preferred first (FREEHOLD_RPC, commas)"
    )
    run_parser.add_argument(
        "--verify", choices=["prove", "trust"], default=env("FREEHOLD_VERIFY") or None,
        help="prove every log before it is written, or trust the node; else: prove if it can (FREEHOLD_VERIFY)",
    )  # fmt: skip
    run_parser.add_argument("--ws", default=env("FREEHOLD_WS"), help="its WebSocket, as a wake-up (FREEHOLD_WS)")
    run_parser.add_argument("--reader", default=env("FREEHOLD_READER"), help="role that may read (FREEHOLD_READER)")
    run_parser.add_argument("--range-blocks", type=int, default=None, help="blocks in the first range of a backfill")
    run_parser.add_argument("--until-head", action="store_true", help="stop once the node's head is indexed")
    run_parser.set_defaults(command=run, needs=("database", "manifest", "rpc"))

    status_parser = commands.add_parser("status", parents=[shared], help="where the index stands")
    status_parser.add_argument("--json", action="store_true")
    status_parser.set_defaults(command=status, needs=("database",))

    digest_parser = commands.add_parser("digest", parents=[shared], help="one hash over all that was derived")
    digest_parser.add_argument("--block", type=int, help="as of this block; the tip where none is named")
    digest_parser.set_defaults(command=digest, needs=("database",))

    rebuild_parser = commands.add_parser("rebuild", parents=[shared], help="fold the journal into a fresh schema")
    rebuild_parser.add_argument("--promote", action="store_true", help="make it the live one when it is at the tip")
    rebuild_parser.add_argument("--batch-logs", type=int, default=None, help="logs in one transaction")
    rebuild_parser.add_argument("--reader", default=env("FREEHOLD_READER"), help="role that may read (FREEHOLD_READER)")
    rebuild_parser.set_defaults(command=rebuild, needs=("database", "manifest"))

    options = parser.parse_args(arguments)
    if "rpc" in options.needs and not options.rpc:
        options.rpc = [url.strip() for url in env("FREEHOLD_RPC", "").split(",") if url.strip()] or None
    for name in options.needs:
        if getattr(options, name) is None:
            parser.error(f"--{name} is missing, and FREEHOLD_{name.upper()} is not set")
    for url in options.rpc if "rpc" in options.needs else ():
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            parser.error(f"--rpc is an address like http://127.0.0.1:8545, not {url!r}")
    return options


def connect(dsn: str) -> Connection:
    return psycopg.connect(conninfo.make_conninfo(dsn, **CONNECTION_OPTIONS), autocommit=True)


def run(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    stopping = threading.Event()
    wake_up = WakeUp(options.ws)

    def stop(*_: object) -> None:
        stopping.set()
        wake_up.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    failures = 0
    with reporter() as report:
        while not stopping.is_set():
            try:
                with connect(options.database) as connection:
                    failures = 0
                    follow(options, deployment, connection, wake_up, report, stopping)
            except (psycopg.OperationalError, psycopg.InterfaceError) as trouble:
                failures += 1
                seconds = backoff_seconds(failures)
                report("database-away", {"reason": str(trouble).strip(), "in_seconds": round(seconds, 2)})
                stopping.wait(seconds)
    return 0


def follow(
    options: argparse.Namespace,
    deployment: Deployment,
    connection: Connection,
    wake_up: WakeUp,
    report: Report,
    stopping: threading.Event,
) -> None:
    """Everything that lasts as long as one connection to the database."""
    providers = providers_of(options.rpc, deployment, report)
    store = Store(connection, decoders_for(deployment.addresses), options.reader)
    patiently(lambda: providers.begin(options.verify, was_proven(connection)), report, stopping)
    if stopping.is_set():
        return
    store.prepare(deployment)
    while not stopping.is_set() and not store.lead():
        stopping.wait(STANDBY_SECONDS)
    if not stopping.is_set() and journal.read_cursor(connection) is None:
        anchor = BlockNumber(deployment.start - 1)
        patiently(lambda: store.begin(anchor_from(providers, anchor)), report, stopping)
    if stopping.is_set():
        return

    def stopped() -> bool:
        return stopping.is_set() or (options.until_head and loop.idle)

    loop = Loop(providers, store, deployment, wake_up, report, stopped)
    if options.range_blocks:
        loop.range_blocks = options.range_blocks
    loop.run()
    stopping.set()


def patiently(action: Callable[[], None], report: Report, stopping: threading.Event) -> None:
    """Try again while the node is away."""
    failures = 0
    while not stopping.is_set():
        try:
            action()
            return
        except Retry as trouble:
            failures += 1
            seconds = backoff_seconds(failures)
            report("retry", {"reason": str(trouble), "in_seconds": round(seconds, 2)})
            stopping.wait(seconds)


def providers_of(
    urls: Sequence[str], deployment: Deployment, report: Report, clock: Callable[[], float] = time.monotonic
) -> Providers:
    def check(node: Node) -> None:
        require_our_chain(node, deployment)

    def probe(node: Node) -> str | None:
        return why_unproven(node, deployment)

    return Providers([Node(url) for url in urls], check, probe, report, clock)


def was_proven(connection: Connection) -> bool:
    verification = journal.read_verification(connection)
    return verification is not None and verification.level == "prove"


def anchor_from(providers: Providers, number: BlockNumber) -> Block:
    with providers.turn() as node:
        headers = node.headers(number, number)
        providers.require_agreement(node, headers)
        return headers[0]


def status(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        found = read_status(connection)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        providers = found.pop("providers")
        for name, value in found.items():
            print(f"{name.replace('_', ' '):<18} {value}")
        for provider in providers:
            print(f"{'provider':<18} {in_words(ProviderStanding(**provider))}")
    return HALTED if found["state"] == "halted" else 0


def read_status(connection: Connection) -> dict[str, Any]:
    require_journal(connection)
    cursor, version = journal.read_cursor(connection), versions.live_version(connection)
    if cursor is None or version is None:
        raise Halt("the journal is empty: start with `freehold indexer run`")
    versions.use_schema(connection, version.schema_name)
    row = connection.execute("SELECT timestamp FROM journal.blocks WHERE number = %s", [cursor.number]).fetchone()
    leader = connection.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
        "WHERE locktype = 'advisory' AND objid = %s AND d.datname = current_database()",
        [LEADER_LOCK],
    )
    led = leader.fetchone()
    assert row, "the tip's block is in the journal"
    assert led, "a count gives a row"
    state = "halted" if cursor.halted else "following" if led[0] else "stopped"
    lag_blocks = cursor.head - cursor.number
    found = {
        "state": state,
        "indexed": cursor.number,
        "indexed_hash": cursor.hash,
        "head": cursor.head,
        "finalized": cursor.finalized,
        "lag_blocks": lag_blocks,
        "lag_seconds": max(0, int(time.time()) - row[0]),
        "reorgs": cursor.epoch,
        "version": version.schema_name,
        "digest": versions.read_digest(connection, version.number),
    }
    return {**found, **({"halted": cursor.halted} if cursor.halted else {}), **read_trust(connection)}


def read_trust(connection: Connection) -> dict[str, Any]:
    """What is proven, why it waits if it does, and how the providers were when their indexer last said so."""
    verification = journal.read_verification(connection)
    if verification is None:
        return {"providers": []}
    said = {"warning": verification.warning, "waiting": verification.waiting}
    return {
        "verify": verification.level,
        **{name: words for name, words in said.items() if words},
        "providers": [asdict(provider) for provider in journal.read_providers(connection)],
    }


def in_words(provider: ProviderStanding) -> str:
    until = f" for {provider.aside_seconds} s" if provider.aside_seconds else ""
    reason = f": {provider.reason}" if provider.reason else ""
    return (
        f"{provider.name} {provider.state}{until}, {provider.latency_ms} ms, head {provider.head}, "
        f"{provider.faults} faults, {provider.lies} lies{reason}"
    )


def digest(options: argparse.Namespace) -> int:
    with connect(options.database) as connection:
        require_journal(connection)
        version = versions.live_version(connection)
        if version is None:
            raise Halt("the journal is empty: start with `freehold indexer run`")
        number = BlockNumber(version.number if options.block is None else options.block)
        if number > version.number:
            raise Halt(f"block {number} is not indexed yet: the newest is {version.number}")
        versions.use_schema(connection, version.schema_name)
        print(f"{number} {version.fingerprint} {versions.read_digest(connection, number)}")
    return 0


def require_journal(connection: Connection) -> None:
    row = connection.execute("SELECT to_regclass('journal.versions')").fetchone()
    if row is None or row[0] is None:
        raise Halt("this database has no journal yet: start with `freehold indexer run`")


def rebuild(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    decoders: Decoders = decoders_for(deployment.addresses)
    with connect(options.database) as connection, RebuildBar() as show:
        require_journal(connection)
        rebuilding = Rebuild(connection, decoders, options.reader)
        if options.batch_logs:
            rebuilding.logs_per_batch = options.batch_logs
        version = rebuilding.run(show)
        if options.promote:
            rebuilding.promote(version)
        print(f"{version.number} {version.fingerprint} {rebuilding.digest(version)} {version.schema_name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
