"""How indexer and providers stand: values that pass from who knows to who writes or reads it for the operator."""

from dataclasses import dataclass
from typing import Literal

from indexer.chain import BlockNumber

Level = Literal["prove", "trust"]

LEADER_LOCK = 0x6C656164
"""The advisory lock of the one that writes."""
IS_LED = """
EXISTS (
    SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
    WHERE l.locktype = 'advisory' AND l.objid = %s AND l.granted
)
"""
"""Whether somebody holds it, in SQL; a primary alone can tell."""


@dataclass(frozen=True)
class ProviderStanding:
    """How a provider is."""

    name: str
    state: str
    """proving, trusted, aside, or unknown, which is not asked yet."""
    reason: str | None
    aside_seconds: int
    faults: int
    lies: int
    latency_ms: int
    head: BlockNumber | None


@dataclass(frozen=True)
class Verification:
    """Whether logs are proven, and why nothing moves while nothing does."""

    level: Level
    warning: str | None
    waiting: str | None
