"""Any sequence of calls leaves the vault and the token as the model says, and refuses what the model refuses.

After every step: all accounts together are what the vault holds, postings fold to every balance, keys acted
once, nothing is locked that is not held, all holdings of a property are its supply.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.contracts.ape_types import Account, Chain, Contract, Project, Receipt
from tests.contracts.books_actions import ACTIONS, CAP, Action, Share, amount_of
from tests.contracts.books_fold import Fold
from tests.contracts.books_model import NOBODY, Holding, TokenModel, VaultModel
from tests.contracts.conftest import Contracts
from tests.contracts.events import events_of
from tests.contracts.ledger import OUTSIDE, TRANSFER, account_of, bytes32
from tests.contracts.refusals import Refusal, refused_as

WALLET = 300  # dollars in each person's hands at the start
PROPERTIES = (1, 2, 3)
LISTED = (1, 2)

Answer = TypeVar("Answer")
Request = tuple[int, int, int, bytes, bytes]

PATIENT = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Stage:
    """Where the machine plays: one deployment, restored before each run."""

    chain: Chain
    contracts: Contracts
    lens: Contract
    receiver: Contract
    people: list[Account]
    lister: Account
    pauser: Account
    issuer: Account
    marketplace: Account


@dataclass
class Opening:
    """What was done before the first step, and what it led to."""

    vault_model: VaultModel
    token_model: TokenModel
    fold: Fold
    made: list[tuple[int, Request]]


class Books(RuleBasedStateMachine):
    """One rule for all actions: of many rules, hypothesis would leave out most in a short run."""

    def __init__(self, stage: Stage, opening: Opening | None = None) -> None:
        super().__init__()
        self.stage = stage
        self.snapshot = stage.chain.snapshot()
        self.dollar, self.vault, self.token = stage.contracts.dollar, stage.contracts.vault, stage.contracts.token
        self.pauser_role, self.lister_role = bytes(self.vault.PAUSER()), bytes(self.token.LISTER())
        self.people = stage.people
        self.owners = [*self.people, stage.receiver]
        self.accounts = [OUTSIDE, *(account_of(owner, number) for owner in self.owners for number in (0, 1))]
        self.holders = [owner.address for owner in self.owners]
        self.all_holdings = [(property_id, holder) for property_id in PROPERTIES for holder in self.holders]
        opening = copy.deepcopy(opening) if opening else self.empty_books()
        self.vault_model, self.token_model = opening.vault_model, opening.token_model
        self.fold, self.made = opening.fold, opening.made

    def empty_books(self) -> Opening:
        wallets = {person.address: self.dollar.balanceOf(person) for person in self.people}
        vault_model = VaultModel(self.vault.address, self.dollar.address, self.stage.pauser.address, wallets)
        deaf = frozenset([self.vault.address])
        token_model = TokenModel(self.stage.lister.address, self.stage.marketplace.address, deaf)
        return Opening(vault_model, token_model, Fold(), made=[])

    def open(self) -> Opening:
        """People hold dollars and fractions, some of them locked; a payment was made, an operator was approved."""
        for property_id in LISTED:
            self.list_property(property_id, CAP, entitled=True)
        for who in range(len(self.people)):
            for property_id in LISTED:
                self.allot(property_id, who, "part", entitled=True, sane=True)
                self.escrow(True, property_id, who, "part", entitled=True)
            self.deposit(who, who, 0, "part", sane=True)
            self.deposit(who, who, 1, "part", sane=True)
        self.approve(0, 1, approved=True)
        self.transfer(0, 0, 1, 0, True, "part", bytes(32), bytes(32))
        return Opening(self.vault_model, self.token_model, self.fold, self.made)

    @rule(action=ACTIONS)
    def act(self, action: Action) -> None:
        name, arguments = action
        getattr(self, name)(**arguments)

    def teardown(self) -> None:
        self.stage.chain.restore(self.snapshot)

    def attempt(self, expect: Callable[[], Answer], send: Callable[[], Receipt]) -> Answer | None:
        """Let the model act and the contract after it; both accept, or both refuse for the same reason."""
        try:
            answer = expect()
        except Refusal as refusal:
            with refused_as(refusal):
                send()
            return None
        receipt = send()
        self.fold.add(events_of(receipt, self.vault) + events_of(receipt, self.token))
        return answer

    def receiver_of(self, index: int) -> str:
        return str(self.owners[index].address)

    # -- the vault

    def deposit(self, who: int, owner: int, number: int, share: Share, sane: bool) -> None:
        caller = self.people[who]
        account = account_of(self.owners[owner] if sane else self.vault, number)
        amount = amount_of(share, self.vault_model.wallets[caller.address])
        self.attempt(
            lambda: self.vault_model.deposit(caller.address, account, amount),
            lambda: self.vault.deposit(account, amount, sender=caller),
        )

    def withdraw(self, who: int, owner: int, own: bool, number: int, share: Share, to: int, sane: bool) -> None:
        caller = self.people[who]
        account = account_of(self.people[who if own else owner], number)
        amount = amount_of(share, self.vault_model.balances[account])
        receiver = self.people[to].address if sane else self.vault.address
        self.attempt(
            lambda: self.vault_model.withdraw(caller.address, account, amount, receiver),
            lambda: self.vault.withdraw(account, amount, receiver, sender=caller),
        )

    def transfer(
        self, who: int, number: int, to: int, to_number: int, sane: bool, share: Share, reference: bytes, key: bytes
    ) -> None:
        from_account = account_of(self.people[who], number)
        to_account = account_of(self.owners[to], to_number) if sane else OUTSIDE
        amount = amount_of(share, self.vault_model.balances[from_account])
        request = from_account, to_account, amount, reference, key
        self.made.append((who, request))
        self.request(who, request)

    def transfer_with_a_known_key(self, made: int, how: str, somebody: int) -> None:
        who, (from_account, to_account, amount, reference, key) = self.made[made % len(self.made)]
        if how == "other amount":
            amount = 1 + amount // 2
        if how == "other reference":
            reference = bytes32("another")
        caller = somebody if how == "as somebody" else who
        self.request(caller, (from_account, to_account, amount, reference, key))

    def request(self, who: int, request: Request) -> None:
        caller = self.people[who]
        request_id = bytes(self.vault.request_id_of(caller, TRANSFER, request[-1]))
        acted = request_id in self.fold.requests
        moved = self.attempt(
            lambda: self.vault_model.transfer(caller.address, *request, request_id),
            lambda: self.vault.transfer(*request, sender=caller),
        )
        assert (request_id in self.fold.requests) == (acted or moved is True)
        assert any(bytes(self.vault.fingerprint_of(request_id))) == (request_id in self.fold.requests)

    def donate(self, who: int, share: Share) -> None:
        donor = self.people[who]
        amount = amount_of(share, self.vault_model.wallets[donor.address] // 10)
        self.attempt(
            lambda: self.vault_model.donate(donor.address, amount),
            lambda: self.dollar.transfer(self.vault, amount, sender=donor),
        )

    def switch(self, paused: bool, entitled: bool) -> None:
        caller = self.stage.pauser if entitled else self.people[0]
        self.attempt(
            lambda: self.vault_model.switch(caller.address, self.pauser_role, paused),
            lambda: (self.vault.pause if paused else self.vault.unpause)(sender=caller),
        )

    # -- the token

    def list_property(self, property_id: int, cap: int, entitled: bool) -> None:
        caller, issuer = self.stage.lister if entitled else self.people[0], self.stage.issuer
        self.attempt(
            lambda: self.token_model.list_property(caller.address, self.lister_role, property_id, issuer.address, cap),
            lambda: self.token.list_property(property_id, issuer, cap, "House", bytes(32), "", sender=caller),
        )

    def allot(self, property_id: int, to: int, share: Share, entitled: bool, sane: bool) -> None:
        caller = self.stage.issuer if entitled else self.people[0]
        receiver = self.receiver_of(to) if sane else self.vault.address
        amount = amount_of(share, self.token_model.unallotted(property_id))
        self.attempt(
            lambda: self.token_model.allot(caller.address, property_id, receiver, amount),
            lambda: self.token.allot(property_id, receiver, amount, sender=caller),
        )

    def approve(self, holder: int, operator: int, approved: bool) -> None:
        caller, trusted = self.people[holder], self.people[operator]
        self.attempt(
            lambda: self.token_model.approve(caller.address, trusted.address, approved),
            lambda: self.token.setApprovalForAll(trusted, approved, sender=caller),
        )

    def transfer_fractions(
        self, operator: int, sender: int, own: bool, to: int, sane: bool, property_id: int, share: Share
    ) -> None:
        caller, holder = self.people[operator], self.people[operator if own else sender].address
        receiver = self.receiver_of(to) if sane else NOBODY
        amount = amount_of(share, self.token_model.free(property_id, holder))
        self.attempt(
            lambda: self.token_model.transfer(caller.address, holder, receiver, [(property_id, amount)]),
            lambda: self.token.safeTransferFrom(holder, receiver, property_id, amount, b"", sender=caller),
        )

    def transfer_batch(
        self, operator: int, sender: int, own: bool, to: int, sane: bool, drawn: list[tuple[int, Share]]
    ) -> None:
        caller, holder = self.people[operator], self.people[operator if own else sender].address
        receiver = self.receiver_of(to) if sane else self.vault.address
        ids = [property_id for property_id, _ in drawn]
        amounts = [amount_of(share, self.token_model.free(property_id, holder)) for property_id, share in drawn]
        self.attempt(
            lambda: self.token_model.transfer(caller.address, holder, receiver, list(zip(ids, amounts, strict=True))),
            lambda: self.token.safeBatchTransferFrom(holder, receiver, ids, amounts, b"", sender=caller),
        )

    def escrow(self, locks: bool, property_id: int, holder: int, share: Share, entitled: bool) -> None:
        caller, held_by = self.stage.marketplace if entitled else self.people[0], self.owners[holder].address
        model, contract = self.token_model, self.token
        available = model.free(property_id, held_by) if locks else model.locked[property_id, held_by]
        amount = amount_of(share, available)
        self.attempt(
            lambda: (model.lock if locks else model.unlock)(caller.address, property_id, held_by, amount),
            lambda: (contract.lock if locks else contract.unlock)(property_id, held_by, amount, sender=caller),
        )

    # -- after every step

    @invariant()
    def accounts_are_those_of_the_model_and_of_the_fold_and_sum_to_what_the_vault_holds(self) -> None:
        found = dict(zip(self.accounts, self.stage.lens.balances_of(self.vault, self.accounts), strict=True))
        assert found == {account: self.vault_model.balances[account] for account in self.accounts}
        assert found == {account: self.fold.accounts[account] for account in self.accounts}
        assert set(self.fold.accounts) <= set(self.accounts)
        assert sum(found.values()) == 2 * found[OUTSIDE]
        assert self.dollar.balanceOf(self.vault) == found[OUTSIDE] + self.vault_model.donated

    @invariant()
    def holdings_are_those_of_the_model_and_of_the_fold(self) -> None:
        found = self.holdings()
        assert found == {each: (self.token_model.balances[each], self.token_model.locked[each]) for each in found}
        assert found == {each: (self.fold.holdings[each], self.fold.locked[each]) for each in found}
        assert {each for each in self.fold.holdings if each not in found} == set()
        assert all(locked <= balance for balance, locked in found.values())

    @invariant()
    def all_holdings_of_a_property_are_its_supply(self) -> None:
        supplies = self.stage.lens.supplies_of(self.token, PROPERTIES)
        for property_id, supply in zip(PROPERTIES, supplies, strict=True):
            held = [self.fold.holdings[property_id, holder] for holder in self.holders]
            assert supply == sum(held) == self.fold.supplies[property_id]

    def holdings(self) -> dict[Holding, tuple[int, int]]:
        """Balance and locked part on the chain, by property and holder."""
        rows = self.stage.lens.holdings_of(self.token, PROPERTIES, self.holders)
        return {each: (balance, locked) for each, (balance, locked) in zip(self.all_holdings, rows, strict=True)}


@pytest.fixture
def stage(
    chain: Chain,
    sources: Project,
    contracts: Contracts,
    hostile_receiver: Contract,
    deployer: Account,
    people: list[Account],
    lister: Account,
    pauser: Account,
    issuer: Account,
    marketplace: Account,
) -> Stage:
    lens = deployer.deploy(sources.BooksLens)
    for person in people:
        spare = contracts.dollar.balanceOf(person) - WALLET
        contracts.dollar.transfer(deployer, spare, sender=person)
    return Stage(chain, contracts, lens, hostile_receiver, people, lister, pauser, issuer, marketplace)


def play(stage: Stage, chosen: settings) -> None:
    opening = Books(stage).open()

    class BooksFromTheOpening(Books):
        def __init__(self) -> None:
            super().__init__(stage, opening)

    run_state_machine_as_test(BooksFromTheOpening, settings=chosen)


def test_the_books_agree_with_the_model_after_every_step(stage: Stage) -> None:
    """The same steps each time, and the first failure as it is, so that the default run stays short."""
    play(stage, settings(PATIENT, max_examples=9, stateful_step_count=24, derandomize=True, phases=[Phase.generate]))


@pytest.mark.full
def test_the_books_agree_with_the_model_after_thousands_of_other_steps(stage: Stage) -> None:
    play(stage, settings(PATIENT, max_examples=100, stateful_step_count=60))
