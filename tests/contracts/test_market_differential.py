"""Two matching engines of others are told the same as the marketplace: they must trade the same and keep the same.

Partners are lightmatchingengine of PyPI and limit-order-book of npm, whose own habits stand with their drivers in
engines/partners.py. What only the marketplace knows is left out: nobody meets himself, as bids are of some people and
asks of others; nothing expires; no call meets its bound of 128 fills, as few orders rest. Fees change no trade.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from bench.evm import Evm
from bench.stage import ISSUER_AT, LARGEST, LISTER_AT, Stage, account_of, address_of, set_up
from tests.contracts.engines.partners import Lightmatchingengine, LimitOrderBook, Partner, Queue, Trades
from tests.contracts.market_book import ASK, BID, Order, id_of

PROPERTY = 1
PEOPLE = {side: [address_of(f"{side} {number}") for number in range(3)] for side in (BID, ASK)}
TICKS = (65_535, 65_536)  # a branch of the tree of prices ends between them
MANY = 10**9
MOST_RESTING = 60
COMPARED_EVERY = 100
TURN_EVERY = 250  # operations on one tick, then as many on two


class Ours:
    """The marketplace, told as its partners are."""

    def __init__(self) -> None:
        self.stage: Stage = set_up()
        self.evm: Evm = self.stage.evm
        self.owners: dict[int, str] = {}
        self.remaining: dict[int, int] = {}  # of what rests
        stage, send = self.stage, self.evm.send
        send(LISTER_AT, stage.token, "list_property", PROPERTY, ISSUER_AT, MANY, 0, "House", bytes(32), "")
        send(LISTER_AT, stage.marketplace, "create_book", PROPERTY, 10, 1, 0, 500, 1_500)
        for person in PEOPLE[ASK]:
            send(ISSUER_AT, stage.token, "allot", PROPERTY, person, MANY // 10)
        for person in PEOPLE[BID]:
            send(person, stage.dollar, "mint", person, MANY**2)
            send(person, stage.dollar, "approve", stage.vault, LARGEST)
            send(person, stage.vault, "deposit", account_of(person), MANY**2)

    def add(self, number: int, side: int, tick: int, quantity: int) -> Trades:
        owner = PEOPLE[side][number % 3]
        order = Order(PROPERTY, side, tick, quantity)
        receipt = self.evm.send(owner, self.stage.marketplace, "place", order.values)
        assert int.from_bytes(receipt.output, "big") == id_of(PROPERTY, number)
        self.owners[number] = owner
        fills = [values for _, (name, values) in receipt.events if name == "Filled"]
        trades = [(values["maker_order"] - id_of(PROPERTY, 0), values["quantity"]) for values in fills]
        self.remaining[number] = quantity
        for maker, taken in trades:
            self.remaining[maker] -= taken
            self.remaining[number] -= taken
        self.remaining = {each: left for each, left in self.remaining.items() if left}
        return trades

    def cancel(self, number: int) -> None:
        self.evm.send(self.owners[number], self.stage.marketplace, "cancel", id_of(PROPERTY, number))
        del self.remaining[number]

    def reduce(self, number: int, remaining: int) -> None:
        less = self.remaining[number] - remaining
        self.evm.send(self.owners[number], self.stage.marketplace, "reduce", id_of(PROPERTY, number), less)
        self.remaining[number] = remaining

    def book(self) -> tuple[Queue, Queue]:
        return self.side(BID), self.side(ASK)

    def side(self, side: int) -> Queue:
        ask, market = self.evm.ask, self.stage.marketplace
        orders: Queue = []
        for tick in TICKS if side == ASK else reversed(TICKS):
            number = ask(market, "level_of", PROPERTY, side, tick)[0]
            while number:
                _, remaining, _, next_number, *_ = ask(market, "order_of", id_of(PROPERTY, number))
                orders.append((number, tick, remaining))
                number = next_number
        return orders


@contextmanager
def partners() -> Iterator[list[Partner]]:
    of_npm = LimitOrderBook()
    try:
        yield [Lightmatchingengine(), of_npm]
    finally:
        of_npm.close()


def drive(operations: int, seed: int) -> int:
    """Quantity traded in all."""
    random, ours, traded, number = Random(seed), Ours(), 0, 0
    with partners() as others:
        for turn in range(operations):
            resting = list(ours.remaining)
            if resting and (len(resting) >= MOST_RESTING or random.random() < 0.3):
                leave(random, ours, others, random.choice(resting))
            else:
                number += 1
                tick = TICKS[0] if turn // TURN_EVERY % 2 == 0 else random.choice(TICKS)
                order = number, random.choice([BID, ASK]), tick, random.choice([1, 1, 2, 3, 5, 8, 13])
                trades = ours.add(*order)
                assert [other.add(*order) for other in others] == [trades] * len(others)
                traded += sum(quantity for _, quantity in trades)
            if turn % COMPARED_EVERY == 0 or turn == operations - 1:
                book = ours.book()
                assert [other.book() for other in others] == [book] * len(others)
    return traded


def leave(random: Random, ours: Ours, others: list[Partner], number: int) -> None:
    """Wholly or partly, wherever in its queue the order is."""
    remaining = ours.remaining[number]
    if remaining > 1 and random.random() < 0.3:
        left = random.randrange(1, remaining)
        for engine in (ours, *others):
            engine.reduce(number, left)
    else:
        for engine in (ours, *others):
            engine.cancel(number)


@pytest.mark.slow
def test_three_engines_trade_the_same_in_the_same_order_and_keep_the_same_book() -> None:
    assert drive(2_000, seed=1) > 1_000


@pytest.mark.full
def test_three_engines_agree_for_twenty_thousand_operations() -> None:
    assert drive(20_000, seed=2) > 10_000
