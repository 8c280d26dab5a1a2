"""Profits: which lots a wallet still holds, what it gained by sales, what it would gain at the mark price.

Read from several projections at once: holdings count what came and left, lots say at which cost.
"""

from typing import Any

import sqlalchemy as sa

from indexer.marks import mark_prices_at
from indexer.projections.history import Block, last_row
from indexer.projections.holdings import ever_held, last_changes
from indexer.projections.lots import acquisitions, disposals

NUMERIC = sa.Numeric(asdecimal=True)


def lots_at(holder: bytes, at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """What a wallet still holds that came at a cost, as of a block: by property, oldest first.

    quantity and cost: as it came. left and left_cost: what is still held, and what of the cost belongs to that.
    What a wallet holds beside these came at no cost.
    """
    rows, held = acquisitions, _held(holder, at_block, property_id)
    used = sa.func.greatest(held.c.disposed - rows.c.acquired + rows.c.quantity, 0, type_=NUMERIC)
    same = sa.and_(rows.c.property_id == held.c.property_id, rows.c.acquired > held.c.disposed)
    return (
        sa.select(
            rows.c.property_id, rows.c.holder, rows.c.block_number, rows.c.log_index, rows.c.cause,
            rows.c.quantity, rows.c.cost,
            (rows.c.quantity - used).label("left"), (_number(rows.c.cost) - _part(rows, used)).label("left_cost"),
        )
        .join(held, same)
        .where(rows.c.holder == holder, rows.c.block_number <= at_block)
        .order_by(rows.c.property_id, rows.c.acquired)
    )  # fmt: skip


def profits_at(holder: bytes, at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """By property that a wallet ever held, as of a block: what it holds at which cost, and what it gained by sales.

    quantity: held. costed: the part of it that came at a cost, and cost: of that, in units. sold: fractions,
    proceeds: units after fees, realised: proceeds less what was sold had cost; all since ever. spent: units that
    all acquisitions cost. The place is that of the last change of the holding.
    """
    held = _held(holder, at_block, property_id)
    came, gone = _last(acquisitions, at_block, held, "came"), _last(disposals, at_block, held, "gone")
    lots = lots_at(holder, at_block, property_id).order_by(None).subquery("lots")
    left = (
        sa.select(
            lots.c.property_id,
            sa.func.sum(lots.c.left, type_=NUMERIC).label("costed"),
            sa.func.sum(lots.c.left_cost, type_=NUMERIC).label("cost"),
        )
        .group_by(lots.c.property_id)
        .subquery("left")
    )
    sums = [
        sa.func.coalesce(_number(column), 0).label(column.name)
        for column in (left.c.costed, left.c.cost, gone.c.sold, gone.c.proceeds, gone.c.realised, came.c.spent)
    ]
    return (
        sa.select(held.c.property_id, held.c.block_number, held.c.log_index, held.c.balance.label("quantity"), *sums)
        .outerjoin(left, left.c.property_id == held.c.property_id)
        .outerjoin(came, sa.true())
        .outerjoin(gone, sa.true())
        .order_by(held.c.property_id)
    )


def gains_at(holder: bytes, at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """profits_at with mark_price, mark_source, value (units at the mark) and unrealised (value less cost).

    They are NULL where nobody knows a price.
    """
    found = profits_at(holder, at_block, property_id).subquery("found")
    mark = mark_prices_at(at_block, property_id).subquery("mark")
    value = found.c.quantity * mark.c.price
    return (
        sa.select(
            found, mark.c.price.label("mark_price"), mark.c.source.label("mark_source"), value.label("value"),
            (value - found.c.cost).label("unrealised"),
        )
        .join(mark, mark.c.property_id == found.c.property_id)
        .order_by(found.c.property_id)
    )  # fmt: skip


def _held(holder: bytes, at_block: Block, property_id: int | None) -> sa.Subquery:
    """Balance, and how many fractions ever left the holder, by property, as of a block."""
    held = last_changes(ever_held(holder, property_id), at_block)
    return sa.select(held, (held.c.received - held.c.balance).label("disposed")).subquery("held_and_disposed")


def _last(rows: sa.Table, at_block: Block, held: sa.Subquery, name: str) -> sa.FromClause:
    same = (rows.c.holder == held.c.holder, rows.c.property_id == held.c.property_id)
    return last_row(rows, at_block, *same).lateral(name)


def _part(lot: sa.Table, fractions: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What of a lot's cost belongs to its first fractions."""
    return sa.func.div(_number(lot.c.cost) * fractions, _number(lot.c.quantity), type_=NUMERIC)


def _number(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(column, NUMERIC)
