"""Rent: what was declared for a property, what was released to its holders, what they claimed.

What a release gave a holder also depends on holdings and offerings; see indexer/entitlements.py.
"""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import (
    AMOUNT,
    BYTES,
    NEWEST,
    Block,
    Fold,
    History,
    Projection,
    before_place,
    metadata,
    newest_first,
    place,
)

FINAL_PERIOD = 0

rent_declarations = sa.Table(
    "rent_declarations", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("period", sa.BigInteger, nullable=False), *place(),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("release_time", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "period", "block_number", "log_index"),
    sa.Index("rent_declarations_by_block", "block_number"),
)  # fmt: skip

# `rent_index` is what one fraction has earned since the listing, scaled by 2^48, and `index_change` what this
# release added to it; `remainder`, scaled too, is carried to the next release.
rent_releases = sa.Table(
    "rent_releases", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("period", sa.BigInteger, nullable=False), *place(),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("index_change", AMOUNT, nullable=False),
    sa.Column("rent_index", AMOUNT, nullable=False),
    sa.Column("remainder", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("rent_releases_by_block", "block_number"),
)  # fmt: skip

# `claimed` is the sum of the holder's claims with this one; `owed`, scaled, is less than a unit.
rent_claims = sa.Table(
    "rent_claims", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("holder", BYTES, nullable=False), *place(),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("claimed", AMOUNT, nullable=False),
    sa.Column("owed", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("holder", "property_id", "block_number", "log_index"),
    sa.Index("rent_claims_by_block", "block_number", "log_index"),
    sa.Index("rent_claims_by_property", "property_id", "block_number", "log_index"),
)  # fmt: skip

DECLARED = "SELECT property_id, period, block_number, log_index, amount, release_time FROM event"

# Values run on from the last row of the table, as it was before this batch.
RELEASED = """
SELECT e.property_id, e.period, e.block_number, e.log_index, e.amount,
       e.rent_index - coalesce(
           lag(e.rent_index) OVER (PARTITION BY e.property_id ORDER BY e.block_number, e.log_index),
           (SELECT r.rent_index FROM rent_releases r WHERE r.property_id = e.property_id
            ORDER BY r.block_number DESC, r.log_index DESC LIMIT 1),
           0),
       e.rent_index, e.remainder
FROM event e
"""
CLAIMED = """
SELECT e.property_id, e.holder, e.block_number, e.log_index, e.amount,
       sum(e.amount) OVER (PARTITION BY e.holder, e.property_id ORDER BY e.block_number, e.log_index) + coalesce(
           (SELECT c.claimed FROM rent_claims c WHERE c.holder = e.holder AND c.property_id = e.property_id
            ORDER BY c.block_number DESC, c.log_index DESC LIMIT 1), 0),
       e.owed
FROM event e
"""

RENT = Projection(
    "rent",
    [
        History(rent_declarations, [Fold(events.RentDeclared, DECLARED)]),
        History(rent_releases, [Fold(events.RentReleased, RELEASED)]),
        History(rent_claims, [Fold(events.RentClaimed, CLAIMED)]),
    ],
)


def rents_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """Rents declared up to a block, by property and in chain order; period 0 is the final distribution.

    What begins with released_ is NULL until the release, and so are index_change and rent_index.
    """
    declared, released = rent_declarations, rent_releases
    same = sa.and_(
        released.c.property_id == declared.c.property_id,
        released.c.period == declared.c.period,
        released.c.block_number <= at_block,
    )
    select = (
        sa.select(
            declared, released.c.index_change, released.c.rent_index,
            released.c.block_number.label("released_block"), released.c.log_index.label("released_log_index"),
        )
        .outerjoin(released, same)
        .where(declared.c.block_number <= at_block)
        .order_by(declared.c.property_id, declared.c.block_number, declared.c.log_index)
    )  # fmt: skip
    return select if property_id is None else select.where(declared.c.property_id == property_id)


def final_rents_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Properties whose final distribution is declared as of a block: they come to their end."""
    rows = rent_declarations
    return sa.select(rows.c.property_id).where(rows.c.period == FINAL_PERIOD, rows.c.block_number <= at_block)


def rents_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Rents that were declared or released above block `since`, as they are now."""
    changed = sa.union(
        *(
            sa.select(rows.c.property_id, rows.c.period).where(rows.c.block_number > since)
            for rows in (rent_declarations, rent_releases)
        )
    ).subquery("changed")
    keys = sa.tuple_(rent_declarations.c.property_id, rent_declarations.c.period)
    return rents_at(NEWEST).where(keys.in_(changed.select()))


def rent_claims_at(
    at_block: Block,
    holder: bytes | None,
    property_id: int | None,
    before: tuple[int, int] | None,
    limit: int,
) -> sa.Select[tuple[object, ...]]:
    """Claims, newest first: of one holder, of one property, of both or of all.

    before: block number and log index of the last row of the page before.
    """
    rows = rent_claims
    wanted = [rows.c.block_number <= at_block, before_place(rows, before)]
    if holder is not None:
        wanted.append(rows.c.holder == holder)
    if property_id is not None:
        wanted.append(rows.c.property_id == property_id)
    return rows.select().where(*wanted).order_by(*newest_first(rows)).limit(limit)


def rent_claims_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Claims that were made above block `since`, in chain order."""
    rows = rent_claims
    return rows.select().where(rows.c.block_number > since).order_by(rows.c.block_number, rows.c.log_index)
