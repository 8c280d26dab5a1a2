"""Rent as the contract counts it, in plain integers: marks, what is owed, one sale. And as the rent law says it.

A property does what it is told and leaves the events that the contract would leave, at places that the teller
gives. What cannot be done is passed over, as a revert would.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from indexer.chain import Address, Amount, BlockNumber, Change, Fractions, LogIndex, Period, PropertyId, Scaled, Small
from indexer.chain import Seconds as SecondsOf
from indexer.events import (
    Event,
    FractionsCollected,
    OfferingClosed,
    OfferingSet,
    PropertyEnded,
    RentClaimed,
    RentDeclared,
    RentReleased,
    SaleSettled,
    SubscriptionChanged,
    SupplyChanged,
    Transfer,
)

NOBODY = Address("0x" + 40 * "0")
SCALE = 2**48
Place = tuple[BlockNumber, LogIndex]
PRICE, NEVER = Amount(1), SecondsOf(2**40 - 1)


@dataclass
class Part:
    """What one release gave one holder, by the law."""

    period: int
    fractions: int
    uncollected: int
    index_change: int


@dataclass
class Property:
    """One property and its holders, as token and offering keep them."""

    number: PropertyId
    next_place: Callable[[], Place]
    log: list[Event]
    balances: Counter[Address] = field(default_factory=Counter)
    marks: Counter[Address] = field(default_factory=Counter)
    owed: Counter[Address] = field(default_factory=Counter)
    claimed: Counter[Address] = field(default_factory=Counter)
    subscriptions: Counter[Address] = field(default_factory=Counter)
    parts: dict[Address, list[Part]] = field(default_factory=dict)
    supply: int = 0
    index: int = 0
    remainder: int = 0
    period: int = 0
    sale_mark: int | None = None
    offered: bool = False
    ended: bool = False

    def claimable(self, holder: Address) -> int:
        """As the contract's claimable_rent."""
        return (self.owed[holder] + self.balances[holder] * (self.index - self.marks[holder])) // SCALE

    def earned(self, holder: Address) -> int:
        """As the rent law: all that the releases gave, floored once."""
        return self.scaled(holder) // SCALE

    def scaled(self, holder: Address) -> int:
        return sum((part.fractions + part.uncollected) * part.index_change for part in self.parts.get(holder, []))

    def uncollected(self, holder: Address) -> int:
        return 0 if self.sale_mark is None else self.subscriptions[holder]

    # -- what may happen

    def allot(self, holder: Address, amount: int) -> None:
        if amount and not self.ended and self.supply + amount < SCALE:
            self._mint(holder, amount)
            self._supply(amount)
            self.supply += amount

    def transfer(self, sender: Address, receiver: Address, amount: int) -> None:
        amount = min(amount, self.balances[sender])
        if amount:
            self._settle(sender)
            self._settle(receiver)
            self.balances[sender] -= amount
            self.balances[receiver] += amount
            self._transfer(sender, receiver, amount)

    def release(self, amount: int, final: bool = False) -> None:
        scaled = amount * SCALE + self.remainder
        if not self.supply or self.ended or self.index + scaled // self.supply >= 2**128:
            return
        self.period = 0 if final else self.period + 1
        period = Period(self.period)
        self.log.append(RentDeclared(*self.next_place(), self.number, period, Amount(amount), SecondsOf(7)))
        index_change, self.remainder = divmod(scaled, self.supply)
        self.index += index_change
        for holder in {*self.balances, *self.subscriptions}:
            part = Part(self.period, self.balances[holder], self.uncollected(holder), index_change)
            if part.fractions + part.uncollected:
                self.parts.setdefault(holder, []).append(part)
        after = (Scaled(self.index), Scaled(self.remainder))
        self.log.append(RentReleased(*self.next_place(), self.number, period, Amount(amount), *after))
        if final:
            self.ended = True
            self.log.append(PropertyEnded(*self.next_place(), self.number))

    def claim(self, holder: Address) -> None:
        self._settle(holder)
        units, rest = divmod(self.owed[holder], SCALE)
        burnt = self.balances[holder] if self.ended else 0
        if burnt:
            self.balances[holder] = 0
            self.supply -= burnt
            self._transfer(holder, NOBODY, burnt)
            self._supply(-burnt)
        if units:
            self.owed[holder] = rest
            self.claimed[holder] += units
            claim = RentClaimed(*self.next_place(), self.number, holder, Amount(units), Scaled(rest))
            self.log.append(claim)

    def subscribe(self, holder: Address, amount: int) -> None:
        if self.sale_mark is not None or self.ended:
            return
        if not self.offered:
            self.offered = True
            bounds = (Fractions(1), Fractions(SCALE - 1))
            times = (SecondsOf(1), SecondsOf(2), NEVER)
            self.log.append(OfferingSet(*self.next_place(), self.number, NOBODY, PRICE, *bounds, *times, *bounds))
        change = max(amount, -self.subscriptions[holder])
        if change and self.supply + sum(self.subscriptions.values()) + change < SCALE:
            self.subscriptions[holder] += change
            after = (Fractions(self.subscriptions[holder]), Fractions(sum(self.subscriptions.values())))
            self.log.append(SubscriptionChanged(*self.next_place(), self.number, holder, Change(change), *after))

    def settle_sale(self) -> None:
        sold = sum(self.subscriptions.values())
        if self.offered and self.sale_mark is None and sold and not self.ended and self.supply + sold < SCALE:
            self.sale_mark = self.index
            self.supply += sold
            place, supply, index = self.next_place(), Fractions(self.supply), Scaled(self.index)
            self.log.append(SaleSettled(*place, self.number, Fractions(sold), supply, index))
            self.log.append(SupplyChanged(*place, Small(0), self.number, Change(sold)))
            self.log.append(OfferingClosed(*self.next_place(), self.number, True, Fractions(sold), Amount(sold)))

    def collect(self, holder: Address) -> None:
        amount = self.uncollected(holder)
        if amount:
            assert self.sale_mark is not None, "there is something to collect"
            self.owed[holder] += amount * (self.index - self.sale_mark)
            self.subscriptions[holder] = 0
            place, left = self.next_place(), Fractions(sum(self.subscriptions.values()))
            self.log.append(FractionsCollected(*place, self.number, holder, Fractions(amount), left))
            self.log.append(SupplyChanged(*place, Small(0), self.number, Change(-amount)))
            self._mint(holder, amount)
            self._supply(amount)

    # -- what they have in common

    def _settle(self, holder: Address) -> None:
        self.owed[holder] += self.balances[holder] * (self.index - self.marks[holder])
        self.marks[holder] = self.index

    def _mint(self, holder: Address, amount: int) -> None:
        self._settle(holder)
        self.balances[holder] += amount
        self._transfer(NOBODY, holder, amount)

    def _transfer(self, sender: Address, receiver: Address, amount: int) -> None:
        parties = (NOBODY, sender, receiver)
        self.log.append(Transfer(*self.next_place(), Small(0), *parties, self.number, Fractions(amount)))

    def _supply(self, change: int) -> None:
        """Beside the transfer that was logged last, as the decoder gives it."""
        last = self.log[-1]
        self.log.append(SupplyChanged(last.block_number, last.log_index, Small(0), self.number, Change(change)))
