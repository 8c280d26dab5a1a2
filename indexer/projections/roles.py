"""Roles: who holds which role of which contract, and which contracts are paused, now and then."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import (
    BYTES,
    Block,
    Fold,
    History,
    Projection,
    before_place,
    last_rows,
    metadata,
    newest_first,
    place,
)

role_changes = sa.Table(
    "role_changes", metadata,
    sa.Column("contract", BYTES, nullable=False),
    sa.Column("role", BYTES, nullable=False),
    sa.Column("account", BYTES, nullable=False), *place(),
    sa.Column("sender", BYTES, nullable=False),
    sa.Column("held", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("contract", "role", "account", "block_number", "log_index"),
    sa.Index("role_changes_by_block", "block_number", "log_index"),
)  # fmt: skip

pause_changes = sa.Table(
    "pause_changes", metadata,
    sa.Column("contract", BYTES, nullable=False), *place(),
    sa.Column("account", BYTES, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("contract", "block_number", "log_index"),
    sa.Index("pause_changes_by_block", "block_number"),
)  # fmt: skip

ROLE = "SELECT contract, role, account, block_number, log_index, sender, held FROM event"
PAUSE = "SELECT contract, block_number, log_index, account, paused FROM event"

ROLES = Projection(
    "roles",
    [
        History(role_changes, [Fold(events.RoleChanged, ROLE)]),
        History(pause_changes, [Fold(events.PauseChanged, PAUSE)]),
    ],
)


def roles_at(
    at_block: Block, contract: bytes | None = None, account: bytes | None = None
) -> sa.Select[tuple[object, ...]]:
    """Roles that are held as of a block, by contract, role and account; `sender` granted them at that place."""
    last = last_rows(role_changes, at_block, ["contract", "role", "account"])
    if contract is not None:
        last = last.where(role_changes.c.contract == contract)
    if account is not None:
        last = last.where(role_changes.c.account == account)
    found = last.subquery("last")
    return found.select().where(found.c.held).order_by(found.c.contract, found.c.role, found.c.account)


def role_history(at_block: Block, before: tuple[int, int] | None, limit: int) -> sa.Select[tuple[object, ...]]:
    """Every grant and every loss, newest first. before: block number and log index of the page before's last row."""
    rows = role_changes
    return (
        rows.select()
        .where(rows.c.block_number <= at_block, before_place(rows, before))
        .order_by(*newest_first(rows))
        .limit(limit)
    )


def pauses_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Contracts that were ever paused, and whether they are as of a block; `account` did it."""
    return last_rows(pause_changes, at_block, ["contract"])
