"""Whether the books are what the log of all calls so far makes of them: queues, prices, escrow, locks and fees.

The log is folded by rules of its own, from the events alone; nothing here asks what the contracts should answer.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from bench.stage import account_of
from tests.contracts.ledger import FEES_COLLECTED, OUTSIDE, TRADE_FEE
from tests.contracts.marketplace.market import ASK, BID, LARGEST_TICK, MILLION, NUMBER_BITS, Market, needed

Place = tuple[int, int, int]  # property, side, tick


@dataclass(frozen=True)
class Placed:
    """An order, and what is left of it."""

    owner: str
    place: Place
    remaining: int
    filled: int  # while it rested
    expiry: int
    fee_ppm: int
    taker_fee_ppm: int


@dataclass
class Log:
    """`taken` is the value that each order took when it was placed, `charged` what makers paid in fees."""

    tick_sizes: dict[int, int] = field(default_factory=dict)
    orders: dict[int, Placed] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    rates: dict[int, int] = field(default_factory=dict)
    charged: int = 0

    def add(self, name: str, said: dict[str, Any]) -> None:
        if name == "BookCreated":
            self.tick_sizes[said["property_id"]] = said["tick_size"]
        elif name == "OrderPlaced":
            place = said["property_id"], said["side"], said["tick"]
            rates = said["maker_fee_ppm"], said["taker_fee_ppm"]
            self.orders[said["order_id"]] = Placed(said["owner"], place, said["quantity"], 0, said["expiry"], *rates)
            self.rates[said["order_id"]] = said["taker_fee_ppm"]
        elif name == "Filled":
            self.fill(said)
        elif name == "OrderReduced":
            order = self.orders[said["order_id"]]
            assert said["remaining"] == order.remaining - said["quantity"]
            self.orders[said["order_id"]] = replace(order, remaining=said["remaining"])
        elif name == "OrderRemoved":
            assert said["quantity"] == self.orders.pop(said["order_id"]).remaining

    def fill(self, said: dict[str, Any]) -> None:
        quantity = said["quantity"]
        maker, taker = self.orders[said["maker_order"]], self.orders[said["taker_order"]]
        price = self.price_of(maker)
        before, after = price * maker.filled, price * (maker.filled + quantity)
        self.charged += after * maker.fee_ppm // MILLION - before * maker.fee_ppm // MILLION
        self.taken[said["taker_order"]] += price * quantity
        remaining = maker.remaining - quantity
        self.orders[said["maker_order"]] = replace(maker, remaining=remaining, filled=maker.filled + quantity)
        self.orders[said["taker_order"]] = replace(taker, remaining=taker.remaining - quantity)
        assert said["maker_remaining"] == remaining
        assert said["taker_remaining"] == taker.remaining - quantity
        for order_id in (said["maker_order"], said["taker_order"]):
            if self.orders[order_id].remaining == 0:
                del self.orders[order_id]

    def price_of(self, order: Placed) -> int:
        property_id, _, tick = order.place
        return tick * self.tick_sizes[property_id]

    def queues(self, property_id: int, side: int) -> dict[int, list[int]]:
        """Orders at each price, oldest first; the best price first."""
        found: dict[int, list[int]] = defaultdict(list)
        for order_id, order in sorted(self.orders.items()):
            if order.place[:2] == (property_id, side):
                found[order.place[2]].append(order_id)
        return dict(sorted(found.items(), reverse=side == BID))

    @property
    def fees(self) -> int:
        return self.charged + sum(value * self.rates[taker] // MILLION for taker, value in self.taken.items())


def log_of(market: Market) -> Log:
    log = Log()
    for address, event in market.evm.journal:
        if address == market.contract.address:
            log.add(*event)
    return log


def require_all_adds_up(market: Market) -> None:
    log = log_of(market)
    for property_id in log.tick_sizes:
        for side in (BID, ASK):
            require_queues(market, log, property_id, side)
        bid, ask = market.bests(property_id)
        assert not (bid and ask) or bid < ask, "the book is crossed"
        bids = (order for order in log.orders.values() if order.place[:2] == (property_id, BID))
        escrowed = (needed(log.price_of(bid), bid.remaining, bid.filled, bid.fee_ppm) for bid in bids)
        assert market.escrow(property_id) == sum(escrowed), "escrow"
        require_locks(market, log, property_id)
    require_fees(market, log)
    assert market.evm.ask(market.stage.dollar, "balanceOf", market.stage.vault) == market.balance(OUTSIDE)


def require_queues(market: Market, log: Log, property_id: int, side: int) -> None:
    """Prices, levels and lists, each way that they can be walked."""
    queues = log.queues(property_id, side)
    assert market.bests(property_id)[side] == next(iter(queues), 0), "best price"
    assert ticks_of(market, property_id, side) == list(queues), "prices with orders"
    for tick, queue in queues.items():
        numbers = [order_id & (2**NUMBER_BITS - 1) for order_id in queue]
        total = sum(log.orders[order_id].remaining for order_id in queue)
        assert market.ask("level_of", property_id, side, tick) == (numbers[0], numbers[-1], len(queue), total)
        for place, order_id in enumerate(queue):
            require_order(market, log, order_id, [*numbers, 0][place + 1], numbers[place - 1] if place else None)


def require_order(market: Market, log: Log, order_id: int, following: int, previous: int | None) -> None:
    """The `previous` of a queue's first means nothing."""
    order = log.orders[order_id]
    property_id, side, tick = order.place
    found = market.ask("order_of", order_id)
    if previous is not None:
        assert found[4] == previous
    shown = (order.owner, order.remaining, order.filled, following, found[4], tick, side)
    assert found == (*shown, order.expiry, order.fee_ppm, log.tick_sizes[property_id])


def ticks_of(market: Market, property_id: int, side: int) -> list[int]:
    ticks: list[int] = []
    tick = LARGEST_TICK if side == BID else 1
    while 1 <= tick <= LARGEST_TICK and (tick := market.ask("next_tick", property_id, side, tick)):
        ticks.append(tick)
        tick += 1 if side == ASK else -1
    return ticks


def require_locks(market: Market, log: Log, property_id: int) -> None:
    locked: dict[str, int] = defaultdict(int)
    owners = {said["owner"] for _, (name, said) in market.evm.journal if name == "OrderPlaced"}
    for order in log.orders.values():
        if order.place[:2] == (property_id, ASK):
            locked[order.owner] += order.remaining
    for owner in owners:
        assert market.locked(owner, property_id) == locked[owner] <= market.fractions(owner, property_id), "locks"


def require_fees(market: Market, log: Log) -> None:
    main = account_of(market.contract.address)
    postings = [said for _, (name, said) in market.evm.journal if name == "Posting"]
    charged = sum(said["amount"] for said in postings if said["kind"] == TRADE_FEE and said["credit_account"] == main)
    collected = sum(said["amount"] for said in postings if said["kind"] == FEES_COLLECTED)
    assert charged == log.fees, "fees charged"
    assert market.charged == charged - collected, "fees held"
