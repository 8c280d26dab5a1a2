"""The FractionToken's books as one who reads nothing but its events would keep them."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.contracts.books_fold import Fold, Values
from tests.contracts.books_registry import NOBODY
from tests.contracts.books_token import NO_DOCUMENT, Document, Holding

SCALE = 2**48


class TokenFold(Fold):
    """Rent as the contract keeps it: a mark up to which a holder is settled, and what he is owed up to there."""

    def __init__(self, lists: dict[int, int], marketplace: str) -> None:
        super().__init__()
        self.lists, self.marketplace = lists, marketplace
        self.facts: dict[int, Values] = {}
        self.documents: dict[tuple[int, str], Document] = {}
        self.balances: dict[Holding, int] = defaultdict(int)
        self.locks: dict[Holding, int] = defaultdict(int)
        self.approvals: dict[tuple[str, str], bool] = defaultdict(bool)
        self.supplies: dict[int, int] = defaultdict(int)
        self.sales: dict[int, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
        self.collecting = 0
        self.index: dict[int, int] = defaultdict(int)
        self.remainders: dict[int, int] = defaultdict(int)
        self.marks: dict[Holding, int] = defaultdict(int)
        self.owed: dict[Holding, int] = defaultdict(int)
        self.rents: dict[tuple[int, int], tuple[int, int, bool]] = {}

    def answers(self) -> dict[str, Callable[..., Any]]:
        own: dict[str, Callable[..., Any]] = {
            "balanceOf": lambda holder, id: self.balances[id, holder],
            "locked_of": lambda holder, id: self.locks[id, holder],
            "rent_position_of": lambda holder, id: (self.marks[id, holder], self.owed[id, holder]),
            "claimable_rent": self.claimable,
            "isApprovedForAll": lambda holder, operator: self.approvals[holder, operator],
            "totalSupply": lambda id: self.supplies[id],
            "sale_of": lambda id: self.sales[id],
            "rent_index_of": lambda id: self.index[id],
            "pending_rent_of": self.pending,
            "rent_of": lambda id, period: self.rents.get((id, period), (0, 0, False)),
            "document_of": lambda id, name: self.documents.get((id, name), NO_DOCUMENT),
            "property_of": self.property,
            "uri": lambda id: self.facts[id]["metadata"][2],
        }
        return super().answers() | own

    def property(self, property_id: int) -> tuple[Any, ...]:
        facts = self.facts[property_id]
        names = ("issuer", "proposed", "supply_cap", "supply", "registry_list", "has_ended", "name", "metadata")
        return tuple({**facts, "supply": self.supplies[property_id]}[name] for name in names)

    def pending(self, property_id: int) -> tuple[int, int, int]:
        waiting = [
            amount for (of, _), (amount, _, released) in self.rents.items() if of == property_id and not released
        ]
        return sum(waiting), len(waiting), self.remainders[property_id]

    def claimable(self, holder: str, property_id: int) -> int:
        holding = property_id, holder
        risen = self.index[property_id] - self.marks[holding]
        return (self.owed[holding] + self.balances[holding] * risen) // SCALE

    # -- properties

    def on_property_listed(self, event: Values) -> None:
        property_id = event["property_id"]
        self.lists[property_id] = event["registry_list"]
        self.facts[property_id] = {**event, "proposed": NOBODY, "has_ended": False, "metadata": NO_DOCUMENT}

    def on_issuer_proposed(self, event: Values) -> None:
        self.facts[event["property_id"]]["proposed"] = event["issuer"]

    def on_issuer_changed(self, event: Values) -> None:
        self.facts[event["property_id"]] |= {"issuer": event["issuer"], "proposed": NOBODY}

    def on_metadata_set(self, event: Values) -> None:
        facts = self.facts[event["property_id"]]
        assert event["version"] == facts["metadata"][0] + 1
        facts["metadata"] = event["version"], event["content_hash"], event["uri"]

    def on_uri(self, event: Values) -> None:
        assert event["value"] == self.facts[event["id"]]["metadata"][2]

    def on_document_set(self, event: Values) -> None:
        document = event["property_id"], event["name"]
        assert event["version"] == self.documents.get(document, NO_DOCUMENT)[0] + 1
        self.documents[document] = event["version"], event["content_hash"], event["uri"]

    def on_property_ended(self, event: Values) -> None:
        self.facts[event["property_id"]]["has_ended"] = True

    # -- fractions

    def on_approval_for_all(self, event: Values) -> None:
        self.approvals[event["owner"], event["operator"]] = event["approved"]

    def on_transfer_single(self, event: Values) -> None:
        # What the marketplace moves comes out of a maker's locks; there is no other event of it.
        if event["operator"] == self.marketplace:
            self.locks[event["id"], event["sender"]] -= event["amount"]
        self._move(event["sender"], event["receiver"], event["id"], event["amount"])

    def on_transfer_batch(self, event: Values) -> None:
        for property_id, amount in zip(event["ids"], event["amounts"], strict=True):
            self._move(event["sender"], event["receiver"], property_id, amount)

    def _move(self, sender: str, receiver: str, property_id: int, amount: int) -> None:
        for holder in {sender, receiver} - {NOBODY}:
            self._settle((property_id, holder))
        if sender == NOBODY:
            # What was collected is in the supply since the sale.
            self.supplies[property_id] += amount - self.collecting
            self.collecting = 0
        else:
            self.balances[property_id, sender] -= amount
        if receiver == NOBODY:
            self.supplies[property_id] -= amount
        else:
            self.balances[property_id, receiver] += amount

    def on_locked(self, event: Values) -> None:
        self._lock(event, event["amount"])

    def on_unlocked(self, event: Values) -> None:
        self._lock(event, -event["amount"])

    def _lock(self, event: Values, change: int) -> None:
        holding = event["property_id"], event["holder"]
        self.locks[holding] += change
        assert event["locked"] == self.locks[holding]

    # -- sales

    def on_fractions_reserved(self, event: Values) -> None:
        self.sales[event["property_id"]] = event["reserved"], 0, 0

    def on_sale_settled(self, event: Values) -> None:
        property_id = event["property_id"]
        self.supplies[property_id] += event["sold"]
        assert (event["supply"], event["rent_index"]) == (self.supplies[property_id], self.index[property_id])
        self.sales[property_id] = 0, event["sold"], event["rent_index"]

    def on_fractions_collected(self, event: Values) -> None:
        property_id, amount = event["property_id"], event["amount"]
        reserved, uncollected, sold_at = self.sales[property_id]
        assert event["uncollected"] == uncollected - amount
        self.sales[property_id] = reserved, uncollected - amount, sold_at
        self.owed[property_id, event["holder"]] += amount * (self.index[property_id] - sold_at)
        self.collecting = amount

    # -- rent

    def on_rent_declared(self, event: Values) -> None:
        self.rents[event["property_id"], event["period"]] = event["amount"], event["release_time"], False

    def on_rent_released(self, event: Values) -> None:
        property_id, period = event["property_id"], event["period"]
        amount, release_time, released = self.rents[property_id, period]
        assert (event["amount"], released) == (amount, False)
        self.rents[property_id, period] = amount, release_time, True
        self.index[property_id], self.remainders[property_id] = event["rent_index"], event["remainder"]

    def on_rent_claimed(self, event: Values) -> None:
        holding = event["property_id"], event["holder"]
        self._settle(holding)
        assert event["amount"] * SCALE + event["owed"] == self.owed[holding]
        self.owed[holding] = event["owed"]

    def _settle(self, holding: Holding) -> None:
        index = self.index[holding[0]]
        self.owed[holding] += self.balances[holding] * (index - self.marks[holding])
        self.marks[holding] = index
