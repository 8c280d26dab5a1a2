"""Holdings: how many fractions of a property a wallet holds and how many of them are locked, now and then."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import BYTES, NEWEST, Block, Fold, History, Projection, metadata, place

# received: all that ever came, so that what ever left is received less balance; what one sends oneself does neither.
holding_changes = sa.Table(
    "holding_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("holder", BYTES, nullable=False), *place(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("balance", sa.BigInteger, sa.CheckConstraint("balance >= 0"), nullable=False),
    sa.Column("received", sa.Numeric(40, 0), nullable=False),
    sa.PrimaryKeyConstraint("holder", "property_id", "block_number", "log_index", "position"),
    sa.Index("holding_changes_by_block", "block_number"),
    sa.Index("holding_changes_by_property", "property_id", "block_number"),
)  # fmt: skip

holdings = sa.Table(
    "holdings", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("holder", BYTES, nullable=False), *place(),
    sa.Column("balance", sa.BigInteger, nullable=False),
    sa.Column("received", sa.Numeric(40, 0), nullable=False),
    sa.PrimaryKeyConstraint("holder", "property_id"),
    sa.Index("holdings_by_property", "property_id", "balance"),
)  # fmt: skip

lock_changes = sa.Table(
    "lock_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("holder", BYTES, nullable=False), *place(),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("locked", sa.BigInteger, sa.CheckConstraint("locked >= 0"), nullable=False),
    sa.PrimaryKeyConstraint("holder", "property_id", "block_number", "log_index"),
    sa.Index("lock_changes_by_block", "block_number"),
)  # fmt: skip

# A transfer touches two holders: the sender's change stands before the receiver's. Balances run on
# from the current table; nobody's own balance is kept, since creation is a transfer from nobody. OFFSET 0 has each
# holder looked up by key: else a large batch reads all holders there are, and a backfill slows down as it goes.
MOVEMENTS = """
SELECT m.property_id, m.holder, m.block_number, m.log_index, m.position, m.change,
       coalesce(h.balance, 0) + sum(m.change) OVER w, coalesce(h.received, 0) + sum(m.gain) OVER w
FROM (SELECT property_id, sender AS holder, block_number, log_index, 2 * position AS position, -amount AS change,
             0 AS gain
      FROM event WHERE sender <> decode(repeat('00', 20), 'hex')
      UNION ALL
      SELECT property_id, receiver, block_number, log_index, 2 * position + 1, amount,
             CASE WHEN sender = receiver THEN 0 ELSE amount END
      FROM event WHERE receiver <> decode(repeat('00', 20), 'hex')) m
LEFT JOIN LATERAL (
    SELECT balance, received FROM holdings h WHERE h.holder = m.holder AND h.property_id = m.property_id OFFSET 0
) h ON true
WINDOW w AS (PARTITION BY m.holder, m.property_id ORDER BY m.block_number, m.log_index, m.position)
"""

# Sums run on from the last row of the table, as it was before this batch.
LOCKED = """
SELECT e.property_id, e.holder, e.block_number, e.log_index, e.change,
       sum(e.change) OVER (PARTITION BY e.holder, e.property_id ORDER BY e.block_number, e.log_index) + coalesce(
           (SELECT l.locked FROM lock_changes l WHERE l.holder = e.holder AND l.property_id = e.property_id
            ORDER BY l.block_number DESC, l.log_index DESC LIMIT 1), 0)
FROM event e
"""

HOLDINGS = Projection(
    "holdings",
    [
        History(holding_changes, [Fold(events.Transfer, MOVEMENTS)], holdings, ["holder", "property_id"]),
        History(lock_changes, [Fold(events.LockChanged, LOCKED)]),
    ],
)


HELD = (holdings.c.property_id, holdings.c.holder, holdings.c.block_number, holdings.c.log_index, holdings.c.balance)


def holdings_at(
    at_block: Block, holder: bytes | None = None, property_id: int | None = None
) -> sa.Select[tuple[object, ...]]:
    """Holdings above zero as of a block: of one holder, of one property, or of both. With what is locked."""
    rows = holding_changes
    wanted: list[sa.ColumnElement[bool]] = [rows.c.block_number <= at_block]
    if holder is not None:
        wanted.append(rows.c.holder == holder)
    if property_id is not None:
        wanted.append(rows.c.property_id == property_id)
    last = (
        sa.select(rows.c.property_id, rows.c.holder, rows.c.block_number, rows.c.log_index, rows.c.balance)
        .distinct(rows.c.holder, rows.c.property_id)
        .where(*wanted)
        .order_by(
            rows.c.holder,
            rows.c.property_id,
            rows.c.block_number.desc(),
            rows.c.log_index.desc(),
            rows.c.position.desc(),
        )
    ).subquery("held")
    return _with_locked(last, at_block).where(last.c.balance > 0)


def holdings_now(
    tip: Block, holder: bytes | None = None, property_id: int | None = None
) -> sa.Select[tuple[object, ...]]:
    """The same as of the tip, from the current table."""
    wanted: list[sa.ColumnElement[bool]] = [sa.true()]
    if holder is not None:
        wanted.append(holdings.c.holder == holder)
    if property_id is not None:
        wanted.append(holdings.c.property_id == property_id)
    held = sa.select(*HELD).where(*wanted).subquery("held")
    return _with_locked(held, tip).where(held.c.balance > 0)


def holdings_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Holdings that a block above `since` changed, with what they are now; those that fell to zero too."""
    keys = sa.union(
        *(
            sa.select(rows.c.holder, rows.c.property_id).where(rows.c.block_number > since)
            for rows in (holding_changes, lock_changes)
        )
    ).subquery("changed")
    same = sa.and_(holdings.c.holder == keys.c.holder, holdings.c.property_id == keys.c.property_id)
    return _with_locked(sa.select(*HELD).join(keys, same).subquery("held"), NEWEST)


def _with_locked(held: sa.Subquery, at_block: Block) -> sa.Select[tuple[object, ...]]:
    rows = lock_changes
    locked = (
        sa.select(rows.c.locked)
        .where(
            rows.c.holder == held.c.holder, rows.c.property_id == held.c.property_id, rows.c.block_number <= at_block
        )
        .order_by(rows.c.block_number.desc(), rows.c.log_index.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(held, sa.func.coalesce(locked, 0).label("locked")).order_by(
        held.c.property_id, held.c.balance.desc(), held.c.holder
    )
