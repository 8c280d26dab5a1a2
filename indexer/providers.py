"""The providers, in the order in which they are preferred: who is asked next, who is set aside, and who agrees.

A provider that fails is set aside for a moment, twice as long each time; one whose answer failed a proof, for much
longer. Each look of the loop is one provider's turn, so that an answer is never put together from two chains.
docs/decisions/0014-verified-indexing.md.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from indexer.chain import Block, BlockHash, BlockNumber
from indexer.errors import Halt, Lie, Retry, Unusable
from indexer.node import Node
from indexer.standing import Level, ProviderStanding, Verification

Report = Callable[[str, dict[str, object]], None]
"""Told of every event worth a line: its name, and its fixed keys."""

OUTAGE_SECONDS, OUTAGE_SECONDS_MAX = 0.1, 10.0
"""How long a provider is set aside that failed once, and often."""
OUTAGE_SECONDS_MAX_BESIDE_OTHERS = 60.0
STUCK_SECONDS, STUCK_SECONDS_MAX = 30.0, 300.0
LIE_SECONDS, LIE_SECONDS_MAX = 60.0, 900.0
DOUBLINGS_MAX = 10
VOTE_SECONDS_MAX = 2.0
"""How long is waited for what the other providers hold."""
HEADS_SECONDS = 5.0
"""While there is nothing to do, the other providers are asked so often whether they are further."""
LAG_BLOCKS_MAX = 8
NOTE_SECONDS = 10.0

INSISTED = (
    "no provider can prove what it says: {reason}. Name one that can with --rpc, or take its word with --verify trust"
)


class Stuck(Unusable):
    """The provider's head is far behind that of another one."""


class Disagreement(Retry):
    """Providers that are healthy hold different blocks, and no majority of them holds one."""


@dataclass
class Provider:
    """A node, and what we think of it."""

    name: str
    node: Node
    admitted: bool = False
    unproven: str | None = None
    """Why it cannot prove what it says."""
    failures: int = 0
    """One after the other, until now."""
    faults: int = 0
    lies: int = 0
    aside_until: float = 0
    reason: str | None = None
    """Why it was set aside last."""
    head: BlockNumber | None = None


