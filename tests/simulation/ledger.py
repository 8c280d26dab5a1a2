"""What our contracts hold, in plain dictionaries, and what they would log as people use them by chance.

A ledger belongs to a block: each fork goes on from a copy, so each has a valid history of its own. Valid is what the
events say of each other: nobody gives what he does not have, and every balance in a log is the sum of the logs
before it.
"""

import random
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any

from tests.simulation.contracts import ISSUER, MARKET, PEOPLE, TOKEN

NOBODY = "0x" + 40 * "0"
OUTSIDE = 0
PROPERTIES_MAX = 5
Said = tuple[str, str, dict[str, Any]]
"""Contract, name and arguments of an event."""


@dataclass
class Ledger:
    """Values are never changed in place, so that a copy of the dictionaries is a copy of all."""

    supply: dict[int, int] = field(default_factory=dict)
    held: dict[tuple[int, str], int] = field(default_factory=dict)
    locked: dict[tuple[int, str], int] = field(default_factory=dict)
    money: dict[int, int] = field(default_factory=dict)
    books: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Fees in millionths, of makers and of takers."""
    orders: dict[tuple[int, int], tuple[str, int, int, int]] = field(default_factory=dict)
    """What rests, by property and number: owner, side, tick, remaining."""
    orders_placed: dict[int, int] = field(default_factory=dict)
    sales: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Price and state of a property's offering: open, settled, failed."""
    subscriptions: dict[tuple[int, str], int] = field(default_factory=dict)
    uncollected: dict[int, int] = field(default_factory=dict)
    rent: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Index and remainder."""
    declared: dict[tuple[int, int], int] = field(default_factory=dict)
    """Rents that await their release, by property and period."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often something happened that is numbered."""
    said: list[Said] = field(default_factory=list)
    """What was logged since the copy was made."""

    def after(self) -> "Ledger":
        """A copy to go on from, which has said nothing yet."""
        found = copy(self)
        for each in fields(self):
            setattr(found, each.name, copy(getattr(self, each.name)))
        found.said = []
        return found

    def say(self, contract: str, name: str, /, **args: Any) -> None:
        self.said.append((contract, name, args))

    def count(self, what: str) -> int:
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]

    # -- fractions

    def free(self, number: int, holder: str) -> int:
        """What a holder may give away."""
        return self.held.get((number, holder), 0) - self.locked.get((number, holder), 0)

    def move(self, number: int, sender: str, receiver: str, amount: int, operator: str) -> None:
        """A TransferSingle. What the marketplace moves, it takes out of the sender's lock."""
        parties = {"operator": operator, "sender": sender, "receiver": receiver}
        self.say(TOKEN, "TransferSingle", **parties, id=number, amount=amount)
        self.shift(number, sender, receiver, amount)
        if operator == MARKET:
            self.locked[number, sender] = self.locked.get((number, sender), 0) - amount

    def shift(self, number: int, sender: str, receiver: str, amount: int) -> None:
        if sender == NOBODY:
            self.supply[number] = self.supply.get(number, 0) + amount
        else:
            self.held[number, sender] -= amount
        self.held[number, receiver] = self.held.get((number, receiver), 0) + amount

    def lock(self, number: int, holder: str, amount: int) -> None:
        """Amounts below 0 unlock."""
        self.locked[number, holder] = locked = self.locked.get((number, holder), 0) + amount
        about = {"property_id": number, "holder": holder, "amount": abs(amount), "locked": locked}
        self.say(TOKEN, "Locked" if amount > 0 else "Unlocked", **about)

    # -- money

    def post(self, contract: str, debit: int, credit: int, amount: int, kind: int) -> None:
        self.money[debit] = self.money.get(debit, 0) + (amount if debit == OUTSIDE else -amount)
        self.money[credit] = self.money.get(credit, 0) + (-amount if credit == OUTSIDE else amount)
        request = self.count("posting").to_bytes(32, "big")
        about = {"amount": amount, "kind": kind, "request_id": request, "reference": bytes(32)}
        balances = {"debit_balance": self.money[debit], "credit_balance": self.money[credit]}
        self.say(contract, "Posting", debit_account=debit, credit_account=credit, **about, **balances)

    # -- sums that an index must show

    def sums(self) -> tuple[int, int, int]:
        """Supply of all properties, fractions held by all wallets, money that came from outside."""
        return sum(self.supply.values()), sum(self.held.values()), self.money.get(OUTSIDE, 0)


def account_of(owner: str, number: int = 0) -> int:
    return (int(owner, 16) << 96) + number


def somebody(chance: random.Random) -> str:
    return chance.choice(PEOPLE)


def some_property(ledger: Ledger, chance: random.Random) -> int:
    """A property that is listed; the first one is always there."""
    listed = ledger.counts.get("property", 0)
    return chance.randint(1, listed) if listed else list_property(ledger)


def list_property(ledger: Ledger) -> int:
    number = ledger.count("property")
    facts = {"supply_cap": 2**40, "registry_list": 0, "name": f"House {number}".encode()}
    ledger.say(TOKEN, "PropertyListed", property_id=number, issuer=ISSUER, **facts)
    return number
