"""What people do with the order book by chance: books, orders that trade, rest, shrink and go; halts and fees.

What is offered is locked before it is sold, also by an order that takes at once.
"""

import random

from tests.simulation.contracts import ADMIN, MARKET
from tests.simulation.ledger import Ledger, some_property, somebody

BID, ASK = 0, 1
TICK_SIZE, LOT, MINIMUM_TICKS = 100, 1, 0
GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL = 0, 1
CANCELLED, SELF_TRADE, UNFILLED = 1, 3, 5
FAIR = 50
Resting = tuple[int, int]
"""Property and number of an order."""


def trade(ledger: Ledger, chance: random.Random) -> None:
    number = some_property(ledger, chance)
    if number not in ledger.books:
        create_book(ledger, number)
        return
    resting = [key for key in ledger.orders if key[0] == number]
    draw = chance.random()
    if resting and draw < 0.12:
        remove(ledger, chance.choice(resting), CANCELLED)
    elif resting and draw < 0.2:
        reduce(ledger, chance, chance.choice(resting))
    elif draw < 0.23:
        set_rules(ledger, chance, number)
    else:
        place(ledger, chance, number)


def create_book(ledger: Ledger, number: int) -> None:
    rules = {"tick_size": TICK_SIZE, "lot": LOT, "minimum_ticks": MINIMUM_TICKS, "registry_list": 0}
    ledger.say(MARKET, "BookCreated", property_id=number, **rules)
    set_fees(ledger, number, (100, 2500))


def set_fees(ledger: Ledger, number: int, fees: tuple[int, int]) -> None:
    ledger.books[number] = fees
    ledger.say(MARKET, "FeesSet", property_id=number, maker_fee_ppm=fees[0], taker_fee_ppm=fees[1])


def set_rules(ledger: Ledger, chance: random.Random, number: int) -> None:
    draw = chance.random()
    if draw < 0.4:
        set_fees(ledger, number, (chance.randint(0, 10_000), chance.randint(0, 10_000)))
    elif draw < 0.6:
        ledger.say(MARKET, "FeeReceiverSet", receiver=somebody(chance))
    else:
        ledger.say(MARKET, chance.choice(["BookHalted", "BookResumed"]), property_id=number, account=ADMIN)


def place(ledger: Ledger, chance: random.Random, number: int) -> None:
    owner, side = somebody(chance), chance.choice([BID, ASK])
    free = ledger.free(number, owner)
    if side == ASK and free <= 0:
        side = BID
    quantity = chance.randint(1, 40) if side == BID else chance.randint(1, min(40, free))
    tick, kind = FAIR + chance.randint(-6, 6), int(chance.random() < 0.15)
    key = (number, ledger.orders_placed.get(number, 0) + 1)
    ledger.orders_placed[number] = key[1]
    fees = dict(zip(("maker_fee_ppm", "taker_fee_ppm"), ledger.books[number], strict=True))
    about = {"side": side, "tick": tick, "quantity": quantity, "order_type": kind, "expiry": 2**40 - 1}
    if side == ASK:
        ledger.lock(number, owner, quantity)
    ledger.say(MARKET, "OrderPlaced", property_id=number, owner=owner, order_id=order_id(key), **about, **fees)
    left = match(ledger, key, owner, side, tick, quantity)
    if left:
        ledger.orders[key] = (owner, side, tick, left)
        if kind == IMMEDIATE_OR_CANCEL:
            remove(ledger, key, UNFILLED)


def match(ledger: Ledger, taker: Resting, owner: str, side: int, tick: int, left: int) -> int:
    """Fill from the best price on, oldest first; what is left of the quantity."""
    while left and (maker := best_against(ledger, taker[0], side, tick)):
        maker_owner, _, maker_tick, remaining = ledger.orders[maker]
        if maker_owner == owner:
            remove(ledger, maker, SELF_TRADE)
            continue
        quantity = min(left, remaining)
        left, remaining = left - quantity, remaining - quantity
        seller, buyer = (owner, maker_owner) if side == ASK else (maker_owner, owner)
        ids = {"maker_order": order_id(maker), "taker_order": order_id(taker)}
        after = {"quantity": quantity, "maker_remaining": remaining, "taker_remaining": left}
        ledger.say(MARKET, "Filled", property_id=taker[0], **ids, maker=maker_owner, taker=owner, **after)
        ledger.move(taker[0], seller, buyer, quantity, MARKET)
        ledger.orders[maker] = (maker_owner, 1 - side, maker_tick, remaining)
        if not remaining:
            del ledger.orders[maker]
    return left


def best_against(ledger: Ledger, number: int, side: int, tick: int) -> Resting | None:
    sign = 1 if side == BID else -1
    found = [
        (sign * at, order)
        for (of, order), (_, resting_side, at, _) in ledger.orders.items()
        if of == number and resting_side != side and sign * at <= sign * tick
    ]
    return (number, min(found)[1]) if found else None


def remove(ledger: Ledger, key: Resting, reason: int) -> None:
    owner, side, _, remaining = ledger.orders.pop(key)
    about = {"order_id": order_id(key), "reason": reason, "quantity": remaining, "refund": 0}
    ledger.say(MARKET, "OrderRemoved", property_id=key[0], owner=owner, **about)
    if side == ASK:
        ledger.lock(key[0], owner, -remaining)


def reduce(ledger: Ledger, chance: random.Random, key: Resting) -> None:
    owner, side, tick, remaining = ledger.orders[key]
    if remaining == 1:
        return
    less = chance.randint(1, remaining - 1)
    ledger.orders[key] = (owner, side, tick, remaining - less)
    about = {"order_id": order_id(key), "quantity": less, "remaining": remaining - less, "refund": 0}
    ledger.say(MARKET, "OrderReduced", property_id=key[0], owner=owner, **about)
    if side == ASK:
        ledger.lock(key[0], owner, -less)


def order_id(key: Resting) -> int:
    return (key[0] << 40) + key[1]
