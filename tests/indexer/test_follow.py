"""follow.decide: its table of cases row by row, and what must hold in any tree of blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.chain import Block, BlockHash, BlockNumber
from indexer.follow import (
    UNSURE_BLOCKS,
    Append,
    AskParent,
    Decision,
    Deep,
    FetchRange,
    Held,
    Rewind,
    Suspect,
    Wait,
    decide,
    final_after,
)

FINALIZED, TIP = BlockNumber(3), BlockNumber(8)


def block(number: int, branch: str = "", parent_branch: str | None = None) -> Block:
    """Block `branch`-`number`; its parent is on the same branch unless another is named."""
    parent = branch if parent_branch is None else parent_branch
    return Block(
        BlockNumber(number), BlockHash(f"{branch}-{number}"), BlockHash(f"{parent}-{number - 1}"), 1000 + number
    )


HELD = Held(TIP, {BlockNumber(n): block(n).hash for n in range(FINALIZED, TIP + 1)}, FINALIZED)
FORKED_AT_6 = [block(7, "b", ""), block(8, "b"), block(9, "b")]
SEEN = FORKED_AT_6[0].hash


@pytest.mark.parametrize(
    ("branch", "suspected", "expected"),
    [
        pytest.param([block(8)], None, Wait("same"), id="same: the node's head is our tip"),
        pytest.param([block(8)], SEEN, Wait("same"), id="same: whatever was suspected"),
        pytest.param([block(6)], None, Wait("behind"), id="behind: a lower head is not a reorg"),
        pytest.param([block(3)], None, Wait("behind"), id="behind: the finalized block itself"),
        pytest.param([block(1)], None, Wait("behind"), id="behind: so low that we keep no hash of it"),
        pytest.param([block(9)], None, Append([block(9)]), id="next: one block stands on our tip"),
        pytest.param([block(9), block(10)], None, Append([block(9), block(10)]), id="next: two stand on our tip"),
        pytest.param([block(9)], SEEN, Append([block(9)]), id="next: a suspicion is no hindrance"),
        pytest.param([block(10)], None, FetchRange(BlockNumber(9), BlockNumber(10)), id="ahead: by two"),
        pytest.param([block(90, "b")], None, FetchRange(BlockNumber(9), BlockNumber(90)), id="ahead: of any branch"),
        pytest.param(FORKED_AT_6, None, Suspect(SEEN), id="other: seen for the first time"),
        pytest.param(FORKED_AT_6, BlockHash("c-7"), Suspect(SEEN), id="other: another was suspected"),
        pytest.param(FORKED_AT_6, SEEN, Rewind(BlockNumber(6), FORKED_AT_6), id="other: seen again"),
        pytest.param(FORKED_AT_6[:1], SEEN, Rewind(BlockNumber(6), FORKED_AT_6[:1]), id="other: a shorter branch"),
        pytest.param(
            [block(8, "b", "")],
            BlockHash("b-8"),
            Rewind(BlockNumber(7), [block(8, "b", "")]),
            id="other: at the same height",
        ),
        pytest.param(
            [block(4, "b", "")],
            BlockHash("b-4"),
            Rewind(FINALIZED, [block(4, "b", "")]),
            id="other: right above the finalized block",
        ),
        pytest.param([block(8, "b")], None, AskParent(BlockHash("b-7")), id="unknown: at the same height"),
        pytest.param([block(9, "b")], SEEN, AskParent(BlockHash("b-8")), id="unknown: one above our tip"),
        pytest.param([block(5, "b")], None, AskParent(BlockHash("b-4")), id="unknown: below our tip"),
        pytest.param([block(4, "b")], None, Suspect(BlockHash("b-4")), id="deep: seen for the first time"),
        pytest.param(
            [block(4, "b")], BlockHash("b-4"), Deep(BlockNumber(2), FINALIZED), id="deep: replaces the finalized block"
        ),
        pytest.param(
            [block(4, "b"), block(5, "b")], BlockHash("b-4"), Deep(BlockNumber(2), FINALIZED), id="deep: with a child"
        ),
        pytest.param(
            [block(3, "b")], BlockHash("b-3"), Deep(BlockNumber(1), FINALIZED), id="deep: another final block itself"
        ),
        pytest.param(
            [block(3, "b", "")], BlockHash("b-3"), Deep(BlockNumber(1), FINALIZED), id="deep: though its parent is ours"
        ),
    ],
)
def test_each_row_of_the_table(branch: Sequence[Block], suspected: BlockHash | None, expected: Decision) -> None:
    assert decide(HELD, branch, suspected) == expected


@pytest.mark.parametrize(
    ("blocks", "final", "expected"),
    [
        pytest.param([block(9)], block(7), 7, id="a block that we hold"),
        pytest.param([block(9), block(10)], block(10), 10, id="a block that we are about to hold"),
        pytest.param([block(9)], block(9, "b"), 0, id="another one at a height that we are about to hold"),
        pytest.param([block(9)], block(7, "b"), 0, id="another one at a height that we hold"),
        pytest.param(FORKED_AT_6, block(8, "b"), 8, id="on the branch that replaces ours"),
        pytest.param(FORKED_AT_6, block(8), 0, id="on the branch that is replaced"),
        pytest.param([block(9)], block(2), 0, id="below the one that was final before"),
        pytest.param([block(9)], block(10), 0, id="above all that we hold"),
        pytest.param([block(9000)], block(9001), 9000 - UNSURE_BLOCKS, id="above, in a backfill"),
        pytest.param([block(9)], None, 0, id="none that the node knows of"),
    ],
)
def test_a_block_is_final_by_its_hash(blocks: Sequence[Block], final: Block | None, expected: int) -> None:
    """By its height alone, a block of a fork that was gone became final, and the indexer halted for good."""
    assert final_after(HELD, blocks, final) == expected


def test_a_node_that_syncs_from_below_the_finalized_block_does_not_halt_us() -> None:
    """A provider's fresh machine starts at block 0. It was once taken for a reorg under finality."""
    held = Held(TIP, {TIP: block(8).hash}, TIP)
    assert [decide(held, [block(number)], None) for number in range(8)] == 8 * [Wait("behind")]


