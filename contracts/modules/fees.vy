# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Fees
@notice What the marketplace takes of a trade's value, in parts per million, from maker and taker; never more
        than a constant ceiling. A fee is that of all that an order has traded, less what was charged
        before: many small fills cost no more than one.
"""

# Errors:
#   FeeTooHigh(uint256 fee_ppm, uint256 highest)

HIGHEST_FEE_PPM: public(constant(uint256)) = 10_000
MILLION: constant(uint256) = 1_000_000


@internal
@pure
def _fee(amount: uint256, fee_ppm: uint256) -> uint256:
    """@dev Amounts are values below 2^128."""
    return unsafe_div(unsafe_mul(amount, fee_ppm), MILLION)


@internal
@pure
def _needed(price: uint256, remaining: uint256, filled: uint256, fee_ppm: uint256) -> uint256:
    """
    @return Units that an open bid escrows: what remains at its price, and the fee that is yet to be charged.
    """
    before: uint256 = self._fee(unsafe_mul(price, filled), fee_ppm)
    after: uint256 = self._fee(unsafe_mul(price, unsafe_add(filled, remaining)), fee_ppm)
    return unsafe_add(unsafe_mul(price, remaining), unsafe_sub(after, before))


@internal
@pure
def _require_rates(maker_fee_ppm: uint256, taker_fee_ppm: uint256):
    highest: uint256 = max(maker_fee_ppm, taker_fee_ppm)
    if highest > HIGHEST_FEE_PPM:
        raw_revert(abi_encode(highest, HIGHEST_FEE_PPM, method_id=method_id("FeeTooHigh(uint256,uint256)")))
