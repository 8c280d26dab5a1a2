"""RLP, the trie and blooms, beside the packages that the field uses: rlp, trie and eth-bloom."""

import random
from collections.abc import Sequence

import pytest
import rlp as reference_rlp
from eth_bloom.bloom import BloomFilter
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from indexer import bloom, rlp, trie

ITEMS = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=40)
SIZES = [0, 1, 2, 15, 16, 17, 127, 128, 129, 130, 255, 256, 257, 300]


def reference_root(values: Sequence[bytes]) -> bytes:
    found = HexaryTrie({})
    for index, value in enumerate(values):
        found[reference_rlp.encode(index)] = value
    return bytes(found.root_hash)


def encode(item: object) -> bytes:
    return rlp.string(item) if isinstance(item, bytes) else rlp.sequence(map(encode, item))  # type: ignore[call-overload]


@given(ITEMS)
def test_strings_and_lists_are_encoded_as_by_rlp(item: object) -> None:
    assert encode(item) == reference_rlp.encode(item)


@pytest.mark.parametrize("size", [55, 56, 255, 256, 65_535, 65_536])
def test_long_strings_carry_the_length_of_their_length(size: int) -> None:
    assert rlp.string(bytes(size)) == reference_rlp.encode(bytes(size))
    assert rlp.sequence([b"\1"] * size) == reference_rlp.encode([1] * size)


@given(st.integers(0, 2**256))
def test_integers_have_no_leading_zeros(value: int) -> None:
    assert rlp.integer(value) == reference_rlp.encode(value)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("longest", [1, 31, 33, 700], ids=lambda longest: f"values of up to {longest} bytes")
def test_a_root_is_that_of_the_whole_trie(size: int, longest: int) -> None:
    """Short values stand in the nodes above them instead of being named by a hash."""
    chance = random.Random(size)
    values = [chance.randbytes(chance.randint(1, longest)) for _ in range(size)]
    assert trie.root_of(values) == reference_root(values)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=140))
def test_any_list_has_the_root_that_the_trie_has(values: list[bytes]) -> None:
    assert trie.root_of(values) == reference_root(values)


@given(st.lists(st.binary(min_size=20, max_size=32), max_size=20))
def test_a_bloom_has_three_bits_for_each_of_its_items(items: list[bytes]) -> None:
    expected = BloomFilter()
    for item in items:
        expected.add(item)
    found = bloom.bloom_of("0x" + item.hex() for item in items)
    assert found == int(expected)
    assert all(bloom.may_hold(found, ["0x" + item.hex()]) for item in items)
    assert not bloom.may_hold(0, ["0x" + item.hex() for item in items])


def test_a_bloom_with_a_part_of_somebodys_bits_holds_nothing_of_theirs() -> None:
    ours, other = "0x" + 40 * "1", "0x" + 40 * "2"
    missing = bloom.bits_of(ours) & -bloom.bits_of(ours)
    assert not bloom.may_hold(bloom.bloom_of([ours]) ^ missing, [ours])
    assert bloom.may_hold(bloom.bloom_of([ours]), [other, ours])
