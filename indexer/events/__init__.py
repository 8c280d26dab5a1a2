"""Typed events: what the contracts' logs say, one NamedTuple for each kind. Fields stand in the order of the ABI.

Every event begins with its place, block number and log index. Does no I/O.
"""

from typing import NamedTuple

from indexer.chain import (
    AccountId,
    Address,
    Amount,
    BlockNumber,
    Bytes32,
    Change,
    Expiry,
    Fractions,
    InvestorId,
    ListNumber,
    LogIndex,
    Period,
    PropertyId,
    RawText,
    Scaled,
    Seconds,
    Small,
)
from indexer.events.market import (
    BookClosed,
    BookCreated,
    FeeReceiverSet,
    FeesSet,
    Filled,
    HaltChanged,
    OrderChanged,
    OrderPlaced,
)

# -- SettlementVault


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


class KeyBurnt(NamedTuple):
    """An idempotency key of an owner is void: no request can use it any more."""

    block_number: BlockNumber
    log_index: LogIndex
    owner: Address
    kind: Small
    key: Bytes32
    request_id: Bytes32


# -- FractionToken


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


class SupplyChanged(NamedTuple):
    """Fractions came to be or ceased. No log of its own: a transfer from or to nobody, a sale, a collection.

    What an offering sold counts from the sale on. Its collection is a transfer from nobody too, so a
    FractionsCollected takes back what the transfer beside it adds.
    """

    block_number: BlockNumber
    log_index: LogIndex
    position: Small
    property_id: PropertyId
    change: Change


class LockChanged(NamedTuple):
    """Fractions came to rest in escrow or left it: Locked, Unlocked, or sold out of a lock.

    What is sold has no log of its own: it is the transfer of which the marketplace is the operator.
    """

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    holder: Address
    change: Change


class PropertyListed(NamedTuple):
    """A property exists from here on; its cap and its registry list (0 for none) are fixed."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    issuer: Address
    supply_cap: Fractions
    registry_list: ListNumber
    name_raw: RawText
    name: str


class IssuerProposed(NamedTuple):
    """The issuer offers its rights to another; address 0 takes an earlier offer back."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    issuer: Address


class IssuerChanged(NamedTuple):
    """The proposed issuer accepted, and is the issuer from here on."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    issuer: Address


class MetadataSet(NamedTuple):
    """A new version of a property's metadata document, bound by its hash."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    version: Small
    content_hash: Bytes32
    uri_raw: RawText
    uri: str


class DocumentSet(NamedTuple):
    """A new version of a property's named document, bound by its hash; versions count for each name."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    version: Small
    content_hash: Bytes32
    name_raw: RawText
    name: str
    uri_raw: RawText
    uri: str


class RentDeclared(NamedTuple):
    """The issuer escrowed a period's rent, to be released at `release_time` or later. Period 0 is the last."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    period: Period
    amount: Amount
    release_time: Seconds


class RentReleased(NamedTuple):
    """Whoever holds at this place earns; `rent_index` and `remainder` are those after it."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    period: Period
    amount: Amount
    rent_index: Scaled
    remainder: Scaled


class RentClaimed(NamedTuple):
    """Rent was paid to a holder; less than one unit, `owed`, stays with him."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    holder: Address
    amount: Amount
    owed: Scaled


class PropertyEnded(NamedTuple):
    """The final distribution was released; fractions are burnt as their holders claim."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId


class SaleSettled(NamedTuple):
    """An offering came to its end, with `sold` fractions that its subscribers may collect; 0 where it failed."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    sold: Fractions
    supply: Fractions
    rent_index: Scaled


