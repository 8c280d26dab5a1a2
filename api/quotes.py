"""GET /v1/markets/{property_id}/quote: what an order would trade at once, as the marketplace matches, at any block.

Read from the index as of one block and walked as the contract does: best price first, oldest first at a price. Whom
the contract takes out on the way it takes out here: expired orders, by the time of the block; those of the taker or
of the same investor; bids of wallets that are no longer eligible. A transaction is mined later than the block: what
it would do then is for `prepare/place_order` to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.book import Level
from api.freshness import AT, FRESH, At_, Fresh
from api.markets import unknown_market
from api.problems import documented
from api.properties import PropertyId
from api.reads import Answer, At, Meta, respond
from api.values import SIDES, AmountOut, FractionsOut, PriceOut, Side, TickOut, parse_address, parse_fractions, raw
from indexer.chain import MILLION, TICK_MAX
from indexer.projections.history import last_rows
from indexer.projections.markets import markets_at
from indexer.projections.orders import orders_at, resting_orders_now
from indexer.projections.registry import registry_entries

router = APIRouter(tags=["market"])

FILLS_MAX, REMOVALS_MAX = 128, 128
MET_MAX = FILLS_MAX + REMOVALS_MAX + 1
"""The last of them may be one that cannot be removed any more."""
FRACTION_DIGITS_MAX = 20


class Quote(BaseModel):
    """What would trade at once. quantity is less than asked for where the book, the price, or the 128 makers that a
    call may trade with give no more."""

    property_id: int = Field(examples=[1])
    side: Side = Field(description="of the order that is asked about: a bid buys")
    asked: FractionsOut
    quantity: FractionsOut
    amount: AmountOut = Field(description="value of all fills, before fees")
    average_price: PriceOut | None = Field(description="rounded down; null where nothing trades")
    worst_tick: TickOut | None = Field(description="of the last fill; null where nothing trades")
    taker_fee: AmountOut
    fills: int = Field(examples=[2], description="orders that it would trade with")
    removals: int = Field(examples=[0], description="orders on the way that would be taken out without trading")
    levels: list[Level] = Field(description="what is taken at each price, from how many orders")


class QuoteAnswer(BaseModel):
    meta: Meta
    quote: Quote


@dataclass(frozen=True)
class Taker:
    """Who asks. wallet: as Postgres' text, "" where nobody is named; investor: his number on the list, 0 for none."""

    side: Side
    quantity: int
    wallet: str
    investor: int = 0


@dataclass
class Walk:
    """How far the matching has come. taken: fractions and orders by tick, in the order of the walk."""

    quantity: int = 0
    amount: int = 0
    fills: int = 0
    removals: int = 0
    taken: dict[int, tuple[int, int]] = field(default_factory=dict)


def quote_selects(
    at: At, property_id: int, side: Side, tick: int | None, wallet: bytes | None
) -> dict[str, sa.Select[Any]]:
    """The market, the orders on the way in the order in which they are met, and what its list says of their owners."""
    market = markets_at(at.bound, property_id)
    resting = (
        resting_orders_now(property_id=property_id)
        if at.block is None
        else orders_at(at.block, property_id=property_id, status="open")
    ).subquery("resting")
    makers = SIDES.index("ask" if side == "bid" else "bid")
    wanted = [resting.c.side == makers]
    if tick is not None:
        wanted.append(resting.c.tick <= tick if side == "bid" else resting.c.tick >= tick)
    best_first = resting.c.tick.asc() if side == "bid" else resting.c.tick.desc()
    met = resting.select().where(*wanted).order_by(best_first, resting.c.number).limit(MET_MAX)
    listed = last_rows(registry_entries, at.bound, ["registry_list", "wallet"])
    rows, owners = registry_entries, met.subquery("met")
    asked = rows.c.wallet.in_(sa.select(owners.c.owner))
    number = sa.select(market.subquery("market").c.registry_list).scalar_subquery()
    return {
        "market": market,
        "orders": met,
        "entries": listed.where(rows.c.registry_list == number, sa.or_(asked, rows.c.wallet == wallet)),
    }


