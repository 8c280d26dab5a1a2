# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Order queue
@notice The orders of a price, first come, first served: a doubly linked list, so that one in the middle leaves
        without a trace. Numbers rise along a queue.
@dev A filled head is not unlinked from its successor, which would cost a write a fill: whether an order is the
     head is decided by its level, and the `previous` of a head means nothing.
"""

from contracts.modules import packing
from contracts.modules import price_levels

uses: price_levels

# By property, side and index, as price_levels._side_key and the index make it.
levels: HashMap[uint256, uint256]

# By order id, which is the property's id followed by 40 bits of number. The first word is 0 where there is no
# order; the second may still hold what was.
orders: HashMap[uint256, uint256[2]]


@internal
@pure
def _id_of(property_id: uint256, number: uint256) -> uint256:
    return (property_id << packing.NUMBER_BITS) | number


@internal
def _append(property_id: uint256, number: uint256, side_key: uint256, index: uint256, word: uint256, rest: uint256):
    """@param rest The second word, without links."""
    order_id: uint256 = self._id_of(property_id, number)
    remaining: uint256 = (word >> packing.REMAINING_BIT) & packing.QUANTITY_MASK
    level: uint256 = self.levels[side_key | index]
    self.orders[order_id][0] = word
    if level == 0:
        price_levels._set(side_key, index)
        self.orders[order_id][1] = rest
        self.levels[side_key | index] = (
            number
            | (number << packing.TAIL_BIT)
            | packing.ONE_ORDER
            | (remaining << packing.LEVEL_QUANTITY_BIT)
        )
        return
    tail: uint256 = (level >> packing.TAIL_BIT) & packing.NUMBER_MASK
    # A tail has no next: its field is 0.
    self.orders[self._id_of(property_id, tail)][1] |= number
    self.orders[order_id][1] = rest | (tail << packing.PREVIOUS_BIT)
    # Below 2^40 orders of less than 2^48 fractions each: neither field carries over.
    self.levels[side_key | index] = unsafe_add(
        (level & ~packing.TAIL_FIELD) | (number << packing.TAIL_BIT),
        packing.ONE_ORDER | (remaining << packing.LEVEL_QUANTITY_BIT),
    )


@internal
def _remove(order_id: uint256, side_key: uint256, index: uint256, word: uint256, rest: uint256) -> bool:
    """@return True if the price has no orders any more."""
    number: uint256 = order_id & packing.NUMBER_MASK
    # What all ids of the property begin with.
    prefix: uint256 = order_id ^ number
    self.orders[order_id][0] = 0
    self.orders[order_id][1] = 0
    level: uint256 = self.levels[side_key | index]
    next: uint256 = rest & packing.NUMBER_MASK
    is_head: bool = level & packing.NUMBER_MASK == number
    if is_head and next == 0:
        self.levels[side_key | index] = 0
        price_levels._clear(side_key, index)
        return True
    if is_head:
        level = (level & ~packing.NUMBER_MASK) | next
    else:
        previous: uint256 = (rest >> packing.PREVIOUS_BIT) & packing.NUMBER_MASK
        id_before: uint256 = prefix | previous
        self.orders[id_before][1] = (self.orders[id_before][1] & ~packing.NUMBER_MASK) | next
        if next == 0:
            level = (level & ~packing.TAIL_FIELD) | (previous << packing.TAIL_BIT)
        else:
            id_after: uint256 = prefix | next
            self.orders[id_after][1] = (self.orders[id_after][1] & ~packing.PREVIOUS_FIELD) | (
                previous << packing.PREVIOUS_BIT
            )
    remaining: uint256 = (word >> packing.REMAINING_BIT) & packing.QUANTITY_MASK
    # The level counts this order and what remains of it.
    self.levels[side_key | index] = unsafe_sub(
        level, packing.ONE_ORDER | (remaining << packing.LEVEL_QUANTITY_BIT)
    )
    return False


@internal
def _reduce(order_id: uint256, level_key: uint256, word: uint256, quantity: uint256):
    """@param quantity What less remains; less than remained. The place in the queue is kept."""
    self.orders[order_id][0] = unsafe_sub(word, quantity << packing.REMAINING_BIT)
    self.levels[level_key] = unsafe_sub(self.levels[level_key], quantity << packing.LEVEL_QUANTITY_BIT)
