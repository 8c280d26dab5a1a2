# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Settlement
@notice How an agent posts in the SettlementVault: between its own account of a property and the
        main account of a user.
"""

from contracts.modules import account_ids


interface Vault:
    def post(
        debit_account: uint256, credit_account: uint256, amount: uint256, kind: uint8, reference: bytes32
    ): nonpayable


VAULT: immutable(address)


@deploy
def __init__(settlement_vault_: address):
    VAULT = settlement_vault_


@external
@view
def settlement_vault() -> address:
    return VAULT


@internal
def _take(payer: address, property_id: uint256, amount: uint256, kind: uint8, reference: bytes32):
    """@dev Only within the payer's own call or signature."""
    self._post(account_ids._main_account_of(payer), self._account_of(property_id), amount, kind, reference)


@internal
def _pay(receiver: address, property_id: uint256, amount: uint256, kind: uint8, reference: bytes32):
    self._post(self._account_of(property_id), account_ids._main_account_of(receiver), amount, kind, reference)


@internal
@view
def _account_of(property_id: uint256) -> uint256:
    """@dev This contract's account numbered by the property."""
    return account_ids._main_account_of(self) | property_id


@internal
def _post(debit_account: uint256, credit_account: uint256, amount: uint256, kind: uint8, reference: bytes32):
    extcall Vault(VAULT).post(
        debit_account, credit_account, amount, kind, reference, skip_contract_check=True
    )
