"""Holdings: how many fractions of a property a wallet holds and how many of them are locked, and how many wallets hold
some, now and then."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import BYTES, NEWEST, Block, Fold, History, Projection, last_row, metadata, place

# received: all that ever came, so that what ever left is received less balance; what one sends oneself does neither.
# is_first: the holder's first change of the property. These are a property's holders since ever, in an index of their
# own; no current table stands beside (docs/decisions/0017-holdings-are-the-last-changes.md).
holding_changes = sa.Table(
    "holding_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("holder", BYTES, nullable=False), *place(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("balance", sa.BigInteger, sa.CheckConstraint("balance >= 0"), nullable=False),
    sa.Column("received", sa.Numeric(40, 0), nullable=False),
    sa.Column("is_first", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("holder", "property_id", "block_number", "log_index", "position"),
    sa.Index("holding_changes_by_block", "block_number"),
    sa.Index("holders_by_property", "property_id", postgresql_where=sa.text("is_first")),
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

# A transfer touches two holders: the sender's change stands before the receiver's. Balances run on from the last row
# of the table, as it was before this batch; nobody's own balance is kept, since creation is a transfer from nobody.
# Sorted first, then looked up: neighbours in the key are found on the same page.
MOVEMENTS = """
SELECT m.property_id, m.holder, m.block_number, m.log_index, m.position, m.change,
       coalesce(h.balance, 0) + m.moved, coalesce(h.received, 0) + m.gained, h.balance IS NULL AND m.nth = 1
FROM (SELECT m.*, sum(m.change) OVER w AS moved, sum(m.gain) OVER w AS gained, row_number() OVER w AS nth
      FROM (SELECT property_id, sender AS holder, block_number, log_index, 2 * position AS position, -amount AS change,
                   0 AS gain
            FROM event WHERE sender <> decode(repeat('00', 20), 'hex')
            UNION ALL
            SELECT property_id, receiver, block_number, log_index, 2 * position + 1, amount,
                   CASE WHEN sender = receiver THEN 0 ELSE amount END
            FROM event WHERE receiver <> decode(repeat('00', 20), 'hex')) m
      WINDOW w AS (PARTITION BY m.holder, m.property_id ORDER BY m.block_number, m.log_index, m.position)
      OFFSET 0) m
LEFT JOIN LATERAL (
    SELECT balance, received FROM holding_changes h WHERE h.holder = m.holder AND h.property_id = m.property_id
    ORDER BY h.block_number DESC, h.log_index DESC, h.position DESC LIMIT 1) h ON true
"""

LOCKED = """
SELECT e.property_id, e.holder, e.block_number, e.log_index, e.change,
       sum(e.change) OVER (PARTITION BY e.holder, e.property_id ORDER BY e.block_number, e.log_index) + coalesce(
           (SELECT l.locked FROM lock_changes l WHERE l.holder = e.holder AND l.property_id = e.property_id
            ORDER BY l.block_number DESC, l.log_index DESC LIMIT 1), 0)
FROM event e
"""

# A row for each block after which more or fewer wallets hold some of a property than before it; its place is that of
# the last who came or went.
holder_counts = sa.Table(
    "holder_counts", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("change", sa.Integer, nullable=False),
    sa.Column("holders_count", sa.Integer, sa.CheckConstraint("holders_count >= 0"), nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("holder_counts_by_block", "block_number"),
)  # fmt: skip

# A batch holds whole blocks, so the rows of its blocks are those of its transfers. Looked up block by block: joined,
# all changes there ever were would be read. Counts run on from the last row, looked up once for each property.
COUNTED = """
WITH counted AS (
    SELECT h.property_id, b.block_number, max(h.log_index) AS log_index, sum(h.change) AS change
    FROM (SELECT DISTINCT block_number FROM event) b CROSS JOIN LATERAL (
        SELECT property_id, log_index, (balance > 0)::integer - (balance > change)::integer AS change
        FROM holding_changes h
        WHERE h.block_number = b.block_number AND (balance > 0) <> (balance > change) OFFSET 0) h
    GROUP BY h.property_id, b.block_number HAVING sum(h.change) <> 0
)
SELECT c.property_id, c.block_number, c.log_index, c.change, coalesce(l.holders_count, 0) + sum(c.change) OVER (
           PARTITION BY c.property_id ORDER BY c.block_number)
FROM counted c LEFT JOIN (
    SELECT k.property_id, (SELECT l.holders_count FROM holder_counts l WHERE l.property_id = k.property_id
                           ORDER BY l.block_number DESC LIMIT 1) AS holders_count
    FROM (SELECT DISTINCT property_id FROM counted) k OFFSET 0) l USING (property_id)
