"""The journal held against the chain: hashes, links to parents, and every log, proven where a provider can prove it.

With a provider that can prove what it says, one is enough. Without, every provider is asked, and what any of them says
otherwise is a difference.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from indexer import journal
from indexer.chain import Block, BlockNumber, Log
from indexer.deployment import Deployment
from indexer.errors import Lie, Unusable
from indexer.journal import Connection
from indexer.node import TIMEOUT_SECONDS, Node, NodeError

BLOCKS_TOGETHER = 200
TRIES_MAX = 5


class Difference(NamedTuple):
    """What the journal has of a block and a provider says otherwise."""

    block: BlockNumber
    what: str
    ours: str
    chain: str
    provider: str

    def __str__(self) -> str:
        return f"block {self.block}: {self.what} is {self.ours} here, {self.chain} to {self.provider}"


@dataclass
class Witness:
    """A provider. unproven: why it cannot prove what it says."""

    name: str
    node: Node
    unproven: str | None


@dataclass
class Verifier:
    """Goes through the journal. Not more than one at a time on a connection."""

    connection: Connection
    witnesses: Sequence[Witness]
    deployment: Deployment
    final: BlockNumber
    rest: Callable[[int], None]
    """Called after so many failures of a provider, before it is asked again."""
    logs: int = field(default=0, init=False)
    """How many were compared."""
    lies: dict[str, str] = field(default_factory=dict, init=False)
    """Providers whose proof failed, which are not asked again, with the reason."""

    def __post_init__(self) -> None:
        for witness in self.witnesses:
            witness.node.proves = witness.unproven is None

    @property
    def provers(self) -> list[Witness]:
        return [witness for witness in self.witnesses if witness.unproven is None and witness.name not in self.lies]

    @property
    def level(self) -> str:
        return "prove" if any(witness.unproven is None for witness in self.witnesses) else "trust"

    def part(self, numbers: Sequence[BlockNumber]) -> list[Difference]:
        """Compare these blocks, in rising order. Raises Unusable where nobody can be asked."""
        below = [BlockNumber(number - 1) for number in numbers]
        held = journal.read_blocks(self.connection, sorted({*below, *numbers}))
        own_logs = logs_by_block(self._own_logs(numbers))
        found = broken_links(numbers, held)
        if self.level == "prove":
            return found + self._by_a_proof(numbers, held, own_logs)
        for witness in self.witnesses:
            found += self._by(witness, numbers, held, own_logs)
        return found

    def _own_logs(self, numbers: Sequence[BlockNumber]) -> list[Log]:
        if numbers[-1] - numbers[0] == len(numbers) - 1:
            return journal.read_logs(self.connection, numbers[0], numbers[-1])
        return [log for number in numbers for log in journal.read_logs(self.connection, number, number)]

    def _by_a_proof(
        self, numbers: Sequence[BlockNumber], held: Mapping[BlockNumber, Block], own: Mapping[BlockNumber, list[Log]]
    ) -> list[Difference]:
        reasons = []
        for witness in self.provers:
            try:
                return self._by(witness, numbers, held, own)
            except Lie as lie:
                self.lies[witness.name] = str(lie)
            except Unusable as trouble:
                reasons.append(f"{witness.name}: {trouble}")
        reasons += [f"{name}: {reason}" for name, reason in self.lies.items()]
        raise Unusable(f"nobody proves blocks {numbers[0]} to {numbers[-1]}: {'; '.join(reasons)}")

    def _by(
        self,
        witness: Witness,
        numbers: Sequence[BlockNumber],
        held: Mapping[BlockNumber, Block],
        own: Mapping[BlockNumber, list[Log]],
    ) -> list[Difference]:
        """Ask again where a provider does not answer, but not where a proof failed."""
        for tried in range(TRIES_MAX):
            try:
                headers = witness.node.headers_at(numbers, TIMEOUT_SECONDS)
                shared = [header for header in headers if header and is_held(header, held)]
                logs = self._logs(witness.node, shared)
                break
            except Lie:
                raise
            except Unusable:
                if tried == TRIES_MAX - 1:
                    raise
                self.rest(tried + 1)
        found = other_blocks(numbers, headers, held, witness.name)
        theirs = logs_by_block(logs)
        self.logs += len(logs)
        return found + other_logs(shared, own, theirs, witness.name)

    def _logs(self, node: Node, blocks: Sequence[Block]) -> list[Log]:
        """By range where it is one and final; in halves where that is too much for the node."""
        if not blocks:
            return []
        is_range = blocks[-1].number - blocks[0].number == len(blocks) - 1
        try:
            return node.logs(blocks, self.deployment.followed, is_range and blocks[-1].number <= self.final)
        except NodeError:
            if len(blocks) == 1:
                raise
        half = len(blocks) // 2
        return self._logs(node, blocks[:half]) + self._logs(node, blocks[half:])


def is_held(header: Block, held: Mapping[BlockNumber, Block]) -> bool:
    own = held.get(header.number)
    return own is not None and own.hash == header.hash


def broken_links(numbers: Sequence[BlockNumber], held: Mapping[BlockNumber, Block]) -> list[Difference]:
    """Blocks of ours that are missing, or do not stand on ours below them."""
    found = []
    for number in numbers:
        own, below = held.get(number), held.get(BlockNumber(number - 1))
        if own is None:
            found.append(Difference(number, "the block", "missing", "there", "the blocks around it"))
        elif below is not None and own.parent_hash != below.hash:
            found.append(Difference(number, "the parent", own.parent_hash, below.hash, f"block {number - 1} here"))
    return found


def other_blocks(
    numbers: Sequence[BlockNumber], headers: Sequence[Block | None], held: Mapping[BlockNumber, Block], provider: str
) -> list[Difference]:
    found = []
    for number, header in zip(numbers, headers, strict=True):
        own = held.get(number)
        if own is None:
            continue
        if header is None or header.hash != own.hash:
            found.append(Difference(number, "the hash", own.hash, header.hash if header else "unknown", provider))
        elif (own.parent_hash, own.timestamp) != (header.parent_hash, header.timestamp):
            ours, theirs = (f"{block.parent_hash} at {block.timestamp}" for block in (own, header))
            found.append(Difference(number, "parent and time", ours, theirs, provider))
    return found


def other_logs(
    blocks: Sequence[Block],
    own: Mapping[BlockNumber, list[Log]],
    theirs: Mapping[BlockNumber, list[Log]],
    provider: str,
) -> list[Difference]:
    found = []
    for block in blocks:
        ours, chain = own.get(block.number, []), theirs.get(block.number, [])
        if ours != chain:
            found.append(Difference(block.number, "its logs", *unlike(ours, chain), provider))
    return found


def unlike(ours: Sequence[Log], chain: Sequence[Log]) -> tuple[str, str]:
    """How many each has, and which logs differ, by their index."""
    mine, others = ({log.log_index: log for log in logs} for logs in (ours, chain))
    indexes = sorted(index for index in mine.keys() | others.keys() if mine.get(index) != others.get(index))
    named = ", ".join(map(str, indexes[:10])) + (" ..." if len(indexes) > 10 else "")
    return f"{len(ours)} logs", f"{len(chain)} logs, of which or beside which {named} differ"


def logs_by_block(logs: Sequence[Log]) -> dict[BlockNumber, list[Log]]:
    found: dict[BlockNumber, list[Log]] = {}
    for log in logs:
        found.setdefault(log.block_number, []).append(log)
    return found
