"""WebSocket /v1/stream: a snapshot of each subscribed key, then sequenced deltas, and a word about every reorg.

The protocol, in JSON objects. A client says {"op": "subscribe", "channel": "account", "key": ADDRESS} or
{"op": "subscribe", "channel": "blocks"}, with "epoch" and "seq" where it resumes, and "unsubscribe" likewise.
Each key has an epoch, which counts rewinds of the chain, and a seq, the number of the last block that changed
it; a delta names the seq before it, so that a gap shows. After a reorg message comes a fresh snapshot.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from api.accounts import account_out
from api.holdings import holding_out
from api.portfolio import portfolio_out, portfolio_selects
from api.problems import Problem
from api.reads import Answer, At, Reader
from api.tip import Tip
from api.values import checksummed, parse_address, raw
from indexer.projections.accounts import accounts_changed
from indexer.projections.holdings import holdings_changed

router = APIRouter()

CHANNELS = ("blocks", "account")
SUBSCRIPTIONS_MAX = 64
QUEUE_MAX = 256
BLOCKS_PER_DELTA_MAX = 100
HEARTBEAT_SECONDS = 15
MESSAGE_CHARACTERS_MAX = 4_096

Message = dict[str, Any]


@dataclass(eq=False)
class Client:
    """One connection: a bounded queue of messages, and what it subscribes to."""

    queue: asyncio.Queue[Message] = field(default_factory=lambda: asyncio.Queue(QUEUE_MAX))
    subscriptions: dict[tuple[str, str], "Subscription"] = field(default_factory=dict)

    def send(self, message: Message) -> None:
        """Queue a message. A client too slow for its queue is told to begin again: nothing is lost in silence."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.subscriptions.clear()
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait({"type": "resync_required", "reason": "the client reads too slowly"})


@dataclass(eq=False)
class Subscription:
    """A key of a channel. Until its snapshot is sent (`at` is None) deltas wait in `early`."""

    client: Client
    channel: str
    key: str
    at: tuple[int, int] | None = None
    """(epoch, block) up to which the client knows everything."""
    seq: int = 0
    early: list["Change"] = field(default_factory=list)

    def offer(self, change: "Change") -> None:
        if self.at is None:
            self.early.append(change)
        elif (change.epoch, change.block) > self.at:
            rows = [row for row in change.rows if row["block_number"] > self.at[1]]
            self.at = (change.epoch, change.block)
            if rows:
                self._send_delta(change, rows)

    def start(self, epoch: int, block: int, seq: int, first: Message) -> None:
        """Send the snapshot, then what came while it was read and is not part of it."""
        self.at, self.seq = (epoch, block), seq
        self.client.send(first)
        early, self.early = self.early, []
        for change in early:
            self.offer(change)

    def message(self, kind: str, epoch: int, **more: Any) -> Message:
        key = {"key": checksummed(self.key)} if self.key else {}
        return {"type": kind, "channel": self.channel, **key, "epoch": epoch, **more}

    def _send_delta(self, change: "Change", rows: list[Message]) -> None:
        seq, prev_seq = max(row["block_number"] for row in rows), self.seq
        self.seq = seq
        data: Message = {"indexed_block": change.block, "finalized_block": change.finalized}
        for row in rows:
            data.setdefault(row["set"], []).append(row["out"])
        self.client.send(self.message("delta", change.epoch, seq=seq, prev_seq=prev_seq, data=data))


@dataclass(frozen=True)
class Change:
    """What the blocks up to `block` changed under one key: rows of {set, block_number, out}."""

    epoch: int
    block: int
    finalized: int
    rows: list[Message]


