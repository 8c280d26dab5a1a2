# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Treasury
@notice Owns the vault account that pays what was received outside the chain. An operator pays from
        it, up to a limit a day, each payment once under its key; the keys are in the treasury's
        own namespace, so that a new operator cannot pay an old payment again.
"""

# Errors:
#   DailyLimitExceeded(uint256 daily_limit, uint256 needed)

# -- modules and interfaces

from contracts.modules import account_ids
from contracts.modules import roles

initializes: roles

exports: (
    roles.DEFAULT_ADMIN_ROLE,
    roles.hasRole,
    roles.getRoleAdmin,
    roles.grantRole,
    roles.revokeRole,
    roles.renounceRole,
)


interface Vault:
    def transfer(
        from_account: uint256, to_account: uint256, amount: uint256, reference: bytes32, key: bytes32
    ) -> (bytes32, bool): nonpayable
    def withdraw(account: uint256, amount: uint256, receiver: address, reference: bytes32): nonpayable


event DailyLimitSet:
    daily_limit: uint256


event Paid:
    request_id: indexed(bytes32)
    to_account: indexed(uint256)
    amount: uint256
    day: uint256
    paid_today: uint256


# -- constants and storage

OPERATOR: public(constant(bytes32)) = keccak256("OPERATOR")
SECONDS_A_DAY: constant(uint256) = 86400

VAULT: immutable(address)

daily_limit: public(uint256)
# Units paid on a day, which is counted from 1970 on in UTC.
paid_on: public(HashMap[uint256, uint256])


# -- constructor

@deploy
def __init__(settlement_vault: address, daily_limit: uint256, admin: address):
    VAULT = settlement_vault
    roles.__init__(admin)
    self._set_daily_limit(daily_limit)


# -- payments

@external
def pay(to_account: uint256, amount: uint256, reference: bytes32, key: bytes32) -> (bytes32, bool):
    """
    @notice Pay from the treasury's account, once per `key`; OPERATOR only.
    @return As of the vault's transfer. A retry moves nothing and counts for nothing.
    """
    roles._require(OPERATOR)
    request_id: bytes32 = empty(bytes32)
    moved: bool = False
    request_id, moved = extcall Vault(VAULT).transfer(
        account_ids._main_account_of(self), to_account, amount, reference, key
    )
    if moved:
        day: uint256 = block.timestamp // SECONDS_A_DAY
        # The vault moved it, so both are at most what the vault holds.
        paid_today: uint256 = self.paid_on[day] + amount
        if paid_today > self.daily_limit:
            raw_revert(
                abi_encode(self.daily_limit, paid_today, method_id=method_id("DailyLimitExceeded(uint256,uint256)"))
            )
        self.paid_on[day] = paid_today
        log Paid(request_id=request_id, to_account=to_account, amount=amount, day=day, paid_today=paid_today)
    return request_id, moved


@external
def set_daily_limit(daily_limit: uint256):
    """
    @notice Units that may be paid within a day of UTC; ADMIN only.
    """
    roles._require(roles.DEFAULT_ADMIN_ROLE)
    self._set_daily_limit(daily_limit)


@external
def withdraw(amount: uint256, receiver: address, reference: bytes32):
    """
    @notice Take units out of the treasury's account; ADMIN only.
    """
    roles._require(roles.DEFAULT_ADMIN_ROLE)
    extcall Vault(VAULT).withdraw(account_ids._main_account_of(self), amount, receiver, reference)


@internal
def _set_daily_limit(daily_limit: uint256):
    self.daily_limit = daily_limit
    log DailyLimitSet(daily_limit=daily_limit)


# -- views

@external
@view
def settlement_vault() -> address:
    return VAULT


@external
@view
def account() -> uint256:
    """
    @notice The treasury's one account in the vault.
    """
    return account_ids._main_account_of(self)
