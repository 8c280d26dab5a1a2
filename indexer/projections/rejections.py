"""Rejections: logs of our contracts that our contracts cannot have emitted, and why. A lying node's only trace."""

import sqlalchemy as sa

from indexer import events
from indexer.projections.history import Fold, History, Projection, metadata, place

rejections = sa.Table(
    "rejections", metadata, *place(), sa.Column("reason", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("block_number", "log_index"),
)  # fmt: skip

REJECTIONS = Projection(
    "rejections",
    [History(rejections, [Fold(events.Rejection, "SELECT block_number, log_index, reason FROM event")])],
)