@dataclass
class Feed:
    """One for each process: turns every step of the index into messages for whom they concern."""

    reader: Reader
    clients: set[Client] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled."""
        known: Tip | None = None
        while True:
            tip = await self.reader.watch.wait_for_change(known)
            if tip is None:
                known = tip
                continue
            try:
                await self._publish(known, tip)
                known = tip
            except Problem:
                await asyncio.sleep(1)

    async def _publish(self, known: Tip | None, tip: Tip) -> None:
        subscriptions = self._subscriptions()
        if not subscriptions or known is None:
            return
        if tip.epoch != known.epoch or tip.schema != known.schema:
            for subscription in subscriptions:
                subscription.client.send({"type": "reorg", "epoch": tip.epoch, "indexed_block": tip.number})
                subscription.at = None
                await self.snapshot(subscription)
            return
        since = known.number
        selects: dict[str, sa.Select[Any]] = {"accounts": accounts_changed(since), "holdings": holdings_changed(since)}
        answer = await self.reader.answers(selects, At())
        news = await self._blocks(since, answer)
        by_owner = rows_by_owner(answer)
        for subscription in self._subscriptions():
            rows = news if subscription.channel == "blocks" else by_owner.get(subscription.key, [])
            change = Change(answer.epoch, answer.meta.indexed_block, answer.meta.finalized_block, rows)
            subscription.offer(change)

    async def _blocks(self, since: int, answer: Answer) -> list[Message]:
        newest = answer.meta.indexed_block
        found = await self.reader.blocks(max(since + 1, newest - BLOCKS_PER_DELTA_MAX + 1), newest)
        return [{"set": "blocks", "block_number": row["number"], "out": row} for row in found]

    def _subscriptions(self) -> list[Subscription]:
        return [subscription for client in self.clients for subscription in client.subscriptions.values()]

    async def snapshot(self, subscription: Subscription, resume: tuple[int, int] | None = None) -> None:
        """Read the state of a key and start its subscription with it; without data where `resume` is that state."""
        if subscription.channel == "blocks":
            answer = await self.reader.answers({}, At())
            rows = await self.reader.blocks(answer.meta.indexed_block, answer.meta.indexed_block)
            seq = answer.meta.indexed_block
            data: Message = {"blocks": rows}
        else:
            answer = await self.reader.answers(portfolio_selects(At(), raw(subscription.key)), At())
            body = portfolio_out(answer, subscription.key).model_dump()
            seq = max((row["block_number"] for rows in answer.sets.values() for row in rows), default=0)
            data = {"accounts": body["accounts"], "holdings": body["holdings"]}
        data |= {"indexed_block": answer.meta.indexed_block, "finalized_block": answer.meta.finalized_block}
        resumed = resume == (answer.epoch, seq)
        more = {} if resumed else {"data": data}
        first = subscription.message("resumed" if resumed else "snapshot", answer.epoch, seq=seq, **more)
        subscription.start(answer.epoch, answer.meta.indexed_block, seq, first)


def rows_by_owner(answer: Answer) -> dict[str, list[Message]]:
    """The changed rows of each wallet, as the API gives them."""
    rows: dict[str, list[Message]] = {}
    for row in answer.sets["accounts"]:
        out = account_out(answer, row).model_dump()
        rows.setdefault("0x" + row["account"][2:42], []).append(
            {"set": "accounts", "block_number": row["block_number"], "out": out}
        )
    for row in answer.sets["holdings"]:
        out = holding_out(answer, row).model_dump()
        rows.setdefault("0x" + row["holder"][2:], []).append(
            {"set": "holdings", "block_number": row["block_number"], "out": out}
        )
    return rows


@router.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    """One task sends, one receives: a handler that only sends never learns that its client has left."""
    await socket.accept()
    feed: Feed = socket.app.state.feed
    client = Client()
    feed.clients.add(client)
    try:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(send_all(socket, client))
            await receive_all(socket, client, feed)
            sending.cancel()
    except* (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        feed.clients.discard(client)


async def send_all(socket: WebSocket, client: Client) -> None:
    while True:
        message: Message = {"type": "heartbeat"}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                message = await client.queue.get()
        await socket.send_text(json.dumps(message))


async def receive_all(socket: WebSocket, client: Client, feed: Feed) -> None:
    while True:
        text = await socket.receive_text()
        try:
            await obey(text, client, feed)
        except Problem as problem:
            client.send({"type": "error", "code": problem.code, "detail": problem.detail})


async def obey(text: str, client: Client, feed: Feed) -> None:
    """Do what a client says. Raises Problem where it makes no sense."""
    operation, channel, key, resume = parse_operation(text)
    if operation == "unsubscribe":
        client.subscriptions.pop((channel, key), None)
        return
    if len(client.subscriptions) >= SUBSCRIPTIONS_MAX:
        raise Problem("invalid-request", f"A connection may have {SUBSCRIPTIONS_MAX} subscriptions.")
    subscription = Subscription(client, channel, key)
    client.subscriptions[channel, key] = subscription
    await feed.snapshot(subscription, resume)


def parse_operation(text: str) -> tuple[str, str, str, tuple[int, int] | None]:
    """(op, channel, key, (epoch, seq) or None)."""
    try:
        said = json.loads(text) if len(text) <= MESSAGE_CHARACTERS_MAX else None
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("op") not in ("subscribe", "unsubscribe"):
        raise Problem("invalid-request", 'Say {"op": "subscribe", "channel": "blocks"}, or unsubscribe.')
    channel, key = said.get("channel"), said.get("key", "")
    if channel not in CHANNELS or not isinstance(key, str):
        raise Problem("invalid-request", f"channel is one of {', '.join(CHANNELS)}; the key of account is an address.")
    places = (said.get("epoch"), said.get("seq"))
    resume = (places[0], places[1]) if isinstance(places[0], int) and isinstance(places[1], int) else None
    return said["op"], channel, parse_address(key, "key") if channel == "account" else "", resume
