"""What is fetched ahead: the same rows as without it, faults held against who made them, and nothing asked twice."""

from typing import Any

import psutil
import pytest

from tests.conftest import World
from tests.indexer.indexing import check_at_head, following
from tests.indexer.lying import altering_receipts, honest, lying, refusing_ranges_over, sizes

AHEAD = 3


def block_of(receipts: list[dict[str, Any]]) -> int:
    return int(receipts[0]["blockNumber"], 16)


@pytest.mark.parametrize("slots_in_an_epoch", [1], ids=["nearly all is final"])
def test_a_backfill_fetches_ahead_and_asks_for_each_range_once(world: World) -> None:
    with lying(world.chain) as node, following(world, node.url, range_blocks=7, verify="trust") as follower:
        follower.fetch_ahead(AHEAD)
        node.asked.clear()
        follower.to_head()
        check_at_head(world)
        starts = [int(r["params"][0]["fromBlock"], 16) for r in node.asked if sizes([r])]
        assert len(starts) == len(set(starts)) > AHEAD
        steps = [int(str(values["block"])) for values in follower.reported("commit")]
        assert steps == sorted(steps), "what comes ahead is written in order"


@pytest.mark.parametrize("slots_in_an_epoch", [1], ids=["nearly all is final"])
def test_a_lie_in_what_was_fetched_ahead_sets_its_provider_aside_and_the_next_goes_on(world: World) -> None:
    with lying(world.chain) as liar, following(world, liar.url, world.chain.url, range_blocks=7) as follower:
        follower.fetch_ahead(AHEAD)
        follower.pause_seconds = 0
        liar.lie = altering_receipts(lambda receipts: receipts[: -1 if block_of(receipts) > 20 else None])
        while not follower.reported("lie"):
            follower.look(1)
        assert follower.store.cursor.number > 7, "what was true before is written"
        assert follower.look(1) == []
        asked = {ahead.provider.url for ahead in follower.loop.prefetch.on_its_way()}
        assert asked == {world.chain.url}
        follower.to_head()
        assert [standing.lies for standing in follower.providers.standings()] == [1, 0]
        check_at_head(world)


@pytest.mark.parametrize("slots_in_an_epoch", [1], ids=["nearly all is final"])
def test_a_range_that_is_refused_ahead_is_asked_for_again_in_smaller_ones(world: World) -> None:
    with lying(world.chain) as node, following(world, node.url, range_blocks=40, verify="trust") as follower:
        follower.fetch_ahead(AHEAD)
        assert follower.look(1) == []
        node.lie = refusing_ranges_over(10)
        follower.to_head()
        assert follower.reported("outage") == [], "a range that is too long is no fault"
        node.lie = honest
        check_at_head(world)


@pytest.mark.parametrize("slots_in_an_epoch", [1], ids=["nearly all is final"])
def test_a_process_that_is_killed_costs_time_and_nothing_else(world: World) -> None:
    others = set(psutil.Process().children())
    with following(world, range_blocks=5) as follower:
        follower.fetch_ahead(AHEAD)
        assert follower.look(2) == []
        (helper,) = set(psutil.Process().children()) - others
        helper.kill()
        while follower.loop.prefetch.on_its_way():  # what it had answered already is taken
            assert follower.look(1) == []
        follower.fetch_ahead(AHEAD)
        assert len(set(psutil.Process().children()) - others - {helper}) == 1
        follower.to_head()
        assert follower.reported("outage") == []
        check_at_head(world)


@pytest.mark.parametrize("slots_in_an_epoch", [1], ids=["nearly all is final"])
def test_there_is_no_process_once_nothing_final_is_left_to_fetch(world: World) -> None:
    before = psutil.Process().children()
    with following(world, range_blocks=5) as follower:
        follower.fetch_ahead(AHEAD)
        assert len(psutil.Process().children()) == len(before) + 1
        follower.to_head()
        assert psutil.Process().children() == before


def test_a_process_that_was_started_for_nothing_is_gone_at_the_next_block(world: World) -> None:
    before = psutil.Process().children()
    with following(world) as follower:
        follower.to_head()
        follower.fetch_ahead(AHEAD)
        assert len(psutil.Process().children()) == len(before) + 1
        world.chain.call("anvil_mine", "0x1")
        assert follower.look(1) == []
        assert psutil.Process().children() == before
        check_at_head(world)
