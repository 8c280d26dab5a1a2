"""Every write point of named scenes, with each kind of crash: afterwards the step is there, whole or not at all.

A scene is told once to count its points, then for each of them and each kind, on a copy of the database before it.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from indexer.commands.shared import DATABASE_AWAY, connect
from indexer.errors import Retry
from indexer.loop import POLL_SECONDS
from local.postgres import WRITER, Postgres
from tests.simulation.contracts import deployment_on
from tests.simulation.crashes import Died, Kind, Plan, crashing
from tests.simulation.gate import Failed, database, drop
from tests.simulation.nodes import SimulatedNode, Weather
from tests.simulation.observer import Observer, check_whole, require
from tests.simulation.process import Clock, started
from tests.simulation.tree import Tree

SEED = 7
BLOCKS = 12
LOOKS_MAX = 60
Change = Callable[[Tree], None]
"""What happens to the chain once the indexer stands at its tip."""


def nothing(_: Tree) -> None:
    pass


def replacing(depth: int, length: int) -> Change:
    def change(tree: Tree) -> None:
        tree.reorganise(depth, length)

    return change


def chain_of(busy: float, final_depth: int) -> Tree:
    tree = Tree(random.Random(SEED), busy, final_depth)
    tree.mine(BLOCKS)
    return tree


@dataclass(frozen=True)
class Scene:
    """The chain at first, and what happens to it. `from_start`: the points of the start are points too."""

    change: Change
    busy: float = 0.8
    final_depth: int = 8
    from_start: bool = False


SCENES: dict[str, Scene] = {
    "the tables are made": Scene(nothing, from_start=True),
    "a block is appended": Scene(lambda tree: tree.mine(1)),
    "an empty block is appended": Scene(lambda tree: tree.mine(1), busy=0.0),
    "blocks are caught up with": Scene(lambda tree: tree.mine(5)),
    "final blocks are caught up with": Scene(lambda tree: tree.mine(20), final_depth=4),
    "the newest block is replaced": Scene(replacing(1, 1)),
    "a block is replaced by two": Scene(replacing(1, 2)),
    "two blocks are replaced by one": Scene(replacing(2, 1)),
    "five blocks are replaced": Scene(replacing(5, 6)),
    "all above the final block is replaced": Scene(replacing(8, 9)),
    "empty blocks are replaced": Scene(replacing(3, 3), busy=0.0),
    "a far longer branch replaces ours": Scene(replacing(3, 20)),
}


def sweep(postgres: Postgres, name: str) -> Iterator[tuple[int, int]]:
    """Crash in every point of a scene, in every way: how many were done, and how many there are. Raises Wrong."""
    scene = SCENES[name]
    tree = chain_of(scene.busy, scene.final_depth)
    with database(postgres, "sweep_before") as before:
        if not scene.from_start:
            follow(before, tree, Plan(), None)
        scene.change(tree)
        points = tell(postgres, tree, Plan())
        crashes = [(point, kind) for point in range(1, points + 1) for kind in Kind]
        for done, (point, kind) in enumerate(crashes, 1):
            try:
                tell(postgres, tree, Plan(at=point, kind=kind))
            except Exception as trouble:
                raise Failed(f"{name}: {kind.value} at point {point} of {points}: {trouble}") from trouble
            yield done, len(crashes)


def tell(postgres: Postgres, tree: Tree, plan: Plan) -> int:
    """Tell a scene with the crash that is planned, on a copy of the database; the points that it has."""
    with copied(postgres, "sweep_before", "sweep_now") as dsn, psycopg.connect(dsn, autocommit=True) as reader:
        observer = Observer(reader, tree) if is_begun(reader) else None
        if observer:
            observer.look()
            plan.just_before = observer.glance
        follow(dsn, tree, plan, observer)
        check_whole(dsn, tree.head)
    return plan.reached


def is_begun(reader: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = reader.execute("SELECT to_regclass('journal.cursor') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


@contextmanager
def copied(postgres: Postgres, source: str, name: str) -> Iterator[str]:
    """A copy of a database to which nobody is connected, gone afterwards."""
    with psycopg.connect(postgres.dsn("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER {WRITER} TEMPLATE {source}".encode())
    try:
        yield postgres.dsn(WRITER, name)
    finally:
        drop(postgres, [name])


def follow(dsn: str, tree: Tree, plan: Plan, observer: Observer | None) -> None:
    """From where the indexer stands to the tip, through the crash, with a new process after it."""
    for _ in range(2):
        try:
            with connect(dsn) as connection:
                to_tip(crashing(connection, plan), tree, observer)
                return
        except Died:
            pass
        except DATABASE_AWAY:
            pass
        if observer:
            observer.look()
    require(False, "one crash, and two processes that do not come to the tip")


def to_tip(connection: psycopg.Connection[tuple[object, ...]], tree: Tree, observer: Observer | None) -> None:
    clock = Clock()
    node = SimulatedNode(tree, tree, Weather(tree.chance, 0.0, []), steady=True)
    deployment = deployment_on(tree.canonical[0].hash)
    loop = started(connection, [node], deployment, "prove", clock, lambda *_: None, lambda: False)
    loop.store.load()
    for _ in range(LOOKS_MAX):
        try:
            if loop.advance() == POLL_SECONDS:
                return
        except Retry:
            loop.store.load()
            clock.seconds += 100
        if observer:
            observer.look()
    require(False, f"not at the tip after {LOOKS_MAX} looks")
