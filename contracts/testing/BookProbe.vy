# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title BookProbe
@notice The order book's packing and its tree of prices, each by itself. For tests of these modules; never
        deployed elsewhere.
"""

from contracts.modules import packing
from contracts.modules import price_levels

initializes: price_levels

MANY: constant(uint256) = 256


@external
@pure
def packed_book(book: packing.Book) -> uint256:
    return packing._packed_book(book)


@external
@pure
def book(word: uint256) -> packing.Book:
    return packing._book(word)


@external
@pure
def level(word: uint256) -> packing.Level:
    return packing._level(word)


@external
@pure
def packed_order(order: packing.Order) -> (uint256, uint256):
    return packing._packed_order(order)


@external
@pure
def order(word: uint256, rest: uint256) -> packing.Order:
    return packing._order(word, rest)


@external
@pure
def index(side: uint256, tick: uint256) -> uint256:
    return packing._index(side, tick)


@external
def change(property_id: uint256, side: uint256, filled: DynArray[uint256, MANY], emptied: DynArray[uint256, MANY]):
    """
    @notice Prices that have orders now, and prices that have none any more.
    """
    side_key: uint256 = price_levels._side_key(property_id, side)
    for index: uint256 in filled:
        price_levels._set(side_key, index)
    for index: uint256 in emptied:
        price_levels._clear(side_key, index)


@external
@view
def lowest_from(property_id: uint256, side: uint256, indexes: DynArray[uint256, MANY]) -> DynArray[uint256, MANY]:
    """
    @notice What is found from each of them on.
    """
    side_key: uint256 = price_levels._side_key(property_id, side)
    found: DynArray[uint256, MANY] = []
    for index: uint256 in indexes:
        found.append(price_levels._lowest_from(side_key, index))
    return found


@external
@view
def node(property_id: uint256, side: uint256, depth: uint256, place: uint256) -> uint256:
    """
    @param depth 1 the root, 2 a branch, 3 a leaf.
    """
    return price_levels.nodes[price_levels._side_key(property_id, side) | (depth << 24) | place]
