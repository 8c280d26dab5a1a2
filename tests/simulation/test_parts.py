"""The parts of the simulation itself: they must be able to fail, and tell the same story twice."""

import random

import pytest

from local.postgres import Postgres
from tests.indexer.refold import fold
from tests.simulation.gate import AHEAD, failed_once, run_case
from tests.simulation.lines import FILES, explained, gaps
from tests.simulation.observer import history
from tests.simulation.tree import Tree
from tests.simulation.trial import Case


@pytest.mark.parametrize("ahead", [0, AHEAD])
def test_a_seed_tells_the_same_story_twice(postgres: Postgres, ahead: int) -> None:
    case = Case(13, 120, ahead)
    assert run_case(postgres, case) == run_case(postgres, case)


@pytest.mark.parametrize("seed", range(3))
def test_every_branch_has_a_valid_history(seed: int) -> None:
    """The oracle asserts that each balance in a log is the sum of the logs before it."""
    tree = Tree(random.Random(seed), 0.9, 20)
    tree.mine(200)
    old = tree.head
    tree.reorganise(10, 12)
    for head in (old, tree.head):
        blocks = [tree.ancestor(head, number) for number in range(head.number + 1)]
        told = history(block for block in blocks if block)
        assert len(told.logs) == head.logs_so_far
        assert fold(told.events, told.timestamps)["trades"]


def test_files_of_the_simulation_can_be_read() -> None:
    assert all(case.blocks > 0 for case in failed_once())
    statements = {(gap.file, gap.statement) for file in FILES for gap in gaps(file)}
    assert explained().keys() <= statements


def test_every_statement_can_be_taken_out() -> None:
    for file in FILES:
        for gap in gaps(file):
            compile(gap.text, file, "exec")
