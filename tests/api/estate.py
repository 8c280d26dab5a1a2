"""An issuer's side of a stack: properties brought in, offered, let and documented, at the times that a test says."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eth_utils.crypto import keccak
from web3 import Web3

from local.people import UNIT, People, main_account
from tests.api.stack import Api, Stack

PRICE = 2 * UNIT
HOUR = 3_600
NOTICE = 7 * 86_400
Reply = dict[str, Any]


@dataclass
class Estate:
    """A stack whose issuer has money, with numbers for properties that nobody uses."""

    stack: Stack
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    @property
    def api(self) -> Api:
        return self.stack.api

    @property
    def people(self) -> People:
        return self.stack.people

    @property
    def admin(self) -> str:
        return self.people.accounts[0]

    @property
    def issuer(self) -> str:
        return self.people.accounts[1]

    def does(self, who: str, call: Any) -> int:
        """Somebody does something; the block of it, which is indexed."""
        number = int(self.people.send(call, who)["blockNumber"])
        self.stack.settle()
        return number

    def now(self) -> int:
        return int(self.stack.web3.eth.get_block("latest")["timestamp"])

    def pass_time(self, until: int) -> int:
        """Mine a block of that time; its number."""
        self.stack.chain.call("evm_setNextBlockTimestamp", until)
        self.stack.chain.call("evm_mine")
        return self.stack.settle()

    def listed(self, supply_cap: int = 1_000, registry_list: int = 0, content: bytes | None = None) -> int:
        """A property that nobody has anything of. content: of its metadata document."""
        number = next(self.numbers)
        content_hash = keccak(content if content is not None else b"metadata %d" % number)
        listing = self.people.token.functions.list_property(
            number, self.issuer, supply_cap, registry_list, f"Quay {number}", content_hash, ""
        )
        self.does(self.admin, listing)
        return number

    def offered(self, number: int, **terms: int) -> dict[str, int]:
        """Its offering; opens in an hour, firm in two, over in three."""
        began = self.now()
        full = {
            "price": PRICE, "soft_cap": 50, "hard_cap": 100, "opens": began + HOUR, "firm": began + 2 * HOUR,
            "deadline": began + 3 * HOUR, "minimum": 5, "maximum": 100,
        } | terms  # fmt: skip
        self.does(self.issuer, self.people.offering.functions.set_offering(number, tuple(full.values())))
        return full

    def subscribe(self, who: str, number: int, amount: int) -> int:
        return self.does(who, self.people.offering.functions.subscribe(number, amount))

    def read(self, path: str, **params: Any) -> Reply:
        return self.api.read(path, **params)

    def offering(self, number: int, **params: Any) -> Reply:
        found: Reply = self.read(f"/offerings/{number}", **params)["offering"]
        return found

    def subscriptions(self, number: int, **params: Any) -> dict[str, Reply]:
        """By subscriber."""
        rows = self.read(f"/offerings/{number}/subscriptions", **params)["subscriptions"]
        return {row["subscriber"]: row for row in rows}

    def property(self, number: int, **params: Any) -> Reply:
        found: Reply = self.read(f"/properties/{number}", **params)["property"]
        return found


def furnished(stack: Stack) -> Estate:
    estate = Estate(stack)
    people, issuer = estate.people, estate.issuer
    people.send(people.dollar.functions.mint(issuer, 10**6 * UNIT), issuer)
    people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), issuer)
    people.send(people.vault.functions.deposit(main_account(issuer), 10**6 * UNIT), issuer)
    stack.settle()
    return estate


def role_id(name: str) -> bytes:
    return bytes(Web3.keccak(text=name))