# -- any tree


@dataclass(frozen=True)
class Tree:
    """Blocks by their hash. Each but the first stands on an earlier one."""

    blocks: Mapping[BlockHash, Block]

    def branch_of(self, head: Block) -> list[Block]:
        """From the root to this block."""
        branch = [head]
        while branch[0].parent_hash in self.blocks:
            branch.insert(0, self.blocks[branch[0].parent_hash])
        return branch


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    blocks = [Block(BlockNumber(0), BlockHash("h0"), BlockHash("none"), 0)]
    for name in range(1, draw(st.integers(1, 30))):
        parent = blocks[draw(st.one_of(st.just(name - 1), st.integers(0, name - 1)))]
        blocks.append(Block(BlockNumber(parent.number + 1), BlockHash(f"h{name}"), parent.hash, name))
    return Tree({found.hash: found for found in blocks})


@dataclass
class Model:
    """A follower without a database: our chain as a list, obeying decide as the loop does."""

    tree: Tree
    chain: list[Block]
    finalized: int = 0
    halted: bool = False

    def held(self) -> Held:
        hashes = {found.number: found.hash for found in self.chain[self.finalized :]}
        return Held(BlockNumber(len(self.chain) - 1), hashes, BlockNumber(self.finalized))

    def follow(self, head: Block) -> None:
        """Obey until there is nothing to do. Fails where that takes more looks than any tree can ask for."""
        node, suspected, target = self.tree.branch_of(head), None, head
        for _ in range(10):
            match self.decision(target, suspected):
                case Wait():
                    return
                case Append(blocks):
                    self.chain += blocks
                    target, suspected = head, None
                case FetchRange(first, last):
                    assert (first, last) == (len(self.chain), head.number)
                    if node[first].parent_hash == self.chain[-1].hash:
                        self.chain += node[first : last + 1]
                    else:
                        target = node[first]
                case Suspect(first_hash):
                    target, suspected = head, first_hash
                case Rewind(fork, blocks):
                    self.rewind(node, fork, blocks)
                    target, suspected = head, None
                case Deep():
                    assert node[self.finalized] != self.chain[self.finalized], "the node still has the final block"
                    self.halted = True
                    return
        raise AssertionError("no end")

    def decision(self, target: Block, suspected: BlockHash | None) -> Decision:
        branch = [target]
        for _ in self.tree.blocks:
            found = decide(self.held(), branch, suspected)
            if not isinstance(found, AskParent):
                return found
            assert found.hash == branch[0].parent_hash
            branch.insert(0, self.tree.blocks[found.hash])
        raise AssertionError("walking down the parents does not end")

    def rewind(self, node: Sequence[Block], fork: int, blocks: Sequence[Block]) -> None:
        assert all(ours not in node for ours in self.chain[fork + 1 :]), "a block is undone that the node still has"
        assert fork >= self.finalized, "a final block is undone"
        self.chain = [*self.chain[: fork + 1], *blocks]
        assert self.chain == list(node[: len(self.chain)]), "after a rewind our chain is the node's branch"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=trees(), data=st.data())
def test_in_any_tree_we_end_on_the_nodes_branch_and_never_undo_what_is_on_it(tree: Tree, data: st.DataObject) -> None:
    model = Model(tree, tree.branch_of(tree.blocks[BlockHash("h0")]))
    heads = data.draw(st.lists(st.sampled_from(list(tree.blocks.values())), min_size=1, max_size=8))
    for head in heads:
        before = list(model.chain)
        model.follow(head)
        node = tree.branch_of(head)
        if model.halted:
            assert model.chain == before, "a halt changes nothing"
            return
        if head.number >= model.finalized:
            assert model.chain[: len(node)] == node, "we hold the node's branch, and perhaps more that stands on it"
        else:
            assert model.chain == before, "a head below the final block says nothing"
        model.finalized = data.draw(st.integers(model.finalized, len(model.chain) - 1))
