"""Properties: what is listed, whose it is, how many fractions it has, which metadata is bound to it, if it ended."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import (
    BYTES,
    Block,
    Fold,
    History,
    Projection,
    last_row,
    last_rows,
    metadata,
    newest_first,
    place,
)

NOBODY = bytes(20)

properties = sa.Table(
    "properties", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("issuer", BYTES, nullable=False),
    sa.Column("supply_cap", sa.BigInteger, nullable=False),
    sa.Column("registry_list", sa.BigInteger, nullable=False),
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
    sa.Index("property_metadata_by_hash", "content_hash"),
)  # fmt: skip

issuers = sa.Table(
    "issuers", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("issuer", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("issuers_by_block", "block_number"),
)  # fmt: skip

# Address 0 takes a proposal back; who accepts it leaves none.
issuer_proposals = sa.Table(
    "issuer_proposals", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("issuer", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("issuer_proposals_by_block", "block_number"),
)  # fmt: skip

property_ends = sa.Table(
    "property_ends", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("property_ends_by_block", "block_number"),
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

# What was sold counts from the sale on, collected or not. Sums run on from the last row of the table, as it was before
# this batch, looked up once for each property.
SUPPLIED = """
SELECT e.property_id, e.block_number, e.log_index, e.position, e.change, coalesce(s.supply, 0) + sum(e.change) OVER (
           PARTITION BY e.property_id ORDER BY e.block_number, e.log_index, e.position)
FROM event e LEFT JOIN (
    SELECT k.property_id, (SELECT s.supply FROM supply_changes s WHERE s.property_id = k.property_id
                           ORDER BY s.block_number DESC, s.log_index DESC, s.position DESC LIMIT 1) AS supply
    FROM (SELECT DISTINCT property_id FROM event) k OFFSET 0) s USING (property_id)
"""

LISTED = "SELECT property_id, block_number, log_index, issuer, supply_cap, registry_list, name, name_raw FROM event"
BOUND = "SELECT property_id, block_number, log_index, version, content_hash, uri, uri_raw FROM event"
ISSUER = "SELECT property_id, block_number, log_index, issuer FROM event"
NO_PROPOSAL = "SELECT property_id, block_number, log_index, decode(repeat('00', 20), 'hex') FROM event"
ENDED = "SELECT property_id, block_number, log_index FROM event"

PROPERTIES = Projection(
    "properties",
    [
        History(properties, [Fold(events.PropertyListed, LISTED)]),
        History(issuers, [Fold(events.PropertyListed, ISSUER), Fold(events.IssuerChanged, ISSUER)]),
        History(issuer_proposals, [Fold(events.IssuerProposed, ISSUER), Fold(events.IssuerChanged, NO_PROPOSAL)]),
        History(property_metadata, [Fold(events.MetadataSet, BOUND)]),
        History(property_ends, [Fold(events.PropertyEnded, ENDED)]),
        History(supply_changes, [Fold(events.SupplyChanged, SUPPLIED)]),
    ],
)


def properties_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """Listed properties as of a block, by id; each with its supply; how many hold it is elsewhere.

    issuer is the one as of the block; proposed_issuer is NULL where nobody is proposed, ended_block and
    ended_log_index where it has not ended.
    """
    bound, issuer, proposal, ended = (
        last_rows(rows, at_block, ["property_id"]).subquery(name)
        for rows, name in (
            (property_metadata, "bound"), (issuers, "issued"), (issuer_proposals, "proposed"), (property_ends, "ended"),
        )
    )  # fmt: skip
    listed, supplies = properties.c, supply_changes.c
    supply = last_row(supply_changes, at_block, supplies.property_id == listed.property_id).lateral("supply")
    select = (
        sa.select(
            listed.property_id, issuer.c.issuer, sa.func.nullif(proposal.c.issuer, NOBODY).label("proposed_issuer"),
            listed.name, listed.supply_cap, sa.func.coalesce(supply.c.supply, 0).label("supply"),
            listed.registry_list,
            bound.c.version.label("metadata_version"), bound.c.content_hash, bound.c.uri,
            ended.c.block_number.label("ended_block"), ended.c.log_index.label("ended_log_index"),
            listed.block_number, listed.log_index,
        )
        .join(issuer, issuer.c.property_id == listed.property_id)
        .outerjoin(proposal, proposal.c.property_id == listed.property_id)
        .outerjoin(bound, bound.c.property_id == listed.property_id)
        .outerjoin(supply, sa.true())
        .outerjoin(ended, ended.c.property_id == listed.property_id)
        .where(listed.block_number <= at_block)
        .order_by(listed.property_id)
    )  # fmt: skip
    return select if property_id is None else select.where(listed.property_id == property_id)


def issuers_of(property_id: int, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Who was the issuer of a property from when on, newest first."""
    return (
        issuers.select()
        .where(issuers.c.property_id == property_id, issuers.c.block_number <= at_block)
        .order_by(*newest_first(issuers))
    )


def metadata_of(property_id: int, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Every version of a property's metadata, newest first."""
    rows = property_metadata
    return (
        rows.select()
        .where(rows.c.property_id == property_id, rows.c.block_number <= at_block)
        .order_by(*newest_first(rows))
    )


def metadata_naming(content_hash: bytes, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Versions of metadata that bind this hash, newest first. Columns as those of documents_naming."""
    rows = property_metadata
    return (
        sa.select(
            rows.c.property_id, rows.c.block_number, rows.c.log_index, sa.null().cast(sa.Text).label("name"),
            rows.c.version, rows.c.content_hash, rows.c.uri,
        )
        .where(rows.c.content_hash == content_hash, rows.c.block_number <= at_block)
        .order_by(*newest_first(rows))
    )  # fmt: skip