class Providers:
    """All providers of one indexer. Not shared between threads."""

    def __init__(
        self,
        nodes: Sequence[Node],
        check: Callable[[Node], None],
        probe: Callable[[Node], str | None],
        report: Report,
        clock: Callable[[], float],
    ) -> None:
        """check: raises Halt where a node must not be used. probe: why it cannot prove; None where it can."""
        names = named([node.url for node in nodes])
        self.all = [Provider(name, node) for name, node in zip(names, nodes, strict=True)]
        self.level: Level = "prove"
        self.warning: str | None = None
        self.check, self.probe, self.report, self.clock = check, probe, report, clock
        self.compared_at = self.noted_at = float("-inf")
        self.changed = True
        """Something to tell the operator."""

    def begin(self, wanted: Level | None, proven_before: bool) -> None:
        """Ask all that answer whether they are of use. Raises Halt, and Unusable where none is.

        wanted: prove, and nothing else; trust; or None: prove where it can be done. proven_before: this database
        was proven so far, so it is not given up because of what a provider says today.
        """
        self.level = wanted or "prove"
        for provider in self.all:
            if not provider.admitted and self._is_near(provider):
                with suppress(Retry), self._judged(provider):
                    self._admit(provider)
        admitted = [provider for provider in self.all if provider.admitted]
        if not admitted:
            raise Unusable(self._why_none())
        if self.level == "prove" and all(provider.unproven for provider in admitted):
            reason = str(admitted[0].unproven)
            if wanted == "prove":
                raise Halt(INSISTED.format(reason=reason))
            if not proven_before:
                self.level, self.warning = "trust", f"logs are taken on the provider's word: {reason}"
        for provider in admitted:
            self._set_level(provider)
        found = ", ".join(f"{provider.name}: {provider.unproven or 'can prove'}" for provider in admitted)
        self.report("verify", {"level": self.level, "warning": self.warning, "providers": found})

    @contextmanager
    def turn(self) -> Iterator[Node]:
        """The provider that is asked in this look. What it does wrong in it is held against it."""
        provider = next((provider for provider in self.all if self._is_near(provider)), None)
        if provider is None:
            raise Unusable(self._why_none())
        with self._judged(provider):
            if not provider.admitted:
                self._admit_later(provider)
            yield provider.node

    def rest_seconds(self) -> float:
        """How long there is nobody to ask."""
        return max(0.0, min(provider.aside_until for provider in self.all) - self.clock())

    def require_agreement(self, node: Node, blocks: Sequence[Block]) -> None:
        """Raises Disagreement unless more healthy providers hold these blocks than hold others in their place.

        Heard are those that hold the same parent below the first of them; who is not so far yet says nothing.
        """
        numbers = [blocks[0].number, blocks[-1].number]
        against: list[str] = []
        votes = 1
        for other in self._others(node):
            first, last = self._held_by(other, numbers)
            if first is None or first.parent_hash != blocks[0].parent_hash:
                continue
            if first.hash != blocks[0].hash or (last and last.hash != blocks[-1].hash):
                against.append(other.name)
            elif last:
                votes += 1
        if len(against) > votes:
            raise Unusable(f"block {numbers[0]} or {numbers[1]} is another one to {', '.join(against)}")
        if len(against) == votes:
            raise Disagreement(
                f"{self._name_of(node)} and {', '.join(against)} hold different blocks between {numbers[0]} and "
                f"{numbers[1]}: waiting until more hold one than the other"
            )

    def holders_of(self, node: Node, number: BlockNumber, block_hash: BlockHash) -> list[str]:
        """Other healthy providers that hold this block."""
        found = [(other.name, self._held_by(other, [number])[0]) for other in self._others(node)]
        return [name for name, block in found if block and block.hash == block_hash]

    def note_head(self, node: Node, head: BlockNumber) -> None:
        self._of(node).head = head

    def require_newest(self, node: Node, head: BlockNumber) -> None:
        """Now and then: raises Stuck where others are far ahead of this provider, which then is stuck."""
        if self.clock() - self.compared_at < HEADS_SECONDS:
            return
        self.compared_at = self.clock()
        for other in self._others(node):
            with suppress(Retry), self._judged(other):
                other.head = other.node.tip()[0].number
        further = {other.name: other.head for other in self._others(node) if (other.head or 0) > head + LAG_BLOCKS_MAX}
        if further:
            raise Stuck(f"the node stands at block {head}, others further: {further}")

    def must_note(self) -> bool:
        """Whether the operator should be told how the providers are: at a change, and now and then."""
        if not self.changed and self.clock() - self.noted_at < NOTE_SECONDS:
            return False
        self.changed, self.noted_at = False, self.clock()
        return True

    def verification(self, waiting: str | None) -> Verification:
        return Verification(self.level, self.warning, waiting)

    def standings(self) -> list[ProviderStanding]:
        """How each is, in their order."""
        return [
            ProviderStanding(
                provider.name, self._state(provider), provider.reason or provider.unproven,
                max(0, round(provider.aside_until - self.clock())), provider.faults, provider.lies,
                round(provider.node.latency_seconds * 1000), provider.head,
            )
            for provider in self.all
        ]  # fmt: skip

    def _state(self, provider: Provider) -> str:
        if provider.aside_until > self.clock():
            return "aside"
        return ("proving" if provider.node.proves else "trusted") if provider.admitted else "unknown"

    @contextmanager
    def _judged(self, provider: Provider) -> Iterator[None]:
        try:
            yield
        except Unusable as trouble:
            self._set_aside(provider, trouble)
            raise
        if provider.failures:
            provider.failures, provider.reason, self.changed = 0, None, True

    def _set_aside(self, provider: Provider, trouble: Unusable) -> None:
        lied = isinstance(trouble, Lie)
        first, most = self._seconds_aside(trouble)
        seconds = min(most, first * 2.0 ** min(provider.failures, DOUBLINGS_MAX)) * random.uniform(0.5, 1.0)
        provider.failures += 1
        provider.faults += 1
        provider.lies += lied
        provider.aside_until, provider.reason, self.changed = self.clock() + seconds, str(trouble), True
        values = {"provider": provider.name, "reason": str(trouble), "aside_seconds": round(seconds, 2)}
        self.report("lie" if lied else "outage", values)

    def _seconds_aside(self, trouble: Unusable) -> tuple[float, float]:
        """At the first time, and at most."""
        if isinstance(trouble, Lie):
            return LIE_SECONDS, LIE_SECONDS_MAX
        if isinstance(trouble, Stuck):
            return STUCK_SECONDS, STUCK_SECONDS_MAX
        return OUTAGE_SECONDS, OUTAGE_SECONDS_MAX_BESIDE_OTHERS if len(self.all) > 1 else OUTAGE_SECONDS_MAX

    def _admit(self, provider: Provider) -> None:
        self.check(provider.node)
        provider.unproven = self.probe(provider.node) if self.level == "prove" else None
        provider.admitted = True

    def _admit_later(self, provider: Provider) -> None:
        """A provider that was away at the start. It may turn out to be one of another chain."""
        try:
            self._admit(provider)
        except Halt as halt:
            if not any(other.admitted for other in self.all):
                raise
            raise Lie(f"it cannot be used: {halt}") from halt
        self._set_level(provider)

    def _set_level(self, provider: Provider) -> None:
        provider.node.proves = self.level == "prove"
        if self.level == "prove" and provider.unproven:
            provider.admitted, trouble = False, Lie(f"it cannot prove what it says: {provider.unproven}")
            self._set_aside(provider, trouble)

    def _is_near(self, provider: Provider) -> bool:
        return provider.aside_until <= self.clock()

    def _others(self, node: Node) -> list[Provider]:
        return [p for p in self.all if p.node is not node and p.admitted and self._is_near(p)]

    def _held_by(self, provider: Provider, numbers: Sequence[BlockNumber]) -> list[Block | None]:
        with suppress(Retry), self._judged(provider):
            return provider.node.headers_at(numbers, VOTE_SECONDS_MAX)
        return [None for _ in numbers]

    def _of(self, node: Node) -> Provider:
        return next(provider for provider in self.all if provider.node is node)

    def _name_of(self, node: Node) -> str:
        return self._of(node).name

    def _why_none(self) -> str:
        return "; ".join(f"{provider.name}: {provider.reason}" for provider in self.all)


def named(urls: Sequence[str]) -> list[str]:
    """Names that tell providers apart and hold no credentials: host and port, numbered where they are the same."""
    places = [urlsplit(url).netloc.rpartition("@")[2] for url in urls]
    seen: dict[str, int] = {}
    names = []
    for place in places:
        seen[place] = seen.get(place, 0) + 1
        names.append(place if seen[place] == 1 else f"{place}#{seen[place]}")
    return names
