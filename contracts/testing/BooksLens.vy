# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title BooksLens
@notice All books in one call, for tests that compare them after every step; never deployed elsewhere.
"""

interface Vault:
    def balance_of(account: uint256) -> uint256: view


interface Token:
    def balanceOf(account: address, id: uint256) -> uint256: view
    def locked_of(holder: address, property_id: uint256) -> uint256: view
    def totalSupply(id: uint256) -> uint256: view


@external
@view
def balances_of(vault: address, accounts: DynArray[uint256, 64]) -> DynArray[uint256, 64]:
    balances: DynArray[uint256, 64] = []
    for account: uint256 in accounts:
        balances.append(staticcall Vault(vault).balance_of(account))
    return balances


@external
@view
def holdings_of(
    token: address, property_ids: DynArray[uint256, 8], holders: DynArray[address, 8]
) -> DynArray[uint256[2], 64]:
    """
    @return Balance and locked part of each holder, property after property.
    """
    holdings: DynArray[uint256[2], 64] = []
    for property_id: uint256 in property_ids:
        for holder: address in holders:
            balance: uint256 = staticcall Token(token).balanceOf(holder, property_id)
            locked: uint256 = staticcall Token(token).locked_of(holder, property_id)
            holdings.append([balance, locked])
    return holdings


@external
@view
def supplies_of(token: address, property_ids: DynArray[uint256, 8]) -> DynArray[uint256, 8]:
    supplies: DynArray[uint256, 8] = []
    for property_id: uint256 in property_ids:
        supplies.append(staticcall Token(token).totalSupply(property_id))
    return supplies
