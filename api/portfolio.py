"""GET /v1/portfolio/{owner}: everything that a wallet owns, as of one block."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.accounts import Account, account_out, accounts_select
from api.freshness import AT, FRESH, At_, Fresh
from api.holdings import Holding, holding_out
from api.offerings import Subscription, subscription_out, subscriptions_of
from api.problems import documented
from api.reads import Answer, At, Meta, respond
from api.rents import RentTotal, total_out, totals_select
from api.values import AddressOut, AmountOut, checksummed, parse_address, raw
from indexer.projections.holdings import holdings_at

router = APIRouter(tags=["portfolio"])


class Portfolio(BaseModel):
    meta: Meta
    owner: AddressOut
    money: AmountOut
    """All accounts together; what rests in subscriptions and unclaimed rent is not among it."""
    accounts: list[Account]
    holdings: list[Holding]
    subscriptions: list[Subscription]
    rents: list[RentTotal]


def portfolio_selects(at: At, wallet: bytes) -> dict[str, sa.Select[Any]]:
    return {
        "accounts": accounts_select(at, wallet),
        "holdings": holdings_at(at.bound, wallet),
        "subscriptions": subscriptions_of(wallet, at),
        "rents": totals_select(at, wallet),
    }


def portfolio_out(answer: Answer, owner: str) -> Portfolio:
    return Portfolio(
        meta=answer.meta,
        owner=checksummed(owner),
        money=str(sum(int(row["balance"]) for row in answer.sets["accounts"])),
        accounts=[account_out(answer, row) for row in answer.sets["accounts"]],
        holdings=[holding_out(answer, row) for row in answer.sets["holdings"]],
        subscriptions=[subscription_out(answer, row) for row in answer.sets["subscriptions"]],
        rents=[total_out(row) for row in answer.sets["rents"]],
    )


@router.get(
    "/portfolio/{owner}",
    operation_id="getPortfolio",
    response_model=Portfolio,
    responses=documented("invalid-address", *AT, *FRESH),
)
async def get_portfolio(request: Request, reader: Fresh, at: At_, owner: str) -> Response:
    """Accounts, holdings, subscriptions and rent of a wallet, all as of the same block."""
    wallet = parse_address(owner, "owner")
    answer = await reader.answers(portfolio_selects(at, raw(wallet)), at)
    return respond(request, answer, portfolio_out(answer, wallet))
