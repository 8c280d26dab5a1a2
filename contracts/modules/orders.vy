# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Orders
@notice What somebody wants to trade, and what of it a book takes.
"""

# Errors:
#   InvalidSide(uint256 side)
#   InvalidOrderType(uint256 order_type)
#   InvalidTick(uint256 tick, uint256 highest)
#   InvalidQuantity(uint256 quantity, uint256 lot)
#   InvalidMinimumFill(uint256 minimum_fill, uint256 quantity)
#   InvalidExpiry(uint256 expiry, uint256 earliest, uint256 latest)
#   ValueTooSmall(uint256 ticks, uint256 minimum_ticks)
#   ValueTooLarge(uint256 value, uint256 highest)
#   DeadlinePassed(uint256 deadline)

from contracts.modules import packing
from contracts.modules import postings


struct Order:
    property_id: uint256
    side: uint256  # 0 bid, 1 ask
    tick: uint256  # the worst price, in tick sizes
    quantity: uint256  # fractions
    order_type: uint256
    minimum_fill: uint256  # fractions that must trade in this call
    max_fills: uint256  # makers to trade with in this call, at most; 0 for as many as possible
    expiry: uint256  # the last second at which it may trade; 0 for the latest possible
    deadline: uint256  # the last second at which it may be placed


GOOD_TILL_CANCELLED: constant(uint256) = 0
IMMEDIATE_OR_CANCEL: constant(uint256) = 1
FILL_OR_KILL: constant(uint256) = 2
POST_ONLY: constant(uint256) = 3
MARKET: constant(uint256) = 4

MAX_LIFETIME: constant(uint256) = 180 * 86_400


@internal
@view
def _require_valid(order: Order, book: uint256, expiry: uint256):
    if block.timestamp > order.deadline:
        raw_revert(abi_encode(order.deadline, method_id=method_id("DeadlinePassed(uint256)")))
    self._require_side(order.side)
    if order.order_type > MARKET:
        raw_revert(abi_encode(order.order_type, method_id=method_id("InvalidOrderType(uint256)")))
    self._require_tick(order.tick)
    self._require_lots(order.quantity, (book >> packing.LOT_BIT) & packing.LOT_MASK)
    ticks: uint256 = unsafe_mul(order.tick, order.quantity)
    minimum_ticks: uint256 = (book >> packing.MINIMUM_TICKS_BIT) & packing.MINIMUM_TICKS_MASK
    if ticks < minimum_ticks:
        raw_revert(abi_encode(ticks, minimum_ticks, method_id=method_id("ValueTooSmall(uint256,uint256)")))
    value: uint256 = unsafe_mul(ticks, (book >> packing.TICK_SIZE_BIT) & packing.TICK_SIZE_MASK)
    if value > postings.MAX_UNITS:
        self._refuse_value(value)
    # An order at the market says how much of it must trade.
    if order.minimum_fill > order.quantity or (order.order_type == MARKET and order.minimum_fill == 0):
        raw_revert(
            abi_encode(
                order.minimum_fill, order.quantity, method_id=method_id("InvalidMinimumFill(uint256,uint256)")
            )
        )
    latest: uint256 = unsafe_add(block.timestamp, MAX_LIFETIME)
    if expiry < block.timestamp or expiry > latest:
        raw_revert(
            abi_encode(
                expiry, block.timestamp, latest, method_id=method_id("InvalidExpiry(uint256,uint256,uint256)")
            )
        )


@internal
@pure
def _require_side(side: uint256):
    if side > packing.ASK:
        raw_revert(abi_encode(side, method_id=method_id("InvalidSide(uint256)")))


@internal
@pure
def _require_tick(tick: uint256):
    if tick == 0 or tick >= packing.NO_INDEX:
        raw_revert(abi_encode(tick, packing.NO_INDEX - 1, method_id=method_id("InvalidTick(uint256,uint256)")))


@internal
@pure
def _require_lots(quantity: uint256, lot: uint256):
    if quantity == 0 or quantity > packing.QUANTITY_MASK or quantity % lot != 0:
        raw_revert(abi_encode(quantity, lot, method_id=method_id("InvalidQuantity(uint256,uint256)")))


@internal
@pure
def _refuse_value(value_: uint256):
    raw_revert(abi_encode(value_, postings.MAX_UNITS, method_id=method_id("ValueTooLarge(uint256,uint256)")))
