"""An order book as the chain has it: its rules, its prices, the orders that rest, and their words for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
from web3.exceptions import ContractLogicError

from api.reverts import explain
from scripts._desk import Desk

BID, ASK = 0, 1
NUMBER_BITS = 40
MAX_PRICES = MAX_ORDERS = 128
HIGHEST_TICK = 2**24 - 2


@dataclass(frozen=True)
class Book:
    """book_of, by name. Best prices are ticks, 0 where a side has no orders."""

    property_id: int
    best_bid: int
    best_ask: int
    last_number: int
    tick_size: int
    lot: int
    registry_list: int
    minimum_ticks: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    is_halted: bool
    is_closed: bool

    @property
    def status(self) -> str:
        return "closed" if self.is_closed else "halted" if self.is_halted else "open"

    def best(self, side: int) -> int:
        return self.best_ask if side == ASK else self.best_bid


@dataclass(frozen=True)
class Resting:
    """Lens.Resting: an order that rests; escrowed: units of a bid, fractions of an ask."""

    order_id: int
    owner: str
    side: int
    tick: int
    remaining: int
    filled: int
    expiry: int
    maker_fee_ppm: int
    escrowed: int


def book_of(desk: Desk, property_id: int) -> Book:
    """Raises ClickException where the property has no book."""
    try:
        return Book(property_id, *desk.contracts.market.functions.book_of(property_id).call())
    except ContractLogicError as error:
        raise click.ClickException(explain(str(error.data)).sentence) from error


def depth_of(desk: Desk, property_id: int, side: int, count: int) -> list[tuple[int, int, int]]:
    """The best prices of a side as (tick, quantity, orders), best first."""
    prices: list[Any] = desk.contracts.lens.functions.depth(property_id, side, count).call()
    return [(tick, quantity, orders) for tick, quantity, orders in prices]


def resting_orders(desk: Desk, book: Book) -> Iterator[Resting]:
    """All of a book, best price first and oldest first at a price; asks first."""
    market, lens = desk.contracts.market.functions, desk.contracts.lens.functions
    for side in (ASK, BID):
        tick = book.best(side)
        while tick:
            number = 0
            while True:
                page = [Resting(*found) for found in lens.queue(book.property_id, side, tick, number).call()]
                # A page after the first begins with the order that ended the one before.
                yield from page[1:] if number else page
                if len(page) < MAX_ORDERS:
                    break
                number = page[-1].order_id % 2**NUMBER_BITS
            behind = tick + 1 if side == ASK else tick - 1
            tick = market.next_tick(book.property_id, side, behind).call() if 0 < behind <= HIGHEST_TICK else 0


def percent(fee_ppm: int) -> str:
    """Millionths for people: 1,500 is 0.15 %."""
    whole, part = divmod(fee_ppm, 10_000)
    digits = f"{part:04}".rstrip("0")
    return f"{whole}{'.' + digits if digits else ''} %"


def order_name(order_id: int) -> str:
    """As people say it: 3-17."""
    return f"{order_id >> NUMBER_BITS}-{order_id % 2**NUMBER_BITS}"
