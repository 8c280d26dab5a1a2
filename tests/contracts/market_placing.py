"""How an order is placed: by price-time priority over a plain list of orders. A part of the market's oracle.

It knows neither chain nor ABI, and nothing of levels, links, bits and words.
"""

from dataclasses import dataclass, field
from typing import Any

from bench.stage import account_of
from tests.contracts.market_book import (
    ASK,
    BATCH,
    BID,
    EXPIRED,
    FILL_OR_KILL,
    GOOD_TILL_CANCELLED,
    HIGHEST_QUANTITY,
    HIGHEST_TICK,
    HIGHEST_VALUE,
    LIFETIME,
    MARKET,
    MOST_FILLS,
    MOST_REMOVALS,
    NOT_ELIGIBLE,
    POST_ONLY,
    SELF_TRADE,
    UNFILLED,
    Book,
    Order,
    Resting,
    fee,
    id_of,
)
from tests.contracts.market_wallets import Clock, Fractions, Lists, Money
from tests.contracts.refusals import Refusal

Said = list[tuple[str, dict[str, Any]]]


@dataclass
class Tally:
    """What an order trades in the call that places it."""

    order: Order
    remaining: int
    value: int = 0
    maker_fees: int = 0
    fills: list[tuple[str, int]] = field(default_factory=list)  # maker and quantity
    removals: int = 0

    @property
    def filled(self) -> int:
        return self.order.quantity - self.remaining


