"""A provider that gives the logs of another fork, each of them true somewhere else: noticed, named, and survived."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.standing import Level
from local.chain import Chain
from tests.conftest import Deployed, World
from tests.indexer.indexing import check_at_head, check_so_far, following
from tests.indexer.lying import Answer, Lie, Reply, Request, honest, lying
from tests.indexer.test_reorg import reorgs, second_machine
from tests.indexer.test_verified import accusations
from tests.indexer.traffic import move_fractions

BLOCKS = 30
each_level = pytest.mark.parametrize(
    ("level", "words"), [("prove", "have the root"), ("trust", "which was not asked for")], ids=["prove", "trust"]
)


@pytest.fixture
def fork(world: World, deployed: Deployed, tmp_path: Path) -> Iterator[Chain]:
    """A node of the same past with another present: the same transfers of other amounts."""
    with ExitStack() as stack:
        other = stack.enter_context(second_machine(deployed, tmp_path))
        move_fractions(other, replace(world, chain=other).people, BLOCKS, amount=2)
        yield other


def logs_of(fork: Chain, chain: Chain) -> Lie:
    """Headers of the one, and at the same heights logs and receipts of the other."""

    def twin(block_hash: str) -> str:
        number = chain.call("eth_getBlockByHash", block_hash, False)["number"]
        found: str = fork.call("eth_getBlockByNumber", number, False)["hash"]
        return found

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            (asked, *_) = request["params"] or [None]
            if request["method"] == "eth_getBlockReceipts":
                reply["result"] = fork.call("eth_getBlockReceipts", twin(asked))
            if request["method"] == "eth_getLogs":
                wanted = asked | {"blockHash": twin(asked["blockHash"])} if "blockHash" in asked else asked
                reply["result"] = fork.call("eth_getLogs", wanted)
        return honest(requests, replies)

    return lie


@each_level
def test_at_the_head_and_in_a_backfill(world: World, fork: Chain, level: Level, words: str) -> None:
    """Beside an honest provider, which it goes on with."""
    with lying(world.chain) as node, following(world, node.url, world.chain.url, verify=level) as follower:
        follower.pause_seconds = 0
        follower.loop.range_blocks = 500
        follower.to_head()
        node.lie = logs_of(fork, world.chain)
        move_fractions(world.chain, world.people, 1)
        follower.to_head()
        check_at_head(world)
        assert words in accusations(follower, node)[0]
        follower.clock.seconds += 1_000
        move_fractions(world.chain, world.people, BLOCKS - 1)
        follower.to_head()
        check_at_head(world)
        assert words in accusations(follower, node)[1]
    assert reorgs(world.database) == []


@each_level
def test_alone_it_waits_and_nothing_of_the_fork_is_written(world: World, fork: Chain, level: Level, words: str) -> None:
    with lying(world.chain) as node, following(world, node.url, verify=level) as follower:
        follower.loop.range_blocks = 500
        follower.to_head()
        held = follower.store.cursor
        node.lie = logs_of(fork, world.chain)
        for blocks in (1, BLOCKS - 1):
            move_fractions(world.chain, world.people, blocks)
            assert words in " ".join(follower.look(2))
            assert follower.store.cursor == held
            check_so_far(world)
        node.lie = honest
        follower.to_head()
        check_at_head(world)
    assert reorgs(world.database) == []
