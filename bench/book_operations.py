"""What people do with the order book, one operation each, and the gas that it takes.

Makers are many, and each trades once. Money and fractions lie warm unless the name says otherwise: everybody has
some of both, no rent came since, fees were charged before, and both sides of the book have other orders.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from bench import stage as names
from bench.compiled import Contract
from bench.stage import MAKER_FEE_PPM, TAKER_FEE_PPM, Stage, account_of, address_of, signer
from bench.typed_data import order_signature

HOUSE = 1
TICK_SIZE, LOT, MINIMUM_TICKS = 10_000, 1, 0
QUANTITY = 10  # fractions of every order, unless it takes more
BID, ASK = 0, 1
GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL = 0, 1
# Prices in ticks; the others are far from these.
LOW, MIDDLE, HIGH = 5_000, 5_500, 6_000
FAR_BID, FAR_ASK = 4_000, 60_000
MOST_FILLS = MOST_REMOVALS = 128
# With the last removal a call is over: one less, and it still trades.
MOST_PASSED = MOST_REMOVALS - 1
DOLLAR = 10**6
MONTH = 30 * 86_400
MINUTE = 60
RENT, PERIOD = 10_000 * DOLLAR, 202611
KEY = keccak(text="order key 1")

TRADERS = [address_of(f"trader {number}") for number in range(MOST_FILLS + 2)]
MAKERS, TAKER, OTHER = TRADERS[:MOST_FILLS], TRADERS[-2], TRADERS[-1]
NAME_OF_THE_TAKER = f"trader {MOST_FILLS}"
STRANGERS = [address_of(f"stranger {number}") for number in range(2 * MOST_FILLS)]


@dataclass(frozen=True)
class Book:
    """A stage whose house has an empty order book; `gas` sends, and gives the gas of the whole transaction."""

    stage: Stage

    @property
    def now(self) -> int:
        return self.stage.evm.timestamp

    def gas(self, sender: str, function: str, *arguments: Any) -> int:
        return self.stage.evm.send(sender, self.stage.marketplace, function, *arguments).gas

    def send(self, sender: str, contract: Contract, function: str, *arguments: Any) -> None:
        self.stage.evm.send(sender, contract, function, *arguments)

    def order(self, side: int, tick: int, quantity: int = QUANTITY, **named: int) -> tuple[int, ...]:
        words = {"order_type": GOOD_TILL_CANCELLED, "minimum_fill": 0, "max_fills": 0, "expiry": self.now + MONTH}
        return HOUSE, side, tick, quantity, *(words | named).values(), self.now + 10 * MINUTE

    def rest(self, who: str, side: int, tick: int, **named: int) -> int:
        """Gas of an order that waits."""
        return self.gas(who, "place", self.order(side, tick, **named))

    def take(self, side: int, tick: int, quantity: int, taker: str = TAKER) -> int:
        """Gas of an order that trades now; what nobody wants is gone."""
        return self.gas(taker, "place", self.order(side, tick, quantity, order_type=IMMEDIATE_OR_CANCEL))

    def queue(self, makers: Sequence[str], side: int, tick: int, **named: int) -> list[int]:
        """Ids of an order of each, at one price."""
        made = [self.stage.evm.send(who, self.stage.marketplace, "place", self.order(side, tick, **named))
                for who in makers]  # fmt: skip
        return [int.from_bytes(receipt.output, "big") for receipt in made]

    def trade_before(self) -> None:
        """There are fees, and an order far from the others on both sides."""
        self.queue([OTHER], ASK, HIGH)
        self.take(BID, HIGH, QUANTITY)
        self.queue([OTHER], BID, FAR_BID)
        self.queue([OTHER], ASK, FAR_ASK)

    def give_money(self, who: str, units: int) -> None:
        """Out of nothing, into his main account."""
        self.send(who, self.stage.dollar, "mint", who, units)
        self.send(who, self.stage.dollar, "approve", self.stage.vault, names.LARGEST)
        self.send(who, self.stage.vault, "deposit", account_of(who), units)

    def give_fractions(self, who: str) -> None:
        self.send(names.ISSUER_AT, self.stage.token, "allot", HOUSE, who, 10_000)

    def pay_rent(self) -> None:
        self.give_money(names.ISSUER_AT, RENT)
        token = self.stage.token
        self.send(names.ISSUER_AT, token, "declare_rent", HOUSE, PERIOD, RENT, self.now + names.RENT_NOTICE)
        self.stage.evm.travel(names.RENT_NOTICE)
        self.send(OTHER, token, "release_rent", HOUSE, PERIOD)


def open_book(stage: Stage) -> Book:
    book, hash_of_the_deed = Book(stage), keccak(text="the deed")
    facts = HOUSE, names.ISSUER_AT, 10**9, 0, "House", hash_of_the_deed, "https://example.org/properties/1"
    book.send(names.LISTER_AT, stage.token, "list_property", *facts)
    terms = HOUSE, TICK_SIZE, LOT, MINIMUM_TICKS, MAKER_FEE_PPM, TAKER_FEE_PPM
    book.gas(names.LISTER_AT, "create_book", *terms)
    for trader in TRADERS:
        book.give_fractions(trader)
        book.give_money(trader, 10**6 * DOLLAR)
    return book


def create_book(book: Book) -> int:
    barn = HOUSE + 1
    book.send(names.LISTER_AT, book.stage.token, "list_property", barn, names.ISSUER_AT, 1, 0, "Barn", bytes(32), "")
    return book.gas(names.LISTER_AT, "create_book", barn, TICK_SIZE, LOT, MINIMUM_TICKS, MAKER_FEE_PPM, TAKER_FEE_PPM)


# -- resting


def rest(side: int, others: int | None) -> Callable[[Book], int]:
    """At LOW, where another's order is the only one of this side; without it in an empty book."""

    def measured(book: Book) -> int:
        if others is not None:
            book.rest(MAKERS[0], side, others)
        return book.rest(MAKERS[1], side, LOW)

    return measured


