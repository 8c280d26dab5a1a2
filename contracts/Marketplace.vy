# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Marketplace
@notice A central limit order book for each property. An order is matched within the call that places it, at
        the makers' prices, best price first and oldest first at a price; what is left rests. Asks lock the
        seller's fractions where they are, bids escrow money in the vault, in this contract's account of the
        property. Prices are whole ticks, so that every value is exact. A book is never crossed.
@dev No code of a maker runs while orders are matched: he consented by placing his order, and could stop a
     taker otherwise. A taker that is a contract is asked last, when all books are finished. The vault and the
     token call nobody when they settle, so there is nothing to lock out.
"""

# Errors:
#   InvalidFeeReceiver(address receiver)
#   OrderPlacedBefore(bytes32 request_id)
#   NotToken(address caller)

# -- modules and interfaces

from contracts.modules import account_ids
from contracts.modules import books
from contracts.modules import delivery
from contracts.modules import eligibility
from contracts.modules import fees
from contracts.modules import idempotency
from contracts.modules import matching
from contracts.modules import order_queue
from contracts.modules import orders
from contracts.modules import packing
from contracts.modules import postings
from contracts.modules import price_levels
from contracts.modules import removal
from contracts.modules import roles
from contracts.modules import settlement
from contracts.modules import signatures

initializes: roles
initializes: books
initializes: price_levels
initializes: order_queue[price_levels := price_levels]
initializes: eligibility
initializes: settlement
initializes: delivery
initializes: removal[
    books := books,
    delivery := delivery,
    eligibility := eligibility,
    order_queue := order_queue,
    price_levels := price_levels,
    settlement := settlement,
]
initializes: matching[
    books := books,
    delivery := delivery,
    eligibility := eligibility,
    order_queue := order_queue,
    price_levels := price_levels,
    removal := removal,
    settlement := settlement,
]
initializes: idempotency
initializes: signatures

exports: (
    roles.DEFAULT_ADMIN_ROLE,
    roles.hasRole,
    roles.getRoleAdmin,
    roles.grantRole,
    roles.revokeRole,
    roles.renounceRole,
    fees.HIGHEST_FEE_PPM,
    eligibility.investor_registry,
    settlement.settlement_vault,
    delivery.fraction_token,
    signatures.DOMAIN_SEPARATOR,
    signatures.eip712Domain,
)


interface Vault:
    def balance_of(account: uint256) -> uint256: view


event FeeReceiverSet:
    receiver: indexed(address)


# -- constants and storage

LISTER: public(constant(bytes32)) = keccak256("LISTER")
PAUSER: public(constant(bytes32)) = keccak256("PAUSER")
FEE: public(constant(bytes32)) = keccak256("FEE")

MAX_ORDERS: constant(uint256) = 128
MAX_BOOKS: constant(uint256) = 128

# The kind of key that a signed order acts under.
KEY_KIND: constant(uint8) = 1

ORDER_TYPE: constant(bytes32) = keccak256(
    "Order(address owner,uint256 property_id,uint256 side,uint256 tick,uint256 quantity,uint256 order_type,uint256 minimum_fill,uint256 max_fills,uint256 expiry,uint256 deadline,bytes32 key)"
)
CANCELLATION_TYPE: constant(bytes32) = keccak256("Cancellation(uint256 order_id,uint256 deadline)")

fee_receiver: public(address)


# -- constructor

@deploy
def __init__(
    settlement_vault: address,
    fraction_token: address,
    investor_registry: address,
    fee_receiver: address,
    admin: address,
):
    """
    @param fee_receiver Whose main account in the vault collected fees go to, at first.
    """
    delivery.__init__(fraction_token)
    settlement.__init__(settlement_vault)
    eligibility.__init__(investor_registry)
    signatures.__init__("Freehold Marketplace")
    self._set_fee_receiver(fee_receiver)
    roles.__init__(admin)


# -- books

@external
def create_book(
    property_id: uint256,
    tick_size: uint256,
    lot: uint256,
    minimum_ticks: uint256,
    maker_fee_ppm: uint256,
    taker_fee_ppm: uint256,
):
    """
    @notice Open the book of a listed property; LISTER only. Nobody can change its tick size, lot and minimum.
    @param tick_size Units of the stablecoin from one price to the next, 1 to 2^56 - 1.
    @param lot Fractions of which every quantity is a multiple, 1 to 2^16 - 1.
    @param minimum_ticks What an order must be worth at its own price, in tick sizes, below 2^30.
    @param maker_fee_ppm What makers pay at first, in parts per million of a trade's value; 10,000 at most.
    """
    roles._require(LISTER)
    registry_list: uint256 = 0
    is_ending: bool = False
    registry_list, is_ending = staticcall delivery.Token(delivery.TOKEN).listing_of(property_id)
    if is_ending:
        books._refuse_closed(property_id)
    books._create(property_id, tick_size, lot, minimum_ticks, maker_fee_ppm, taker_fee_ppm, registry_list)


@external
def set_fees(property_id: uint256, maker_fee_ppm: uint256, taker_fee_ppm: uint256):
    """
    @notice Rates of orders that are placed from now on, in parts per million of value; FEE only.
    """
    roles._require(FEE)
    books._set_fees(property_id, maker_fee_ppm, taker_fee_ppm)


@external
def halt(property_ids: DynArray[uint256, MAX_BOOKS]):
    """
    @notice Stop the placing of orders in books, and nothing else; PAUSER only.
    """
    roles._require(PAUSER)
    for property_id: uint256 in property_ids:
        books._halt(property_id)


@external
def resume(property_ids: DynArray[uint256, MAX_BOOKS]):
    """
    @notice Let orders be placed again; PAUSER only.
    """
    roles._require(PAUSER)
    for property_id: uint256 in property_ids:
        books._resume(property_id)


@external
def close_book(property_id: uint256):
    """
    @notice No new orders from here on; what rests can be cancelled, or pruned by anyone. The token calls it
            when a property's final distribution is declared.
    """
    if msg.sender != delivery.TOKEN:
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotToken(address)")))
    books._close(property_id)


# -- placing

@external
def place(order: orders.Order) -> uint256:
    """
    @notice Trade with the other side of the book, and let the rest rest, as the order's type says.
    @return The order's id: the property's, and 40 bits of number that rise with time.
    """
    return matching._place(msg.sender, order)


@external
def place_signed(owner: address, order: orders.Order, key: bytes32, signature: Bytes[1024]) -> uint256:
    """
    @notice An order that its owner has signed (EIP-712 type Order), submitted by anyone.
    @param key The nonce: it acts once, whatever becomes of the order.
    """
    struct_hash: bytes32 = keccak256(abi_encode(ORDER_TYPE, owner, order, key))
    request_id: bytes32 = idempotency._request_id(owner, KEY_KIND, key)
    if not idempotency._first_use(request_id, struct_hash):
        raw_revert(abi_encode(request_id, method_id=method_id("OrderPlacedBefore(bytes32)")))
    signatures._require_signed(owner, struct_hash, order.deadline, signature)
    return matching._place(owner, order)


@external
def burn_key(key: bytes32):
    """
    @notice Make one of the caller's keys void: an order that was signed with it can never be placed.
    """
    idempotency._burn(msg.sender, KEY_KIND, key)


@external
def replace(order_id: uint256, order: orders.Order) -> uint256:
    """
    @notice Cancel one of the caller's orders and place another, or do neither.
    """
    removal._cancel(msg.sender, order_id)
    return matching._place(msg.sender, order)


# -- leaving

@external
def cancel(order_id: uint256):
    """
    @notice Take one of the caller's orders out of the book; what it escrowed is free at once.
    """
    removal._cancel(msg.sender, order_id)


@external
def cancel_signed(order_id: uint256, deadline: uint256, signature: Bytes[1024]):
    """
    @notice A cancellation that the order's owner has signed (EIP-712 type Cancellation), submitted by anyone.
    """
    owner: address = convert(order_queue.orders[order_id][0] & packing.OWNER_MASK, address)
    if owner == empty(address):
        removal._refuse_unknown_order(order_id)
    struct_hash: bytes32 = keccak256(abi_encode(CANCELLATION_TYPE, order_id, deadline))
    signatures._require_signed(owner, struct_hash, deadline, signature)
    removal._cancel(owner, order_id)


@external
def cancel_many(order_ids: DynArray[uint256, MAX_ORDERS]) -> uint256:
    """
    @notice Cancel the caller's orders, and pass over those that are filled or gone.
    @return How many were there.
    """
    cancelled: uint256 = 0
    for order_id: uint256 in order_ids:
        if order_queue.orders[order_id][0] != 0:
            removal._cancel(msg.sender, order_id)
            cancelled += 1
    return cancelled


@external
def reduce(order_id: uint256, quantity: uint256):
    """
    @notice Take a part of one of the caller's orders back; the order keeps its place.
    @param quantity Fractions less: a multiple of the lot, and less than remain.
    """
    removal._reduce(msg.sender, order_id, quantity)


@external
def prune(order_ids: DynArray[uint256, MAX_ORDERS]) -> uint256:
    """
    @notice Take orders out that can never trade again: expired, bids of those no longer eligible, all of a
            closed book. Others are passed over. Anyone; what was escrowed goes back to its owner.
    @return How many were removed.
    """
    pruned: uint256 = 0
    for order_id: uint256 in order_ids:
        word: uint256 = order_queue.orders[order_id][0]
        if word != 0:
            reason: uint256 = removal._reason_to_prune(order_id, word)
            if reason != 0:
                removal._take_out(order_id, word, reason)
                pruned += 1
    return pruned


# -- fees

@external
def set_fee_receiver(receiver: address):
    """
    @notice Whose main account collected fees go to; FEE only.
    """
    roles._require(FEE)
    self._set_fee_receiver(receiver)


@external
def collect_fees() -> uint256:
    """
    @notice Pay what has been charged to the fee receiver's main account; anyone.
    """
    account: uint256 = account_ids._main_account_of(self)
    amount: uint256 = staticcall Vault(settlement.VAULT).balance_of(account)
    receiver: uint256 = account_ids._main_account_of(self.fee_receiver)
    settlement._post(account, receiver, amount, postings.KIND_FEES_COLLECTED, empty(bytes32))
    return amount


# -- views

@external
@view
def book_of(property_id: uint256) -> packing.Book:
    """
    @notice A book's rules and best prices, as ticks; 0 where a side has no orders.
    """
    book: packing.Book = packing._book(books._get(property_id))
    book.best_bid = self._tick_or_none(packing.BID, book.best_bid)
    book.best_ask = self._tick_or_none(packing.ASK, book.best_ask)
    return book


@external
@view
def order_of(order_id: uint256) -> packing.Order:
    """
    @notice An order that rests; zeros where it does not.
    """
    word: uint256 = order_queue.orders[order_id][0]
    if word == 0:
        return empty(packing.Order)
    return packing._order(word, order_queue.orders[order_id][1])


@external
@view
def level_of(property_id: uint256, side: uint256, tick: uint256) -> packing.Level:
    """
    @notice First and last order at a price, how many there are, and what remains of them.
    """
    orders._require_side(side)
    orders._require_tick(tick)
    key: uint256 = price_levels._side_key(property_id, side) | packing._index(side, tick)
    return packing._level(order_queue.levels[key])


@external
@view
def next_tick(property_id: uint256, side: uint256, tick: uint256) -> uint256:
    """
    @notice The best price with orders that is not better than `tick`; 0 where there is none.
    """
    orders._require_side(side)
    orders._require_tick(tick)
    side_key: uint256 = price_levels._side_key(property_id, side)
    return self._tick_or_none(side, price_levels._lowest_from(side_key, packing._index(side, tick)))


# -- checks

@internal
def _set_fee_receiver(receiver: address):
    if receiver == empty(address):
        raw_revert(abi_encode(receiver, method_id=method_id("InvalidFeeReceiver(address)")))
    self.fee_receiver = receiver
    log FeeReceiverSet(receiver=receiver)


@internal
@pure
def _tick_or_none(side: uint256, index: uint256) -> uint256:
    if index == packing.NO_INDEX:
        return 0
    return packing._index(side, index)
