"""The state machine over the market, its opening, and how everybody leaves it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bench.compiled import Contract
from bench.evm import Moment
from bench.stage import (
    ADMIN_AT,
    DEPLOYER_AT,
    ISSUER_AT,
    LARGEST,
    LISTER_AT,
    REGISTRAR_AT,
    Sources,
    Stage,
    account_of,
    address_of,
    ours,
    set_up,
)
from tests.contracts.market_acts import NAMES, Acts
from tests.contracts.market_book import ASK, BID, Book, Order, id_of
from tests.contracts.market_draw import DAY, DEEP, LISTED, TICKS
from tests.contracts.market_model import MarketModel
from tests.contracts.market_play import State, opening_state
from tests.contracts.market_wallets import OUTSIDE

WALLET = 10**9  # units in everybody's hands at the start, of which a part goes into the vault
DEPOSITED = 2 * 10**8
# Powers of two all together, so that rent divides.
FRACTIONS = {1: (64, 64, 64, 32, 32), LISTED: (64, 64, 64, 32, 32), DEEP: (256, 256, 256, 128, 128)}
TERMS = {1: (10, 1, 0, 500, 1_500), LISTED: (1, 2, 2 * 65_535, 0, 1_500), DEEP: (7, 1, 0, 500, 1_500)}
ORDERS = 70  # in the deep book
MOST_CANCELLED = 128  # in one call
FULL_EVERY = 25
PATIENT = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Scope:
    """The last of the people is a contract, which takes what it is given."""

    stage: Stage
    people: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """The opening as a moment to come back to."""

    scope: Scope
    moment: Moment
    state: State

    def again(self) -> tuple[Stage, tuple[str, ...], State]:
        self.scope.stage.evm.restore(self.moment)
        return self.scope.stage, self.scope.people, self.state


@dataclass
class Played:
    """How much was done in all runs of a machine."""

    steps: int = 0
    fills: int = 0
    refusals: int = 0


def play(scope: Scope, chosen: settings) -> Played:
    """Runs the machine from the opening."""
    opened, played = opening_of(scope), Played()

    class FromTheOpening(Machine):
        def __init__(self) -> None:
            super().__init__(opened)

        def teardown(self) -> None:
            # A run that failed has nothing more to tell.
            if self.agreed == self.steps > self.left:
                self.leave()
            played.steps += self.steps
            played.fills += self.fills
            played.refusals += self.refusals

    run_state_machine_as_test(FromTheOpening, settings=chosen)
    return played


def new_scope(sources: Sources = ours) -> Scope:
    stage = set_up(sources)
    wallet = stage.evm.deploy(DEPLOYER_AT, sources("testing/HostileReceiver"))
    return Scope(stage, (*(address_of(name) for name in NAMES), wallet.address))


def opening_of(scope: Scope) -> Opened:
    opening = Opening(scope.stage, scope.people, opening_state(scope.stage))
    opening.open()
    return Opened(scope, scope.stage.evm.moment(), opening.state)


class Leaving(Acts):
    """`opened` has the last order's number of books whose orders stay."""

    steps = left = 0
    opened: Mapping[int, int] = MappingProxyType({})

    def leave(self) -> None:
        """M10, on a copy: everybody cancels and withdraws, and has exactly what is his; the books are empty then.

        Of the deep book nobody leaves until something has happened there: a scene tells that he could.
        """
        moment = self.evm.moment()
        books = {each: book for each, book in self.model.books.items() if book.last_number != self.opened.get(each)}
        theirs = Counter(self.model.money.dollars)
        for property_id, book in books.items():
            for person in self.people:
                orders = [order for order in book.resting if order.owner == person]
                theirs[person] += sum(book.needed(order) for order in orders if order.side == BID)
                ids = [id_of(property_id, order.number) for order in orders]
                for start in range(0, len(ids), MOST_CANCELLED):
                    some = ids[start : start + MOST_CANCELLED]
                    answer = self.send(person, self.stage.marketplace, "cancel_many", some).output
                    assert int.from_bytes(answer, "big") == len(some)
        for person in self.people:
            for number in (0, 1):
                self.withdraw_all(person, number)
                theirs[person] += self.model.money.balances[account_of(person, number)]
            assert self.evm.ask(self.stage.dollar, "balanceOf", person) == theirs[person]
        self.check_emptiness(books)
        self.evm.restore(moment)
        self.left = self.steps

    def withdraw_all(self, person: str, number: int) -> None:
        account = account_of(person, number)
        balance = self.storage.balance(account)
        if balance:
            self.send(person, self.stage.vault, "withdraw", account, balance, person)

    def check_emptiness(self, property_ids: Iterable[int]) -> None:
        """Nothing rests, nothing is locked, and the marketplace keeps fees and no more."""
        balances = {account: self.storage.balance(account) for account in self.accounts}
        for property_id in property_ids:
            found = self.found(property_id)
            assert not found.orders
            assert not found.levels
            assert not any(found.nodes.values())
            assert (found.best_bid, found.best_ask) == (0, 0)
            assert balances[account_of(self.stage.marketplace.address, property_id)] == 0
            for person in self.people:
                held = self.storage.holding(property_id, person)
                assert held == (self.model.fractions.balances[property_id, person], 0)
        assert balances[OUTSIDE] == sum(balances.values()) - balances[OUTSIDE]


