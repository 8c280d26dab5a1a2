# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Matching
@notice An order meets the other side of its book within the call that places it: best price first, oldest first at a
        price, at the makers' prices. What is left rests, or is removed. The book is never crossed afterwards.
@dev No code of a maker runs: he consented by placing his order, and could stop a taker otherwise. A taker that
     is a contract is asked last, when all books are finished. One function, over the usual length, since its
     state is too wide to hand on at every fill.
"""

# Errors:
#   WouldTrade(uint256 property_id, uint256 tick)
#   NotFilled(uint256 filled, uint256 needed)

from contracts.modules import account_ids
from contracts.modules import books
from contracts.modules import delivery
from contracts.modules import eligibility
from contracts.modules import fees
from contracts.modules import order_queue
from contracts.modules import orders
from contracts.modules import packing
from contracts.modules import postings
from contracts.modules import price_levels
from contracts.modules import removal
from contracts.modules import settlement

uses: books
uses: delivery
uses: eligibility
uses: order_queue
uses: price_levels
uses: removal
uses: settlement


interface Vault:
    def settle(
        debit_account: uint256,
        trades: DynArray[uint256, BATCH],
        fees: uint256,
        escrow_account: uint256,
        escrowed: uint256,
        reference: bytes32,
    ): nonpayable


event OrderPlaced:
    property_id: indexed(uint256)
    owner: indexed(address)
    order_id: uint256
    side: uint256
    tick: uint256
    quantity: uint256
    order_type: uint256
    expiry: uint256
    maker_fee_ppm: uint256
    taker_fee_ppm: uint256


# At the maker's price. Fees follow from the orders' rates: of all that an order has traded as maker, or as
# taker, less what was charged before.
event Filled:
    property_id: indexed(uint256)
    maker_order: uint256
    taker_order: uint256
    maker: address
    taker: address
    quantity: uint256
    maker_remaining: uint256
    taker_remaining: uint256


MAX_FILLS: constant(uint256) = 128
MAX_REMOVALS: constant(uint256) = 128
# Fills that are settled together.
BATCH: constant(uint256) = 32


@internal
def _place(owner: address, order: orders.Order) -> uint256:
    book: uint256 = books.words[order.property_id]
    tick_size: uint256 = (book >> packing.TICK_SIZE_BIT) & packing.TICK_SIZE_MASK
    registry_list: uint256 = (book >> packing.LIST_BIT) & packing.LIST_MASK
    expiry: uint256 = order.expiry
    if expiry == 0:
        expiry = block.timestamp + orders.MAX_LIFETIME
    minimum_fill: uint256 = order.minimum_fill
    if order.order_type == orders.FILL_OR_KILL:
        minimum_fill = order.quantity
    books._require_open(order.property_id, book)
    orders._require_valid(order, book, expiry)
    investor: uint256 = 0
    if registry_list != 0:
        investor = self._investor(order, registry_list, owner)

    # Below 2^40 orders a book: a million a second for twelve days.
    book = unsafe_add(book, packing.ONE_NUMBER)
    number: uint256 = (book >> packing.LAST_NUMBER_BIT) & packing.NUMBER_MASK
    order_id: uint256 = order_queue._id_of(order.property_id, number)
    maker_fee_ppm: uint256 = (book >> packing.MAKER_FEE_BIT) & packing.RATE_MASK
    taker_fee_ppm: uint256 = (book >> packing.TAKER_FEE_BIT) & packing.RATE_MASK
    log OrderPlaced(
        property_id=order.property_id,
        owner=owner,
        order_id=order_id,
        side=order.side,
        tick=order.tick,
        quantity=order.quantity,
        order_type=order.order_type,
        expiry=expiry,
        maker_fee_ppm=maker_fee_ppm,
        taker_fee_ppm=taker_fee_ppm,
    )
    is_bid: bool = order.side == packing.BID
    escrow: uint256 = settlement._account_of(order.property_id)
    debit_account: uint256 = escrow
    if is_bid:
        debit_account = account_ids._main_account_of(owner)

    makers: uint256 = unsafe_sub(1, order.side)
    makers_key: uint256 = price_levels._side_key(order.property_id, makers)
    best_bit: uint256 = unsafe_mul(packing.INDEX_BITS, makers)
    best: uint256 = (book >> best_bit) & packing.INDEX_MASK
    limit: uint256 = packing._index(makers, order.tick)
    remaining: uint256 = order.quantity
    # 0 as soon as no price is within the limit, or an order stands in the way that cannot be removed any more.
    fills_left: uint256 = 0
    if best <= limit:
        fills_left = self._allowed_fills(order)
    removals_left: uint256 = MAX_REMOVALS
    # Of the level that is being matched: its word, and its price in units; 0 while none is.
    level: uint256 = 0
    price: uint256 = 0
    # Of all fills.
    value: uint256 = 0
    maker_fees: uint256 = 0
    rests: bool = False
    trades: DynArray[uint256, BATCH] = []
    payments: DynArray[uint256, BATCH] = []

    # Values stay below 2^128 each, and there are at most 128 of them: no sum or product below leaves 256 bits.
    # Two rounds more than fills and removals: one to meet what cannot be removed any more, one to settle.
    for i: uint256 in range(MAX_FILLS + MAX_REMOVALS + 2):
        # The product is 0 where either of them is.
        is_done: bool = unsafe_mul(remaining, fills_left) == 0
        if is_done or len(trades) == BATCH:
            if len(trades) != 0:
                if order.order_type == orders.POST_ONLY:
                    raw_revert(
                        abi_encode(order.property_id, order.tick, method_id=method_id("WouldTrade(uint256,uint256)"))
                    )
                if is_bid:
                    extcall delivery.Token(delivery.TOKEN).settle_bid(
                        order.property_id, owner, trades, skip_contract_check=True
                    )
                else:
                    extcall delivery.Token(delivery.TOKEN).settle_ask(
                        order.property_id, owner, trades, skip_contract_check=True
                    )
                trades = []
            charged: uint256 = 0
            escrowed: uint256 = 0
            if is_done:
                if best > limit and remaining != 0:
                    rests = order.order_type == orders.GOOD_TILL_CANCELLED or order.order_type == orders.POST_ONLY
                taker_fee: uint256 = fees._fee(value, taker_fee_ppm)
                charged = unsafe_add(maker_fees, taker_fee)
                if is_bid and rests:
                    escrowed = fees._needed(unsafe_mul(order.tick, tick_size), remaining, 0, maker_fee_ppm)
                if not is_bid and value != 0:
                    payments.append(self._payment(owner, unsafe_sub(value, taker_fee)))
            # The last batch may be empty: fees of those before it are charged all the same.
            if len(payments) != 0 or charged != 0 or escrowed != 0:
                extcall Vault(settlement.VAULT).settle(
                    debit_account,
                    payments,
                    charged,
                    escrow,
                    escrowed,
                    convert(order_id, bytes32),
                    skip_contract_check=True,
                )
                payments = []
            if is_done:
                break

        if level == 0:
            level = order_queue.levels[makers_key | best]
            price = unsafe_mul(packing._index(makers, best), tick_size)
        maker_order: uint256 = (order.property_id << packing.NUMBER_BITS) | (level & packing.NUMBER_MASK)
        word: uint256 = order_queue.orders[maker_order][0]
        rest: uint256 = order_queue.orders[maker_order][1]
        maker: address = convert(word & packing.OWNER_MASK, address)
        available: uint256 = (word >> packing.REMAINING_BIT) & packing.QUANTITY_MASK
        taken: uint256 = available
        reason: uint256 = 0
        if block.timestamp > (rest >> packing.EXPIRY_BIT) & packing.EXPIRY_MASK:
            reason = removal.EXPIRED
        elif maker == owner:
            reason = removal.SELF_TRADE
        elif registry_list != 0:
            reason = removal._objection(registry_list, makers, maker, investor)
        if reason != 0:
            if removals_left == 0:
                fills_left = 0
                continue
            removals_left = unsafe_sub(removals_left, 1)
            order_queue.orders[maker_order][0] = 0
            removal._log_removed(maker_order, maker, reason, available, removal._free(maker_order, word, rest, available))
        else:
            fills_left = unsafe_sub(fills_left, 1)
            if remaining < available:
                taken = remaining
                order_queue.orders[maker_order][0] = unsafe_add(word, unsafe_mul(taken, packing.ONE_FILLED))
            else:
                order_queue.orders[maker_order][0] = 0
            remaining = unsafe_sub(remaining, taken)
            log Filled(
                property_id=order.property_id,
                maker_order=maker_order,
                taker_order=order_id,
                maker=maker,
                taker=owner,
                quantity=taken,
                maker_remaining=unsafe_sub(available, taken),
                taker_remaining=remaining,
            )
            fill_value: uint256 = unsafe_mul(price, taken)
            value = unsafe_add(value, fill_value)
            # Of what it has traded now, less of what it had before.
            before: uint256 = unsafe_mul(price, word >> packing.FILLED_BIT)
            rate: uint256 = (rest >> packing.FEE_BIT) & packing.FEE_MASK
            maker_fee: uint256 = unsafe_sub(
                unsafe_div(unsafe_mul(unsafe_add(before, fill_value), rate), fees.MILLION),
                unsafe_div(unsafe_mul(before, rate), fees.MILLION),
            )
            maker_fees = unsafe_add(maker_fees, maker_fee)
            trades.append(convert(maker, uint256) | (taken << delivery.AMOUNT_BIT))
            if is_bid:
                # A value is below 2^96: it is at most that of the order.
                payments.append(
                    convert(maker, uint256) | (unsafe_sub(fill_value, maker_fee) << postings.UNITS_BIT)
                )
        # The level counts this order and what remains of it.
        if taken != available:
            level = unsafe_sub(level, taken << packing.LEVEL_QUANTITY_BIT)
            continue
        next: uint256 = rest & packing.NUMBER_MASK
        if next != 0:
            level = unsafe_sub(level, packing.ONE_ORDER | (taken << packing.LEVEL_QUANTITY_BIT))
            level = (level & ~packing.NUMBER_MASK) | next
        else:
            level = 0
            order_queue.levels[makers_key | best] = 0
            price_levels._clear(makers_key, best)
            best = price_levels._lowest_from(makers_key, best)
            if best > limit:
                fills_left = 0

    if unsafe_sub(order.quantity, remaining) < minimum_fill:
        raw_revert(
            abi_encode(
                unsafe_sub(order.quantity, remaining), minimum_fill, method_id=method_id("NotFilled(uint256,uint256)")
            )
        )
    if level != 0:
        order_queue.levels[makers_key | best] = level
    book = (book & ~(packing.INDEX_MASK << best_bit)) | (best << best_bit)
    if rests:
        book = self._rest(book, owner, order, number, remaining, expiry, maker_fee_ppm, tick_size)
        if not is_bid:
            extcall delivery.Token(delivery.TOKEN).lock(order.property_id, owner, remaining, skip_contract_check=True)
    elif remaining != 0:
        removal._log_removed(order_id, owner, removal.UNFILLED, remaining, 0)
    books.words[order.property_id] = book
    if is_bid and remaining != order.quantity and owner.is_contract:
        extcall delivery.Token(delivery.TOKEN).acknowledge(order.property_id, owner, order.quantity - remaining)
    return order_id


@internal
def _rest(
    book: uint256,
    owner: address,
    order: orders.Order,
    number: uint256,
    remaining: uint256,
    expiry: uint256,
    maker_fee_ppm: uint256,
    tick_size: uint256,
) -> uint256:
    """
    @return The book's word with the side's best price.
    """
    index: uint256 = packing._index(order.side, order.tick)
    order_queue._append(
        order.property_id,
        number,
        price_levels._side_key(order.property_id, order.side),
        index,
        convert(owner, uint256) | (remaining << packing.REMAINING_BIT),
        (order.tick << packing.TICK_BIT)
        | (order.side << packing.SIDE_BIT)
        | (expiry << packing.EXPIRY_BIT)
        | (maker_fee_ppm << packing.FEE_BIT)
        | (tick_size << packing.ORDER_TICK_SIZE_BIT),
    )
    best_bit: uint256 = unsafe_mul(packing.INDEX_BITS, order.side)
    if index < (book >> best_bit) & packing.INDEX_MASK:
        return (book & ~(packing.INDEX_MASK << best_bit)) | (index << best_bit)
    return book


@internal
@pure
def _allowed_fills(order: orders.Order) -> uint256:
    """@dev One is enough to see that an order would trade which must not."""
    if order.order_type == orders.POST_ONLY:
        return 1
    if order.max_fills == 0:
        return MAX_FILLS
    return min(order.max_fills, MAX_FILLS)


@internal
@pure
def _payment(payee: address, amount: uint256) -> uint256:
    if amount > postings.MAX_UNITS:
        orders._refuse_value(amount)
    return convert(payee, uint256) | (amount << postings.UNITS_BIT)


@internal
@view
def _investor(order: orders.Order, registry_list: uint256, owner: address) -> uint256:
    """
    @dev Whoever gains must be eligible; who gives need not, and is asked for only to know him again.
    @return The owner's investor id on the property's list; 0 where he has none.
    """
    standing: uint256 = eligibility._standing(registry_list, owner)
    if order.side == packing.BID and standing < eligibility.ELIGIBLE:
        eligibility._refuse(order.property_id, owner)
    return standing & eligibility.INVESTOR_MASK
