"""A market at random, on a chain and through the contracts: people place and cross orders, cancel, reduce, prune.

`open_stalls` makes it possible, a Bazaar plays: any test of a market may use it. It acts on chance, so much of what
it tries is refused, and that is a part of the play.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

from local.chain import Chain
from local.people import People

GAS = hex(8_000_000)
ROLES = ("LISTER", "PAUSER", "FEE")
BID, ASK = 0, 1
GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL, FILL_OR_KILL, POST_ONLY, MARKET = range(5)
NUMBER_BITS = 40
NEVER = 2**40 - 1
FOREVER = 2**64 - 1
FAIR, SPREAD = 100, 6
"""Ticks around which people trade, and how far from there."""
RULES = {"tick_size": 10_007, "lot": 1, "minimum_ticks": 50, "maker_fee_ppm": 1_111, "taker_fee_ppm": 3_337}
"""Odd numbers, so that fees are floored."""

FILLS = 40
"""More than the marketplace settles in one batch."""

Call = tuple[str, Any]
"""Who, and what."""


def open_stalls(people: People, property_ids: Sequence[int], lot: int = 1) -> None:
    """The admin may do all that one may with books, and opens these."""
    admin, market = people.accounts[0], people.market.functions
    for role in ROLES:
        people.send(market.grantRole(market[role]().call(), admin), admin)
    for property_id in property_ids:
        people.send(market.create_book(property_id, *(RULES | {"lot": lot}).values()), admin)


def order(property_id: int, side: int, tick: int, quantity: int, order_type: int = 0, **more: int) -> tuple[int, ...]:
    """The contract's struct. more: minimum_fill, max_fills, expiry, deadline."""
    rest = {"minimum_fill": 0, "max_fills": 0, "expiry": 0, "deadline": NEVER} | more
    if order_type == MARKET:
        rest["minimum_fill"] = max(rest["minimum_fill"], 1)
    return (property_id, side, tick, quantity, order_type, *rest.values())


def mine(chain: Chain, calls: Sequence[Call]) -> None:
    """All of them in one block, in this order; what is refused leaves no log."""
    chain.call("evm_setAutomine", False)
    for who, call in calls:
        sent = {"from": who, "to": call.address, "data": call._encode_transaction_data(), "gas": GAS}
        chain.call("eth_sendTransaction", sent)
    chain.call("evm_mine")
    chain.call("evm_setAutomine", True)


def odd_orders(chain: Chain, people: People, plain: int, listed: int) -> None:
    """What chance may not bring: every reason for a removal, more fills in a call than are settled together, prunes.

    plain: a property whose first persons hold fractions. listed: one whose list the admin keeps; the second person
    is on it.
    """
    market, (anna, bruno, chidi) = people.market.functions, people.persons[:3]
    admin, registry = people.accounts[0], people.registry.functions
    registry_list = market.book_of(listed).call()[5]
    now = int(people.web3.eth.get_block("latest")["timestamp"])
    number = market.book_of(plain).call()[2]
    bids = [(anna, market.place(order(plain, BID, FAIR - 20 + at % 3, 2 + at % 5))) for at in range(FILLS)]
    expiring = (bruno, market.place(order(plain, BID, FAIR - 17, 3, expiry=now + 20)))
    mine(chain, [*bids, expiring, (chidi, market.place(order(plain, ASK, FAIR - 17, 1, POST_ONLY)))])
    chain.call("evm_increaseTime", 100)
    sweep = (anna, market.place(order(plain, ASK, FAIR - 20, 30, IMMEDIATE_OR_CANCEL)))
    mine(chain, [(chidi, market.place(order(plain, ASK, FAIR - 20, 4 * FILLS))), sweep])
    mine(chain, [(bruno, market.place(order(listed, BID, FAIR - 20, 5)))])
    entry = registry.entry_of(registry_list, bruno).call()
    mine(chain, [(admin, registry.set_entry(registry_list, bruno, entry[1], FOREVER, True))])
    last = market.book_of(listed).call()[2]
    mine(chain, [(chidi, market.prune([(listed << NUMBER_BITS) | last, (plain << NUMBER_BITS) | number + 1]))])
    mine(chain, [(admin, registry.set_entry(registry_list, bruno, entry[1], FOREVER, False))])


