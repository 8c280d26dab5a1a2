"""One seed: a world, its faults, and the indexer that follows it, until all heals and the tip must be reached.

The loop, the store and the providers are those of production. Only the transport, the connection, the clock and the
pauses are the simulation's, and the world moves between two looks of the loop.
"""

import random
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import NamedTuple

import psycopg

from indexer import journal
from indexer.commands.shared import DATABASE_AWAY, connect
from indexer.errors import Halt
from indexer.standing import Level
from tests.simulation.ahead import in_turn
from tests.simulation.contracts import deployment_on
from tests.simulation.crashes import Died, Plan, as_new, crashing
from tests.simulation.faults import FAULTS, OFTEN
from tests.simulation.nodes import SimulatedNode, Weather
from tests.simulation.observer import Observer, check_whole, require
from tests.simulation.outcome import digest_of, rebuilt_digest
from tests.simulation.process import Clock, started
from tests.simulation.tree import Moment, Tree

STEPS_TO_HEAL = 60
"""Looks that it may take to reach the tip once nothing is wrong any more, beside those for the blocks that it lacks."""
BLOCKS_A_LOOK = 10
FOREIGN_BLOCKS = 60
REMEMBERED_EVENTS = 25
LARGE_BLOCKS = 1_000
"""A smaller world has a smaller part of it behind it when the indexer starts."""


@dataclass(frozen=True)
class Climate:
    """What a seed drew for its world."""

    backlog: int
    """Blocks that are there before the indexer starts."""
    blocks: int
    """That the chain has in the end."""
    level: Level
    providers: str
    """One letter each, in their order: s steady, f with faults, w wrong for long times, l behind for long times."""
    fault_rate: float
    crash_points: int
    """Between two crashes, on the average."""
    final_depth: int
    busy: float
    reorg_rate: float
    range_blocks: int
    crashes_at_start: bool
    """Also while the tables are made."""

    @classmethod
    def drawn(cls, chance: random.Random, blocks: int) -> "Climate":
        return cls(
            backlog=int(blocks * (chance.uniform(0.75, 0.85) if blocks >= LARGE_BLOCKS else 0.25)),
            blocks=blocks,
            level=chance.choices(["prove", "trust"], [3, 1])[0],  # type: ignore[arg-type]  # these are levels
            providers=chance.choice(["f", "f", "f", "l", "l", "ff", "ff", "sw", "ws", "wsf", "fsw"]),
            fault_rate=chance.choice([0.08, 0.15, 0.25, 0.3]),
            crash_points=chance.choice([250, 400, 700, 1000]),
            final_depth=chance.choice([4, 12, 12, 40]),
            busy=chance.choice([0.1, 0.35, 0.7]),
            reorg_rate=chance.choice([0.4, 0.6, 0.8]),
            range_blocks=chance.choice([7, 50, 400]),
            crashes_at_start=chance.random() < 0.05,
        )


class Case(NamedTuple):
    """What a trial is made of. ahead: how many ranges are fetched ahead; no part of a climate, since older seeds were
    found without."""

    seed: int
    blocks: int
    ahead: int = 0


