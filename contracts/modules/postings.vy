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
# What an agent does: the token with rent, the offering with subscriptions, the marketplace with orders.
KIND_RENT_DECLARED: constant(uint8) = 5
KIND_RENT_CLAIMED: constant(uint8) = 6
KIND_SUBSCRIPTION: constant(uint8) = 7
KIND_UNSUBSCRIPTION: constant(uint8) = 8
KIND_REFUND: constant(uint8) = 9
KIND_PROCEEDS: constant(uint8) = 10
KIND_ORDER_ESCROWED: constant(uint8) = 11
KIND_ORDER_RELEASED: constant(uint8) = 12
KIND_TRADE: constant(uint8) = 13
KIND_TRADE_FEE: constant(uint8) = 14
KIND_FEES_COLLECTED: constant(uint8) = 15

# What a taker pays for trades with others, in a word each: who is paid in bits 0 to 159, units above.
MAX_TRADES: constant(uint256) = 32
UNITS_BIT: constant(uint256) = 160
MAX_UNITS: constant(uint256) = 2**96 - 1

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
def _settle(
    debit_account: uint256,
    trades: DynArray[uint256, MAX_TRADES],
    fee_account: uint256,
    fees: uint256,
    escrow_account: uint256,
    escrowed: uint256,
    reference: bytes32,
):
    """@dev Nobody is paid by himself. The debited account's balance is written after the last trade."""
    balance: uint256 = self.balances[debit_account]
    for trade: uint256 in trades:
        amount: uint256 = trade >> UNITS_BIT
        if balance < amount:
            self._refuse_balance(debit_account, balance, amount)
        balance = unsafe_sub(balance, amount)
        credit_account: uint256 = trade << account_ids.NUMBER_BITS
        # No account exceeds the sum of all, and what is credited here is debited there.
        credit_balance: uint256 = unsafe_add(self.balances[credit_account], amount)
        self.balances[credit_account] = credit_balance
        log Posting(
            debit_account=debit_account,
            credit_account=credit_account,
            amount=amount,
            kind=KIND_TRADE,
            request_id=empty(bytes32),
            reference=reference,
            debit_balance=balance,
            credit_balance=credit_balance,
        )
    self.balances[debit_account] = balance
    if fees != 0:
        self._transfer(debit_account, fee_account, fees, KIND_TRADE_FEE, empty(bytes32), reference)
    if escrowed != 0:
        self._transfer(debit_account, escrow_account, escrowed, KIND_ORDER_ESCROWED, empty(bytes32), reference)


@internal
@view
def _debited(account: uint256, amount: uint256) -> uint256:
    balance: uint256 = self.balances[account]
    if balance < amount:
        self._refuse_balance(account, balance, amount)
    return unsafe_sub(balance, amount)


@internal
@pure
def _require_positive(amount: uint256):
    if amount == 0:
        raw_revert(method_id("ZeroAmount()"))


@internal
@pure
def _refuse_balance(account: uint256, balance: uint256, needed: uint256):
    raw_revert(
        abi_encode(account, balance, needed, method_id=method_id("InsufficientBalance(uint256,uint256,uint256)"))
    )
