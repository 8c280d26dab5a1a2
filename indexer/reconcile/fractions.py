"""What the token and the offering say: balances, locks, supply, what is listed, bound, offered and subscribed."""

import sqlalchemy as sa

from indexer.chain import BlockNumber
from indexer.projections.documents import documents_at
from indexer.projections.history import last_rows
from indexer.projections.holdings import holding_changes, lock_changes
from indexer.projections.offerings import offerings_at, subscriptions_at, uncollected_at
from indexer.projections.orders import ASK, orders_at
from indexer.projections.properties import NOBODY, properties, properties_at
from indexer.reconcile.check import Check, Fact, Row, View, column, columns, selected

BALANCES_TOGETHER = 100
"""The contract takes up to 128."""
OFFERING_STATUS = {"cancelled": 0, "open": 1, "settled": 2, "failed": 3}
TERMS = ("price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "minimum", "maximum")


def balances_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """Of everybody who ever held fractions, those that fell to zero too."""
    return last_rows(holding_changes, number, ["holder", "property_id"])


def locks_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """What is locked of a holding, and what remains of the open asks of its holder."""
    locked = last_rows(lock_changes, number, ["holder", "property_id"]).subquery("locks")
    resting = orders_at(number, status="open").order_by(None).subquery("resting")
    asks = (
        sa.select(resting.c.property_id, resting.c.owner, sa.func.sum(resting.c.remaining).label("asked"))
        .where(resting.c.side == ASK)
        .group_by(resting.c.property_id, resting.c.owner)
        .subquery("asks")
    )
    same = sa.and_(asks.c.property_id == locked.c.property_id, asks.c.owner == locked.c.holder)
    return sa.select(
        sa.func.coalesce(locked.c.property_id, asks.c.property_id).label("property_id"),
        sa.func.coalesce(locked.c.holder, asks.c.owner).label("holder"),
        sa.func.coalesce(locked.c.locked, 0).label("locked"),
        sa.func.coalesce(asks.c.asked, 0).label("asked"),
    ).select_from(locked.join(asks, same, full=True))


def supplies_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    """The supply of each property, and what its holders hold and its subscribers have not collected."""
    listed = properties_at(number).order_by(None).subquery("listed")
    balances = balances_at(number).subquery("balances")
    held = (
        sa.select(balances.c.property_id, sa.func.sum(balances.c.balance).label("held"))
        .group_by(balances.c.property_id)
        .subquery("held")
    )
    sold = uncollected_at(number).subquery("sold")
    total = sa.func.coalesce(held.c.held, 0) + sa.func.coalesce(sold.c.uncollected, 0)
    return (
        sa.select(listed.c.property_id, listed.c.supply, total.label("held"))
        .outerjoin(held, held.c.property_id == listed.c.property_id)
        .outerjoin(sold, sold.c.property_id == listed.c.property_id)
    )


def listed_at(number: BlockNumber) -> sa.Select[tuple[object, ...]]:
    return properties_at(number).add_columns(properties.c.name_raw)


def of_offering(name: str) -> Fact:
    """A term, or zero once the offering was cancelled."""
    return Fact(name, (0, 3, TERMS.index(name)), lambda row: 0 if row["status"] == "cancelled" else row[name])


def owing(row: Row) -> int:
    """What a wallet subscribed to and neither collected nor was refunded."""
    return int(row["subscription"]) if row["state"] in ("open", "settled", "failed") else 0


CHECKS = (
    Check(
        "balances",
        View("fraction_token", "balanceOfBatch(address[],uint256[])", ["uint256[]"]),
        ("holder", "property_id"), selected(balances_at), columns("holder", "property_id"),
        [Fact("balance", (0,), column("balance"))],
        together=BALANCES_TOGETHER,
    ),
    Check(
        "locks",
        View("fraction_token", "locked_of(address,uint256)", ["uint256"]),
        ("property_id", "holder"), selected(locks_at), columns("holder", "property_id"),
        [Fact("locked", (0,), column("locked")), Fact("open asks", (0,), column("asked"))],
    ),
    Check(
        "supply",
        View("fraction_token", "totalSupply(uint256)", ["uint256"]),
        ("property_id",), selected(supplies_at), columns("property_id"),
        [Fact("supply", (0,), column("supply")), Fact("held and uncollected", (0,), column("held"))],
    ),
    Check(
        "properties",
        View(
            "fraction_token", "property_of(uint256)",
            ["(address,address,uint256,uint256,uint256,bool,string,(uint256,bytes32,string))"],
        ),
        ("property_id",), selected(listed_at), columns("property_id"),
        [
            Fact("issuer", (0, 0), column("issuer")),
            Fact("proposed issuer", (0, 1), lambda row: row["proposed_issuer"] or NOBODY),
            Fact("supply cap", (0, 2), column("supply_cap")),
            Fact("registry list", (0, 4), column("registry_list")),
            Fact("has ended", (0, 5), lambda row: row["ended_block"] is not None),
            Fact("name", (0, 6), column("name_raw")),
            Fact("metadata version", (0, 7, 0), column("metadata_version")),
            Fact("content hash", (0, 7, 1), column("content_hash")),
        ],
    ),
    Check(
        "documents",
        View("fraction_token", "document_of(uint256,string)", ["(uint256,bytes32,string)"]),
        ("property_id", "name_raw"), selected(documents_at), columns("property_id", "name_raw"),
        [Fact("version", (0, 0), column("version")), Fact("content hash", (0, 1), column("content_hash"))],
    ),
    Check(
        "offerings",
        View(
            "primary_offering", "offering_of(uint256)", [f"(uint256,uint256,uint256,({','.join(8 * ['uint256'])}))"]
        ),
        ("property_id",), selected(offerings_at), columns("property_id"),
        [
            Fact("status", (0, 0), lambda row: OFFERING_STATUS[row["status"]]),
            Fact("subscribed", (0, 1), column("subscribed")),
            *map(of_offering, TERMS),
        ],
    ),
    Check(
        "subscriptions",
        View("primary_offering", "subscription_of(uint256,address)", ["uint256"]),
        ("property_id", "subscriber"), selected(subscriptions_at), columns("property_id", "subscriber"),
        [Fact("subscription", (0,), owing)],
    ),
)  # fmt: skip
