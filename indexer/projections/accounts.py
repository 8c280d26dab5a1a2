"""Accounts: what each vault account holds, now and at any block. Balances are those that postings carry."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import AMOUNT, BYTES, SIGNED, Block, Fold, History, Projection, metadata, place

account_changes = sa.Table(
    "account_changes", metadata,
    sa.Column("account", BYTES, nullable=False), *place(),
    sa.Column("change", SIGNED, nullable=False),
    sa.Column("balance", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("account", "block_number", "log_index"),
    sa.Index("account_changes_by_block", "block_number"),
)  # fmt: skip

accounts = sa.Table(
    "accounts", metadata,
    sa.Column("account", BYTES, primary_key=True), *place(),
    sa.Column("balance", AMOUNT, nullable=False),
)  # fmt: skip

# A debit takes from an account, but adds to the outside account: the stablecoin that came in.
DEBIT_AND_CREDIT = """
SELECT debit_account, block_number, log_index,
       CASE WHEN debit_account = decode(repeat('00', 32), 'hex') THEN amount ELSE -amount END, debit_balance
FROM event
UNION ALL
SELECT credit_account, block_number, log_index,
       CASE WHEN credit_account = decode(repeat('00', 32), 'hex') THEN -amount ELSE amount END, credit_balance
FROM event
"""

ACCOUNTS = Projection(
    "accounts",
    [History(account_changes, [Fold(events.Posting, DEBIT_AND_CREDIT)], accounts, ["account"])],
)


def accounts_between(low: bytes, high: bytes, at_block: Block | None) -> sa.Select[tuple[object, ...]]:
    """Accounts with an id in the range, both ends included, by id: now, or as of a block."""
    if at_block is None:
        return accounts.select().where(accounts.c.account.between(low, high)).order_by(accounts.c.account)
    rows = account_changes
    return (
        sa.select(rows.c.account, rows.c.block_number, rows.c.log_index, rows.c.balance)
        .distinct(rows.c.account)
        .where(rows.c.account.between(low, high), rows.c.block_number <= at_block)
        .order_by(rows.c.account, rows.c.block_number.desc(), rows.c.log_index.desc())
    )


def accounts_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Accounts that a block above `since` changed, with what they hold now."""
    keys = sa.select(account_changes.c.account).distinct().where(account_changes.c.block_number > since)
    return accounts.select().where(accounts.c.account.in_(keys)).order_by(accounts.c.account)
