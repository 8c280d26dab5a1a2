"""20 holders, 300 random steps: nobody loses a whole unit, nobody gains, and dust stays under one unit a holder."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from bench.compiled import Compiled, Contract, compiled
from bench.evm import Evm, Moment, Reverted
from scripts.deploy import created_by
from tests.contracts.ledger import LARGEST, account_of
from tests.contracts.refusals import Refusal, decoded
from tests.contracts.rent.rent_law import SCALE, RentLaw

ROOT = Path(__file__).resolve().parents[3]
HOUSE, FINAL, NOTICE = 1, 0, 3600
STEPS, SEEDS, QUICK_SEEDS, CHECKED_EVERY = 300, 40, 2, 50

ADMIN, ISSUER, SELLER, MARKETPLACE, STRANGER = (f"0x{number:040x}" for number in range(0xA001, 0xA006))
NOBODY = f"0x{0:040x}"
HOLDERS = [f"0x{number:040x}" for number in range(0xB001, 0xB015)]
SUPPLIES = [20, 1_000, 10**6, 10**9]
RENTS = [1, 7, 1_000, 10**9, 10**21]


@dataclass(frozen=True)
class Estate:
    """A chain with a vault full of the issuer's money and a token whose offering and marketplace are wallets."""

    evm: Evm
    vault: Contract
    token: Contract
    start: Moment


@pytest.fixture(scope="module")
def estate() -> Estate:
    made: dict[str, Compiled] = {
        name: compiled(ROOT, name) for name in ("testing/TestDollar", "SettlementVault", "FractionToken")
    }
    evm = Evm()
    dollar = evm.deploy(ADMIN, made["testing/TestDollar"])
    vault_at, token_at = created_by(ADMIN, evm.nonce_of(ADMIN))[:2]
    vault = evm.deploy(ADMIN, made["SettlementVault"], dollar, MARKETPLACE, token_at, SELLER, ADMIN)
    token = evm.deploy(ADMIN, made["FractionToken"], vault_at, MARKETPLACE, SELLER, NOBODY, NOTICE, ADMIN)
    assert [vault.address, token.address] == [vault_at.lower(), token_at.lower()]
    evm.send(ADMIN, token, "grantRole", evm.ask(token, "LISTER"), ADMIN)
    evm.send(ISSUER, dollar, "mint", ISSUER, 10**30)
    evm.send(ISSUER, dollar, "approve", vault, LARGEST)
    evm.send(ISSUER, vault, "deposit", account_of(ISSUER), 10**30)
    return Estate(evm, vault, token, evm.moment())


