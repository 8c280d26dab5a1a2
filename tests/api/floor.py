"""A trading floor for tests: books of a stack's properties, and people who place orders there by themselves."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eth_utils.crypto import keccak
from web3.logs import DISCARD

from api.values import ORDER_TYPES, SIDES
from local.people import UNIT, People, main_account
from tests.api.stack import Api, Stack

TICK_SIZE = UNIT // 100
LOT = 1
MINIMUM_TICKS = 100
MAKER_FEE_PPM, TAKER_FEE_PPM = 500, 1_500
PLENTY = 10**6
FAR_AWAY = 2**40 - 1
NEVER = 2**64 - 1
ROLES = ("LISTER", "PAUSER", "FEE")


@dataclass
class Floor:
    """A stack whose admin may open books, with numbers for properties that nobody uses."""

    stack: Stack
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(500))

    @property
    def people(self) -> People:
        return self.stack.people

    @property
    def api(self) -> Api:
        return self.stack.api

    @property
    def market(self) -> Any:
        return self.people.market.functions

    @property
    def lens(self) -> Any:
        return self.people.lens.functions

    @property
    def admin(self) -> str:
        return self.people.accounts[0]

    @property
    def issuer(self) -> str:
        return self.people.accounts[1]

    @property
    def persons(self) -> list[str]:
        return self.people.persons

    def opened(self, *, lot: int = LOT, registry_list: int = 0, **rules: int) -> int:
        """A property of which everybody has 1,000 fractions, with a book."""
        number, token = next(self.numbers), self.people.token.functions
        listing = token.list_property(number, self.issuer, PLENTY, registry_list, f"Quay {number}",
                                      keccak(b"%d" % number), "")  # fmt: skip
        self.people.send(listing, self.admin)
        for person in self.persons:
            self.people.send(token.allot(number, person, 1_000), self.issuer)
        self.open_book(number, lot=lot, **rules)
        return number

    def open_book(self, number: int, lot: int = LOT, tick_size: int = TICK_SIZE, minimum_ticks: int = MINIMUM_TICKS,
                  maker_fee_ppm: int = MAKER_FEE_PPM, taker_fee_ppm: int = TAKER_FEE_PPM) -> None:  # fmt: skip
        rules = (number, tick_size, lot, minimum_ticks, maker_fee_ppm, taker_fee_ppm)
        self.people.send(self.market.create_book(*rules), self.admin)

    def investors(self, *wallets: str) -> int:
        """A registry list with an entry for each of the wallets."""
        registry = self.people.registry.functions
        number = int(registry.list_count().call()) + 1
        self.people.send(registry.create_list(self.issuer, "Investors"), self.admin)
        entries = [(wallet, index + 1, NEVER, False) for index, wallet in enumerate(wallets)]
        self.people.send(registry.set_entries(number, entries), self.issuer)
        return number

    def order(self, number: int, side: str, tick: int, quantity: int, order_type: str = "good_till_cancelled",
              minimum_fill: int = 0, max_fills: int = 0, expiry: int = 0) -> tuple[int, ...]:  # fmt: skip
        """As the marketplace takes it."""
        kinds = SIDES.index(side), ORDER_TYPES.index(order_type)
        return (number, kinds[0], tick, quantity, kinds[1], minimum_fill, max_fills, expiry, FAR_AWAY)

    def place(self, who: str, *terms: Any, **more: Any) -> int:
        """The id of the order, which is placed."""
        receipt = self.people.send(self.market.place(self.order(*terms, **more)), who)
        (placed,) = self.people.market.events.OrderPlaced().process_receipt(receipt, DISCARD)
        return int(placed["args"]["order_id"])

    def close(self, number: int) -> None:
        """Close a book, as the token does when the end of a property is declared."""
        token, chain = self.people.token.address, self.stack.chain
        chain.call("anvil_impersonateAccount", token)
        chain.call("anvil_setBalance", token, hex(10**20))
        self.people.send(self.market.close_book(number), token)
        chain.call("anvil_stopImpersonatingAccount", token)
        self.stack.settle()

    def does(self, who: str, call: Any) -> int:
        """Somebody does something; its block, which is indexed."""
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

    def money_of(self, who: str, number: int = 0) -> int:
        return int(self.people.vault.functions.balance_of(main_account(who) + number).call())

    def read(self, path: str, **params: Any) -> dict[str, Any]:
        return self.api.read(path, **params)


def furnished_floor(stack: Stack) -> Floor:
    floor = Floor(stack)
    for role in ROLES:
        floor.people.send(floor.market.grantRole(keccak(text=role), floor.admin), floor.admin)
    return floor
