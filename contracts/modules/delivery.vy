# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Delivery
@notice How the marketplace moves fractions in the token: locks of those who offer, and what was traded.
"""


interface Token:
    def listing_of(property_id: uint256) -> (uint256, bool): view
    def lock(property_id: uint256, holder: address, amount: uint256): nonpayable
    def unlock(property_id: uint256, holder: address, amount: uint256): nonpayable
    def settle_bid(property_id: uint256, buyer: address, trades: DynArray[uint256, MAX_TRADES]): nonpayable
    def settle_ask(property_id: uint256, seller: address, trades: DynArray[uint256, MAX_TRADES]): nonpayable
    def acknowledge(property_id: uint256, receiver: address, amount: uint256): nonpayable


# Trades that are delivered together: a word each, the maker in bits 0 to 159, fractions above.
MAX_TRADES: constant(uint256) = 32
AMOUNT_BIT: constant(uint256) = 160

TOKEN: immutable(address)


@deploy
def __init__(fraction_token_: address):
    TOKEN = fraction_token_


@external
@view
def fraction_token() -> address:
    return TOKEN
