"""WebSocket /v1/stream: a snapshot of each subscribed key, then sequenced deltas, and a word about every reorg.

The messages stand in api/messages.py, what they tell in api/channels.py, and when in api/feed.py. A key's epoch counts
rewinds of the chain; its seq is the block up to which the client knows everything of it; a delta names the seq before
it, so that a gap shows. After a reorg comes a fresh snapshot. A client that resumes from the present epoch gets what
changed since its seq.
"""

import asyncio
import contextlib
import json
from typing import Any, Literal, get_args

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from api.channels import parse_key
from api.feed import Client, Feed, Subscription
from api.messages import Channel, Heartbeat, Message, Refusal
from api.problems import Problem

router = APIRouter()

CLIENTS_MAX = 2_000
SUBSCRIPTIONS_MAX = 64
HEARTBEAT_SECONDS = 15
MESSAGE_CHARACTERS_MAX = 4_096
TRY_AGAIN_LATER = 1013


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
        raise Problem("invalid-request", f"channel is one of {', '.join(channels)}, and key is text.")
    places = (said.get("epoch"), said.get("seq"))
    resume = (places[0], places[1]) if isinstance(places[0], int) and isinstance(places[1], int) else None
    return said["op"], channel, parse_key(channel, key), resume
