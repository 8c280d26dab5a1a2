"""Ranges of final blocks, fetched, proven and rendered by a process beside this one while another one is written.

Each range is asked of one provider. They are taken in order; where one is not what is wanted, all that lies behind it
is dropped. What is on its way is bounded by bytes.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from indexer.beside import Beside, Lost
from indexer.chain import BlockNumber
from indexer.deployment import Deployment
from indexer.fetching import Fetched, fetcher
from indexer.node import Node

BYTES_MAX = 24_000_000
"""Of answers that were asked for and not yet taken."""


@dataclass(frozen=True)
class Ahead:
    """A range that was asked for: of whom, by which number, and how many bytes are expected."""

    provider: Node
    number: int
    first: BlockNumber
    last: BlockNumber
    bytes_expected: int


@dataclass
class Prefetch:
    """depth: how many ranges may be on their way beside the one that is written; 0 fetches nothing ahead."""

    deployment: Deployment
    depth: int = 0
    start: Callable[..., Beside] = Beside
    """What starts the process; the simulation has none."""
    _ahead: deque[Ahead] = field(default_factory=deque, init=False)
    _beside: Beside | None = field(default=None, init=False)

    def take(self, provider: Node, first: BlockNumber) -> Fetched | None:
        """The range that begins at `first`, if it was asked of this provider. Raises what the provider's Node does."""
        if self._ahead and (self._ahead[0].provider, self._ahead[0].first) != (provider, first):
            self.drop()
        if not self._ahead or not self._beside:
            return None
        try:
            fetched: Fetched = self._beside.answer(self._ahead.popleft().number)
        except Lost:  # then it is asked for here, and another process is started
            self.stop()
            return None
        except BaseException:
            self.drop()
            raise
        provider.bytes_read += fetched.bytes_read
        return fetched

    def fill(self, provider: Node, tip: BlockNumber, last: BlockNumber, blocks: int, bytes_per_block: int) -> None:
        """Ask for what comes above `tip`, up to `last`, in ranges of so many blocks. The process that does it is there
        as long as there is something to ask for."""
        while len(self._ahead) < self.depth:
            start = BlockNumber((self._ahead[-1].last if self._ahead else tip) + 1)
            end = BlockNumber(min(last, start + blocks - 1))
            expected = bytes_per_block * (end - start + 1)
            if self._ahead and (start > end or sum(a.bytes_expected for a in self._ahead) + expected > BYTES_MAX):
                return
            if start > end:
                self.stop()
                return
            if not self.begin():
                return
            assert self._beside
            try:
                number = self._beside.ask(provider.url, provider.proves, start, end)
            except Lost:
                self.stop()
                return
            self._ahead.append(Ahead(provider, number, start, end, expected))

    def expect(self) -> None:
        """There will be something to ask for soon: start the process, if there is to be one."""
        if self.depth:
            self.begin()

    def begin(self, seconds: float = 0) -> bool:
        """Start the process, if there is none; whether it can be asked already, or so many seconds later."""
        try:
            if self._beside is None:
                self._beside = self.start(fetcher, self.deployment.addresses, self.deployment.followed)
            return self._beside.is_ready(seconds)
        except (OSError, Lost):  # none is to be had now: what is next is fetched here, and another one is started then
            self.stop()
            return False

    def on_its_way(self) -> list[Ahead]:
        """What was asked for and not yet taken, in order."""
        return list(self._ahead)

    def drop(self) -> None:
        """Forget what is on its way; nobody looks at what it brings."""
        self._ahead.clear()
        if self._beside:
            self._beside.forget()

    def stop(self) -> None:
        """Have no process any more."""
        self._ahead.clear()
        if self._beside:
            self._beside.stop()
            self._beside = None
