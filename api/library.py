"""Where the bytes of documents lie: one table, which the API reads and adds to, and never changes.

It is no part of what is derived from the chain. Which bytes may come in, and which are served, is decided elsewhere.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa

from api.problems import Problem
from api.reads import Reader, database_away, replaced
from api.tip import CONNECTION_OPTIONS
from api.values import raw

CONTENT_BYTES_MAX = 10 * 1024 * 1024
PIECE_BYTES = 512 * 1024
UPLOADS_AT_ONCE_MAX = 8
OPTIONS = {**CONNECTION_OPTIONS, "options": "-c statement_timeout=10000"}
ADD = """
INSERT INTO content.documents (hash, media_type, size, bytes, document) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (hash) DO NOTHING
"""

content = sa.table(
    "documents", *map(sa.column, ("hash", "media_type", "size", "bytes", "document")), schema="content"
)  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """A document that the library has: its kind, and its size in bytes."""

    media_type: str
    size: int


@dataclass(frozen=True)
class Library:
    """primary: DSN of the database that takes writes; reads may go to a replica of it."""

    primary: str
    reader: Reader
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE_MAX))
    """Held by each document that is on its way in: they are in memory until they are here."""

    async def add(self, content_hash: str, stored: Stored, body: bytes, document: str | None) -> bool:
        """Keep bytes for good; False where they were there. document: JSON text of what they say, if they do.

        Raises Problem where the database is away.
        """
        values = (raw(content_hash), stored.media_type, stored.size, body, document)
        try:
            connecting = psycopg.AsyncConnection.connect(self.primary, autocommit=True, **OPTIONS)
            async with await connecting as connection:
                return (await connection.execute(ADD, values)).rowcount == 1
        except psycopg.errors.UndefinedTable as error:
            raise replaced() from error
        except (psycopg.OperationalError, OSError) as error:
            raise database_away() from error

    async def find(self, content_hash: str) -> Stored | None:
        """Raises Problem where the database is away."""
        select = sa.select(content.c.media_type, content.c.size).where(content.c.hash == raw(content_hash))
        row = await self.reader.row(select)
        return Stored(row["media_type"], row["size"]) if row else None

    async def piece(self, content_hash: str, offset: int) -> bytes:
        """Bytes from an offset on, PIECE_BYTES at most."""
        part = sa.func.substring(content.c.bytes, offset + 1, PIECE_BYTES).label("part")
        row = await self.reader.row(sa.select(part).where(content.c.hash == raw(content_hash)))
        if row is None:
            raise Problem("unknown-document", f"The bytes of {content_hash} are not here.")
        return bytes(row["part"])

    async def pieces(self, content_hash: str, stored: Stored, first: bytes) -> AsyncIterator[bytes]:
        """All of the bytes, in pieces, of which the first was read before: nothing is ever held whole."""
        yield first
        for offset in range(PIECE_BYTES, stored.size, PIECE_BYTES):
            yield await self.piece(content_hash, offset)


def with_content(select: sa.Select[Any]) -> sa.Select[Any]:
    """A select with a column content_hash, in any order, with media_type and size of the content beside it; they
    are NULL where it is not here."""
    bound = select.subquery("bound")
    here = content.c.hash == bound.c.content_hash
    return sa.select(bound, content.c.media_type, content.c.size).outerjoin(content, here)


def arrivals(hashes: Iterable[str]) -> str:
    """Tells answers apart that say of other content that it is here."""
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16]
