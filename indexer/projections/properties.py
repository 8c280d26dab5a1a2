"""Properties: what is listed, by whom, how many fractions it has, and which metadata is bound to it."""

import sqlalchemy as sa

from indexer import chain
from indexer.projections.history import BYTES, Block, Fold, History, Projection, metadata, place

properties = sa.Table(
    "properties", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("issuer", BYTES, nullable=False),
    sa.Column("supply_cap", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_raw", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("properties_by_block", "block_number"),
)  # fmt: skip

property_metadata = sa.Table(
    "property_metadata", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", BYTES, nullable=False),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("uri_raw", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("property_metadata_by_block", "block_number"),
)  # fmt: skip

supply_changes = sa.Table(
    "supply_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("supply", sa.BigInteger, sa.CheckConstraint("supply >= 0"), nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index", "position"),
    sa.Index("supply_changes_by_block", "block_number"),
)  # fmt: skip

supplies = sa.Table(
    "supplies", metadata,
    sa.Column("property_id", sa.BigInteger, primary_key=True), *place(),
    sa.Column("supply", sa.BigInteger, nullable=False),
)  # fmt: skip

# Fractions are created by a transfer from nobody.
CREATED = """
SELECT e.property_id, e.block_number, e.log_index, e.position, e.amount,
       coalesce(s.supply, 0) + sum(e.amount) OVER (
           PARTITION BY e.property_id ORDER BY e.block_number, e.log_index, e.position)
FROM event e LEFT JOIN supplies s USING (property_id)
WHERE e.sender = decode(repeat('00', 20), 'hex')
"""

LISTED = "SELECT property_id, block_number, log_index, issuer, supply_cap, name, name_raw FROM event"
BOUND = "SELECT property_id, block_number, log_index, version, content_hash, uri, uri_raw FROM event"

PROPERTIES = Projection(
    "properties",
    [
        History(properties, [Fold(chain.PropertyListed, LISTED)]),
        History(property_metadata, [Fold(chain.MetadataSet, BOUND)]),
        History(supply_changes, [Fold(chain.Transfer, CREATED)], supplies, ["property_id"]),
    ],
)


def properties_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """Listed properties as of a block, by id; each with its supply, its holders' count is elsewhere."""
    bound = _last(property_metadata, at_block).subquery("bound")
    supply = _last(supply_changes, at_block).subquery("supplied")
    select = (
        sa.select(
            properties.c.property_id, properties.c.issuer, properties.c.name, properties.c.supply_cap,
            sa.func.coalesce(supply.c.supply, 0).label("supply"),
            bound.c.version.label("metadata_version"), bound.c.content_hash, bound.c.uri,
            properties.c.block_number, properties.c.log_index,
        )
        .outerjoin(bound, bound.c.property_id == properties.c.property_id)
        .outerjoin(supply, supply.c.property_id == properties.c.property_id)
        .where(properties.c.block_number <= at_block)
        .order_by(properties.c.property_id)
    )  # fmt: skip
    return select if property_id is None else select.where(properties.c.property_id == property_id)


def _last(rows: sa.Table, at_block: Block) -> sa.Select[tuple[object, ...]]:
    newest = [column.desc() for column in rows.primary_key.columns if column.name != "property_id"]
    return (
        rows.select()
        .distinct(rows.c.property_id)
        .where(rows.c.block_number <= at_block)
        .order_by(rows.c.property_id, *newest)
    )
