"""The state machine over all contracts, its opening, and what must hold after every step."""

from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bench.evm import Moment
from bench.stage import (
    ADMIN_AT,
    DAILY_LIMIT,
    DEPLOYER_AT,
    ISSUER_AT,
    LARGEST,
    REGISTRAR_AT,
    RENT_NOTICE,
    Sources,
    address_of,
    ours,
    set_up,
)
from tests.contracts.books_actions import CAP, DAY, KEYS, action_of
from tests.contracts.books_fractions import Fractions
from tests.contracts.books_money import NAMES, Money
from tests.contracts.books_offering import Terms
from tests.contracts.books_picture import Picture, Scope, answered, of_folds, of_model, on_chain
from tests.contracts.books_play import Play, State, request_id_of
from tests.contracts.books_rent import SCALE
from tests.contracts.books_sales import Sales
from tests.contracts.ledger import OUTSIDE, account_of

WALLET = 3_000  # dollars in each person's hands at the start
FULL_EVERY = 25
PATIENT = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


class Acts(Money, Fractions, Sales):
    """Everything that can be done."""


def play(scope: Scope, chosen: settings) -> int:
    """Runs the machine from the opening; gives the number of its steps."""
    opening = Opening(scope)
    opening.open()
    moment, state = scope.stage.evm.moment(), opening.state
    steps = 0

    class FromTheOpening(Machine):
        def __init__(self) -> None:
            super().__init__(scope, moment, state)

        def teardown(self) -> None:
            nonlocal steps
            steps += self.steps

    run_state_machine_as_test(FromTheOpening, settings=chosen)
    return steps


def new_scope(sources: Sources = ours) -> Scope:
    stage = set_up(sources)
    wallet = stage.evm.deploy(DEPLOYER_AT, sources("testing/HostileReceiver"))
    return Scope(stage, tuple(address_of(name) for name in NAMES), wallet.address)


class Opening(Acts):
    """People hold money and fractions; each property stands at another point of its life."""

    def open(self) -> None:
        self.books.vault.request_ids = {
            (owner, kind, key): request_id_of(owner, kind, key)
            for owner in (*self.people, self.stage.treasury.address)
            for kind in (3, 4)
            for key in KEYS
        }
        self.lists()
        self.properties()
        self.money()
        self.sales()
        self.rents()
        self.transfer(0, True, 0, 1, 0, True, "part", bytes(32), KEYS[0])
        self.approve(0, 1, approved=True, sane=True)

    def lists(self) -> None:
        self.attempt(
            lambda: self.books.registry.create_list(ADMIN_AT, REGISTRAR_AT),
            ADMIN_AT, self.stage.registry, "create_list", REGISTRAR_AT, "Accredited",
        )  # fmt: skip
        self.enter(1, [(0, 30 * DAY, False), (1, 30 * DAY, False), (3, 5 * DAY, False)], "nothing", entitled=True)

    def properties(self) -> None:
        for property_id, registry_list in ((1, 0), (2, 1), (3, 0)):
            self.list_property(property_id, CAP, registry_list, entitled=True)
            for holder in (0, 1, 3):
                self.allot(property_id, holder, "part", entitled=True, sane=True)
            self.escrow(False, True, property_id, 0, "part", entitled=True)

    def money(self) -> None:
        for owner in (*self.people, ISSUER_AT):
            self.mint(owner, WALLET)
            self.allow(owner, LARGEST)
        for who in range(len(self.people)):
            self.deposit(who, who, 0, "part", sane=True)
            self.deposit(who, who, 1, "part", sane=True)
        for caller, account in ((ISSUER_AT, ISSUER_AT), (self.people[2], self.stage.treasury.address)):
            self.give(caller, account_of(account))

    def give(self, caller: str, account: int) -> None:
        self.attempt(
            lambda: self.books.vault.deposit(caller, account, DAILY_LIMIT),
            caller, self.stage.vault, "deposit", account, DAILY_LIMIT,
        )  # fmt: skip

    def sales(self) -> None:
        """The second property's is open, the third's is settled and nobody has collected."""
        now = self.evm.timestamp
        self.offer(3, Terms(3, 6, 6, now, now + 5, now + 10, 2, 4), entitled=True)
        for who in (0, 1, 2):
            self.subscribe(False, 3, who, 2)
        self.pass_by(5)
        self.close_offering(False, 3, 0)
        now = self.evm.timestamp
        self.offer(2, Terms(3, 9, 12, now, now + 2 * DAY, now + 4 * DAY, 2, 8), entitled=True)
        for who in (0, 1):
            self.subscribe(False, 2, who, 4)

    def rents(self) -> None:
        """The first and third property have paid one, and declared another."""
        for period in (1, 2):
            for property_id in (1, 3):
                self.declare_rent(False, property_id, period, "part", RENT_NOTICE, entitled=True)
            if period == 1:
                self.pass_by(RENT_NOTICE)
                self.release_rent(False, 1, period, 0)
                self.release_rent(False, 3, period, 0)

    def pass_by(self, seconds: int) -> None:
        self.evm.travel(seconds)
        self.books.clock.now = self.evm.timestamp


