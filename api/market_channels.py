"""What the channels of the market tell: market, book, trades, candles, orders. Their rows are those of the reads.

Two things change by time alone: the figures of a day, as its oldest minute falls out of it, and an order that expires.
A book's delta carries a checksum of what the replica must have then, which is read for the books that somebody
listens to.
"""

from collections.abc import Iterable
from typing import Any, cast, get_args

import sqlalchemy as sa

from api.book import CHECKED_LEVELS, Book, book_out, book_selects, checksum_of, level_out
from api.candles import CANDLES_DEFAULT, Interval, candle_out
from api.markets import Market, market_selects, markets_out, sequence_out
from api.messages import Channel
from api.orders import order_out, orders_select, with_times
from api.problems import Problem
from api.reads import Answer, At, blocks, tip
from api.trades import trade_out
from api.values import parse_address, raw
from indexer.chain import PROPERTY_ID_MAX
from indexer.projections.candles import DAY, MINUTE, candles, candles_at, candles_changed
from indexer.projections.history import NEWEST
from indexer.projections.levels import ASK, BID, level_changes, levels_changed
from indexer.projections.markets import books, markets_at, markets_changed
from indexer.projections.offerings import offerings_changed
from indexer.projections.orders import orders_changed, resting_orders_now
from indexer.projections.trades import trades, trades_changed, trades_page

ALL = "*"
CHANNELS: frozenset[Channel] = frozenset(("market", "book", "trades", "candles", "orders"))
SNAPSHOT_LEVELS, SNAPSHOT_TRADES, SNAPSHOT_ORDERS = 1_000, 50, 1_000

Selects = dict[str, sa.Select[Any]]
Rows = dict[str, Any]
Changes = dict[tuple[Channel, str], Rows]
Keys = Iterable[tuple[Channel, str]]


def parse_key(channel: Channel, key: str) -> str:
    """The key as it is held. Raises Problem where the channel has no such key."""
    if channel == "orders":
        return str(parse_address(key, "key"))
    if channel == "market" and key in ("", ALL):
        return ALL
    number, _, interval = key.partition(":")
    if channel == "candles" and interval not in get_args(Interval):
        words = f"key is {key[:80]!r}, and one of candles is a property's id and an interval, such as 1:1h."
        raise Problem("invalid-request", f"{words} Intervals: {', '.join(get_args(Interval))}.")
    is_number = number.isascii() and number.isdigit() and len(number) <= 10 and 1 <= int(number) <= PROPERTY_ID_MAX
    if not is_number or (interval and channel != "candles"):
        also = f", or {ALL}" if channel == "market" else ""
        raise Problem("invalid-request", f"key is {key[:80]!r}, and one of {channel} is a property's id{also}.")
    return f"{int(number)}:{interval}" if interval else str(int(number))


def series_of(key: str) -> tuple[int, Interval]:
    """Property and interval of a key of candles."""
    number, _, interval = key.partition(":")
    return int(number), cast(Interval, interval)


# -- all of a key


def snapshot_selects(channel: Channel, key: str) -> Selects:
    match channel:
        case "market":
            return market_selects(At(), None if key == ALL else int(key))
        case "book":
            return book_selects(At(), int(key), SNAPSHOT_LEVELS)
        case "trades":
            return {"trades": trades_page(NEWEST, int(key), None, SNAPSHOT_TRADES)}
        case "candles":
            number, interval = series_of(key)
            return {"candles": candles_at(NEWEST, number, interval, None, None, CANDLES_DEFAULT)}
    return {"orders": orders_select(At(), raw(key), None, "open", None, SNAPSHOT_ORDERS)}


def snapshot_rows(channel: Channel, key: str, answer: Answer) -> Rows:
    """By their names in Data."""
    match channel:
        case "market":
            return {"markets": markets_out(answer)}
        case "book":
            nothing = Book(property_id=int(key), bids=[], asks=[], checksum=checksum_of([], []), sequence=None)
            return {"book": book_out(answer, int(key)) or nothing}
        case "trades":
            return {"trades": [trade_out(answer, row) for row in answer.sets["trades"]]}
        case "candles":
            return {"candles": [candle_out(row) for row in reversed(answer.sets["candles"])]}
    return {"orders": [order_out(answer, row) for row in answer.sets["orders"]]}


# -- what blocks changed


def changed_selects(since: int, keys: Keys) -> Selects:
    """What changed above a block, of every key of the channels that these keys are of."""
    keys = list(keys)
    channels = {channel for channel, _ in keys}
    selects: Selects = {}
    if "market" in channels:
        selects |= {"moved": moved(since), **market_selects(At())}
    if "book" in channels:
        selects |= {"levels": levels_changed(since), "books": markets_at(NEWEST)}
    if "trades" in channels:
        selects["trades"] = trades_changed(since)
    if "orders" in channels:
        owners = [key for channel, key in keys if channel == "orders"]
        selects |= {"orders": with_times(orders_changed(since)), "expired": with_times(expired(since, owners))}
    for interval in sorted({series_of(key)[1] for channel, key in keys if channel == "candles"}):
        selects[f"candles_{interval}"] = candles_changed(since, interval)
    return selects


