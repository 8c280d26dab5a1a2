"""The order book on a chain of one endless block: who trades in it, what they do, and what it says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import pytest
from eth_abi.abi import decode
from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak

from bench.compiled import Contract, Event
from bench.evm import Evm, Receipt, Reverted
from bench.stage import (
    ADMIN_AT,
    DEPLOYER_AT,
    ISSUER_AT,
    LISTER_AT,
    MAKER_FEE_PPM,
    REGISTRAR_AT,
    TAKER_FEE_PPM,
    Stage,
    account_of,
    address_of,
    ours,
)
from tests.contracts.delegation import DELEGATION
from tests.contracts.ledger import LARGEST, OUTSIDE
from tests.contracts.refusals import SELECTOR_LENGTH, Refusal, declared_errors

# Open to anyone, and to the wallets of a list; the barn is listed, and has no book.
HOUSE, FLAT, BARN = 1, 2, 3
LIST = 1
BID, ASK = 0, 1
GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL, FILL_OR_KILL, POST_ONLY, AT_MARKET = range(5)
CANCELLED, EXPIRED, SELF_TRADE, NOT_ELIGIBLE, UNFILLED, CLOSED = range(1, 7)
MAX_FILLS = MAX_REMOVALS = 128
BATCH = 32

ALICE, BOB, CAROL, DAVE = PEOPLE = [address_of(name) for name in ("alice", "bob", "carol", "dave")]
DOLLAR = 10**6
TICK_SIZE = 10_000
LARGEST_TICK = 2**24 - 2
LARGEST_VALUE = 2**96 - 1
LARGEST_QUANTITY = 2**48 - 1
NUMBER_BITS = 40
HOUR = 3_600
DAY = 24 * HOUR
LONGEST = 180 * DAY
FOR_EVER = 2**64 - 1
MILLION = 1_000_000
NOBODY = f"0x{0:040x}"
HASH = keccak(text="the deed")
FRACTIONS = 10**6  # of each property, each person's
MONEY = 10**9 * DOLLAR

errors = cache(declared_errors)


class Order(NamedTuple):
    """As Marketplace.Order."""

    property_id: int
    side: int
    tick: int
    quantity: int
    order_type: int
    minimum_fill: int
    max_fills: int
    expiry: int
    deadline: int


@dataclass(frozen=True)
class Market:
    """A stage with two books, where everybody has money and fractions."""

    stage: Stage
    lens: Contract

    @property
    def evm(self) -> Evm:
        return self.stage.evm

    @property
    def contract(self) -> Contract:
        return self.stage.marketplace

    @property
    def now(self) -> int:
        return self.evm.timestamp

    # -- what people do

    def send(self, who: str, function: str, *arguments: Any) -> Receipt:
        return self.evm.send(who, self.contract, function, *arguments)

    def order(self, side: int, tick: int, quantity: int, property_id: int = HOUSE, **changes: int) -> Order:
        """Within the hour, and then for as long as an order can rest."""
        order = Order(property_id, side, tick, quantity, GOOD_TILL_CANCELLED, 0, 0, 0, self.now + HOUR)
        return order._replace(**changes)

    def placing(self, who: str, side: int, tick: int, quantity: int, **changes: int) -> Receipt:
        return self.send(who, "place", self.order(side, tick, quantity, **changes))

    def place(self, who: str, side: int, tick: int, quantity: int, **changes: int) -> int:
        """The order's id."""
        return number_in(self.placing(who, side, tick, quantity, **changes))

    def fill(self, owner: str, amount: int = 0, fractions: int = 0, property_id: int = HOUSE) -> None:
        """Give somebody money, fractions, or both."""
        if amount:
            self.evm.send(DEPLOYER_AT, self.stage.vault, "deposit", account_of(owner), amount)
        if fractions:
            self.evm.send(ISSUER_AT, self.stage.token, "allot", property_id, owner, fractions)

    def enter(self, wallet: str, investor: int, expiry: int = FOR_EVER, is_frozen: bool = False) -> None:
        self.evm.send(REGISTRAR_AT, self.stage.registry, "set_entry", LIST, wallet, investor, expiry, is_frozen)

    def end(self, property_id: int) -> Receipt:
        """Declare its final distribution."""
        due = self.now + self.evm.ask(self.stage.token, "rent_notice")
        return self.evm.send(ISSUER_AT, self.stage.token, "declare_final", property_id, DOLLAR, due)

    def delegate(self, account: str, code: Contract) -> Contract:
        """Let an account carry the code of a contract (EIP-7702)."""
        self.evm.state.set_code(address_bytes(account), DELEGATION + address_bytes(code.address))
        self.evm.state.persist()
        self.evm.known[account] = Contract(account, code.abi)
        return self.evm.known[account]

    # -- what there is

    def ask(self, function: str, *arguments: Any) -> Any:
        return self.evm.ask(self.contract, function, *arguments)

    def look(self, function: str, *arguments: Any) -> Any:
        """What the lens says."""
        return self.evm.ask(self.lens, function, *arguments)

    def balance(self, account: int) -> int:
        return int(self.evm.ask(self.stage.vault, "balance_of", account))

    def money(self, owner: str) -> int:
        """In his main account."""
        return self.balance(account_of(owner))

    def escrow(self, property_id: int = HOUSE) -> int:
        return self.balance(account_of(self.contract.address, property_id))

    @property
    def charged(self) -> int:
        """Fees that nobody has collected."""
        return self.balance(account_of(self.contract.address))

    def fractions(self, holder: str, property_id: int = HOUSE) -> int:
        return int(self.evm.ask(self.stage.token, "balanceOf", holder, property_id))

    def locked(self, holder: str, property_id: int = HOUSE) -> int:
        return int(self.evm.ask(self.stage.token, "locked_of", holder, property_id))

    def remaining(self, *orders: int) -> list[int]:
        """Of each order; 0 where it does not rest."""
        return [self.ask("order_of", order_id)[1] for order_id in orders]

    def bests(self, property_id: int = HOUSE) -> tuple[int, int]:
        bid, ask, *_ = self.ask("book_of", property_id)
        return bid, ask

    def told(self, receipt: Receipt, *names: str) -> list[Event]:
        """What the marketplace said in a call, of these names."""
        events = (event for address, event in receipt.events if address == self.contract.address)
        return [event for event in events if event[0] in names]

    def filled(self, receipt: Receipt) -> list[tuple[int, int]]:
        """Which orders were met, and of how many fractions."""
        return [(said["maker_order"], said["quantity"]) for _, said in self.told(receipt, "Filled")]

    def removed(self, receipt: Receipt) -> list[tuple[int, int]]:
        """Which orders left, and why."""
        return [(said["order_id"], said["reason"]) for _, said in self.told(receipt, "OrderRemoved")]


