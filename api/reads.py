"""How the API reads: an answer is one statement with the cursor joined in, so that rows and meta agree.

Owns the engine and what every answer carries (meta, headers, ETag), and no query. What a read may ask for, as of a
block or not before one, stands in freshness.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from fastapi import Request, Response
from psycopg import ProgrammingError
from psycopg.errors import InvalidSchemaName, UndefinedTable
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.node import ChainNode
from api.openapi import HEADERS
from api.problems import Problem
from api.tip import CONNECTION_OPTIONS, TipWatch
from api.values import HashOut, hexadecimal, raw
from indexer.projections.history import NEWEST, SCHEMA, Block

STATEMENT_TIMEOUT_MS = 5_000
POOL_SIZE = 10
PROMOTIONS_MAX = 3
"""So many times another version may become live while one answer is read."""
BLOCK_MAX = 2**63 - 1

blocks = sa.table("blocks", *map(sa.column, ("number", "hash", "timestamp")), schema="journal")
logs = sa.table("logs", *map(sa.column, ("block_number", "log_index", "transaction_hash")), schema="journal")
orphans = sa.table("orphaned_blocks", *map(sa.column, ("hash", "epoch", "number")), schema="journal")
reorgs = sa.table("reorgs", *map(sa.column, ("epoch", "fork_number")), schema="journal")
cursor = sa.table("cursor", *map(sa.column, ("finalized_number", "head_number", "epoch", "halted")), schema="journal")
versions = sa.table(
    "versions", *map(sa.column, ("schema_name", "fingerprint", "live", "number", "hash")), schema="journal"
)
tip = versions.alias("tip")
deployment = sa.table("deployment", sa.column("first_block"), schema="journal")


class Meta(BaseModel):
    """What the answer is as of. The chain's head stands in the header X-Head-Block, not here."""

    indexed_block: int = Field(examples=[120], description="newest block of the index")
    indexed_block_hash: HashOut
    finalized_block: int = Field(examples=[104])
    at_block: int = Field(examples=[120], description="the block whose state this is")
    at_timestamp: int = Field(examples=[1790000000], description="of that block, in seconds since 1970")


class Placed(BaseModel):
    """Where on the chain a row comes from."""

    block_number: int = Field(examples=[118])
    block_hash: HashOut
    transaction_hash: HashOut
    log_index: int = Field(examples=[0])
    timestamp: int = Field(examples=[1790000000])
    finality: str = Field(examples=["indexed"], description="`indexed`, or `final`: no reorganisation can reach it")


@dataclass(frozen=True)
class At:
    """The block as of which to read: None for the newest, else a number or an expression that finds one."""

    block: Block | None = None
    label: str = "now"

    @property
    def bound(self) -> Block:
        return NEWEST if self.block is None else self.block

    @property
    def held(self) -> Block:
        """The same as a block that the journal holds, for selects that go by its time."""
        return sa.select(tip.c.number).where(tip.c.live).scalar_subquery() if self.block is None else self.block


@dataclass(frozen=True)
class Anchor:
    """After what a page begins: a row by its place and block, or a block and the key of a row as of it. So a page that
    rests on an orphaned block is noticed."""

    block_number: int
    log_index: int
    block_hash: str
    key: bytes = b""
    """By which the list is in order, if it is not by place."""


@dataclass(frozen=True)
class Answer:
    """Rows of one statement, the meta that belongs to them, and what goes into the headers."""

    meta: Meta
    sets: dict[str, list[dict[str, Any]]]
    head: int
    schema: str
    fingerprint: str
    epoch: int
    at_hash: str
    """Of the block that the answer is as of."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Of an answer to one select."""
        return self.sets["rows"]

    @property
    def version(self) -> str:
        """Another with every block, and with nothing else."""
        meta = self.meta
        return f"{self.fingerprint}-{meta.indexed_block_hash[2:18]}-{meta.finalized_block}-{self.epoch}"

    def placed(self, row: dict[str, Any]) -> dict[str, Any]:
        """The fields of Placed."""
        final = row["block_number"] <= self.meta.finalized_block
        return {
            "block_number": row["block_number"],
            "block_hash": hexadecimal(row["block_hash"]),
            "transaction_hash": hexadecimal(row["transaction_hash"]),
            "log_index": row["log_index"],
            "timestamp": row["timestamp"],
            "finality": "final" if final else "indexed",
        }