def moved(since: int) -> sa.Select[Any]:
    """Properties whose market is another one than it was after a block."""
    events = (markets_changed(since), offerings_changed(since))
    changed = [sa.select(select.subquery().c.property_id) for select in events]
    changed += [sa.select(rows.c.property_id).where(rows.c.block_number > since) for rows in (level_changes, trades)]
    # As day_figures has it: the first minute that counts.
    first, was_first = (time - time % MINUTE - DAY + MINUTE for time in (time_now(), time_of(since)))
    fallen = (
        sa.exists()
        .where(candles.c.property_id == books.c.property_id, candles.c.seconds == MINUTE)
        .where(candles.c.start >= was_first, candles.c.start < first)
    )
    out = sa.select(books.c.property_id).where(fallen)
    every = sa.union(*changed, out).subquery("every")
    return sa.select(every.c.property_id)


def expired(since: int, owners: Iterable[str]) -> sa.Select[Any]:
    """Orders of these wallets that rest, and whose last second has passed since a block."""
    resting = resting_orders_now().order_by(None).subquery("resting")
    passed = sa.and_(resting.c.expiry >= time_of(since), resting.c.expiry < time_now())
    return sa.select(resting).where(passed, resting.c.owner.in_([raw(owner) for owner in owners]))


def time_of(number: int) -> Any:
    return sa.select(blocks.c.timestamp).where(blocks.c.number == number).scalar_subquery()


def time_now() -> Any:
    """Of the newest indexed block."""
    newest = blocks.join(tip, tip.c.number == blocks.c.number)
    return sa.select(blocks.c.timestamp).select_from(newest).where(tip.c.live).scalar_subquery()


def resumed_selects(since: int, channel: Channel, key: str) -> Selects:
    """What changed above a block of one key, with the checksum of a book."""
    selects = changed_selects(since, [(channel, key)])
    if channel == "book":
        levels = selects["levels"]
        return {
            **selects,
            "levels": levels.where(levels.selected_columns.property_id == int(key)),
            **check_selects([key], At()),
        }
    if channel == "orders":
        changed = selects["orders"]
        return selects | {"orders": changed.where(changed.selected_columns.owner == raw(key))}
    return selects


def changes_of(answer: Answer) -> Changes:
    """The changed rows of each key, as the API gives them; of books as `levels`, for add_checks to finish."""
    changes: Changes = {}
    sets = answer.sets

    def add(channel: Channel, key: str, name: str, row: Any) -> None:
        changes.setdefault((channel, key), {}).setdefault(name, []).append(row)

    for market in moved_markets(answer):
        add("market", str(market.property_id), "markets", market)
        add("market", ALL, "markets", market)
    for row in sets.get("levels", []):
        add("book", str(row["property_id"]), "levels", row)
    for row in sets.get("trades", []):
        add("trades", str(row["property_id"]), "trades", trade_out(answer, row))
    for interval in get_args(Interval):
        for row in sets.get(f"candles_{interval}", []):
            add("candles", f"{row['property_id']}:{interval}", "candles", candle_out(row))
    rows = {(row["property_id"], row["number"]): row for row in [*sets.get("orders", []), *sets.get("expired", [])]}
    for row in rows.values():
        add("orders", "0x" + row["owner"][2:], "orders", order_out(answer, row))
    return changes


def moved_markets(answer: Answer) -> list[Market]:
    if "moved" not in answer.sets:
        return []
    numbers = {row["property_id"] for row in answer.sets["moved"]}
    return [market for market in markets_out(answer) if market.property_id in numbers]


# -- the checksums of books


def books_touched(changes: Changes, listened: set[str]) -> list[str]:
    """Keys of the books that changed and that somebody listens to."""
    return [key for (channel, key) in changes if channel == "book" and key in listened]


def check_selects(keys: Iterable[str], at: At) -> Selects:
    """The best prices of each book, by which a replica is checked."""
    selects = {key: book_selects(at, int(key), CHECKED_LEVELS) for key in keys}
    return {f"{name}_{key}": select for key, named in selects.items() for name, select in named.items()}


def add_checks(changes: Changes, changed: Answer, checked: Answer, keys: Iterable[str]) -> None:
    """Make the delta of each of these books: its changed levels, and the checksum that `checked` gives."""
    tick_sizes = {row["property_id"]: int(row["tick_size"]) for row in changed.sets["books"]}
    for key in keys:
        rows = changes.get(("book", key))
        if rows is None:
            continue
        number, found = int(key), rows.pop("levels")
        tick_size = tick_sizes[number]
        best, sides = checked.sets[f"levels_{key}"], (BID, ASK)
        checksum = checksum_of(*([level_out(row, tick_size) for row in best if row["side"] == side] for side in sides))
        bids, asks = ([level_out(row, tick_size) for row in found if row["side"] == side] for side in sides)
        sequence = sequence_out(next(iter(checked.sets[f"sequence_{key}"]), None))
        rows["book"] = Book(property_id=number, bids=bids, asks=asks, checksum=checksum, sequence=sequence)
