"""What may happen in the market, drawn so that most of it is accepted and some of it is not.

Mostly on one or two ticks of a book, which lie on both sides of a border in the tree of prices; by few people, in small
quantities; and in sequences that once lost a queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tests.contracts.market_book import (
    FILL_OR_KILL,
    GOOD_TILL_CANCELLED,
    IMMEDIATE_OR_CANCEL,
    LIFETIME,
    MARKET,
    POST_ONLY,
    Book,
    Order,
    Resting,
)

Choice = TypeVar("Choice")

# By property: the two ticks that nearly all happens on. A leaf ends between the first two, a branch between the others.
TICKS = {1: (255, 256), 2: (65_535, 65_536), 3: (1_000, 1_001)}
LISTED = 2  # the property with a list
DEEP = 3  # the property whose book has many small orders
FAR = (1, 2, 254, 257, 511, 512, 65_534, 65_537, 131_071, 131_072, 2**24 - 3, 2**24 - 2)
NO_TICKS = (0, 2**24 - 1, 2**24, 2**256 - 1)
NO_QUANTITIES = (0, 2**48, 2**160, 2**256 - 1)
DEEP_QUANTITIES = (1, 30, 31, 32, 32, 32, 33, 33, 34, 36, 35)
TYPES = [GOOD_TILL_CANCELLED] * 12 + [IMMEDIATE_OR_CANCEL] * 3 + [FILL_OR_KILL] * 2 + [POST_ONLY] * 3 + [MARKET] * 2
DAY = 86_400

PLANS = (
    ("take_head", "cancel_head", "take_head"),
    ("take_head", "cancel_second", "take_head"),
    ("take_part", "queue_up", "take_head", "cancel_head", "queue_up", "cancel_tail", "take_all"),
    ("take_part", "reduce_head", "take_head", "take_part"),
    ("queue_up", "queue_up", "take_head", "cancel_head", "cancel_tail", "queue_up", "take_all"),
    ("queue_up", "cancel_tail", "queue_up", "cancel_tail", "take_all"),
    ("take_all", "place", "cancel_head", "place"),
    ("take_all", "prune", "queue_up", "take_head"),
    ("queue_up", "run_out", "take_head"),
    ("take_part", "set_fees", "take_part", "cancel_head"),
)
ACTS = {
    "plan": 9,
    "place": 26,
    "queue_up": 10,
    "take_head": 8,
    "take_part": 8,
    "take_all": 3,
    "sweep": 3,
    "cancel_any": 6,
    "cancel_head": 2,
    "cancel_second": 2,
    "cancel_tail": 2,
    "cancel_many": 2,
    "reduce": 5,
    "reduce_head": 2,
    "replace": 4,
    "prune": 5,
    "run_out": 4,
    "wait": 5,
    "place_signed": 3,
    "cancel_signed": 1,
    "burn_key": 1,
    "enter": 4,
    "move_fractions": 3,
    "move_money": 2,
    "withdraw": 2,
    "deposit": 2,
    "set_fees": 2,
    "switch": 2,
    "set_fee_receiver": 1,
    "collect_fees": 2,
    "declare_rent": 1,
    "release_rent": 1,
    "claim_rent": 1,
    "declare_final": 1,
}


@dataclass
class Dice:
    """Random numbers of one step."""

    random: Random

    def one(self, choices: Sequence[Choice]) -> Choice:
        return self.random.choice(choices)

    def happens(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def act(self) -> str:
        return self.random.choices(list(ACTS), list(ACTS.values()))[0]

    def order(self, property_id: int, book: Book, now: int) -> Order:
        quantity = self.quantity(book.lot)
        order_type = 5 if self.happens(1) else self.one(TYPES)
        return Order(
            property_id=4 if self.happens(1) else property_id,
            side=2 if self.happens(1) else self.one([0, 1]),
            tick=self.tick(property_id),
            quantity=quantity,
            order_type=order_type,
            minimum_fill=self.minimum(order_type, quantity),
            max_fills=0 if self.happens(70) else self.one([1, 1, 2, 3, 200]),
            expiry=self.expiry(now),
            deadline=now - 1 if self.happens(2) else now + self.one([0, 600]),
        )

    def tick(self, property_id: int) -> int:
        if self.happens(1):
            return self.one(NO_TICKS)
        if self.happens(8):
            return self.one(FAR)
        near = TICKS[property_id]
        return near[0] - 1 if self.happens(4) else near[1] + 1 if self.happens(4) else self.one(near)

    def quantity(self, lot: int) -> int:
        if self.happens(2):
            return self.one(NO_QUANTITIES)
        if self.happens(3):
            return self.one([1, lot + 1, 10**6, 10**6 * lot])
        return lot * self.one([1, 1, 1, 2, 2, 3, 4, 6])

    def minimum(self, order_type: int, quantity: int) -> int:
        if order_type == MARKET:
            return self.one([1, 1, 1, quantity, 0]) if quantity else 0
        return self.one([1, 2, quantity, quantity + 1]) if self.happens(8) else 0

    def expiry(self, now: int) -> int:
        if self.happens(3):
            return self.one([now - 1, now + LIFETIME, now + LIFETIME + 1, 2**40, 2**256 - 1])
        return 0 if self.happens(55) else now + self.one([0, 1, 2, 3, 5, 10, 30, 60])

    def some(self, orders: Sequence[Resting]) -> list[Resting]:
        return self.random.sample(list(orders), min(len(orders), self.one([1, 2, 3, 5])))
