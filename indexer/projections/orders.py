"""Orders: what was placed, and what became of it: how much was filled, at which value and fees, and how it ended.

An order is known by its property and its number. It rests in the book while something remains of it: with the
block in which it was placed, what could not rest is gone.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from indexer.chain import MILLION, REMOVALS
from indexer.events import market
from indexer.projections.history import (
    AMOUNT,
    BYTES,
    NEWEST,
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

BID, ASK = 0, 1
STATUSES: dict[str, Sequence[str]] = {
    "open": ("open", "partly_filled"),
    "filled": ("filled",),
    "removed": REMOVALS,
}
"""The statuses of an order, by the group that one asks for."""
NUMERIC = sa.Numeric(asdecimal=True)

# price: units for one fraction, tick times tick size of the book.
order_terms = sa.Table(
    "order_terms", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False), *place(),
    sa.Column("owner", BYTES, nullable=False),
    sa.Column("side", sa.SmallInteger, nullable=False),
    sa.Column("tick", sa.Integer, nullable=False),
    sa.Column("price", AMOUNT, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("order_type", sa.SmallInteger, nullable=False),
    sa.Column("expiry", sa.BigInteger, nullable=False),
    sa.Column("maker_fee_ppm", sa.Integer, nullable=False),
    sa.Column("taker_fee_ppm", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "number"),
    sa.Index("order_terms_by_block", "block_number", "log_index"),
    sa.Index("order_terms_by_owner", "owner", "block_number", "log_index"),
    sa.Index("order_terms_by_property", "property_id", "block_number", "log_index"),
)  # fmt: skip

# quantity and fee belong to this change; what follows are sums after it. made: fractions filled while it rested,
# which `filled` counts too; value: units traded; fees: units that it has paid as maker and as taker.
order_changes = sa.Table(
    "order_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False), *place(),
    sa.Column("owner", BYTES, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("refund", AMOUNT, nullable=False),
    sa.Column("fee", AMOUNT, nullable=False),
    sa.Column("remaining", sa.BigInteger, nullable=False),
    sa.Column("filled", sa.BigInteger, nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("value", AMOUNT, nullable=False),
    sa.Column("fees", AMOUNT, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "number", "block_number", "log_index"),
    sa.Index("order_changes_by_block", "block_number", "log_index"),
)  # fmt: skip

orders = sa.Table(
    "orders", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False), *place(),
    sa.Column("owner", BYTES, nullable=False),
    sa.Column("remaining", sa.BigInteger, nullable=False),
    sa.Column("filled", sa.BigInteger, nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("value", AMOUNT, nullable=False),
    sa.Column("fees", AMOUNT, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "number"),
    sa.Index("resting_orders_by_owner", "owner", postgresql_where=sa.text("remaining > 0")),
    sa.Index("resting_orders_by_property", "property_id", postgresql_where=sa.text("remaining > 0")),
)  # fmt: skip

# Outer joins on purpose: an order of a book that nobody created, or a change of an order that nobody placed,
# must fail, not vanish.
PLACED = """
SELECT e.property_id, e.number, e.block_number, e.log_index, e.owner, e.side, e.tick, e.tick * b.tick_size,
       e.quantity, e.order_type, e.expiry, e.maker_fee_ppm, e.taker_fee_ppm
FROM event e LEFT JOIN books b USING (property_id)
"""

# A maker's fee is that of all that its order has traded while it rested, less what was charged before; a taker's
# that of all that its order has traded as it was placed. So each fee is a difference of two floored sums.
CHANGED = f"""
SELECT property_id, number, block_number, log_index, owner, cause, quantity, refund,
       fees - div(before_made * maker_fee_ppm, {MILLION}) - div(before_taken * taker_fee_ppm, {MILLION}),
       remaining, filled, made, made_value + taken_value, fees,
       CASE WHEN cause IN ('placed', 'made', 'taken', 'reduced') THEN
           CASE WHEN remaining = 0 THEN 'filled' WHEN filled > 0 THEN 'partly_filled' ELSE 'open' END
       ELSE cause END
