"""Trades: every fill, between which orders and wallets, at which price, and what each side paid in fees."""

import sqlalchemy as sa

from indexer.events import market
from indexer.projections.history import (
    AMOUNT,
    BYTES,
    Block,
    Fold,
    History,
    Projection,
    before_place,
    last_rows,
    metadata,
    newest_first,
    place,
)

# price: units for one fraction, the maker's; value: units, before fees. taker_side: that of the taker's order.
trades = sa.Table(
    "trades", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("maker_number", sa.BigInteger, nullable=False),
    sa.Column("taker_number", sa.BigInteger, nullable=False),
    sa.Column("maker", BYTES, nullable=False),
    sa.Column("taker", BYTES, nullable=False),
    sa.Column("taker_side", sa.SmallInteger, nullable=False),
    sa.Column("tick", sa.Integer, nullable=False),
    sa.Column("price", AMOUNT, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("value", AMOUNT, nullable=False),
    sa.Column("maker_fee", AMOUNT, nullable=False),
    sa.Column("taker_fee", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("trades_by_block", "block_number", "log_index"),
    sa.Index("trades_by_maker", "maker", "block_number", "log_index"),
    sa.Index("trades_by_taker", "taker", "block_number", "log_index"),
    sa.Index("trades_by_maker_order", "property_id", "maker_number", "block_number", "log_index"),
    sa.Index("trades_by_taker_order", "property_id", "taker_number", "block_number", "log_index"),
)  # fmt: skip

# Outer joins on purpose: a trade of orders that nobody placed must fail, not vanish.
FILLED = """
SELECT e.property_id, e.block_number, e.log_index, e.maker_number, e.taker_number, e.maker, e.taker, t.side, m.tick,
       m.price, e.quantity, e.quantity * m.price, of_maker.fee, of_taker.fee
FROM event e
LEFT JOIN order_terms m ON m.property_id = e.property_id AND m.number = e.maker_number
LEFT JOIN order_terms t ON t.property_id = e.property_id AND t.number = e.taker_number
LEFT JOIN order_changes of_maker ON of_maker.property_id = e.property_id AND of_maker.number = e.maker_number
    AND of_maker.block_number = e.block_number AND of_maker.log_index = e.log_index
LEFT JOIN order_changes of_taker ON of_taker.property_id = e.property_id AND of_taker.number = e.taker_number
    AND of_taker.block_number = e.block_number AND of_taker.log_index = e.log_index
"""

TRADES = Projection(
    "trades",
    [History(trades, [Fold(market.Filled, FILLED)])],
    reads=["order_terms", "order_changes"],
)


def trades_page(
    at_block: Block,
    property_id: int | None,
    before: tuple[int, int] | None,
    limit: int,
    since: Block | None = None,
) -> sa.Select[tuple[object, ...]]:
    """Trades of one book or of all, newest first. before: place of the last row of the page before.

    since: only those above that block.
    """
    wanted = [trades.c.block_number <= at_block, before_place(trades, before)]
    if property_id is not None:
        wanted.append(trades.c.property_id == property_id)
    if since is not None:
        wanted.append(trades.c.block_number > since)
    return trades.select().where(*wanted).order_by(*newest_first(trades)).limit(limit)


def trades_of(
    wallet: bytes, at_block: Block, before: tuple[int, int] | None, limit: int, property_id: int | None = None
) -> sa.Select[tuple[object, ...]]:
    """Trades in which a wallet was maker or taker, newest first; each side is read from its own index."""
    wanted = [trades.c.block_number <= at_block, before_place(trades, before)]
    if property_id is not None:
        wanted.append(trades.c.property_id == property_id)
    return _either([trades.c.maker == wallet, trades.c.taker == wallet], wanted, limit)


def trades_of_order(property_id: int, number: int, at_block: Block, limit: int) -> sa.Select[tuple[object, ...]]:
    """Trades of one order, as maker or as taker, newest first."""
    wanted = [trades.c.property_id == property_id, trades.c.block_number <= at_block]
    return _either([trades.c.maker_number == number, trades.c.taker_number == number], wanted, limit)


def last_trades_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """The last trade of every book, or of one, as of a block, by property."""
    if property_id is None:
        return last_rows(trades, at_block, ["property_id"])
    return trades_page(at_block, property_id, None, 1)


def trades_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Trades above block `since`, in chain order."""
    return trades.select().where(trades.c.block_number > since).order_by(trades.c.block_number, trades.c.log_index)


def _either(
    sides: list[sa.ColumnElement[bool]], wanted: list[sa.ColumnElement[bool]], limit: int
) -> sa.Select[tuple[object, ...]]:
    found = [
        trades.select().where(side, *wanted).order_by(*newest_first(trades)).limit(limit).subquery().select()
        for side in sides
    ]
    both = sa.union(*found).subquery("both")
    return both.select().order_by(*newest_first(both)).limit(limit)
