"""What each holder is due of a property's rent, in exact numbers and by law alone: no marks, nothing settled.

At each release a holder earns for what he holds at that moment, locked or not, and for what he bought and has not
collected. `exact` is what a division without end would give him; `scaled` is what the index gives, times 2^48.
"""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

SCALE = 2**48


@dataclass
class RentLaw:
    balances: Counter[str] = field(default_factory=Counter)
    locked: Counter[str] = field(default_factory=Counter)
    uncollected: Counter[str] = field(default_factory=Counter)
    scaled: Counter[str] = field(default_factory=Counter)
    exact: dict[str, Fraction] = field(default_factory=dict)
    paid: Counter[str] = field(default_factory=Counter)
    index: int = 0
    remainder: int = 0
    released: int = 0
    releases: int = 0

    @property
    def supply(self) -> int:
        return sum(self.balances.values()) + sum(self.uncollected.values())

    def free(self, holder: str) -> int:
        return self.balances[holder] - self.locked[holder]

    def release(self, amount: int) -> None:
        supply = self.supply
        risen, self.remainder = divmod(amount * SCALE + self.remainder, supply)
        self.index += risen
        self.released += amount
        self.releases += 1
        for holder in self.balances | self.uncollected:
            earning = self.balances[holder] + self.uncollected[holder]
            self.scaled[holder] += earning * risen
            self.exact[holder] = self.exact.get(holder, Fraction(0)) + Fraction(earning * amount, supply)

    def claimable(self, holder: str) -> int:
        """Whole units that a claim pays now; what is bought and uncollected earns, and is paid once it is collected."""
        return self.scaled[holder] // SCALE - self.paid[holder]

    def claim(self, holder: str) -> int:
        units = self.claimable(holder)
        self.paid[holder] += units
        return units

    @property
    def largest_error(self) -> Fraction:
        """By how much the index can be off for one holder: less than a scaled unit a fraction and release."""
        return Fraction(self.releases * self.supply, SCALE)
