"""A client of /v1/stream as it should be: it keeps a replica, and asserts that no message is missing."""

import contextlib
import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from api.messages import Message
from tests.api.stack import SECONDS

MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)
Key = tuple[str, str | None]
OF_PROPERTIES = ("holdings", "subscriptions", "rents", "offerings", "markets")
SIDES = ("bids", "asks")
IN_A_PORTFOLIO = ("accounts", "holdings", "subscriptions", "rents")


@dataclass
class Known:
    """What the client holds of one key."""

    epoch: int = -1
    seq: int = -1
    accounts: dict[str, Any] = field(default_factory=dict)
    holdings: dict[int, Any] = field(default_factory=dict)
    subscriptions: dict[int, Any] = field(default_factory=dict)
    rents: dict[int, Any] = field(default_factory=dict)
    offerings: dict[int, Any] = field(default_factory=dict)
    markets: dict[int, Any] = field(default_factory=dict)
    bids: dict[int, Any] = field(default_factory=dict)
    asks: dict[int, Any] = field(default_factory=dict)
    trades: dict[tuple[int, int], Any] = field(default_factory=dict)
    candles: dict[int, Any] = field(default_factory=dict)
    orders: dict[str, Any] = field(default_factory=dict)
    blocks: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Replica:
    """Survives connections, as a page does."""

    url: str
    keys: list[Key]
    known: dict[Key, Known] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    socket: Connection | None = None

    @contextlib.contextmanager
    def connected(self) -> Iterator["Replica"]:
        """Subscribe to every key, from where the replica stands if it has something."""
        with connect(self.url, max_size=None) as self.socket:
            for channel, key in self.keys:
                have = self.known.get((channel, key))
                place = {"epoch": have.epoch, "seq": have.seq} if have else {}
                self.say(op="subscribe", channel=channel, **({"key": key} if key else {}), **place)
            yield self
        self.socket = None

    def say(self, **words: Any) -> None:
        assert self.socket
        self.socket.send(json.dumps(words))

    def hear(self, seconds: float = SECONDS) -> dict[str, Any]:
        """The next message, which must be one of the documented. Raises TimeoutError."""
        assert self.socket
        text = self.socket.recv(seconds)
        found = json.loads(text)
        assert MESSAGES.validate_json(text).model_dump(mode="json", exclude_none=True) == found
        self.obey(found)
        return dict(found)

    def hear_beginnings(self) -> None:
        """Hear until something is known of every key."""
        deadline = time.monotonic() + SECONDS
        while len(self.known) < len(self.keys):
            self.hear(max(0.01, deadline - time.monotonic()))

    def hear_all(self, seconds: float = 0.02) -> list[dict[str, Any]]:
        heard = []
        with contextlib.suppress(TimeoutError):
            while True:
                heard.append(self.hear(seconds))
        return heard

    def hear_until(self, kind: str) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while True:
            message = self.hear(max(0.01, deadline - time.monotonic()))
            if message["type"] == kind:
                return message

    def obey(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        self.seen.append(kind)
        if kind in ("reorg", "resync_required"):
            self.known.clear()
        if "channel" not in message:
            return
        key = (message["channel"], message.get("key"))
        if kind == "snapshot":
            self.known[key] = Known()
        known = self.known[key]
        if kind == "delta":
            assert message["epoch"] == known.epoch, "a delta of another branch"
            assert message["prev_seq"] == known.seq, "a delta was lost"
            assert message["seq"] > known.seq
        if kind == "resumed":
            assert (message["epoch"], message["seq"]) == (known.epoch, known.seq)
        known.epoch, known.seq = message["epoch"], message["seq"]
        data = message.get("data", {})
        known.accounts |= {row["account"]: row for row in data.get("accounts", [])}
        for name in OF_PROPERTIES:
            getattr(known, name).update({row["property_id"]: row for row in data.get(name, [])})
        known.blocks += data.get("blocks", [])
        known.trades |= {(row["block_number"], row["log_index"]): row for row in data.get("trades", [])}
        known.candles |= {row["start"]: row for row in data.get("candles", [])}
        known.orders |= {row["order_id"]: row for row in data.get("orders", [])}
        if "book" in data:
            self.obey_book(known, data["book"])

    def obey_book(self, known: Known, book: dict[str, Any]) -> None:
        """The checksum is that of what the client has now: no change was lost."""
        for side in SIDES:
            levels = getattr(known, side)
            levels.update({level["tick"]: level for level in book[side]})
            for level in book[side]:
                if level["quantity"] == "0":
                    del levels[level["tick"]]
        bids, asks = book_levels(known)
        text = "".join(level["price"] + level["quantity"] for level in [*asks[:10], *bids[:10]])
        assert book["checksum"] == zlib.crc32(text.encode()), "the book of the replica is another one"

    @property
    def tip(self) -> dict[str, Any] | None:
        """The newest block that the replica knows; None between a reorg and its snapshot."""
        known = self.known.get(("blocks", None))
        return known.blocks[-1] if known and known.blocks else None

    def portfolio(self, owner: str) -> dict[tuple[str, Any], Any]:
        """As of the tip, to be compared with REST. Finality is left to finalized_block."""
        known = self.known[("account", owner)]
        return by_kind({name: list(getattr(known, name).values()) for name in IN_A_PORTFOLIO})


def book_levels(known: Known) -> tuple[list[Any], list[Any]]:
    """Bids and asks, best first."""
    bids, asks = sorted(known.bids.items()), sorted(known.asks.items())
    return [level for _, level in reversed(bids)], [level for _, level in asks]


def bare(value: Any) -> Any:
    """As the stream sends it, which leaves nulls out, and without finality."""
    if isinstance(value, list):
        return [bare(part) for part in value]
    if isinstance(value, dict):
        return {name: bare(part) for name, part in value.items() if name != "finality" and part is not None}
    return value


def portfolio_by_rest(body: dict[str, Any]) -> dict[tuple[str, Any], Any]:
    return by_kind({name: body[name] for name in IN_A_PORTFOLIO})


def by_kind(rows: dict[str, list[dict[str, Any]]]) -> dict[tuple[str, Any], Any]:
    """Rows by their kind, and by their account or property; without those that fell to 0."""
    return {
        (name, row.get("account") or row["property_id"]): without_finality(row)
        for name, listed in rows.items()
        for row in listed
        if not (name == "holdings" and row["balance"] == "0") and row.get("state") != "withdrawn"
    }


def without_finality(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "finality" and value is not None}
