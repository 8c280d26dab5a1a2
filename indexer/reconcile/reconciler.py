"""Every check as of one block, at the operator's pace; for what differs, the last block at which it was still right."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

from indexer import journal
from indexer.bisection import last_where
from indexer.chain import Address, Block, BlockNumber
from indexer.journal import Connection
from indexer.node import Node, NodeError
from indexer.reconcile.check import Check, Fact, Row, in_words, plain
from indexer.reconcile.derived import Derived
from indexer.reconcile.pace import Pace

LOOKED_BACK_MAX = 20
"""For so many differences the last good block is looked for: each takes a call for each halving of the chain."""

T = TypeVar("T")

KEPT_MAX = 10_000
"""Differences of one reconciliation; more are counted."""
Progress = Callable[[str, int, int, int], None]
"""Told of the check, which one it is, how many there are, and how many of its values were compared."""


@dataclass(frozen=True)
class Difference:
    """What we derived and the chain says otherwise. last_good: the last block at which it was right, if that is known;
    unknown: why it is not."""

    check: str
    where: str
    what: str
    ours: str
    chain: str
    last_good: int | None = None
    unknown: str | None = None

    def __str__(self) -> str:
        known = f"right until block {self.last_good}" if self.unknown is None else self.unknown
        place = f"{self.check}, {self.where}" if self.where else self.check
        return f"{place}: {self.what} is {self.ours} here, {self.chain} on the chain; {known}"


@dataclass
class Result:
    """What was compared as of a block: how many values by check, how many differ, and which, up to KEPT_MAX."""

    block: Block
    compared: dict[str, int] = field(default_factory=dict)
    difference_count: int = 0
    differences: list[Difference] = field(default_factory=list)

    def differs(self, found: Difference) -> None:
        self.difference_count += 1
        if len(self.differences) < KEPT_MAX:
            self.differences.append(found)


@dataclass
class Reconciler:
    """One node and one version of the projections, compared."""

    node: Node
    connection: Connection
    engine: sa.Engine
    addresses: Mapping[str, Address]
    pace: Pace
    checks: Sequence[Check]
    sample: int | None = None

    def at(self, block: Block, progress: Progress) -> Result:
        """Raises Unusable where the node cannot answer as of this block."""
        result = Result(block)
        (header,) = self.node.headers(block.number, block.number)
        if header.hash != block.hash:
            last_good, unknown = self._last_shared(block.number)
            result.differs(
                Difference("blocks", f"block {block.number}", "hash", block.hash, header.hash, last_good, unknown)
            )
            return result
        for position, check in enumerate(self.checks):
            show = partial(progress, check.name, position, len(self.checks))
            result.compared[check.name] = 0
            for row, fact, ours, chain in self._compared(check, block, result, show):
                result.differs(self._difference(check, row, fact, ours, chain, block, result))
        return result

    def _past(self, check: Check, number: BlockNumber) -> Derived:
        return Derived(self.engine, self.addresses, number, check.key, self.sample)

    def _compared(
        self, check: Check, block: Block, result: Result, show: Callable[[int], None]
    ) -> Iterator[tuple[Row, Fact, str, str]]:
        """Values that differ, with ours and the chain's in words."""
        rows = chunks(check.rows(self._past(check, block.number), None), check.together)
        show(0)
        for group in chunks(rows, self.pace.together):
            self.pace.wait(len(group))
            replies = self.node.views([check.call(part, self.addresses) for part in group], block.hash)
            for part, data in zip(group, replies, strict=True):
                for row, answer in zip(part, check.answers(data, len(part)), strict=True):
                    result.compared[check.name] += len(check.facts)
                    for fact in check.facts:
                        if not fact.is_right(row, answer):
                            ours, chain = fact.values(row, answer)
                            yield row, fact, in_words(ours), in_words(chain)
            show(result.compared[check.name])

    def _difference(
        self, check: Check, row: Row, fact: Fact, ours: str, chain: str, block: Block, result: Result
    ) -> Difference:
        where = ", ".join(f"{name} {in_words(plain(value))}" for name, value in check.key_of(row).items())
        if result.difference_count >= LOOKED_BACK_MAX:
            return Difference(check.name, where, fact.name, ours, chain, None, "not looked for: too many differ")
        last_good, unknown = self._last_good(check, row, fact, block.number)
        return Difference(check.name, where, fact.name, ours, chain, last_good, unknown)

    def _last_good(self, check: Check, row: Row, fact: Fact, number: BlockNumber) -> tuple[int | None, str | None]:
        """By halves between the block before the deployment, when nothing was there, and this one."""

        def is_right(at: BlockNumber) -> bool | None:
            self.pace.wait(1)
            try:
                (data,) = self.node.views([check.call([row], self.addresses)], journal.hash_of(self.connection, at))
            except NodeError:
                return None
            then = next(iter(check.rows(self._past(check, at), check.key_of(row))), None)
            return fact.is_right(then, check.answers(data, 1)[0])

        return self._looked_back(is_right, number)

    def _last_shared(self, number: BlockNumber) -> tuple[int | None, str | None]:
        def is_shared(at: BlockNumber) -> bool:
            return self.node.headers(at, at)[0].hash == journal.hash_of(self.connection, at)

        return self._looked_back(is_shared, number)

    def _looked_back(
        self, is_right: Callable[[BlockNumber], bool | None], number: BlockNumber
    ) -> tuple[int | None, str | None]:
        anchor = journal.first_block(self.connection).number
        found = last_where(is_right, anchor, number)
        return found, "the node has no state of the blocks before it was wrong" if found is None else None


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part
