# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Account ids
@notice An account id is a uint256: its owner's address shifted left by 96 bits, plus a 96-bit
        number. Number 0 is the wallet's main account, all others are its sub-accounts.
"""

NUMBER_BITS: constant(uint256) = 96

# The account against which deposits and withdrawals are posted: the stablecoin that the
# ledger says the vault holds. Its owner is address 0, so no caller ever owns it.
OUTSIDE: constant(uint256) = 0


@internal
@pure
def _owner_of(account: uint256) -> address:
    return convert(account >> NUMBER_BITS, address)


@internal
@pure
def _main_account_of(owner: address) -> uint256:
    return convert(owner, uint256) << NUMBER_BITS