@dataclass(frozen=True)
class Reader:
    """The database as the API may use it."""

    engine: AsyncEngine
    watch: TipWatch
    node: ChainNode
    wait_seconds: float

    async def answer(self, select: sa.Select[Any], at: At, anchor: Anchor | None = None) -> Answer:
        """Run a select of a projection in the live schema. Raises Problem where no such state is known."""
        return await self.answers({"rows": select}, at, anchor)

    async def answers(self, selects: Mapping[str, sa.Select[Any]], at: At, anchor: Anchor | None = None) -> Answer:
        """Several selects in one statement: all of the same block."""
        tip = self.watch.tip
        if tip is None:
            raise empty() if self.watch.connected else database_away()
        schema, row = await self._live(lambda schema: answer_statement(selects, schema, at, anchor), tip.schema)
        require_anchor(row, anchor)
        require_known(row, at)
        meta = Meta(
            indexed_block=row["number"],
            indexed_block_hash="0x" + row["hash"].hex(),
            finalized_block=row["finalized_number"],
            at_block=row["at_block"],
            at_timestamp=row["at_timestamp"],
        )
        found = {name: row[f"rows_{name}"] for name in selects}
        at_hash = "0x" + row["at_hash"].hex()
        return Answer(meta, found, row["head_number"], schema, row["fingerprint"], row["epoch"], at_hash)

    async def _live(self, statement_in: Callable[[str], sa.Select[Any]], schema: str) -> tuple[str, dict[str, Any]]:
        """The live schema and its row. Another version may be promoted at any time, and a replica tells of it later
        than the primary: where the schema that we know is not the live one, the database that is read says which is."""
        for _ in range(PROMOTIONS_MAX):
            row = await self.row(statement_in(schema), schema)
            if row is not None:
                return schema, row
            live = await self.row(sa.select(versions.c.schema_name).where(versions.c.live))
            if live is None:
                break
            schema = live["schema_name"]
        raise replaced()

    async def row(self, statement: sa.Select[Any], schema: str = "") -> dict[str, Any] | None:
        """The first row of a statement; None where there is none, or no such schema any more. Raises Problem where the
        database is away."""
        try:
            return await self._try(statement, schema)
        except DBAPIError as error:
            if schema and isinstance(error.orig, UndefinedTable | InvalidSchemaName):
                return None
            if isinstance(error.orig, UndefinedTable | InvalidSchemaName):
                raise replaced() from error
            if isinstance(error.orig, ProgrammingError):
                raise
            raise database_away() from error
        except (PoolExhausted, TimeoutError, OSError) as error:
            raise database_away() from error

    async def _try(self, statement: sa.Select[Any], schema: str) -> dict[str, Any] | None:
        """Twice where the connection was one from before a restart of the database, which drops all such."""
        try:
            return await self._run(statement, schema)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._run(statement, schema)

    async def _run(self, statement: sa.Select[Any], schema: str) -> dict[str, Any] | None:
        async with self.engine.connect() as connection:
            translated = await connection.execution_options(schema_translate_map={SCHEMA: schema})
            found = (await translated.execute(statement)).mappings().first()
            return dict(found) if found else None

    async def position(self) -> tuple[int, int]:
        """(epoch, block) of the database that is read: a replica gets there later than the tip says."""
        both = versions.join(cursor, sa.true())
        row = await self.row(sa.select(cursor.c.epoch, versions.c.number).select_from(both).where(versions.c.live))
        if row is None:
            raise empty()
        return row["epoch"], row["number"]

    async def blocks(self, first: int, last: int) -> list[dict[str, Any]]:
        """Blocks of a range that the index holds, both ends included: number, hash, timestamp."""
        columns = sa.func.json_build_object(
            "number", blocks.c.number, "hash", blocks.c.hash, "timestamp", blocks.c.timestamp
        )
        in_range = blocks.c.number.between(first, last)
        array = sa.select(sa.func.json_agg(columns).label("found")).where(in_range)
        row = await self.row(array)
        found = (row["found"] if row else None) or []
        listed = [{**block, "hash": hexadecimal(block["hash"])} for block in found]
        return sorted(listed, key=lambda block: int(block["number"]))

    async def block_with_hash(self, block_hash: str) -> tuple[int | None, int | None]:
        """(number, fork): number if the block is held; the fork where it was left if it was orphaned."""
        row = await self.row(
            sa.select(
                sa.select(blocks.c.number).where(blocks.c.hash == raw(block_hash)).scalar_subquery().label("held"),
                fork_of(block_hash).label("fork"),
            )
        )
        assert row, "a select without a table gives a row"
        return row["held"], row["fork"]


def database_away() -> Problem:
    return Problem("database-away", "The database does not answer. Nothing is lost; try again.", {"Retry-After": "2"})


def empty() -> Problem:
    return Problem("not-indexed-yet", "The index is empty still: is the indexer running?", {"Retry-After": "2"})


def replaced() -> Problem:
    return Problem("not-indexed-yet", "The index is being replaced just now.", {"Retry-After": "1"})


def create_engine(dsn: str) -> AsyncEngine:
    url = dsn.replace("postgresql://", "postgresql+psycopg://", 1)
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c default_transaction_read_only=on"
    return create_async_engine(
        url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, pool_pre_ping=False, pool_timeout=2,
        isolation_level="AUTOCOMMIT", connect_args={**CONNECTION_OPTIONS, "options": options},
    )  # fmt: skip


