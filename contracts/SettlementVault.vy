# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title SettlementVault
@notice A double-entry ledger of one stablecoin. Accounts exist as soon as they are used; their
        owner is read off their id; the sum of all accounts is what the vault holds.
"""

# Errors:
#   NotMarketplace(address caller)
#   NotAccountOwner(uint256 account, address caller)
#   AgentCannotDebit(uint256 account, address agent)
#   InvalidAccount(uint256 account)
#   InvalidReceiver(address receiver)
#   InvalidStablecoin(address stablecoin)
#   InvalidKind(uint8 kind)
#   SameAccount(uint256 account)
#   EmptyBatch()
#   PermitRefused()
#   UnexpectedArrival(uint256 expected, uint256 received)
#   StablecoinRefused()

# -- modules and interfaces

from ethereum.ercs import IERC20

from contracts.modules import account_ids
from contracts.modules import agents
from contracts.modules import idempotency
from contracts.modules import pausing
from contracts.modules import postings
from contracts.modules import roles
from contracts.modules import signatures

initializes: roles
initializes: pausing[roles := roles]
initializes: postings
initializes: idempotency
initializes: agents
initializes: signatures

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
    agents.marketplace,
    agents.fraction_token,
    agents.primary_offering,
    agents.is_agent,
    signatures.DOMAIN_SEPARATOR,
    signatures.eip712Domain,
)

# One movement of a batch; each leg debits an account of the caller.
struct Leg:
    from_account: uint256
    to_account: uint256
    amount: uint256
    reference: bytes32


# -- constants

MAX_LEGS: constant(uint256) = 64

TRANSFER_TYPE: constant(bytes32) = keccak256(
    "Transfer(uint256 from_account,uint256 to_account,uint256 amount,bytes32 reference,bytes32 key,uint256 deadline)"
)

STABLECOIN: immutable(IERC20)


# -- constructor

@deploy
def __init__(
    stablecoin: address, marketplace: address, fraction_token: address, primary_offering: address, admin: address
):
    """
    @param stablecoin The one ERC-20 that this vault keeps, for ever.
    @param marketplace Agent; address 0 where there is none. So are the token and the offering.
    @param admin Holder of DEFAULT_ADMIN_ROLE.
    """
    if not stablecoin.is_contract:
        raw_revert(abi_encode(stablecoin, method_id=method_id("InvalidStablecoin(address)")))
    STABLECOIN = IERC20(stablecoin)
    agents.__init__(marketplace, fraction_token, primary_offering)
    signatures.__init__("Freehold SettlementVault")
    roles.__init__(admin)


# -- money in and out

@external
@nonreentrant
def deposit(account: uint256, amount: uint256, reference: bytes32 = empty(bytes32)):
    """
    @notice Take `amount` of the stablecoin from the caller, who has approved it, and credit `account`.
    @dev What arrives is measured: a token that keeps a fee is refused, never credited short.
    """
    self._deposit(account, amount, reference)


@external
@nonreentrant
def deposit_with_permit(
    account: uint256,
    amount: uint256,
    deadline: uint256,
    v: uint8,
    r: bytes32,
    s: bytes32,
    reference: bytes32 = empty(bytes32),
):
    """
    @notice Deposit with the caller's signed approval (EIP-2612) in the same call.
    @dev Anyone can submit a permit that he has seen; then it fails here, but its allowance stands.
    """
    permitted: bool = raw_call(
        STABLECOIN.address,
        abi_encode(
            msg.sender,
            self,
            amount,
            deadline,
            v,
            r,
            s,
            method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ),
        revert_on_failure=False,
    )
    if not permitted and staticcall STABLECOIN.allowance(msg.sender, self) < amount:
        raw_revert(method_id("PermitRefused()"))
    self._deposit(account, amount, reference)


@external
@nonreentrant
def withdraw(account: uint256, amount: uint256, receiver: address, reference: bytes32 = empty(bytes32)):
    """
    @notice Debit one of the caller's accounts and send `amount` of the stablecoin to `receiver`.
    """
    self._require_owner(account)
    # None of these could ever move what it was sent.
    if (
        receiver == empty(address)
        or receiver == self
        or receiver == STABLECOIN.address
        or agents._is_agent(receiver)
    ):
        raw_revert(abi_encode(receiver, method_id=method_id("InvalidReceiver(address)")))
    postings._withdraw(account, amount, reference)
    self._require_moved(extcall STABLECOIN.transfer(receiver, amount, default_return_value=True))


@internal
def _deposit(account: uint256, amount: uint256, reference: bytes32):
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


# -- transfers
#
# They call nobody who could call back, so they need no lock; within the stablecoin's own call they
# move what is in the books and touch nothing that a deposit measures.

@external
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
    self._transfer(from_account, to_account, amount, postings.KIND_TRANSFER, request_id, reference)
    return request_id, True


@external
def transfer_batch(legs: DynArray[Leg, MAX_LEGS], key: bytes32) -> (bytes32, bool):
    """
    @notice Move along every leg, or along none, once per `key`.
    @return As of transfer; all postings of the batch carry the one request id.
    """
    request_id: bytes32 = idempotency._request_id(msg.sender, postings.KIND_BATCH, key)
    if len(legs) == 0:
        raw_revert(method_id("EmptyBatch()"))
    if not idempotency._first_use(request_id, keccak256(abi_encode(legs))):
        return request_id, False
    for leg: Leg in legs:
        self._require_owner(leg.from_account)
        self._transfer(
            leg.from_account, leg.to_account, leg.amount, postings.KIND_BATCH, request_id, leg.reference
        )
    return request_id, True


@external
def transfer_signed(
    from_account: uint256,
    to_account: uint256,
    amount: uint256,
    reference: bytes32,
    key: bytes32,
    deadline: uint256,
    signature: Bytes[1024],
) -> (bytes32, bool):
    """
    @notice A transfer that the account's owner has signed (EIP-712 type Transfer), submitted by anyone.
    @param key The nonce: it shares its namespace with the owner's own transfers, so it acts once.
    @param deadline Last second at which it may move money; a retry is answered even later.
    @return As of transfer.
    """
    owner: address = account_ids._owner_of(from_account)
    request_id: bytes32 = idempotency._request_id(owner, postings.KIND_TRANSFER, key)
    fingerprint: bytes32 = keccak256(abi_encode(from_account, to_account, amount, reference))
    if not idempotency._first_use(request_id, fingerprint):
        return request_id, False
    struct_hash: bytes32 = keccak256(
        abi_encode(TRANSFER_TYPE, from_account, to_account, amount, reference, key, deadline)
    )
    signatures._require_signed(owner, struct_hash, deadline, signature)
    self._transfer(from_account, to_account, amount, postings.KIND_TRANSFER, request_id, reference)
    return request_id, True


@external
def burn_key(kind: uint8, key: bytes32):
    """
    @notice Make one of the caller's keys void: what was signed with it can never act.
    @param kind 3 for transfers, signed or not; 4 for batches.
    """
    if kind != postings.KIND_TRANSFER and kind != postings.KIND_BATCH:
        raw_revert(abi_encode(kind, method_id=method_id("InvalidKind(uint8)")))
    idempotency._burn(msg.sender, kind, key)


@internal
def _transfer(
    from_account: uint256,
    to_account: uint256,
    amount: uint256,
    kind: uint8,
    request_id: bytes32,
    reference: bytes32,
):
    self._require_creditable(to_account)
    self._require_different(from_account, to_account)
    postings._transfer(from_account, to_account, amount, kind, request_id, reference)


# -- agents

@external
def post(debit_account: uint256, credit_account: uint256, amount: uint256, kind: uint8, reference: bytes32):
    """
    @notice Post for others; agents only.
    @dev An agent has its user's call or signature for each debit of a main account; the vault
         cannot see that, it can see that no sub-account and no other agent is debited, nor the
         outside account, which would make money.
    """
    agents._require_agent()
    self._require_debitable(debit_account)
    # Money for an agent's accounts comes by that agent only.
    if account_ids._owner_of(credit_account) != msg.sender:
        self._require_creditable(credit_account)
    if kind <= postings.KIND_BATCH:
        raw_revert(abi_encode(kind, method_id=method_id("InvalidKind(uint8)")))
    self._require_different(debit_account, credit_account)
    postings._transfer(debit_account, credit_account, amount, kind, empty(bytes32), reference)


@external
def settle(
    debit_account: uint256,
    trades: DynArray[uint256, postings.MAX_TRADES],
    fees: uint256,
    escrow_account: uint256,
    escrowed: uint256,
    reference: bytes32,
):
    """
    @notice Post what a taker's order trades, and what is left of it escrows, all or nothing; the marketplace
            only.
    @param trades Who is paid in bits 0 to 159 of each, into his main account, and units above.
    @param fees Units for the marketplace's main account.
    @dev Whoever is paid has placed an order, which neither address 0 nor this vault nor an agent can do, so it
         is not asked again whether he can be credited.
    """
    if msg.sender != agents.MARKETPLACE:
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotMarketplace(address)")))
    self._require_debitable(debit_account)
    if account_ids._owner_of(escrow_account) != msg.sender:
        raw_revert(abi_encode(escrow_account, method_id=method_id("InvalidAccount(uint256)")))
    postings._settle(
        debit_account, trades, account_ids._main_account_of(msg.sender), fees, escrow_account, escrowed, reference
    )


@internal
@view
def _require_debitable(account: uint256):
    owner: address = account_ids._owner_of(account)
    if owner == msg.sender:
        return
    if owner == empty(address) or account != account_ids._main_account_of(owner) or agents._is_agent(owner):
        raw_revert(abi_encode(account, msg.sender, method_id=method_id("AgentCannotDebit(uint256,address)")))


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
    """
    @dev Money in an account that nobody can move from would be lost; a stray unit in an agent's
         would break the equality of what it holds and what it owes.
    """
    owner: address = account_ids._owner_of(account)
    if owner == empty(address) or owner == self or owner == STABLECOIN.address or agents._is_agent(owner):
        raw_revert(abi_encode(account, method_id=method_id("InvalidAccount(uint256)")))


@internal
@pure
def _require_different(from_account: uint256, to_account: uint256):
    if from_account == to_account:
        raw_revert(abi_encode(to_account, method_id=method_id("SameAccount(uint256)")))


@internal
@pure
def _require_moved(accepted: bool):
    if not accepted:
        raw_revert(method_id("StablecoinRefused()"))
