"""WebSocket /v1/stream: a snapshot of each subscribed key, then sequenced deltas, and a word about every reorg.

The messages stand in api/messages.py. A key's epoch counts rewinds of the chain; its seq is the block up to which
the client knows everything of it; a delta names the seq before it, so that a gap shows. After a reorg comes a fresh
snapshot. A client that resumes from the present epoch gets what changed since its seq.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import sqlalchemy as sa
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from api.accounts import account_out
from api.holdings import holding_out
from api.messages import (
    BlockOut,
    Channel,
    Data,
    Delta,
    Heartbeat,
    Message,
    Refusal,
    Reorg,
    Resumed,
    ResyncRequired,
    Snapshot,
)
from api.portfolio import portfolio_selects
from api.problems import Problem
from api.reads import Answer, At, Reader
from api.tip import Tip
from api.values import checksummed, parse_address, raw
from indexer.projections.accounts import accounts_changed
from indexer.projections.holdings import holdings_changed

router = APIRouter()

CLIENTS_MAX = 2_000
SUBSCRIPTIONS_MAX = 64
QUEUE_MAX = 256
BLOCKS_PER_DELTA_MAX = 100
RESUME_BLOCKS_MAX = 100
HEARTBEAT_SECONDS = 15
RETRY_SECONDS = 1
REPLICA_LAG_SECONDS = 0.05
MESSAGE_CHARACTERS_MAX = 4_096
TRY_AGAIN_LATER = 1013


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
        return {"channel": self.channel, "key": checksummed(self.key) if self.key else None}

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
                told = await self._publish(told, tip)
            except Problem:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if (told.epoch, told.block) >= (tip.epoch, tip.number):
                seen = tip
            else:
                await asyncio.sleep(REPLICA_LAG_SECONDS)

    async def _publish(self, told: Place | None, tip: Tip) -> Place:
        """Tell the clients what the index holds beyond `told`; the new place."""
        changed = {} if told is None or not self._subscriptions() else changed_selects(told.block)
        answer = await self.reader.answers(changed, At())
        place = Place(tip.schema, answer.epoch, answer.meta.indexed_block)
        if told is None or (told.schema, told.epoch) != (place.schema, place.epoch):
            await self._start_over(told, place)
            return place
        if not changed:
            return place
        news = await self._blocks_since(told.block, answer)
        if news is None:
            return told
        of_owner = data_by_owner(answer)
        for subscription in self._subscriptions():
            data = news if subscription.channel == "blocks" else of_owner.get(subscription.key)
            subscription.offer(Change(place.epoch, place.block, data))
        return place

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
        if subscription.channel == "blocks":
            answer = await self.reader.answers({}, At())
            meta = answer.meta
            tip_block = BlockOut(number=meta.at_block, hash=meta.indexed_block_hash, timestamp=meta.at_timestamp)
            data = data_of(answer, blocks=[tip_block])
        else:
            answer = await self.reader.answers(portfolio_selects(At(), raw(subscription.key)), At())
            data = account_data(answer, answer.sets["accounts"], answer.sets["holdings"])
        seq = answer.meta.indexed_block
        subscription.start(Snapshot(**subscription.named, epoch=answer.epoch, seq=seq, data=data))

    async def _change_since(self, subscription: Subscription, since: int) -> Change | None:
        """What happened to one key above a block; None where the chain was rewound meanwhile."""
        if subscription.channel == "blocks":
            answer = await self.reader.answers({}, At())
            data = await self._blocks_since(since, answer)
            if data is None:
                return None
        else:
            answer = await self.reader.answers(changed_selects(since, raw(subscription.key)), At())
            data = data_by_owner(answer).get(subscription.key)
        return Change(answer.epoch, answer.meta.indexed_block, data)


def changed_selects(since: int, wallet: bytes | None = None) -> dict[str, sa.Select[Any]]:
    """Accounts and holdings that changed above a block: of everybody, or of one wallet."""
    accounts, holdings = accounts_changed(since), holdings_changed(since)
    if wallet is not None:
        of_wallet = accounts.selected_columns.account.between(wallet + bytes(12), wallet + b"\xff" * 12)
        accounts = accounts.where(of_wallet)
        holdings = holdings.where(holdings.selected_columns.holder == wallet)
    return {"accounts": accounts, "holdings": holdings}


def data_of(answer: Answer, **rows: Any) -> Data:
    return Data(indexed_block=answer.meta.indexed_block, finalized_block=answer.meta.finalized_block, **rows)


def account_data(answer: Answer, accounts: list[dict[str, Any]], holdings: list[dict[str, Any]]) -> Data:
    return data_of(
        answer,
        accounts=[account_out(answer, row) for row in accounts],
        holdings=[holding_out(answer, row) for row in holdings],
    )


def data_by_owner(answer: Answer) -> dict[str, Data]:
    """The changed rows of each wallet, as the API gives them."""
    accounts: dict[str, list[dict[str, Any]]] = {}
    holdings: dict[str, list[dict[str, Any]]] = {}
    for row in answer.sets["accounts"]:
        accounts.setdefault("0x" + row["account"][2:42], []).append(row)
    for row in answer.sets["holdings"]:
        holdings.setdefault("0x" + row["holder"][2:], []).append(row)
    return {
        owner: account_data(answer, accounts.get(owner, []), holdings.get(owner, []))
        for owner in accounts.keys() | holdings.keys()
    }


@router.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    """One task sends, one receives: a handler that only sends never learns that its client has left."""
    await socket.accept()
    feed: Feed = socket.app.state.feed
    if len(feed.clients) >= CLIENTS_MAX:
        await socket.close(TRY_AGAIN_LATER, "too many clients")
        return
    client = Client()
    feed.clients.add(client)
    try:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(send_all(socket, client))
            await receive_all(socket, client, feed)
            sending.cancel()
    except* WebSocketDisconnect:
        pass
    finally:
        feed.clients.discard(client)


async def send_all(socket: WebSocket, client: Client) -> None:
    while True:
        message: Message = Heartbeat()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                message = await client.queue.get()
        await socket.send_text(message.model_dump_json(exclude_none=True))


async def receive_all(socket: WebSocket, client: Client, feed: Feed) -> None:
    """Until the client leaves."""
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        try:
            await obey(event.get("text") or "", client, feed)
        except Problem as problem:
            client.send(Refusal(code=problem.code, detail=problem.detail))


async def obey(text: str, client: Client, feed: Feed) -> None:
    """Do what a client says. Raises Problem where it makes no sense."""
    operation, channel, key, resume = parse_operation(text)
    if operation == "unsubscribe":
        client.subscriptions.pop((channel, key), None)
        return
    if len(client.subscriptions) >= SUBSCRIPTIONS_MAX and (channel, key) not in client.subscriptions:
        raise Problem("invalid-request", f"A connection may have {SUBSCRIPTIONS_MAX} subscriptions.")
    subscription = Subscription(client, channel, key)
    client.subscriptions[channel, key] = subscription
    try:
        await feed.start(subscription, resume)
    except Problem:
        client.subscriptions.pop((channel, key), None)
        raise


def parse_operation(text: str) -> tuple[Literal["subscribe", "unsubscribe"], Channel, str, tuple[int, int] | None]:
    """(op, channel, key, (epoch, seq) or None)."""
    try:
        said = json.loads(text) if len(text) <= MESSAGE_CHARACTERS_MAX else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("op") not in ("subscribe", "unsubscribe"):
        raise Problem("invalid-request", 'Say {"op": "subscribe", "channel": "blocks"}, or unsubscribe.')
    channel: Any = said.get("channel")
    key, channels = said.get("key") or "", get_args(Channel)
    if channel not in channels or not isinstance(key, str):
        raise Problem("invalid-request", f"channel is one of {', '.join(channels)}; the key of account is an address.")
    places = (said.get("epoch"), said.get("seq"))
    resume = (places[0], places[1]) if isinstance(places[0], int) and isinstance(places[1], int) else None
    wallet = str(parse_address(key, "key")) if channel == "account" else ""
    return said["op"], channel, wallet, resume
