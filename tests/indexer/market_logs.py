"""Logs of the marketplace as tests make them up: within its bounds, at them, and beyond."""

from hypothesis import strategies as st

from indexer.chain import FRACTIONS_MAX
from tests.indexer.rereading import hexadecimal
from tests.indexer.traffic import topic, word

BOOK = topic("BookCreated(uint256,uint256,uint256,uint256,uint256)")
FEES = topic("FeesSet(uint256,uint256,uint256)")
PLACED = topic(f"OrderPlaced(uint256,address{8 * ',uint256'})")
FILLED = topic("Filled(uint256,uint256,uint256,address,address,uint256,uint256,uint256)")
REDUCED = topic("OrderReduced(uint256,address,uint256,uint256,uint256,uint256)")
REMOVED = topic("OrderRemoved(uint256,address,uint256,uint256,uint256,uint256)")
PERSON, OTHER, DIRTY = word(0xAA), word(0xBB), b"\1" + word(0xAA)[1:]

OF_A_MARKET = {
    "order_id": st.integers(1, 2**40 - 1), "maker_order": st.integers(1, 2**39),
    "taker_order": st.integers(2**39 + 1, 2**40 - 1), "owner": st.binary(min_size=20, max_size=20).map(hexadecimal),
    "side": st.integers(0, 1), "order_type": st.integers(0, 4), "reason": st.integers(1, 6),
    "tick": st.integers(1, 2**24 - 2), "tick_size": st.integers(1, 2**56 - 1), "lot": st.integers(1, 2**16 - 1),
    "minimum_ticks": st.integers(0, 2**30 - 1), "maker_fee_ppm": st.integers(0, 10_000),
    "taker_fee_ppm": st.integers(0, 10_000),
}  # fmt: skip
"""By the name of the input; orders by their number, to which the property is added."""


def placing(number: int = 5, side: int = 0, tick: int = 9, quantity: int = 3, kind: int = 0, rate: int = 9) -> bytes:
    return b"".join(map(word, [(1 << 40) + number, side, tick, quantity, kind, 2**40 - 1, rate, 7]))


def filling(maker: int = 5, taker: int = 6, quantity: int = 3, remaining: int = 0) -> bytes:
    orders = word((1 << 40) + maker) + word((1 << 40) + taker)
    return orders + PERSON + OTHER + word(quantity) + 2 * word(remaining)


def leaving(number: int = 5, reason: int = 1, quantity: int = 3, refund: int = 0) -> bytes:
    return b"".join(map(word, [(1 << 40) + number, reason, quantity, refund]))


def rules(tick_size: int = 1, lot: int = 1, minimum: int = 0, registry_list: int = 0) -> bytes:
    return b"".join(map(word, [tick_size, lot, minimum, registry_list]))


MARKET_MALFORMED = {
    "a tick size of 0": ([BOOK, word(1)], rules(tick_size=0), "tick size 0"),
    "a tick size beyond 56 bits": ([BOOK, word(1)], rules(tick_size=2**56), "tick size"),
    "a lot of 0": ([BOOK, word(1)], rules(lot=0), "lot 0"),
    "a minimum beyond 30 bits": ([BOOK, word(1)], rules(minimum=2**30), "minimum 1073741824"),
    "a book's list beyond 32 bits": ([BOOK, word(1)], rules(registry_list=2**32), "list"),
    "a fee above the ceiling": ([FEES, word(1)], word(10_001) + word(0), "fee 10001 is not between 0 and 10000"),
    "an order of another property": ([PLACED, word(2), PERSON], placing(), "is not one of property 2"),
    "order 0": ([PLACED, word(1), PERSON], placing(number=0), "is not one of property 1"),
    "a third side": ([PLACED, word(1), PERSON], placing(side=2), "side 2"),
    "tick 0": ([PLACED, word(1), PERSON], placing(tick=0), "tick 0"),
    "a tick that stands for none": ([PLACED, word(1), PERSON], placing(tick=2**24 - 1), "tick 16777215"),
    "an order for nothing": ([PLACED, word(1), PERSON], placing(quantity=0), "fractions 0"),
    "a sixth type of order": ([PLACED, word(1), PERSON], placing(kind=5), "order type 5"),
    "an order's fee above the ceiling": ([PLACED, word(1), PERSON], placing(rate=2**14), "fee 16384"),
    "a dirty owner": ([PLACED, word(1), DIRTY], placing(), "is not an address"),
    "a trade of nothing": ([FILLED, word(1)], filling(quantity=0), "fractions 0"),
    "a trade of an order with itself": ([FILLED, word(1)], filling(maker=6), "was not placed before it"),
    "a maker that came after the taker": ([FILLED, word(1)], filling(maker=7), "was not placed before it"),
    "a trade of another property's orders": ([FILLED, word(3)], filling(), "is not one of property 3"),
    "more left than there are": ([FILLED, word(1)], filling(remaining=2**48), "fractions 281474976710656"),
    "a reduction to nothing": ([REDUCED, word(1), PERSON], leaving(reason=3, quantity=0), "fractions 0"),
    "a reduction by nothing": ([REDUCED, word(1), PERSON], leaving(reason=0), "fractions 0"),
    "no reason": ([REMOVED, word(1), PERSON], leaving(reason=0), "reason 0"),
    "a seventh reason": ([REMOVED, word(1), PERSON], leaving(reason=7), "reason 7"),
    "the removal of nothing": ([REMOVED, word(1), PERSON], leaving(quantity=0), "fractions 0"),
    "the removal of a stranger's order": ([REMOVED, word(4), PERSON], leaving(), "is not one of property 4"),
}  # fmt: skip
"""Topics, data, and a part of the reason."""
MARKET_BOUNDS = {
    "the largest book": ([BOOK, word(1)], rules(2**56 - 1, 2**16 - 1, 2**30 - 1, 2**32 - 1)),
    "the largest order": (
        [PLACED, word(1), PERSON], placing(2**40 - 1, 1, 2**24 - 2, FRACTIONS_MAX, 4, 10_000),
    ),
    "the largest trade": ([FILLED, word(1)], filling(2**40 - 2, 2**40 - 1, FRACTIONS_MAX, FRACTIONS_MAX)),
}  # fmt: skip
