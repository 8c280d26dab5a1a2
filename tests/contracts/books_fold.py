"""The books as one who reads nothing but events would keep them."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.books_model import NOBODY, Holding
from tests.contracts.events import Event
from tests.contracts.ledger import OUTSIDE, TRANSFER


@dataclass
class Fold:
    """Asserts that each event carries the values after its change."""

    accounts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    requests: set[bytes] = field(default_factory=set)
    holdings: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    locked: dict[Holding, int] = field(default_factory=lambda: defaultdict(int))
    supplies: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, events: list[Event]) -> None:
        """Other events of the two contracts change none of these books."""
        folds = {
            "Posting": self._posting,
            "TransferSingle": self._transfer_single,
            "TransferBatch": self._transfer_batch,
            "Locked": self._locked,
            "Unlocked": self._unlocked,
        }
        for name, event in events:
            if name in folds:
                folds[name](event)

    def _posting(self, event: dict[str, Any]) -> None:
        debit, credit, amount = event["debit_account"], event["credit_account"], event["amount"]
        self.accounts[debit] += amount if debit == OUTSIDE else -amount
        self.accounts[credit] += -amount if credit == OUTSIDE else amount
        assert (event["debit_balance"], event["credit_balance"]) == (self.accounts[debit], self.accounts[credit])
        if event["kind"] == TRANSFER:
            assert event["request_id"] not in self.requests, "a key acted twice"
            self.requests.add(event["request_id"])

    def _transfer_single(self, event: dict[str, Any]) -> None:
        self._move(event["sender"], event["receiver"], event["id"], event["amount"])

    def _transfer_batch(self, event: dict[str, Any]) -> None:
        for property_id, amount in zip(event["ids"], event["amounts"], strict=True):
            self._move(event["sender"], event["receiver"], property_id, amount)

    def _move(self, sender: str, receiver: str, property_id: int, amount: int) -> None:
        if sender == NOBODY:
            self.supplies[property_id] += amount
        else:
            self.holdings[property_id, sender] -= amount
        self.holdings[property_id, receiver] += amount

    def _locked(self, event: dict[str, Any]) -> None:
        self._lock(event, event["amount"])

    def _unlocked(self, event: dict[str, Any]) -> None:
        self._lock(event, -event["amount"])

    def _lock(self, event: dict[str, Any], change: int) -> None:
        holding = event["property_id"], event["holder"]
        self.locked[holding] += change
        assert event["locked"] == self.locked[holding]
