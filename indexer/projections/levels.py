"""Levels: how many fractions, in how many orders, rest at each price of each side, now and as of any block.

What an order leaves to rest is counted at the place of its placing: within one call the order of things is not
that of the contract, at the end of each call the numbers are.
"""

import sqlalchemy as sa

from indexer.events import market
from indexer.projections.history import (
    AMOUNT,
    SIGNED,
    Block,
    Fold,
    History,
    Projection,
    last_row,
    metadata,
    place,
)

BID, ASK = 0, 1

# Quantities of a level add up to more than 64 bits where a stablecoin has 18 decimals.
level_changes = sa.Table(
    "level_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("side", sa.SmallInteger, nullable=False),
    sa.Column("tick", sa.Integer, nullable=False), *place(),
    sa.Column("change", SIGNED, nullable=False),
    sa.Column("quantity", AMOUNT, nullable=False),
    sa.Column("orders", sa.BigInteger, sa.CheckConstraint("orders >= 0"), nullable=False),
    sa.PrimaryKeyConstraint("property_id", "side", "tick", "block_number", "log_index"),
    sa.Index("level_changes_by_block", "block_number"),
    sa.Index("level_changes_by_property", "property_id", "block_number", "log_index"),
)  # fmt: skip

# Every price that was ever used has a row: the list of prices to look at as of a block of the past.
levels = sa.Table(
    "levels", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("side", sa.SmallInteger, nullable=False),
    sa.Column("tick", sa.Integer, nullable=False), *place(),
    sa.Column("quantity", AMOUNT, nullable=False),
    sa.Column("orders", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "side", "tick"),
    sa.Index("levels_with_orders", "property_id", "side", "tick", postgresql_where=sa.text("quantity > 0")),
)  # fmt: skip

# What is left of an order after its own call is the least that remained in it: all of that is in one batch. Where
# it is nothing, the order never was in the book, as far as a block can tell.
CHANGED = """
SELECT c.property_id, c.side, c.tick, c.block_number, c.log_index, c.change,
       coalesce(l.quantity, 0) + sum(c.change) OVER w, coalesce(l.orders, 0) + sum(c.orders_change) OVER w
FROM (
    SELECT property_id, side, tick, block_number, log_index,
           CASE WHEN cause = 'placed' THEN rested ELSE -quantity END AS change,
           CASE WHEN cause = 'placed' THEN 1 WHEN remaining = 0 THEN -1 ELSE 0 END AS orders_change
    FROM (
        SELECT e.*, t.side, t.tick, min(e.remaining) FILTER (WHERE e.cause IN ('placed', 'taken', 'unfilled'))
            OVER (PARTITION BY e.property_id, e.number) AS rested
        FROM event e LEFT JOIN order_terms t USING (property_id, number)
    ) o WHERE cause NOT IN ('placed', 'taken', 'unfilled') OR (cause = 'placed' AND rested > 0)
) c LEFT JOIN levels l USING (property_id, side, tick)
WINDOW w AS (PARTITION BY c.property_id, c.side, c.tick ORDER BY c.block_number, c.log_index)
"""

LEVELS = Projection(
    "levels",
    [History(level_changes, [Fold(market.OrderChanged, CHANGED)], levels, ["property_id", "side", "tick"])],
    reads=["order_terms"],
)


def book_now(property_id: int, depth: int) -> sa.Select[tuple[object, ...]]:
    """The best prices of both sides as of the tip, bids first, best first: `depth` of each at most."""
    sides = [
        levels.select()
        .where(levels.c.property_id == property_id, levels.c.side == side, levels.c.quantity > 0)
        .order_by(_best_first(side))
        .limit(depth)
        for side in (BID, ASK)
    ]
    return _both(sides)


def book_at(property_id: int, at_block: Block, depth: int) -> sa.Select[tuple[object, ...]]:
    """The same as of any block: two looks into an index for each price that was ever used, from the best on."""
    sides = []
    for side in (BID, ASK):
        last = _level_at(at_block)
        sides.append(
            last.select()
            .select_from(levels.join(last, sa.true()))
            .where(levels.c.property_id == property_id, levels.c.side == side, last.c.quantity > 0)
            .order_by(_best_first(side))
            .limit(depth)
        )
    return _both(sides)


def best_prices_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """The best bids and asks as of a block, of every property and side that has one."""
    keys = sa.select(levels.c.property_id, levels.c.side).distinct().subquery("keys")
    sides = []
    for side in (BID, ASK):
        last = _level_at(at_block)
        best = (
            last.select()
            .select_from(levels.join(last, sa.true()))
            .where(levels.c.property_id == keys.c.property_id, levels.c.side == side, last.c.quantity > 0)
            .order_by(_best_first(side))
            .limit(1)
            .lateral("best")
        )
        sides.append(best.select().select_from(keys.join(best, sa.true())).where(keys.c.side == side))
    both = sa.union_all(*sides).subquery("both")
    return both.select().order_by(both.c.property_id, both.c.side)


def levels_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Prices that a block above `since` changed, with what rests there now; those that have no orders any more too."""
    rows = level_changes
    changed = sa.select(rows.c.property_id, rows.c.side, rows.c.tick).where(rows.c.block_number > since)
    key = sa.tuple_(levels.c.property_id, levels.c.side, levels.c.tick)
    return levels.select().where(key.in_(changed)).order_by(levels.c.property_id, levels.c.side, levels.c.tick)


def book_sequence_at(at_block: Block, property_id: int) -> sa.Select[tuple[object, ...]]:
    """Block and log index of the last change of a book as of a block; no row where there was none."""
    rows = level_changes
    last = last_row(rows, at_block, rows.c.property_id == property_id)
    return last.with_only_columns(rows.c.block_number, rows.c.log_index)


def _level_at(at_block: Block) -> sa.FromClause:
    """What rested as of a block at the price of a row of `levels`."""
    rows = level_changes
    same = (rows.c[name] == levels.c[name] for name in ("property_id", "side", "tick"))
    last = last_row(rows, at_block, *same).with_only_columns(*(rows.c[column.name] for column in levels.columns))
    return last.correlate(levels).lateral("last")


def _best_first(side: int) -> sa.ColumnElement[int]:
    return levels.c.tick.desc() if side == BID else levels.c.tick.asc()


def _both(sides: list[sa.Select[tuple[object, ...]]]) -> sa.Select[tuple[object, ...]]:
    both = sa.union_all(*(side.subquery().select() for side in sides)).subquery("both")
    badness = sa.case((both.c.side == BID, -both.c.tick), else_=both.c.tick)
    return both.select().order_by(both.c.side, badness)