def people_of(stage: Stage) -> Market:
    """Listings, a list of which alice, bob and carol are as three investors, books, money and fractions for all."""
    evm, token, vault = stage.evm, stage.token, stage.vault
    lens = evm.deploy(DEPLOYER_AT, ours("Lens"), stage.marketplace, stage.registry)
    market = Market(stage, lens)
    for person in (*PEOPLE, ISSUER_AT, DEPLOYER_AT):
        evm.send(person, stage.dollar, "mint", person, 2**99)
        evm.send(person, stage.dollar, "approve", vault, LARGEST)
        evm.send(person, vault, "deposit", account_of(person), MONEY)
    for property_id in (HOUSE, FLAT, BARN):
        listed = LIST if property_id == FLAT else 0
        evm.send(LISTER_AT, token, "list_property", property_id, ISSUER_AT, LARGEST_QUANTITY, listed, "", HASH, "")
        for person in PEOPLE[:3]:
            evm.send(ISSUER_AT, token, "allot", property_id, person, FRACTIONS)
    evm.send(ISSUER_AT, token, "allot", HOUSE, DAVE, FRACTIONS)
    for property_id in (HOUSE, FLAT):
        rates = MAKER_FEE_PPM, TAKER_FEE_PPM
        market.send(LISTER_AT, "create_book", property_id, TICK_SIZE, 1, 0, *rates)
    return market


def open_list(stage: Stage) -> None:
    """A list of residents, with alice, bob and carol as investors 1, 2 and 3."""
    stage.evm.send(ADMIN_AT, stage.registry, "create_list", REGISTRAR_AT, "Residents")
    for investor, wallet in enumerate(PEOPLE[:3], start=1):
        stage.evm.send(REGISTRAR_AT, stage.registry, "set_entry", LIST, wallet, investor, FOR_EVER, False)


def needed(price: int, remaining: int, filled: int, fee_ppm: int) -> int:
    """Units that an open bid escrows."""
    charged = price * filled * fee_ppm // MILLION
    return price * remaining + price * (filled + remaining) * fee_ppm // MILLION - charged


def id_of(number: int, property_id: int = HOUSE) -> int:
    return property_id << NUMBER_BITS | number


def number_in(receipt: Receipt) -> int:
    return int.from_bytes(receipt.output, "big")


def address_bytes(address: str) -> Any:
    return to_canonical_address(address)


def all_money(market: Market) -> int:
    return market.balance(OUTSIDE)


@contextmanager
def refused(error: str, *arguments: object) -> Iterator[None]:
    """Demands that the block is refused with this error and these arguments; addresses in small letters."""
    with pytest.raises(Reverted) as caught:
        yield
    found = refusal_in(caught.value.data)
    assert found == Refusal(error, *arguments), found


@contextmanager
def refused_silently() -> Iterator[None]:
    """Demands a revert without data: a refused ABI decoding, a taken lock."""
    with pytest.raises(Reverted) as caught:
        yield
    assert caught.value.data == b""


def refusal_in(data: bytes) -> Refusal:
    if not data:
        return Refusal()
    name, types = errors()[data[:SELECTOR_LENGTH]]
    return Refusal(name, *decode(types, data[SELECTOR_LENGTH:]))
