"""Treasury: what its operators may pay in a day, and what they paid."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import (
    AMOUNT,
    BYTES,
    Block,
    Fold,
    History,
    Projection,
    before_place,
    last_row,
    metadata,
    newest_first,
    place,
)

daily_limits = sa.Table(
    "daily_limits", metadata, *place(),
    sa.Column("daily_limit", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("block_number", "log_index"),
)  # fmt: skip

treasury_payments = sa.Table(
    "treasury_payments", metadata, *place(),
    sa.Column("request_id", BYTES, nullable=False),
    sa.Column("to_account", BYTES, nullable=False),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("paid_today", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("block_number", "log_index"),
    sa.Index("treasury_payments_by_request", "request_id"),
    sa.Index("treasury_payments_by_day", "day", "block_number", "log_index"),
)  # fmt: skip

LIMIT = "SELECT block_number, log_index, daily_limit FROM event"
PAID = "SELECT block_number, log_index, request_id, to_account, amount, day, paid_today FROM event"

TREASURY = Projection(
    "treasury",
    [
        History(daily_limits, [Fold(events.DailyLimitSet, LIMIT)]),
        History(treasury_payments, [Fold(events.Paid, PAID)]),
    ],
)


def daily_limit_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """The limit as of a block, and where it was set; one row."""
    return last_row(daily_limits, at_block)


def paid_on(day: int, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """The last payment of a day (since 1970, UTC), with paid_today; no row where nothing was paid."""
    rows = treasury_payments
    return last_row(rows, at_block, rows.c.day == day)


def payments_of_treasury(at_block: Block, before: tuple[int, int] | None, limit: int) -> sa.Select[tuple[object, ...]]:
    """Payments, newest first. before: block number and log index of the last row of the page before."""
    rows = treasury_payments
    return (
        rows.select()
        .where(rows.c.block_number <= at_block, before_place(rows, before))
        .order_by(*newest_first(rows))
        .limit(limit)
    )
