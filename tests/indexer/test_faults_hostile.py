"""Logs that no contract of ours can have emitted, from a node that is taken at its word: each is put down with its
reason, and neither the loop nor the rest of the block suffers.

What each kind of malformed log is rejected for, test_decode.py says; here they come all the way into the tables.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from tests.conftest import World
from tests.indexer.indexing import Follower, following
from tests.indexer.lying import Lie, LyingNode, altering, altering_logs, honest, lying
from tests.indexer.market_logs import PERSON
from tests.indexer.oracle import expected, read_history, stored
from tests.indexer.test_decode import BATCH, LISTED, PARTIES, SINGLE, batch, listing
from tests.indexer.traffic import move_fractions, word

Hostile = tuple[Sequence[bytes], bytes, str]
HOSTILE: dict[str, Hostile] = {
    "arrays of unequal length": ([BATCH, *PARTIES], batch([1, 2], [5]), "Malformed: a batch of 2 ids and 1 amounts"),
    "offsets that alias": (
        [BATCH, *PARTIES], word(64) + word(64) + word(1) + word(5), "Malformed: the data is not in canonical encoding",
    ),
    "6 MB of data": (
        [BATCH, *PARTIES], bytes(6_000_000), "Malformed: 6000000 bytes of data, more than the contract can emit",
    ),
    "an amount over 2^255": (
        [SINGLE, *PARTIES], word(1) + word(2**255 + 1),
        f"Malformed: fractions {2**255 + 1} is not between 0 and 281474976710655",
    ),
    "a property over 2^255": (
        [SINGLE, *PARTIES], word(2**255 + 1) + word(1),
        f"Malformed: property id {2**255 + 1} is not between 1 and 4294967295",
    ),
    "a length over 2^255": (
        [BATCH, *PARTIES], word(64) + word(96) + word(2**255 + 1) + word(0), "Malformed: InsufficientDataBytes: ",
    ),
    "an offset over 2^255": (
        [BATCH, *PARTIES], word(2**255) + word(64) + word(0) + word(0), "Malformed: InvalidPointer: ",
    ),
    "trailing junk": ([BATCH, *PARTIES], batch([1], [5]) + b"junk", "Malformed: the data is not in canonical encoding"),
    "a topic too many": ([LISTED, word(1), PERSON, PERSON], listing(b"Mill"), "Malformed: 4 topics where 3 belong"),
    "a topic too few": ([SINGLE, PERSON, PERSON], word(1) + word(5), "Malformed: 3 topics where 4 belong"),
    "truncated words": ([SINGLE, *PARTIES], word(1) + word(5)[:16], "Malformed: 48 bytes of data where 64 belong"),
    "a truncated text": (
        [LISTED, word(1), PERSON], listing(b"Harbour Mill")[:-32], "Malformed: InsufficientDataBytes: ",
    ),
    "no data": ([SINGLE, *PARTIES], b"", "Malformed: 0 bytes of data where 64 belong"),
    "a text with invalid UTF-8 that is too long": (
        [LISTED, word(1), PERSON], listing(b"\xff" * 257), "Malformed: a text of 257 bytes, more than",
    ),
    "something behind a text": (
        [LISTED, word(1), PERSON], listing(b"Mill")[:-1] + b"\1", "Malformed: NonEmptyPaddingBytes: ",
    ),
}  # fmt: skip
"""With the beginning of each reason. Those that name a type of error of eth-abi go on with its words."""


def adding(hostile: Mapping[int, Hostile]) -> Lie:
    """The truth, with one more log behind our last one of each of these blocks."""

    def change(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for log, following_log in zip(logs, [*logs[1:], {}], strict=True):
            found.append(log)
            number = int(log["blockNumber"], 16)
            if number in hostile and following_log.get("blockNumber") != log["blockNumber"]:
                topics, data, _ = hostile[number]
                found.append(log | {
                    "topics": list(map(as_hex, topics)), "data": as_hex(data),
                    "logIndex": hex(int(log["logIndex"], 16) + 1),
                })  # fmt: skip
        return found

    return altering("eth_getLogs", change)


def check_rejected(world: World, follower: Follower, hostile: dict[int, Hostile]) -> None:
    """A row and its reason for each; everything else is what the chain's own logs come to."""
    rows = follower.connection.execute("SELECT block_number, log_index, reason FROM rejections ORDER BY 1").fetchall()
    assert [row[:2] for row in rows] == [(number, 1) for number in sorted(hostile)]
    for number, _, reason in rows:
        assert reason.startswith(hostile[number][2])
    number, actual = stored(world.database)
    history = read_history(world.chain.web3(), world.manifest)
    assert number == history.blocks[-1][0], "the head is indexed"
    for table, wanted_rows in expected(history).items():
        if table not in ("rejections", "journal.logs"):
            assert actual[table] == wanted_rows, table


