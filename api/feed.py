"""Who is told what of every step of the index, and in which order.

Owns sequences, and what happens to a slow client and after a rewind. What the channels tell stands in channels.py.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from api.channels import (
    Changes,
    add_entitlements,
    changed_selects,
    changes_of,
    data_of,
    entitled,
    entitlement_selects,
    named,
    resumed_selects,
    snapshot_data,
    snapshot_selects,
)
from api.market_channels import add_checks, books_touched, check_selects
from api.messages import BlockOut, Channel, Data, Delta, Message, Reorg, Resumed, ResyncRequired, Snapshot
from api.problems import Problem
from api.reads import Answer, At, Reader
from api.tip import REPLICA_LAG_SECONDS, Tip

QUEUE_MAX = 256
BLOCKS_PER_DELTA_MAX = 100
RESUME_BLOCKS_MAX = 100
WALLETS_PER_STATEMENT = 32
BOOKS_PER_STATEMENT = 16
RETRY_SECONDS = 1


@dataclass(eq=False)
class Client:
    """One connection: a bounded queue of messages, and what it subscribes to."""

    queue: asyncio.Queue[Message] = field(default_factory=lambda: asyncio.Queue(QUEUE_MAX))
    subscriptions: dict[tuple[Channel, str], "Subscription"] = field(default_factory=dict)

    def send(self, message: Message) -> None:
        """Queue a message. A client too slow for its queue is told to begin again: nothing is lost in silence."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.subscriptions.clear()
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(ResyncRequired(reason="the client reads too slowly"))


@dataclass(frozen=True)
class Change:
    """What the blocks up to `block` made of a key: no data where they did not touch it."""

    epoch: int
    block: int
    data: Data | None


@dataclass(eq=False)
class Subscription:
    """A key of a channel. Until its snapshot is sent (`at` is None) changes wait in `early`."""

    client: Client
    channel: Channel
    key: str
    at: tuple[int, int] | None = None
    """(epoch, block) up to which the client knows everything."""
    seq: int = 0
    early: list[Change] = field(default_factory=list)

    @property
    def named(self) -> dict[str, Any]:
        return named(self.channel, self.key)

    def offer(self, change: Change) -> None:
        if self.at is None:
            self.early.append(change)
        elif (change.epoch, change.block) > self.at:
            self.at = (change.epoch, change.block)
            if change.data:
                prev_seq, self.seq = self.seq, change.block
                delta = Delta(**self.named, epoch=change.epoch, seq=self.seq, prev_seq=prev_seq, data=change.data)
                self.client.send(delta)

    def start(self, first: Snapshot | Resumed, missed: Change | None = None) -> None:
        """Send what the client starts from, what it missed before, then what came while that was read.

        In this order: a newer change sent first would make what was missed look old, and it would be lost.
        Two reads may be on their way, the client's own and one after a reorg: the older one says nothing.
        """
        place = (first.epoch, first.seq)
        if self.client.subscriptions.get((self.channel, self.key)) is not self or (self.at and place <= self.at):
            return
        self.at, self.seq = place, first.seq
        self.client.send(first)
        early, self.early = self.early, []
        for change in [missed, *early] if missed else early:
            self.offer(change)


@dataclass(frozen=True)
class Place:
    """How far the feed has told its clients."""

    schema: str
    epoch: int
    block: int


