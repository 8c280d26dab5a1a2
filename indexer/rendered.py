"""Logs as the database takes them: made beside the writer, so that it only has to send. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.chain import Log
from indexer.decode import Decoders, decode
from indexer.events import Events
from indexer.journal import log_rows
from indexer.projections.history import Arrays, arrays_of


@dataclass(frozen=True)
class Rendered:
    """What the logs of a step say, and the bytes and literals that go to the database for them."""

    events: Events
    log_rows: bytes
    arrays: Arrays


def render(decoders: Decoders, logs: Sequence[Log]) -> Rendered:
    events = decode(decoders, logs)
    return Rendered(events, log_rows(logs), arrays_of(events))
