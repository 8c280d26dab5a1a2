"""The oracle's fold of the marketplace: order books, trades, candles and lots in plain dictionaries and lists.

Shares no code with the indexer. Lots are lots here: a list of what came, from whose front is taken.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]
Place = tuple[int, int]
Order = tuple[int, int]
"""Property and number."""

PLACE = ("block_number", "log_index")
ORDER_STATE = ("owner", "remaining", "filled", "made", "value", "fees", "status")
CANDLE = ("open", "high", "low", "close", "volume", "value", "trades")
COLUMNS: dict[str, tuple[str, ...]] = {
    "books": ("property_id", *PLACE, "tick_size", "lot", "minimum_ticks", "registry_list"),
    "book_fees": ("property_id", *PLACE, "maker_fee_ppm", "taker_fee_ppm"),
    "book_halts": ("property_id", *PLACE, "account", "halted"),
    "book_closings": ("property_id", *PLACE),
    "fee_receivers": (*PLACE, "receiver"),
    "order_terms": (
        "property_id", "number", *PLACE, "owner", "side", "tick", "price", "quantity", "order_type", "expiry",
        "maker_fee_ppm", "taker_fee_ppm",
    ),
    "order_changes": (
        "property_id", "number", *PLACE, "owner", "cause", "quantity", "refund", "fee", "remaining", "filled", "made",
        "value", "fees", "status",
    ),
    "orders": ("property_id", "number", *PLACE, *ORDER_STATE),
    "level_changes": ("property_id", "side", "tick", *PLACE, "change", "quantity", "orders"),
    "levels": ("property_id", "side", "tick", *PLACE, "quantity", "orders"),
    "trades": (
        "property_id", *PLACE, "maker_number", "taker_number", "maker", "taker", "taker_side", "tick", "price",
        "quantity", "value", "maker_fee", "taker_fee",
    ),
    "candle_changes": ("property_id", "seconds", "start", *PLACE, *CANDLE),
    "candles": ("property_id", "seconds", "start", *PLACE, *CANDLE),
    "acquisitions": ("property_id", "holder", *PLACE, "cause", "quantity", "cost", "acquired", "spent"),
    "disposals": (
        "property_id", "holder", *PLACE, "quantity", "cost", "profit", "disposed", "sold", "proceeds", "realised",
    ),
}  # fmt: skip
REASONS = {1: "cancelled", 2: "expired", 3: "self_trade", 4: "not_eligible", 5: "unfilled", 6: "closed"}
BOOKS = {"BookCreated", "FeesSet", "FeeReceiverSet", "BookHalted", "BookResumed", "BookClosed"}
ORDERS = {"OrderPlaced", "Filled", "OrderReduced", "OrderRemoved"}
MILLION, SPANS = 1_000_000, (60, 3600, 86_400)
NOBODY = bytes(20)


def owner(address: str) -> bytes:
    return bytes.fromhex(address[2:])


@dataclass
class Resting:
    """An order as the contract keeps it, with what it cost its owner so far."""

    terms: dict[str, Any]
    place: Place
    remaining: int
    made: int = 0
    taken: int = 0
    made_value: int = 0
    taken_value: int = 0
    fees: int = 0
    status: str = "open"

    def pay(self) -> int:
        """The fee that is due now: of all, less what was paid."""
        due: int = self.made_value * self.terms["maker_fee_ppm"] // MILLION
        due += self.taken_value * self.terms["taker_fee_ppm"] // MILLION
        fee, self.fees = due - self.fees, due
        return fee


@dataclass
class Lot:
    """What came at once: its cost, and how much of it is gone."""

    quantity: int
    cost: int
    used: int = 0

    def take(self, wanted: int) -> tuple[int, int]:
        """Fractions from the front, and what they had cost."""
        before, taken = self.cost * self.used // self.quantity, min(wanted, self.quantity - self.used)
        self.used += taken
        return taken, self.cost * self.used // self.quantity - before


@dataclass
class Purse:
    """The fractions of one property that one holder ever had."""

    lots: list[Lot] = field(default_factory=list)
    received: int = 0
    gone: int = 0
    spent: int = 0
    sold: int = 0
    proceeds: int = 0
    realised: int = 0

    def receive(self, quantity: int, cost: int) -> None:
        self.received += quantity
        self.spent += cost
        self.lots.append(Lot(quantity, cost))

    def give(self, quantity: int) -> int:
        """What they had cost; the oldest go first."""
        self.gone += quantity
        cost = 0
        while quantity:
            taken, part = self.lots[0].take(quantity)
            quantity, cost = quantity - taken, cost + part
            if self.lots[0].used == self.lots[0].quantity:
                self.lots.pop(0)
        return cost

    @property
    def held_cost(self) -> int:
        return sum(lot.cost - lot.cost * lot.used // lot.quantity for lot in self.lots)


class Market:
    """What the marketplace's logs come to. Told in chain order, and of the end of every block."""

    def __init__(self, timestamps: dict[int, int]) -> None:
        self.timestamps = timestamps
        self.rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
        self.tick_sizes: dict[int, int] = {}
        self.orders: dict[Order, Resting] = {}
        self.levels: dict[Row, list[int]] = defaultdict(lambda: [0, 0])
        self.level_rows: list[Row] = []
        self.purses: dict[tuple[int, bytes], Purse] = defaultdict(Purse)
        self.came: list[Row] = []
        self.went: list[Row] = []
        self.moved: dict[tuple[int, bytes], list[int]] = defaultdict(lambda: [0, 0])
        self.candles: dict[Row, list[int]] = {}
        self.traded: dict[int, Place] = {}

    def add(self, table: str, *row: Any) -> None:
        self.rows[table].append(row)

    def take(self, name: str, place: Place, args: dict[str, Any]) -> None:
        number = args.get("property_id", 0)
        match name:
            case "BookCreated":
                self.tick_sizes[number] = args["tick_size"]
                self.add("books", number, *place, *(args[name] for name in COLUMNS["books"][3:]))
            case "FeesSet":
                self.add("book_fees", number, *place, args["maker_fee_ppm"], args["taker_fee_ppm"])
            case "FeeReceiverSet":
                self.add("fee_receivers", *place, owner(args["receiver"]))
            case "BookHalted" | "BookResumed":
                self.add("book_halts", number, *place, owner(args["account"]), name == "BookHalted")
            case "BookClosed":
                self.add("book_closings", number, *place)
            case "OrderPlaced":
                self.placed(place, args)
            case "Filled":
                self.filled(place, args)
            case "OrderReduced":
                self.reduced(place, args)
            case "OrderRemoved":
                self.removed(place, args)

    # -- orders

    def placed(self, place: Place, args: dict[str, Any]) -> None:
        number = args["property_id"]
        key = (number, args["order_id"] - (number << 40))
        terms = args | {"owner": owner(args["owner"]), "price": args["tick"] * self.tick_sizes[number]}
        self.orders[key] = Resting(terms, place, args["quantity"])
        self.add("order_terms", *key, *place, *(terms[name] for name in COLUMNS["order_terms"][4:]))
        self.change(key, place, "placed", args["quantity"])

    def filled(self, place: Place, args: dict[str, Any]) -> None:
        number, quantity = args["property_id"], args["quantity"]
        keys = [(number, args[f"{side}_order"] - (number << 40)) for side in ("maker", "taker")]
        maker, taker = (self.orders[key] for key in keys)
        value = quantity * maker.terms["price"]
        maker.made, maker.made_value = maker.made + quantity, maker.made_value + value
        taker.taken, taker.taken_value = taker.taken + quantity, taker.taken_value + value
        for resting, side in ((maker, "maker"), (taker, "taker")):
            resting.remaining -= quantity
            assert resting.remaining == args[f"{side}_remaining"], "the contract and the sum of its events agree"
            assert resting.terms["owner"] == owner(args[side]), "an order has one owner"
            resting.status = "partly_filled" if resting.remaining else "filled"
        fees = [self.change(key, place, cause, quantity) for key, cause in zip(keys, ("made", "taken"), strict=True)]
        self.level(maker, place, -quantity, 0 if maker.remaining else -1)
        wallets, side = (maker.terms["owner"], taker.terms["owner"]), taker.terms["side"]
        price = (maker.terms["tick"], maker.terms["price"])
        self.add("trades", number, *place, keys[0][1], keys[1][1], *wallets, side, *price, quantity, value, *fees)
        buyer, seller = (wallets[1], wallets[0]) if side == 0 else wallets
        buyer_fee, seller_fee = (fees[1], fees[0]) if side == 0 else fees
        self.came.append((number, buyer, *place, "trade", quantity, value + buyer_fee))
        self.went.append((number, seller, *place, quantity, value - seller_fee))
        self.candle(place, number, maker.terms["price"], quantity, value)

    def reduced(self, place: Place, args: dict[str, Any]) -> None:
        key = (args["property_id"], args["order_id"] - (args["property_id"] << 40))
        resting = self.orders[key]
        resting.remaining -= args["quantity"]
        assert resting.remaining == args["remaining"] > 0, "the contract and the sum of its events agree"
        self.change(key, place, "reduced", args["quantity"], args["refund"])
        self.level(resting, place, -args["quantity"], 0)

    def removed(self, place: Place, args: dict[str, Any]) -> None:
        key = (args["property_id"], args["order_id"] - (args["property_id"] << 40))
        resting, cause = self.orders[key], REASONS[args["reason"]]
        assert resting.remaining == args["quantity"], "the contract and the sum of its events agree"
        resting.remaining, resting.status = 0, cause
        self.change(key, place, cause, args["quantity"], args["refund"])
        if cause != "unfilled":
            self.level(resting, place, -args["quantity"], -1)

    def change(self, key: Order, place: Place, cause: str, quantity: int, refund: int = 0) -> int:
        """A row of what became of an order; the fee that this cost it."""
        resting = self.orders[key]
        fee, sums = resting.pay(), (resting.made + resting.taken, resting.made)
        value = resting.made_value + resting.taken_value
        about = (resting.terms["owner"], cause, quantity, refund, fee, resting.remaining)
        self.add("order_changes", *key, *place, *about, *sums, value, resting.fees, resting.status)
        return fee

    def level(self, resting: Resting, place: Place, quantity: int, orders: int) -> None:
        """Kept until the block's end: what an order leaves to rest is only known then, and counted where it began."""
        self.level_rows.append((*place, resting, quantity, orders))

    # -- time and cost

    def candle(self, place: Place, number: int, price: int, quantity: int, value: int) -> None:
        self.traded[number] = place
        for seconds in SPANS:
            start = self.timestamps[place[0]] // seconds * seconds
            found = self.candles.setdefault((number, seconds, start), [price, price, price, price, 0, 0, 0])
            found[1:4] = [max(found[1], price), min(found[2], price), price]
            found[4:] = [found[4] + quantity, found[5] + value, found[6] + 1]

    def collected(self, place: Place, number: int, holder: bytes, amount: int, price: int) -> None:
        self.came.append((number, holder, *place, "offering", amount, amount * price))

    def transferred(self, number: int, sender: bytes, receiver: bytes, amount: int) -> None:
        if sender != receiver:
            self.moved[number, receiver][0] += amount
            self.moved[number, sender][1] += amount

    def end_block(self, block: int) -> None:
        for (number, holder), (came, went) in sorted(self.moved.items()):
            if holder != NOBODY:
                self.end_block_of(number, holder, came, went)
        for number, place in self.traded.items():
            for seconds in SPANS:
                start = self.timestamps[block] // seconds * seconds
                self.add("candle_changes", number, seconds, start, *place, *self.candles[number, seconds, start])
        new = [resting for resting in self.orders.values() if resting.place[0] == block]
        self.end_block_of_levels(new)
        self.moved.clear()
        self.traded.clear()
        self.came, self.went, self.level_rows = [], [], []

    def end_block_of(self, number: int, holder: bytes, came: int, went: int) -> None:
        """First what came or went for no price, then what was traded or collected, in chain order."""
        purse = self.purses[number, holder]
        bought = [row[2:] for row in self.came if row[:2] == (number, holder)]
        sold = [row[2:] for row in self.went if row[:2] == (number, holder)]
        if unpaid := came - sum(row[3] for row in bought):
            purse.receive(unpaid, 0)
        for *place, cause, quantity, cost in bought:
            purse.receive(quantity, cost)
            self.add("acquisitions", number, holder, *place, cause, quantity, cost, purse.received, purse.spent)
        purse.give(went - sum(row[2] for row in sold))
        for *place, quantity, proceeds in sold:
            cost = purse.give(quantity)
            purse.sold, purse.proceeds = purse.sold + quantity, purse.proceeds + proceeds
            purse.realised += proceeds - cost
            sums = (purse.gone, purse.sold, purse.proceeds, purse.realised)
            self.add("disposals", number, holder, *place, quantity, cost, proceeds - cost, *sums)

    def end_block_of_levels(self, new: list[Resting]) -> None:
        changes = [(*row[:2], row[2], row[3], row[4]) for row in self.level_rows]
        for resting in new:
            gone = sum(row[3] for row in self.level_rows if row[2] is resting)
            left = resting.remaining - gone
            if left:
                changes.append((*resting.place, resting, left, 1))
        for block_number, log_index, resting, quantity, orders in sorted(changes, key=lambda row: row[:2]):
            key = (resting.terms["property_id"], resting.terms["side"], resting.terms["tick"])
            level = self.levels[key]
            level[0], level[1] = level[0] + quantity, level[1] + orders
            assert min(level) >= 0, "nothing leaves that did not come"
            self.add("level_changes", *key, block_number, log_index, quantity, *level)

    def tables(self) -> dict[str, list[Row]]:
        rows = self.rows
        last: dict[str, dict[Row, Row]] = {name: {} for name in ("order_changes", "level_changes", "candle_changes")}
        for name, found in last.items():
            width = COLUMNS[name].index("block_number")
            found |= {row[:width]: row for row in rows[name]}
        rows["orders"] = [(*row[:5], *row[9:]) for row in last["order_changes"].values()]
        rows["levels"] = [(*row[:5], *row[6:]) for row in last["level_changes"].values()]
        rows["candles"] = list(last["candle_changes"].values())
        return rows
