"""What the chain says of a property's book, for prices and for words: its rules, and what would be accepted instead."""

import asyncio
import re
from dataclasses import dataclass

from api.prepare.desk import Desk
from api.prepare.listed import name_of
from api.prepare.words import in_fractions, in_units
from api.problems import Problem
from api.values import Side
from indexer.chain import TICK_MAX
from indexer.deployment import Stablecoin

UINT256_MAX = 2**256 - 1


@dataclass(frozen=True)
class Book:
    """As the marketplace's book_of, prices in ticks, 0 where a side is empty. All zeros where there is no book."""

    property_id: int
    name: str
    coin: Stablecoin
    tick_size: int
    lot: int
    minimum_ticks: int
    best_bid: int
    best_ask: int

    def in_units(self, ticks: int) -> str:
        """So many tick sizes for people: a price, or the value of an order."""
        return in_units(ticks * self.tick_size, self.coin)

    def each(self, tick: int) -> str:
        """A price for people, or its tick where nobody knows what that is worth."""
        return self.in_units(tick) if self.tick_size else f"tick {tick}"

    def tick_of(self, tick: int | None, price: str | None) -> int:
        """The tick that a body names, by itself or as a price in base units. Raises Problem where it names none."""
        if (tick is None) == (price is None):
            raise Problem("invalid-request", "Say tick or price, one of them: a price is in base units.")
        if tick is not None:
            return tick
        assert price is not None, "one of them"
        if not (re.fullmatch(r"[0-9]{1,78}", price) and 0 < int(price) <= UINT256_MAX):
            raise Problem(
                "invalid-price", f"price is {price[:90]!r}, and one is a whole number of base units, as text."
            )
        if self.tick_size == 0:
            raise Problem("invalid-price", f"Property {self.property_id} has no book, so no price is one of it.")
        return self._whole_tick(int(price))

    def _whole_tick(self, price: int) -> int:
        below, rest = divmod(price, self.tick_size)
        lower, upper = max(1, min(below, TICK_MAX)), max(1, min(below + 1, TICK_MAX))
        if rest == 0 and below == lower:
            return below
        nearest = " or ".join(str(tick * self.tick_size) for tick in sorted({lower, upper}))
        raise Problem(
            "invalid-price",
            f"price is {price} base units, and the book of property {self.property_id} has prices of {self.tick_size} "
            f"to {TICK_MAX * self.tick_size} in steps of {self.tick_size}: take {nearest}.",
        )

    def words(self, side: Side, tick: int, quantity: int) -> dict[str, str]:
        """By the name of the error: why this very order is refused, with what would be taken instead."""
        if self.tick_size == 0:
            return {}
        words = {
            "ValueTooSmall": f"The order is worth {self.in_units(tick * quantity)} at its own price, and "
            f"{self.in_units(self.minimum_ticks)} are the least in the book of {self.name}. Raise quantity or price.",
            "InvalidQuantity": f"{in_fractions(quantity)} of {self.name} cannot be traded: {self._lots(quantity)}.",
            "BookHalted": f"The book of {self.name} is halted: no orders are placed just now. Orders can be cancelled "
            "and reduced; place yours once it is resumed.",
            "BookClosed": f"The book of {self.name} is closed for ever, because the property ends.",
        }
        best, better = (self.best_ask, "lower") if side == "bid" else (self.best_bid, "higher")
        if best:
            other = "ask" if side == "bid" else "bid"
            words["WouldTrade"] = (
                f"The order is to rest and would trade at once: the best {other} is {self.in_units(best)}. Take a "
                f"{better} price, or another type."
            )
        return words

    def _lots(self, quantity: int) -> str:
        if self.lot == 1:
            return "1 to 281,474,976,710,655 can"
        below = quantity // self.lot * self.lot
        nearest = f"{below} or {below + self.lot}" if below else str(self.lot)
        return f"the lot is {self.lot} fractions, so take {nearest}"


async def book_of(desk: Desk, property_id: int) -> Book:
    name, found = await asyncio.gather(name_of(desk, property_id), desk.read("Marketplace", "book_of", [property_id]))
    coin = desk.deployment.contracts.stablecoin
    if found is None:
        return Book(property_id, name, coin, 0, 0, 0, 0, 0)
    best_bid, best_ask, _, tick_size, lot, _, minimum_ticks, *_ = found[0]
    return Book(property_id, name, coin, tick_size, lot, minimum_ticks, best_bid, best_ask)
