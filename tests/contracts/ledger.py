"""The vault's ledger as its callers know it: account ids, postings, transfers."""

from typing import Any

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.events import Event

NUMBER_BITS = 96
OUTSIDE = 0
MAKER_BITS, LARGEST_TRADE = 160, 2**96 - 1
DEPOSIT, WITHDRAWAL, TRANSFER = 1, 2, 3
ORDER_ESCROWED, ORDER_RELEASED, TRADE, TRADE_FEE, FEES_COLLECTED = range(11, 16)
NO_REFERENCE = NO_REQUEST = bytes(32)
LARGEST = 2**256 - 1


def account_of(owner: Any, number: int = 0) -> int:
    """An owner is an account or contract of ape, or a bare address."""
    address = owner if isinstance(owner, str) else owner.address
    return int(address, 16) << NUMBER_BITS | number


def traded(maker: Any, amount: int) -> int:
    """What a taker trades with a maker, in the word in which vault and token take it: units, or fractions."""
    address = maker if isinstance(maker, str) else maker.address
    return amount << MAKER_BITS | int(address, 16)


def bytes32(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


def posting(
    debit: int,
    credit: int,
    amount: int,
    kind: int,
    balances: tuple[int, int],
    request_id: bytes = NO_REQUEST,
    reference: bytes = NO_REFERENCE,
) -> Event:
    """The event of a posting; `balances` are those of the debited and the credited account after it."""
    return "Posting", {
        "debit_account": debit,
        "credit_account": credit,
        "amount": amount,
        "kind": kind,
        "request_id": request_id,
        "reference": reference,
        "debit_balance": balances[0],
        "credit_balance": balances[1],
    }


def transfer(
    vault: Contract, sender: Account, *request: int | bytes, **options: Any
) -> tuple[tuple[bytes, bool], Receipt]:
    """What a transfer answers, and its receipt. On eth-tester a transaction's own return value cannot be read."""
    answer = vault.transfer.call(*request, sender=sender)
    receipt = vault.transfer(*request, sender=sender, **options)
    return (bytes(answer[0]), bool(answer[1])), receipt
