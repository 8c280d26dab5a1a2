"""status while the index catches up: how fast, and how long it will take."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg

from indexer.errors import Retry
from indexer.standing import LEADER_LOCK
from tests.conftest import World
from tests.indexer.indexing import command, following


def test_status_says_how_fast_it_catches_up_and_how_long_that_takes(world: World) -> None:
    head = world.people.web3.eth.block_number
    with (
        following(world, range_blocks=1) as follower,
        psycopg.connect(world.database) as leader,
        ThreadPoolExecutor(1) as pool,
    ):
        follower.loop.advance()
        assert "blocks_per_second" not in json.loads(command(world, "status", "--json").output), "nobody leads"
        leader.execute("SELECT pg_advisory_lock(%s)", [LEADER_LOCK])
        asked = pool.submit(command, world, "status", "--json")
        while not asked.done():
            follower.loop.range_blocks = 1
            with suppress(Retry):
                follower.loop.advance()
        found = json.loads(asked.result().output)
        assert found["blocks_per_second"] > 0
        assert found["logs_per_second"] > 0
        assert 0 <= found["eta_seconds"] <= (head - found["indexed"]) * 10
        follower.to_head()
        assert "blocks_per_second" not in json.loads(command(world, "status", "--json").output), "it has caught up"