class FractionsCollected(NamedTuple):
    """Sold fractions became a holder's balance; a transfer from nobody stands beside it."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    holder: Address
    amount: Fractions
    uncollected: Fractions


# -- PrimaryOffering


class OfferingSet(NamedTuple):
    """The terms of a property's offering: amounts of fractions, a price in units for one, times."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    issuer: Address
    price: Amount
    soft_cap: Fractions
    hard_cap: Fractions
    opens: Seconds
    firm: Seconds
    deadline: Seconds
    minimum: Fractions
    maximum: Fractions


class OfferingCancelled(NamedTuple):
    """The issuer withdrew the offering before it opened."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId


class SubscriptionChanged(NamedTuple):
    """A wallet subscribed to more, or took some back; `subscription` is its own afterwards, `subscribed` all of them.

    Subscribed or Unsubscribed; `change` is in fractions, and its money moved the other way.
    """

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    subscriber: Address
    change: Change
    subscription: Fractions
    subscribed: Fractions


class OfferingClosed(NamedTuple):
    """The offering came to its end: settled with these proceeds, or failed."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    settled: bool
    subscribed: Fractions
    proceeds: Amount


class Refunded(NamedTuple):
    """A subscriber of a failed offering has his money back."""

    block_number: BlockNumber
    log_index: LogIndex
    property_id: PropertyId
    subscriber: Address
    amount: Fractions
    money: Amount


# -- InvestorRegistry


class ListCreated(NamedTuple):
    """A list of investors exists from here on."""

    block_number: BlockNumber
    log_index: LogIndex
    registry_list: ListNumber
    registrar: Address
    name_raw: RawText
    name: str


class RegistrarChanged(NamedTuple):
    """Another wallet keeps the list from here on."""

    block_number: BlockNumber
    log_index: LogIndex
    registry_list: ListNumber
    registrar: Address


class EntrySet(NamedTuple):
    """What a list says of a wallet from here on."""

    block_number: BlockNumber
    log_index: LogIndex
    registry_list: ListNumber
    wallet: Address
    investor_id: InvestorId
    expiry: Expiry
    frozen: bool


# -- Treasury


class DailyLimitSet(NamedTuple):
    """The most that the treasury's operators may pay in a day, from here on."""

    block_number: BlockNumber
    log_index: LogIndex
    daily_limit: Amount


class Paid(NamedTuple):
    """An operator paid from the treasury; `paid_today` is the sum of the day (since 1970) with it."""

    block_number: BlockNumber
    log_index: LogIndex
    request_id: Bytes32
    to_account: AccountId
    amount: Amount
    day: Small
    paid_today: Amount


# -- every contract


class RoleChanged(NamedTuple):
    """An account was granted a role of a contract, or lost it (RoleGranted, RoleRevoked)."""

    block_number: BlockNumber
    log_index: LogIndex
    contract: Address
    role: Bytes32
    account: Address
    sender: Address
    held: bool


class PauseChanged(NamedTuple):
    """A contract stopped taking new value in, or takes it again (Paused, Unpaused)."""

    block_number: BlockNumber
    log_index: LogIndex
    contract: Address
    account: Address
    paused: bool


class Rejection(NamedTuple):
    """A log of ours that cannot be what our contracts emit, and why."""

    block_number: BlockNumber
    log_index: LogIndex
    reason: str


Event = (
    Posting | KeyBurnt
    | Transfer | SupplyChanged | LockChanged | PropertyListed | IssuerProposed | IssuerChanged
    | MetadataSet | DocumentSet | RentDeclared | RentReleased | RentClaimed | PropertyEnded | SaleSettled
    | FractionsCollected
    | BookCreated | FeesSet | FeeReceiverSet | HaltChanged | BookClosed | OrderPlaced | Filled | OrderChanged
    | OfferingSet | OfferingCancelled | SubscriptionChanged | OfferingClosed | Refunded
    | ListCreated | RegistrarChanged | EntrySet
    | DailyLimitSet | Paid
    | RoleChanged | PauseChanged | Rejection
)  # fmt: skip
Events = dict[type, list[Event]]
"""Decoded events by their kind, each list in chain order."""