def answer_statement(
    selects: Mapping[str, sa.Select[Any]], schema: str, at: At, anchor: Anchor | None
) -> sa.Select[Any]:
    """The rows of each select as a JSON array, beside the version's cursor."""
    arrays = [rows_as_json(select).label(f"rows_{name}") for name, select in selects.items()]
    at_block = block_expression(at)
    timestamp = sa.select(blocks.c.timestamp).where(blocks.c.number == at_block).scalar_subquery()
    held, fork = (
        (sa.null(), sa.null()) if anchor is None else (hash_at(anchor.block_number), fork_of(anchor.block_hash))
    )
    return (
        sa.select(
            versions.c.number, versions.c.hash, versions.c.fingerprint, cursor.c.finalized_number,
            cursor.c.head_number, cursor.c.epoch, deployment.c.first_block, *arrays,
            at_block.label("at_block"), timestamp.label("at_timestamp"), hash_at(at_block).label("at_hash"),
            held.label("anchor_hash"), fork.label("anchor_fork"),
        )
        .select_from(versions.join(cursor, sa.true()).join(deployment, sa.true()))
        .where(versions.c.schema_name == schema, versions.c.live)
    )  # fmt: skip


def rows_as_json(select: sa.Select[Any]) -> Any:
    """The select's rows in their order, each with the hash and time of its block and with its transaction, if it has
    a place."""
    inner = select.subquery("inner")
    ordered = sa.select(inner, sa.func.row_number().over().label("ordinal")).subquery("ordered")
    array = sa.func.json_agg(sa.text("row_to_json(answered) ORDER BY answered.ordinal"))
    if "block_number" not in inner.c:
        row = sa.select(ordered).subquery("answered")
        return sa.select(sa.func.coalesce(array, sa.text("'[]'::json"))).select_from(row).scalar_subquery()
    log = sa.and_(logs.c.block_number == ordered.c.block_number, logs.c.log_index == ordered.c.log_index)
    row = (
        sa.select(ordered, blocks.c.hash.label("block_hash"), blocks.c.timestamp, logs.c.transaction_hash)
        .join(blocks, blocks.c.number == ordered.c.block_number)
        .join(logs, log)
        .subquery("answered")
    )
    return sa.select(sa.func.coalesce(array, sa.text("'[]'::json"))).select_from(row).scalar_subquery()


def block_expression(at: At) -> Any:
    if at.block is None:
        return versions.c.number
    return sa.literal(at.block, sa.BigInteger) if isinstance(at.block, int) else at.block


def hash_at(number: Any) -> Any:
    return sa.select(blocks.c.hash).where(blocks.c.number == number).scalar_subquery()


def fork_of(block_hash: str) -> Any:
    """Where our chain left the branch of an orphaned block, or lies now if it was rewound further since; null where
    the block was not orphaned."""
    orphaned = sa.select(sa.func.min(orphans.c.epoch)).where(orphans.c.hash == raw(block_hash)).scalar_subquery()
    return sa.select(sa.func.min(reorgs.c.fork_number)).where(reorgs.c.epoch >= orphaned).scalar_subquery()


def require_known(row: dict[str, Any], at: At) -> None:
    number, first, newest = row["at_block"], row["first_block"], row["number"]
    if number is None or number < first - 1:
        raise Problem("at-block-not-indexed", f"{at.label} lies before block {first}, the first of this deployment.")
    if number > newest:
        raise Problem(
            "at-block-not-indexed",
            f"{at.label} lies in the future: the newest indexed block is {newest}. To wait for it, say min_block.",
        )


def require_anchor(row: dict[str, Any], anchor: Anchor | None) -> None:
    if anchor is None or (row["anchor_hash"] and "0x" + row["anchor_hash"].hex() == anchor.block_hash):
        return
    if row["anchor_fork"] is None:
        raise Problem("invalid-cursor", "The cursor names a row that never was in this list. Begin without one.")
    raise Problem(
        "cursor-orphaned",
        f"A reorganisation took back the block that this cursor names. Pages up to block {row['anchor_fork']} still "
        "hold: begin again without a cursor.",
        fork_block=row["anchor_fork"],
    )


def reader_of(request: Request) -> Reader:
    reader: Reader = request.app.state.reader
    return reader


EXPOSED = (*HEADERS, "Retry-After")


def respond(request: Request, answer: Answer, body: BaseModel, also: str = "") -> Response:
    """The body with the headers of every read; 304 without one where the client has this very answer.

    also: what tells two answers as of the same block apart, where they do not depend on the chain alone.
    """
    meta, etag = answer.meta, f'"{answer.version}{also and "-"}{also}"'
    headers = {
        "X-Indexed-Block": str(meta.indexed_block),
        "X-Indexed-Block-Hash": meta.indexed_block_hash,
        "X-Finalized-Block": str(meta.finalized_block),
        "X-Head-Block": str(answer.head),
        "ETag": etag,
        "Cache-Control": "no-cache",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body.model_dump_json(), media_type="application/json", headers=headers)