@dataclass
class Feed:
    """One for each process: turns every step of the index into messages for whom they concern."""

    reader: Reader
    clients: set[Client] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled. What was told is what was read, not what the tip promised: a replica may lag behind it."""
        seen: Tip | None = None
        told: Place | None = None
        while True:
            tip = await self.reader.watch.wait_for_change(seen)
            if tip is None:
                seen, told = None, None
                continue
            try:
                told = await self._publish(told)
            except Problem:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if (told.epoch, told.block) >= (tip.epoch, tip.number):
                seen = tip
            else:
                await asyncio.sleep(REPLICA_LAG_SECONDS)

    async def _publish(self, told: Place | None) -> Place:
        """Tell the clients what the index holds beyond `told`; the new place."""
        known = set(self._subscriptions())
        keys = {(subscription.channel, subscription.key) for subscription in known}
        changed = {} if told is None else changed_selects(told.block, keys)
        answer = await self.reader.answers(changed, At())
        place = Place(answer.schema, answer.epoch, answer.meta.indexed_block)
        if told is None or (told.schema, told.epoch) != (place.schema, place.epoch):
            await self._start_over(told, place)
            return place
        news = await self._blocks_since(told.block, answer)
        changes = changes_of(answer)
        if news is None or not await self._complete(changes, answer, told.block, keys):
            return told
        late = []
        for subscription in self._subscriptions():
            rows = changes.get((subscription.channel, subscription.key))
            if subscription.channel == "blocks":
                subscription.offer(Change(place.epoch, place.block, news))
            elif subscription in known:
                subscription.offer(Change(place.epoch, place.block, data_of(answer, **rows) if rows else None))
            else:
                late.append(subscription)
        for subscription in late:
            await self._begin_again(subscription, place)
        return place

    async def _begin_again(self, subscription: Subscription, place: Place) -> None:
        """Of what came while this step was read nothing may have been asked for. Its own snapshot may be older."""
        if subscription.at is None or subscription.at < (place.epoch, place.block):
            subscription.at = None
            await self.start(subscription)

    async def _complete(self, changes: Changes, answer: Answer, since: int, keys: set[tuple[Channel, str]]) -> bool:
        """Add what is read of single keys alone; False where the chain was rewound meanwhile."""
        wallets = {key for channel, key in keys if channel == "account"}
        books = {key for channel, key in keys if channel == "book"}
        return await self._entitle(changes, answer, since, wallets) and await self._check(changes, answer, books)

    async def _check(self, changes: Changes, answer: Answer, listened: set[str]) -> bool:
        """Add the checksums of the books that changed and that are listened to, as of the same block; False where the
        chain was rewound meanwhile."""
        books, at = books_touched(changes, listened), At(answer.meta.indexed_block)
        for first in range(0, len(books), BOOKS_PER_STATEMENT):
            some = books[first : first + BOOKS_PER_STATEMENT]
            found = await self.reader.answers(check_selects(some, at), at)
            if found.epoch != answer.epoch:
                return False
            add_checks(changes, answer, found, some)
        return True

    async def _entitle(self, changes: Changes, answer: Answer, since: int, listened: set[str]) -> bool:
        """Add what wallets that are listened to are entitled to, as of the same block, where that changed above
        `since`; False where the chain was rewound meanwhile."""
        wallets, at = entitled(answer, since, listened), At(answer.meta.indexed_block)
        for first in range(0, len(wallets), WALLETS_PER_STATEMENT):
            some = wallets[first : first + WALLETS_PER_STATEMENT]
            found = await self.reader.answers(entitlement_selects(some, at), at)
            if found.epoch != answer.epoch:
                return False
            add_entitlements(changes, found, some)
        return True

    async def _start_over(self, told: Place | None, place: Place) -> None:
        """Everything that was told may be wrong: each key gets a fresh snapshot."""
        subscriptions = self._subscriptions()
        if told is not None and told.epoch != place.epoch:
            for client in {subscription.client for subscription in subscriptions}:
                client.send(Reorg(epoch=place.epoch, indexed_block=place.block))
        for subscription in subscriptions:
            subscription.at = None
            await self.start(subscription)

    async def _blocks_since(self, since: int, answer: Answer) -> Data | None:
        """The blocks of an answer above `since`; None where the chain was rewound after it was read."""
        newest = answer.meta.indexed_block
        rows = await self.reader.blocks(max(since + 1, newest - BLOCKS_PER_DELTA_MAX + 1), newest)
        if newest > since and (not rows or rows[-1]["hash"] != answer.meta.indexed_block_hash):
            return None
        return data_of(answer, blocks=[BlockOut(**row) for row in rows]) if rows else data_of(answer)

    def _subscriptions(self) -> list[Subscription]:
        return [subscription for client in self.clients for subscription in client.subscriptions.values()]

    async def start(self, subscription: Subscription, resume: tuple[int, int] | None = None) -> None:
        """Start a subscription with what the client lacks since `resume`, an epoch and a seq, or with a snapshot."""
        tip = self.reader.watch.tip
        if resume and tip and tip.epoch == resume[0] and 0 <= tip.number - resume[1] <= RESUME_BLOCKS_MAX:
            change = await self._change_since(subscription, resume[1])
            if change and change.epoch == resume[0]:
                subscription.start(Resumed(**subscription.named, epoch=change.epoch, seq=resume[1]), change)
                return
        answer = await self.reader.answers(snapshot_selects(subscription.channel, subscription.key), At())
        data = snapshot_data(subscription.channel, subscription.key, answer)
        seq = answer.meta.indexed_block
        subscription.start(Snapshot(**subscription.named, epoch=answer.epoch, seq=seq, data=data))

    async def _change_since(self, subscription: Subscription, since: int) -> Change | None:
        """What happened to one key above a block; None where the chain was rewound meanwhile."""
        channel, key = subscription.channel, subscription.key
        answer = await self.reader.answers(resumed_selects(since, channel, key), At())
        if channel == "blocks":
            data = await self._blocks_since(since, answer)
            return Change(answer.epoch, answer.meta.indexed_block, data) if data else None
        changes = changes_of(answer)
        if channel == "account":
            add_entitlements(changes, answer, entitled(answer, since, [key]))
        if channel == "book":
            add_checks(changes, answer, answer, [key])
        rows = changes.get((channel, key))
        return Change(answer.epoch, answer.meta.indexed_block, data_of(answer, **rows) if rows else None)
