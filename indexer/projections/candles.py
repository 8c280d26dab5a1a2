"""Candles: open, high, low, close and volume of a book by minute, hour and day, and of what follows from those.

A row is a candle as it stood after a block: append-only, and the same whatever the size of a batch, since blocks
are never split. Time is that of blocks. 5 and 15 minutes are read from minutes, 4 hours from hours, weeks from days.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from indexer.events import market
from indexer.projections.history import AMOUNT, Block, Fold, History, Projection, metadata, place

MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEK = 7 * DAY
INTERVALS: dict[str, tuple[int, int]] = {
    "1m": (MINUTE, MINUTE),
    "5m": (MINUTE, 5 * MINUTE),
    "15m": (MINUTE, 15 * MINUTE),
    "1h": (HOUR, HOUR),
    "4h": (HOUR, 4 * HOUR),
    "1d": (DAY, DAY),
    "1w": (DAY, WEEK),
}
"""By name: the seconds of the rows that are read, and of the candle."""
MONDAY = 4 * DAY
"""The first Monday after the epoch: weeks begin there, all else with the epoch, in UTC."""
NUMERIC = sa.Numeric(asdecimal=True)

# start: seconds since 1970. The place is that of the last trade. Prices and value in units, volume in fractions.
candle_changes = sa.Table(
    "candle_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("start", sa.BigInteger, nullable=False), *place(),
    sa.Column("open", AMOUNT, nullable=False),
    sa.Column("high", AMOUNT, nullable=False),
    sa.Column("low", AMOUNT, nullable=False),
    sa.Column("close", AMOUNT, nullable=False),
    sa.Column("volume", AMOUNT, nullable=False),
    sa.Column("value", AMOUNT, nullable=False),
    sa.Column("trades", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "seconds", "start", "block_number", "log_index"),
    sa.Index("candle_changes_by_block", "block_number"),
    sa.Index("candle_changes_by_time", "property_id", "seconds", "block_number"),
)  # fmt: skip

candles = sa.Table(
    "candles", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("start", sa.BigInteger, nullable=False), *place(),
    sa.Column("open", AMOUNT, nullable=False),
    sa.Column("high", AMOUNT, nullable=False),
    sa.Column("low", AMOUNT, nullable=False),
    sa.Column("close", AMOUNT, nullable=False),
    sa.Column("volume", AMOUNT, nullable=False),
    sa.Column("value", AMOUNT, nullable=False),
    sa.Column("trades", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "seconds", "start"),
)  # fmt: skip

TRADED = f"""
WITH traded AS (
    SELECT t.property_id, t.block_number, max(t.log_index) AS log_index, b.timestamp,
           (array_agg(t.price ORDER BY t.log_index))[1] AS open, max(t.price) AS high, min(t.price) AS low,
           (array_agg(t.price ORDER BY t.log_index DESC))[1] AS close,
           sum(t.quantity) AS volume, sum(t.value) AS value, count(*) AS trades
    FROM event e JOIN trades t USING (property_id, block_number, log_index)
    JOIN journal.blocks b ON b.number = t.block_number
    GROUP BY t.property_id, t.block_number, b.timestamp
)
SELECT t.property_id, t.seconds, t.start, t.block_number, t.log_index,
       coalesce(c.open, first_value(t.open) OVER w), greatest(c.high, max(t.high) OVER w),
       least(c.low, min(t.low) OVER w), t.close, coalesce(c.volume, 0) + sum(t.volume) OVER w,
       coalesce(c.value, 0) + sum(t.value) OVER w, coalesce(c.trades, 0) + sum(t.trades) OVER w
FROM (SELECT *, timestamp - mod(timestamp, seconds) AS start
      FROM traded CROSS JOIN (VALUES ({MINUTE}), ({HOUR}), ({DAY})) i(seconds)) t