class Opening(Leaving):
    """Three books: one for everybody, one with a list, and one of many small orders."""

    def open(self) -> None:
        self.lists()
        self.money()
        for property_id in TERMS:
            self.property(property_id)
        tick = TICKS[DEEP][0]
        for turn in range(ORDERS):
            side, tick = (ASK, TICKS[DEEP][turn % 7 == 0]) if turn % 2 else (BID, TICKS[DEEP][0] - 1 - (turn % 12 == 0))
            self.put(self.people[turn % 3], Order(DEEP, side, tick, 1))
        self.check(is_full=True)

    def lists(self) -> None:
        """The first two are one person."""
        self.evm.send(ADMIN_AT, self.stage.registry, "create_list", REGISTRAR_AT, "Accredited")
        for person, investor in zip(self.people, (1, 1, 2, 0, 3), strict=True):
            entry = investor, self.model.clock.now + 400 * DAY, False
            self.evm.send(REGISTRAR_AT, self.stage.registry, "set_entry", 1, person, *entry)
            self.model.lists.entries[person] = entry

    def money(self) -> None:
        for owner in (*self.people, ISSUER_AT):
            self.evm.send(owner, self.stage.dollar, "mint", owner, WALLET)
            self.evm.send(owner, self.stage.dollar, "approve", self.stage.vault, LARGEST)
            self.model.money.dollars[owner] = WALLET
            self.model.money.deposit(owner, DEPOSITED)
            self.follow(self.send(owner, self.stage.vault, "deposit", account_of(owner), DEPOSITED))

    def property(self, property_id: int) -> None:
        registry_list = int(property_id == LISTED)
        listing = property_id, ISSUER_AT, 10**6, registry_list, "House", bytes(32), ""
        self.evm.send(LISTER_AT, self.stage.token, "list_property", *listing)
        self.model.fractions.list_of[property_id] = registry_list
        for holder, amount in zip(self.people, FRACTIONS[property_id], strict=True):
            self.model.fractions.allot(property_id, holder, amount)
            self.follow(self.send(ISSUER_AT, self.stage.token, "allot", property_id, holder, amount))
        tick_size, lot, minimum_ticks, maker, taker = TERMS[property_id]
        self.follow(self.send(LISTER_AT, self.stage.marketplace, "create_book", property_id, *TERMS[property_id]))
        self.model.books[property_id] = Book(tick_size, lot, minimum_ticks, registry_list, maker, taker)


class Machine(Leaving, RuleBasedStateMachine):
    """One rule for all acts: of many rules, hypothesis would leave out most in a short run."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(*opened.again())
        self.steps = self.agreed = self.left = 0
        self.opened = {DEEP: opened.state.model.books[DEEP].last_number}

    def attempt(
        self,
        expect: Callable[[MarketModel], object],
        caller: str,
        contract: Contract,
        function: str,
        *arguments: object,
    ) -> None:
        note(f"{caller[:6]} {function} {arguments}")
        super().attempt(expect, caller, contract, function, *arguments)

    def pass_by(self, seconds: int) -> None:
        note(f"{seconds} seconds pass")
        super().pass_by(seconds)

    @rule(seed=st.integers(0, 2**64 - 1))
    def step(self, seed: int) -> None:
        self.steps += 1
        self.act(seed, self.steps)

    @invariant()
    def the_market_is_as_it_should_be(self) -> None:
        is_full = self.steps % FULL_EVERY == 0
        self.check(is_full)
        if is_full and self.steps:
            self.leave()
        self.agreed = self.steps
