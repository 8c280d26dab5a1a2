"""Recursive Length Prefix, Ethereum's encoding of byte strings and lists; encoding only. Pure.

As in the Yellow Paper, appendix B: https://ethereum.github.io/yellowpaper/paper.pdf
"""

from collections.abc import Iterable
from functools import lru_cache

STRING, LIST = 0x80, 0xC0
"""First bytes of an empty string and of an empty list; lengths are added to them."""
SHORT_MAX = 55
"""Bytes of content whose length fits the first byte."""


@lru_cache(maxsize=4096)
def head(length: int, kind: int) -> bytes:
    """What stands before a content of so many bytes. kind: STRING or LIST."""
    if length <= SHORT_MAX:
        return bytes([kind + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([kind + SHORT_MAX + len(size)]) + size


def string(content: bytes) -> bytes:
    if len(content) == 1 and content[0] < STRING:
        return content
    return head(len(content), STRING) + content


def integer(value: int) -> bytes:
    """A whole number, big-endian without leading zeros; 0 is the empty string."""
    return string(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def sequence(items: Iterable[bytes]) -> bytes:
    """A list of items that are encoded already."""
    content = b"".join(items)
    return head(len(content), LIST) + content
