"""Bisection over block numbers: the last block at which something still holds. Pure."""

from collections.abc import Callable

from indexer.chain import BlockNumber


def last_where(holds: Callable[[BlockNumber], bool | None], low: BlockNumber, high: BlockNumber) -> BlockNumber | None:
    """The last block at which `holds` is true, where it is at `low`, is not at `high`, and changes once between.

    holds: None where nobody knows. Where nobody knows of the blocks below those at which it is false, None.
    """
    is_known = True
    while high - low > 1:
        middle = BlockNumber((low + high) // 2)
        found = holds(middle)
        if found is False:
            high = middle
        else:
            low, is_known = middle, found is True
    return low if is_known else None
