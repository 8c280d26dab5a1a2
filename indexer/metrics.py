"""What Prometheus is told of the indexer: counters that follow its reports and its transactions, and gauges that are
read when they are asked for, so that following the chain costs no more for it.

Names follow prometheus.io/docs/practices/naming. Labels are never made of what a node or the chain says: providers are
named by host and port, as in `status`.
"""

import time
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from indexer.arrays import Counts
from indexer.chain import BlockNumber
from indexer.events import Rejection
from indexer.loop import Loop
from indexer.projections import fingerprint
from indexer.reconcile.record import Reconciled
from indexer.standing import ProviderStanding
from indexer.vitals import STATES, Vitals, head_of

PREFIX = "freehold_indexer"
RELEASE = "0.1.0"
PROVIDER_STATES = ("proving", "trusted", "aside", "unknown")
SAFE_SECONDS = 10
CAUSES = ("Retry", "Unusable", "Lie", "Stuck", "NodeError", "Disagreement")
DATABASE_ERRORS = ("OperationalError", "AdminShutdown", "DiskFull")
"""Counted from nought, so that the first of them is a rise that an alert sees. Others show when they come."""
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DEPTH_BUCKETS = (1, 2, 3, 5, 8, 13, 21, 34, 64)


class Metrics(Collector):
    """Hears the reports and the store; collected into a registry of its own."""

    def __init__(self, vitals: Vitals) -> None:
        self.vitals = vitals
        self.fingerprint = fingerprint()
        self.registry = CollectorRegistry(auto_describe=False)
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter
        self.timestamp: int | None = None
        """Of the newest indexed block, in seconds since 1970."""
        self.digest: tuple[int, str] | None = None
        """Of the newest checkpoint, and its block."""
        self.safe: BlockNumber | None = None
        """The newest block that the provider in turn called safe."""
        self._safe_asked_at = float("-inf")
        self.reconciled: Reconciled | None = None
        """The newest comparison with the contracts' own state."""
        self._commits = self._counter("commits", "Transactions that appended blocks.")
        self._blocks = self._counter("blocks", "Blocks appended, those of a reorganisation again.")
        self._logs = self._counter("logs", "Logs of our contracts appended.")
        self._events = self._counter("events", "Decoded events appended, by kind.", "event")
        self._rejections = self._counter("rejections", "Logs that no contract of ours can have emitted.")
        self._reorgs = self._counter("reorgs", "Reorganisations followed.")
        self._retries = self._counter("retries", "Looks at the chain that led to nothing, by cause.", "cause")
        self._database = self._counter("database_failures", "Connections to the database lost, by error.", "error")
        self._depth = Histogram(
            "reorg_depth_blocks", "Blocks of ours that a reorganisation orphaned.", namespace=PREFIX,
            registry=self.registry, buckets=DEPTH_BUCKETS,
        )  # fmt: skip
        self._transaction = Histogram(
            "database_transaction_seconds", "Time of the one transaction of a step, its commit included.",
            namespace=PREFIX, registry=self.registry, buckets=SECONDS_BUCKETS,
        )  # fmt: skip
        for cause in CAUSES:
            self._retries.labels(cause)
        for error in DATABASE_ERRORS:
            self._database.labels(error)
        ProcessCollector(registry=self.registry)
        self.registry.register(self)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, namespace=PREFIX, registry=self.registry)

    def __call__(self, event: str, values: dict[str, object]) -> None:
        """Hear a report."""
        match event:
            case "reorg":
                self._reorgs.inc()
                self._depth.observe(int(str(values["depth"])))
            case "retry":
                self._retries.labels(str(values["cause"])).inc()
            case "database-away":
                self._database.labels(str(values["error"])).inc()

    def note_step(self, blocks: int, logs: int, counts: Counts, seconds: float) -> None:
        """One transaction was committed."""
        self._commits.inc()
        self._blocks.inc(blocks)
        self._logs.inc(logs)
        self._transaction.observe(seconds)
        for kind, count in counts.items():
            (self._rejections if kind is Rejection else self._events.labels(kind.__name__)).inc(count)

    def wants_safe(self) -> bool:
        """Whether to ask again; no if it was asked within SAFE_SECONDS."""
        now = self.vitals.clock()
        if now - self._safe_asked_at < SAFE_SECONDS:
            return False
        self._safe_asked_at = now
        return True

    def collect(self) -> Iterator[Metric]:
        """Everything that is read rather than counted."""
        vitals = self.vitals
        beat = time.time() - (vitals.clock() - vitals.beat_at)
        yield gauge("heartbeat_timestamp_seconds", "When the chain was looked at last, or should have been.", beat)
        yield gauge("clock_seconds", "The time on this machine.", time.time())
        yield gauge("is_leader", "1 for the one that writes.", vitals.leads)
        yield gauge("halted", "1 once it has stopped for the operator.", vitals.state == "halted")
        yield gauge("ready", "1 where /readyz answers 200.", vitals.why_unready() is None)
        yield labelled("state", "What the process is about.", "state", {s: s == vitals.state for s in STATES})
        loop = vitals.loop
        level = loop.providers.level if loop else ""
        info = {"version": RELEASE, "fingerprint": self.fingerprint, "verify": level}
        yield InfoMetricFamily(
            f"{PREFIX}_build", "Release, fingerprint of the projections, what is proven.", value=info
        )
        if loop:
            yield from self._position(loop)
            yield from providers(loop.providers.standings())

    def _position(self, loop: Loop) -> Iterator[Metric]:
        cursor, head = loop.store.cursor, head_of(loop)
        yield gauge("indexed_block", "The newest indexed block.", cursor.number)
        yield gauge("head_block", "The newest block of the providers that are not set aside.", head)
        yield gauge("finalized_block", "The newest block that is indexed and final.", cursor.finalized)
        yield gauge("lag_blocks", "From the head to the newest indexed block.", head - cursor.number)
        if self.safe is not None:
            yield gauge("safe_block", "The newest block that the provider in turn calls safe.", self.safe)
        if self.timestamp is not None:
            yield gauge("indexed_block_timestamp_seconds", "The newest indexed block's own time.", self.timestamp)
            lag_seconds = max(0, time.time() - self.timestamp)
            yield gauge("lag_seconds", "From the newest indexed block's own time to now.", lag_seconds)
        yield gauge("epoch", "Reorganisations that this index has followed since it was begun.", cursor.epoch)
        yield gauge("waiting", "1 while the last look at the chain led to nothing.", loop.waiting is not None)
        if done := self.reconciled:
            yield gauge("reconciled_block", "As of which the index was held against the contracts.", done.block)
            yield gauge("reconciliation_differences", "Values that were not what they say.", done.differences)
        if self.digest:
            block, digest = self.digest
            words = "The first 52 bits of the digest at the newest checkpoint: equal on every index of a deployment."
            yield gauge("digest_block", "The newest checkpoint: a final block.", block)
            family = GaugeMetricFamily(f"{PREFIX}_digest", words, labels=["block", "fingerprint"])
            family.add_metric([str(block), loop.store.version.fingerprint], int(digest[:13], 16))
            yield family


def gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", words, value=value)


def labelled(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", words, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def providers(standings: list[ProviderStanding]) -> Iterator[Metric]:
    """How each provider is, by its name."""
    state = GaugeMetricFamily(f"{PREFIX}_provider_state", "1 for the state it is in.", labels=["provider", "state"])
    faults = CounterMetricFamily(f"{PREFIX}_provider_faults", "Times it was set aside.", labels=["provider"])
    lies = CounterMetricFamily(f"{PREFIX}_provider_lies", "Answers that failed a proof.", labels=["provider"])
    for standing in standings:
        for name in PROVIDER_STATES:
            state.add_metric([standing.name, name], name == standing.state)
        faults.add_metric([standing.name], standing.faults)
        lies.add_metric([standing.name], standing.lies)
    yield from (state, faults, lies)
    seconds = {standing.name: standing.latency_ms / 1000 for standing in standings}
    yield labelled("provider_latency_seconds", "Of its answers, the newest ones weighing more.", "provider", seconds)
    aside = {standing.name: standing.aside_seconds for standing in standings}
    yield labelled("provider_aside_seconds", "For how long it is not asked.", "provider", aside)
    heads = {standing.name: standing.head for standing in standings if standing.head is not None}
    yield labelled("provider_head_block", "The newest block that it named.", "provider", heads)
