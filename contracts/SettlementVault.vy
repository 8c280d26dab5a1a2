# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title SettlementVault
@notice A double-entry ledger of one stablecoin. Accounts exist as soon as they are used; their
        owner is read off their id; the sum of all accounts is what the vault holds.
"""

# Errors:
#   NotAccountOwner(uint256 account, address caller)
#   InvalidAccount(uint256 account)
#   InvalidReceiver(address receiver)
#   SameAccount(uint256 account)
#   UnexpectedArrival(uint256 expected, uint256 received)
#   StablecoinRefused()

# -- modules and interfaces

from ethereum.ercs import IERC20

from contracts.modules import account_ids
from contracts.modules import idempotency
from contracts.modules import pausing
from contracts.modules import postings
from contracts.modules import roles

initializes: roles
initializes: pausing[roles := roles]
initializes: postings
initializes: idempotency

exports: (
    roles.DEFAULT_ADMIN_ROLE,
    roles.hasRole,
    roles.getRoleAdmin,
    roles.grantRole,
    roles.revokeRole,
    roles.renounceRole,
    pausing.PAUSER,
    pausing.paused,
    pausing.pause,
    pausing.unpause,
)

# -- constants

STABLECOIN: immutable(IERC20)


# -- constructor

@deploy
def __init__(stablecoin: address, admin: address):
    """
    @param stablecoin The one ERC-20 that this vault keeps, for ever.
    @param admin Holder of DEFAULT_ADMIN_ROLE.
    """
    STABLECOIN = IERC20(stablecoin)
    roles.__init__(admin)


# -- money in and out

@external
@nonreentrant
def deposit(account: uint256, amount: uint256, reference: bytes32 = empty(bytes32)):
    """
    @notice Take `amount` of the stablecoin from the caller, who has approved it, and credit `account`.
    @dev What arrives is measured: a token that keeps a fee is refused, never credited short.
    """
    pausing._require_running()
    self._require_creditable(account)
    before: uint256 = staticcall STABLECOIN.balanceOf(self)
    self._require_moved(
        extcall STABLECOIN.transferFrom(msg.sender, self, amount, default_return_value=True)
    )
    arrived: uint256 = staticcall STABLECOIN.balanceOf(self) - before
    if arrived != amount:
        raw_revert(abi_encode(amount, arrived, method_id=method_id("UnexpectedArrival(uint256,uint256)")))
    postings._deposit(account, amount, reference)


@external
@nonreentrant
def withdraw(account: uint256, amount: uint256, receiver: address, reference: bytes32 = empty(bytes32)):
    """
    @notice Debit one of the caller's accounts and send `amount` of the stablecoin to `receiver`.
    """
    self._require_owner(account)
    if receiver == empty(address) or receiver == self:
        raw_revert(abi_encode(receiver, method_id=method_id("InvalidReceiver(address)")))
    postings._withdraw(account, amount, reference)
    self._require_moved(extcall STABLECOIN.transfer(receiver, amount, default_return_value=True))


# -- transfers

@external
@nonreentrant
def transfer(
    from_account: uint256, to_account: uint256, amount: uint256, reference: bytes32, key: bytes32
) -> (bytes32, bool):
    """
    @notice Move `amount` from one of the caller's accounts to any account, once per `key`.
    @param reference Free for the caller: an invoice's number, or a hash of it.
    @param key Idempotency key, in the namespace of the caller.
    @return The request's id, and True if money moved; False says that this very request was
            done before, and that nothing moved now. The key for another request reverts.
    """
    self._require_owner(from_account)
    request_id: bytes32 = idempotency._request_id(msg.sender, postings.KIND_TRANSFER, key)
    fingerprint: bytes32 = keccak256(abi_encode(from_account, to_account, amount, reference))
    if not idempotency._first_use(request_id, fingerprint):
        return request_id, False
    self._require_creditable(to_account)
    if from_account == to_account:
        raw_revert(abi_encode(to_account, method_id=method_id("SameAccount(uint256)")))
    postings._transfer(from_account, to_account, amount, postings.KIND_TRANSFER, request_id, reference)
    return request_id, True


# -- views

@external
@view
def balance_of(account: uint256) -> uint256:
    """
    @notice Units of the stablecoin in `account`; for account 0, in all other accounts together.
    """
    return postings.balances[account]


@external
@view
def request_id_of(owner: address, kind: uint8, key: bytes32) -> bytes32:
    return idempotency._request_id(owner, kind, key)


@external
@view
def fingerprint_of(request_id: bytes32) -> bytes32:
    """
    @notice What a key was used for; zero where it was not used.
    """
    return idempotency.fingerprints[request_id]


@external
@view
def stablecoin() -> address:
    return STABLECOIN.address


# -- checks

@internal
@view
def _require_owner(account: uint256):
    if account_ids._owner_of(account) != msg.sender:
        raw_revert(abi_encode(account, msg.sender, method_id=method_id("NotAccountOwner(uint256,address)")))


@internal
@view
def _require_creditable(account: uint256):
    """@dev Money in an account that nobody can move from would be lost."""
    owner: address = account_ids._owner_of(account)
    if owner == empty(address) or owner == self or owner == STABLECOIN.address:
        raw_revert(abi_encode(account, method_id=method_id("InvalidAccount(uint256)")))


@internal
@pure
def _require_moved(accepted: bool):
    if not accepted:
        raw_revert(method_id("StablecoinRefused()"))
