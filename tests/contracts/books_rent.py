"""What rent and offerings should do, in plain Python.

Rent is not kept as the contract keeps it: at each release every holder is credited at once, with nothing
marked or deferred, and beside it stands what he would have with exact fractions.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from tests.contracts.books_registry import Clock
from tests.contracts.books_token import Holding, TokenModel
from tests.contracts.books_vault import VaultModel
from tests.contracts.refusals import Refusal

FINAL = 0
LARGEST_PERIOD = 2**32 - 1
LONGEST_WAIT = 366 * 86_400
SCALE = 2**48
LARGEST_AMOUNT = LARGEST_INDEX = 2**128 - 1


@dataclass
class RentOf:
    amount: int
    release_time: int
    released: bool = False


@dataclass
class RentModel:
    notice: int
    clock: Clock
    vault: VaultModel
    token: TokenModel
    rents: dict[tuple[int, int], RentOf] = field(default_factory=dict)
    index: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    remainder: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    # By property and holder, scaled: what he has earned, and by property what uncollected fractions have each.
    earned: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    earned_uncollected: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    sold_at: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # index at the sale
    claimed: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    exact: dict[Holding, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    exact_uncollected: dict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def pending(self, property_id: int) -> list[RentOf]:
        return [rent for (of, _), rent in self.rents.items() if of == property_id and not rent.released]

    def released(self, property_id: int) -> int:
        return sum(rent.amount for (of, _), rent in self.rents.items() if of == property_id and rent.released)

    def claimable(self, holding: Holding) -> int:
        return self.earned[holding] // SCALE - self.claimed[holding]

    def allot(self, caller: str, property_id: int, receiver: str, amount: int) -> None:
        self.token.require_issuer(property_id, caller)
        if self.pending(property_id):
            raise Refusal("RentPending", property_id)
        self.token.allot(property_id, receiver, amount)

    def reserve(self, property_id: int, issuer: str, amount: int) -> int:
        """For an offering; gives the property's list."""
        self.token.require_issuer(property_id, issuer)
        self.token.require_not_ending(property_id)
        if self.pending(property_id):
            raise Refusal("RentPending", property_id)
        return self.token.reserve(property_id, issuer, amount)

    def declare(self, caller: str, property_id: int, period: int, amount: int, release_time: int) -> None:
        self.token.require_issuer(property_id, caller)
        if not 0 < period <= LARGEST_PERIOD:
            raise Refusal("InvalidPeriod", period)
        self._declare(caller, property_id, period, amount, release_time)

    def declare_final(self, caller: str, property_id: int, amount: int, release_time: int) -> None:
        listed = self.token.require_issuer(property_id, caller)
        if listed.reserved:
            raise Refusal("OfferingRuns", property_id)
        self._declare(caller, property_id, FINAL, amount, release_time)
        listed.ending = True

    def _declare(self, caller: str, property_id: int, period: int, amount: int, release_time: int) -> None:
        self.token.require_not_ending(property_id)
        if (property_id, period) in self.rents:
            raise Refusal("PeriodDeclared", property_id, period)
        earliest = self.clock.now + self.notice
        if not earliest <= release_time <= earliest + LONGEST_WAIT:
            raise Refusal("InvalidReleaseTime", release_time, earliest, earliest + LONGEST_WAIT)
        supply = self.token.known(property_id).supply
        if supply == 0:
            raise Refusal("NothingSold", property_id)
        waiting = sum(rent.amount for rent in self.pending(property_id)) + amount
        highest = self.index[property_id] + (waiting + 1) * SCALE // supply
        if waiting > LARGEST_AMOUNT or highest > LARGEST_INDEX:
            raise Refusal("RentTooLarge", property_id, amount)
        self.rents[property_id, period] = RentOf(amount, release_time)
        self.vault.take(self.token.address, caller, property_id, amount)

    def release(self, property_id: int, period: int) -> None:
        rent = self.rents.get((property_id, period))
        if rent is None:
            raise Refusal("UnknownRent", property_id, period)
        if rent.released:
            raise Refusal("RentReleasedBefore", property_id, period)
        if self.clock.now < rent.release_time:
            raise Refusal("RentNotDue", property_id, period, rent.release_time)
        if period == FINAL and len(self.pending(property_id)) != 1:
            raise Refusal("RentPending", property_id)
        rent.released = True
        listed = self.token.known(property_id)
        rise, self.remainder[property_id] = divmod(rent.amount * SCALE + self.remainder[property_id], listed.supply)
        self.index[property_id] += rise
        holdings = [each for each, balance in self.token.balances.items() if each[0] == property_id and balance]
        for holding in holdings:
            self.earned[holding] += rise * self.token.balances[holding]
            self.exact[holding] += Fraction(rent.amount * self.token.balances[holding], listed.supply)
        self.earned_uncollected[property_id] += rise
        self.exact_uncollected[property_id] += Fraction(rent.amount, listed.supply)
        listed.ended = listed.ended or period == FINAL

    def sell(self, property_id: int) -> None:
        """Uncollected fractions earn from here on."""
        self.sold_at[property_id] = self.index[property_id]
        self.earned_uncollected[property_id], self.exact_uncollected[property_id] = 0, Fraction()

    def collect(self, property_id: int, holder: str, amount: int) -> None:
        self.token.known(property_id).uncollected -= amount
        self.earned[property_id, holder] += amount * self.earned_uncollected[property_id]
        self.exact[property_id, holder] += amount * self.exact_uncollected[property_id]
        self.token.mint(property_id, holder, amount)

    def claim(self, property_id: int, holder: str) -> int:
        units = self.claimable((property_id, holder))
        listed = self.token.properties.get(property_id)
        burnt = self.token.burn(property_id, holder) if listed and listed.ended else 0
        if units == 0 and burnt == 0:
            raise Refusal("NothingToClaim", property_id, holder)
        self.claimed[property_id, holder] += units
        if units:
            self.vault.pay(self.token.address, holder, property_id, units)
        return units
