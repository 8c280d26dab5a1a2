# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Trading
@notice What the marketplace may do with fractions, and nobody else: escrow a seller's where they are, set them
        free, and move what was traded.
"""

# Errors:
#   NotMarketplace(address caller)

from contracts.modules import erc1155
from contracts.modules import holdings
from contracts.modules import terms

uses: holdings
uses: terms


interface Market:
    def close_book(property_id: uint256): nonpayable


# What a taker trades with one maker, in a word: the maker in bits 0 to 159, fractions above.
MAX_TRADES: constant(uint256) = 32
MAKER_MASK: constant(uint256) = 2**160 - 1
AMOUNT_BIT: constant(uint256) = 160

MARKETPLACE: immutable(address)


@deploy
def __init__(marketplace_: address):
    MARKETPLACE = marketplace_


@external
@view
def marketplace() -> address:
    return MARKETPLACE


@external
def lock(property_id: uint256, holder: address, amount: uint256):
    """
    @notice Put fractions of a seller in escrow where they are; the marketplace only.
    """
    self._require_marketplace()
    holdings._lock(property_id, holder, amount)


@external
def unlock(property_id: uint256, holder: address, amount: uint256):
    """
    @notice Set fractions free that nobody bought; the marketplace only.
    """
    self._require_marketplace()
    holdings._unlock(property_id, holder, amount)


@external
def settle_bid(property_id: uint256, buyer: address, trades: DynArray[uint256, MAX_TRADES]):
    """
    @notice Move locked fractions from makers to a taker; the marketplace only, which has asked whether the buyer is
            eligible. No other transfer takes from locks, and this one takes from nothing else: its operator is the
            marketplace.
    @param trades A seller in bits 0 to 159 of each, and his fractions above.
    @dev No seller is called.
    """
    self._require_marketplace()
    rent_index: uint256 = terms._rent_index(property_id)
    total: uint256 = 0
    for trade: uint256 in trades:
        seller: address = convert(trade & MAKER_MASK, address)
        amount: uint256 = trade >> AMOUNT_BIT
        # All together are less than there are, below 2^48.
        total = unsafe_add(total, amount)
        holdings._subtract_locked(property_id, seller, amount, rent_index)
        log erc1155.TransferSingle(operator=msg.sender, sender=seller, receiver=buyer, id=property_id, amount=amount)
    holdings._add(property_id, buyer, total, rent_index)


@external
def settle_ask(property_id: uint256, seller: address, trades: DynArray[uint256, MAX_TRADES]):
    """
    @notice Move fractions that a taker is free to sell to makers; the marketplace only, which has asked whether the
            buyers are eligible. The seller did it by his own order: he is the operator.
    @param trades A buyer in bits 0 to 159 of each, and his fractions above.
    @dev A buyer consented by placing his order and is not called: he could stop the seller.
    """
    self._require_marketplace()
    rent_index: uint256 = terms._rent_index(property_id)
    total: uint256 = 0
    for trade: uint256 in trades:
        buyer: address = convert(trade & MAKER_MASK, address)
        amount: uint256 = trade >> AMOUNT_BIT
        # Below 2^48 each, and 32 at most.
        total = unsafe_add(total, amount)
        holdings._add(property_id, buyer, amount, rent_index)
        log erc1155.TransferSingle(operator=seller, sender=seller, receiver=buyer, id=property_id, amount=amount)
    holdings._subtract(property_id, seller, total, rent_index)


@external
def acknowledge(property_id: uint256, receiver: address, amount: uint256):
    """
    @notice Ask a contract whether it takes what it has just bought, as EIP-1155 wants; the marketplace only, and
            after all else. It is told that the marketplace sent them, which had them of many.
    """
    self._require_marketplace()
    erc1155._require_accepted(msg.sender, receiver, property_id, amount, b"")


@internal
def _close_book(property_id: uint256):
    """@dev It does nothing that could fail, and it was there when this contract was made."""
    extcall Market(MARKETPLACE).close_book(property_id, skip_contract_check=True)


@internal
@view
def _require_marketplace():
    if msg.sender != MARKETPLACE:
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotMarketplace(address)")))