"""

Holder = bytes | sa.ColumnElement[bytes]
"""A wallet, or a parameter that stands for one."""

HOLDINGS = Projection(
    "holdings",
    [
        History(holding_changes, [Fold(events.Transfer, MOVEMENTS)]),
        History(lock_changes, [Fold(events.LockChanged, LOCKED)]),
        History(holder_counts, [Fold(events.Transfer, COUNTED)]),
    ],
)


def holdings_at(
    at_block: Block,
    holder: bytes | None = None,
    property_id: int | None = None,
    after: tuple[int, int, bytes] | None = None,
    limit: int | None = None,
) -> sa.Select[tuple[object, ...]]:
    """Holdings above zero as of a block: of one holder, of one property, or of both. With what is locked.

    By property, the largest first, then by holder. after: property, balance and holder of the last of the page before.
    """
    held = last_changes(ever_held(holder, property_id), at_block)
    wanted = [held.c.balance > 0]
    if after is not None:
        order = sa.tuple_(held.c.property_id, -held.c.balance, held.c.holder)
        wanted.append(order > sa.tuple_(after[0], -after[1], sa.literal(after[2], BYTES)))
    return _with_locked(held, at_block).where(*wanted).limit(limit)


def holders_count_at(at_block: Block, property_id: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """How many wallets hold some of a property as of a block; NULL where nobody ever did."""
    rows = holder_counts
    last = last_row(rows, at_block, rows.c.property_id == property_id)
    return last.with_only_columns(rows.c.holders_count).scalar_subquery()


def holdings_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Holdings that a block above `since` changed, with what they are now; those that fell to zero too."""
    keys = sa.union(
        *(
            sa.select(rows.c.property_id, rows.c.holder).where(rows.c.block_number > since)
            for rows in (holding_changes, lock_changes)
        )
    )
    return _with_locked(last_changes(keys, NEWEST), NEWEST)


def ever_held(holder: Holder | None, property_id: int | None) -> sa.Select[int, bytes]:
    """property_id and holder of all that a holder ever had fractions of, or of all who ever had them of a property."""
    rows = holding_changes
    if holder is None:
        firsts = sa.select(rows.c.property_id, rows.c.holder).where(rows.c.is_first)
        return firsts if property_id is None else firsts.where(rows.c.property_id == property_id)
    wallet = (sa.literal(holder, BYTES) if isinstance(holder, bytes) else holder).label("holder")
    if property_id is None:
        return sa.select(_properties_of(holder).c.property_id, wallet)
    one = sa.exists().where(rows.c.holder == holder, rows.c.property_id == property_id)
    return sa.select(sa.literal(property_id, sa.BigInteger).label("property_id"), wallet).where(one)


def last_changes(keys: sa.SelectBase, at_block: Block) -> sa.Subquery:
    """The last row of holding_changes at or below a block, for each property and holder that is selected."""
    rows, key = holding_changes, keys.subquery("key")
    same = (rows.c.holder == key.c.holder, rows.c.property_id == key.c.property_id)
    last = last_row(rows, at_block, *same).lateral("last")
    return sa.select(last).select_from(key.join(last, sa.true())).subquery("held")


def _properties_of(holder: Holder) -> sa.CTE:
    """Those that a holder ever had fractions of, each found from the one before it: reads no change twice, nor all."""
    rows = holding_changes
    lowest = sa.select(rows.c.property_id).where(rows.c.holder == holder).order_by(rows.c.property_id).limit(1)
    found = sa.select(lowest.subquery("lowest").c.property_id).cte(recursive=True)
    higher = lowest.where(rows.c.property_id > found.c.property_id).lateral("higher")
    return found.union_all(sa.select(higher.c.property_id).select_from(found.join(higher, sa.true())))


def _with_locked(held: sa.Subquery, at_block: Block) -> sa.Select[tuple[object, ...]]:
    rows = lock_changes
    same = (rows.c.holder == held.c.holder, rows.c.property_id == held.c.property_id)
    locked = last_row(rows, at_block, *same).with_only_columns(rows.c.locked).scalar_subquery()
    columns = (held.c[name] for name in ("property_id", "holder", "block_number", "log_index", "balance"))
    return sa.select(*columns, sa.func.coalesce(locked, 0).label("locked")).order_by(
        held.c.property_id, held.c.balance.desc(), held.c.holder
    )
