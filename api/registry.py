"""GET /v1/registry: lists of who may hold fractions, and what they say of wallets."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.pages import LIMIT_DEFAULT, CursorText, Limit, Page, decode_cursor, page_of
from api.problems import Problem, documented
from api.reads import Answer, Meta, Placed, respond
from api.values import AddressOut, checksummed, parse_address, raw
from indexer.chain import LIST_NUMBER_MAX
from indexer.projections.registry import entries_at, entries_of, registry_lists_at

router = APIRouter(tags=["registry"])

ADDRESS_BYTES = 20

ListNumber = Annotated[int, Path(ge=1, le=LIST_NUMBER_MAX)]


class RegistryList(Placed):
    """A list of investors; its place is that of its creation."""

    number: int = Field(examples=[1])
    name: str = Field(examples=["European investors"])
    registrar: AddressOut = Field(description="who keeps it")


class RegistryLists(BaseModel):
    meta: Meta
    lists: list[RegistryList]


class RegistryEntry(Placed):
    """What a list says of a wallet; its place is that of the last change."""

    wallet: AddressOut
    investor_id: str = Field(examples=["4711"], description="whom the registrar knows behind it, a number as text")
    expiry: str = Field(examples=["1821536000"], description="seconds since 1970, as text: up to 2^64 - 1, for never")
    frozen: bool = Field(examples=[False])
    eligible: bool = Field(description="whether it may gain fractions, by the time of the block")


class RegistryEntries(Page):
    meta: Meta
    entries: list[RegistryEntry]


def list_out(answer: Answer, row: dict[str, Any]) -> RegistryList:
    return RegistryList(
        **answer.placed(row),
        number=row["registry_list"],
        name=row["name"],
        registrar=checksummed(row["registrar"]),
    )


def entry_out(answer: Answer, row: dict[str, Any]) -> RegistryEntry:
    return RegistryEntry(
        **answer.placed(row),
        wallet=checksummed(row["wallet"]),
        investor_id=str(row["investor_id"]),
        expiry=str(row["expiry"]),
        frozen=row["frozen"],
        eligible=not row["frozen"] and row["expiry"] > answer.meta.at_timestamp,
    )


@router.get(
    "/registry/lists",
    operation_id="listRegistryLists",
    response_model=RegistryLists,
    responses=documented(*AT, *FRESH),
)
async def list_registry_lists(request: Request, reader: Fresh, at: At_) -> Response:
    """All lists, by number."""
    answer = await reader.answer(registry_lists_at(at.bound), at)
    body = RegistryLists(meta=answer.meta, lists=[list_out(answer, row) for row in answer.rows])
    return respond(request, answer, body)


@router.get(
    "/registry/lists/{number}/entries",
    operation_id="listRegistryEntries",
    response_model=RegistryEntries,
    responses=documented("unknown-list", "invalid-address", "invalid-cursor", "cursor-orphaned", *AT, *FRESH),
)
async def list_registry_entries(
    request: Request,
    reader: Fresh,
    at: At_,
    number: ListNumber,
    wallet: Annotated[str | None, Query(description="address: what the list says of this wallet")] = None,
    cursor: CursorText = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """Entries of a list, by wallet."""
    anchor = decode_cursor(cursor, ADDRESS_BYTES)
    if wallet is None:
        entries = entries_at(at.bound, number, anchor.key if anchor else None, limit + 1)
    elif anchor is None:
        entries = entries_of(raw(parse_address(wallet, "wallet")), at.bound, number)
    else:
        raise Problem("invalid-request", "Say wallet or cursor, not both.")
    answer = await reader.answers({"list": registry_lists_at(at.bound, number), "rows": entries}, at, anchor)
    if not answer.sets["list"]:
        raise Problem(
            "unknown-list",
            f"There is no list {number} up to block {answer.meta.at_block}; /v1/registry/lists has them.",
        )
    rows, next_cursor = page_of(answer, limit, key="wallet")
    entries_out = [entry_out(answer, row) for row in rows]
    return respond(request, answer, RegistryEntries(meta=answer.meta, entries=entries_out, next_cursor=next_cursor))
