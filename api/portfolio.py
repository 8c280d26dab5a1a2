"""GET /v1/portfolio/{owner}: everything that a wallet owns, as of one block."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.accounts import Account, account_out, accounts_select
from api.holdings import Holding, holding_out, holdings_select
from api.problems import documented
from api.reads import AT, FRESH, Answer, At, At_, Fresh, Meta, respond
from api.values import AddressOut, AmountOut, checksummed, parse_address, raw

router = APIRouter(tags=["portfolio"])


class Portfolio(BaseModel):
    meta: Meta
    owner: AddressOut
    money: AmountOut
    """All accounts together."""
    accounts: list[Account]
    holdings: list[Holding]


def portfolio_selects(at: At, wallet: bytes) -> dict[str, sa.Select[Any]]:
    return {"accounts": accounts_select(at, wallet), "holdings": holdings_select(at, wallet, None)}


def portfolio_out(answer: Answer, owner: str) -> Portfolio:
    return Portfolio(
        meta=answer.meta,
        owner=checksummed(owner),
        money=str(sum(int(row["balance"]) for row in answer.sets["accounts"])),
        accounts=[account_out(answer, row) for row in answer.sets["accounts"]],
        holdings=[holding_out(answer, row) for row in answer.sets["holdings"]],
    )


@router.get(
    "/portfolio/{owner}",
    operation_id="getPortfolio",
    response_model=Portfolio,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def get_portfolio(request: Request, reader: Fresh, at: At_, owner: str) -> Response:
    """Accounts and holdings of a wallet, all as of the same block."""
    wallet = parse_address(owner, "owner")
    answer = await reader.answers(portfolio_selects(at, raw(wallet)), at)
    return respond(request, answer, portfolio_out(answer, wallet))
