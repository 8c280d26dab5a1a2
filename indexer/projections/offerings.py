"""Offerings: the terms of first sales and how they stand, who subscribed to what, and what came of it."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import (
    AMOUNT,
    BYTES,
    NEWEST,
    Block,
    Fold,
    History,
    Projection,
    last_row,
    last_rows,
    metadata,
    place,
)

offering_terms = sa.Table(
    "offering_terms", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("issuer", BYTES, nullable=False),
    sa.Column("price", AMOUNT, nullable=False),
    sa.Column("soft_cap", sa.BigInteger, nullable=False),
    sa.Column("hard_cap", sa.BigInteger, nullable=False),
    sa.Column("opens", sa.BigInteger, nullable=False),
    sa.Column("firm", sa.BigInteger, nullable=False),
    sa.Column("deadline", sa.BigInteger, nullable=False),
    sa.Column("minimum", sa.BigInteger, nullable=False),
    sa.Column("maximum", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("offering_terms_by_block", "block_number"),
)  # fmt: skip

# open, cancelled, settled or failed; `subscribed` and `proceeds` are final in the last two.
offering_states = sa.Table(
    "offering_states", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("subscribed", sa.BigInteger, nullable=False),
    sa.Column("proceeds", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("offering_states_by_block", "block_number"),
)  # fmt: skip

# What the token counted as sold, with its supply and its rent index at that place; 0 where the offering failed.
sales = sa.Table(
    "sales", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False), *place(),
    sa.Column("sold", sa.BigInteger, nullable=False),
    sa.Column("supply", sa.BigInteger, nullable=False),
    sa.Column("rent_index", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("property_id", "block_number", "log_index"),
    sa.Index("sales_by_block", "block_number"),
)  # fmt: skip

subscription_changes = sa.Table(
    "subscription_changes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("subscriber", BYTES, nullable=False), *place(),
    sa.Column("change", sa.BigInteger, nullable=False),
    sa.Column("subscription", sa.BigInteger, nullable=False),
    sa.Column("subscribed", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("subscriber", "property_id", "block_number", "log_index"),
    sa.Index("subscription_changes_by_block", "block_number"),
    sa.Index("subscription_changes_by_property", "property_id", "block_number", "log_index"),
)  # fmt: skip

# A subscription's end: collected, or refunded with `money`; it is what it last was.
subscription_outcomes = sa.Table(
    "subscription_outcomes", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("subscriber", BYTES, nullable=False), *place(),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("money", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("subscriber", "property_id", "block_number", "log_index"),
    sa.Index("subscription_outcomes_by_block", "block_number"),
    sa.Index("subscription_outcomes_by_property", "property_id", "block_number"),
)  # fmt: skip

TERMS = (
    "SELECT property_id, block_number, log_index, issuer, price, soft_cap, hard_cap, opens, firm, deadline, minimum, "
    "maximum FROM event"
)
OPENED = "SELECT property_id, block_number, log_index, 'open', 0, 0 FROM event"
CANCELLED = "SELECT property_id, block_number, log_index, 'cancelled', 0, 0 FROM event"
CLOSED = """
SELECT property_id, block_number, log_index, CASE WHEN settled THEN 'settled' ELSE 'failed' END, subscribed, proceeds
FROM event
"""
SOLD = "SELECT property_id, block_number, log_index, sold, supply, rent_index FROM event"
CHANGED = "SELECT property_id, subscriber, block_number, log_index, change, subscription, subscribed FROM event"
COLLECTED = "SELECT property_id, holder, block_number, log_index, 'collected', amount, 0 FROM event"
REFUNDED = "SELECT property_id, subscriber, block_number, log_index, 'refunded', amount, money FROM event"

OFFERINGS = Projection(
    "offerings",
    [
        History(offering_terms, [Fold(events.OfferingSet, TERMS)]),
        History(
            offering_states,
            [
                Fold(events.OfferingSet, OPENED),
                Fold(events.OfferingCancelled, CANCELLED),
                Fold(events.OfferingClosed, CLOSED),
            ],
        ),
        History(sales, [Fold(events.SaleSettled, SOLD)]),
        History(subscription_changes, [Fold(events.SubscriptionChanged, CHANGED)]),
        History(
            subscription_outcomes,
            [Fold(events.FractionsCollected, COLLECTED), Fold(events.Refunded, REFUNDED)],
        ),
    ],
)


def offerings_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """The newest terms of every offering as of a block, by property, with its status and what is subscribed.

    The place is that of the terms, status_block and status_log_index that of the last change of the status.
    """
    terms = last_rows(offering_terms, at_block, ["property_id"]).subquery("terms")
    state = last_rows(offering_states, at_block, ["property_id"]).subquery("state")
    rows = subscription_changes
    last = last_row(rows, at_block, rows.c.property_id == terms.c.property_id)
    subscribed = last.with_only_columns(rows.c.subscribed).scalar_subquery()
    select = (
        sa.select(
            terms, state.c.status, sa.func.coalesce(subscribed, 0).label("subscribed"), state.c.proceeds,
            state.c.block_number.label("status_block"), state.c.log_index.label("status_log_index"),
        )
        .join(state, state.c.property_id == terms.c.property_id)
        .order_by(terms.c.property_id)
    )  # fmt: skip
    return select if property_id is None else select.where(terms.c.property_id == property_id)


def offerings_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Offerings that a block above `since` changed, by terms, status or subscriptions, as they are now."""
    changed = sa.union(
        *(
            sa.select(rows.c.property_id).where(rows.c.block_number > since)
            for rows in (offering_terms, offering_states, subscription_changes)
        )
    )
    select = offerings_at(NEWEST)
    return select.where(select.selected_columns.property_id.in_(changed))