FROM (
    SELECT *, made_value - now_made AS before_made, taken_value - now_taken AS before_taken,
           div(made_value * maker_fee_ppm, {MILLION}) + div(taken_value * taker_fee_ppm, {MILLION}) AS fees
    FROM (
        SELECT c.*, coalesce(o.filled, 0) + sum(c.traded) OVER w AS filled,
               coalesce(o.made, 0) + sum(c.now_made_quantity) OVER w AS made,
               coalesce(o.made, 0) * c.price + sum(c.now_made) OVER w AS made_value,
               coalesce(o.value - o.made * c.price, 0) + sum(c.now_taken) OVER w AS taken_value
        FROM (
            SELECT e.*, t.owner, t.price, t.maker_fee_ppm, t.taker_fee_ppm,
                   CASE WHEN e.cause IN ('made', 'taken') THEN e.quantity ELSE 0 END AS traded,
                   CASE WHEN e.cause = 'made' THEN e.quantity ELSE 0 END AS now_made_quantity,
                   CASE WHEN e.cause = 'made' THEN e.quantity * t.price ELSE 0 END AS now_made,
                   CASE WHEN e.cause = 'taken' THEN e.quantity * m.price ELSE 0 END AS now_taken
            FROM event e
            LEFT JOIN order_terms t USING (property_id, number)
            LEFT JOIN order_terms m ON m.property_id = e.property_id AND m.number = e.other_number
        ) c LEFT JOIN orders o USING (property_id, number)
        WINDOW w AS (PARTITION BY c.property_id, c.number ORDER BY c.block_number, c.log_index)
    ) sums
) priced
"""

ORDERS = Projection(
    "orders",
    [
        History(order_terms, [Fold(market.OrderPlaced, PLACED)]),
        History(order_changes, [Fold(market.OrderChanged, CHANGED)], orders, ["property_id", "number"]),
    ],
    reads=["books"],
)


def orders_at(
    at_block: Block,
    owner: bytes | None = None,
    property_id: int | None = None,
    status: str = "all",
    before: tuple[int, int] | None = None,
    limit: int | None = None,
) -> sa.Select[tuple[object, ...]]:
    """Orders placed up to a block as they stood then, newest first: of one wallet, of one book, of both or of all.

    status: open, filled, removed (see STATUSES) or all. before: place of the last order of the page before.
    The place is that of the placing, changed_block and changed_log_index that of the last change. escrowed: units
    that a bid holds in escrow, fractions that an ask has locked.
    """
    terms = order_terms
    wanted = [terms.c.block_number <= at_block, before_place(terms, before)]
    if owner is not None:
        wanted.append(terms.c.owner == owner)
    if property_id is not None:
        wanted.append(terms.c.property_id == property_id)
    state = _state_at(at_block)
    select = _described(state).select_from(terms.join(state, sa.true())).where(*wanted).limit(limit)
    return select if status == "all" else select.where(state.c.status.in_(STATUSES[status]))


def resting_orders_now(
    owner: bytes | None = None,
    property_id: int | None = None,
    before: tuple[int, int] | None = None,
    limit: int | None = None,
) -> sa.Select[tuple[object, ...]]:
    """Orders that rest as of the tip, newest first, from the current table: those of orders_at that are open."""
    wanted = [orders.c.remaining > 0, before_place(order_terms, before)]
    if owner is not None:
        wanted.append(orders.c.owner == owner)
    if property_id is not None:
        wanted.append(orders.c.property_id == property_id)
    return _described(orders).select_from(order_terms.join(orders, _same_order(orders))).where(*wanted).limit(limit)


def order_at(property_id: int, number: int, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """One order as of a block; no row where it was not placed yet."""
    return orders_at(at_block).where(order_terms.c.property_id == property_id, order_terms.c.number == number)


def order_history(property_id: int, number: int, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """All that became of an order up to a block, newest first."""
    rows = order_changes
    return (
        rows.select()
        .where(rows.c.property_id == property_id, rows.c.number == number, rows.c.block_number <= at_block)
        .order_by(*newest_first(rows))
    )


def orders_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Orders that a block above `since` placed or changed, as they are now, newest first."""
    rows = order_changes
    changed = sa.select(rows.c.property_id, rows.c.number).where(rows.c.block_number > since)
    return orders_at(NEWEST).where(sa.tuple_(order_terms.c.property_id, order_terms.c.number).in_(changed))


def _same_order(rows: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(rows.c.property_id == order_terms.c.property_id, rows.c.number == order_terms.c.number)


def _state_at(at_block: Block) -> sa.FromClause:
    return last_row(order_changes, at_block, _same_order(order_changes)).lateral("state")


def _described(state: sa.FromClause) -> sa.Select[tuple[object, ...]]:
    terms, at = order_terms.c, state.c
    escrowed = sa.case(
        (terms.side == ASK, at.remaining),
        else_=terms.price * at.remaining + _fee(at.made + at.remaining) - _fee(at.made),
    )
    return sa.select(
        order_terms, at.remaining, at.filled, at.made, at.value, at.fees, at.status,
        sa.cast(escrowed, NUMERIC).label("escrowed"),
        at.block_number.label("changed_block"), at.log_index.label("changed_log_index"),
    ).order_by(*newest_first(order_terms), terms.property_id)  # fmt: skip


def _fee(quantity: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """What a maker pays for so many fractions of its order."""
    value = sa.cast(order_terms.c.price * quantity * order_terms.c.maker_fee_ppm, NUMERIC)
    return sa.func.div(value, sa.cast(MILLION, NUMERIC), type_=NUMERIC)
