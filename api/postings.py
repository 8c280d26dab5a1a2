"""GET /v1/postings: the ledger, of everybody, of a wallet or of one account."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.freshness import AT, FRESH, At_, Fresh
from api.pages import LIMIT_DEFAULT, CursorText, Limit, Page, decode_cursor, page_of
from api.problems import Problem, documented
from api.reads import Answer, At, Meta, Placed, respond
from api.values import AccountOut, AmountOut, HashOut, hexadecimal, parse_account, parse_address, raw
from indexer.chain import POSTING_KINDS
from indexer.projections.postings import all_postings, postings_of

router = APIRouter(tags=["postings"])

NO_HASH = "0x" + 64 * "0"


class Posting(Placed):
    """One amount, debited to one account and credited to another."""

    kind: str = Field(examples=["transfer"], description=", ".join(POSTING_KINDS.values()))
    debit_account: AccountOut
    credit_account: AccountOut
    amount: AmountOut
    request_id: HashOut | None = Field(description="of a transfer or a batch with an idempotency key")
    reference: HashOut = Field(
        description="32 bytes that the sender chose; of a declared rent its period, "
        "of trades, their fees and escrow an order's id"
    )
    reference_text: str | None = Field(examples=["invoice 4711"], description="the reference, where it is text")
    debit_balance: AmountOut = Field(description="of the debited account, after this posting")
    credit_balance: AmountOut = Field(description="of the credited account, after this posting")


class PostingList(Page):
    meta: Meta
    postings: list[Posting]


def posting_out(answer: Answer, row: dict[str, Any]) -> Posting:
    request_id = hexadecimal(row["request_id"])
    return Posting(
        **answer.placed(row),
        kind=POSTING_KINDS.get(row["kind"], f"kind-{row['kind']}"),
        debit_account=hexadecimal(row["debit_account"]),
        credit_account=hexadecimal(row["credit_account"]),
        amount=str(row["amount"]),
        request_id=None if request_id == NO_HASH else request_id,
        reference=hexadecimal(row["reference"]),
        reference_text=readable(bytes.fromhex(row["reference"][2:])),
        debit_balance=str(row["debit_balance"]),
        credit_balance=str(row["credit_balance"]),
    )


def readable(reference: bytes) -> str | None:
    """The reference as text where it is printable UTF-8 padded with zeros; None where it is anything else."""
    try:
        text = reference.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return None
    return text if text and text.isprintable() else None


@router.get(
    "/postings",
    operation_id="listPostings",
    response_model=PostingList,
    responses=documented("invalid-address", "invalid-account", "invalid-cursor", "cursor-orphaned", *AT, *FRESH),
)
async def list_postings(
    request: Request,
    reader: Fresh,
    at: At_,
    owner: Annotated[str | None, Query(description="address: postings of any of its accounts")] = None,
    account: Annotated[str | None, Query(description="account id, or address for its main account")] = None,
    cursor: CursorText = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """Postings, newest first. Of everybody where neither owner nor account is named."""
    anchor = decode_cursor(cursor)
    before = (anchor.block_number, anchor.log_index) if anchor else None
    answer = await reader.answer(postings_select(at, owner, account, before, limit + 1), at, anchor)
    rows, next_cursor = page_of(answer, limit)
    postings = [posting_out(answer, row) for row in rows]
    body = PostingList(meta=answer.meta, postings=postings, next_cursor=next_cursor)
    return respond(request, answer, body)


def postings_select(
    at: At, owner: str | None, account: str | None, before: tuple[int, int] | None, limit: int
) -> sa.Select[Any]:
    if owner is not None and account is not None:
        raise Problem("invalid-request", "Say owner or account, not both.")
    if owner is not None:
        wallet = raw(parse_address(owner, "owner"))
        return postings_of(wallet + bytes(12), wallet + b"\xff" * 12, at.bound, before, limit)
    if account is not None:
        wanted = raw(parse_account(account, "account"))
        return postings_of(wanted, wanted, at.bound, before, limit)
    return all_postings(at.bound, before, limit)
