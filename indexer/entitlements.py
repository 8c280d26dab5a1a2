"""Entitlements: what every release of rent gave a holder, read from several projections at once.

A release gives, for each fraction, what the rent index rose by. It counts the fractions that one holds at its
place on the chain, and those that one bought in an offering that was settled before and has not collected.
The contract keeps sums per holder; here they are read from the histories, so they can be read as of any block:
earned = floor(sum of fractions x index_change / 2^48), as in the contract's rent law.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from indexer.chain import RENT_SCALE
from indexer.projections.history import Block, before_place, last_row, newest_first
from indexer.projections.holdings import Holder, ever_held, holding_changes
from indexer.projections.offerings import sales, subscription_changes, subscription_outcomes
from indexer.projections.rent import rent_claims, rent_declarations, rent_releases

Condition = sa.ColumnElement[bool]
NUMERIC = sa.Numeric(asdecimal=True)


def rent_by_release(holder: Holder, at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """Every release up to a block in which a holder had a part; by property, in chain order.

    fractions: held at the release; uncollected: bought and not collected then. earned: units, floored so that
    they add up to what the holder earned in all. collectable: the part of uncollected that still is, whose rent
    can be claimed once it is collected.
    """
    given = _given(holder, at_block, property_id).subquery("given")
    scaled = sa.cast(given.c.fractions + given.c.uncollected, NUMERIC) * given.c.index_change
    until = sa.func.sum(scaled).over(
        partition_by=given.c.property_id, order_by=[given.c.block_number, given.c.log_index]
    )
    return sa.select(
        given.c.property_id, given.c.period, given.c.amount, given.c.release_time,
        given.c.block_number, given.c.log_index, given.c.index_change, given.c.rent_index,
        given.c.fractions, given.c.uncollected, given.c.collectable,
        (_units(until) - _units(until - scaled)).label("earned"),
    ).order_by(given.c.property_id, given.c.block_number, given.c.log_index)  # fmt: skip


def rent_totals(holder: Holder, at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """What a holder earned, claimed and can claim of every property in whose releases he had a part; by property.

    earned = claimed + claimable + uncollected_rent. claimable is what claim_rent pays now; uncollected_rent
    belongs to fractions that are still to be collected, and can be claimed with them. The place is that of the
    last release that gave the holder something.
    """
    given = _given(holder, at_block, property_id).subquery("given")
    all_fractions = sa.cast(given.c.fractions + given.c.uncollected, NUMERIC)
    own_fractions = all_fractions - given.c.collectable
    sums = (
        sa.select(
            given.c.property_id,
            _units(sa.func.sum(all_fractions * given.c.index_change)).label("earned"),
            _units(sa.func.sum(own_fractions * given.c.index_change)).label("own"),
            sa.func.max(postgresql.array([given.c.block_number, given.c.log_index])).label("last_place"),
        )
        .group_by(given.c.property_id)
        .subquery("sums")
    )
    claims = rent_claims
    claimed = sa.func.coalesce(
        last_row(claims, at_block, claims.c.holder == holder, claims.c.property_id == sums.c.property_id)
        .with_only_columns(sa.cast(claims.c.claimed, NUMERIC))
        .scalar_subquery(),
        0,
    )
    return sa.select(
        sums.c.property_id, sums.c.earned, claimed.label("claimed"), (sums.c.own - claimed).label("claimable"),
        (sums.c.earned - sums.c.own).label("uncollected_rent"),
        sums.c.last_place[1].label("block_number"), sa.cast(sums.c.last_place[2], sa.Integer).label("log_index"),
    ).order_by(sums.c.property_id)  # fmt: skip


def _given(holder: Holder, at_block: Block, property_id: int | None) -> sa.Select[tuple[object, ...]]:
    """Releases that gave the holder something, with his fractions at their places."""
    released, declared = rent_releases, rent_declarations
    given = (
        sa.select(
            released, declared.c.release_time,
            _held_at(holder, released).label("fractions"),
            _uncollected_at(holder, released, lambda rows: _before(rows, released)).label("uncollected"),
            _uncollected_at(holder, released, lambda rows: rows.c.block_number <= at_block).label("collectable"),
        )
        .join(
            declared,
            sa.and_(declared.c.property_id == released.c.property_id, declared.c.period == released.c.period),
        )
        .where(released.c.block_number <= at_block, released.c.property_id.in_(_concerning(holder, property_id)))
        .offset(0)  # a fence: each of the three is looked up once, however often it is named outside
        .subquery("looked_up")
    )  # fmt: skip
    return given.select().where(given.c.fractions + given.c.uncollected > 0)


def _concerning(holder: Holder, property_id: int | None) -> sa.CompoundSelect[Any]:
    """Properties of which the holder ever had fractions, or a subscription."""
    held = ever_held(holder, property_id).subquery("ever_held")
    rows = subscription_changes
    subscribed = sa.select(rows.c.property_id).where(rows.c.subscriber == holder)
    if property_id is not None:
        subscribed = subscribed.where(rows.c.property_id == property_id)
    return sa.union(sa.select(held.c.property_id), subscribed)


def _held_at(holder: Holder, released: sa.Table) -> sa.ColumnElement[int]:
    rows = holding_changes
    balance = (
        sa.select(rows.c.balance)
        .where(rows.c.holder == holder, rows.c.property_id == released.c.property_id, _before(rows, released))
        .order_by(*newest_first(rows))
        .limit(1)
        .correlate(released)
    )
    return sa.func.coalesce(balance.scalar_subquery(), 0)


def _uncollected_at(
    holder: Holder, released: sa.Table, is_past: Callable[[sa.Table], Condition]
) -> sa.ColumnElement[int]:
    """Fractions bought before a release and not collected in the past that is meant.

    It is the token that says what was sold and what was collected: between its own events stands no other's call.
    """
    rows, ends = subscription_changes, subscription_outcomes
    sold = (
        sa.exists()
        .where(sales.c.property_id == released.c.property_id, sales.c.sold > 0, _before(sales, released))
        .correlate(released)
    )
    collected = (
        sa.exists()
        .where(
            ends.c.subscriber == holder,
            ends.c.property_id == released.c.property_id,
            ends.c.outcome == "collected",
            is_past(ends),
        )
        .correlate(released)
    )
    bought = (
        sa.select(rows.c.subscription)
        .where(rows.c.subscriber == holder, rows.c.property_id == released.c.property_id, _before(rows, released))
        .where(sold, ~collected)
        .order_by(*newest_first(rows))
        .limit(1)
        .correlate(released)
    )
    return sa.func.coalesce(bought.scalar_subquery(), 0)


def _before(rows: sa.Table, released: sa.Table) -> Condition:
    return before_place(rows, (released.c.block_number, released.c.log_index))


def _units(scaled: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.div(scaled, sa.cast(RENT_SCALE, NUMERIC), type_=NUMERIC)
