"""GET /v1/accounts/{account}/export: the ledger of an account as a file."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api.export.beancount import beancount
from api.export.hledger import hledger
from api.export.snapshot import read_statement
from api.export.statement import Statement
from api.export.table import table
from api.freshness import AT, FRESH, Fresh
from api.problems import Problem, documented
from api.status import Deployed
from api.values import parse_account

router = APIRouter(tags=["accounts"])

TIME_MAX = 250_000_000_000
"""In the year 9892: calendars end soon after."""
AT_ONCE_MAX = 2
"""Exports that are made at the same time; others wait. A large one takes a hundred megabytes."""


@dataclass(frozen=True)
class Format:
    media_type: str
    suffix: str
    write: Callable[[Statement], str]


FORMATS = {
    "csv": Format("text/csv", "csv", table),
    "beancount": Format("text/plain", "beancount", beancount),
    "hledger": Format("text/plain", "journal", hledger),
}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the file",
        "headers": {
            "Content-Disposition": {"description": "attachment, with a file's name", "schema": {"type": "string"}}
        },
        "content": {
            "text/csv": {"schema": {"type": "string", "examples": ["block_number,block_hash,transaction_hash\r\n"]}},
            "text/plain": {
                "schema": {
                    "type": "string",
                    "examples": ["2026-11-01 balance Assets:Freehold:0x3c44:Main  40000000000 TUSD-UNIT\n"],
                }
            },
        },
    }
}


@router.get(
    "/accounts/{account}/export",
    operation_id="exportAccount",
    response_class=Response,
    responses={**FILES, **documented("invalid-account", "invalid-address", "export-too-large", *AT, *FRESH)},
)
async def export_account(
    request: Request,
    reader: Fresh,
    deployment: Deployed,
    account: str,
    format: Annotated[Literal["csv", "beancount", "hledger"], Query(description="of the file")],
    from_time: Annotated[int | None, Query(ge=0, le=TIME_MAX, description="first second, since 1970")] = None,
    to_time: Annotated[int | None, Query(ge=0, le=TIME_MAX, description="last second, since 1970")] = None,
    include_unfinal: Annotated[bool, Query(description="postings too that a reorganisation could take back")] = False,
) -> Response:
    """An account's postings of a period with its opening and closing balance, double-entry, in base units. All of it
    is as of one block, the last final one unless include_unfinal says otherwise; the file names it."""
    wanted = parse_account(account, "account")
    if from_time is not None and to_time is not None and from_time > to_time:
        raise Problem("invalid-request", f"The period ends at {to_time}, before it begins at {from_time}.")
    chosen, slots = FORMATS[format], exports_of(request)
    async with slots:
        statement, answer = await read_statement(reader, deployment, wanted, from_time, to_time, include_unfinal)
        text = await asyncio.to_thread(chosen.write, statement)
    headers = {
        "Content-Disposition": f'attachment; filename="{statement.file_stem}.{chosen.suffix}"',
        "X-Indexed-Block": str(answer.meta.indexed_block),
        "X-Indexed-Block-Hash": answer.meta.indexed_block_hash,
        "X-Finalized-Block": str(answer.meta.finalized_block),
        "X-Head-Block": str(answer.head),
        "Cache-Control": "no-cache",
    }
    return Response(text.encode(), media_type=f"{chosen.media_type}; charset=utf-8", headers=headers)


def exports_of(request: Request) -> asyncio.Semaphore:
    slots: asyncio.Semaphore = request.app.state.exports
    return slots