LEFT JOIN candles c USING (property_id, seconds, start)
WINDOW w AS (PARTITION BY t.property_id, t.seconds, t.start ORDER BY t.block_number)
"""

CANDLES = Projection(
    "candles",
    [History(candle_changes, [Fold(market.Filled, TRADED)], candles, ["property_id", "seconds", "start"])],
    reads=["trades"],
)


def start_of(timestamp: int, interval: str) -> int:
    """When the candle of an interval begins that a time is in."""
    seconds = INTERVALS[interval][1]
    offset = MONDAY if seconds == WEEK else 0
    return timestamp - (timestamp - offset) % seconds


def candles_at(
    at_block: Block, property_id: int, interval: str, low: int | None, high: int | None, limit: int
) -> sa.Select[tuple[object, ...]]:
    """Candles of a book as they stood as of a block, newest first; a time without trades has none.

    interval: a name of INTERVALS. low, high: of the start, in seconds, low included and high not. The place is that
    of the last trade.
    """
    seconds, wanted = INTERVALS[interval]
    # No more rows than these can be in the candles that are wanted.
    rows = _stood(at_block, seconds, property_id, low, high).limit(limit * (wanted // seconds)).subquery("rows")
    if seconds == wanted:
        return rows.select().order_by(rows.c.start.desc())
    offset = MONDAY if wanted == WEEK else 0
    start = (rows.c.start - (rows.c.start - offset) % wanted).label("start")
    return _joined(rows, [rows.c.property_id, start]).order_by(start.desc()).limit(limit)


def candles_changed(since: Block, interval: str) -> sa.Select[tuple[object, ...]]:
    """Candles of an interval in which a block above `since` traded, as they are now, by property and start."""
    seconds, wanted = INTERVALS[interval]
    offset = MONDAY if wanted == WEEK else 0
    changed = candle_changes.c
    start = changed.start - (changed.start - offset) % wanted
    keys = (
        sa.select(changed.property_id, start.label("start"))
        .where(changed.block_number > since, changed.seconds == seconds)
        .distinct()
        .subquery("keys")
    )
    rows = (
        sa.select(*candles.columns, keys.c.start.label("candle_start"))
        .select_from(
            candles.join(
                keys,
                sa.and_(
                    candles.c.property_id == keys.c.property_id,
                    candles.c.start >= keys.c.start,
                    candles.c.start < keys.c.start + wanted,
                ),
            )
        )
        .where(candles.c.seconds == seconds)
        .subquery("rows")
    )
    found = _joined(rows, [rows.c.property_id, rows.c.candle_start.label("start")])
    return found.order_by(rows.c.property_id, rows.c.candle_start)


def day_figures(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """Open, high, low, close, volume, value and trades of the 1,440 minutes that end with that of a block.

    By property; one without trades in that time has no row. open is the first price in that time. The block must
    be one that the journal holds.
    """
    blocks = sa.table("blocks", sa.column("number"), sa.column("timestamp"), schema="journal")
    time = sa.select(blocks.c.timestamp).where(blocks.c.number == at_block).scalar_subquery()
    rows = _stood(at_block, MINUTE, property_id, time - time % MINUTE - DAY + MINUTE, None).subquery("rows")
    return _joined(rows, [rows.c.property_id]).order_by(rows.c.property_id)


def _stood(
    at_block: Block, seconds: int, property_id: int | None, low: Any, high: Any
) -> sa.Select[tuple[object, ...]]:
    """Rows as of a block, newest first. Only the one that was under way then is not what it is now."""
    names = [column.name for column in candles.columns]
    now, then = candles.c, candle_changes
    bounds: list[Any] = [sa.true()]
    parts = []
    for rows in (candles, then):
        bounds = [rows.c.seconds == seconds, rows.c.block_number <= at_block]
        if property_id is not None:
            bounds.append(rows.c.property_id == property_id)
        if rows is candles:
            parts.append(candles.select().where(*bounds))
            continue
        last = (
            sa.select(*(then.c[name] for name in names))
            .distinct(then.c.property_id)
            .where(*bounds)
            .order_by(then.c.property_id, then.c.block_number.desc())
            .subquery("last")
        )
        is_not_now = sa.and_(
            now.property_id == last.c.property_id,
            now.seconds == last.c.seconds,
            now.start == last.c.start,
            now.block_number > at_block,
        )
        parts.append(last.select().where(sa.exists().where(is_not_now)))
    both = sa.union_all(*parts).subquery("stood")
    within = [both.c.start >= low] if low is not None else []
    within += [both.c.start < high] if high is not None else []
    return both.select().where(*within).order_by(both.c.start.desc(), both.c.property_id)


def _joined(rows: sa.Subquery, key: Sequence[sa.ColumnElement[Any]]) -> sa.Select[tuple[object, ...]]:
    """One candle out of several that follow each other, for each key."""

    def first(name: str, by: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.func.array_agg(postgresql.aggregate_order_by(rows.c[name], by))[1].label(name)

    newest = rows.c.start.desc()
    return sa.select(
        *key,
        first("block_number", newest), first("log_index", newest),
        first("open", rows.c.start.asc()), sa.func.max(rows.c.high).label("high"), sa.func.min(rows.c.low).label("low"),
        first("close", newest),
        *(sa.func.sum(rows.c[name], type_=NUMERIC).label(name) for name in ("volume", "value", "trades")),
    ).group_by(*(column.element if isinstance(column, sa.Label) else column for column in key))  # fmt: skip
