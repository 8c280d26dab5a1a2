"""Node to follow to store, for ever: the indexer's one loop. Holds no rule of its own about the chain."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from indexer.chain import Block, BlockHash, BlockNumber
from indexer.deployment import Deployment
from indexer.errors import Halt, Retry
from indexer.follow import Append, AskParent, Decision, Deep, FetchRange, Rewind, Suspect, decide
from indexer.node import Node, NodeError, WakeUp
from indexer.store import Step, Store

POLL_SECONDS = 0.2
SUSPECT_SECONDS = 0.02
STANDBY_SECONDS = 0.5
BACKOFF_SECONDS_MAX = 10.0
BLOCKS_BY_HASH_MAX = 64
"""Blocks above finality in one step: their logs are asked for one by one, by hash."""
RANGE_START = 50
RANGE_MAX = 5_000
LOGS_WANTED = 8_000
"""Range control aims at this many logs an answer; parsers slow down on huge ones."""

DEEP = (
    "the node's chain leaves ours at block {fork} or below, under block {final}, which was called final. Nothing "
    "was changed. Compare with a second provider; if the chain itself was replaced, use a new database for it"
)

Report = Callable[[str, dict[str, object]], None]
"""Told of every event worth a line: its name, and its fixed keys."""


@dataclass
class Loop:
    """Follows the node into the store until told to stop."""

    node: Node
    store: Store
    deployment: Deployment
    wake_up: WakeUp
    report: Report
    stopped: Callable[[], bool]
    range_blocks: int = RANGE_START
    suspected: BlockHash | None = field(default=None, init=False)
    idle: bool = field(default=False, init=False)
    """The last look found nothing to do."""

    def run(self) -> None:
        """Raises Halt where going on would be unsafe, psycopg.OperationalError where the database is gone."""
        self.store.load()
        failures = 0
        while not self.stopped():
            try:
                wait_seconds = self.advance()
                self.idle = wait_seconds == POLL_SECONDS
                failures = 0
            except Retry as trouble:
                failures += 1
                wait_seconds = backoff_seconds(failures)
                self.report("retry", {"reason": str(trouble), "in_seconds": round(wait_seconds, 2)})
                self.store.load()
            except Halt as halt:
                self.store.halt(str(halt))
                raise
            if wait_seconds:
                self.wake_up.wait(wait_seconds)

    def advance(self) -> float:
        """Look once at the node and do what follows; seconds until the next look."""
        head, finalized = self.node.tip()
        return self._obey(self._decide(head), head, finalized)

    def _decide(self, block: Block) -> Decision:
        """What the branch that ends in this block means, asked down to where it meets our chain."""
        branch = [block]
        while isinstance(decision := decide(self.store.held, branch, self.suspected), AskParent):
            branch.insert(0, self.node.header_by_hash(decision.hash, BlockNumber(branch[0].number - 1)))
        return decision

    def _obey(self, decision: Decision, head: Block, finalized: BlockNumber) -> float:
        match decision:
            case Append(blocks):
                self._append(list(blocks), head, finalized, fork=None)
                return 0
            case FetchRange(first, last):
                return self._fetch_range(first, last, head, finalized)
            case Suspect(first_hash):
                self.suspected = first_hash
                return SUSPECT_SECONDS
            case Rewind(fork, blocks):
                self._append(list(blocks), head, finalized, fork)
                return 0
            case Deep(fork, final):
                raise Halt(DEEP.format(fork=fork, final=final))
        self.suspected = None
        return POLL_SECONDS

    def _append(self, blocks: list[Block], head: Block, finalized: BlockNumber, fork: BlockNumber | None) -> None:
        logs = self.node.logs_by_hash(blocks, self.deployment.followed)
        old_tip = self.store.cursor.number
        self.store.apply(Step(blocks, logs, head.number, finalized, fork))
        self.suspected = None
        tip = blocks[-1]
        if fork is not None:
            self.report("reorg", {"fork": fork, "depth": old_tip - fork, "tip": tip.number})
        self.report("commit", {"block": tip.number, "blocks": len(blocks), "logs": len(logs), "head": head.number})

    def _fetch_range(self, first: BlockNumber, last: BlockNumber, head: Block, finalized: BlockNumber) -> float:
        """Catch up by a step: a range of final blocks, or a few blocks by hash above them."""
        is_final = first <= finalized
        count = self.range_blocks if is_final else BLOCKS_BY_HASH_MAX
        last = BlockNumber(min(last, first + count - 1, finalized if is_final else last))
        headers = self.node.headers(first, last)
        if headers[0].parent_hash != self.store.cursor.hash:
            return self._obey(self._decide(headers[0]), head, finalized)
        try:
            logs = (self.node.logs_in_range if is_final else self.node.logs_by_hash)(headers, self.deployment.followed)
        except Retry as trouble:
            if is_final:
                self.range_blocks = max(1, len(headers) // 2)
            if isinstance(trouble, NodeError) and is_final and len(headers) > 1:
                return 0
            raise
        self.store.apply(Step(headers, logs, head.number, finalized))
        if is_final and len(headers) == self.range_blocks:
            grown = self.range_blocks + self.range_blocks // 2 + 1
            self.range_blocks = min(RANGE_MAX, grown) if len(logs) < LOGS_WANTED else max(1, self.range_blocks // 2)
        self.report("commit", {"block": last, "blocks": len(headers), "logs": len(logs), "head": head.number})
        return 0


def backoff_seconds(failures: int) -> float:
    """Doubling from 0.1 s, with jitter, up to ten seconds."""
    return min(BACKOFF_SECONDS_MAX, 0.05 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)
