"""The garbage collector of a process of our own: what is imported stays, and little else is looked through."""

import gc

OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""Logs and events hold no cycles: by default half of the time of a backfill went into looking for some."""


def collect_rarely() -> None:
    """Once all is imported. Not for who calls us from a process of his own: he would never get back what he holds."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
