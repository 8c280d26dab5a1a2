"""Postings: the double-entry ledger. Each row debits one account and credits another with one amount."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import AMOUNT, BYTES, Block, Fold, History, Projection, metadata, place

postings = sa.Table(
    "postings", metadata, *place(),
    sa.Column("debit_account", BYTES, nullable=False),
    sa.Column("credit_account", BYTES, nullable=False),
    sa.Column("amount", AMOUNT, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("request_id", BYTES, nullable=False),
    sa.Column("reference", BYTES, nullable=False),
    sa.Column("debit_balance", AMOUNT, nullable=False),
    sa.Column("credit_balance", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("block_number", "log_index"),
    sa.Index("postings_by_debit_account", "debit_account", "block_number", "log_index"),
    sa.Index("postings_by_credit_account", "credit_account", "block_number", "log_index"),
    sa.Index("postings_by_request", "request_id", postgresql_where=sa.text("get_byte(request_id, 0) <> 0")),
)  # fmt: skip

POSTINGS = Projection(
    "postings",
    [
        History(
            postings,
            [
                Fold(
                    events.Posting,
                    "SELECT block_number, log_index, debit_account, credit_account, amount, kind, request_id, "
                    "reference, debit_balance, credit_balance FROM event",
                )
            ],
        )
    ],
)

PLACE = (postings.c.block_number, postings.c.log_index)


def postings_of(
    account_low: bytes, account_high: bytes, at_block: Block, before: tuple[int, int] | None, limit: int
) -> sa.Select[tuple[object, ...]]:
    """Postings that debit or credit an account between the two ids, newest first, at or below a block.

    before: (block number, log index) of the last row of the page before. Each side is read from its
    own index, newest first, so a page costs the same at any depth.
    """
    sides = [
        _newest(side.between(account_low, account_high), at_block, before, limit)
        for side in (postings.c.debit_account, postings.c.credit_account)
    ]
    both = sa.union(*(side.subquery().select() for side in sides)).subquery()
    return both.select().order_by(both.c.block_number.desc(), both.c.log_index.desc()).limit(limit)


def all_postings(at_block: Block, before: tuple[int, int] | None, limit: int) -> sa.Select[tuple[object, ...]]:
    """The whole ledger, newest first, at or below a block."""
    return _newest(sa.true(), at_block, before, limit)


def _newest(
    condition: sa.ColumnElement[bool], at_block: Block, before: tuple[int, int] | None, limit: int
) -> sa.Select[tuple[object, ...]]:
    select = postings.select().where(condition, postings.c.block_number <= at_block)
    if before:
        select = select.where(sa.tuple_(*PLACE) < sa.tuple_(*before))
    return select.order_by(*(column.desc() for column in PLACE)).limit(limit)
