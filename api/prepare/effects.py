"""What logs of our contracts, as a simulation gave them, would do to accounts and holdings.

Pure. Account 0, the outside, is left out: it is no one's.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eth_abi.abi import decode
from eth_utils.crypto import keccak

from api.node import LogOut
from api.prepare.answers import FractionsEffect, MoneyEffect
from api.values import checksummed
from indexer.chain import NOBODY, OUTSIDE_ACCOUNT, AccountId, Address

POSTING = "Posting(uint256,uint256,uint256,uint8,bytes32,bytes32,uint256,uint256)"
POSTING_DATA = ["uint256", "uint8", "bytes32", "bytes32", "uint256", "uint256"]
TRANSFER_SINGLE = "TransferSingle(address,address,address,uint256,uint256)"
TRANSFER_BATCH = "TransferBatch(address,address,address,uint256[],uint256[])"


def topic_of(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


TOPICS = {topic_of(signature): signature for signature in (POSTING, TRANSFER_SINGLE, TRANSFER_BATCH)}


class Holding(NamedTuple):
    property_id: int
    holder: Address


def money_effects(logs: Iterable[LogOut], vault: str) -> list[MoneyEffect]:
    """Of each account that a posting touches: the sum of its changes, and the balance after the last."""
    changes: dict[AccountId, int] = {}
    balances: dict[AccountId, int] = {}
    for log in logs:
        if log.address != vault or TOPICS.get(log.topics[0]) != POSTING:
            continue
        amount, _, _, _, debit_balance, credit_balance = decode(POSTING_DATA, bytes.fromhex(log.data[2:]))
        debit, credit = AccountId(log.topics[1]), AccountId(log.topics[2])
        for account, change, balance in ((debit, -amount, debit_balance), (credit, amount, credit_balance)):
            changes[account] = changes.get(account, 0) + change
            balances[account] = balance
    return [
        MoneyEffect(kind="money", account=account, change=f"{change:+d}", balance=str(balances[account]))
        for account, change in changes.items()
        if account != OUTSIDE_ACCOUNT
    ]


def fraction_changes(logs: Iterable[LogOut], token: str) -> dict[Holding, int]:
    """Fractions more or fewer of each holding that a transfer touches."""
    changes: dict[Holding, int] = {}
    for log in logs:
        if log.address != token:
            continue
        giver, taker = (Address("0x" + topic[26:]) for topic in log.topics[2:4]) if len(log.topics) == 4 else ("", "")
        for property_id, amount in transferred(log):
            for holder, change in ((giver, -amount), (taker, amount)):
                if holder != NOBODY:
                    holding = Holding(property_id, Address(holder))
                    changes[holding] = changes.get(holding, 0) + change
    return changes


def transferred(log: LogOut) -> Iterator[tuple[int, int]]:
    """(property id, amount) of each fraction transfer in a log."""
    data = bytes.fromhex(log.data[2:])
    match TOPICS.get(log.topics[0]):
        case signature if signature == TRANSFER_SINGLE:
            property_id, amount = decode(["uint256", "uint256"], data)
            yield property_id, amount
        case signature if signature == TRANSFER_BATCH:
            yield from zip(*decode(["uint256[]", "uint256[]"], data), strict=True)


def fraction_effects(changes: dict[Holding, int], before: Iterable[int]) -> list[FractionsEffect]:
    """before: what each of the holdings held, in their order."""
    return [
        FractionsEffect(
            kind="fractions",
            property_id=holding.property_id,
            holder=checksummed(holding.holder),
            change=f"{change:+d}",
            balance=str(held + change),
        )
        for (holding, change), held in zip(changes.items(), before, strict=True)
    ]
