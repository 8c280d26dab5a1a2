"""GET /v1/accounts: what vault accounts hold, now and at any block."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.freshness import AT, FRESH, At_, Fresh
from api.problems import documented
from api.reads import Answer, At, Meta, Placed, respond
from api.values import AccountOut, AddressOut, AmountOut, checksummed, hexadecimal, parse_account, parse_address, raw
from indexer.projections.accounts import accounts_between

router = APIRouter(tags=["accounts"])

NUMBER_BYTES = 12


class Account(Placed):
    """A vault account; its place is that of the last posting. Amounts are of the vault's stablecoin."""

    account: AccountOut
    owner: AddressOut
    number: str = Field(examples=["0"], description="0 is the main account, others are sub-accounts")
    balance: AmountOut


class AccountList(BaseModel):
    meta: Meta
    accounts: list[Account]


class AccountAnswer(BaseModel):
    meta: Meta
    account: Account | None = Field(description="null where the account was never used: it holds nothing")


def account_out(answer: Answer, row: dict[str, Any]) -> Account:
    account = row["account"]
    return Account(
        **answer.placed(row),
        account=hexadecimal(account),
        owner=checksummed(account),
        number=str(int(account[42:], 16)),
        balance=str(row["balance"]),
    )


def accounts_select(at: At, owner: bytes) -> sa.Select[Any]:
    """Every account of an owner."""
    return accounts_between(owner + bytes(NUMBER_BYTES), owner + b"\xff" * NUMBER_BYTES, at.block)


@router.get(
    "/accounts",
    operation_id="listAccounts",
    response_model=AccountList,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def list_accounts(
    request: Request, reader: Fresh, at: At_, owner: Annotated[str, Query(description="address of a wallet")]
) -> Response:
    """All accounts that a wallet has used, its main account first."""
    answer = await reader.answer(accounts_select(at, raw(parse_address(owner, "owner"))), at)
    body = AccountList(meta=answer.meta, accounts=[account_out(answer, row) for row in answer.rows])
    return respond(request, answer, body)


@router.get(
    "/accounts/{account}",
    operation_id="getAccount",
    response_model=AccountAnswer,
    responses=documented("invalid-account", *AT, *FRESH),
)
async def get_account(request: Request, reader: Fresh, at: At_, account: str) -> Response:
    """One account, by its id, or by an address for that wallet's main account."""
    wanted = raw(parse_account(account, "account"))
    answer = await reader.answer(accounts_between(wanted, wanted, at.block), at)
    found = account_out(answer, answer.rows[0]) if answer.rows else None
    return respond(request, answer, AccountAnswer(meta=answer.meta, account=found))
