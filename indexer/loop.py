"""Node to follow to store, for ever: the indexer's one loop. Holds no rule of its own about the chain."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from indexer.bisection import last_where
from indexer.chain import Block, BlockHash, BlockNumber
from indexer.decode import Decoders, decoders_for
from indexer.deployment import Deployment
from indexer.errors import Halt, Lie, Retry, Unusable
from indexer.fetching import Fetched
from indexer.follow import Append, AskParent, Decision, Deep, FetchRange, Rewind, Suspect, decide, final_after
from indexer.node import Node, NodeError, WakeUp
from indexer.prefetch import Prefetch
from indexer.providers import Providers, Report
from indexer.rendered import Rendered, render
from indexer.store import Step, Store

POLL_SECONDS = 0.2
SUSPECT_SECONDS = 0.02
STANDBY_SECONDS = 0.5
BACKOFF_SECONDS_MAX = 10.0
BLOCKS_BY_HASH_MAX = 64
"""Blocks above finality in one step: their logs are asked for one by one, by hash."""
RANGE_START = 16
RANGE_MAX = 5_000
LOGS_WANTED = 8_000
"""Range control aims at this many logs a step; parsers slow down on huge answers."""
STEP_BYTES_WANTED = 8_000_000
"""And at this much to read for it: where others log a lot, receipts of few of our logs are long."""

DEEP = (
    "the node's chain leaves ours above block {fork}, under block {final}, which was called final. Nothing was "
    "changed. Compare with a second provider first. If this is the chain to follow, give up the blocks above {fork} "
    "with `freehold indexer rewind --to {fork} --below-finalized --yes`, and run again"
)
REPLACED = (
    "the node's chain leaves ours under block {final}, which was called final. Nothing was changed. It does not even "
    "share block {anchor}, before the deployment: it is another chain. Deploy to it, and use a new database for it"
)

CONTRADICTED = (
    "block {final} was called final, and {holders} still hold ours, but this provider's chain leaves it at block {fork}"
)


@dataclass
class Loop:
    """Follows the providers into the store until told to stop, or up to the head."""

    providers: Providers
    store: Store
    deployment: Deployment
    wake_up: WakeUp
    report: Report
    stopped: Callable[[], bool]
    range_blocks: int = RANGE_START
    until_head: bool = False
    """Whether it is done once there is nothing to do."""
    suspected: BlockHash | None = field(default=None, init=False)
    """The first block of a branch beside ours that the look before this one found. Seen in two looks in a row, it is
    believed."""
    suspecting: BlockHash | None = field(default=None, init=False)
    """The same of this look."""
    idle: bool = field(default=False, init=False)
    """The last look found nothing to do."""
    waiting: str | None = field(default=None, init=False)
    """Why the last look led to nothing."""
    decoders: Decoders = field(init=False)
    node: Node = field(init=False)
    """Whose turn it is in this look."""
    prefetch: Prefetch = field(init=False)

    def __post_init__(self) -> None:
        self.decoders = decoders_for(self.deployment.addresses)
        self.prefetch = Prefetch(self.deployment)

    def run(self) -> None:
        """Raises Halt where going on would be unsafe, psycopg.OperationalError where the database is gone."""
        self.store.load()
        failures = 0
        while not self.stopped():
            try:
                wait_seconds = self.advance()
                self.idle = wait_seconds == POLL_SECONDS
                failures = 0
                self._note(None)
            except Retry as trouble:
                failures += 1
                is_provider = isinstance(trouble, Unusable)
                wait_seconds = self.providers.rest_seconds() if is_provider else backoff_seconds(failures)
                if wait_seconds:
                    values = {"reason": str(trouble), "cause": type(trouble).__name__}
                    self.report("retry", {**values, "in_seconds": round(wait_seconds, 2)})
                self.store.load()
                self._note(str(trouble) if wait_seconds else None)
            except Halt as halt:
                self.store.halt(str(halt))
                raise
            if self.until_head and self.idle:
                return
            if wait_seconds:
                self.wake_up.wait(wait_seconds)

    def advance(self) -> float:
        """Look once at the provider whose turn it is and do what follows; seconds until the next look."""
        self.suspected, self.suspecting = self.suspecting, None
        with self.providers.turn() as self.node:
            head, final = self.node.head_and_final()
            self.providers.note_head(self.node, head.number)
            wait_seconds = self._obey(self._decide(head), head, final)
            if wait_seconds == POLL_SECONDS:
                self.providers.require_newest(self.node, head.number)
            return wait_seconds

    def _note(self, waiting: str | None) -> None:
        """Leave word of the providers for the operator, where there is something new."""
        if waiting != self.waiting or self.providers.must_note():
            self.waiting = waiting
            self.store.note_providers(self.providers.verification(waiting), self.providers.standings())

    def _decide(self, block: Block) -> Decision:
        """What the branch that ends in this block means, asked down to where it meets our chain."""
        branch = [block]
        while isinstance(decision := decide(self.store.held, branch, self.suspected), AskParent):
            branch.insert(0, self.node.header_by_hash(decision.hash, BlockNumber(branch[0].number - 1)))
        return decision

    def _obey(self, decision: Decision, head: Block, final: Block | None) -> float:
        match decision:
            case Append(blocks):
                self._append(list(blocks), head, final, fork=None)
                return 0
            case FetchRange(first, last):
                return self._fetch_range(first, last, head, final)
            case Suspect(first_hash):
                self.suspecting = first_hash
                return SUSPECT_SECONDS
            case Rewind(fork, blocks):
                self._append(list(blocks), head, final, fork)
                return 0
            case Deep(fork, finalized):
                holders = self.providers.holders_of(self.node, finalized, self.store.held.hashes[finalized])
                if holders:
                    raise Lie(CONTRADICTED.format(final=finalized, holders=", ".join(holders), fork=fork))
                raise Halt(self._why_deep(finalized))
        return POLL_SECONDS

    def _why_deep(self, final: BlockNumber) -> str:
        """In words, with the last block that the node's chain shares with ours, and the command to go back to it."""
        anchor = self.store.anchor()

        def is_shared(number: BlockNumber) -> bool:
            return self.node.headers(number, number)[0].hash == self.store.hash_at(number)

        if not is_shared(anchor.number):
            return REPLACED.format(final=final, anchor=anchor.number)
        return DEEP.format(fork=last_where(is_shared, anchor.number, final), final=final)

    def _append(self, blocks: list[Block], head: Block, final: Block | None, fork: BlockNumber | None) -> None:
        self.prefetch.stop()  # at the head nothing final is left to fetch
        self.providers.require_agreement(self.node, blocks)
        rendered = self._rendered(blocks, are_final=False)
        old_tip = self.store.cursor.number
        self.store.apply(Step(blocks, rendered, head.number, final_after(self.store.held, blocks, final), fork))
        tip = blocks[-1]
        if fork is not None:
            self.report("reorg", {"fork": fork, "depth": old_tip - fork, "tip": tip.number})
        self.report("commit", {"block": tip.number, "blocks": len(blocks), "logs": rendered.logs, "head": head.number})

    def _rendered(self, blocks: list[Block], are_final: bool) -> Rendered:
        return render(self.decoders, self.node.logs(blocks, self.deployment.followed, are_final))

    def _fetch_range(self, first: BlockNumber, last: BlockNumber, head: Block, final: Block | None) -> float:
        """Catch up by a step: a range of final blocks, or a few blocks by hash above them."""
        finalized = final.number if final else BlockNumber(0)
        is_final = first <= finalized
        ahead = self._taken_ahead(first) if is_final else None
        count = self.range_blocks if is_final else BLOCKS_BY_HASH_MAX
        last = BlockNumber(min(last, first + count - 1, finalized if is_final else last))
        read_before = self.node.bytes_read
        headers = ahead.headers if ahead else self.node.headers(first, last)
        if headers[0].parent_hash != self.store.cursor.hash:
            self.prefetch.drop()
            return self._obey(self._decide(headers[0]), head, final)
        self.providers.require_agreement(self.node, headers)
        try:
            rendered = ahead.rendered if ahead else self._rendered(headers, is_final)
        except Retry as trouble:
            if is_final:
                self.range_blocks = max(1, len(headers) // 2)
            if isinstance(trouble, NodeError) and is_final and len(headers) > 1:
                return 0
            raise
        if is_final:
            size = ahead.bytes_read if ahead else self.node.bytes_read - read_before
            self.range_blocks = blocks_wanted(len(headers), rendered.logs, size)
            self.prefetch.fill(self.node, headers[-1].number, finalized, self.range_blocks, size // len(headers))
        final_now = final_after(self.store.held, headers, final)
        self.store.apply(Step(headers, rendered, head.number, final_now))
        self.report(
            "commit", {"block": headers[-1].number, "blocks": len(headers), "logs": rendered.logs, "head": head.number}
        )
        return 0

    def _taken_ahead(self, first: BlockNumber) -> Fetched | None:
        """What was fetched ahead from here on. A range that was refused is asked for again, smaller."""
        try:
            return self.prefetch.take(self.node, first)
        except Retry as trouble:
            self.range_blocks = max(1, self.range_blocks // 2)
            if isinstance(trouble, NodeError):
                return None
            raise


def blocks_wanted(blocks: int, logs: int, size: int) -> int:
    """In the next range, after one of so many blocks, logs and bytes: half of that at least, half more at most."""
    fit = min(blocks * LOGS_WANTED // max(1, logs), blocks * STEP_BYTES_WANTED // max(1, size))
    return max(1, blocks // 2, min(RANGE_MAX, blocks + blocks // 2 + 1, fit))


def backoff_seconds(failures: int) -> float:
    """Doubling from 0.1 s, with jitter, up to ten seconds."""
    return min(BACKOFF_SECONDS_MAX, 0.05 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)
