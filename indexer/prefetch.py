"""Ranges of final blocks, fetched, proven and rendered ahead of the one that is being written.

Each range has a thread and a connection of its own, and is asked of one provider. They are taken in order; where one
is not what is wanted, all that lies behind it is dropped. What is on its way is bounded by bytes.
"""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from indexer.chain import Address, Block, BlockNumber, Log
from indexer.decode import Decoders
from indexer.node import Node
from indexer.rendered import Rendered, render

BYTES_MAX = 24_000_000
"""Of answers that were asked for and not yet taken."""


@dataclass(frozen=True)
class Fetched:
    """A range as a provider gave it, and its logs as the database takes them."""

    headers: list[Block]
    logs: list[Log]
    rendered: Rendered
    bytes_read: int


@dataclass(frozen=True)
class Ahead:
    """A range that was asked for: of whom, over which connection, and how many bytes are expected."""

    provider: Node
    twin: Node
    first: BlockNumber
    last: BlockNumber
    bytes_expected: int
    answer: Future[Fetched] = field(default_factory=Future)


@dataclass
class Prefetch:
    """depth: how many ranges may be on their way beside the one that is written; 0 fetches nothing ahead."""

    decoders: Decoders
    followed: Sequence[Address]
    depth: int = 0
    _ahead: deque[Ahead] = field(default_factory=deque, init=False)
    _idle: list[Node] = field(default_factory=list, init=False)

    def take(self, provider: Node, first: BlockNumber) -> Fetched | None:
        """The range that begins at `first`, if it was asked of this provider. Raises what the provider's Node does."""
        if self._ahead and (self._ahead[0].provider, self._ahead[0].first) != (provider, first):
            self.drop()
        if not self._ahead:
            return None
        ahead = self._ahead.popleft()
        try:
            fetched = ahead.answer.result()
        except BaseException:
            self.drop()
            raise
        self._idle.append(ahead.twin)
        provider.bytes_read += fetched.bytes_read
        return fetched

    def fill(self, provider: Node, tip: BlockNumber, last: BlockNumber, blocks: int, bytes_per_block: int) -> None:
        """Ask for what comes above `tip`, up to `last`, in ranges of so many blocks."""
        while len(self._ahead) < self.depth:
            start = BlockNumber((self._ahead[-1].last if self._ahead else tip) + 1)
            end = BlockNumber(min(last, start + blocks - 1))
            expected = bytes_per_block * (end - start + 1)
            if start > end or (self._ahead and sum(a.bytes_expected for a in self._ahead) + expected > BYTES_MAX):
                return
            ahead = Ahead(provider, self._twin_of(provider), start, end, expected)
            self._ahead.append(ahead)
            threading.Thread(target=self._fetch, args=[ahead], daemon=True, name=f"fetch-{start}").start()

    def on_its_way(self) -> list[Ahead]:
        """What was asked for and not yet taken, in order."""
        return list(self._ahead)

    def drop(self) -> None:
        """Forget what is on its way. Its threads end by themselves; nobody looks at what they bring."""
        self._ahead.clear()

    def _twin_of(self, provider: Node) -> Node:
        """Another connection to the same provider: a Node is not shared between threads."""
        self._idle = [twin for twin in self._idle if twin.url == provider.url]
        twin = self._idle.pop() if self._idle else Node(provider.url)
        twin.proves = provider.proves
        return twin

    def _fetch(self, ahead: Ahead) -> None:
        node, before = ahead.twin, ahead.twin.bytes_read
        try:
            headers = node.headers(ahead.first, ahead.last)
            logs = node.logs(headers, self.followed, are_final=True)
            fetched = Fetched(headers, logs, render(self.decoders, logs), node.bytes_read - before)
        except BaseException as trouble:
            ahead.answer.set_exception(trouble)
        else:
            ahead.answer.set_result(fetched)
