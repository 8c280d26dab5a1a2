"""Rent read from the histories is, to the last unit, what the contract's marks and sums come to, as of any block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer.chain import Address, BlockNumber, LogIndex, PropertyId
from indexer.entitlements import rent_by_release, rent_totals
from indexer.events import Event
from indexer.projections.offerings import offerings_at, subscriptions_at
from indexer.projections.properties import properties_at
from indexer.projections.rent import rent_claims_at
from local.postgres import Postgres
from tests.indexer.folding import Folding, folding
from tests.indexer.landlord import Place, Property

HOLDERS = [Address("0x" + 40 * digit) for digit in "abcd"]


@pytest.fixture(scope="module")
def version(postgres: Postgres) -> Iterator[Folding]:
    with folding(postgres.create_database("rent")) as found:
        yield found


@dataclass
class Street:
    """Two properties, a log, and how the world stood at the end of every block."""

    log: list[Event] = field(default_factory=list)
    block: int = 1
    index: int = 0
    stood: dict[int, dict[tuple[Address, int], tuple[int, int, int]]] = field(default_factory=dict)
    properties: list[Property] = field(init=False)

    def __post_init__(self) -> None:
        self.properties = [Property(PropertyId(number), self.next_place, self.log) for number in (1, 2)]

    def next_place(self) -> Place:
        self.index += 1
        return BlockNumber(self.block), LogIndex(self.index)

    def do(self, act: tuple[Any, ...]) -> None:
        match act:
            case ("block",):
                self.end_block()
            case (name, number, *arguments):
                getattr(self.properties[number], name)(*arguments)

    def end_block(self) -> None:
        """Remember (earned, claimed, claimable) of everybody who has a part in a release."""
        self.stood[self.block] = {
            (holder, place.number): (place.earned(holder), place.claimed[holder], place.claimable(holder))
            for place in self.properties
            for holder in place.parts
        }
        self.block += 1
        self.index = 0


def street(acts: list[tuple[Any, ...]]) -> Street:
    found = Street()
    for act in acts:
        found.do(act)
    found.end_block()
    return found


holders = st.sampled_from(HOLDERS)
numbers = st.sampled_from([0, 0, 0, 1])
counts = st.integers(1, 9) | st.integers(1, 2**40)
money = st.integers(1, 1000) | st.integers(1, 2**100)
acts = st.one_of(
    st.just(("block",)),
    st.tuples(st.just("allot"), numbers, holders, counts),
    st.tuples(st.just("transfer"), numbers, holders, holders, counts),
    st.tuples(st.just("release"), numbers, money),
    st.tuples(st.just("release"), numbers, money),
    st.tuples(st.just("claim"), numbers, holders),
    st.tuples(st.just("subscribe"), numbers, holders, counts | st.integers(-9, -1)),
    st.tuples(st.just("settle_sale"), numbers),
    st.tuples(st.just("collect"), numbers, holders),
    st.tuples(st.just("release"), numbers, money, st.just(True)),
)
ANNA, BRUNO = HOLDERS[:2]
A_LIFE: list[tuple[Any, ...]] = [
    ("allot", 0, ANNA, 3), ("subscribe", 0, BRUNO, 4), ("subscribe", 0, ANNA, 5), ("subscribe", 0, ANNA, -1),
    ("release", 0, 100), ("block",), ("settle_sale", 0), ("release", 0, 100), ("collect", 0, ANNA), ("claim", 0, ANNA),
    ("release", 0, 50), ("block",), ("claim", 0, BRUNO), ("collect", 0, BRUNO), ("claim", 0, BRUNO),
    ("transfer", 0, ANNA, BRUNO, 2), ("release", 0, 7, True), ("block",), ("claim", 0, ANNA), ("claim", 0, BRUNO),
]  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(done=st.lists(acts, min_size=1, max_size=60), cuts=st.sets(st.integers(0, 150), max_size=5))
@example(done=A_LIFE, cuts=set())
@example(done=A_LIFE, cuts=set(range(60)))
def test_rent_of_anybody_as_of_any_block(version: Folding, done: list[tuple[Any, ...]], cuts: set[int]) -> None:
    told = street(done)
    with version.afresh():
        for batch in batches(told.log, cuts):
            version.fold(batch)
        for block, stood in told.stood.items():
            for holder in HOLDERS:
                found = version.rows(rent_totals(raw(holder), block))
                assert [row["property_id"] for row in found] == sorted(n for who, n in stood if who == holder)
                for row in found:
                    earned, claimed, claimable = stood[holder, row["property_id"]]
                    assert (row["earned"], row["claimed"], row["claimable"]) == (earned, claimed, claimable)
                    assert row["earned"] == row["claimed"] + row["claimable"] + row["uncollected_rent"]
        check_releases(version, told)
        check_properties(version, told)


def batches(log: list[Event], cuts: set[int]) -> Iterator[list[Event]]:
    """The log in pieces, of whole blocks, as the indexer's batches are."""
    places = sorted({cut for cut in cuts if 0 < cut < len(log) and log[cut - 1][0] != log[cut][0]})
    for start, end in zip([0, *places], [*places, len(log)], strict=True):
        yield log[start:end]


