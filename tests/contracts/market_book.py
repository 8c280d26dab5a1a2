"""Orders and books of the market's oracle: a book is a plain list of orders, looked through each time anew."""

from dataclasses import dataclass, field

BID, ASK = 0, 1
GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL, FILL_OR_KILL, POST_ONLY, MARKET = range(5)
CANCELLED, EXPIRED, SELF_TRADE, NOT_ELIGIBLE, UNFILLED, CLOSED = range(1, 7)

HIGHEST_TICK = 2**24 - 2
HIGHEST_QUANTITY = 2**48 - 1
HIGHEST_VALUE = 2**96 - 1
HIGHEST_FEE_PPM = 10_000
MOST_FILLS = MOST_REMOVALS = 128
BATCH = 32  # fills that are settled together
LIFETIME = 180 * 86_400
MILLION = 1_000_000


@dataclass(frozen=True)
class Order:
    """As it is placed."""

    property_id: int
    side: int
    tick: int
    quantity: int
    order_type: int = GOOD_TILL_CANCELLED
    minimum_fill: int = 0
    max_fills: int = 0
    expiry: int = 0
    deadline: int = 2**64

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(vars(self).values())


@dataclass
class Resting:
    """An order in the book. `filled` is what it traded while it was there."""

    number: int
    owner: str
    side: int
    tick: int
    remaining: int
    expiry: int
    fee_ppm: int
    filled: int = 0

    @property
    def urgency(self) -> tuple[int, int]:
        """Who is lowest of a side trades first."""
        return (self.tick if self.side == ASK else -self.tick), self.number


@dataclass
class Book:
    tick_size: int
    lot: int
    minimum_ticks: int
    registry_list: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    halted: bool = False
    closed: bool = False
    last_number: int = 0
    resting: list[Resting] = field(default_factory=list)

    def needed(self, order: Resting) -> int:
        """Units that an open bid escrows."""
        price = order.tick * self.tick_size
        fees = fee(price * (order.filled + order.remaining), order.fee_ppm) - fee(price * order.filled, order.fee_ppm)
        return price * order.remaining + fees

    def next_for(self, side: int, tick: int) -> Resting | None:
        """The order that one of `side` would trade with at `tick` or better."""
        others = [order for order in self.resting if order.side != side]
        crossing = [order for order in others if (order.tick <= tick if side == BID else order.tick >= tick)]
        return min(crossing, key=lambda order: order.urgency, default=None)


def fee(value: int, fee_ppm: int) -> int:
    return value * fee_ppm // MILLION


def id_of(property_id: int, number: int) -> int:
    return property_id << 40 | number
