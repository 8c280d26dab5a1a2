# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Lens
@notice What a wallet wants to see of the order book before it signs. It holds nothing and changes nothing, so
        that views cost the other contracts no bytes.
"""

# Errors:
#   InvalidSide(uint256 side)

from contracts.modules import eligibility
from contracts.modules import fees
from contracts.modules import packing

initializes: eligibility

exports: eligibility.investor_registry


interface Market:
    def book_of(property_id: uint256) -> packing.Book: view
    def order_of(order_id: uint256) -> packing.Order: view
    def level_of(property_id: uint256, side: uint256, tick: uint256) -> packing.Level: view
    def next_tick(property_id: uint256, side: uint256, tick: uint256) -> uint256: view


# A price of a side: what remains at it, expired orders included.
struct Price:
    tick: uint256
    quantity: uint256
    orders: uint256


# An order that rests, and what it holds in escrow: units for a bid, fractions for an ask.
struct Resting:
    order_id: uint256
    owner: address
    side: uint256
    tick: uint256
    remaining: uint256
    filled: uint256
    expiry: uint256
    maker_fee_ppm: uint256
    escrowed: uint256


# What an order would trade at once, in the book as it is.
struct Quote:
    quantity: uint256  # fractions
    amount: uint256  # units, before fees
    taker_fee: uint256  # units
    fills: uint256
    removals: uint256  # expired, ineligible and the taker's own orders on the way
    last_tick: uint256  # of the last fill; 0 without one


MAX_PRICES: constant(uint256) = 128
MAX_ORDERS: constant(uint256) = 128
MAX_FILLS: constant(uint256) = 128
MAX_REMOVALS: constant(uint256) = 128

MARKET: immutable(Market)


@deploy
def __init__(marketplace: address, investor_registry: address):
    MARKET = Market(marketplace)
    eligibility.__init__(investor_registry)


@external
@view
def marketplace() -> address:
    return MARKET.address


@external
@view
def best_prices(property_id: uint256) -> (Price, Price):
    """
    @return Best bid and best ask; zeros where a side is empty.
    """
    book: packing.Book = staticcall MARKET.book_of(property_id)
    return (
        self._price(property_id, packing.BID, book.best_bid), self._price(property_id, packing.ASK, book.best_ask)
    )


@external
@view
def depth(property_id: uint256, side: uint256, count: uint256) -> DynArray[Price, MAX_PRICES]:
    """
    @notice The best prices of a side, best first: `count` of them, 128 at most.
    """
    self._require_side(side)
    prices: DynArray[Price, MAX_PRICES] = []
    tick: uint256 = self._best(property_id, side)
    for i: uint256 in range(min(count, MAX_PRICES), bound=MAX_PRICES):
        if tick == 0:
            break
        prices.append(self._price(property_id, side, tick))
        tick = self._next(property_id, side, tick)
    return prices


@external
@view
def queue(property_id: uint256, side: uint256, tick: uint256, number: uint256) -> DynArray[Resting, MAX_ORDERS]:
    """
    @notice The orders at a price, oldest first, 128 at most: from order `number` on, or from the first for 0.
    """
    level: packing.Level = staticcall MARKET.level_of(property_id, side, tick)
    orders: DynArray[Resting, MAX_ORDERS] = []
    next: uint256 = number
    if number == 0:
        next = level.head
    for i: uint256 in range(MAX_ORDERS):
        if next == 0:
            break
        order_id: uint256 = (property_id << packing.NUMBER_BITS) | next
        order: packing.Order = staticcall MARKET.order_of(order_id)
        if order.owner == empty(address):
            break
        orders.append(self._resting(order_id, order))
        next = order.next
    return orders


@external
@view
def order(order_id: uint256) -> Resting:
    """
    @notice An order that rests; zeros but for its id where it does not.
    """
    return self._resting(order_id, staticcall MARKET.order_of(order_id))


@external
@view
def quote(property_id: uint256, side: uint256, tick: uint256, quantity: uint256, owner: address) -> Quote:
    """
    @notice What an order of `owner` would trade at once: at prices not worse than `tick`, as the marketplace matches.
    """
    self._require_side(side)
    book: packing.Book = staticcall MARKET.book_of(property_id)
    makers: uint256 = 1 - side
    investor: uint256 = 0
    if book.registry_list != 0:
        investor = eligibility._standing(book.registry_list, owner) & eligibility.INVESTOR_MASK
    quoted: Quote = empty(Quote)
    best: uint256 = self._best(property_id, makers)
    number: uint256 = 0
    # One round more, to meet what cannot be removed any more.
    for i: uint256 in range(MAX_FILLS + MAX_REMOVALS + 1):
        if (
            best == 0
            or packing._index(makers, best) > packing._index(makers, tick)
            or quoted.quantity == quantity
            or quoted.fills == MAX_FILLS
        ):
            break
        if number == 0:
            level: packing.Level = staticcall MARKET.level_of(property_id, makers, best)
            number = level.head
        order: packing.Order = staticcall MARKET.order_of((property_id << packing.NUMBER_BITS) | number)
        if self._trades(book.registry_list, makers, order, owner, investor):
            taken: uint256 = min(order.remaining, quantity - quoted.quantity)
            quoted.quantity += taken
            quoted.amount += taken * best * book.tick_size
            quoted.fills += 1
            quoted.last_tick = best
        elif quoted.removals == MAX_REMOVALS:
            break
        else:
            quoted.removals += 1
        number = order.next
        if number == 0:
            best = self._next(property_id, makers, best)
    quoted.taker_fee = fees._fee(quoted.amount, book.taker_fee_ppm)
    return quoted


@internal
@view
def _trades(registry_list: uint256, side: uint256, order: packing.Order, owner: address, investor: uint256) -> bool:
    if block.timestamp > order.expiry or order.owner == owner:
        return False
    if registry_list == 0:
        return True
    standing: uint256 = eligibility._standing(registry_list, order.owner)
    if investor != 0 and standing & eligibility.INVESTOR_MASK == investor:
        return False
    return side == packing.ASK or standing >= eligibility.ELIGIBLE


@internal
@view
def _best(property_id: uint256, side: uint256) -> uint256:
    book: packing.Book = staticcall MARKET.book_of(property_id)
    if side == packing.BID:
        return book.best_bid
    return book.best_ask


@internal
@view
def _next(property_id: uint256, side: uint256, tick: uint256) -> uint256:
    """
    @return The next price behind `tick`; 0 where there is none.
    """
    behind: uint256 = packing._index(side, packing._index(side, tick) + 1)
    if behind == 0 or behind == packing.NO_INDEX:
        return 0
    return staticcall MARKET.next_tick(property_id, side, behind)


@internal
@view
def _price(property_id: uint256, side: uint256, tick: uint256) -> Price:
    if tick == 0:
        return empty(Price)
    level: packing.Level = staticcall MARKET.level_of(property_id, side, tick)
    return Price(tick=tick, quantity=level.quantity, orders=level.count)


@internal
@pure
def _resting(order_id: uint256, order: packing.Order) -> Resting:
    escrowed: uint256 = order.remaining
    if order.side == packing.BID:
        escrowed = fees._needed(
            order.tick * order.tick_size, order.remaining, order.filled, order.maker_fee_ppm
        )
    return Resting(
        order_id=order_id,
        owner=order.owner,
        side=order.side,
        tick=order.tick,
        remaining=order.remaining,
        filled=order.filled,
        expiry=order.expiry,
        maker_fee_ppm=order.maker_fee_ppm,
        escrowed=escrowed,
    )


@internal
@pure
def _require_side(side: uint256):
    if side > packing.ASK:
        raw_revert(abi_encode(side, method_id=method_id("InvalidSide(uint256)")))
