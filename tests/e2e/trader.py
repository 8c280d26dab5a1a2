"""A book of a test's own, and what others do in it by calls of their own. The page has no part in it."""

from typing import Any

from tests.e2e.conftest import chain_time
from tests.e2e.issuer import allot, list_property
from tests.stack import Up

TICK_SIZE = 10_000
MAKER_FEE_PPM, TAKER_FEE_PPM = 500, 1_500
MILLION = 1_000_000
MINIMUM_TICKS = 500
BID, ASK = 0, 1
HELD = 1_000
SELLER, BUYER = 3, 4
"""Persons of the local chain."""
PLACING_SECONDS = 600


def open_book(stack: Up) -> int:
    """A property whose fractions the seller holds, with an empty book; its id."""
    people, number = stack.people, list_property(stack, 2 * HELD)
    allot(stack, number, people.persons[SELLER], HELD)
    rules = (number, TICK_SIZE, 1, MINIMUM_TICKS, MAKER_FEE_PPM, TAKER_FEE_PPM)
    people.send(people.market.functions.create_book(*rules), people.accounts[0])
    return number


def place(stack: Up, number: int, side: int, tick: int, quantity: int) -> int:
    """A limit order of the seller's or the buyer's; its id."""
    people = stack.people
    who = people.persons[SELLER if side == ASK else BUYER]
    order = (number, side, tick, quantity, 0, 0, 0, 0, chain_time(stack) + PLACING_SECONDS)
    receipt = people.send(people.market.functions.place(order), who)
    placed: Any = people.market.events.OrderPlaced().process_log(receipt["logs"][0])
    order_id: int = placed["args"]["order_id"]
    return order_id


def halt(stack: Up, number: int) -> None:
    people = stack.people
    people.send(people.market.functions.halt([number]), people.accounts[0])


def escrowed(stack: Up, number: int) -> int:
    """Units that rest for bids of the book."""
    account = (int(stack.people.market.address, 16) << 96) + number
    held: int = stack.people.vault.functions.balance_of(account).call()
    return held


def price_of(tick: int) -> int:
    return tick * TICK_SIZE


def fee_of(value: int, ppm: int) -> int:
    return value * ppm // MILLION
