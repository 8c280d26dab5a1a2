"""A range of final blocks as a provider gives it, proven or not, and its logs as the database takes them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.chain import Address, Addresses, Block, BlockNumber
from indexer.decode import decoders_for
from indexer.node import Node
from indexer.rendered import Rendered, render


@dataclass(frozen=True)
class Fetched:
    """bytes_read: what was read for it."""

    headers: list[Block]
    rendered: Rendered
    bytes_read: int


Fetch = Callable[[str, bool, BlockNumber, BlockNumber], Fetched]
"""Of a provider's URL, proven or not, from a block to another, both included. Raises what Node does."""


def fetcher(addresses: Addresses, followed: Sequence[Address], connect: Callable[[str], Node] = Node) -> Fetch:
    """For any number of threads: each asks over a connection of its own, which the next one takes over."""
    decoders = decoders_for(addresses)
    idle: list[Node] = []
    taking = threading.Lock()

    def node_of(url: str) -> Node:
        with taking:
            idle[:] = [node for node in idle if node.url == url]
            return idle.pop() if idle else connect(url)

    def fetch(url: str, proves: bool, first: BlockNumber, last: BlockNumber) -> Fetched:
        node = node_of(url)
        node.proves, before = proves, node.bytes_read
        headers = node.headers(first, last)
        logs = node.logs(headers, followed, are_final=True)
        fetched = Fetched(headers, render(decoders, logs), node.bytes_read - before)
        with taking:
            idle.append(node)
        return fetched

    return fetch
