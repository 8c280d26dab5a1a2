"""Packing: every field of a word at every value leaves its neighbours alone, and lies where it is said to lie."""

from itertools import pairwise
from typing import Any

import pytest
from eth_utils.address import to_canonical_address
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.compiled import Contract
from bench.evm import Evm
from bench.stage import DEPLOYER_AT, ours

# Fields by their first bit and their width, in the order of the structs.
BOOK = {
    "best_bid": (0, 24),
    "best_ask": (24, 24),
    "last_number": (48, 40),
    "tick_size": (88, 56),
    "lot": (144, 16),
    "registry_list": (160, 32),
    "minimum_ticks": (192, 30),
    "maker_fee_ppm": (222, 14),
    "taker_fee_ppm": (236, 14),
    "is_halted": (254, 1),
    "is_closed": (255, 1),
}
LEVEL = {"head": (0, 40), "tail": (40, 40), "count": (80, 40), "quantity": (120, 88)}
ORDER = {"owner": (0, 160), "remaining": (160, 48), "filled": (208, 48)}
REST = {
    "next": (0, 40),
    "previous": (40, 40),
    "tick": (80, 24),
    "side": (104, 1),
    "expiry": (105, 40),
    "maker_fee_ppm": (145, 16),
    "tick_size": (161, 56),
}
Layout = dict[str, tuple[int, int]]
QUICK = settings(max_examples=60, deadline=None)
Probe = tuple[Evm, Contract]


@pytest.fixture(scope="module")
def probe() -> Probe:
    evm = Evm()
    return evm, evm.deploy(DEPLOYER_AT, ours("testing/BookProbe"))


def field(width: int) -> st.SearchStrategy[int]:
    """Its bounds, each bit of it alone, and anything between."""
    highest = 2**width - 1
    bits = st.integers(0, width - 1).map(lambda bit: 1 << bit)
    return st.sampled_from([0, 1, highest - 1 if width > 1 else 0, highest]) | bits | st.integers(0, highest)


def fields(layout: Layout) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*(field(width) for _, width in layout.values()))


def packed(layout: Layout, values: tuple[int, ...]) -> int:
    return sum(value << bit for (bit, _), value in zip(layout.values(), values, strict=True))


def with_flags(values: tuple[int, ...]) -> tuple[Any, ...]:
    return (*values[:-2], bool(values[-2]), bool(values[-1]))


def with_owner(values: tuple[int, ...]) -> tuple[Any, ...]:
    return f"0x{values[0]:040x}", *values[1:]


@pytest.mark.parametrize("layout", [BOOK, LEVEL, ORDER, REST])
def test_no_two_fields_of_a_word_overlap_and_none_leaves_it(layout: Layout) -> None:
    taken = sorted(layout.values())
    assert all(bit + width <= after for (bit, width), (after, _) in pairwise(taken))
    assert sum(taken[-1]) <= 256


@QUICK
@given(values=fields(BOOK))
def test_a_book_comes_back_as_it_was_packed(probe: Probe, values: tuple[int, ...]) -> None:
    evm, contract = probe
    word = packed(BOOK, values)
    assert evm.ask(contract, "packed_book", with_flags(values)) == word
    assert evm.ask(contract, "book", word) == with_flags(values)


@QUICK
@given(values=fields(LEVEL))
def test_a_level_is_read_as_it_lies(probe: Probe, values: tuple[int, ...]) -> None:
    evm, contract = probe
    assert evm.ask(contract, "level", packed(LEVEL, values)) == values


@QUICK
@given(first=fields(ORDER), second=fields(REST))
def test_an_order_comes_back_as_it_was_packed(probe: Probe, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    evm, contract = probe
    words = packed(ORDER, first), packed(REST, second)
    order = (*with_owner(first), *second)
    assert len(to_canonical_address(order[0])) == 20
    assert evm.ask(contract, "packed_order", order) == words
    assert evm.ask(contract, "order", *words) == order


@QUICK
@given(side=st.integers(0, 1), tick=st.integers(1, 2**24 - 2))
def test_the_index_of_an_index_is_the_tick_and_better_prices_have_lower_ones(
    probe: Probe, side: int, tick: int
) -> None:
    evm, contract = probe
    found = evm.ask(contract, "index", side, tick)
    assert 1 <= found <= 2**24 - 2
    assert evm.ask(contract, "index", side, found) == tick
    better = tick + (1 if side == 0 else -1)
    assert evm.ask(contract, "index", side, better) == found - 1
