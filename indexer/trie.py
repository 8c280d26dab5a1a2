"""The root of a list as headers commit to it: a Merkle Patricia trie with value i under the key rlp(i). Pure.

Built from its leaves up, once, since nothing is ever looked up in it or taken out. Yellow Paper, appendix D.
"""

from collections.abc import Sequence
from functools import lru_cache

from indexer import rlp
from indexer.keccak import keccak

SINGLE_BYTE_KEYS = 128
"""Indexes below this are one byte long as keys."""
HASH_SIZE = 32
NO_VALUE = b"\x80"
LEAF_EVEN, LEAF_ODD, EXTENSION_EVEN, EXTENSION_ODD = "20", "3", "00", "1"
"""What a path begins with, in hex digits, so that it fills whole bytes."""


EMPTY_ROOT = keccak(rlp.string(b""))


def root_of(values: Sequence[bytes]) -> bytes:
    """The root of the trie over these values (each not empty); 32 bytes."""
    if not values:
        return EMPTY_ROOT
    order = key_order(len(values))
    keys = [key_of(index) for index in order]
    return keccak(node(keys, [values[index] for index in order], 0, len(keys), 0))


def key_order(count: int) -> list[int]:
    """Indexes in the order of their keys: rlp(0) is 0x80, and so comes behind the other single bytes."""
    return [*range(1, min(count, SINGLE_BYTE_KEYS)), 0, *range(SINGLE_BYTE_KEYS, count)]


@lru_cache(maxsize=4096)
def key_of(index: int) -> str:
    """The key in hex digits. No key begins another one, so that no branch holds a value."""
    return rlp.integer(index).hex()


def node(keys: Sequence[str], values: Sequence[bytes], first: int, end: int, depth: int) -> bytes:
    """The node over the keys from `first` to before `end`, which share their first `depth` digits."""
    if end - first == 1:
        return rlp.sequence((path(keys[first][depth:], LEAF_EVEN, LEAF_ODD), rlp.string(values[first])))
    shared = depth
    while keys[first][shared] == keys[end - 1][shared]:
        shared += 1
    branch = branch_over(keys, values, first, end, shared)
    if shared == depth:
        return branch
    return rlp.sequence((path(keys[first][depth:shared], EXTENSION_EVEN, EXTENSION_ODD), reference(branch)))


def branch_over(keys: Sequence[str], values: Sequence[bytes], first: int, end: int, depth: int) -> bytes:
    """A node with a child for each digit that the keys have at `depth`."""
    children = [NO_VALUE] * 17
    while first < end:
        digit, start = keys[first][depth], first
        while first < end and keys[first][depth] == digit:
            first += 1
        children[int(digit, 16)] = reference(node(keys, values, start, first, depth + 1))
    return rlp.sequence(children)


def reference(encoded: bytes) -> bytes:
    """How a node is named in the one above it: by its hash, or whole where it is shorter than that."""
    return encoded if len(encoded) < HASH_SIZE else rlp.string(keccak(encoded))


@lru_cache(maxsize=1024)
def path(digits: str, even: str, odd: str) -> bytes:
    return rlp.string(bytes.fromhex((odd if len(digits) % 2 else even) + digits))