def hostile_blocks(first: int) -> dict[int, Hostile]:
    return dict(enumerate(HOSTILE.values(), start=first))


def test_at_the_head(world: World) -> None:
    """One block after the other."""
    with lying(world.chain) as node, following(world, node.url, verify="trust") as follower:
        follower.to_head()
        hostile = hostile_blocks(world.people.web3.eth.block_number + 1)
        node.lie = adding(hostile)
        for _ in hostile:
            move_fractions(world.chain, world.people, 1)
            assert follower.look() == [], "nothing is tried again"
        node.lie = honest
        move_fractions(world.chain, world.people, 2)
        follower.to_head()
        check_rejected(world, follower, hostile)


def test_in_a_backfill(world: World) -> None:
    """All of them in one range."""
    hostile = hostile_blocks(world.people.web3.eth.block_number + 1)
    move_fractions(world.chain, world.people, len(hostile) + 30)
    with lying(world.chain) as node:
        node.lie = adding(hostile)
        with following(world, node.url, verify="trust", range_blocks=500) as follower:
            follower.to_head()
            check_rejected(world, follower, hostile)
            assert follower.reported("outage") + follower.reported("lie") == []


@pytest.mark.parametrize("topics", [5, 100])
def test_more_topics_than_a_log_can_have_is_no_log_at_all(world: World, topics: int) -> None:
    """No chain can hold such a log, so there is nothing to put down: the answer is refused, and asked for again."""
    with lying(world.chain) as node, following(world, node.url, verify="trust") as follower:
        follower.to_head()
        number = world.people.web3.eth.block_number + 1
        node.lie = adding({number: ([SINGLE] * topics, b"", "")})
        move_fractions(world.chain, world.people, 1)
        assert "the node's logs are malformed" in follower.look()[0]
        node.lie = honest
        follower.to_head()
        check_rejected(world, follower, {})


def test_broken_texts_are_no_forgeries(world: World) -> None:
    """A contract takes any bytes for a text: invalid UTF-8 and NUL are kept as they are, and shown as far as can be."""
    texts = (b"\xff\xfe", b"a\0b", b"\xed\xa0\x80", b"\0")
    with lying(world.chain) as node, following(world, node.url, verify="trust") as follower:
        follower.to_head()
        first = world.people.web3.eth.block_number + 1
        names = {
            first + offset: ([LISTED, word(5_000 + offset), PERSON], listing(text), "")
            for offset, text in enumerate(texts)
        }
        node.lie = adding(names)
        for _ in texts:
            move_fractions(world.chain, world.people, 1)
            assert follower.look() == []
        rows = follower.connection.execute(
            "SELECT name_raw, name FROM properties WHERE property_id >= 5000 ORDER BY property_id"
        ).fetchall()
        assert [bytes(raw) for raw, _ in rows] == list(texts)
        assert all("\0" not in shown and "\N{REPLACEMENT CHARACTER}" in shown for _, shown in rows)
        assert follower.connection.execute("TABLE rejections").fetchall() == []


def test_what_is_proven_lets_none_of_it_in(world: World) -> None:
    with lying(world.chain) as node, following(world, node.url) as follower:
        follower.to_head()
        assert follower.providers.level == "prove"
        require_refusal(world, node, follower)


def require_refusal(world: World, node: LyingNode, follower: Follower) -> None:
    """The receipts hold them, the root does not."""
    for topics, data, _ in HOSTILE.values():
        node.lie = altering_logs(partial(with_another, {"topics": list(map(as_hex, topics)), "data": as_hex(data)}))
        move_fractions(world.chain, world.people, 1)
        assert "have the root" in follower.look()[0]
        node.lie = honest
        follower.to_head()
    check_rejected(world, follower, {})


def with_another(forged: dict[str, Any], logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*logs, logs[0] | forged]


def as_hex(raw: bytes) -> str:
    return "0x" + raw.hex()
