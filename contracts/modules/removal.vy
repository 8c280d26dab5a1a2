# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Removal
@notice How an order leaves the book before all of it is filled, in whole or in part; what it escrowed is free at once.
"""

# Errors:
#   UnknownOrder(uint256 order_id)
#   NotOrderOwner(uint256 order_id, address caller)
#   InvalidReduction(uint256 order_id, uint256 remaining, uint256 quantity)

from contracts.modules import books
from contracts.modules import delivery
from contracts.modules import eligibility
from contracts.modules import fees
from contracts.modules import order_queue
from contracts.modules import orders
from contracts.modules import packing
from contracts.modules import postings
from contracts.modules import price_levels
from contracts.modules import settlement

uses: books
uses: delivery
uses: eligibility
uses: order_queue
uses: price_levels
uses: settlement


event OrderReduced:
    property_id: indexed(uint256)
    owner: indexed(address)
    order_id: uint256
    quantity: uint256
    remaining: uint256
    refund: uint256


event OrderRemoved:
    property_id: indexed(uint256)
    owner: indexed(address)
    order_id: uint256
    reason: uint256
    quantity: uint256
    refund: uint256


# Why.
CANCELLED: constant(uint256) = 1
EXPIRED: constant(uint256) = 2
SELF_TRADE: constant(uint256) = 3
NOT_ELIGIBLE: constant(uint256) = 4
UNFILLED: constant(uint256) = 5
CLOSED: constant(uint256) = 6


@internal
def _cancel(caller: address, order_id: uint256):
    word: uint256 = order_queue.orders[order_id][0]
    self._require_order_owner(caller, order_id, word)
    self._take_out(order_id, word, CANCELLED)


@internal
def _take_out(order_id: uint256, word: uint256, reason: uint256):
    rest: uint256 = order_queue.orders[order_id][1]
    property_id: uint256 = order_id >> packing.NUMBER_BITS
    side: uint256 = (rest >> packing.SIDE_BIT) & 1
    side_key: uint256 = price_levels._side_key(property_id, side)
    index: uint256 = packing._index(side, (rest >> packing.TICK_BIT) & packing.INDEX_MASK)
    if order_queue._remove(order_id, side_key, index, word, rest):
        book: uint256 = books.words[property_id]
        best_bit: uint256 = unsafe_mul(packing.INDEX_BITS, side)
        if (book >> best_bit) & packing.INDEX_MASK == index:
            best: uint256 = price_levels._lowest_from(side_key, index)
            books.words[property_id] = (book & ~(packing.INDEX_MASK << best_bit)) | (best << best_bit)
    remaining: uint256 = (word >> packing.REMAINING_BIT) & packing.QUANTITY_MASK
    owner: address = convert(word & packing.OWNER_MASK, address)
    self._log_removed(order_id, owner, reason, remaining, self._free(order_id, word, rest, remaining))


@internal
def _reduce(caller: address, order_id: uint256, quantity: uint256):
    word: uint256 = order_queue.orders[order_id][0]
    self._require_order_owner(caller, order_id, word)
    rest: uint256 = order_queue.orders[order_id][1]
    property_id: uint256 = order_id >> packing.NUMBER_BITS
    remaining: uint256 = (word >> packing.REMAINING_BIT) & packing.QUANTITY_MASK
    orders._require_lots(quantity, (books._get(property_id) >> packing.LOT_BIT) & packing.LOT_MASK)
    if quantity >= remaining:
        raw_revert(
            abi_encode(
                order_id, remaining, quantity, method_id=method_id("InvalidReduction(uint256,uint256,uint256)")
            )
        )
    side: uint256 = (rest >> packing.SIDE_BIT) & 1
    index: uint256 = packing._index(side, (rest >> packing.TICK_BIT) & packing.INDEX_MASK)
    order_queue._reduce(order_id, price_levels._side_key(property_id, side) | index, word, quantity)
    refund: uint256 = self._free(order_id, word, rest, quantity)
    log OrderReduced(
        property_id=property_id,
        owner=caller,
        order_id=order_id,
        quantity=quantity,
        remaining=remaining - quantity,
        refund=refund,
    )


@internal
def _free(order_id: uint256, word: uint256, rest: uint256, quantity: uint256) -> uint256:
    """
    @notice Give an order's owner back what it escrowed for `quantity` of what remains.
    @return Units of money; 0 for an ask, whose fractions are unlocked.
    """
    property_id: uint256 = order_id >> packing.NUMBER_BITS
    owner: address = convert(word & packing.OWNER_MASK, address)
    if (rest >> packing.SIDE_BIT) & 1 == packing.ASK:
        extcall delivery.Token(delivery.TOKEN).unlock(property_id, owner, quantity, skip_contract_check=True)
        return 0
    remaining: uint256 = (word >> packing.REMAINING_BIT) & packing.QUANTITY_MASK
    filled: uint256 = word >> packing.FILLED_BIT
    rate: uint256 = (rest >> packing.FEE_BIT) & packing.FEE_MASK
    price: uint256 = unsafe_mul(
        (rest >> packing.TICK_BIT) & packing.INDEX_MASK, rest >> packing.ORDER_TICK_SIZE_BIT
    )
    refund: uint256 = fees._needed(price, quantity, unsafe_add(filled, unsafe_sub(remaining, quantity)), rate)
    settlement._pay(owner, property_id, refund, postings.KIND_ORDER_RELEASED, convert(order_id, bytes32))
    return refund


@internal
@view
def _reason_to_prune(order_id: uint256, word: uint256) -> uint256:
    book: uint256 = books.words[order_id >> packing.NUMBER_BITS]
    if book & packing.CLOSED != 0:
        return CLOSED
    rest: uint256 = order_queue.orders[order_id][1]
    if block.timestamp > (rest >> packing.EXPIRY_BIT) & packing.EXPIRY_MASK:
        return EXPIRED
    registry_list: uint256 = (book >> packing.LIST_BIT) & packing.LIST_MASK
    if registry_list == 0:
        return 0
    side: uint256 = (rest >> packing.SIDE_BIT) & 1
    return self._objection(registry_list, side, convert(word & packing.OWNER_MASK, address), 0)


@internal
@view
def _objection(registry_list: uint256, side: uint256, maker: address, investor: uint256) -> uint256:
    """
    @param investor Who takes.
    @return Why a maker of a property with a list cannot be traded with; 0 where he can.
    """
    standing: uint256 = eligibility._standing(registry_list, maker)
    if investor != 0 and standing & eligibility.INVESTOR_MASK == investor:
        return SELF_TRADE
    if side == packing.BID and standing < eligibility.ELIGIBLE:
        return NOT_ELIGIBLE
    return 0


@internal
def _log_removed(order_id: uint256, owner: address, reason: uint256, quantity: uint256, refund: uint256):
    log OrderRemoved(
        property_id=order_id >> packing.NUMBER_BITS,
        owner=owner,
        order_id=order_id,
        reason=reason,
        quantity=quantity,
        refund=refund,
    )


@internal
@pure
def _require_order_owner(caller: address, order_id: uint256, word: uint256):
    if word == 0:
        self._refuse_unknown_order(order_id)
    if convert(word & packing.OWNER_MASK, address) != caller:
        raw_revert(abi_encode(order_id, caller, method_id=method_id("NotOrderOwner(uint256,address)")))


@internal
@pure
def _refuse_unknown_order(order_id: uint256):
    raw_revert(abi_encode(order_id, method_id=method_id("UnknownOrder(uint256)")))
