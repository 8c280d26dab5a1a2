"""Logs as the database takes them: made beside the writer, so that it only has to send. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.arrays import Arrays, Counts, arrays_of, counts_of
from indexer.chain import Log
from indexer.copying import log_rows
from indexer.decode import Decoders, decode


@dataclass(frozen=True)
class Rendered:
    """How many logs there are and how many events they say, and the bytes and literals for the database."""

    logs: int
    counts: Counts
    log_rows: bytes
    arrays: Arrays


def render(decoders: Decoders, logs: Sequence[Log]) -> Rendered:
    events = decode(decoders, logs)
    return Rendered(len(logs), counts_of(events), log_rows(logs), arrays_of(events))
