"""Who trades on the local chain, and how: each of them one habit, one action at a time, in books that stay small.

Traders know their own orders from the receipts of what they sent. What somebody cannot do, for want of money,
fractions or eligibility, the contract refuses in a call before anything is sent, and the next one has his turn.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from web3 import Web3

from local.books import ASK, BID, BOOKS, NUMBER_BITS, RESTRICTED, fund
from local.estate import FROZEN, UNLISTED
from local.people import UNIT, People, main_account
from local.rpc import Refused, Rpc, calldata, list_calldata, words_of

ORDER = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
LIMIT, IMMEDIATE_OR_CANCEL, POST_ONLY, MARKET = 0, 1, 3, 4
GAS = 5_000_000
QUOTES_A_SIDE = 7
PATIENT_ORDERS, FICKLE_ORDERS, ORDERS_IN_A_BOOK = 3, 4, 90
HOUR, DAY = 3_600, 86_400
PRICES, PRUNED_AT_ONCE = 100, 100
QUANTITIES = (2, 5, 10, 20, 30, 50, 100, 1, 3, 7, 11, 13, 29, 57)
LEAST_VALUE = 12 * UNIT
LITTLE_MONEY, FRESH_DOLLARS = 5_000 * UNIT, 40_000
LITTLE_STOCK = 250
RECEIPT_SECONDS = 10.0


@dataclass(frozen=True)
class Open:
    """An order that rests; tick: its price in tick sizes."""

    order_id: int
    owner: str
    side: int
    tick: int

    @property
    def property_id(self) -> int:
        return self.order_id >> NUMBER_BITS


@dataclass
class Floor:
    """Everybody who trades, what they have open, and what they think a fraction is worth, in ticks by property.

    now: the chain's time, which whoever gives the turns keeps right. strangers: how many orders rest in a book that
    were found there and belong to no firm.
    """

    people: People
    chance: random.Random
    now: int
    strangers: dict[int, int] = field(default_factory=dict)
    fair: dict[int, int] = field(default_factory=dict)
    open_orders: dict[int, Open] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rpc = Rpc(self.people.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        self.maker, self.fickle = self.people.firms
        self.persons, self.market = self.people.persons, self.people.market
        self.topics = {self.market.events[name]().topic: name for name in ("OrderPlaced", "Filled", "OrderRemoved")}
        for property_id, rules in BOOKS.items():
            bid, ask = self.best_ticks(property_id)
            self.fair[property_id] = (bid + ask) // 2 if bid and ask else rules.fair_tick
            self.find_orders_of_firms(property_id)

    def best_ticks(self, property_id: int) -> tuple[int, int]:
        bid, ask = self.rpc.words(self.market.address, calldata("book_of(uint256)", property_id))[:2]
        return bid, ask

    def find_orders_of_firms(self, property_id: int) -> None:
        """Those of people are left alone after a new start: a visitor may have placed them."""
        self.strangers[property_id] = 0
        for order in self.resting(property_id):
            owner, side, tick = order[1:4]
            if owner in (self.maker, self.fickle):
                self.open_orders[order[0]] = Open(order[0], owner, side, tick)
            elif order[0] not in self.open_orders:
                self.strangers[property_id] += 1

    def resting(self, property_id: int) -> list[tuple[Any, ...]]:
        """Lens.Resting of a book's orders, as far as one looks."""
        lens = self.people.lens.functions
        return [
            order
            for side in (BID, ASK)
            for tick, _, _ in lens.depth(property_id, side, PRICES).call()
            for order in lens.queue(property_id, side, tick, 0).call()
        ]

    def turn(self) -> bool:
        """One action of somebody's in one of the books. Whether anything came of it."""
        property_id = self.chance.choice(list(BOOKS))
        self.drift(property_id)
        habits: tuple[Callable[[int], bool], ...] = (self.quote, self.wait, self.take, self.waver)
        (habit,) = self.chance.choices(habits, (40, 16, 33, 11))
        return habit(property_id)

    def drift(self, property_id: int) -> None:
        """The worth of a fraction wanders, and is drawn back to where it began."""
        fair, home = self.fair[property_id], BOOKS[property_id].fair_tick
        step = self.chance.gauss(0, home / 800) + (home - fair) / 200
        self.fair[property_id] = max(home // 2, fair + round(step))

    def quote(self, property_id: int) -> bool:
        """The market maker keeps a ladder on both sides, and moves what is farthest from where it should be."""
        side = self.chance.choice((BID, ASK))
        away, spread = (1 if side == ASK else -1), max(2, self.fair[property_id] // 700)
        nearest = self.fair[property_id] + away * spread
        ladder = [nearest + away * step * (1 + spread // 2) for step in range(QUOTES_A_SIDE)]
        standing = [order for order in self.orders_of(self.maker, property_id) if order.side == side]
        missing = [tick for tick in ladder if tick not in {order.tick for order in standing}]
        if not missing:
            return False
        quantity = self.chance.randint(8, 30) * (2 + ladder.index(missing[0]))
        if side == ASK:
            quantity = min(quantity, self.stock(property_id, self.maker) // 2)
        wanted = self.order(property_id, side, missing[0], quantity)
        if len(standing) < QUOTES_A_SIDE:
            return self.send(self.maker, place(wanted))
        worst = max(standing, key=lambda order: abs(order.tick - nearest))
        if self.send(self.maker, calldata(f"replace(uint256,{ORDER})", worst.order_id, *wanted)):
            return True
        self.open_orders.pop(worst.order_id, None)  # filled by somebody whose receipts we do not see
        return False

    def wait(self, property_id: int) -> bool:
        """A patient investor names his price, for an hour to a day, or thinks better of the oldest that he named."""
        who = self.somebody(property_id)
        own = self.orders_of(who, property_id)
        if len(own) >= PATIENT_ORDERS or (own and self.chance.random() < 0.15):
            return self.cancel(who, own[:1])
        if len(own) + self.strangers[property_id] >= ORDERS_IN_A_BOOK:
            return self.take(property_id)
        side = self.side_of(property_id, who)
        away = 1 if side == ASK else -1
        tick = self.fair[property_id] + away * self.chance.randint(1, max(4, self.fair[property_id] // 60))
        lasts = self.chance.choice((HOUR, 3 * HOUR, DAY))
        wanted = self.order(property_id, side, tick, self.chance.choice(QUANTITIES), LIMIT, lasts)
        return self.send(who, place(wanted))

    def take(self, property_id: int) -> bool:
        """Somebody takes what there is, up to a fiftieth away from what he thinks a fraction is worth."""
        who, fair = self.somebody(property_id), self.fair[property_id]
        side = self.side_of(property_id, who)
        tick = fair - fair // 50 if side == ASK else fair + fair // 50
        kind = self.chance.choice((MARKET, MARKET, IMMEDIATE_OR_CANCEL))
        wanted = self.order(property_id, side, tick, self.chance.choice(QUANTITIES), kind)
        return self.send(who, place(wanted))

    def waver(self, property_id: int) -> bool:
        """Swift Dealing places orders near the best price and takes most of them back."""
        own = self.orders_of(self.fickle, property_id)
        if len(own) >= FICKLE_ORDERS or (own and self.chance.random() < 0.4):
            return self.cancel(self.fickle, own)
        if own and self.chance.random() < 0.3:
            less = calldata("reduce(uint256,uint256)", own[0].order_id, self.chance.randint(1, 9))
            return self.send(self.fickle, less)
        side = self.chance.choice((BID, ASK))
        best = self.best_ticks(property_id)[side]
        if not best:
            return False
        tick = best + (1 if side == BID else -1) * self.chance.randint(-3, 1)
        quantity = self.chance.choice((40, 75, 150))
        return self.send(self.fickle, place(self.order(property_id, side, tick, quantity, POST_ONLY)))

    def prune(self) -> None:
        """Take out what has expired, whoever it belonged to."""
        for property_id in BOOKS:
            ids = [order[0] for order in self.resting(property_id) if order[6] < self.now][:PRUNED_AT_ONCE]
            if ids:
                self.send(self.maker, list_calldata("prune(uint256[])", ids))
            self.find_orders_of_firms(property_id)

    def orders_of(self, who: str, property_id: int) -> list[Open]:
        """Oldest first."""
        return [order for order in self.open_orders.values() if (order.owner, order.property_id) == (who, property_id)]

    def somebody(self, property_id: int) -> str:
        """One of the people, and one that may gain where there is a list."""
        barred = (FROZEN, UNLISTED) if property_id == RESTRICTED else ()
        return self.chance.choice([who for index, who in enumerate(self.persons) if index not in barred])

    def side_of(self, property_id: int, who: str) -> int:
        """Who has little of it buys."""
        return ASK if self.stock(property_id, who) > LITTLE_STOCK and self.chance.random() < 0.5 else BID

    def stock(self, property_id: int, who: str) -> int:
        """Fractions that somebody could sell."""
        wallet, token = int(who, 16), self.people.token.address
        (held,) = self.rpc.words(token, calldata("balanceOf(address,uint256)", wallet, property_id))
        (locked,) = self.rpc.words(token, calldata("locked_of(address,uint256)", wallet, property_id))
        return held - locked

    def order(
        self, property_id: int, side: int, tick: int, quantity: int, kind: int = LIMIT, lasts: int = DAY
    ) -> tuple[int, ...]:
        """As the marketplace takes it, of as many fractions as the book's minimum takes at least."""
        least = -(-LEAST_VALUE // (tick * BOOKS[property_id].tick_size))
        until, deadline = self.now + lasts, self.now + HOUR
        return property_id, side, tick, max(quantity, least), kind, int(kind == MARKET), 0, until, deadline

    def cancel(self, who: str, orders: list[Open]) -> bool:
        """Those that are filled already are passed over."""
        for order in orders:
            self.open_orders.pop(order.order_id, None)
        return self.send(who, list_calldata("cancel_many(uint256[])", [order.order_id for order in orders]))

    def send(self, who: str, data: str) -> bool:
        """A call of the marketplace, tried first; who is short of money earns some. False where it is refused."""
        wanted = {"from": who, "to": self.market.address, "data": data, "gas": hex(GAS)}
        try:
            self.rpc("eth_call", wanted, "pending")
        except Refused:
            (balance,) = self.rpc.words(self.people.vault.address, calldata("balance_of(uint256)", main_account(who)))
            if balance < LITTLE_MONEY:
                fund(self.people, who, FRESH_DOLLARS)
            return False
        sent = self.rpc("eth_sendTransaction", wanted)
        deadline = time.monotonic() + RECEIPT_SECONDS
        while (receipt := self.rpc("eth_getTransactionReceipt", sent)) is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.001)
        self.note(receipt["logs"])
        return bool(int(receipt["status"], 16))

    def note(self, logs: list[dict[str, Any]]) -> None:
        """Keep in mind what rests since. Words as contracts/Marketplace.vy has them in its events."""
        for log in logs:
            name, words = self.topics.get(log["topics"][0]), words_of(log["data"])
            if name == "OrderPlaced":
                owner = Web3.to_checksum_address("0x" + log["topics"][2][-40:])
                self.open_orders[words[0]] = Open(words[0], owner, words[1], words[2])
            elif name == "OrderRemoved":
                self.open_orders.pop(words[0], None)
            elif name == "Filled":
                for order_id, remaining in ((words[0], words[5]), (words[1], words[6])):
                    if remaining == 0:
                        self.open_orders.pop(order_id, None)


def place(wanted: tuple[int, ...]) -> str:
    return calldata(f"place({ORDER})", *wanted)
