"""Projections: any text survives the way into Postgres, and every as-of select gives what the oracle gives."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer import events
from indexer.arrays import event_arrays
from indexer.events import Event, MetadataSet, Posting, Transfer
from indexer.projections import PROJECTIONS, histories
from indexer.projections.accounts import accounts_between, accounts_changed
from indexer.projections.history import Fold, event_relation
from indexer.projections.holdings import holders_count_at, holdings_at, holdings_changed
from indexer.projections.postings import all_postings, postings_of
from indexer.projections.properties import properties_at
from local.postgres import Postgres
from tests.indexer.refold import NOBODY, Row, Tables
from tests.indexer.selecting import Selecting, columns

NASTY = [
    "", " ", "NULL", "null", '"', '""', "\\", "\\\\", "\\x41", '\\"', "'", "''", "{", "}", "{}", "{,}", ",", ";", "$1",
    "%s", "%(name)s", "\n", "\r\n", "\t", "\v", "\\N", "\\.", "--", "/*", "é", "\u202e", "\ufeff", "\ufffd",
    "\U0001f3e0", '{"a","b"}', "x" * 256,
]  # fmt: skip


# -- arrays


@pytest.fixture(scope="module")
def connection(postgres: Postgres) -> Iterator[psycopg.Connection[Row]]:
    with psycopg.connect(postgres.writer, autocommit=True) as found:
        yield found


def through_postgres(connection: psycopg.Connection[Row], found: Sequence[Event]) -> list[Row]:
    """The events as the relation that a fold selects from."""
    kind = type(found[0])
    query = f"WITH {event_relation(kind)} SELECT * FROM event"
    return connection.execute(query.encode(), event_arrays(kind, found)).fetchall()


def metadata_set(number: int, text: str) -> MetadataSet:
    raw = "0x" + text.encode().hex()
    return MetadataSet(number, 0, 1, 1, "0x" + 64 * "a", raw, text)  # type: ignore[arg-type]


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=st.lists(texts | st.sampled_from(NASTY), min_size=1, max_size=6))
@example(found=NASTY)
@example(found=["".join(NASTY)])
def test_any_text_comes_through(connection: psycopg.Connection[Row], found: list[str]) -> None:
    bound = [metadata_set(number, text) for number, text in enumerate(found)]
    rows = through_postgres(connection, bound)
    assert [row[6] for row in rows] == found
    assert [row[5] for row in rows] == [text.encode() for text in found]
    assert [row[0] for row in rows] == list(range(len(found)))


def test_the_largest_numbers_come_through(connection: psycopg.Connection[Row]) -> None:
    account, key = "0x" + 64 * "f", "0x" + 64 * "0"
    posting = Posting(2**59, 2**27, account, key, 2**256 - 1, 255, key, key, 0, 2**256 - 1)  # type: ignore[arg-type]
    ((*numbers,),) = through_postgres(connection, [posting])
    assert numbers == [2**59, 2**27, b"\xff" * 32, bytes(32), 2**256 - 1, 255, bytes(32), bytes(32), 0, 2**256 - 1]
    nobody = "0x" + 40 * "0"
    moved = Transfer(1, 0, 127, nobody, nobody, nobody, 2**32 - 1, 2**48 - 1)  # type: ignore[arg-type]
    assert through_postgres(connection, [moved]) == [(1, 0, 127, *3 * [bytes(20)], 2**32 - 1, 2**48 - 1)]


def test_every_kind_of_event_has_a_relation_and_every_fold_reads_one() -> None:
    folds: list[Fold] = [fold for history in histories() for fold in history.folds]
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type) and hasattr(kind, "_fields")}
    assert {fold.event for fold in folds} == kinds, "an event that no fold reads is decoded for nothing"
    for found in folds:
        assert event_relation(found.event).startswith("event AS (SELECT * FROM unnest(")


NAMED = re.compile(r"(?:FROM|JOIN)\s+([a-z_.]+)")
KNOWN_TO_ALL = {"event", "journal.blocks"}


def test_a_fold_reads_only_what_was_folded_before_it() -> None:
    """Its own tables, what its projection says that it reads, and what it named itself."""
    folded: set[str] = set()
    for projection in PROJECTIONS:
        own = {
            table.name for found in projection.histories for table in (found.rows, found.current) if table is not None
        }
        assert set(projection.reads) <= folded, f"{projection.name} reads what is folded after it"
        for fold in (fold for found in projection.histories for fold in found.folds):
            itself = set(re.findall(r"([a-z_]+) AS \(", fold.select))
            strange = set(NAMED.findall(fold.select)) - own - itself - KNOWN_TO_ALL - set(projection.reads)
            assert not strange, f"{projection.name} reads {strange}"
        folded |= own


# -- as of a block


def last_holdings(tables: Tables) -> list[Row]:
    """(property, holder, block, log, balance) of all that anybody ever held."""
    last = {row[:2]: row for row in sorted(tables["holding_changes"], key=lambda row: row[2:5])}
    return [(*row[:4], row[6]) for row in last.values()]


def held(tables: Tables, holder: bytes | None = None, property_id: int | None = None) -> list[Row]:
    """(property, holder, block, log, balance, locked) of holdings above zero, as the select orders them."""
    locked = {row[:2]: row[5] for row in sorted(tables["lock_changes"], key=lambda row: row[2:4])}
    rows = [
        (*row, locked.get(row[:2], 0))
        for row in last_holdings(tables)
        if row[4] > 0 and holder in (None, row[1]) and property_id in (None, row[0])
    ]
    return sorted(rows, key=lambda row: (row[0], -row[4], row[1]))


HELD = ("property_id", "holder", "block_number", "log_index", "balance", "locked")


def test_holdings_as_of_any_block(selecting: Selecting) -> None:
    for moment in selecting.moments:
        tables = selecting.at(moment)
        assert columns(selecting.rows(holdings_at(moment)), HELD) == held(tables)
        for number in (1, 2, 3, 4, 104):
            select = holdings_at(moment, property_id=number)
            assert columns(selecting.rows(select), HELD) == held(tables, property_id=number)
    holders = {row[1] for row in last_holdings(tables)}
    assert any(row[5] for row in held(tables)), "something is locked"
    for holder in holders:
        assert columns(selecting.rows(holdings_at(moment, holder)), HELD) == held(tables, holder)
        assert columns(selecting.rows(holdings_at(moment, holder, 1)), HELD) == held(tables, holder, 1)


def test_how_many_hold_some_as_of_any_block(selecting: Selecting) -> None:
    numbers = (1, 2, 3, 4, 104)
    for moment in selecting.moments:
        counts = {str(number): holders_count_at(moment, sa.literal(number)) for number in numbers}
        counting = sa.select().add_columns(*(count.label(number) for number, count in counts.items()))
        (found,) = selecting.rows(counting)
        counted = Counter(row[0] for row in held(selecting.at(moment)))
        assert {int(number): count or 0 for number, count in found.items()} == {n: counted[n] for n in numbers}
    assert len(set(found.values())) > 2


def test_pages_of_holdings_are_the_whole_list(selecting: Selecting) -> None:
    for moment in selecting.moments[-3:]:
        for number in (None, 1):
            whole = columns(selecting.rows(holdings_at(moment, property_id=number)), HELD)
            paged: list[Row] = []
            while page := columns(selecting.rows(holdings_at(moment, None, number, after_of(paged), limit=2)), HELD):
                paged += page
            assert paged == whole
    assert len(whole) > 4


def after_of(rows: list[Row]) -> tuple[int, int, bytes] | None:
    return (rows[-1][0], rows[-1][4], rows[-1][1]) if rows else None


def test_accounts_as_of_any_block(selecting: Selecting) -> None:
    names = ("account", "block_number", "log_index", "balance")
    lowest, highest = bytes(32), b"\xff" * 32
    for moment in selecting.moments:
        expected = selecting.at(moment)["accounts"]
        assert columns(selecting.rows(accounts_between(lowest, highest, moment)), names) == expected
    assert len(expected) > 10
    assert columns(selecting.rows(accounts_between(lowest, highest, None)), names) == expected
    first, last = expected[2][0], expected[5][0]
    for at_block in (moment, None):
        assert columns(selecting.rows(accounts_between(first, last, at_block)), names) == expected[2:6]


def test_what_changed_since_a_block(selecting: Selecting) -> None:
    """The change feed: holdings that fell to zero and those that were only locked are in it."""
    tables = selecting.at(selecting.moments[-1])
    locked_at = {row[:2]: row[2] for row in sorted(tables["lock_changes"], key=lambda row: row[2:4])}
    locked = {row[:2]: row[5] for row in sorted(tables["lock_changes"], key=lambda row: row[2:4])}
    for moment in selecting.moments:
        expected = [row for row in tables["accounts"] if row[1] > moment]
        names = ("account", "block_number", "log_index", "balance")
        assert columns(selecting.rows(accounts_changed(moment)), names) == expected
        changed = [row for row in last_holdings(tables) if max(row[2], locked_at.get(row[:2], -1)) > moment]
        expected = sorted((*row, locked.get(row[:2], 0)) for row in changed)
        assert sorted(columns(selecting.rows(holdings_changed(moment)), HELD)) == expected
    assert any(row[4] == 0 for row in last_holdings(tables)), "somebody sold everything"


LISTED = (
    "property_id", "issuer", "proposed_issuer", "name", "supply_cap", "supply", "registry_list", "metadata_version",
    "content_hash", "uri", "ended_block", "ended_log_index", "block_number", "log_index",
)  # fmt: skip


def listed(tables: Tables) -> list[Row]:
    bound = {row[0]: row[3:6] for row in in_order(tables["property_metadata"])}
    issuer = {row[0]: row[3] for row in in_order(tables["issuers"])}
    proposed = {row[0]: row[3] for row in in_order(tables["issuer_proposals"])}
    supplies = {row[0]: row[5] for row in in_order(tables["supply_changes"])}
    ended = {row[0]: row[1:] for row in tables["property_ends"]}
    proposed = {number: issuer for number, issuer in proposed.items() if issuer != NOBODY}
    return [
        (
            number, issuer[number], proposed.get(number), name, cap, supplies.get(number, 0),
            registry_list, *bound.get(number, 3 * (None,)), *ended.get(number, (None, None)), block, log,
        )
        for number, block, log, _, cap, registry_list, name, _ in tables["properties"]
    ]  # fmt: skip


def in_order(rows: list[Row]) -> list[Row]:
    """Of a table whose key is one column, in chain order."""
    return sorted(rows, key=lambda row: row[1:3])


def test_properties_as_of_any_block(selecting: Selecting) -> None:
    for moment in selecting.moments:
        expected = listed(selecting.at(moment))
        assert columns(selecting.rows(properties_at(moment)), LISTED) == expected
        for number in (1, 4, 14, 44, 104):
            select = properties_at(moment, number)
            assert columns(selecting.rows(select), LISTED) == [row for row in expected if row[0] == number]
    assert [row[0] for row in expected] == [1, 2, 3, 4, 14, 24, 34, 44, 104]
    assert expected[0][7] > 2, "metadata has versions"
    assert [row[0] for row in expected if row[10]] == [44], "one has ended"
    assert [row[0] for row in expected if row[2]] == [14], "one has a proposed issuer"


POSTED = (
    "block_number", "log_index", "debit_account", "credit_account", "amount", "kind", "request_id", "reference",
    "debit_balance", "credit_balance",
)  # fmt: skip


def test_postings_as_of_any_block(selecting: Selecting) -> None:
    accounts = [row[0] for row in selecting.at(10**9)["accounts"]]
    ranges = [
        (accounts[0], accounts[0]),
        (accounts[3], accounts[3]),
        (accounts[1], accounts[6]),
        (bytes(32), b"\xff" * 32),
    ]
    for moment in selecting.moments[::2]:
        expected = selecting.at(moment)["postings"][::-1]
        assert columns(selecting.rows(all_postings(moment, None, 1000)), POSTED) == expected
        for low, high in ranges:
            own = [row for row in expected if low <= row[2] <= high or low <= row[3] <= high]
            assert columns(selecting.rows(postings_of(low, high, moment, None, 1000)), POSTED) == own


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_of_postings_join_up(selecting: Selecting, limit: int) -> None:
    """Also where many postings share a block, and where one touches two accounts of the range."""
    moment = selecting.moments[-2]
    whole = selecting.at(moment)["postings"][::-1]
    everything = (bytes(32), b"\xff" * 32)
    selects: tuple[Callable[[tuple[int, int] | None], sa.Select[Any]], ...] = (
        lambda before: all_postings(moment, before, limit),
        lambda before: postings_of(*everything, moment, before, limit),
    )
    for select in selects:
        found: list[Row] = []
        while page := columns(selecting.rows(select((found[-1][0], found[-1][1]) if found else None)), POSTED):
            assert len(page) <= limit
            found += page
        assert found == whole
