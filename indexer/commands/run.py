"""run: follow the chain until stopped; a second one on the same database stands by."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass

from indexer import journal, versions
from indexer.chain import Block
from indexer.commands.shared import DATABASE_AWAY, DONE, WRONG_USAGE, Commands, add_command, connect
from indexer.deployment import Deployment, read_deployment
from indexer.errors import Halt, Retry
from indexer.health import HostPort, host_port, serving
from indexer.journal import Connection
from indexer.loop import STANDBY_SECONDS, Loop, backoff_seconds
from indexer.measured import MeasuredStore
from indexer.metrics import Metrics
from indexer.node import Node, WakeUp
from indexer.probe import anchor_of, require_our_chain, why_unproven
from indexer.providers import Providers, Report
from indexer.report import LineReport
from indexer.stopping import Stopping
from indexer.store import Store
from indexer.vitals import Vitals

RANGES_AHEAD = 2
PATIENCE_SECONDS = 300
"""Longer than any look at a slow node that still answers."""
SAFE_SECONDS_MAX = 2.0
"""How long is waited for what a node calls safe."""


def add(commands: Commands) -> None:
    parser = add_command(commands, run, "run", "follow the chain until stopped", "manifest", "rpc", "ws?", "reader?")
    parser.add_argument(
        "--verify", choices=["prove", "trust"], default=os.environ.get("FREEHOLD_VERIFY") or None,
        help="prove every log before it is written, or trust the node; else: prove if it can (FREEHOLD_VERIFY)",
    )  # fmt: skip
    parser.add_argument("--range-blocks", type=int, default=None, help="blocks in the first range of a backfill")
    parser.add_argument(
        "--ahead", type=int, default=RANGES_AHEAD, help="ranges fetched ahead in a backfill; 0 for none"
    )
    parser.add_argument("--until-head", action="store_true", help="stop once the node's head is indexed")
    parser.add_argument(
        "--patience", type=whole_seconds, metavar="SECONDS",
        default=os.environ.get("FREEHOLD_PATIENCE") or PATIENCE_SECONDS,
        help="standing by, take the place of a leader that says nothing for so long; 0: wait (FREEHOLD_PATIENCE)",
    )  # fmt: skip
    parser.add_argument(
        "--health", type=where, metavar="HOST:PORT", default=os.environ.get("FREEHOLD_HEALTH") or None,
        help="answer /livez, /readyz and /metrics there, port 0 is any (FREEHOLD_HEALTH)",
    )  # fmt: skip


def where(words: str) -> HostPort:
    """For argparse, which shows the words of its own error only."""
    try:
        return host_port(words)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def whole_seconds(words: str) -> int:
    """For argparse: a whole number of them, or 0."""
    if not words.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number of seconds is wanted, not {words!r}")
    return int(words)


def run(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    stopping, vitals = Stopping(), Vitals(time.monotonic)
    metrics = Metrics(vitals)
    with ExitStack() as stack:
        if options.health:
            try:
                address = stack.enter_context(serving(options.health, vitals, metrics))
            except OSError as error:
                print(f"freehold indexer: --health cannot listen there: {error.strerror}", file=sys.stderr)
                return WRONG_USAGE
        show = stack.enter_context(reporter())
        following = Following(options, deployment, WakeUp(options.ws), stopping, vitals, metrics, show)
        if options.health:
            following.report("health", {"address": address})
        following.until_stopped()
    return DONE


@dataclass
class Following:
    """One process's way from its start to its end: connected or not, standing by or leading."""

    options: argparse.Namespace
    deployment: Deployment
    wake_up: WakeUp
    stopping: Stopping
    vitals: Vitals
    metrics: Metrics
    show: Report
    stood_by: bool = False

    def report(self, event: str, values: dict[str, object]) -> None:
        for hear in (self.vitals, self.metrics, self.show):
            hear(event, values)

    def until_stopped(self) -> None:
        """Raises Halt; with --health only when it is stopped, so that there is somebody to ask why."""
        self.stopping.listen(self.wake_up.stop)
        try:
            self._connected_or_not()
        except Halt as halt:
            led = self.vitals.leads
            self.report("halt", {"reason": str(halt)})
            if led and self.options.health:
                self.stopping.wait()
            raise
        except KeyboardInterrupt:
            if not self.stopping.asked:
                raise
        finally:
            self.stopping.done()

    def _connected_or_not(self) -> None:
        failures = 0
        while not self.stopping.asked:
            try:
                with connect(self.options.database) as connection:
                    failures = 0
                    self._follow(connection)
            except DATABASE_AWAY as trouble:
                failures += 1
                seconds = backoff_seconds(failures)
                values = {"reason": str(trouble).strip(), "error": type(trouble).__name__}
                self.report("database-away", {**values, "in_seconds": round(seconds, 2)})
                self.stopping.wait(seconds)

    def _follow(self, connection: Connection) -> None:
        """Everything that lasts as long as one connection to the database."""
        options, stopping = self.options, self.stopping
        providers = providers_of(options.rpc, self.deployment, self.report)
        store = MeasuredStore(connection, options.reader, metrics=self.metrics)
        self._patiently(lambda: providers.begin(options.verify, was_proven(connection)))
        if stopping.asked:
            return
        store.prepare(self.deployment)
        self._stand_by(store)
        if stopping.asked:
            return
        loop = self._loop(providers, store)
        try:
            if journal.read_cursor(connection) is None:
                loop.prefetch.expect()  # it starts while the tables are made
                self._patiently(lambda: store.begin(anchor_from(providers, self.deployment)))
            if stopping.asked:
                return
            self.report("leading", {})
            loop.run()
        finally:
            loop.prefetch.stop()
        stopping.stop()

    def _loop(self, providers: Providers, store: Store) -> Loop:
        options = self.options

        def stopped() -> bool:
            self.vitals.beat(loop)
            self._look_at_safe(loop)
            return self.stopping.asked

        loop = Loop(providers, store, self.deployment, self.wake_up, self.report, stopped)
        loop.prefetch.depth, loop.until_head = options.ahead, options.until_head
        if options.range_blocks:
            loop.range_blocks = options.range_blocks
        return loop

    def _look_at_safe(self, loop: Loop) -> None:
        """For the metrics alone, now and then while there is nothing to do: nothing of the index depends on it."""
        if loop.idle and self.metrics.wants_safe():
            with suppress(Retry):
                self.metrics.safe = loop.node.safe(SAFE_SECONDS_MAX)

    def _stand_by(self, store: Store) -> None:
        """Until we are the one that writes."""
        said = False
        while not self.stopping.asked and not (self._may_lead(store) and store.lead()):
            if not said:
                self.report("standby", {})
                said = True
            self.stood_by = True
            self.vitals.beat()
            if self.options.patience and self._may_lead(store) and store.unseat(self.options.patience):
                self.report("unseated", {"silent_seconds": self.options.patience})
            self.stopping.wait(STANDBY_SECONDS)

    def _may_lead(self, store: Store) -> bool:
        """Where another release's version is live, its standbys take over, and we wait for ours to be promoted. But at
        our start we try: if nobody leads, somebody should be told."""
        live = versions.live_version(store.connection)
        return live is None or live.ours or not self.stood_by

    def _patiently(self, action: Callable[[], None]) -> None:
        """Try again while the node is away."""
        failures = 0
        while not self.stopping.asked:
            try:
                action()
                return
            except Retry as trouble:
                failures += 1
                seconds = backoff_seconds(failures)
                values = {"reason": str(trouble), "cause": type(trouble).__name__}
                self.report("retry", {**values, "in_seconds": round(seconds, 2)})
                self.stopping.wait(seconds)


def reporter() -> AbstractContextManager[Report]:
    """What the operator sees: a bar on a terminal, one line an event elsewhere."""
    if not sys.stderr.isatty():
        return LineReport()
    # Here, since it takes a tenth of a start to import.
    from indexer.bars import BarReport

    return BarReport()


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


def anchor_from(providers: Providers, deployment: Deployment) -> Block:
    with providers.turn() as node:
        anchor = anchor_of(node, deployment)
        providers.require_agreement(node, [anchor])
        return anchor
