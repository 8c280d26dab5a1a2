"""Price levels: the lowest index that has orders, against a plain set, over the edges of leaf, branch and root."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.compiled import Contract
from bench.evm import Evm, Moment
from bench.stage import DEPLOYER_AT, ours

NONE = 2**24 - 1
HOUSE = 1
LEAF, BRANCH = 256, 65_536
EDGES = sorted(
    {
        index + step
        for index in (1, 2, 128, LEAF, 2 * LEAF, BRANCH - LEAF, BRANCH, 2 * BRANCH, 255 * BRANCH, NONE - LEAF, NONE - 1)
        for step in (-1, 0, 1)
    }
    - {NONE}
)
INDEXES = st.sampled_from(EDGES) | st.integers(0, NONE - 1) | st.integers(1000, 1300)
Probe = tuple[Evm, Contract, Moment]


@pytest.fixture(scope="module")
def probe() -> Probe:
    evm = Evm()
    contract = evm.deploy(DEPLOYER_AT, ours("testing/BookProbe"))
    return evm, contract, evm.moment()


def change(probe: Probe, filled: set[int], emptied: set[int], property_id: int = HOUSE, side: int = 0) -> None:
    evm, contract, _ = probe
    evm.send(DEPLOYER_AT, contract, "change", property_id, side, sorted(filled), sorted(emptied, reverse=True))


def found(probe: Probe, indexes: list[int], property_id: int = HOUSE, side: int = 0) -> list[int]:
    evm, contract, _ = probe
    return list(evm.ask(contract, "lowest_from", property_id, side, indexes))


def lowest(indexes: set[int], start: int) -> int:
    return min((index for index in indexes if index >= start), default=NONE)


def nodes_of(indexes: set[int]) -> dict[tuple[int, int], int]:
    """Every word of the tree that is not 0, by depth and place."""
    nodes: dict[tuple[int, int], int] = defaultdict(int)
    for index in indexes:
        nodes[3, index >> 8] |= 1 << (index & 255)
        nodes[2, index >> 16] |= 1 << (index >> 8 & 255)
        nodes[1, 0] |= 1 << (index >> 16)
    return nodes


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(st.sets(INDEXES, max_size=20), min_size=1, max_size=4),
    starts=st.lists(st.integers(0, NONE - 1), max_size=10),
)
def test_the_tree_finds_what_a_plain_set_finds(probe: Probe, steps: list[set[int]], starts: list[int]) -> None:
    evm, contract, moment = probe
    evm.restore(moment)
    held: set[int] = set()
    touched: set[int] = set()
    for step in steps:
        change(probe, step - held, step & held)
        held ^= step
        touched |= step
    near = {index + by for index in touched for by in (-1, 0, 1)} | set(EDGES) | set(starts)
    asked = sorted(index for index in near if 0 <= index < NONE)[:256]
    assert found(probe, asked) == [lowest(held, index) for index in asked]
    for depth, place in nodes_of(touched):
        assert evm.ask(contract, "node", HOUSE, 0, depth, place) == nodes_of(held)[depth, place]


@pytest.mark.parametrize("index", EDGES)
def test_one_price_alone_is_found_from_anywhere_below_it_and_from_nowhere_above(probe: Probe, index: int) -> None:
    evm, _, moment = probe
    evm.restore(moment)
    change(probe, {index}, set())
    assert found(probe, EDGES) == [index if start <= index else NONE for start in EDGES]
    change(probe, set(), {index})
    assert found(probe, EDGES) == [NONE] * len(EDGES)


def test_each_bit_of_a_node_is_found(probe: Probe) -> None:
    evm, _, moment = probe
    evm.restore(moment)
    for scale in (1, LEAF, BRANCH):
        every = {place * scale for place in range(255)}
        change(probe, every, set())
        assert found(probe, sorted(every)) == sorted(every)
        change(probe, set(), every)


def test_sides_and_properties_have_trees_of_their_own(probe: Probe) -> None:
    evm, _, moment = probe
    evm.restore(moment)
    trees = [(HOUSE, 0), (HOUSE, 1), (HOUSE + 1, 0), (2**32 - 1, 1)]
    for number, tree in enumerate(trees, start=1):
        change(probe, {number}, set(), *tree)
    assert [found(probe, [0], *tree) for tree in trees] == [[number] for number in range(1, len(trees) + 1)]
