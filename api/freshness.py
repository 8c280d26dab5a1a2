"""What every read takes: as of which block, and not before which one.

Two dependencies: At_ for the block, Fresh for the database once it holds what the client has already seen.
"""

import asyncio
import contextlib
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Query

from api.problems import Problem
from api.reads import BLOCK_MAX, At, Reader, blocks, database_away, reader_of
from api.tip import REPLICA_LAG_SECONDS, Tip
from api.values import parse_hash

AT_BLOCK = Query(description="state as of this block", ge=0, le=BLOCK_MAX, examples=[None])
AT_TIME = Query(description="state as of this time, in seconds since 1970", ge=0, le=2**40)
MIN_BLOCK = Query(
    description="wait up to 10 s until this block is indexed: a number, or number:hash, which also checks the branch",
    pattern=r"^[0-9]{1,18}(:0x[0-9a-fA-F]{64})?$",
)
MIN_TX = Query(description="wait up to 10 s until the block of this transaction is indexed")


def at_of(at_block: Annotated[int | None, AT_BLOCK] = None, at_time: Annotated[int | None, AT_TIME] = None) -> At:
    """The dependency of reads that answer for the past."""
    if at_block is not None and at_time is not None:
        raise Problem("invalid-request", "Say at_block or at_time, not both.")
    if at_time is not None:
        last = sa.select(sa.func.max(blocks.c.number)).where(blocks.c.timestamp <= at_time).scalar_subquery()
        return At(sa.type_coerce(last, sa.BigInteger), f"The time {at_time}")
    return At(at_block, f"Block {at_block}")


async def fresh_reader(
    reader: Annotated[Reader, Depends(reader_of)],
    min_block: Annotated[str | None, MIN_BLOCK] = None,
    min_tx: Annotated[str | None, MIN_TX] = None,
) -> Reader:
    """The dependency of every read: the database, once it holds what the client has already seen."""
    if min_tx is not None:
        await reach(reader, *await reader.node.block_of(parse_hash(min_tx, "min_tx")))
    if min_block is not None:
        number, _, block_hash = min_block.partition(":")
        await reach(reader, int(number), block_hash.lower() or None)
    return reader


async def reach(reader: Reader, number: int, block_hash: str | None) -> None:
    """Wait until the database that is read holds a block: the tip tells of the primary, which a replica follows. A hash
    that is neither held nor orphaned may be of a branch that the index is about to follow: that too is worth the wait.
    Raises Problem where it comes to nothing."""
    newest: int | str = "none"
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(reader.wait_seconds):
            tip: Tip | None = await reader.watch.wait_for_block(number)
            while True:
                epoch, newest = await reader.position()
                if await holds(reader, number, block_hash) if block_hash else newest >= number:
                    return
                if tip and (epoch, newest) < (tip.epoch, tip.number):
                    await asyncio.sleep(REPLICA_LAG_SECONDS)
                else:
                    tip = await reader.watch.wait_for_change(tip)
    if not reader.watch.connected:
        raise database_away()
    if newest == "none" and reader.watch.tip:
        newest = reader.watch.tip.number
    wanted = f"Block {number}" + (f" with the hash {block_hash}" if block_hash else "")
    raise Problem(
        "not-indexed-yet",
        f"{wanted} is not indexed after {reader.wait_seconds:.0f} s of waiting; the newest indexed is {newest}.",
        {"Retry-After": "5"},
    )


async def holds(reader: Reader, number: int, block_hash: str) -> bool:
    """Raises Problem where the block was orphaned, or has another number."""
    held, fork = await reader.block_with_hash(block_hash)
    if held is None and fork is None:
        return False
    if held != number:
        words = f"Block {number} is not {block_hash} on the chain that we follow."
        raise Problem("block-orphaned", words, fork_block=fork)
    return True


At_ = Annotated[At, Depends(at_of)]
Fresh = Annotated[Reader, Depends(fresh_reader)]
AT = ("at-block-not-indexed",)
"""The problems that At_ brings to an endpoint, and those that Fresh brings."""
FRESH = ("invalid-hash", "unknown-transaction", "block-orphaned", "not-indexed-yet", "node-away")
