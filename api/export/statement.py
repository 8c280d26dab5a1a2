"""An account's postings of a period, with what it held before and after: what every format is written from.

Pure. Amounts are base units.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from indexer.chain import OUTSIDE_ACCOUNT, AccountId, Addresses, main_account_of, owner_of

SYMBOL_CHARACTERS_MAX = 16
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Coin:
    """The stablecoin, and its base unit as a commodity of its own: no decimal point is ever needed."""

    symbol: str
    decimals: int

    @property
    def clean_symbol(self) -> str:
        """As every grammar takes it: capitals and digits, beginning with a letter."""
        found = re.sub(r"[^A-Z0-9]", "", self.symbol.upper())[:SYMBOL_CHARACTERS_MAX]
        return found if found[:1].isalpha() else f"X{found}"

    @property
    def unit(self) -> str:
        """TUSD-UNIT: one base unit, of which 10^decimals are one TUSD."""
        return f"{self.clean_symbol}-UNIT"


@dataclass(frozen=True)
class AsOf:
    """The block whose state a statement ends with."""

    number: int
    hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting, as the account sees it: change has a sign, balance is the one after it."""

    block_number: int
    block_hash: str
    log_index: int
    transaction_hash: str
    timestamp: int
    final: bool
    kind: str
    counterparty: AccountId
    change: int
    balance: int
    request_id: str | None
    reference: str
    reference_text: str | None

    @property
    def day(self) -> date:
        return day_of(self.timestamp)

    @property
    def words(self) -> str:
        """What it was, in one line: the kind, and the reference where it is text."""
        return self.kind if self.reference_text is None else f"{self.kind}: {self.reference_text}"


@dataclass(frozen=True)
class Statement:
    """Raises AssertionError where the entries do not lead from the opening to the closing balance: a fault of ours."""

    account: AccountId
    chain_id: int
    contracts: Addresses
    coin: Coin
    as_of: AsOf
    finals_only: bool
    opening: int
    closing: int
    from_time: int | None = None
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        balance = self.opening
        for entry in self.entries:
            balance += entry.change
            assert balance == entry.balance, f"{self.account} at {entry.block_number}, {entry.log_index}"
        assert balance == self.closing, f"{self.account} as of {self.as_of.number}"

    @property
    def first_day(self) -> date:
        """Of the period; of the first posting where it has no beginning."""
        if self.from_time is not None:
            return day_of(self.from_time)
        return self.entries[0].day if self.entries else day_of(self.as_of.timestamp)

    @property
    def last_day(self) -> date:
        return max(self.first_day, day_of(self.as_of.timestamp))

    @property
    def heading(self) -> list[str]:
        """What the file is, in lines that hold nothing of a stranger's."""
        finality = "final postings only" if self.finals_only else "with postings that a reorganisation may take back"
        begin = f"from {time_text(self.from_time)}" if self.from_time is not None else "from the beginning"
        return [
            f"Freehold account {self.account} on chain {self.chain_id}, {finality}",
            f"{begin} to {time_text(self.as_of.timestamp)}, as of block {self.as_of.number} {self.as_of.hash}",
            f"amounts in base units: {10**self.coin.decimals} {self.coin.unit} are 1 {self.coin.clean_symbol}",
        ]

    @property
    def file_stem(self) -> str:
        return f"freehold-{owner_of(self.account)}-{number_text(self.account).lower()}-{self.first_day}-{self.last_day}"

    def name_of(self, account: AccountId) -> str:
        """The account's name in a tree of accounts, the same in beancount and hledger."""
        owner, number = owner_of(account), int(account[42:], 16)
        if owner == owner_of(self.account):
            return f"Assets:Freehold:{owner}:{number_text(account)}"
        if account == OUTSIDE_ACCOUNT:
            return "Equity:Outside"
        if owner == self.contracts.token:
            return f"Equity:Rent:Property-{number}"
        if owner == self.contracts.offering:
            return f"Equity:Offering:Property-{number}"
        return f"Equity:Counterparty:{owner}:{number_text(account)}"

    @property
    def names(self) -> list[str]:
        """Of every account that the entries touch, the exported one first."""
        named = [self.name_of(self.account), *(self.name_of(entry.counterparty) for entry in self.entries)]
        return list(dict.fromkeys(named))


def number_text(account: AccountId) -> str:
    return "Main" if account == main_account_of(owner_of(account)) else f"Sub-{int(account[42:], 16)}"


def day_of(timestamp: int) -> date:
    return datetime.fromtimestamp(timestamp, UTC).date()


def time_text(timestamp: int) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%dT%H:%M:%SZ}"
