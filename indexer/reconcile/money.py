"""What the vault, the stablecoin, the rent and the treasury say."""

from collections.abc import Iterator

import sqlalchemy as sa

from indexer.chain import OUTSIDE_ACCOUNT, BlockNumber
from indexer.entitlements import rent_totals
from indexer.projections.accounts import account_changes
from indexer.projections.history import BYTES, last_rows
from indexer.projections.holdings import holding_changes
from indexer.projections.keys import burnt_keys
from indexer.projections.offerings import subscription_changes
from indexer.projections.properties import properties
from indexer.projections.rent import rent_declarations, rent_releases, rents_at
from indexer.projections.treasury import daily_limit_at, treasury_payments
from indexer.reconcile.check import Check, Fact, Key, Past, Row, View, column, columns, selected

OUTSIDE = bytes.fromhex(OUTSIDE_ACCOUNT[2:])
KIND_OF_ORDERS = 1
"""Keys of this kind are burnt at the marketplace, which does not say so in a view."""
BURNT = bytes(31) + b"\1"
BALANCE_OF = View("settlement_vault", "balance_of(uint256)", ["uint256"])


def accounts_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    return last_rows(account_changes, number, ["account"])


def number_of(row: Row) -> list[int]:
    return [int.from_bytes(row["account"], "big")]


def vault_total(past: Past, _: Key | None) -> Iterator[Row]:
    """What all accounts hold together, with the vault that holds the stablecoin for it."""
    last = accounts_at(past.number).subquery("last")
    total = sa.select(sa.func.coalesce(sa.func.sum(last.c.balance), 0).label("total")).where(last.c.account != OUTSIDE)
    for row in past.all_of(total):
        yield {**row, "account": OUTSIDE, "vault": past.addresses["settlement_vault"]}


def rent_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """Of each property: the rent index and what its division left, and what is declared and unreleased."""
    released = last_rows(rent_releases, number, ["property_id"]).subquery("released")
    done = rent_releases
    is_released = sa.exists().where(
        done.c.property_id == rent_declarations.c.property_id,
        done.c.period == rent_declarations.c.period,
        done.c.block_number <= number,
    )
    waiting = (
        sa.select(
            rent_declarations.c.property_id,
            sa.func.sum(rent_declarations.c.amount).label("amount"),
            sa.func.count().label("rents"),
        )
        .where(rent_declarations.c.block_number <= number, ~is_released)
        .group_by(rent_declarations.c.property_id)
        .subquery("waiting")
    )
    return (
        sa.select(
            properties.c.property_id,
            sa.func.coalesce(sa.cast(released.c.rent_index, sa.Numeric), 0).label("rent_index"),
            sa.func.coalesce(sa.cast(released.c.remainder, sa.Numeric), 0).label("remainder"),
            sa.func.coalesce(waiting.c.amount, 0).label("amount"),
            sa.func.coalesce(waiting.c.rents, 0).label("rents"),
        )
        .outerjoin(released, released.c.property_id == properties.c.property_id)
        .outerjoin(waiting, waiting.c.property_id == properties.c.property_id)
        .where(properties.c.block_number <= number)
    )


def claimable(past: Past, key: Key | None) -> Iterator[Row]:
    """What everybody could claim of every property in whose releases they had a part."""
    if key is not None:
        totals = rent_totals(key["holder"], past.number, key["property_id"])
        yield from ({**row, "holder": key["holder"]} for row in past.all_of(totals))
        return
    totals = rent_totals(sa.bindparam("holder", type_=BYTES), past.number)  # made once, for there are many holders
    for holder in past.rows(entitled_at(past.number), None):
        yield from ({**row, **holder} for row in past.all_of(totals, **holder))


def entitled_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """Who ever held fractions of a property that released rent, or subscribed to some."""
    released = sa.select(rent_releases.c.property_id).where(rent_releases.c.block_number <= number)
    held, subscribed = holding_changes.c, subscription_changes.c
    either = sa.union(
        sa.select(held.holder).where(held.is_first, held.block_number <= number, held.property_id.in_(released)),
        sa.select(subscribed.subscriber).where(subscribed.block_number <= number, subscribed.property_id.in_(released)),
    )
    return sa.select(either.subquery("entitled"))


def days_paid_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    return last_rows(treasury_payments, number, ["day"])


def burnt_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    return burnt_keys.select().where(burnt_keys.c.block_number <= number, burnt_keys.c.kind != KIND_OF_ORDERS)


CHECKS = (
    Check("accounts", BALANCE_OF, ("account",), selected(accounts_at), number_of,
          [Fact("balance", (0,), column("balance"))]),
    Check("sum of accounts", BALANCE_OF, (), vault_total, number_of, [Fact("total", (0,), column("total"))]),
    Check(
        "stablecoin of the vault",
        View("stablecoin", "balanceOf(address)", ["uint256"]),
        (), vault_total, columns("vault"),
        [Fact("at least the total", (0,), column("total"), at_least=True)],
    ),
    Check(
        "rent index",
        View("fraction_token", "rent_index_of(uint256)", ["uint256"]),
        ("property_id",), selected(rent_at), columns("property_id"),
        [Fact("rent index", (0,), column("rent_index"))],
    ),
    Check(
        "pending rent",
        View("fraction_token", "pending_rent_of(uint256)", ["uint256", "uint256", "uint256"]),
        ("property_id",), selected(rent_at), columns("property_id"),
        [Fact("amount", (0,), column("amount")), Fact("rents", (1,), column("rents")),
         Fact("remainder", (2,), column("remainder"))],
    ),
    Check(
        "rents",
        View("fraction_token", "rent_of(uint256,uint256)", ["(uint256,uint256,bool)"]),
        ("property_id", "period"), selected(rents_at), columns("property_id", "period"),
        [Fact("amount", (0, 0), column("amount")), Fact("release time", (0, 1), column("release_time")),
         Fact("released", (0, 2), lambda row: row["released_block"] is not None)],
    ),
    Check(
        "claimable rent",
        View("fraction_token", "claimable_rent(address,uint256)", ["uint256"]),
        ("property_id", "holder"), claimable, columns("holder", "property_id"),
        [Fact("claimable", (0,), column("claimable"))],
    ),
    Check(
        "daily limit", View("treasury", "daily_limit()", ["uint256"]), (), selected(daily_limit_at), columns(),
        [Fact("daily limit", (0,), column("daily_limit"))],
    ),
    Check(
        "paid in a day", View("treasury", "paid_on(uint256)", ["uint256"]), ("day",), selected(days_paid_at),
        columns("day"), [Fact("paid", (0,), column("paid_today"))],
    ),
    Check(
        "burnt keys",
        View("settlement_vault", "fingerprint_of(bytes32)", ["bytes32"]),
        ("request_id",), selected(burnt_at), columns("request_id"), [Fact("burnt", (0,), lambda _: BURNT)],
    ),
)  # fmt: skip