def place_signed(book: Book) -> int:
    book.rest(MAKERS[0], BID, LOW)
    order = book.order(BID, LOW)
    made = order_signature(signer(NAME_OF_THE_TAKER), book.stage.marketplace, TAKER, *order, KEY)
    return book.gas(OTHER, "place_signed", TAKER, order, KEY, made.bytes)


# -- leaving


def cancel_in_a_queue(side: int) -> Callable[[Book], int]:
    def measured(book: Book) -> int:
        ids = book.queue(MAKERS[:3], side, LOW)
        return book.gas(MAKERS[1], "cancel", ids[1])

    return measured


def cancel_the_last(side: int) -> Callable[[Book], int]:
    """Nothing is left on this side of the book, nor in its escrow."""

    def measured(book: Book) -> int:
        [order_id] = book.queue(MAKERS[:1], side, LOW)
        return book.gas(MAKERS[0], "cancel", order_id)

    return measured


def cancel_ten(book: Book) -> int:
    """Of one owner, in one queue with others."""
    book.queue(MAKERS[1:2], BID, LOW)
    ids = book.queue(MAKERS[:1] * 10, BID, LOW)
    book.queue(MAKERS[1:2], BID, LOW)
    return book.gas(MAKERS[0], "cancel_many", ids)


def replace(book: Book) -> int:
    """A bid in a queue, by one at another price where others rest."""
    book.rest(MAKERS[3], BID, MIDDLE)
    ids = book.queue(MAKERS[:3], BID, LOW)
    return book.gas(MAKERS[1], "replace", ids[1], book.order(BID, MIDDLE))


