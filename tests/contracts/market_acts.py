"""Everything that can be done in the market by the state machine: each act looks at the model for what makes sense."""

from random import Random
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from bench.stage import FEE_AT, PAUSER_AT, signer
from bench.typed_data import order_signature, signed
from tests.contracts.market_book import BID, GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL, Book, Order, Resting, id_of
from tests.contracts.market_draw import DAY, DEEP, DEEP_QUANTITIES, LISTED, PLANS, TICKS, Dice
from tests.contracts.market_play import Play
from tests.contracts.market_wallet_acts import WalletActs

NAMES = ("alice", "bob", "carol", "dave")
KEYS = [number.to_bytes(32, "big") for number in range(1, 7)]
CANCELLATION = {"order_id": "uint256", "deadline": "uint256"}


def request_id_of(owner: str, key: bytes) -> bytes:
    """Of a signed order."""
    return keccak(encode(["address", "uint8", "bytes32"], [owner, 1, key]))


class Acts(WalletActs, Play):
    """An act takes the dice of its step. The focus is the side of a book that the acts of a plan have in common."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.focus = 1, BID
        self.plan: list[str] = []

    def book(self, property_id: int) -> Book:
        return self.model.books[property_id]

    def look(self, dice: Dice) -> None:
        """Turn to another side, mostly one with orders."""
        property_id = dice.one([1] * 5 + [LISTED] * 4 + [DEEP])
        if self.book(property_id).closed and dice.happens(80):
            property_id = dice.one(list(self.model.books))
        sides = [order.side for order in self.book(property_id).resting] or [0, 1]
        self.focus = property_id, dice.one(sides)

    def queue(self) -> list[Resting]:
        """The orders at the best price of the focus, oldest first."""
        property_id, side = self.focus
        orders = [order for order in self.book(property_id).resting if order.side == side]
        best = min((order.urgency[0] for order in orders), default=0)
        return [order for order in orders if order.urgency[0] == best]

    # -- placing

    def place(self, dice: Dice) -> None:
        property_id = self.focus[0]
        self.put(dice.one(self.people), dice.order(property_id, self.book(property_id), self.model.clock.now))

    def put(self, owner: str, order: Order) -> None:
        self.attempt(lambda model: model.place(owner, order), owner, self.stage.marketplace, "place", order.values)

    def queue_up(self, dice: Dice) -> None:
        """Rest behind those who are there."""
        property_id, side = self.focus
        queue = self.queue()
        tick = queue[0].tick if queue else dice.one(TICKS[property_id])
        book, expiry = self.book(property_id), dice.expiry(self.model.clock.now)
        quantity = book.lot * dice.one([1, 1, 2, 3, 5])
        self.put(dice.one(self.people), Order(property_id, side, tick, quantity, GOOD_TILL_CANCELLED, expiry=expiry))

    def take_head(self, dice: Dice) -> None:
        self.take(dice, lambda queue: queue[0].remaining)

    def take_part(self, dice: Dice) -> None:
        self.take(dice, lambda queue: max(queue[0].remaining // 2, 1))

    def take_all(self, dice: Dice) -> None:
        self.take(dice, lambda queue: sum(order.remaining for order in queue))

    def take(self, dice: Dice, quantity_of: Any) -> None:
        """By somebody who is not the first in the queue, where he can afford it."""
        property_id, side = self.focus
        queue = self.queue()
        if not queue:
            self.queue_up(dice)
            return
        book = self.book(property_id)
        quantity = -(-quantity_of(queue) // book.lot) * book.lot
        taker = dice.one([person for person in self.people if person != queue[0].owner])
        self.put(taker, Order(property_id, 1 - side, queue[0].tick, quantity, IMMEDIATE_OR_CANCEL))

    def sweep(self, dice: Dice) -> None:
        """More fills than are settled together."""
        side = dice.one([0, 1])
        tick = TICKS[DEEP][1] if side == BID else TICKS[DEEP][0] - 1
        order_type = dice.one([GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL])
        order = Order(DEEP, side, tick, dice.one(DEEP_QUANTITIES), order_type, max_fills=dice.one([0, 0, 32, 33]))
        self.put(dice.one(self.people), order)

    # -- leaving

    def cancel_head(self, dice: Dice) -> None:
        self.cancel(dice, self.queue()[:1])

    def cancel_second(self, dice: Dice) -> None:
        self.cancel(dice, self.queue()[1:2])

    def cancel_tail(self, dice: Dice) -> None:
        self.cancel(dice, self.queue()[-1:])

    def cancel_any(self, dice: Dice) -> None:
        self.cancel(dice, self.book(self.focus[0]).resting)

    def cancel(self, dice: Dice, orders: list[Resting]) -> None:
        if not orders and dice.happens(85):
            self.queue_up(dice)
            return
        self.withdraw_order(*self.chosen(dice, orders))

    def withdraw_order(self, owner: str, order_id: int) -> None:
        self.attempt(lambda model: model.cancel(owner, order_id), owner, self.stage.marketplace, "cancel", order_id)

    def chosen(self, dice: Dice, orders: list[Resting]) -> tuple[str, int]:
        """An order and who owns it; now and then somebody else, or one that is gone or never was."""
        property_id = self.focus[0]
        if not orders or dice.happens(4):
            number = dice.random.randint(0, self.book(property_id).last_number + 1)
            found = self.model.find(id_of(property_id, number))
            return (found.owner if found else dice.one(self.people)), id_of(property_id, number)
        order = dice.one(orders)
        return (dice.one(self.people) if dice.happens(4) else order.owner), id_of(property_id, order.number)

    def cancel_many(self, dice: Dice) -> None:
        owner = dice.one(self.people)
        own = [order for order in self.book(self.focus[0]).resting if order.owner == owner or dice.happens(1)]
        ids = [id_of(self.focus[0], order.number) for order in dice.some(own)]
        ids += [id_of(self.focus[0], 1), *ids[:1]]
        ids = [each for each in ids if (found := self.model.find(each)) is None or found.owner == owner]
        self.attempt(lambda model: model.cancel_many(owner, ids), owner, self.stage.marketplace, "cancel_many", ids)

    def reduce_head(self, dice: Dice) -> None:
        self.reduce_one(dice, self.queue()[:1])

    def reduce(self, dice: Dice) -> None:
        self.reduce_one(dice, self.book(self.focus[0]).resting)

    def reduce_one(self, dice: Dice, orders: list[Resting]) -> None:
        lot = self.book(self.focus[0]).lot
        orders = [order for order in orders if order.remaining > lot or dice.happens(10)]
        if not orders and dice.happens(85):
            self.queue_up(dice)
            return
        owner, order_id = self.chosen(dice, orders)
        found = self.model.find(order_id)
        remaining = found.remaining if found else lot
        quantity = dice.one([lot, lot, lot, remaining - lot, remaining, 1]) if dice.happens(90) else dice.quantity(lot)
        self.attempt(
            lambda model: model.reduce(owner, order_id, quantity),
            owner, self.stage.marketplace, "reduce", order_id, quantity,
        )  # fmt: skip

    def replace(self, dice: Dice) -> None:
        owner, order_id = self.chosen(dice, self.book(self.focus[0]).resting)
        order = dice.order(self.focus[0], self.book(self.focus[0]), self.model.clock.now)
        self.attempt(
            lambda model: model.replace(owner, order_id, order),
            owner, self.stage.marketplace, "replace", order_id, order.values,
        )  # fmt: skip

    def prune(self, dice: Dice) -> None:
        resting = self.book(self.focus[0]).resting
        late = [order for order in resting if order.expiry <= self.model.clock.now]
        ids = [id_of(self.focus[0], order.number) for order in dice.some(late) + dice.some(resting)]
        ids.append(id_of(self.focus[0], 1))
        self.attempt(lambda model: model.prune(ids), dice.one(self.people), self.stage.marketplace, "prune", ids)

    # -- signed

    def place_signed(self, dice: Dice) -> None:
        name, key = dice.one(NAMES), dice.one(KEYS)
        owner = signer(name).address.lower()
        order = dice.order(self.focus[0], self.book(self.focus[0]), self.model.clock.now)
        if dice.happens(20):
            order = next((known for known in self.model.keys.values() if known), order)
        is_genuine = dice.happens(95)
        writer = signer(name if is_genuine else "somebody else")
        values = (owner, *order.values, key)
        signature = order_signature(writer, self.stage.marketplace, *values).bytes
        request_id = request_id_of(owner, key)
        self.attempt(
            lambda model: model.place_signed(request_id, owner, order, is_genuine),
            dice.one(self.people), self.stage.marketplace, "place_signed", owner, order.values, key, signature,
        )  # fmt: skip

    def cancel_signed(self, dice: Dice) -> None:
        names = {signer(name).address.lower(): name for name in NAMES}
        orders = [order for order in self.book(self.focus[0]).resting if order.owner in names]
        owner, order_id = self.chosen(dice, orders)
        deadline = self.model.clock.now + dice.one([-1, 0, 10, 10])
        found = self.model.find(order_id)
        is_genuine = found is not None and found.owner == owner and owner in names
        writer, values = signer(names.get(owner, "somebody else")), (order_id, deadline)
        kind, market = "Cancellation", self.stage.marketplace
        signature = signed(writer, market, "Freehold Marketplace", kind, CANCELLATION, values).bytes
        self.attempt(
            lambda model: model.cancel_signed(order_id, deadline, is_genuine),
            dice.one(self.people), market, "cancel_signed", order_id, deadline, signature,
        )  # fmt: skip

    def burn_key(self, dice: Dice) -> None:
        owner, key = dice.one(self.people), dice.one(KEYS)
        request_id = request_id_of(owner, key)
        self.attempt(
            lambda model: model.burn_key(request_id, owner, key), owner, self.stage.marketplace, "burn_key", key
        )

    # -- rules and fees

    def set_fees(self, dice: Dice) -> None:
        caller = dice.one(self.people) if dice.happens(5) else FEE_AT
        rates = dice.one([0, 333, 500, 1_500, 10_000]), dice.one([0, 777, 1_500, 10_000, 10_001])
        property_id = self.focus[0]
        self.attempt(
            lambda model: model.set_fees(caller, property_id, *rates),
            caller, self.stage.marketplace, "set_fees", property_id, *rates,
        )  # fmt: skip

    def switch(self, dice: Dice) -> None:
        """Halted books do not stay so for long."""
        halted = [property_id for property_id, book in self.model.books.items() if book.halted]
        caller = dice.one(self.people) if dice.happens(5) else PAUSER_AT
        ids, halt = (halted, False) if halted and dice.happens(80) else ([self.focus[0]], True)
        self.attempt(
            lambda model: model.switch(caller, ids, halt),
            caller, self.stage.marketplace, "halt" if halt else "resume", ids,
        )  # fmt: skip

    def set_fee_receiver(self, dice: Dice) -> None:
        caller, receiver = dice.one([FEE_AT, FEE_AT, *self.people[:1]]), dice.one(self.people)
        self.attempt(
            lambda model: model.set_fee_receiver(caller, receiver),
            caller, self.stage.marketplace, "set_fee_receiver", receiver,
        )  # fmt: skip

    def collect_fees(self, dice: Dice) -> None:
        self.attempt(lambda model: model.collect_fees(), dice.one(self.people), self.stage.marketplace, "collect_fees")

    # -- time

    def wait(self, dice: Dice) -> None:
        self.pass_by(DAY + 1 if dice.happens(6) else dice.one([1, 1, 2, 5, 60]))

    def run_out(self, dice: Dice) -> None:
        """Up to the last second of the order that expires next, or one more."""
        orders = [order for order in self.book(self.focus[0]).resting if order.expiry >= self.model.clock.now]
        first = min((order.expiry for order in orders), default=0) - self.model.clock.now
        if 0 <= first < DAY:
            self.pass_by(first + dice.one([0, 1]))

    def act(self, seed: int, step: int) -> None:
        dice = Dice(Random(f"{seed} {step}"))
        name = self.plan.pop(0) if self.plan else self.begin(dice)
        getattr(self, name)(dice)

    def begin(self, dice: Dice) -> str:
        self.look(dice)
        is_halted = any(book.halted for book in self.model.books.values())
        name = "switch" if is_halted and dice.happens(15) else dice.act()
        if name == "plan":
            self.plan = list(dice.one(PLANS))
            name = self.plan.pop(0)
        return name