class Walk:
    """Random steps, each done by the law and by the contract alike."""

    def __init__(self, estate: Estate, seed: int) -> None:
        self.evm, self.token, self.vault = estate.evm, estate.token, estate.vault
        self.chance = random.Random(seed)
        self.law = RentLaw()
        self.pending: dict[int, tuple[int, int]] = {}  # amount and release time by period
        self.periods = 0
        self.evm.restore(estate.start)
        self.open(SUPPLIES[seed % len(SUPPLIES)])

    def open(self, supply: int) -> None:
        """Half is allotted, of the other half a fifth is kept back, and the rest is sold and not yet collected."""
        self.say(ADMIN, "list_property", HOUSE, ISSUER, supply, 0, "House", bytes(32), "")
        for _ in range(10):
            self.allot(supply // 20)
        sold = {holder: max(1, supply // 25) for holder in self.chance.sample(HOLDERS, 10)}
        self.say(SELLER, "reserve", HOUSE, ISSUER, sum(sold.values()))
        self.say(SELLER, "settle_sale", HOUSE, sum(sold.values()))
        self.law.uncollected.update(sold)

    def say(self, sender: str, function: str, *arguments: object) -> None:
        self.evm.send(sender, self.token, function, *arguments)

    def step(self) -> None:
        actions: list[tuple[int, Callable[[], None]]] = [
            (35, self.transfer),
            (10, self.lock),
            (8, self.unlock),
            (17, self.claim_somebodys),
            (10, self.declare),
            (10, self.release),
            (6, self.collect),
            (4, self.allot_some),
        ]
        weights, functions = zip(*actions, strict=True)
        self.chance.choices(functions, weights)[0]()

    def part_of(self, amount: int) -> int:
        return self.chance.choice([amount, self.chance.randint(0, amount), min(amount, 1)])

    def holder(self) -> str:
        return self.chance.choice(HOLDERS)

    def transfer(self) -> None:
        sender, receiver = self.holder(), self.holder()
        amount = self.part_of(self.law.free(sender))
        self.say(sender, "safeTransferFrom", sender, receiver, HOUSE, amount, b"")
        self.law.balances[sender] -= amount
        self.law.balances[receiver] += amount

    def lock(self) -> None:
        holder = self.holder()
        amount = self.part_of(self.law.free(holder))
        self.say(MARKETPLACE, "lock", HOUSE, holder, amount)
        self.law.locked[holder] += amount

    def unlock(self) -> None:
        holder = self.holder()
        amount = self.part_of(self.law.locked[holder])
        self.say(MARKETPLACE, "unlock", HOUSE, holder, amount)
        self.law.locked[holder] -= amount

    def claim_somebodys(self) -> None:
        self.claim(self.holder())

    def claim(self, holder: str) -> None:
        """What is bought and uncollected earned too, which comes with the collection."""
        if self.law.uncollected[holder]:
            return
        units = self.law.claim(holder)
        if units == 0:
            with pytest.raises(Reverted) as caught:
                self.say(STRANGER, "claim_rent", HOUSE, holder)
            assert decoded(caught.value.data).args[0] == Refusal("NothingToClaim").args[0]
            return
        self.say(STRANGER, "claim_rent", HOUSE, holder)
        assert self.money_of(holder) == self.law.paid[holder]

    def declare(self) -> None:
        self.periods += 1
        amount = self.chance.choice(RENTS) * self.chance.randint(1, 10)
        release_time = self.evm.timestamp + NOTICE + self.chance.randint(0, 10_000)
        self.say(ISSUER, "declare_rent", HOUSE, self.periods, amount, release_time)
        self.pending[self.periods] = amount, release_time

    def release(self) -> None:
        if not self.pending:
            return
        period = self.chance.choice(list(self.pending))
        amount, release_time = self.pending.pop(period)
        self.evm.travel(max(0, release_time - self.evm.timestamp))
        self.say(STRANGER, "release_rent", HOUSE, period)
        self.law.release(amount)

    def collect(self) -> None:
        holder = self.holder()
        amount = self.part_of(self.law.uncollected[holder])
        self.say(SELLER, "collect", HOUSE, holder, amount)
        self.law.uncollected[holder] -= amount
        self.law.balances[holder] += amount

    def allot_some(self) -> None:
        if not self.pending:
            left = self.evm.ask(self.token, "property_of", HOUSE)[2] - self.law.supply
            self.allot(self.part_of(left))

    def allot(self, amount: int) -> None:
        holder = self.holder()
        self.say(ISSUER, "allot", HOUSE, holder, amount)
        self.law.balances[holder] += amount

    def finish(self) -> None:
        """All rent is released, all fractions are collected, everybody claims."""
        while self.pending:
            self.release()
        for holder in HOLDERS:
            amount, self.law.uncollected[holder] = self.law.uncollected[holder], 0
            self.say(SELLER, "collect", HOUSE, holder, amount)
            self.law.balances[holder] += amount
        for holder in HOLDERS:
            self.claim(holder)

    # -- what must hold

    def money_of(self, holder: str) -> int:
        return int(self.evm.ask(self.vault, "balance_of", account_of(holder)))

    def check(self) -> None:
        ask, law = self.evm.ask, self.law
        assert ask(self.token, "rent_index_of", HOUSE) == law.index
        waiting = sum(amount for amount, _ in self.pending.values())
        assert ask(self.token, "pending_rent_of", HOUSE) == (waiting, len(self.pending), law.remainder)
        assert ask(self.token, "totalSupply", HOUSE) == law.supply
        for holder in HOLDERS:
            assert ask(self.token, "balanceOf", holder, HOUSE) == law.balances[holder]
            assert ask(self.token, "locked_of", holder, HOUSE) == law.locked[holder]
            if not law.uncollected[holder]:
                assert ask(self.token, "claimable_rent", holder, HOUSE) == law.claimable(holder)
        escrow = account_of(self.token.address, HOUSE)
        assert ask(self.vault, "balance_of", escrow) == waiting + law.released - law.paid.total()

    def check_that_nobody_lost_or_gained(self) -> None:
        law = self.law
        for holder in HOLDERS:
            due, units = law.exact.get(holder, Fraction(0)), law.paid[holder]
            assert abs(due - Fraction(law.scaled[holder], SCALE)) <= law.largest_error
            assert due - 1 - law.largest_error < units <= due + law.largest_error
        assert 0 <= law.released - law.paid.total() < len(HOLDERS)
        assert law.largest_error < 1


def walk(estate: Estate, seed: int) -> Walk:
    walked = Walk(estate, seed)
    for number in range(STEPS):
        walked.step()
        if number % CHECKED_EVERY == 0:
            walked.check()
    walked.finish()
    walked.check()
    walked.check_that_nobody_lost_or_gained()
    assert walked.law.releases > STEPS // 20
    return walked


def wind_up(walked: Walk) -> None:
    """The final distribution, with fractions in escrow: everybody is paid and nothing is left but dust."""
    law = walked.law
    release_time = walked.evm.timestamp + NOTICE
    walked.say(ISSUER, "declare_final", HOUSE, 10**12 + 7, release_time)
    walked.evm.travel(NOTICE)
    walked.say(STRANGER, "release_rent", HOUSE, FINAL)
    law.release(10**12 + 7)
    before = {holder: walked.money_of(holder) for holder in HOLDERS}
    due = {holder: law.claim(holder) for holder in HOLDERS}
    for holder in HOLDERS:
        for _ in range(2):
            if walked.evm.ask(walked.token, "claimable_rent", holder, HOUSE) or law.free(holder):
                walked.say(STRANGER, "claim_rent", HOUSE, holder)
            law.balances[holder] = law.locked[holder]
            walked.say(MARKETPLACE, "unlock", HOUSE, holder, law.locked[holder])
            law.locked[holder] = 0
        assert walked.money_of(holder) - before[holder] == due[holder]
    assert walked.evm.ask(walked.token, "totalSupply", HOUSE) == 0
    assert [walked.evm.ask(walked.token, "balanceOf", holder, HOUSE) for holder in HOLDERS] == [0] * len(HOLDERS)
    assert 0 <= law.released - law.paid.total() < len(HOLDERS)


@pytest.mark.parametrize("seed", range(QUICK_SEEDS))
def test_nobody_loses_or_gains_on_a_random_walk(estate: Estate, seed: int) -> None:
    wind_up(walk(estate, seed))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(QUICK_SEEDS, SEEDS))
def test_nobody_loses_or_gains_on_any_of_many_walks(estate: Estate, seed: int) -> None:
    wind_up(walk(estate, seed))