@dataclass
class Counts:
    """What was done, added up over seeds."""

    seeds: int = 0
    blocks: int = 0
    rewinds: int = 0
    looks: int = 0
    halts: int = 0
    ahead: int = 0
    """Ranges that were fetched ahead and taken."""
    crashes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Trial:
    """A case's world, on an empty database."""

    def __init__(self, case: Case, database: str) -> None:
        seed, blocks = case.seed, case.blocks
        self.case, self.database = case, database
        self.chance = random.Random(seed)
        random.seed(seed)  # the jitter of production code
        self.climate = climate = Climate.drawn(self.chance, blocks)
        self.tree = Tree(self.chance, climate.busy, climate.final_depth)
        self.tree.mine(climate.backlog)
        foreign = Tree(self.chance, 0.0, 12, "foreign")
        foreign.mine(FOREIGN_BLOCKS)
        names = [name for name in FAULTS if climate.level == "prove" or not FAULTS[name].only_proof_finds]
        self.weather = Weather(self.chance, climate.fault_rate, [*names, *3 * OFTEN])
        self.nodes = [
            SimulatedNode(self.tree, foreign, self.weather, steady=letter in "sw") for letter in climate.providers
        ]
        self.deployment = deployment_on(self.tree.canonical[0].hash)
        self.clock = Clock()
        self.plan = Plan(just_before=self.glance)
        self.observer: Observer | None = None
        self.healing_steps: int | None = None
        self.over = False
        self.counts = Counts(seeds=1)
        self.events: deque[str] = deque(maxlen=REMEMBERED_EVENTS)

    # -- the indexer's lives

    def run(self) -> Counts:
        """Raises Wrong, or whatever the indexer raises that it should not."""
        if self.climate.crashes_at_start:
            self.plan.soon(self.chance, self.climate.crash_points)
        connection = connect(self.database)
        try:
            while not self.over:
                connection = self.survive(connection)
            self.finish()
        finally:
            connection.close()
            if self.observer:
                self.observer.connection.close()
        return self.counts

    def survive(self, connection: journal.Connection) -> journal.Connection:
        """One life of the process, and the connection of the next one."""
        try:
            self.live(crashing(connection, self.plan))
        except Died:
            self.note("died", {})
        except DATABASE_AWAY as lost:
            self.note("database-away", {"reason": str(lost).strip()})
            connection.close()
        except Halt as halt:
            self.note("halt", {"reason": str(halt)})
            self.counts.halts += 1
            require("which was called final" not in str(halt), f"a halt, though no final block changed: {halt}")
            if self.observer:
                self.observer.unchanged()
        if self.plan.at is not None and self.plan.reached >= self.plan.at:
            self.plan.soon(self.chance, self.climate.crash_points)
        if connection.closed:
            return connect(self.database)
        as_new(connection)
        return connection

    def live(self, connection: journal.Connection) -> None:
        """From the start of the process to its end."""
        climate = self.climate
        loop = started(
            connection, self.nodes, self.deployment, climate.level, self.clock, self.note, self.stopped
        )  # fmt: skip
        loop.range_blocks = climate.range_blocks
        loop.prefetch.depth = self.case.ahead
        loop.prefetch.start = in_turn(self.nodes, self.weather, self.chance, self.took_ahead)
        loop.run()

    def took_ahead(self) -> None:
        self.counts.ahead += 1

    def note(self, event: str, values: dict[str, object]) -> None:
        words = ", ".join(f"{name} {value}" for name, value in values.items())
        self.events.append(f"{event}: {words}"[:300])

    # -- between two looks

    def stopped(self) -> bool:
        """Asked by the loop before each look: the moment in which a reader looks and the world moves."""
        if self.observer is None:
            reader = psycopg.connect(self.database, autocommit=True)
            self.observer = Observer(reader, self.tree)
            self.plan.soon(self.chance, self.climate.crash_points)
        sight = self.observer.look()
        if self.healing_steps is not None:
            self.healing_steps -= 1
            self.over = sight.block is self.tree.head
            require(self.healing_steps > 0, "all is well again, and the tip is not reached")
        elif self.is_long_enough():
            self.heal()
        else:
            self.move()
        return self.over

    def is_long_enough(self) -> bool:
        return self.tree.head.number >= self.climate.blocks

    def glance(self) -> None:
        """What a reader sees when the indexer crashes."""
        if self.observer:
            self.observer.look()

    def move(self) -> None:
        """Some seconds of the world."""
        chance, tree = self.chance, self.tree
        assert self.observer
        assert self.observer.last
        self.clock.seconds += chance.uniform(0, 1)
        near = tree.is_canonical(self.observer.last.block) and tree.head.number - self.observer.last.block.number < 8
        if near and chance.random() < self.climate.reorg_rate:
            depth = chance.choices([1, 2, 3, 5, 9, 40], [12, 8, 4, 2, 1, 0.2])[0]
            tree.reorganise(depth, depth + chance.choice([-1, 0, 0, 1, 2]))
        elif chance.random() < (0.6 if near else 0.25):
            tree.mine(chance.choice([1, 1, 1, 1, 2, 2, 3, 9]))
        elif chance.random() < 0.005:
            tree.mine(90)
        for letter, node in zip(self.climate.providers, self.nodes, strict=True):
            if letter in "wl" and chance.random() < 0.1:
                node.stuck = None if node.stuck else self.gone_wrong() if letter == "w" else self.fallen_behind()

    def gone_wrong(self) -> Moment:
        """Where a provider stays behind: at the head of now, or on a branch of its own."""
        tree, chance = self.tree, self.chance
        number = max(tree.finalized, tree.head.number - chance.randint(0, 3))
        block = tree.canonical[number]
        for _ in range(chance.randint(0, 6)):
            block = tree.grow(block)
        return Moment(block, min(tree.finalized, number))

    def fallen_behind(self) -> Moment:
        number = max(self.tree.finalized, self.tree.head.number - self.chance.randint(0, 6))
        return Moment(self.tree.canonical[number], min(self.tree.finalized, number))

    def heal(self) -> None:
        """Nothing goes wrong from here on."""
        assert self.observer
        assert self.observer.last
        self.plan.at, self.weather.rate = None, 0.0
        for node in self.nodes:
            node.stuck = None
        missing = self.tree.head.number - self.observer.last.block.number
        self.healing_steps = STEPS_TO_HEAL + missing // BLOCKS_A_LOOK

    # -- the end

    def finish(self) -> None:
        """Everything is as the oracle has it, and a rebuild in other batches has the same digest."""
        assert self.observer
        check_whole(self.database, self.tree.head)
        found = digest_of(self.database)
        rebuilt = rebuilt_digest(self.database, self.deployment)
        require(rebuilt == found, f"the rebuild has the digest {rebuilt}, and not {found}")
        self.counts.blocks, self.counts.rewinds = self.observer.blocks, self.observer.rewinds
        self.counts.looks = self.observer.looks
        self.counts.crashes = Counter(line.partition(" ")[0] for line in self.plan.crashed)
        self.counts.faults = self.weather.counts
