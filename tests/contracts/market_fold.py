"""What the events alone tell: the marketplace's books, the vault's balances, the token's holdings."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.evm import Logged
from bench.stage import Stage
from tests.contracts.market_book import BID, fee

Values = dict[str, Any]


@dataclass
class Placed:
    """An order, from its placing to its end. Resting as long as something remains."""

    number: int
    owner: str
    side: int
    tick: int
    quantity: int
    expiry: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    remaining: int
    filled_as_maker: int = 0
    filled_as_taker: int = 0
    value_taken: int = 0
    reduced: int = 0
    removed: int = 0

    @property
    def urgency(self) -> tuple[int, int]:
        return (-self.tick if self.side == BID else self.tick), self.number


@dataclass
class BookFold:
    tick_size: int
    lot: int
    minimum_ticks: int
    registry_list: int
    maker_fee_ppm: int = 0
    taker_fee_ppm: int = 0
    halted: bool = False
    closed: bool = False
    orders: dict[int, Placed] = field(default_factory=dict)  # by number; all that ever were

    @property
    def resting(self) -> list[Placed]:
        return [order for order in self.orders.values() if order.remaining]

    def queue(self, side: int, tick: int) -> list[Placed]:
        return [order for order in self.resting if (order.side, order.tick) == (side, tick)]

    def best(self, side: int) -> int:
        """0 where there is none."""
        found = [order for order in self.resting if order.side == side]
        return min(found, key=lambda order: order.urgency).tick if found else 0

    @property
    def ticks(self) -> set[int]:
        return {order.tick for order in self.orders.values()}

    def charged(self) -> int:
        """M9: of each order one fee as maker and one as taker, each on all that it traded so."""
        return sum(
            fee(order.tick * self.tick_size * order.filled_as_maker, order.maker_fee_ppm)
            + fee(order.value_taken, order.taker_fee_ppm)
            for order in self.orders.values()
        )


class MarketFold:
    """`add` takes every event of the stage in order, with the address of its contract."""

    def __init__(self, stage: Stage) -> None:
        self.marketplace, self.vault, self.token = (
            contract.address for contract in (stage.marketplace, stage.vault, stage.token)
        )
        self.books: dict[int, BookFold] = {}
        self.fee_receiver = ""
        self.roles: set[tuple[bytes, str]] = set()
        self.collected = 0
        self.balances: defaultdict[int, int] = defaultdict(int)
        self.held: defaultdict[tuple[int, str], int] = defaultdict(int)
        self.locked: defaultdict[tuple[int, str], int] = defaultdict(int)

    def add(self, logged: Logged) -> None:
        address, (name, values) = logged
        if address == self.marketplace:
            self.add_market(name, values)
        elif address == self.vault and name == "Posting":
            self.add_posting(values)
        elif address == self.token:
            self.add_token(name, values)

    def add_posting(self, values: Values) -> None:
        debit, credit, amount = values["debit_account"], values["credit_account"], values["amount"]
        # The outside account is the other way round: what comes in is debited there.
        self.balances[debit] += amount if debit == 0 else -amount
        self.balances[credit] += -amount if credit == 0 else amount
        assert self.balances[debit] == values["debit_balance"]
        assert self.balances[credit] == values["credit_balance"]
        if values["kind"] == 15:
            self.collected += amount

    def add_token(self, name: str, values: Values) -> None:
        if name == "TransferSingle":
            property_id, amount = values["id"], values["amount"]
            self.held[property_id, values["sender"]] -= amount
            self.held[property_id, values["receiver"]] += amount
            if values["operator"] == self.marketplace:
                self.locked[property_id, values["sender"]] -= amount
        elif name in ("Locked", "Unlocked"):
            self.locked[values["property_id"], values["holder"]] = values["locked"]

    def add_market(self, name: str, values: Values) -> None:
        if name in ("RoleGranted", "RoleRevoked"):
            change = self.roles.add if name == "RoleGranted" else self.roles.discard
            change((values["role"], values["account"]))
        elif name == "FeeReceiverSet":
            self.fee_receiver = values["receiver"]
        elif name == "BookCreated":
            terms = (values[each] for each in ("tick_size", "lot", "minimum_ticks", "registry_list"))
            self.books[values["property_id"]] = BookFold(*terms)
        elif name != "KeyBurnt":
            self.add_to_book(self.books[values["property_id"]], name, values)

    def add_to_book(self, book: BookFold, name: str, values: Values) -> None:
        if name == "FeesSet":
            book.maker_fee_ppm, book.taker_fee_ppm = values["maker_fee_ppm"], values["taker_fee_ppm"]
        elif name in ("BookHalted", "BookResumed"):
            book.halted = name == "BookHalted"
        elif name == "BookClosed":
            book.closed = True
        elif name == "OrderPlaced":
            number = number_of(values["order_id"])
            shared = ("owner", "side", "tick", "quantity", "expiry", "maker_fee_ppm", "taker_fee_ppm", "quantity")
            book.orders[number] = Placed(number, *(values[each] for each in shared))
        elif name == "Filled":
            self.add_fill(book, values)
        else:
            order = book.orders[number_of(values["order_id"])]
            if name == "OrderReduced":
                order.reduced += values["quantity"]
                order.remaining = values["remaining"]
            else:
                assert name == "OrderRemoved"
                order.removed += values["quantity"]
                order.remaining = 0

    def add_fill(self, book: BookFold, values: Values) -> None:
        maker, taker = (book.orders[number_of(values[each])] for each in ("maker_order", "taker_order"))
        quantity = values["quantity"]
        maker.filled_as_maker += quantity
        maker.remaining = values["maker_remaining"]
        taker.filled_as_taker += quantity
        taker.value_taken += quantity * maker.tick * book.tick_size
        taker.remaining = values["taker_remaining"]


def number_of(order_id: int) -> int:
    return int(order_id & 2**40 - 1)