@dataclass
class Placing:
    address: str
    clock: Clock
    money: Money
    fractions: Fractions
    lists: Lists
    books: dict[int, Book] = field(default_factory=dict)
    said: Said = field(default_factory=list)  # events that the marketplace should emit in this call

    # -- placing

    def place(self, owner: str, order: Order) -> int:
        """The order's id. Raises Refusal."""
        book = self.require_placeable(order)
        if order.side == BID:
            self.fractions.require_eligible(order.property_id, owner)
        book.last_number += 1
        number, expiry = book.last_number, order.expiry or self.clock.now + LIFETIME
        self.say(
            "OrderPlaced",
            property_id=order.property_id,
            owner=owner,
            order_id=id_of(order.property_id, number),
            **{
                name: value for name, value in vars(order).items() if name in ("side", "tick", "quantity", "order_type")
            },
            expiry=expiry,
            maker_fee_ppm=book.maker_fee_ppm,
            taker_fee_ppm=book.taker_fee_ppm,
        )
        tally = self.match(book, number, owner, order)
        is_clear = book.next_for(order.side, order.tick) is None
        rests = tally.remaining > 0 and is_clear and order.order_type in (GOOD_TILL_CANCELLED, POST_ONLY)
        kept = Resting(number, owner, order.side, order.tick, tally.remaining, expiry, book.maker_fee_ppm)
        self.settle(book, owner, tally, book.needed(kept) if rests and order.side == BID else 0)
        minimum = order.quantity if order.order_type == FILL_OR_KILL else order.minimum_fill
        if tally.filled < minimum:
            raise Refusal("NotFilled", tally.filled, minimum)
        if rests:
            book.resting.append(kept)
            if order.side == ASK:
                self.fractions.lock(order.property_id, owner, kept.remaining)
        elif tally.remaining:
            self.removed(order.property_id, kept, UNFILLED, 0)
        return id_of(order.property_id, number)

    def match(self, book: Book, number: int, owner: str, order: Order) -> Tally:
        tally = Tally(order, order.quantity)
        most = min(order.max_fills or MOST_FILLS, MOST_FILLS)
        while tally.remaining and len(tally.fills) < most:
            maker = book.next_for(order.side, order.tick)
            reason = self.objection(book, maker, owner) if maker else 0
            if maker is None or (reason and tally.removals == MOST_REMOVALS):
                break
            if reason:
                tally.removals += 1
                self.take_out(order.property_id, maker, reason)
            elif order.order_type == POST_ONLY:
                raise Refusal("WouldTrade", order.property_id, order.tick)
            else:
                self.fill(book, number, owner, maker, tally)
        return tally

    def objection(self, book: Book, maker: Resting, owner: str) -> int:
        if self.clock.now > maker.expiry:
            return EXPIRED
        if maker.owner == owner:
            return SELF_TRADE
        if book.registry_list:
            investor = self.lists.investor(owner)
            if investor and investor == self.lists.investor(maker.owner):
                return SELF_TRADE
            if maker.side == BID and not self.lists.is_eligible(maker.owner):
                return NOT_ELIGIBLE
        return 0

    def fill(self, book: Book, number: int, owner: str, maker: Resting, tally: Tally) -> None:
        property_id = tally.order.property_id
        taken, price = min(maker.remaining, tally.remaining), maker.tick * book.tick_size
        charged = fee(price * (maker.filled + taken), maker.fee_ppm) - fee(price * maker.filled, maker.fee_ppm)
        maker.filled += taken
        maker.remaining -= taken
        tally.remaining -= taken
        tally.value += price * taken
        tally.maker_fees += charged
        tally.fills.append((maker.owner, taken))
        if not maker.remaining:
            book.resting.remove(maker)
        if tally.order.side == BID:
            self.fractions.sell_locked(property_id, maker.owner, owner, taken)
            self.money.pay(account_of(owner), account_of(maker.owner), price * taken - charged)
        self.say(
            "Filled",
            property_id=property_id,
            maker_order=id_of(property_id, maker.number),
            taker_order=id_of(property_id, number),
            maker=maker.owner,
            taker=owner,
            quantity=taken,
            maker_remaining=maker.remaining,
            taker_remaining=tally.remaining,
        )

    def settle(self, book: Book, owner: str, tally: Tally, escrowed: int) -> None:
        """A buyer has paid the makers by now; a seller gives and is paid."""
        property_id, escrow = tally.order.property_id, account_of(self.address, tally.order.property_id)
        taker_fee = fee(tally.value, book.taker_fee_ppm)
        payer = account_of(owner) if tally.order.side == BID else escrow
        if tally.order.side == ASK:
            for start in range(0, len(tally.fills), BATCH):
                batch = tally.fills[start : start + BATCH]
                self.fractions.give(property_id, owner, sum(taken for _, taken in batch))
                for buyer, taken in batch:
                    self.fractions.balances[property_id, buyer] += taken
            if tally.value:
                self.money.pay(escrow, account_of(owner), tally.value - taker_fee)
        for account, amount in ((account_of(self.address), tally.maker_fees + taker_fee), (escrow, escrowed)):
            if amount:
                self.money.pay(payer, account, amount)

    def require_placeable(self, order: Order) -> Book:
        book = self.book(order.property_id)
        if book.closed:
            raise Refusal("BookClosed", order.property_id)
        if book.halted:
            raise Refusal("BookHalted", order.property_id)
        now = self.clock.now
        ticks, expiry, is_market = order.tick * order.quantity, order.expiry, order.order_type == MARKET
        value = ticks * book.tick_size
        for is_refused, refusal in (
            (now > order.deadline, Refusal("DeadlinePassed", order.deadline)),
            (order.side > ASK, Refusal("InvalidSide", order.side)),
            (order.order_type > MARKET, Refusal("InvalidOrderType", order.order_type)),
            (not 1 <= order.tick <= HIGHEST_TICK, Refusal("InvalidTick", order.tick, HIGHEST_TICK)),
            (not is_quantity(order.quantity, book.lot), Refusal("InvalidQuantity", order.quantity, book.lot)),
            (ticks < book.minimum_ticks, Refusal("ValueTooSmall", ticks, book.minimum_ticks)),
            (value > HIGHEST_VALUE, Refusal("ValueTooLarge", value, HIGHEST_VALUE)),
            (
                order.minimum_fill > order.quantity or (is_market and not order.minimum_fill),
                Refusal("InvalidMinimumFill", order.minimum_fill, order.quantity),
            ),
            (
                bool(expiry) and not now <= expiry <= now + LIFETIME,
                Refusal("InvalidExpiry", expiry, now, now + LIFETIME),
            ),
        ):
            if is_refused:
                raise refusal
        return book

    # -- what placing shares with leaving

    def book(self, property_id: int) -> Book:
        if property_id not in self.books:
            raise Refusal("UnknownBook", property_id)
        return self.books[property_id]

    def take_out(self, property_id: int, order: Resting, reason: int) -> None:
        book = self.books[property_id]
        book.resting.remove(order)
        refund = book.needed(order) if order.side == BID else 0
        self.free(property_id, order, refund, order.remaining)
        self.removed(property_id, order, reason, refund)

    def free(self, property_id: int, order: Resting, refund: int, quantity: int) -> None:
        if order.side == ASK:
            self.fractions.locked[property_id, order.owner] -= quantity
        else:
            self.money.pay(account_of(self.address, property_id), account_of(order.owner), refund)

    def removed(self, property_id: int, order: Resting, reason: int, refund: int) -> None:
        self.say(
            "OrderRemoved",
            property_id=property_id,
            owner=order.owner,
            order_id=id_of(property_id, order.number),
            reason=reason,
            quantity=order.remaining,
            refund=refund,
        )

    def say(self, event: str, **values: Any) -> None:
        self.said.append((event, values))


def is_quantity(quantity: int, lot: int) -> bool:
    return 1 <= quantity <= HIGHEST_QUANTITY and quantity % lot == 0
