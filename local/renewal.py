"""What another release derived from the journal is derived anew by this one, before it goes on."""

import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg

from indexer.versions import live_version
from local.process import StartFailed, start


def is_of_another_release(dsn: str) -> bool:
    """The database holds projections, and this release would write others."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT to_regclass('journal.versions')").fetchone()
        version = live_version(connection) if row and row[0] else None
        return version is not None and not version.ours


def renew(environment: Mapping[str, str], log: Path) -> None:
    """Build this release's version from the journal and make it live. Raises StartFailed with its last words."""
    rebuilding = start("rebuild", [sys.executable, "-m", "indexer", "rebuild", "--promote"], log, environment)
    if rebuilding.child.wait():
        raise StartFailed(f"what an older release derived could not be derived anew:\n{rebuilding.last_lines()}")
