"""How far the index is: woken by NOTIFY, and polled as well, since a notification is only a hint.

One task for each process. Everybody who waits for a block waits here.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import psycopg

POLL_SECONDS = 1.0
CONNECTION_OPTIONS: dict[str, Any] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""A server that is gone without a word is noticed within eleven seconds."""
RECONNECT_SECONDS = 0.5
REPLICA_LAG_SECONDS = 0.05
"""Until a replica is asked again whether it has what the tip says."""
CHANNEL = b"LISTEN freehold"
LIVE = """
SELECT v.schema_name, v.fingerprint, v.number, '0x' || encode(v.hash, 'hex'), c.epoch, c.finalized_number
FROM journal.versions v, journal.cursor c WHERE v.live
"""


@dataclass(frozen=True)
class Tip:
    """The live version and where it stands. `epoch` counts the rewinds."""

    schema: str
    fingerprint: str
    number: int
    hash: str
    epoch: int
    finalized: int


class TipWatch:
    """The newest Tip, and a way to wait for the next one."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._changed = asyncio.Condition()
        self.tip: Tip | None = None
        self.connected = False

    async def run(self) -> None:
        """Until cancelled: keep `tip` up to date. Outlives every outage of the database."""
        while True:
            with contextlib.suppress(psycopg.Error, OSError):
                connecting = psycopg.AsyncConnection.connect(self._dsn, autocommit=True, **CONNECTION_OPTIONS)
                async with await connecting as connection:
                    await connection.execute(CHANNEL)
                    await self._refresh(connection)
                    self.connected = True
                    while True:
                        async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
                        await self._refresh(connection)
            self.connected = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _refresh(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        exists = await (await connection.execute("SELECT to_regclass('journal.versions') IS NOT NULL")).fetchone()
        row = await (await connection.execute(LIVE)).fetchone() if exists and exists[0] else None
        tip = Tip(*row) if row else None  # type: ignore[arg-type]
        if tip != self.tip:
            async with self._changed:
                self.tip = tip
                self._changed.notify_all()

    async def wait_for_change(self, known: Tip | None) -> Tip | None:
        """Return as soon as the tip is another one than `known`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.tip != known)
            return self.tip

    async def wait_for_block(self, number: int) -> Tip:
        """The tip as soon as it is at or above a block. The caller says how long that may take."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.tip is not None and self.tip.number >= number)
            assert self.tip is not None, "waited for"
            return self.tip
