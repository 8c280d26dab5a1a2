"""What lies in the contracts' storage, read word by word where the compiler says that it lies.

The order book's words are taken apart here anew, by what contracts/modules/packing.vy promises in its first lines.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from eth_typing import Address
from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

from bench.compiled import Contract
from bench.evm import Evm
from bench.stage import ROOT, Stage
from tests.contracts.market_book import ASK, BID

HIGHEST_INDEX = 2**24 - 1  # of no tick: a side without orders
ROOT_DEPTH, BRANCH_DEPTH, LEAF_DEPTH = 1, 2, 3


@cache
def layout(name: str) -> dict[str, Any]:
    """Of a contract's storage: slots by variable, those of modules below the module's name."""
    sources = FilesystemInputBundle([ROOT])
    source = sources.load_file(Path("contracts") / f"{name}.vy")
    made = compile_from_file_input(source, input_bundle=sources, output_formats=["layout"])
    found: dict[str, Any] = made["layout"]["storage_layout"]
    return found


@cache
def place_of(slot: int, *keys: int) -> int:
    """Where a mapping keeps a value: Vyper hashes the slot first and the key after it."""
    for key in keys:
        slot = int.from_bytes(keccak(slot.to_bytes(32, "big") + key.to_bytes(32, "big")), "big")
    return slot


@dataclass(frozen=True)
class Storage:
    """Of one contract."""

    evm: Evm
    contract: Contract
    name: str

    @cached_property
    def address(self) -> Address:
        return Address(to_canonical_address(self.contract.address))

    def word(self, module: str, variable: str, *keys: int, offset: int = 0) -> int:
        slot = layout(self.name)[module][variable]["slot"]
        return self.evm.state.get_storage(self.address, place_of(slot, *keys) + offset)


def bits(word: int, lowest: int, width: int) -> int:
    return word >> lowest & (1 << width) - 1


@dataclass(frozen=True)
class Kept:
    """An order as it is kept."""

    number: int
    owner: str
    remaining: int
    filled: int
    next: int
    previous: int
    tick: int
    side: int
    expiry: int
    fee_ppm: int
    tick_size: int


@dataclass(frozen=True)
class Level:
    head: int
    tail: int
    count: int
    quantity: int


@dataclass
class Found:
    """The book of a property: levels and orders that are there, and the tree's words for all ticks ever used."""

    property_id: int
    best_bid: int  # ticks; 0 where a side is empty
    best_ask: int
    last_number: int
    levels: dict[tuple[int, int], Level] = field(default_factory=dict)  # by side and tick
    orders: dict[int, Kept] = field(default_factory=dict)  # by number
    nodes: dict[tuple[int, int, int], int] = field(default_factory=dict)  # by side, depth and part of the index

    def walk(self, side: int, tick: int) -> list[Kept]:
        """A level's orders along its links, as far as they lead to orders; never longer than there are orders."""
        queue: list[Kept] = []
        number = self.levels[side, tick].head
        while number in self.orders and len(queue) < len(self.orders):
            queue.append(self.orders[number])
            number = queue[-1].next
        return queue


class Market:
    """Storage of marketplace, vault and token."""

    def __init__(self, stage: Stage) -> None:
        self.market = Storage(stage.evm, stage.marketplace, "Marketplace")
        self.vault = Storage(stage.evm, stage.vault, "SettlementVault")
        self.token = Storage(stage.evm, stage.token, "FractionToken")

    def balance(self, account: int) -> int:
        return self.vault.word("postings", "balances", account)

    def holding(self, property_id: int, holder: str) -> tuple[int, int]:
        """Balance and locked."""
        word = self.token.word("holdings", "slots", property_id, int(holder, 16))
        return bits(word, 0, 48), bits(word, 48, 48)

    def book(self, property_id: int, ticks: Iterable[int], numbers: Iterable[int]) -> Found:
        """`ticks` are all that orders were ever placed at, `numbers` those of orders that may be there."""
        word = self.market.word("books", "words", property_id)
        bid, ask = (tick_of(side, bits(word, 24 * side, 24)) for side in (BID, ASK))
        found = Found(property_id, bid, ask, bits(word, 48, 40))
        for side in (BID, ASK):
            for tick in ticks:
                self.read_price(found, side, tick)
        for number in numbers:
            self.read_order(found, number)
        return found

    def read_price(self, found: Found, side: int, tick: int) -> None:
        index, side_key = index_of(side, tick), (found.property_id << 1 | side) << 26
        level = self.market.word("order_queue", "levels", side_key | index)
        if level:
            found.levels[side, tick] = Level(bits(level, 0, 40), bits(level, 40, 40), bits(level, 80, 40), level >> 120)
        for depth, part in ((ROOT_DEPTH, 0), (BRANCH_DEPTH, index >> 16), (LEAF_DEPTH, index >> 8)):
            node = self.market.word("price_levels", "nodes", side_key | depth << 24 | part)
            found.nodes[side, depth, part] = node

    def read_order(self, found: Found, number: int) -> None:
        order_id = found.property_id << 40 | number
        word = self.market.word("order_queue", "orders", order_id)
        if not word:
            return
        rest = self.market.word("order_queue", "orders", order_id, offset=1)
        found.orders[number] = Kept(
            number=number,
            owner=f"0x{bits(word, 0, 160):040x}",
            remaining=bits(word, 160, 48),
            filled=bits(word, 208, 48),
            next=bits(rest, 0, 40),
            previous=bits(rest, 40, 40),
            tick=bits(rest, 80, 24),
            side=bits(rest, 104, 1),
            expiry=bits(rest, 105, 40),
            fee_ppm=bits(rest, 145, 16),
            tick_size=rest >> 161,
        )


def index_of(side: int, tick: int) -> int:
    """Bids are mirrored: the best price has the lowest index on both sides."""
    return tick if side == ASK else HIGHEST_INDEX - tick


def tick_of(side: int, index: int) -> int:
    return 0 if index == HIGHEST_INDEX else index_of(side, index)
