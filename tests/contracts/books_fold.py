"""The books as one who reads nothing but events would keep them: vault, treasury, registry, offering, roles.

Each part answers the getters of its contract by their names, so that the two can be laid side by side.
Asserts that an event carries the values after its change.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from bench.compiled import Event
from tests.contracts.books_registry import NOBODY
from tests.contracts.ledger import OUTSIDE

Values = dict[str, Any]
TRANSFER, BATCH = 3, 4
BURNT = (1).to_bytes(32, "big")
WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
LEG = "(uint256,uint256,uint256,bytes32)"


class Fold:
    """Of one contract. A subclass has a method for each event, by its name, and answers for each getter."""

    def __init__(self) -> None:
        self.roles: dict[tuple[bytes, str], bool] = defaultdict(bool)
        self.is_paused = False

    def answers(self) -> dict[str, Callable[..., Any]]:
        """By getter. Made anew each time: a copy of a fold answers for itself."""
        return {"hasRole": lambda role, account: self.roles[role, account], "paused": lambda: self.is_paused}

    def begin(self) -> None:
        """A transaction begins."""

    def add(self, event: Event) -> None:
        name, values = event
        getattr(self, f"on_{WORD.sub('_', name).lower()}")(values)

    def on_role_granted(self, event: Values) -> None:
        self.roles[event["role"], event["account"]] = True

    def on_role_revoked(self, event: Values) -> None:
        self.roles[event["role"], event["account"]] = False

    def on_paused(self, _: Values) -> None:
        self.is_paused = True

    def on_unpaused(self, _: Values) -> None:
        self.is_paused = False


class VaultFold(Fold):
    def __init__(self) -> None:
        super().__init__()
        self.accounts: dict[int, int] = defaultdict(int)
        self.legs: dict[bytes, list[tuple[int, int, int, bytes]]] = {}
        self.kinds: dict[bytes, int] = {}
        self.burnt: set[bytes] = set()
        self.acted_before: set[bytes] = set()

    def answers(self) -> dict[str, Callable[..., Any]]:
        own: dict[str, Callable[..., Any]] = {
            "balance_of": self.accounts.__getitem__,
            "fingerprint_of": self.fingerprint,
        }
        return super().answers() | own

    def begin(self) -> None:
        self.acted_before = set(self.legs)

    def on_posting(self, event: Values) -> None:
        debit, credit, amount = event["debit_account"], event["credit_account"], event["amount"]
        self.accounts[debit] += amount if debit == OUTSIDE else -amount
        self.accounts[credit] += -amount if credit == OUTSIDE else amount
        assert (event["debit_balance"], event["credit_balance"]) == (self.accounts[debit], self.accounts[credit])
        if event["kind"] in (TRANSFER, BATCH):
            request_id = event["request_id"]
            assert request_id not in self.acted_before | self.burnt, "a key acted twice"
            self.legs.setdefault(request_id, []).append((debit, credit, amount, event["reference"]))
            self.kinds[request_id] = event["kind"]

    def on_key_burnt(self, event: Values) -> None:
        assert event["request_id"] not in self.legs, "a key was burnt that had acted"
        self.burnt.add(event["request_id"])

    def fingerprint(self, request_id: bytes) -> bytes:
        if request_id in self.burnt:
            return BURNT
        if request_id not in self.legs:
            return bytes(32)
        legs = self.legs[request_id]
        if self.kinds[request_id] == BATCH:
            return keccak(encode([f"{LEG}[]"], [legs]))
        assert len(legs) == 1, "a transfer with two postings"
        return keccak(encode([LEG], legs))


class TreasuryFold(Fold):
    def __init__(self) -> None:
        super().__init__()
        self.daily_limit = 0
        self.paid_on: dict[int, int] = defaultdict(int)

    def answers(self) -> dict[str, Callable[..., Any]]:
        own: dict[str, Callable[..., Any]] = {
            "daily_limit": lambda: self.daily_limit,
            "paid_on": lambda day: self.paid_on[day],
        }
        return super().answers() | own

    def on_daily_limit_set(self, event: Values) -> None:
        self.daily_limit = event["daily_limit"]

    def on_paid(self, event: Values) -> None:
        self.paid_on[event["day"]] += event["amount"]
        assert event["paid_today"] == self.paid_on[event["day"]]


class RegistryFold(Fold):
    def __init__(self) -> None:
        super().__init__()
        self.registrars: dict[int, str] = {}
        self.entries: dict[tuple[int, str], tuple[str, int, int, bool]] = {}

    def answers(self) -> dict[str, Callable[..., Any]]:
        own: dict[str, Callable[..., Any]] = {
            "list_count": lambda: len(self.registrars),
            "registrar_of": lambda number: self.registrars[number],
            "entry_of": lambda number, wallet: self.entries.get((number, wallet), (wallet, 0, 0, False)),
        }
        return super().answers() | own

    def on_list_created(self, event: Values) -> None:
        assert event["registry_list"] == len(self.registrars) + 1
        self.registrars[event["registry_list"]] = event["registrar"]

    def on_registrar_changed(self, event: Values) -> None:
        self.registrars[event["registry_list"]] = event["registrar"]

    def on_entry_set(self, event: Values) -> None:
        wallet = event["wallet"]
        entry = wallet, event["investor_id"], event["expiry"], event["frozen"]
        self.entries[event["registry_list"], wallet] = entry


class MarketplaceFold(Fold):
    """No more than its roles: its books have a state machine of their own."""

    def on_fee_receiver_set(self, _: Values) -> None:
        """Nobody asks for it here."""


class OfferingFold(Fold):
    """What a property's list is, only the token's events say."""

    TERMS = ("price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "minimum", "maximum")

    def __init__(self, lists: dict[int, int]) -> None:
        super().__init__()
        self.lists = lists
        self.status: dict[int, int] = defaultdict(int)
        self.subscribed: dict[int, int] = defaultdict(int)
        self.terms: dict[int, tuple[int, ...]] = {}
        self.subscriptions: dict[tuple[int, str], int] = defaultdict(int)

    def answers(self) -> dict[str, Callable[..., Any]]:
        own: dict[str, Callable[..., Any]] = {
            "offering_of": self.offering,
            "subscription_of": lambda property_id, wallet: self.subscriptions[property_id, wallet],
        }
        return super().answers() | own

    def offering(self, property_id: int) -> tuple[Any, ...]:
        if property_id not in self.terms:
            return 0, 0, 0, (0,) * len(self.TERMS)
        listed = self.lists[property_id]
        return self.status[property_id], self.subscribed[property_id], listed, self.terms[property_id]

    def on_offering_set(self, event: Values) -> None:
        property_id = event["property_id"]
        self.status[property_id], self.subscribed[property_id] = 1, 0
        self.terms[property_id] = tuple(event[term] for term in self.TERMS)

    def on_offering_cancelled(self, event: Values) -> None:
        del self.terms[event["property_id"]]

    def on_subscribed(self, event: Values) -> None:
        self._subscribe(event, event["amount"])

    def on_unsubscribed(self, event: Values) -> None:
        self._subscribe(event, -event["amount"])

    def _subscribe(self, event: Values, change: int) -> None:
        property_id, subscriber = event["property_id"], event["subscriber"]
        self.subscriptions[property_id, subscriber] += change
        self.subscribed[property_id] += change
        after = self.subscriptions[property_id, subscriber], self.subscribed[property_id]
        assert (event["subscription"], event["subscribed"]) == after

    def on_offering_closed(self, event: Values) -> None:
        property_id = event["property_id"]
        assert event["subscribed"] == self.subscribed[property_id]
        assert event["proceeds"] == (self.terms[property_id][0] * event["subscribed"] if event["settled"] else 0)
        self.status[property_id] = 2 if event["settled"] else 3

    def on_collected(self, event: Values) -> None:
        self._leave(event)

    def on_refunded(self, event: Values) -> None:
        assert event["money"] == event["amount"] * self.terms[event["property_id"]][0]
        self._leave(event)

    def _leave(self, event: Values) -> None:
        left = self.subscriptions.pop((event["property_id"], event["subscriber"]))
        assert event["amount"] == left


class DollarFold(Fold):
    """The stablecoin is not ours: of its books we want the balances."""

    def __init__(self) -> None:
        super().__init__()
        self.balances: dict[str, int] = defaultdict(int)

    def answers(self) -> dict[str, Callable[..., Any]]:
        own: dict[str, Callable[..., Any]] = {"balanceOf": lambda holder: self.balances[holder]}
        return super().answers() | own

    def on_approval(self, _: Values) -> None:
        """Not among the getters that are compared."""

    def on_transfer(self, event: Values) -> None:
        self.balances[event["sender"]] -= 0 if event["sender"] == NOBODY else event["value"]
        self.balances[event["receiver"]] += event["value"]