def uncollected_at(at_block: Block) -> sa.Select[tuple[object, ...]]:
    """Fractions that were sold and are not collected as of a block, of every property that was sold."""
    ends = subscription_outcomes
    collected = (
        sa.select(sa.func.sum(ends.c.amount))
        .where(
            ends.c.property_id == sales.c.property_id, ends.c.outcome == "collected", ends.c.block_number <= at_block
        )
        .scalar_subquery()
    )
    uncollected = (sales.c.sold - sa.func.coalesce(collected, 0)).label("uncollected")
    return sa.select(sales.c.property_id, uncollected).where(sales.c.sold > 0, sales.c.block_number <= at_block)


def subscriptions_at(
    at_block: Block,
    subscriber: bytes | None = None,
    property_id: int | None = None,
    after: bytes | None = None,
    limit: int | None = None,
) -> sa.Select[tuple[object, ...]]:
    """Subscriptions above zero as of a block: of one wallet, to one property, or of both; by property and wallet.

    state: that of the offering (open, settled, failed), or what came of the subscription (collected, refunded);
    outcome_block and outcome_log_index are NULL until then. money: what it cost. offering_status: in any case.
    after: the last subscriber of the page before, for the pages of one property.
    """
    last = last_rows(subscription_changes, at_block, ["property_id", "subscriber"])
    if subscriber is not None:
        last = last.where(subscription_changes.c.subscriber == subscriber)
    if property_id is not None:
        last = last.where(subscription_changes.c.property_id == property_id)
    if after is not None:
        last = last.where(subscription_changes.c.subscriber > after)
    held = last.subquery("held")
    return _with_outcome(held, at_block).where(held.c.subscription > 0).limit(limit)


def subscriptions_changed(since: Block) -> sa.Select[tuple[object, ...]]:
    """Subscriptions that a block above `since` changed or ended, as they are now; those that fell to zero too.

    The end of an offering changes the state of all its subscriptions; offerings_changed tells that.
    """
    changed = sa.union(
        *(
            sa.select(rows.c.property_id, rows.c.subscriber).where(rows.c.block_number > since)
            for rows in (subscription_changes, subscription_outcomes)
        )
    ).subquery("changed")
    last = last_rows(subscription_changes, NEWEST, ["property_id", "subscriber"]).where(
        sa.tuple_(subscription_changes.c.property_id, subscription_changes.c.subscriber).in_(changed.select())
    )
    return _with_outcome(last.subquery("held"), NEWEST)


def _with_outcome(held: sa.Subquery, at_block: Block) -> sa.Select[tuple[object, ...]]:
    terms = last_rows(offering_terms, at_block, ["property_id"]).subquery("terms")
    state = last_rows(offering_states, at_block, ["property_id"]).subquery("state")
    ends = subscription_outcomes
    end = sa.and_(
        ends.c.property_id == held.c.property_id,
        ends.c.subscriber == held.c.subscriber,
        ends.c.block_number <= at_block,
    )
    return (
        sa.select(
            held.c.property_id, held.c.subscriber, held.c.subscription, terms.c.price,
            (held.c.subscription * terms.c.price).label("money"),
            sa.func.coalesce(ends.c.outcome, state.c.status).label("state"), state.c.status.label("offering_status"),
            held.c.block_number, held.c.log_index,
            ends.c.block_number.label("outcome_block"), ends.c.log_index.label("outcome_log_index"),
        )
        .join(terms, terms.c.property_id == held.c.property_id)
        .join(state, state.c.property_id == held.c.property_id)
        .outerjoin(ends, end)
        .order_by(held.c.property_id, held.c.subscriber)
    )  # fmt: skip
