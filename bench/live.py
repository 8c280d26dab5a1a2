"""At the head: how long until a block can be read, how many blocks a second, and how long a reorganisation takes."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from bench.figures import Figure
from bench.load import Emitter

PAIRS = 5
"""Ten events a block."""
LATENCY_BLOCKS, RATE_BLOCKS = 60, 300
PAUSE_SECONDS_MAX = 0.5
DEPTHS = (1, 5, 20)
SECONDS_MAX = 60.0
CURSOR = "SELECT '0x' || encode(hash, 'hex') FROM journal.cursor"


class Head:
    """The chain's end, and the index that follows it."""

    def __init__(self, emitter: Emitter, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self.emitter, self.connection = emitter, connection

    def hash(self) -> str:
        return str(self.emitter.rpc("eth_getBlockByNumber", "latest", False)["hash"])

    def seconds_until_read(self, block_hash: str) -> float:
        """Until a reader finds this block as the index' tip."""
        started = time.monotonic()
        while self.connection.execute(CURSOR).fetchone() != (block_hash,):
            assert time.monotonic() - started < SECONDS_MAX, "the indexer does not follow"
        return time.monotonic() - started

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.emitter.burst(PAIRS)

    def settle(self) -> None:
        self.seconds_until_read(self.hash())


@contextmanager
def at_head(emitter: Emitter, dsn: str) -> Iterator[Head]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        head = Head(emitter, connection)
        head.settle()
        yield head


def latency(mine: Callable[[], None], until_read: Callable[[], None]) -> tuple[float, float]:
    """Median and 99th percentile of seconds from the node's answer to evm_mine until the block can be read. Blocks come
    at moments that no poll can be in step with."""
    seconds = []
    for _ in range(LATENCY_BLOCKS):
        time.sleep(random.uniform(0, PAUSE_SECONDS_MAX))
        mine()
        mined = time.monotonic()
        until_read()
        seconds.append(time.monotonic() - mined)
    ordered = sorted(seconds)
    return statistics.median(ordered), ordered[round(len(ordered) * 0.99) - 1]


def blocks_a_second(head: Head) -> tuple[float, float]:
    """Blocks a second that are mined without a pause, and that are indexed while they are."""
    started = time.monotonic()
    head.mine(RATE_BLOCKS)
    mined = time.monotonic() - started
    head.settle()
    return RATE_BLOCKS / mined, RATE_BLOCKS / (time.monotonic() - started)


def reorgs(head: Head, is_right: Callable[[], bool]) -> Iterator[Figure]:
    """Of each depth, and one in which another block takes the place of the last one."""
    for depth, blocks in [*((depth, depth + 1) for depth in DEPTHS), (1, 1)]:
        head.settle()
        snapshot = head.emitter.rpc("evm_snapshot")
        head.mine(depth)
        head.settle()
        head.emitter.rpc("evm_revert", snapshot)
        head.mine(blocks)
        seconds = head.seconds_until_read(head.hash())
        what = f"reorganisation of {depth}" if blocks > depth else "reorganisation to the same height"
        yield Figure(what, f"{seconds * 1000:,.0f} ms", wanted="right", holds=is_right())
