"""Values: blocks, logs, ids and amounts. Imports nothing of ours, does no I/O.

Hashes, addresses and data are lower-case hex text with 0x, as nodes send them.
"""

from typing import NamedTuple, NewType

BlockNumber = NewType("BlockNumber", int)
BlockHash = NewType("BlockHash", str)
TransactionHash = NewType("TransactionHash", str)
Address = NewType("Address", str)
Bytes32 = NewType("Bytes32", str)
LogIndex = NewType("LogIndex", int)
PropertyId = NewType("PropertyId", int)
"""1 to 2^32 - 1."""
Fractions = NewType("Fractions", int)
"""Whole fractions of one property, 0 to 2^48 - 1."""
Change = NewType("Change", int)
"""Fractions more, or fewer if below 0."""
OrderNumber = NewType("OrderNumber", int)
"""Of an order in the book of its property, 1 to 2^40 - 1; the contract's order id is property id x 2^40 + number."""
Tick = NewType("Tick", int)
"""A price in a book's tick sizes, 1 to 2^24 - 2."""
Period = NewType("Period", int)
"""Of a rent, by convention year and month as in 202611; 0 is the final distribution, 2^32 - 1 the largest."""
ListNumber = NewType("ListNumber", int)
"""A list of the InvestorRegistry, 1 to 2^32 - 1; 0 says that no list is asked."""
InvestorId = NewType("InvestorId", int)
"""Whom a registrar knows behind a wallet, 0 to 2^128 - 1."""
AccountId = NewType("AccountId", str)
"""32 bytes: the owner's address, then the 96-bit number of the account."""
Amount = NewType("Amount", int)
"""Base units of the stablecoin, 0 to 2^256 - 1."""
Scaled = NewType("Scaled", int)
"""Base units of the stablecoin times 2^48: rent before it is floored."""
Seconds = NewType("Seconds", int)
"""A time, in seconds since 1970, 0 to 2^63 - 1."""
Expiry = NewType("Expiry", int)
"""A time too, but as registrars write it: up to 2^64 - 1, for never."""
Small = NewType("Small", int)
"""A small whole number: a kind, a version, a position in a list."""
RawText = NewType("RawText", str)
"""The bytes of a text on chain, as hex; what a person may see of them stands beside, in plain str."""

PROPERTY_ID_MAX = 2**32 - 1
FRACTIONS_MAX = 2**48 - 1
SMALL_MAX = 2**31 - 1
ORDER_NUMBER_BITS = 40
TICK_MAX = 2**24 - 2
TICK_SIZE_MAX = 2**56 - 1
LOT_MAX = 2**16 - 1
MINIMUM_TICKS_MAX = 2**30 - 1
FEE_PPM_MAX = 10_000
MILLION = 1_000_000
PERIOD_MAX = 2**32 - 1
LIST_NUMBER_MAX = 2**32 - 1
SECONDS_MAX = 2**63 - 1
EXPIRY_MAX = 2**64 - 1
INVESTOR_ID_MAX = 2**128 - 1
RENT_INDEX_MAX = 2**128 - 1
RENT_SCALE = 2**48

NOBODY = Address("0x" + 40 * "0")
"""Fractions come from here when they are created."""
OUTSIDE_ACCOUNT = AccountId("0x" + 64 * "0")
"""Deposits are debited and withdrawals credited here."""


class Seal(NamedTuple):
    """What a header commits to of its receipts: their root, and the bloom of their logs as a number."""

    receipts_root: str
    bloom: int


class Block(NamedTuple):
    """A header, as far as we keep it. `timestamp` in seconds since 1970."""

    number: BlockNumber
    hash: BlockHash
    parent_hash: BlockHash
    timestamp: int
    seal: Seal | None = None
    """Only where the header's hash was computed from its fields."""


class Addresses(NamedTuple):
    """Our contracts of one deployment."""

    vault: Address
    token: Address
    marketplace: Address
    offering: Address
    registry: Address
    treasury: Address


class Log(NamedTuple):
    """One log of one of our contracts, as the node gave it."""

    block_number: BlockNumber
    block_hash: BlockHash
    log_index: LogIndex
    transaction_hash: TransactionHash
    transaction_index: int
    address: Address
    topics: list[str]
    data: str


POSTING_KINDS = {
    1: "deposit",
    2: "withdrawal",
    3: "transfer",
    4: "batch",
    5: "rent_declared",
    6: "rent_claimed",
    7: "subscription",
    8: "unsubscription",
    9: "refund",
    10: "proceeds",
    11: "order_escrowed",
    12: "order_released",
    13: "trade",
    14: "trade_fee",
    15: "fees_collected",
}
SIDES = ("bid", "ask")
ORDER_TYPES = ("good_till_cancelled", "immediate_or_cancel", "fill_or_kill", "post_only", "market")
REMOVALS = ("cancelled", "expired", "self_trade", "not_eligible", "unfilled", "closed")
"""Why an order was removed before all of it was filled, by the contract's number from 1 on."""


def owner_of(account: AccountId) -> Address:
    return Address(account[:42])


def order_id_of(property_id: int, number: int) -> int:
    """What the contract calls an order of a book."""
    return (property_id << ORDER_NUMBER_BITS) | number


def main_account_of(owner: Address) -> AccountId:
    return AccountId(owner + 24 * "0")
