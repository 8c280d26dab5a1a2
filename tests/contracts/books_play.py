"""How the state machine acts: on the model first, then on the contracts, which must do the same."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from bench.compiled import Contract
from bench.evm import Receipt, Reverted
from bench.stage import Stage
from tests.contracts.books_actions import KEYS
from tests.contracts.books_fold import Fold
from tests.contracts.books_model import Books, new_books
from tests.contracts.books_offering import Sale
from tests.contracts.books_picture import Scope, new_folds
from tests.contracts.books_registry import NOBODY
from tests.contracts.ledger import NUMBER_BITS
from tests.contracts.refusals import SELECTOR_LENGTH, Refusal, declared_errors

errors = cache(declared_errors)
Drawn = TypeVar("Drawn", int, tuple[int, int])


@dataclass
class State:
    """What was done, and what it should have led to."""

    books: Books
    folds: dict[str, Fold]
    made: list[tuple[str, tuple[int, int, int, bytes], bytes]] = field(default_factory=list)


class Play:
    """Owns no rules: it lets both sides act, and tells what differs."""

    def __init__(self, scope: Scope, state: State | None = None) -> None:
        super().__init__()
        self.scope, self.stage, self.evm = scope, scope.stage, scope.stage.evm
        self.people, self.holders = scope.people, scope.holders
        found = copy.deepcopy(state) if state else opening_state(self.stage)
        self.books, self.folds, self.made = found.books, found.folds, found.made
        self.moved = set(contracts_of(self.stage))  # contracts that may have changed since somebody last looked
        self.names = {contract.address: name for name, contract in contracts_of(self.stage).items()}

    @property
    def state(self) -> State:
        return State(self.books, self.folds, self.made)

    def attempt(
        self,
        expect: Callable[[], object],
        caller: str,
        contract: Contract,
        function: str,
        *arguments: object,
        mover: str = "",
    ) -> None:
        """The model acts and the contract after it; both accept, or both refuse for the same reason.

        `mover` may move sub-accounts too, by his signature; the caller may in any case.
        """
        before = copy.deepcopy(self.books)
        expected, refusal = expectation(expect)
        if refusal is not None:
            self.books = before
            found = self.refusal_of(caller, contract, function, *arguments)
            assert found == refusal, f"{function} of {caller}"
            return
        receipt = self.evm.send(caller, contract, function, *arguments)
        self.moved |= {self.names[address] for address in receipt.called & self.names.keys()}
        self.follow(receipt, (caller, mover))
        if isinstance(expected, bool):
            answer = contract.answer(function, arguments, receipt.output)
            assert answer[1] == expected, "whether money moved"

    def refusal_of(self, caller: str, contract: Contract, function: str, *arguments: object) -> Refusal | None:
        try:
            self.evm.send(caller, contract, function, *arguments)
        except Reverted as reverted:
            return refusal_in(reverted.data)
        return None

    def follow(self, receipt: Receipt, movers: tuple[str, ...]) -> None:
        for fold in self.folds.values():
            fold.begin()
        for address, (name, values) in receipt.events:
            if address in self.names:
                self.folds[self.names[address]].add((name, values))
            if name == "Posting":
                self.require_right_to_move(values["debit_account"], movers)
            if name in ("TransferSingle", "TransferBatch"):
                self.require_eligible(values)

    def require_right_to_move(self, account: int, movers: tuple[str, ...]) -> None:
        """V5: nobody but its owner moves a sub-account."""
        owner = f"0x{account >> NUMBER_BITS:040x}"
        agents = (self.stage.marketplace.address, self.stage.token.address, self.stage.offering.address)
        is_main = account == int(owner, 16) << NUMBER_BITS
        assert is_main or owner in movers or owner in agents, "somebody moved another's sub-account"

    def require_eligible(self, values: dict[str, object]) -> None:
        """T4: nobody gains who may not."""
        ids = values.get("ids", [values.get("id")])
        assert isinstance(ids, list | tuple)
        for property_id in ids:
            listed = self.books.token.properties.get(property_id)
            receiver = str(values["receiver"])
            registry_list = listed.registry_list if listed else 0
            may = receiver == NOBODY or self.books.registry.is_eligible(registry_list, receiver)
            assert may, f"{receiver} gained fractions of {property_id}"

    # -- what succeeds, for acts that would nearly always be refused if they were drawn blindly

    def issuer_of(self, property_id: int, entitled: bool) -> str:
        listed = self.books.token.properties.get(property_id)
        return listed.issuer if listed and entitled else self.people[2]

    def key_of(self, owner: str, kind: int, key: bytes | None) -> bytes:
        if key is not None:
            return key
        used = self.books.vault.keys
        return next((fresh for fresh in KEYS if (owner, kind, fresh) not in used), KEYS[0])

    def sales_at(self, is_ripe: Callable[[Sale], bool]) -> list[int]:
        """Properties whose offering is so."""
        return [property_id for property_id, sale in self.books.offering.sales.items() if is_ripe(sale)]

    def subscriptions_at(self, status: int) -> list[tuple[int, int]]:
        """Property and subscriber of what waits in an offering of this status."""
        sales, found = self.books.offering.sales, self.books.offering.subscriptions.items()
        return [(of, self.people.index(who)) for (of, who), amount in found if amount and sales[of].status == status]


def aimed(aim: bool, drawn: Drawn, targets: list[Drawn]) -> Drawn:
    """What was drawn, or one of the targets, by its first number."""
    if not aim or not targets:
        return drawn
    first = drawn if isinstance(drawn, int) else drawn[0]
    return targets[first % len(targets)]


def expectation(expect: Callable[[], object]) -> tuple[object, Refusal | None]:
    """What the model answers, or why it refuses."""
    try:
        return expect(), None
    except Refusal as refusal:
        return None, refusal


def contracts_of(stage: Stage) -> dict[str, Contract]:
    return {name: part for name, part in vars(stage).items() if isinstance(part, Contract)}


def opening_state(stage: Stage) -> State:
    state = State(new_books(stage), new_folds(stage))
    names = {contract.address: name for name, contract in contracts_of(stage).items()}
    for address, event in stage.evm.journal:
        if address in names:
            state.folds[names[address]].add(event)
    return state


def refusal_in(data: bytes) -> Refusal:
    """Addresses as in the model: in small letters."""
    if not data:
        return Refusal()
    name, types = errors()[data[:SELECTOR_LENGTH]]
    return Refusal(name, *decode(types, data[SELECTOR_LENGTH:]))


def request_id_of(owner: str, kind: int, key: bytes) -> bytes:
    return keccak(encode(["address", "uint8", "bytes32"], [owner, kind, key]))
