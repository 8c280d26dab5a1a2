"""Lots: at which cost somebody holds fractions, and what he gained by selling them: first in, first out.

The k-th fraction that leaves a holder is the k-th that came. `holdings` counts both; here stand those that came at
a cost, by trade (value and the buyer's fee) or offering (its price), with the count that they reach up to, and what
trades took away, with what those very fractions had cost. What was allotted or sent came at no cost, what is sent
away takes its cost along. So all is sums over counts, and nothing is ever matched; indexer/profits.py reads it.
Within a block, what was traded or collected counts after what came or went otherwise. See
docs/decisions/0013-cost-basis.md.
"""

import sqlalchemy as sa

from indexer import events
from indexer.events.market import Filled
from indexer.projections.history import (
    AMOUNT,
    BYTES,
    SIGNED,
    Fold,
    History,
    Projection,
    metadata,
    place,
)

# cause: trade or offering. acquired: how many fractions had ever come to the holder with the last of these; spent:
# units, with these, since ever.
acquisitions = sa.Table(
    "acquisitions", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("holder", BYTES, nullable=False), *place(),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("cost", AMOUNT, nullable=False),
    sa.Column("acquired", AMOUNT, nullable=False),
    sa.Column("spent", AMOUNT, nullable=False),
    sa.PrimaryKeyConstraint("holder", "property_id", "block_number", "log_index"),
    sa.Index("acquisitions_by_block", "block_number"),
    sa.Index("acquisitions_by_count", "holder", "property_id", "acquired"),
)  # fmt: skip

# Fractions sold. cost: what these very ones had cost. disposed: how many had ever left the holder with the last of
# these, for whatever reason. sold, proceeds (less fees) and realised are sums with this row.
disposals = sa.Table(
    "disposals", metadata,
    sa.Column("property_id", sa.BigInteger, nullable=False),
    sa.Column("holder", BYTES, nullable=False), *place(),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("cost", AMOUNT, nullable=False),
    sa.Column("profit", SIGNED, nullable=False),
    sa.Column("disposed", AMOUNT, nullable=False),
    sa.Column("sold", AMOUNT, nullable=False),
    sa.Column("proceeds", AMOUNT, nullable=False),
    sa.Column("realised", SIGNED, nullable=False),
    sa.PrimaryKeyConstraint("holder", "property_id", "block_number", "log_index"),
    sa.Index("disposals_by_block", "block_number"),
)  # fmt: skip

# Driven by transfers, as every trade and every collection is one; a batch holds whole blocks, so the rows of its
# blocks are its rows. Nothing is done for a block that only moved fractions.
BATCH = "block_number BETWEEN (SELECT min(block_number) FROM event) AND (SELECT max(block_number) FROM event)"
# How the holder of a row stood after its block.
AFTER_BLOCK = """
    SELECT received, balance FROM holding_changes h
    WHERE h.holder = c.holder AND h.property_id = c.property_id AND h.block_number <= c.block_number
    ORDER BY h.block_number DESC, h.log_index DESC, h.position DESC LIMIT 1"""
WINDOWS = """
WINDOW w AS (PARTITION BY c.holder, c.property_id ORDER BY c.block_number, c.log_index),
       rest AS (PARTITION BY c.holder, c.property_id, c.block_number ORDER BY c.log_index DESC)"""

ACQUIRED = f"""
WITH costed AS (
    SELECT property_id, CASE WHEN taker_side = 0 THEN taker ELSE maker END AS holder, block_number, log_index,
           'trade' AS cause, quantity, value + CASE WHEN taker_side = 0 THEN taker_fee ELSE maker_fee END AS cost
    FROM trades WHERE {BATCH}
    UNION ALL
    SELECT s.property_id, s.subscriber, s.block_number, s.log_index, 'offering', s.amount, s.amount * t.price
    FROM subscription_outcomes s CROSS JOIN LATERAL (
        SELECT price FROM offering_terms t
        WHERE t.property_id = s.property_id AND (t.block_number, t.log_index) < (s.block_number, s.log_index)
        ORDER BY t.block_number DESC, t.log_index DESC LIMIT 1) t
    WHERE s.outcome = 'collected' AND s.{BATCH}
)
SELECT c.property_id, c.holder, c.block_number, c.log_index, c.cause, c.quantity, c.cost,
       h.received - sum(c.quantity) OVER rest + c.quantity, coalesce(l.spent, 0) + sum(c.cost) OVER w
FROM costed c
CROSS JOIN LATERAL ({AFTER_BLOCK}) h
LEFT JOIN LATERAL (
    SELECT spent FROM acquisitions l WHERE l.holder = c.holder AND l.property_id = c.property_id
    ORDER BY l.block_number DESC, l.log_index DESC LIMIT 1) l ON true
{WINDOWS}
"""

# What the first `{count}` fractions that ever came to a holder had cost. Where that ends within a lot, its cost is
# taken in proportion, rounded down: so the costs of the parts of a lot add up to its cost.
COST_OF_FIRST = """coalesce((
    SELECT a.spent - a.cost + div(a.cost * greatest({count} - (a.acquired - a.quantity), 0), a.quantity)
    FROM acquisitions a WHERE a.holder = c.holder AND a.property_id = c.property_id AND a.acquired >= {count}
    ORDER BY a.acquired LIMIT 1), (
    SELECT a.spent FROM acquisitions a WHERE a.holder = c.holder AND a.property_id = c.property_id
    ORDER BY a.acquired DESC LIMIT 1), 0)"""

DISPOSED = f"""
WITH sold AS (
    SELECT c.property_id, c.holder, c.block_number, c.log_index, c.quantity, c.proceeds,
           h.received - h.balance - sum(c.quantity) OVER rest + c.quantity AS disposed
    FROM (SELECT property_id, CASE WHEN taker_side = 1 THEN taker ELSE maker END AS holder, block_number, log_index,
                 quantity, value - CASE WHEN taker_side = 1 THEN taker_fee ELSE maker_fee END AS proceeds
          FROM trades WHERE {BATCH}) c
    CROSS JOIN LATERAL ({AFTER_BLOCK}) h {WINDOWS}
), costed AS (
    SELECT c.*, {COST_OF_FIRST.format(count="c.disposed")}
        - {COST_OF_FIRST.format(count="(c.disposed - c.quantity)")} AS cost
    FROM sold c
)
SELECT c.property_id, c.holder, c.block_number, c.log_index, c.quantity, c.cost, c.proceeds - c.cost, c.disposed,
       coalesce(l.sold, 0) + sum(c.quantity) OVER w, coalesce(l.proceeds, 0) + sum(c.proceeds) OVER w,
       coalesce(l.realised, 0) + sum(c.proceeds - c.cost) OVER w
FROM costed c
LEFT JOIN LATERAL (
    SELECT sold, proceeds, realised FROM disposals l WHERE l.holder = c.holder AND l.property_id = c.property_id
    ORDER BY l.block_number DESC, l.log_index DESC LIMIT 1) l ON true
{WINDOWS}
"""

LOTS = Projection(
    "lots",
    [
        History(acquisitions, [Fold(events.Transfer, ACQUIRED, [Filled, events.FractionsCollected])]),
        History(disposals, [Fold(events.Transfer, DISPOSED, [Filled])]),
    ],
    reads=["holding_changes", "trades", "offering_terms", "subscription_outcomes"],
)
