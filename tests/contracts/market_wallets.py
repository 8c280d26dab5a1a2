"""Money, fractions and lists as they should be, as far as the market touches them: a part of the market's oracle."""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from bench.stage import ISSUER_AT, RENT_NOTICE, account_of
from tests.contracts.refusals import Refusal

OUTSIDE = 0
Holding = tuple[int, str]  # property and holder


@dataclass
class Clock:
    """Seconds since 1970."""

    now: int


@dataclass
class Money:
    """Units of the stablecoin: in people's hands, and in the vault by account."""

    dollars: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    balances: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def deposit(self, owner: str, amount: int) -> None:
        self.dollars[owner] -= amount
        self.balances[account_of(owner)] += amount
        self.balances[OUTSIDE] += amount

    def withdraw(self, owner: str, number: int, amount: int, receiver: str) -> None:
        self.take(account_of(owner, number), amount)
        self.balances[OUTSIDE] -= amount
        self.dollars[receiver] += amount

    def pay(self, debit: int, credit: int, amount: int) -> None:
        self.take(debit, amount)
        self.balances[credit] += amount

    def take(self, account: int, amount: int) -> None:
        if amount == 0:
            raise Refusal("ZeroAmount")
        if self.balances[account] < amount:
            raise Refusal("InsufficientBalance", account, self.balances[account], amount)
        self.balances[account] -= amount


@dataclass
class Lists:
    """Entries of the one registry list: investor, first second at which he may gain nothing, frozen."""

    clock: Clock
    entries: dict[str, tuple[int, int, bool]] = field(default_factory=dict)

    def investor(self, wallet: str) -> int:
        return self.entries.get(wallet, (0, 0, False))[0]

    def is_eligible(self, wallet: str) -> bool:
        _, expiry, frozen = self.entries.get(wallet, (0, 0, False))
        return expiry > self.clock.now and not frozen


@dataclass
class Rent:
    amount: int
    release_time: int
    released: bool = False


@dataclass
class Fractions:
    """Of properties whose supply is a power of two, so that rent per fraction is exact."""

    token: str
    clock: Clock
    money: Money
    lists: Lists
    list_of: dict[int, int] = field(default_factory=dict)  # by property
    balances: defaultdict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    locked: defaultdict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    supply: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    owed: defaultdict[Holding, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    rents: dict[tuple[int, int], Rent] = field(default_factory=dict)  # by property and period
    ending: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)

    def allot(self, property_id: int, holder: str, amount: int) -> None:
        self.balances[property_id, holder] += amount
        self.supply[property_id] += amount

    def transfer(self, property_id: int, sender: str, receiver: str, amount: int) -> None:
        self.require_eligible(property_id, receiver)
        self.give(property_id, sender, amount)
        self.balances[property_id, receiver] += amount

    def give(self, property_id: int, sender: str, amount: int) -> None:
        """Free fractions leave."""
        balance, locked = self.balances[property_id, sender], self.locked[property_id, sender]
        if balance < amount:
            raise Refusal("ERC1155InsufficientBalance", sender, balance, amount, property_id)
        if balance - amount < locked:
            raise Refusal("FractionsLocked", sender, property_id, locked, amount)
        self.balances[property_id, sender] -= amount

    def lock(self, property_id: int, holder: str, amount: int) -> None:
        free = self.balances[property_id, holder] - self.locked[property_id, holder]
        if free < amount:
            raise Refusal("ERC1155InsufficientBalance", holder, free, amount, property_id)
        self.locked[property_id, holder] += amount

    def sell_locked(self, property_id: int, seller: str, buyer: str, amount: int) -> None:
        self.locked[property_id, seller] -= amount
        self.balances[property_id, seller] -= amount
        self.balances[property_id, buyer] += amount

    def require_eligible(self, property_id: int, wallet: str) -> None:
        if self.list_of[property_id] and not self.lists.is_eligible(wallet):
            raise Refusal("NotEligible", property_id, wallet)

    def declare(self, property_id: int, period: int, amount: int) -> None:
        """Period 0 is the final distribution."""
        if property_id in self.ending:
            raise Refusal("PropertyEnding", property_id)
        if (property_id, period) in self.rents:
            raise Refusal("PeriodDeclared", property_id, period)
        self.money.pay(account_of(ISSUER_AT), account_of(self.token, property_id), amount)
        self.rents[property_id, period] = Rent(amount, self.clock.now + RENT_NOTICE)
        if period == 0:
            self.ending.add(property_id)

    def release(self, property_id: int, period: int) -> None:
        rent = self.rents[property_id, period]
        if rent.released:
            raise Refusal("RentReleasedBefore", property_id, period)
        if self.clock.now < rent.release_time:
            raise Refusal("RentNotDue", property_id, period, rent.release_time)
        waiting = [key for key, each in self.rents.items() if key[0] == property_id and not each.released]
        if period == 0 and len(waiting) > 1:
            raise Refusal("RentPending", property_id)
        rent.released = True
        for (held, holder), balance in self.balances.items():
            if held == property_id:
                self.owed[held, holder] += Fraction(rent.amount * balance, self.supply[property_id])
        if period == 0:
            self.ended.add(property_id)

    def claim(self, property_id: int, holder: str) -> None:
        units = int(self.owed[property_id, holder])
        free = self.balances[property_id, holder] - self.locked[property_id, holder]
        burnt = free if property_id in self.ended else 0
        if units == 0 and burnt == 0:
            raise Refusal("NothingToClaim", property_id, holder)
        self.balances[property_id, holder] -= burnt
        self.supply[property_id] -= burnt
        self.owed[property_id, holder] -= units
        if units:
            self.money.pay(account_of(self.token, property_id), account_of(holder), units)
