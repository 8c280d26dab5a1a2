"""Marketplace: books and their rules, orders, trades. An order id is given as the property and a number."""

from indexer.abi import (
    Decoder,
    Malformed,
    address,
    amount,
    bounded,
    ending_in,
    fee_ppm,
    fractions,
    indexed,
    listing,
    lot,
    minimum_ticks,
    order_number,
    positive,
    property_id,
    seconds,
    static,
    tick,
    tick_size,
    words,
)
from indexer.chain import ORDER_TYPES, REMOVALS, SIDES, Amount, Log, OrderNumber, Small
from indexer.events import Event
from indexer.events.market import (
    BookClosed,
    BookCreated,
    FeeReceiverSet,
    FeesSet,
    Filled,
    HaltChanged,
    OrderChanged,
    OrderPlaced,
)

NO_ORDER = OrderNumber(0)
NOTHING = Amount(0)


def order_placed(log: Log) -> list[Event]:
    _, token_id, owner = indexed(log, 2)
    order, side, price, quantity, order_type, expiry, maker_fee, taker_fee = words(log, 8)
    number = property_id(token_id[2:])
    placed = OrderPlaced(
        log.block_number,
        log.log_index,
        number,
        address(owner[2:]),
        order_number(order, number),
        Small(bounded(int(side, 16), 0, len(SIDES) - 1, "side")),
        tick(price),
        positive(quantity),
        Small(bounded(int(order_type, 16), 0, len(ORDER_TYPES) - 1, "order type")),
        seconds(expiry),
        fee_ppm(maker_fee),
        fee_ppm(taker_fee),
    )
    about = (placed.number, "placed", placed.quantity, placed.quantity, NO_ORDER, NOTHING)
    return [placed, OrderChanged(log.block_number, log.log_index, number, *about)]


def filled(log: Log) -> list[Event]:
    """A trade changes two orders."""
    place = (log.block_number, log.log_index)
    _, token_id = indexed(log, 1)
    maker_order, taker_order, maker, taker, quantity, maker_remaining, taker_remaining = words(log, 7)
    number = property_id(token_id[2:])
    orders = (order_number(maker_order, number), order_number(taker_order, number))
    if orders[0] >= orders[1]:
        raise Malformed(f"order {orders[1]} takes from {orders[0]}, which was not placed before it")
    traded = positive(quantity)
    remaining = (fractions(maker_remaining), fractions(taker_remaining))
    return [
        Filled(*place, number, *orders, address(maker), address(taker), traded, *remaining),
        OrderChanged(*place, number, orders[0], "made", traded, remaining[0], orders[1], NOTHING),
        OrderChanged(*place, number, orders[1], "taken", traded, remaining[1], orders[0], NOTHING),
    ]


def order_reduced(log: Log) -> list[Event]:
    _, token_id, owner = indexed(log, 2)
    order, quantity, remaining, refund = words(log, 4)
    number = property_id(token_id[2:])
    address(owner[2:])
    about = (order_number(order, number), "reduced", positive(quantity), positive(remaining), NO_ORDER, amount(refund))
    return [OrderChanged(log.block_number, log.log_index, number, *about)]


def order_removed(log: Log) -> list[Event]:
    _, token_id, owner = indexed(log, 2)
    order, reason, quantity, refund = words(log, 4)
    number = property_id(token_id[2:])
    address(owner[2:])
    cause = REMOVALS[bounded(int(reason, 16), 1, len(REMOVALS), "reason") - 1]
    about = (order_number(order, number), cause, positive(quantity), fractions("0"), NO_ORDER, amount(refund))
    return [OrderChanged(log.block_number, log.log_index, number, *about)]


MARKET: dict[str, Decoder] = {
    "BookCreated(uint256,uint256,uint256,uint256,uint256)": static(
        BookCreated, [property_id], [tick_size, lot, minimum_ticks, listing]
    ),
    "FeesSet(uint256,uint256,uint256)": static(FeesSet, [property_id], [fee_ppm, fee_ppm]),
    "FeeReceiverSet(address)": static(FeeReceiverSet, [address]),
    "BookHalted(uint256,address)": static(ending_in(HaltChanged, True), [property_id], [address]),
    "BookResumed(uint256,address)": static(ending_in(HaltChanged, False), [property_id], [address]),
    "BookClosed(uint256)": static(BookClosed, [property_id]),
    f"OrderPlaced(uint256,address{8 * ',uint256'})": order_placed,
    "Filled(uint256,uint256,uint256,address,address,uint256,uint256,uint256)": filled,
    "OrderReduced(uint256,address,uint256,uint256,uint256,uint256)": order_reduced,
    "OrderRemoved(uint256,address,uint256,uint256,uint256,uint256)": order_removed,
}
