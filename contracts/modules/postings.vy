# pragma version ~=0.4.3
# pragma evm-version cancun
# @license Apache-2.0
"""
@title Postings
@notice The double-entry ledger: money moves as a posting and in no other way. A posting debits
        one account and credits another with the same amount; its event carries both balances
        after it, so that folding the events gives every balance.
"""

# Errors:
#   InsufficientBalance(uint256 account, uint256 balance, uint256 needed)
#   ZeroAmount()

from contracts.modules import account_ids


# One debit and one credit that an agent wants posted.
struct Entry:
    debit_account: uint256
    credit_account: uint256
    amount: uint256
    kind: uint8
    reference: bytes32


event Posting:
    debit_account: indexed(uint256)
    credit_account: indexed(uint256)
    amount: uint256
    kind: uint8
    request_id: bytes32
    reference: bytes32
    debit_balance: uint256
    credit_balance: uint256


# What the owner of an account does.
KIND_DEPOSIT: constant(uint8) = 1
KIND_WITHDRAWAL: constant(uint8) = 2
KIND_TRANSFER: constant(uint8) = 3
KIND_BATCH: constant(uint8) = 4
# What an agent does: the token with rent, the offering with subscriptions.
KIND_RENT_DECLARED: constant(uint8) = 5
KIND_RENT_CLAIMED: constant(uint8) = 6
KIND_SUBSCRIPTION: constant(uint8) = 7
KIND_UNSUBSCRIPTION: constant(uint8) = 8
KIND_REFUND: constant(uint8) = 9
KIND_PROCEEDS: constant(uint8) = 10

# The outside account holds what came in less what went out; every other account, what is its own.
balances: HashMap[uint256, uint256]


@internal
def _deposit(account: uint256, amount: uint256, reference: bytes32):
    self._require_positive(amount)
    outside: uint256 = self.balances[account_ids.OUTSIDE] + amount
    # No account exceeds the sum of all, and that one was just added with a check.
    balance: uint256 = unsafe_add(self.balances[account], amount)
    self.balances[account_ids.OUTSIDE] = outside
    self.balances[account] = balance
    log Posting(
        debit_account=account_ids.OUTSIDE,
        credit_account=account,
        amount=amount,
        kind=KIND_DEPOSIT,
        request_id=empty(bytes32),
        reference=reference,
        debit_balance=outside,
        credit_balance=balance,
    )


@internal
def _withdraw(account: uint256, amount: uint256, reference: bytes32):
    self._require_positive(amount)
    balance: uint256 = self._debited(account, amount)
    # The sum of all accounts is at least any one of them.
    outside: uint256 = unsafe_sub(self.balances[account_ids.OUTSIDE], amount)
    self.balances[account] = balance
    self.balances[account_ids.OUTSIDE] = outside
    log Posting(
        debit_account=account,
        credit_account=account_ids.OUTSIDE,
        amount=amount,
        kind=KIND_WITHDRAWAL,
        request_id=empty(bytes32),
        reference=reference,
        debit_balance=balance,
        credit_balance=outside,
    )


@internal
def _transfer(
    from_account: uint256,
    to_account: uint256,
    amount: uint256,
    kind: uint8,
    request_id: bytes32,
    reference: bytes32,
):
    """@dev The accounts must differ: the two balances are read before either is written."""
    self._require_positive(amount)
    debit_balance: uint256 = self._debited(from_account, amount)
    # No account exceeds the sum of all, and a transfer leaves that sum as it was.
    credit_balance: uint256 = unsafe_add(self.balances[to_account], amount)
    self.balances[from_account] = debit_balance
    self.balances[to_account] = credit_balance
    log Posting(
        debit_account=from_account,
        credit_account=to_account,
        amount=amount,
        kind=kind,
        request_id=request_id,
        reference=reference,
        debit_balance=debit_balance,
        credit_balance=credit_balance,
    )


@internal
@view
def _debited(account: uint256, amount: uint256) -> uint256:
    balance: uint256 = self.balances[account]
    if balance < amount:
        raw_revert(
            abi_encode(
                account, balance, amount, method_id=method_id("InsufficientBalance(uint256,uint256,uint256)")
            )
        )
    return unsafe_sub(balance, amount)


@internal
@pure
def _require_positive(amount: uint256):
    if amount == 0:
        raw_revert(method_id("ZeroAmount()"))
