"""What the Marketplace says: books and their rules, orders, trades."""

from typing import NamedTuple

from indexer.chain import (
    Address,
    Amount,
    BlockNumber,
    Fractions,
    ListNumber,
    LogIndex,
    OrderNumber,
    PropertyId,
    Seconds,
    Small,
    Tick,
)


class BookCreated(NamedTuple):
    """A property can be traded from here on, by rules that are fixed."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    tick_size: Amount
    lot: Fractions
    minimum_ticks: Small
    registry_list: ListNumber


class FeesSet(NamedTuple):
    """Rates of the orders that are placed in a book from here on, in parts per million of value."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    maker_fee_ppm: Small
    taker_fee_ppm: Small


class FeeReceiverSet(NamedTuple):
    """Whose main account collected fees go to, from here on."""

    block_number: BlockNumber
    log_index: LogIndex
    receiver: Address


class HaltChanged(NamedTuple):
    """A book stopped taking orders, or takes them again (BookHalted, BookResumed)."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    account: Address
    halted: bool


class BookClosed(NamedTuple):
    """A book takes no orders any more: its property comes to its end."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId


class OrderPlaced(NamedTuple):
    """An order was accepted, with the fee rates of that moment; what it traded at once follows."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    owner: Address
    number: OrderNumber
    side: Small
    tick: Tick
    quantity: Fractions
    order_type: Small
    expiry: Seconds
    maker_fee_ppm: Small
    taker_fee_ppm: Small


class Filled(NamedTuple):
    """A trade, at the maker's price."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    maker_number: OrderNumber
    taker_number: OrderNumber
    maker: Address
    taker: Address
    quantity: Fractions
    maker_remaining: Fractions
    taker_remaining: Fractions


class OrderChanged(NamedTuple):
    """What became of an order: OrderPlaced, either side of a Filled, OrderReduced, OrderRemoved.

    cause: placed, made (it was filled while it rested), taken (it was filled as it was placed), reduced, or why it
    was removed. quantity: the fractions that this is about. remaining: what can still trade. other_number: the
    other order of a trade, else 0. refund: units that came back from escrow.
    """

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    number: OrderNumber
    cause: str
    quantity: Fractions
    remaining: Fractions
    other_number: OrderNumber
    refund: Amount
