"""What the simulation found, each as small as it can be told. Each is named for the harm that it did."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from indexer.commands.shared import connect
from indexer.errors import Retry
from indexer.loop import POLL_SECONDS, Loop
from indexer.standing import Level
from tests.simulation.contracts import deployment_on
from tests.simulation.faults import Answer
from tests.simulation.nodes import SimulatedNode, Weather, as_batch, member
from tests.simulation.process import Clock, started
from tests.simulation.tree import Moment, Tree

FINAL_DEPTH = 3
Script = Callable[[list[str]], Answer | None]
"""Told the methods that are asked, before each answer; may answer itself."""


@dataclass
class ScriptedNode(SimulatedNode):
    """A node that does as a test says."""

    script: Script = lambda _: None

    def request(self, method: str, url: str, *, body: bytes, **options: Any) -> Answer:
        answer = self.script([request["method"] for request in msgspec.json.decode(body)])
        return answer or super().request(method, url, body=body, **options)


class Scene:
    """A chain of ten blocks, one node, and an indexer at the tip of it, a look at a time."""

    def __init__(self, loop: Loop, tree: Tree, node: ScriptedNode, clock: Clock) -> None:
        self.loop, self.tree, self.node, self.clock = loop, tree, node, clock

    def to_tip(self) -> None:
        while self.loop.advance() != POLL_SECONDS:
            pass

    def fail(self) -> None:
        """A look that leads to nothing, and the pause after it."""
        with pytest.raises(Retry):
            self.loop.advance()
        self.loop.store.load()
        self.clock.seconds += 100

    @property
    def logs(self) -> int:
        """In the journal."""
        row = self.loop.store.connection.execute("SELECT count(*) FROM journal.logs").fetchone()
        return int(row[0]) if row else 0

    @property
    def finalized(self) -> int:
        return self.loop.store.cursor.finalized

    @property
    def epoch(self) -> int:
        return self.loop.store.cursor.epoch


@contextmanager
def told(database: str, level: Level) -> Iterator[Scene]:
    chance = random.Random(1)
    tree = Tree(chance, 0.5, FINAL_DEPTH)
    tree.mine(10)
    node = ScriptedNode(tree, tree, Weather(chance, 0.0, []), steady=True)
    clock = Clock()
    deployment = deployment_on(tree.canonical[0].hash)
    with connect(database) as connection:
        loop = started(connection, [node], deployment, level, clock, lambda *_: None, lambda: False)
        loop.store.load()
        found = Scene(loop, tree, node, clock)
        found.to_tip()
        yield found


@pytest.fixture
def scene(database: str) -> Iterator[Scene]:
    with told(database, "prove") as found:
        yield found


@pytest.fixture
def trusting(database: str) -> Iterator[Scene]:
    with told(database, "trust") as found:
        yield found


def test_a_block_of_a_fork_that_is_gone_is_never_called_final(scene: Scene) -> None:
    """The head came from one node behind a balancer, the blocks below it from another one that was on a fork: its
    blocks were called final by their height, and the indexer halted for good."""
    tree, node = scene.tree, scene.node
    tree.mine(2)
    fork = tree.head
    tree.reorganise(2, 2)
    tree.mine(FINAL_DEPTH)
    truth = tree.now
    assert truth.finalized == fork.number

    views = iter([None])

    def with_headers_of_the_fork(_: list[str]) -> None:
        node.stuck = next(views, Moment(fork, 0))

    node.script = with_headers_of_the_fork
    scene.loop.advance()
    assert scene.loop.store.cursor.hash == fork.hash
    assert scene.finalized < fork.number
    node.script, node.stuck = lambda _: None, None
    scene.to_tip()
    assert scene.loop.store.cursor.hash == tree.head.hash
    assert scene.finalized == truth.finalized
    assert scene.epoch == 1


def test_a_fork_is_not_believed_for_being_shown_twice_with_the_truth_between(scene: Scene) -> None:
    """A stale node was seen, then the truth, whose logs did not come, then the stale node again: that was a rewind
    of blocks which were the chain's all the time."""
    tree, node = scene.tree, scene.node
    stale = Moment(tree.grow(tree.canonical[-2]), tree.finalized)
    tip = tree.head
    node.stuck = stale
    scene.loop.advance()
    node.stuck = None
    while not (block := tree.grow(tip)).logs:
        pass
    tree.canonical.append(block)
    node.script = lambda methods: Answer(b"", 503) if "eth_getBlockReceipts" in methods else None
    scene.fail()
    node.script, node.stuck = lambda _: None, stale
    scene.loop.advance()
    assert (scene.epoch, scene.loop.store.cursor.hash) == (0, tip.hash)
    node.stuck = None
    scene.to_tip()
    assert (scene.epoch, scene.loop.store.cursor.hash) == (0, block.hash)


def test_a_fork_is_not_believed_for_being_shown_twice_with_a_failure_between(scene: Scene) -> None:
    """A stale machine was seen, then others that were the chain's and did not answer to the end, then the stale one
    again: a hundred blocks that were the chain's all the time were taken back."""
    tree, node, tip = scene.tree, scene.node, scene.tree.head
    node.stuck = Moment(tree.grow(tree.canonical[-2]), tree.finalized)
    scene.loop.advance()
    node.script = lambda _: Answer(b"", 503)
    scene.fail()
    node.script = lambda _: None
    scene.loop.advance()
    assert (scene.epoch, scene.loop.store.cursor.hash) == (0, tip.hash)


def test_a_header_with_a_name_that_is_no_text_does_not_end_the_process(scene: Scene) -> None:
    """Names of fields are read only where a header's hash is not that of its fields: there nobody expected bytes."""
    tree, node = scene.tree, scene.node
    tree.mine(1)
    broken = tree.head.header_json.replace(b'"requestsHash"', b'"\xffequestsHash"')
    members = as_batch([member(0, broken), member(1, tree.canonical[tree.finalized].header_json)])
    node.script = lambda _: Answer(members)
    scene.fail()
    node.script = lambda _: None
    scene.to_tip()
    assert scene.loop.store.cursor.hash == tree.head.hash


def test_on_trust_too_a_block_has_its_own_logs_and_not_those_of_another_branch(trusting: Scene) -> None:
    """A header came from a machine that was behind, on a branch that was left, its logs by their range from one that
    was not: there the block had none, and so the log of ours was missing."""
    tree, node, tip = trusting.tree, trusting.node, trusting.tree.head
    while not (left := tree.grow(tip)).logs:
        pass
    while (silent := tree.grow(tip)).logs:
        pass
    tree.canonical.append(silent)
    tree.mine(FINAL_DEPTH)
    assert tree.finalized == left.number
    views = iter([None, Moment(left, 0)])

    def with_its_header(_: list[str]) -> None:
        node.stuck = next(views, None)

    node.script = with_its_header
    trusting.loop.advance()
    assert trusting.loop.store.cursor.hash == left.hash
    assert trusting.logs == left.logs_so_far
    trusting.to_tip()
    assert trusting.loop.store.cursor.hash == tree.head.hash
    assert trusting.logs == tree.head.logs_so_far
