"""run: follow the chain until stopped; a second one on the same database stands by."""

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

import psycopg

from indexer import journal
from indexer.chain import Block, BlockNumber
from indexer.commands.shared import DONE, Commands, add_command, connect
from indexer.decode import decoders_for
from indexer.deployment import Deployment, read_deployment
from indexer.errors import Retry
from indexer.journal import Connection
from indexer.loop import STANDBY_SECONDS, Loop, backoff_seconds
from indexer.node import Node, WakeUp
from indexer.probe import require_our_chain, why_unproven
from indexer.providers import Providers, Report
from indexer.report import reporter
from indexer.store import Store


def add(commands: Commands) -> None:
    parser = add_command(commands, run, "run", "follow the chain until stopped", "manifest", "rpc", "ws?", "reader?")
    parser.add_argument(
        "--verify", choices=["prove", "trust"], default=os.environ.get("FREEHOLD_VERIFY") or None,
        help="prove every log before it is written, or trust the node; else: prove if it can (FREEHOLD_VERIFY)",
    )  # fmt: skip
    parser.add_argument("--range-blocks", type=int, default=None, help="blocks in the first range of a backfill")
    parser.add_argument("--until-head", action="store_true", help="stop once the node's head is indexed")


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
    return DONE


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
