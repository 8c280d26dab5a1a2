"""Burnt keys: idempotency keys that their owner made void."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import BYTES, Block, Fold, History, Projection, metadata, newest_first, place

burnt_keys = sa.Table(
    "burnt_keys", metadata,
    sa.Column("owner", BYTES, nullable=False), *place(),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("key", BYTES, nullable=False),
    sa.Column("request_id", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("owner", "block_number", "log_index"),
    sa.Index("burnt_keys_by_block", "block_number"),
    sa.Index("burnt_keys_by_request", "request_id"),
)  # fmt: skip

BURNT = "SELECT owner, block_number, log_index, kind, key, request_id FROM event"

KEYS = Projection("keys", [History(burnt_keys, [Fold(events.KeyBurnt, BURNT)])])


def burnt_keys_at(
    at_block: Block, owner: bytes | None = None, request_id: bytes | None = None
) -> sa.Select[tuple[object, ...]]:
    """Keys that are void as of a block, newest first: of one owner, or the one of a request."""
    rows = burnt_keys
    wanted: list[sa.ColumnElement[bool]] = [rows.c.block_number <= at_block]
    if owner is not None:
        wanted.append(rows.c.owner == owner)
    if request_id is not None:
        wanted.append(rows.c.request_id == request_id)
    return rows.select().where(*wanted).order_by(*newest_first(rows))
