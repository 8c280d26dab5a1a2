"""The indexer's process as the simulation runs it: production's providers, store and loop, over simulated nodes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer import journal
from indexer.commands.run import anchor_from
from indexer.deployment import Deployment
from indexer.errors import Retry
from indexer.loop import Loop
from indexer.node import Node, WakeUp
from indexer.probe import require_our_chain, why_unproven
from indexer.providers import Providers, Report
from indexer.standing import Level
from indexer.store import Store
from tests.simulation.nodes import SimulatedNode, node_over

TRIES_MAX = 5_000


@dataclass
class Clock:
    """Seconds that pass as the simulation says."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


class Pause(WakeUp):
    """Waiting takes no time: the clock is put on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(None)
        self.clock = clock

    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds


def started(
    connection: journal.Connection,
    simulated: Sequence[SimulatedNode],
    deployment: Deployment,
    level: Level,
    clock: Clock,
    report: Report,
    stopped: Callable[[], bool],
) -> Loop:
    """What `freehold indexer run` does with one connection, up to the loop."""
    providers = providers_over(simulated, deployment, report, clock)
    store = Store(connection)
    patiently(lambda: providers.begin(level, False), providers, report, clock)
    store.prepare(deployment)
    while not store.lead():
        pass  # the server has not noticed yet that the process before is gone
    if journal.read_cursor(connection) is None:
        patiently(lambda: store.begin(anchor_from(providers, deployment)), providers, report, clock)
    return Loop(providers, store, deployment, Pause(clock), report, stopped)


def providers_over(
    simulated: Sequence[SimulatedNode], deployment: Deployment, report: Report, clock: Clock
) -> Providers:
    def check(node: Node) -> None:
        require_our_chain(node, deployment)

    def probe(node: Node) -> str | None:
        return why_unproven(node, deployment)

    nodes = list(map(node_over, range(len(simulated)), simulated))
    return Providers(nodes, check, probe, report, clock)


def patiently(action: Callable[[], None], providers: Providers, report: Report, clock: Clock) -> None:
    """Try again while the node is away; no weather is so bad that it stays away for ever."""
    for _ in range(TRIES_MAX):
        try:
            return action()
        except Retry as trouble:
            report("retry", {"reason": str(trouble)})
            clock.seconds += max(0.1, providers.rest_seconds())
    raise AssertionError(f"the process did not start in {TRIES_MAX} tries")
