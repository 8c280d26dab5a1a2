"""Registry: lists of investors, who keeps them, and what they say of a wallet, now and then."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import (
    AMOUNT,
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

registry_lists = sa.Table(
    "registry_lists", metadata,
    sa.Column("registry_list", sa.BigInteger, nullable=False), *place(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_raw", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("registry_list", "block_number", "log_index"),
    sa.Index("registry_lists_by_block", "block_number"),
)  # fmt: skip

registrars = sa.Table(
    "registrars", metadata,
    sa.Column("registry_list", sa.BigInteger, nullable=False), *place(),
    sa.Column("registrar", BYTES, nullable=False),
    sa.PrimaryKeyConstraint("registry_list", "block_number", "log_index"),
    sa.Index("registrars_by_block", "block_number"),
)  # fmt: skip

registry_entries = sa.Table(
    "registry_entries", metadata,
    sa.Column("registry_list", sa.BigInteger, nullable=False),
    sa.Column("wallet", BYTES, nullable=False), *place(),
    sa.Column("investor_id", AMOUNT, nullable=False),
    sa.Column("expiry", AMOUNT, nullable=False),
    sa.Column("frozen", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("registry_list", "wallet", "block_number", "log_index"),
    sa.Index("registry_entries_by_block", "block_number"),
    sa.Index("registry_entries_by_wallet", "wallet", "registry_list", "block_number", "log_index"),
)  # fmt: skip

CREATED = "SELECT registry_list, block_number, log_index, name, name_raw FROM event"
REGISTRAR = "SELECT registry_list, block_number, log_index, registrar FROM event"
ENTERED = "SELECT registry_list, wallet, block_number, log_index, investor_id, expiry, frozen FROM event"

REGISTRY = Projection(
    "registry",
    [
        History(registry_lists, [Fold(events.ListCreated, CREATED)]),
        History(registrars, [Fold(events.ListCreated, REGISTRAR), Fold(events.RegistrarChanged, REGISTRAR)]),
        History(registry_entries, [Fold(events.EntrySet, ENTERED)]),
    ],
)


def registry_lists_at(at_block: Block, registry_list: int | None = None) -> sa.Select[tuple[object, ...]]:
    """Lists as of a block, by number, each with its registrar; their place is that of their creation."""
    kept = last_rows(registrars, at_block, ["registry_list"]).subquery("kept")
    rows = registry_lists
    select = (
        sa.select(rows, kept.c.registrar)
        .join(kept, kept.c.registry_list == rows.c.registry_list)
        .where(rows.c.block_number <= at_block)
        .order_by(rows.c.registry_list)
    )
    return select if registry_list is None else select.where(rows.c.registry_list == registry_list)


def entries_at(
    at_block: Block, registry_list: int, after: bytes | None = None, limit: int | None = None
) -> sa.Select[tuple[object, ...]]:
    """What a list says of its wallets as of a block, by wallet. after: the last wallet of the page before."""
    select = last_rows(registry_entries, at_block, ["registry_list", "wallet"])
    select = select.where(registry_entries.c.registry_list == registry_list)
    if after is not None:
        select = select.where(registry_entries.c.wallet > after)
    return select.limit(limit)


def entries_of(wallet: bytes, at_block: Block, registry_list: int | None = None) -> sa.Select[tuple[object, ...]]:
    """What every list, or one, says of a wallet as of a block, by list. Expiry 0 took it off."""
    rows = registry_entries
    select = (
        rows.select()
        .distinct(rows.c.wallet, rows.c.registry_list)
        .where(rows.c.wallet == wallet, rows.c.block_number <= at_block)
        .order_by(rows.c.wallet, rows.c.registry_list, *newest_first(rows))
    )
    return select if registry_list is None else select.where(rows.c.registry_list == registry_list)


def entry_history(wallet: bytes, registry_list: int, at_block: Block) -> sa.Select[tuple[object, ...]]:
    """All that a list ever said of a wallet, newest first."""
    rows = registry_entries
    return (
        rows.select()
        .where(rows.c.registry_list == registry_list, rows.c.wallet == wallet, rows.c.block_number <= at_block)
        .order_by(*newest_first(rows))
    )
