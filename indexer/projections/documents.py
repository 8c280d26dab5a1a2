"""Documents: what an issuer bound to a property under a name, every version of it, and which documents bind a hash."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import (
    BYTES,
    Block,
    Fold,
    History,
    Projection,
    last_rows,
    metadata,
    newest_first,
    place,
)

documents = sa.Table(
    "documents", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_raw", BYTES, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", BYTES, nullable=False),
    sa.Column("uri", sa.Text, nullable=False),
    sa.Column("uri_raw", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "name_raw", "block_number", "log_index"),
    sa.Index("documents_by_block", "block_number"),
    sa.Index("documents_by_hash", "content_hash"),
)  # fmt: skip

BOUND = "SELECT property_id, block_number, log_index, name, name_raw, version, content_hash, uri, uri_raw FROM event"

DOCUMENTS = Projection("documents", [History(documents, [Fold(events.DocumentSet, BOUND)])])


def documents_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """The newest version of every named document as of a block, by property and name."""
    select = last_rows(documents, at_block, ["property_id", "name_raw"])
    return select if property_id is None else select.where(documents.c.property_id == property_id)


def documents_of(property_id: int, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Every version of every named document of a property, by name, the newest first."""
    rows = documents
    return (
        rows.select()
        .where(rows.c.property_id == property_id, rows.c.block_number <= at_block)
        .order_by(rows.c.name_raw, *newest_first(rows))
    )


def document_counts_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """How many named documents a property has as of a block, versions aside; none has no row."""
    rows = documents
    count = sa.func.count(rows.c.name_raw.distinct()).label("documents_count")
    return sa.select(rows.c.property_id, count).where(rows.c.block_number <= at_block).group_by(rows.c.property_id)


def document_versions(property_id: int, name: bytes, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Every version of one document, newest first. name: its bytes, UTF-8 or not."""
    rows = documents
    return (
        rows.select()
        .where(rows.c.property_id == property_id, rows.c.name_raw == name, rows.c.block_number <= at_block)
        .order_by(*newest_first(rows))
    )


def documents_naming(content_hash: bytes, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Versions of documents that bind this hash, newest first. Metadata is elsewhere: metadata_naming."""
    rows = documents
    return (
        sa.select(
            rows.c.property_id, rows.c.block_number, rows.c.log_index, rows.c.name, rows.c.version,
            rows.c.content_hash, rows.c.uri,
        )
        .where(rows.c.content_hash == content_hash, rows.c.block_number <= at_block)
        .order_by(*newest_first(rows))
    )  # fmt: skip


def documents_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Versions that were bound above block `since`, in chain order."""
    rows = documents
    return rows.select().where(rows.c.block_number > since).order_by(rows.c.block_number, rows.c.log_index)
