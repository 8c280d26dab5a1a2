"""What it costs on this chain to prove every log, against taking them on a provider's word."""

import time
from collections.abc import Sequence

from indexer.chain import Address, BlockNumber
from indexer.doctor.finding import Finding, Subject
from indexer.node import Node

LEAST_SECONDS = 0.000_001


def cost_of_proving(
    subject: Subject,
    node: Node,
    addresses: Sequence[Address],
    first: BlockNumber,
    last: BlockNumber,
    head: BlockNumber,
) -> Finding:
    """Over a range of blocks, as a backfill fetches them."""
    count = last - first + 1
    trusted, proven = (_fetched(node, addresses, first, last, proves) for proves in (False, True))
    words = [
        f"{name} {count / max(seconds, LEAST_SECONDS):,.0f} blocks/s and {size // count:,} bytes a block"
        for name, (seconds, size) in (("trust", trusted), ("prove", proven))
    ]
    whole = f"about {proven[0] / count * head / 60:,.1f} minutes to prove all {head:,} blocks"
    return subject.ok("cost of proving", f"{words[0]}, {words[1]}, over blocks {first} to {last}; {whole}")


def _fetched(
    node: Node, addresses: Sequence[Address], first: BlockNumber, last: BlockNumber, proves: bool
) -> tuple[float, int]:
    """Seconds and bytes."""
    started, before = time.monotonic(), node.bytes_read
    node.proves = proves
    try:
        node.logs(node.headers(first, last), addresses, are_final=True)
    finally:
        node.proves = False
    return time.monotonic() - started, node.bytes_read - before
