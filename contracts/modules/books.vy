# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Books
@notice The order book of each property: rules that never change, fees, whether it takes orders, best prices; in the
        one word that placing an order reads.
"""

# Errors:
#   BookExists(uint256 property_id)
#   UnknownBook(uint256 property_id)
#   BookClosed(uint256 property_id)
#   BookHalted(uint256 property_id)
#   InvalidTickSize(uint256 tick_size, uint256 highest)
#   InvalidLot(uint256 lot, uint256 highest)
#   InvalidMinimumTicks(uint256 minimum_ticks, uint256 highest)

from contracts.modules import fees
from contracts.modules import packing


event BookCreated:
    property_id: indexed(uint256)
    tick_size: uint256
    lot: uint256
    minimum_ticks: uint256
    registry_list: uint256


event FeesSet:
    property_id: indexed(uint256)
    maker_fee_ppm: uint256
    taker_fee_ppm: uint256


event BookHalted:
    property_id: indexed(uint256)
    account: address


event BookResumed:
    property_id: indexed(uint256)
    account: address


event BookClosed:
    property_id: indexed(uint256)


# By property, as packing has it; 0 where there is no book.
words: HashMap[uint256, uint256]


@internal
def _create(
    property_id: uint256,
    tick_size: uint256,
    lot: uint256,
    minimum_ticks: uint256,
    maker_fee_ppm: uint256,
    taker_fee_ppm: uint256,
    registry_list: uint256,
):
    if self.words[property_id] != 0:
        raw_revert(abi_encode(property_id, method_id=method_id("BookExists(uint256)")))
    if tick_size == 0 or tick_size > packing.TICK_SIZE_MASK:
        raw_revert(
            abi_encode(tick_size, packing.TICK_SIZE_MASK, method_id=method_id("InvalidTickSize(uint256,uint256)"))
        )
    if lot == 0 or lot > packing.LOT_MASK:
        raw_revert(abi_encode(lot, packing.LOT_MASK, method_id=method_id("InvalidLot(uint256,uint256)")))
    if minimum_ticks > packing.MINIMUM_TICKS_MASK:
        raw_revert(
            abi_encode(
                minimum_ticks,
                packing.MINIMUM_TICKS_MASK,
                method_id=method_id("InvalidMinimumTicks(uint256,uint256)"),
            )
        )
    fees._require_rates(maker_fee_ppm, taker_fee_ppm)
    self.words[property_id] = packing._packed_book(
        packing.Book(
            best_bid=packing.NO_INDEX,
            best_ask=packing.NO_INDEX,
            last_number=0,
            tick_size=tick_size,
            lot=lot,
            registry_list=registry_list,
            minimum_ticks=minimum_ticks,
            maker_fee_ppm=maker_fee_ppm,
            taker_fee_ppm=taker_fee_ppm,
            is_halted=False,
            is_closed=False,
        )
    )
    log BookCreated(
        property_id=property_id,
        tick_size=tick_size,
        lot=lot,
        minimum_ticks=minimum_ticks,
        registry_list=registry_list,
    )
    log FeesSet(property_id=property_id, maker_fee_ppm=maker_fee_ppm, taker_fee_ppm=taker_fee_ppm)


@internal
def _set_fees(property_id: uint256, maker_fee_ppm: uint256, taker_fee_ppm: uint256):
    fees._require_rates(maker_fee_ppm, taker_fee_ppm)
    self.words[property_id] = (
        (self._get(property_id) & ~packing.RATES_FIELD)
        | (maker_fee_ppm << packing.MAKER_FEE_BIT)
        | (taker_fee_ppm << packing.TAKER_FEE_BIT)
    )
    log FeesSet(property_id=property_id, maker_fee_ppm=maker_fee_ppm, taker_fee_ppm=taker_fee_ppm)


@internal
def _halt(property_id: uint256):
    """@dev What is halted stays so, without another event."""
    word: uint256 = self._get(property_id)
    if word & packing.HALTED == 0:
        self.words[property_id] = word | packing.HALTED
        log BookHalted(property_id=property_id, account=msg.sender)


@internal
def _resume(property_id: uint256):
    word: uint256 = self._get(property_id)
    if word & packing.HALTED != 0:
        self.words[property_id] = word ^ packing.HALTED
        log BookResumed(property_id=property_id, account=msg.sender)


@internal
def _close(property_id: uint256):
    """@dev Never fails: a property may have no book."""
    word: uint256 = self.words[property_id]
    if word != 0:
        self.words[property_id] = word | packing.CLOSED
        log BookClosed(property_id=property_id)


@internal
@view
def _get(property_id: uint256) -> uint256:
    word: uint256 = self.words[property_id]
    if word == 0:
        self._refuse_unknown(property_id)
    return word


@internal
@pure
def _require_open(property_id: uint256, word: uint256):
    if word == 0:
        self._refuse_unknown(property_id)
    if word >= packing.HALTED:
        if word >= packing.CLOSED:
            self._refuse_closed(property_id)
        raw_revert(abi_encode(property_id, method_id=method_id("BookHalted(uint256)")))


@internal
@pure
def _refuse_unknown(property_id: uint256):
    raw_revert(abi_encode(property_id, method_id=method_id("UnknownBook(uint256)")))


@internal
@pure
def _refuse_closed(property_id: uint256):
    raw_revert(abi_encode(property_id, method_id=method_id("BookClosed(uint256)")))
