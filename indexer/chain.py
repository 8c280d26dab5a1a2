"""Values: blocks, logs, typed events, ids and amounts. Imports nothing of ours, does no I/O.

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
AccountId = NewType("AccountId", str)
"""32 bytes: the owner's address, then the 96-bit number of the account."""
Amount = NewType("Amount", int)
"""Base units of the stablecoin, 0 to 2^256 - 1."""
Small = NewType("Small", int)
"""A small whole number: a kind, a version, a position in a list."""
RawText = NewType("RawText", str)
"""The bytes of a text on chain, as hex; what a person may see of them stands beside, in plain str."""

PROPERTY_ID_MAX = 2**32 - 1
FRACTIONS_MAX = 2**48 - 1
SMALL_MAX = 2**31 - 1

NOBODY = Address("0x" + 40 * "0")
"""Fractions come from here when they are created."""
OUTSIDE_ACCOUNT = AccountId("0x" + 64 * "0")
"""Deposits are debited and withdrawals credited here."""


class Block(NamedTuple):
    """A header, as far as we keep it. `timestamp` in seconds since 1970."""

    number: BlockNumber
    hash: BlockHash
    parent_hash: BlockHash
    timestamp: int


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


class Transfer(NamedTuple):
    """Fractions moved: a TransferSingle, or one member of a TransferBatch (`position` from 0)."""

    block_number: BlockNumber
    log_index: LogIndex
    position: Small
    operator: Address
    sender: Address
    receiver: Address
    property_id: PropertyId
    amount: Fractions


class Locked(NamedTuple):
    """Fractions came to rest in escrow; `locked` is the sum of them afterwards."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    holder: Address
    amount: Fractions
    locked: Fractions


class Unlocked(NamedTuple):
    """Fractions left escrow; `locked` is what still rests there."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    holder: Address
    amount: Fractions
    locked: Fractions


class PropertyListed(NamedTuple):
    """A property exists from here on, and its issuer and cap are fixed."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    issuer: Address
    supply_cap: Fractions
    name_raw: RawText
    name: str


class MetadataSet(NamedTuple):
    """A new version of a property's metadata document, bound by its hash."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    version: Small
    content_hash: Bytes32
    uri_raw: RawText
    uri: str


class Posting(NamedTuple):
    """Money moved from the debited account to the credited one; both balances are those after it."""

    block_number: BlockNumber
    log_index: LogIndex
    debit_account: AccountId
    credit_account: AccountId
    amount: Amount
    kind: Small
    request_id: Bytes32
    reference: Bytes32
    debit_balance: Amount
    credit_balance: Amount


class Rejection(NamedTuple):
    """A log of ours that cannot be what our contracts emit, and why."""

    block_number: BlockNumber
    log_index: LogIndex
    reason: str


Event = Transfer | Locked | Unlocked | PropertyListed | MetadataSet | Posting | Rejection
Events = dict[type, list[Event]]
"""Decoded events by their kind, each list in chain order."""

POSTING_KINDS = {1: "deposit", 2: "withdrawal", 3: "transfer"}


def owner_of(account: AccountId) -> Address:
    return Address(account[:42])


def main_account_of(owner: Address) -> AccountId:
    return AccountId(owner + 24 * "0")