def check_releases(version: Folding, told: Street) -> None:
    """At the head: each release with its fractions, and units that add up."""
    for holder in HOLDERS:
        rows = version.rows(rent_by_release(raw(holder), told.block))
        for place in told.properties:
            mine = [row for row in rows if row["property_id"] == place.number]
            parts = place.parts.get(holder, [])
            names = ("period", "fractions", "uncollected", "index_change")
            assert [tuple(row[name] for name in names) for row in mine] == [
                (part.period, part.fractions, part.uncollected, part.index_change) for part in parts
            ]
            assert sum(row["earned"] for row in mine) == place.earned(holder)
            for row in mine:
                assert row["collectable"] == min(row["uncollected"], place.uncollected(holder))
            one = version.rows(rent_by_release(raw(holder), told.block, place.number))
            assert one == mine
            claims = version.rows(rent_claims_at(told.block, raw(holder), place.number, None, 1000))
            assert sum(row["amount"] for row in claims) == place.claimed[holder]
            assert (claims[0]["claimed"] if claims else 0) == place.claimed[holder]


def check_properties(version: Folding, told: Street) -> None:
    """Supply, with what was sold and without what was burnt; and subscriptions, collected or not."""
    supplies = {row[0]: row[-1] for row in sorted(version.tables()["supply_changes"], key=lambda row: row[1:4])}
    for place in told.properties:
        assert supplies.get(place.number, 0) == place.supply
        assert place.supply == sum(place.balances.values()) + sum(map(place.uncollected, HOLDERS))
        owing = {
            row["subscriber"]: row["subscription"]
            for row in version.rows(subscriptions_at(told.block, property_id=place.number))
            if row["state"] in ("open", "settled")
        }
        assert owing == {raw(who): count for who, count in place.subscriptions.items() if count}
        offerings = version.rows(offerings_at(told.block, place.number))
        expected = [] if not place.offered else ["open"] if place.sale_mark is None else ["settled"]
        assert [row["status"] for row in offerings] == expected
    assert version.rows(properties_at(told.block)) == [], "nobody listed them"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    shared=st.lists(acts, max_size=25), lost=st.lists(acts, min_size=1, max_size=25), won=st.lists(acts, max_size=25)
)
@example(shared=A_LIFE[:6], lost=A_LIFE[6:], won=A_LIFE[6:9])
def test_a_branch_that_was_taken_back_leaves_no_trace(
    version: Folding, shared: list[tuple[Any, ...]], lost: list[tuple[Any, ...]], won: list[tuple[Any, ...]]
) -> None:
    """Fold a branch, undo it and fold another: row for row what folding only the other gives."""
    old, new = street([*shared, ("block",), *lost]), street([*shared, ("block",), *won])
    fork = street(shared).block - 1
    with version.afresh():
        version.fold(event for event in new.log if event.block_number <= fork)
        version.fold(event for event in new.log if event.block_number > fork)
        expected = version.tables()
    with version.afresh():
        version.fold(old.log)
        version.undo(fork)
        version.fold(event for event in new.log if event.block_number > fork)
        assert version.tables() == expected


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])