def reduce(side: int) -> Callable[[Book], int]:
    def measured(book: Book) -> int:
        ids = book.queue(MAKERS[:3], side, LOW)
        return book.gas(MAKERS[1], "reduce", ids[1], QUANTITY // 2)

    return measured


def prune_hundred(book: Book) -> int:
    """Bids of distinct owners at one price."""
    ids = book.queue(MAKERS[:100], BID, LOW, expiry=book.now + MINUTE)
    book.stage.evm.travel(MINUTE + 1)
    return book.gas(OTHER, "prune", ids)


# -- trading


def sides_of(buys: bool) -> tuple[int, int, int]:
    """The taker's side, the makers', and their price."""
    return (BID, ASK, HIGH) if buys else (ASK, BID, LOW)


def take_one(buys: bool, quantity: int = QUANTITY) -> Callable[[Book], int]:
    """The first of three orders at a price."""

    def measured(book: Book) -> int:
        takes, makes, tick = sides_of(buys)
        book.trade_before()
        book.queue(MAKERS[:3], makes, tick)
        return book.take(takes, tick, quantity)

    return measured


def take_many(buys: bool, makers: int) -> Callable[[Book], int]:
    """The first orders at a price where one more rests."""

    def measured(book: Book) -> int:
        takes, makes, tick = sides_of(buys)
        book.trade_before()
        book.queue(MAKERS[: makers + 1], makes, tick)
        return book.take(takes, tick, makers * QUANTITY)

    return measured


def each_further_fill(buys: bool) -> Callable[[Book], int]:
    """Between fifty and a hundred makers; rounded up."""

    def measured(book: Book) -> int:
        moment = book.stage.evm.moment()
        fifty = take_many(buys, 50)(book)
        book.stage.evm.restore(moment)
        return -(-(take_many(buys, 100)(book) - fifty) // 50)

    return measured


def sell_to_a_new_holder(book: Book) -> int:
    book.trade_before()
    book.give_money(STRANGERS[0], 10**5 * DOLLAR)
    book.queue([STRANGERS[0], *MAKERS[:2]], BID, LOW)
    return book.take(ASK, LOW, QUANTITY)


def buy_as_a_new_holder(book: Book) -> int:
    book.trade_before()
    book.give_money(STRANGERS[0], 10**5 * DOLLAR)
    book.queue(MAKERS[:3], ASK, HIGH)
    return book.take(BID, HIGH, QUANTITY, taker=STRANGERS[0])


def buy_from_one_without_money(book: Book) -> int:
    book.trade_before()
    book.give_fractions(STRANGERS[0])
    book.queue([STRANGERS[0], *MAKERS[:2]], ASK, HIGH)
    return book.take(BID, HIGH, QUANTITY)


def sweep(buys: bool) -> Callable[[Book], int]:
    """Twenty makers, each at another price, all of them emptied."""

    def measured(book: Book) -> int:
        takes, makes, tick = sides_of(buys)
        away = 1 if buys else -1
        book.trade_before()
        for step, maker in enumerate(MAKERS[:20]):
            book.rest(maker, makes, tick + away * step)
        return book.take(takes, tick + away * 20, 20 * QUANTITY)

    return measured


def behind_expired(expired: int) -> Callable[[Book], int]:
    """A purchase from one maker, whose ask rests above these."""

    def measured(book: Book) -> int:
        book.trade_before()
        book.queue(MAKERS[:expired], ASK, MIDDLE, expiry=book.now + MINUTE)
        book.queue([OTHER], ASK, HIGH)
        book.stage.evm.travel(MINUTE + 1)
        return book.take(BID, HIGH, QUANTITY)

    return measured


def trade_with_the_dearest(buys: bool, expired: int = 0) -> Callable[[Book], int]:
    """Makers whose first rent is due and whose vault account is empty: as many as a call trades with.

    Before them it meets expired orders of others like them, each far from the next, which go back into such accounts.
    """

    def measured(book: Book) -> int:
        takes, makes, _ = sides_of(buys)
        far, better = (FAR_ASK, -1) if buys else (FAR_BID, 1)
        book.trade_before()
        ticks = [far + better] * MOST_FILLS + [far + better * 300 * (step + 2) for step in range(expired)]
        expiries = [book.now + MONTH] * MOST_FILLS + [book.now + names.RENT_NOTICE - 1] * expired
        for who, tick, expiry in zip(STRANGERS, ticks, expiries, strict=False):
            book.give_fractions(who)
            if not buys:
                value = tick * TICK_SIZE * QUANTITY
                book.give_money(who, value + value * MAKER_FEE_PPM // 10**6)
            book.rest(who, makes, tick, expiry=expiry)
        book.pay_rent()
        return book.take(takes, far + better, MOST_FILLS * QUANTITY)

    return measured


BookOperation = Callable[[Book], int]
BOOK_OPERATIONS: dict[str, BookOperation] = {
    "create a book": create_book,
    "rest a bid at an existing price": rest(BID, LOW),
    "rest an ask at an existing price": rest(ASK, LOW),
    "rest a bid at a new price": rest(BID, LOW + 1),
    "rest an ask at a new price": rest(ASK, LOW + 1),
    "rest a bid at a new price, 500 ticks from others": rest(BID, LOW + 500),
    "rest the first ask of an empty book": rest(ASK, None),
    "rest the first bid of an empty book, its escrow account new": rest(BID, None),
    "rest a signed bid at an existing price": place_signed,
    "cancel a bid in a queue": cancel_in_a_queue(BID),
    "cancel an ask in a queue": cancel_in_a_queue(ASK),
    "cancel the last bid of a book": cancel_the_last(BID),
    "cancel the last ask of a book": cancel_the_last(ASK),
    "cancel ten bids in a call": cancel_ten,
    "replace a bid": replace,
    "reduce a bid": reduce(BID),
    "reduce an ask": reduce(ASK),
    "prune 100 expired bids": prune_hundred,
    "buy one resting order": take_one(buys=True),
    "sell to one resting order": take_one(buys=False),
    "buy a part of one": take_one(buys=True, quantity=QUANTITY // 2),
    "sell to a part of one": take_one(buys=False, quantity=QUANTITY // 2),
    "sell to one, its maker a new holder": sell_to_a_new_holder,
    "buy one as a new holder": buy_as_a_new_holder,
    "buy one, its maker without a vault account": buy_from_one_without_money,
    "… each further fill, buying": each_further_fill(buys=True),
    "… each further fill, selling": each_further_fill(buys=False),
    "buy from 100 makers in a call": take_many(buys=True, makers=100),
    "sell to 100 makers in a call": take_many(buys=False, makers=100),
    "buy 20 orders at 20 prices": sweep(buys=True),
    "sell to 20 orders at 20 prices": sweep(buys=False),
    "buy one behind 127 expired asks": behind_expired(MOST_PASSED),
    "meet 128 expired asks, and buy nothing": behind_expired(MOST_REMOVALS),
    "buy from 128 makers without a vault account, first rent due": trade_with_the_dearest(buys=True),
    "sell to 128 makers, first rent due": trade_with_the_dearest(buys=False),
    "… buying, and behind 127 expired asks": trade_with_the_dearest(buys=True, expired=MOST_PASSED),
    "… selling, and behind 127 expired bids": trade_with_the_dearest(buys=False, expired=MOST_PASSED),
}
