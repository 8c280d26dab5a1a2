"""How the market's state machine acts: on the model first, then on the contracts, which must do the same."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from eth_abi.abi import decode

from bench.compiled import Contract
from bench.evm import Receipt, Reverted
from bench.stage import FEE_RECEIVER_AT, ISSUER_AT, Stage, account_of
from tests.contracts.market_book import ASK, BID
from tests.contracts.market_checks import (
    check_a_fill_is_fair,
    check_bits_are_set_where_levels_are,
    check_escrow,
    check_fees_add_up,
    check_fills_come_in_order,
    check_levels_sum_their_orders,
    check_locks,
    check_nothing_is_lost,
    check_queues_are_well_formed,
    check_replay,
    check_the_book_is_not_crossed,
    check_vault,
)
from tests.contracts.market_fold import MarketFold
from tests.contracts.market_model import MarketModel
from tests.contracts.market_storage import Found, Market
from tests.contracts.market_wallets import OUTSIDE, Clock, Fractions, Lists, Money
from tests.contracts.refusals import SELECTOR_LENGTH, Refusal, declared_errors

NEWEST = 8  # orders that are looked for after each step even if they are gone

errors = cache(declared_errors)


@dataclass
class State:
    """What was done, and what it should have led to."""

    model: MarketModel
    fold: MarketFold
    moved: set[int] = field(default_factory=set)  # properties whose books may have changed since the last look


def opening_state(stage: Stage) -> State:
    clock, money = Clock(stage.evm.timestamp), Money()
    lists = Lists(clock)
    fractions = Fractions(stage.token.address, clock, money, lists)
    model = MarketModel(stage.marketplace.address, clock, money, fractions, lists, fee_receiver=FEE_RECEIVER_AT)
    fold = MarketFold(stage)
    for logged in stage.evm.journal:
        fold.add(logged)
    return State(model, fold)


class Play:
    """Owns no rules: it lets both sides act, and tells what differs."""

    def __init__(self, stage: Stage, people: tuple[str, ...], state: State) -> None:
        super().__init__()
        self.stage, self.evm, self.people = stage, stage.evm, people
        state = copy.deepcopy(state)
        self.model, self.fold, self.moved = state.model, state.fold, state.moved
        self.storage = Market(stage)
        self.touched: set[int] = set()  # properties whose books changed since the last full look
        self.fills = 0
        self.refusals = 0

    @property
    def state(self) -> State:
        return State(self.model, self.fold, self.moved)

    @property
    def accounts(self) -> list[int]:
        """All that can hold money here."""
        users = [account_of(person, number) for person in self.people for number in (0, 1)]
        agents = (self.stage.marketplace.address, self.stage.token.address)
        of_agents = [account_of(agent, property_id) for agent in agents for property_id in (0, *self.model.books)]
        return [OUTSIDE, *users, *of_agents, account_of(ISSUER_AT), account_of(FEE_RECEIVER_AT)]

    def attempt(
        self,
        expect: Callable[[MarketModel], object],
        caller: str,
        contract: Contract,
        function: str,
        *arguments: object,
    ) -> None:
        """The model acts and the contract after it; both accept, or both refuse for the same reason."""
        before = copy.deepcopy(self.model)
        self.model.said = []
        expected, refusal = outcome(lambda: expect(self.model))
        if refusal is not None:
            self.model = before
            self.refusals += 1
            _, found = outcome(lambda: self.send(caller, contract, function, *arguments))
            assert found == refusal, f"{function} of {caller}"
            return
        receipt = self.send(caller, contract, function, *arguments)
        self.follow(receipt)
        said = [event for address, event in receipt.events if address == self.stage.marketplace.address]
        assert said == self.model.said
        if expected is not None:
            assert contract.answer(function, arguments, receipt.output) == expected

    def send(self, caller: str, contract: Contract, function: str, *arguments: object) -> Receipt:
        try:
            return self.evm.send(caller, contract, function, *arguments)
        except Reverted as reverted:
            raise refusal_in(reverted.data) from reverted

    def follow(self, receipt: Receipt) -> None:
        """Folds what a call's events tell, and looks at its trades."""
        fills = []
        for logged in receipt.events:
            address, (name, values) = logged
            if name == "Filled":
                check_a_fill_is_fair(self.fold, self.model, values)
                fills.append(values)
            self.fold.add(logged)
            if address == self.stage.marketplace.address and "property_id" in values:
                self.moved.add(values["property_id"])
        check_fills_come_in_order(self.fold, fills)
        self.fills += len(fills)

    def pass_by(self, seconds: int) -> None:
        self.evm.travel(seconds)
        self.model.clock.now = self.evm.timestamp

    # -- what must hold

    def check(self, is_full: bool) -> None:
        """Of books that no event named, the structure is still that of the last look; the newest orders are looked for.

        A full look is for all orders that ever were, and asks the getters of all books that changed since the last one.
        """
        self.check_wallets()
        if is_full:
            self.moved = self.touched
        found = {property_id: self.found(property_id, is_full) for property_id in self.moved}
        for property_id, book in found.items():
            self.check_book(property_id, book)
        check_fees_add_up(self.fold, self.stage.marketplace.address)
        self.touched |= self.moved
        self.moved = set()
        if is_full:
            check_replay(self.evm, self.stage, self.fold, found)
            self.touched = set()

    def found(self, property_id: int, is_full: bool = True) -> Found:
        book = self.fold.books[property_id]
        newest = range(max(len(book.orders) - NEWEST, 0) + 1, len(book.orders) + 1)
        numbers = book.orders if is_full else {*newest, *(order.number for order in book.resting)}
        return self.storage.book(property_id, book.ticks, numbers)

    def check_wallets(self) -> None:
        """Balances and locks: as the model says, as the events say."""
        balances = {account: self.storage.balance(account) for account in self.accounts}
        assert balances == {account: self.model.money.balances[account] for account in self.accounts}
        assert balances == {account: self.fold.balances[account] for account in self.accounts}
        check_vault(self.stage, balances)
        holdings = [(property_id, person) for property_id in self.model.books for person in self.people]
        held = {holding: self.storage.holding(*holding) for holding in holdings}
        fractions = self.model.fractions
        assert held == {holding: (fractions.balances[holding], fractions.locked[holding]) for holding in holdings}
        assert held == {holding: (self.fold.held[holding], self.fold.locked[holding]) for holding in holdings}

    def check_book(self, property_id: int, found: Found) -> None:
        check_levels_sum_their_orders(found)
        check_bits_are_set_where_levels_are(found)
        check_queues_are_well_formed(found)
        check_the_book_is_not_crossed(found)
        check_escrow(found, self.storage.balance(account_of(self.stage.marketplace.address, property_id)))
        check_nothing_is_lost(self.fold.books[property_id])
        check_locks(self.fold, property_id, self.people)
        book = self.model.books[property_id]
        assert found.last_number == book.last_number
        for side in (BID, ASK):
            for tick in {order.tick for order in book.resting if order.side == side}:
                queue = [(each.number, each.owner, each.remaining, each.filled) for each in found.walk(side, tick)]
                orders = [each for each in book.resting if (each.side, each.tick) == (side, tick)]
                assert queue == [(each.number, each.owner, each.remaining, each.filled) for each in orders]
        terms = {each.number: (each.expiry, each.fee_ppm, book.tick_size) for each in book.resting}
        assert {each.number: (each.expiry, each.fee_ppm, each.tick_size) for each in found.orders.values()} == terms


def outcome(act: Callable[[], object]) -> tuple[object, Refusal | None]:
    try:
        return act(), None
    except Refusal as refusal:
        return None, refusal


def refusal_in(data: bytes) -> Refusal:
    """Addresses as in the model: in small letters."""
    if not data:
        return Refusal()
    name, types = errors()[data[:SELECTOR_LENGTH]]
    return Refusal(name, *decode(types, data[SELECTOR_LENGTH:]))
