"""Marks: what a fraction is worth to the one who reads, and the one rule for it.

The middle of best bid and best ask where both stand, rounded down to whole units; else the price of the last trade;
else that of the offering, if it runs or succeeded; else nobody knows. Read from several projections at once.
"""

import sqlalchemy as sa

from indexer.projections.history import Block, last_rows
from indexer.projections.levels import ASK, BID, best_prices_at
from indexer.projections.markets import books
from indexer.projections.offerings import offering_states, offering_terms
from indexer.projections.properties import properties
from indexer.projections.trades import trades

NUMERIC = sa.Numeric(asdecimal=True)


def mark_prices_at(at_block: Block, property_id: int | None = None) -> sa.Select[tuple[object, ...]]:
    """price and source (mid, last or offering) of every property as of a block, by id; both NULL where unknown."""
    best = best_prices_at(at_block).subquery("best")
    bid, ask = (best.select().where(best.c.side == side).subquery(name) for side, name in ((BID, "bid"), (ASK, "ask")))
    last = last_rows(trades, at_block, ["property_id"]).subquery("last")
    terms = last_rows(offering_terms, at_block, ["property_id"]).subquery("terms")
    state = last_rows(offering_states, at_block, ["property_id"]).subquery("state")
    offered = sa.case((state.c.status.in_(("open", "settled")), sa.cast(terms.c.price, NUMERIC)))
    both_ticks = sa.cast((bid.c.tick + ask.c.tick) * books.c.tick_size, NUMERIC)
    mid = sa.func.div(both_ticks, sa.cast(2, NUMERIC), type_=NUMERIC)
    source = sa.case((mid.is_not(None), "mid"), (last.c.price.is_not(None), "last"), (offered.is_not(None), "offering"))
    select = (
        sa.select(
            properties.c.property_id,
            sa.func.coalesce(mid, sa.cast(last.c.price, NUMERIC), offered).label("price"),
            source.label("source"),
        )
        .outerjoin(books, books.c.property_id == properties.c.property_id)
        .outerjoin(bid, bid.c.property_id == properties.c.property_id)
        .outerjoin(ask, ask.c.property_id == properties.c.property_id)
        .outerjoin(last, last.c.property_id == properties.c.property_id)
        .outerjoin(terms, terms.c.property_id == properties.c.property_id)
        .outerjoin(state, state.c.property_id == properties.c.property_id)
        .where(properties.c.block_number <= at_block)
        .order_by(properties.c.property_id)
    )
    return select if property_id is None else select.where(properties.c.property_id == property_id)
