"""GET /v1/treasury: what the house's own account holds, what its operators may pay in a day, and what they paid."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.freshness import AT, FRESH, At_, Fresh
from api.pages import LIMIT_DEFAULT, CursorText, Limit, Page, decode_cursor, page_of
from api.problems import documented
from api.reads import Answer, Meta, Placed, respond
from api.status import Deployed
from api.values import AccountOut, AmountOut, HashOut, hexadecimal, raw
from indexer.chain import main_account_of
from indexer.projections.accounts import accounts_between
from indexer.projections.treasury import daily_limit_at, payments_of_treasury

router = APIRouter(tags=["treasury"])

DAY_SECONDS = 86_400


class Payment(Placed):
    """What an operator paid. The posting with the same request id says the rest."""

    request_id: HashOut
    to_account: AccountOut
    amount: AmountOut
    day: int = Field(examples=[20717], description="whole days since 1970, in UTC")
    paid_today: AmountOut = Field(description="of that day, after this payment")


class Treasury(Page):
    meta: Meta
    account: AccountOut
    balance: AmountOut
    daily_limit: AmountOut = Field(description="of what operators pay in one day, in UTC")
    paid_today: AmountOut = Field(description="on the day of the block")
    payments: list[Payment]


def payment_out(answer: Answer, row: dict[str, Any]) -> Payment:
    return Payment(
        **answer.placed(row),
        request_id=hexadecimal(row["request_id"]),
        to_account=hexadecimal(row["to_account"]),
        amount=str(row["amount"]),
        day=row["day"],
        paid_today=str(row["paid_today"]),
    )


@router.get(
    "/treasury",
    operation_id="getTreasury",
    response_model=Treasury,
    responses=documented("invalid-cursor", "cursor-orphaned", *AT, *FRESH),
)
async def get_treasury(
    request: Request,
    reader: Fresh,
    at: At_,
    deployment: Deployed,
    cursor: CursorText = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """The treasury, with its payments, newest first."""
    anchor = decode_cursor(cursor)
    before = (anchor.block_number, anchor.log_index) if anchor else None
    account = main_account_of(deployment.addresses.treasury)
    selects = {
        "account": accounts_between(raw(account), raw(account), at.block),
        "limit": daily_limit_at(at.bound),
        "last": payments_of_treasury(at.bound, None, 1),
        "rows": payments_of_treasury(at.bound, before, limit + 1),
    }
    answer = await reader.answers(selects, at, anchor)
    rows, next_cursor = page_of(answer, limit)
    day = answer.meta.at_timestamp // DAY_SECONDS
    body = Treasury(
        meta=answer.meta,
        account=account,
        balance=first(answer, "account", "balance"),
        daily_limit=first(answer, "limit", "daily_limit"),
        paid_today=next((str(row["paid_today"]) for row in answer.sets["last"] if row["day"] == day), "0"),
        payments=[payment_out(answer, row) for row in rows],
        next_cursor=next_cursor,
    )
    return respond(request, answer, body)


def first(answer: Answer, name: str, column: str) -> str:
    """An amount of a select's one row; 0 where it has none, before the treasury was deployed or ever used."""
    return next((str(row[column]) for row in answer.sets[name]), "0")
