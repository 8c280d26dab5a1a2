# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Packing
@notice How the order book lies in words of 256 bits: a word a book, a word a price level, two words an order.

        book     best bid and best ask as indexes (0 to 23, 24 to 47), number of the last order (48 to 87),
                 tick size (88 to 143), lot (144 to 159), registry list (160 to 191), minimum value in tick
                 sizes (192 to 221), maker and taker fee (222 to 235, 236 to 249), halted (254), closed (255)
        level    number of its first and last order (0 to 39, 40 to 79), how many there are (80 to 119),
                 what remains of all of them (120 to 207)
        order    owner (0 to 159), remaining (160 to 207), filled while it rested (208 to 255);
        its rest number of the next and of the previous order (0 to 39, 40 to 79), tick (80 to 103), side
                 (104), expiry (105 to 144), maker fee (145 to 160), tick size (161 to 216)

@dev Bids are mirrored: the index of a price is its tick for asks, and what is missing to the highest for
     bids, so that on both sides the best price has the lowest index and one path serves both.
"""

BID: constant(uint256) = 0
ASK: constant(uint256) = 1

NUMBER_BITS: constant(uint256) = 40
NUMBER_MASK: constant(uint256) = 2**40 - 1
QUANTITY_MASK: constant(uint256) = 2**48 - 1
INDEX_BITS: constant(uint256) = 24
INDEX_MASK: constant(uint256) = 2**24 - 1
# The index of a side without orders; no tick has it on either side.
NO_INDEX: constant(uint256) = 2**24 - 1

# -- book

BESTS_MASK: constant(uint256) = 2**48 - 1
LAST_NUMBER_BIT: constant(uint256) = 48
ONE_NUMBER: constant(uint256) = 2**48
TICK_SIZE_BIT: constant(uint256) = 88
TICK_SIZE_MASK: constant(uint256) = 2**56 - 1
LOT_BIT: constant(uint256) = 144
LOT_MASK: constant(uint256) = 2**16 - 1
LIST_BIT: constant(uint256) = 160
LIST_MASK: constant(uint256) = 2**32 - 1
MINIMUM_TICKS_BIT: constant(uint256) = 192
MINIMUM_TICKS_MASK: constant(uint256) = 2**30 - 1
RATE_MASK: constant(uint256) = 2**14 - 1
MAKER_FEE_BIT: constant(uint256) = 222
TAKER_FEE_BIT: constant(uint256) = 236
RATES_FIELD: constant(uint256) = (2**28 - 1) * 2**222
# A book that is halted or closed takes no orders: its word is not below this.
HALTED: constant(uint256) = 2**254
CLOSED: constant(uint256) = 2**255

# -- level

TAIL_BIT: constant(uint256) = 40
TAIL_FIELD: constant(uint256) = (2**40 - 1) * 2**40
COUNT_BIT: constant(uint256) = 80
ONE_ORDER: constant(uint256) = 2**80
LEVEL_QUANTITY_BIT: constant(uint256) = 120

# -- order, first word

OWNER_MASK: constant(uint256) = 2**160 - 1
REMAINING_BIT: constant(uint256) = 160
FILLED_BIT: constant(uint256) = 208
# Added for each fraction that is filled: one less remains, one more is filled.
ONE_FILLED: constant(uint256) = 2**208 - 2**160

# -- order, second word

PREVIOUS_BIT: constant(uint256) = 40
PREVIOUS_FIELD: constant(uint256) = (2**40 - 1) * 2**40
TICK_BIT: constant(uint256) = 80
SIDE_BIT: constant(uint256) = 104
EXPIRY_BIT: constant(uint256) = 105
EXPIRY_MASK: constant(uint256) = 2**40 - 1
FEE_BIT: constant(uint256) = 145
FEE_MASK: constant(uint256) = 2**16 - 1
ORDER_TICK_SIZE_BIT: constant(uint256) = 161


struct Book:
    best_bid: uint256
    best_ask: uint256
    last_number: uint256
    tick_size: uint256
    lot: uint256
    registry_list: uint256
    minimum_ticks: uint256
    maker_fee_ppm: uint256
    taker_fee_ppm: uint256
    is_halted: bool
    is_closed: bool


struct Level:
    head: uint256
    tail: uint256
    count: uint256
    quantity: uint256


struct Order:
    owner: address
    remaining: uint256
    filled: uint256
    next: uint256
    previous: uint256
    tick: uint256
    side: uint256
    expiry: uint256
    maker_fee_ppm: uint256
    tick_size: uint256


@internal
@pure
def _index(side: uint256, tick: uint256) -> uint256:
    """@dev Its own inverse: the index of an index is the tick."""
    if side == ASK:
        return tick
    return unsafe_sub(NO_INDEX, tick)


@internal
@pure
def _packed_book(book: Book) -> uint256:
    flags: uint256 = 0
    if book.is_halted:
        flags |= HALTED
    if book.is_closed:
        flags |= CLOSED
    return (
        book.best_bid
        | (book.best_ask << INDEX_BITS)
        | (book.last_number << LAST_NUMBER_BIT)
        | (book.tick_size << TICK_SIZE_BIT)
        | (book.lot << LOT_BIT)
        | (book.registry_list << LIST_BIT)
        | (book.minimum_ticks << MINIMUM_TICKS_BIT)
        | (book.maker_fee_ppm << MAKER_FEE_BIT)
        | (book.taker_fee_ppm << TAKER_FEE_BIT)
        | flags
    )


@internal
@pure
def _book(word: uint256) -> Book:
    return Book(
        best_bid=word & INDEX_MASK,
        best_ask=(word >> INDEX_BITS) & INDEX_MASK,
        last_number=(word >> LAST_NUMBER_BIT) & NUMBER_MASK,
        tick_size=(word >> TICK_SIZE_BIT) & TICK_SIZE_MASK,
        lot=(word >> LOT_BIT) & LOT_MASK,
        registry_list=(word >> LIST_BIT) & LIST_MASK,
        minimum_ticks=(word >> MINIMUM_TICKS_BIT) & MINIMUM_TICKS_MASK,
        maker_fee_ppm=(word >> MAKER_FEE_BIT) & RATE_MASK,
        taker_fee_ppm=(word >> TAKER_FEE_BIT) & RATE_MASK,
        is_halted=word & HALTED != 0,
        is_closed=word & CLOSED != 0,
    )


@internal
@pure
def _level(word: uint256) -> Level:
    return Level(
        head=word & NUMBER_MASK,
        tail=(word >> TAIL_BIT) & NUMBER_MASK,
        count=(word >> COUNT_BIT) & NUMBER_MASK,
        quantity=word >> LEVEL_QUANTITY_BIT,
    )


@internal
@pure
def _packed_order(order: Order) -> (uint256, uint256):
    return (
        convert(order.owner, uint256) | (order.remaining << REMAINING_BIT) | (order.filled << FILLED_BIT),
        order.next
        | (order.previous << PREVIOUS_BIT)
        | (order.tick << TICK_BIT)
        | (order.side << SIDE_BIT)
        | (order.expiry << EXPIRY_BIT)
        | (order.maker_fee_ppm << FEE_BIT)
        | (order.tick_size << ORDER_TICK_SIZE_BIT),
    )


@internal
@pure
def _order(word: uint256, rest: uint256) -> Order:
    return Order(
        owner=convert(word & OWNER_MASK, address),
        remaining=(word >> REMAINING_BIT) & QUANTITY_MASK,
        filled=word >> FILLED_BIT,
        next=rest & NUMBER_MASK,
        previous=(rest >> PREVIOUS_BIT) & NUMBER_MASK,
        tick=(rest >> TICK_BIT) & INDEX_MASK,
        side=(rest >> SIDE_BIT) & 1,
        expiry=(rest >> EXPIRY_BIT) & EXPIRY_MASK,
        maker_fee_ppm=(rest >> FEE_BIT) & FEE_MASK,
        tick_size=rest >> ORDER_TICK_SIZE_BIT,
    )