def quote_out(answer: Answer, property_id: int, taker: Taker) -> Quote | None:
    """Of an answer to quote_selects; None where there is no book."""
    if not answer.sets["market"]:
        return None
    market = answer.sets["market"][0]
    has_list = market["registry_list"] != 0
    entries = {row["wallet"]: row for row in answer.sets["entries"]} if has_list else {}
    if taker.wallet in entries:
        taker = Taker(taker.side, taker.quantity, taker.wallet, int(entries[taker.wallet]["investor_id"]))
    now = answer.meta.at_timestamp
    walk = walked(answer.sets["orders"], taker, now, entries if has_list else None)
    tick_size = int(market["tick_size"])
    value = walk.amount * tick_size
    levels = [
        Level(tick=tick, price=str(tick * tick_size), quantity=str(quantity), orders=orders)
        for tick, (quantity, orders) in walk.taken.items()
    ]
    return Quote(
        property_id=property_id,
        side=taker.side,
        asked=str(taker.quantity),
        quantity=str(walk.quantity),
        amount=str(value),
        average_price=str(value // walk.quantity) if walk.quantity else None,
        worst_tick=levels[-1].tick if levels else None,
        taker_fee=str(value * market["taker_fee_ppm"] // MILLION),
        fills=walk.fills,
        removals=walk.removals,
        levels=levels,
    )


def walked(orders: Iterable[dict[str, Any]], taker: Taker, now: int, entries: dict[str, Any] | None) -> Walk:
    """Match as the marketplace does. entries: of the property's list by wallet; None where it has no list."""
    walk = Walk()
    for order in orders:
        if walk.quantity == taker.quantity or walk.fills == FILLS_MAX:
            break
        if not trades(order, taker, now, entries):
            if walk.removals == REMOVALS_MAX:
                break
            walk.removals += 1
            continue
        taken = min(order["remaining"], taker.quantity - walk.quantity)
        walk.quantity += taken
        walk.amount += taken * order["tick"]
        walk.fills += 1
        quantity, count = walk.taken.get(order["tick"], (0, 0))
        walk.taken[order["tick"]] = (quantity + taken, count + 1)
    return walk


def trades(order: dict[str, Any], taker: Taker, now: int, entries: dict[str, Any] | None) -> bool:
    if now > order["expiry"] or order["owner"] == taker.wallet:
        return False
    if entries is None:
        return True
    entry = entries.get(order["owner"])
    if taker.investor and entry and int(entry["investor_id"]) == taker.investor:
        return False
    return taker.side == "bid" or (entry is not None and not entry["frozen"] and entry["expiry"] > now)


@router.get(
    "/markets/{property_id}/quote",
    operation_id="getQuote",
    response_model=QuoteAnswer,
    responses=documented("unknown-market", "invalid-address", "invalid-amount", *AT, *FRESH),
)
async def get_quote(
    request: Request,
    reader: Fresh,
    at: At_,
    property_id: PropertyId,
    side: Side,
    quantity: Annotated[str, Query(max_length=FRACTION_DIGITS_MAX, description="whole fractions")],
    tick: Annotated[int | None, Query(ge=1, le=TICK_MAX, description="worst price; any where none is named")] = None,
    owner: Annotated[str | None, Query(description="address: whose orders are not traded with")] = None,
) -> Response:
    """What an order would trade at once, at which prices, and for which fee."""
    wallet = raw(parse_address(owner, "owner")) if owner is not None else None
    taker = Taker(side, parse_fractions(quantity, "quantity"), "\\x" + wallet.hex() if wallet else "")
    answer = await reader.answers(quote_selects(at, property_id, side, tick, wallet), at)
    quote = quote_out(answer, property_id, taker)
    if quote is None:
        raise unknown_market(answer, property_id)
    return respond(request, answer, QuoteAnswer(meta=answer.meta, quote=quote))