class Machine(Acts, RuleBasedStateMachine):
    """One rule for all actions: of many rules, hypothesis would leave out most in a short run."""

    def __init__(self, scope: Scope, moment: Moment, state: State) -> None:
        scope.stage.evm.restore(moment)
        super().__init__(scope, state)
        self.steps = 0
        self.seen: Picture = {}

    @rule(seed=st.integers(0, 2**64 - 1))
    def act(self, seed: int) -> None:
        name, arguments = action_of(seed, self.steps)
        note(f"{name} {arguments}")
        getattr(self, name)(**arguments)
        self.steps += 1

    @invariant()
    def all_books_agree(self) -> None:
        """Of a contract whose code did not run, and after a refusal, the answers are still those of the last look."""
        is_full = self.steps % FULL_EVERY == 0
        if not self.moved and not is_full:
            return
        listed = list(self.books.token.properties)
        getters = self.scope.moving(listed)
        changed = [getter for getter in getters if is_full or getter[0] in self.moved or getter not in self.seen]
        standing = self.scope.standing(self.books) if is_full else []
        self.seen = {**self.seen, **on_chain(self.stage, changed)}
        self.moved = set()
        found = self.seen | on_chain(self.stage, standing)
        getters = getters + standing
        assert_same(found, answered(of_model(self.books), getters))
        assert_same(found, answered(of_folds(self.folds), getters))
        assert len(answered(of_folds(self.folds), getters)) == len(getters), "a getter that no event feeds"
        check_vault(self, found)
        for property_id in listed:
            check_fractions(self, found, property_id)
            check_rent(self, found, property_id)
            check_sale(self, found, property_id)


def assert_same(found: Picture, expected: Picture) -> None:
    different = {getter: (found[getter], value) for getter, value in expected.items() if found[getter] != value}
    assert not different, f"on the chain, and as it should be: {different}"


def check_vault(play: Play, found: Picture) -> None:
    """V1, V2 and V3: what the vault holds is the sum of all accounts, and nothing is in an account not looked at."""
    accounts = {getter[2][0]: value for getter, value in found.items() if getter[:2] == ("vault", "balance_of")}
    total = sum(accounts.values()) - accounts[OUTSIDE]
    assert total == accounts[OUTSIDE]
    assert found["dollar", "balanceOf", (play.stage.vault.address,)] == total + play.books.vault.donated
    vault: Any = play.folds["vault"]
    assert {account for account, balance in vault.accounts.items() if balance} <= set(accounts)


def check_fractions(play: Play, found: Picture, property_id: int) -> None:
    """T1 and T2: balances and what is uncollected are the supply, within the cap; none is locked that is not held."""
    held = [found["token", "balanceOf", (holder, property_id)] for holder in play.holders]
    locked = [found["token", "locked_of", (holder, property_id)] for holder in play.holders]
    reserved, uncollected, _ = found["token", "sale_of", (property_id,)]
    supply = found["token", "totalSupply", (property_id,)]
    assert sum(held) + uncollected == supply
    assert supply + reserved <= play.books.token.properties[property_id].supply_cap
    assert all(part <= balance for part, balance in zip(locked, held, strict=True))


def check_rent(play: Play, found: Picture, property_id: int) -> None:
    """T5, to the last part of a unit: claimed, owed, earned and remaining together are what was released."""
    rent = play.books.rent
    index = found["token", "rent_index_of", (property_id,)]
    earned = 0
    for holder in play.holders:
        holding = property_id, holder
        mark, owed = found["token", "rent_position_of", (holder, property_id)]
        due = owed + found["token", "balanceOf", (holder, property_id)] * (index - mark)
        assert due + rent.claimed[holding] * SCALE == rent.earned[holding]
        assert abs(Fraction(rent.earned[holding], SCALE) - rent.exact[holding]) < 1
        earned += rent.earned[holding]
    _, uncollected, sold_at = found["token", "sale_of", (property_id,)]
    _, _, remainder = found["token", "pending_rent_of", (property_id,)]
    assert earned + uncollected * (index - sold_at) + remainder == rent.released(property_id) * SCALE
    escrowed = found["vault", "balance_of", (account_of(play.stage.token.address, property_id),)]
    claimed = sum(rent.claimed[property_id, holder] for holder in play.holders)
    pending, _, _ = found["token", "pending_rent_of", (property_id,)]
    assert escrowed == pending + rent.released(property_id) - claimed


def check_sale(play: Play, found: Picture, property_id: int) -> None:
    """T6: what was subscribed and neither settled nor taken back lies in escrow."""
    escrowed = found["vault", "balance_of", (account_of(play.stage.offering.address, property_id),)]
    assert escrowed == play.books.offering.money_of(property_id)