class Bazaar:
    """People who trade in some books; what they do next is drawn by chance."""

    def __init__(self, chain: Chain, people: People, property_ids: Sequence[int], chance: random.Random) -> None:
        self.chain, self.people, self.chance = chain, people, chance
        self.property_ids = property_ids
        self.lots = {number: people.market.functions.book_of(number).call()[4] for number in property_ids}
        self.acts: list[tuple[int, Callable[[], Call]]] = [
            (60, self.place), (8, self.cancel), (3, self.cancel_many), (6, self.reduce), (5, self.replace),
            (5, self.prune), (2, self.collect_fees), (2, self.set_fees), (4, self.send_fractions), (1, self.burn_key),
            (1, self.set_fee_receiver),
        ]  # fmt: skip
        lists = {number: people.market.functions.book_of(number).call()[5] for number in property_ids}
        self.registry_lists = sorted({found for found in lists.values() if found})
        if self.registry_lists:
            self.acts.append((4, self.set_entry))

    def play(self, times: int) -> None:
        """So many calls, in blocks of one to five; now and then time passes, or the books are halted for a block."""
        while times > 0:
            together = min(times, self.chance.choice((1, 1, 1, 2, 3, 5)))
            times -= together
            if self.chance.random() < 0.06:
                self.chain.call("evm_increaseTime", self.chance.choice((30, 70, 4_000, 50_000)))
            self.mine([self.act() for _ in range(together)])
            if self.chance.random() < 0.02:
                self.halt_for_a_block()

    def act(self) -> Call:
        weights, draws = zip(*self.acts, strict=True)
        draw: Callable[[], Call] = self.chance.choices(draws, weights)[0]
        return draw()

    def mine(self, calls: Sequence[Call]) -> None:
        mine(self.chain, calls)

    # -- what somebody may do

    def place(self) -> Call:
        who = self.chance.choice(self.people.persons)
        return who, self.people.market.functions.place(self.some_order())

    def cancel(self) -> Call:
        order_id, owner = self.some_resting()
        return owner, self.people.market.functions.cancel(order_id)

    def cancel_many(self) -> Call:
        order_id, owner = self.some_resting()
        return owner, self.people.market.functions.cancel_many([order_id, order_id + 1, order_id])

    def reduce(self) -> Call:
        order_id, owner = self.some_resting()
        lot = self.lots[order_id >> NUMBER_BITS]
        return owner, self.people.market.functions.reduce(order_id, lot * self.chance.randint(1, 4))

    def replace(self) -> Call:
        order_id, owner = self.some_resting()
        return owner, self.people.market.functions.replace(order_id, self.some_order())

    def prune(self) -> Call:
        number = self.chance.choice(self.property_ids)
        last = self.last_number(number)
        ids = [(number << NUMBER_BITS) | at for at in range(max(1, last - 100), last + 1)]
        return self.chance.choice(self.people.persons), self.people.market.functions.prune(ids)

    def collect_fees(self) -> Call:
        return self.chance.choice(self.people.persons), self.people.market.functions.collect_fees()

    def set_fees(self) -> Call:
        rates = (self.chance.randint(0, 10_000), self.chance.randint(0, 10_000))
        return self.people.accounts[0], self.people.market.functions.set_fees(
            self.chance.choice(self.property_ids), *rates
        )

    def set_fee_receiver(self) -> Call:
        receiver = self.chance.choice(self.people.accounts)
        return self.people.accounts[0], self.people.market.functions.set_fee_receiver(receiver)

    def send_fractions(self) -> Call:
        """Beside the market: what is sent takes its cost along. To oneself too."""
        who, other = self.chance.choices(self.people.persons, k=2)
        number, amount = self.chance.choice(self.property_ids), self.chance.randint(1, 30)
        return who, self.people.token.functions.safeTransferFrom(who, other, number, amount, b"")

    def burn_key(self) -> Call:
        return self.chance.choice(self.people.persons), self.people.market.functions.burn_key(self.chance.randbytes(32))

    def set_entry(self) -> Call:
        """Two and two are the same investor; now and then one is frozen. The registrar is the admin."""
        index = self.chance.randrange(len(self.people.persons))
        frozen = self.chance.random() < 0.4
        entry = (self.people.persons[index], 1000 + index // 2, FOREVER, frozen)
        number = self.chance.choice(self.registry_lists)
        return self.people.accounts[0], self.people.registry.functions.set_entry(number, *entry)

    def halt_for_a_block(self) -> None:
        admin, market = self.people.accounts[0], self.people.market.functions
        self.mine([(admin, market.halt(list(self.property_ids))), self.place()])
        self.mine([(admin, market.resume(list(self.property_ids)))])

    # -- of what

    def some_order(self) -> tuple[int, ...]:
        chance, number = self.chance, self.chance.choice(self.property_ids)
        kinds = (GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL, FILL_OR_KILL, POST_ONLY, MARKET)
        (kind,) = chance.choices(kinds, (65, 10, 5, 10, 10))
        side = chance.choice((BID, ASK))
        away = -1 if side == BID else 1
        tick = FAIR + away * chance.randint(-4, SPREAD - 1)
        if kind == MARKET:
            tick = FAIR - away * SPREAD
        more = {}
        if chance.random() < 0.15:
            more["expiry"] = self.now() + chance.choice((1, 5, 60, 10_000))
        if chance.random() < 0.1:
            more["max_fills"] = chance.randint(1, 2)
        return order(number, side, tick, self.lots[number] * chance.randint(1, 40), kind, **more)

    def some_resting(self) -> tuple[int, str]:
        """An order and its owner; one that does not rest, and anybody, where there is none."""
        number = self.chance.choice(self.property_ids)
        last = self.last_number(number)
        candidates = list(range(max(1, last - 60), last + 1))
        self.chance.shuffle(candidates)
        for at in candidates[:8]:
            found = self.people.lens.functions.order((number << NUMBER_BITS) | at).call()
            if int(found[1], 16):
                return found[0], found[1]
        return (number << NUMBER_BITS) | max(last, 1), self.chance.choice(self.people.persons)

    def last_number(self, property_id: int) -> int:
        return int(self.people.market.functions.book_of(property_id).call()[2])

    def now(self) -> int:
        return int(self.people.web3.eth.get_block("latest")["timestamp"])


def depth_on_chain(people: People, property_id: int, side: int, block: int) -> list[tuple[int, int, int]]:
    """(tick, quantity, orders) of the best 128 prices, as the Lens said at the end of a block."""
    found = people.lens.functions.depth(property_id, side, 128).call(block_identifier=block)
    return [tuple(price) for price in found]
