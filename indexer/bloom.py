"""Blooms of logs: 2048 bits in which every log sets three for its address and three for each topic. Pure.

A bloom without somebody's bits proves that none of their logs is there; one with them proves nothing.
Yellow Paper, section 4.3.1.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from indexer.keccak import keccak

POSITION_MASK = 2047
BITS = [1 << position for position in range(POSITION_MASK + 1)]
REMEMBERED_MAX = 16_384


@lru_cache(maxsize=REMEMBERED_MAX)
def bits_of(item: str) -> int:
    """The bits of an address or a topic, given as hex digits behind 0x, in a bloom read as a big-endian number."""
    positions = int.from_bytes(keccak(bytes.fromhex(item[2:]))[:6], "big")
    return (
        BITS[positions >> 32 & POSITION_MASK] | BITS[positions >> 16 & POSITION_MASK] | BITS[positions & POSITION_MASK]
    )


def bloom_of(items: Iterable[str]) -> int:
    """The bloom of logs with these addresses and topics."""
    bloom = 0
    for item in items:
        bloom |= bits_of(item)
    return bloom


def may_hold(bloom: int, addresses: Sequence[str]) -> bool:
    """Whether there may be a log of one of these."""
    return any(bloom & bits == bits for bits in map(bits_of, addresses))
