"""decode: real logs as web3 reads them; malformed ones give a rejection with its reason; nothing ever raises."""

import json
from collections.abc import Sequence
from typing import Any, get_type_hints

import pytest
from eth_abi.abi import encode
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer import chain, events
from indexer.abi import BATCH_MAX, TEXT_BYTES_MAX
from indexer.chain import (
    FRACTIONS_MAX,
    PROPERTY_ID_MAX,
    Address,
    Addresses,
    BlockHash,
    BlockNumber,
    Log,
    LogIndex,
    TransactionHash,
)
from indexer.decode import decode, decoders_for
from indexer.events import (
    Event,
    LockChanged,
    Posting,
    PropertyListed,
    Rejection,
    Transfer,
)
from indexer.node import Node
from tests.conftest import World
from tests.indexer import refold
from tests.indexer.market_logs import (
    DIRTY,
    MARKET_BOUNDS,
    MARKET_MALFORMED,
    OF_A_MARKET,
    OTHER,
    PERSON,
    filling,
    leaving,
    placing,
)
from tests.indexer.oracle import ABI, CONTRACTS, read_history
from tests.indexer.refold import PASSED_OVER
from tests.indexer.rereading import KINDS, RENAMED, as_web3_reads_it, hexadecimal
from tests.indexer.traffic import topic, word

OURS = Addresses(*(Address("0x" + 40 * digit) for digit in "123456"))
STRANGER = Address("0x" + 40 * "9")
DECODERS = decoders_for(OURS)
VAULT, TOKEN = OURS.vault, OURS.token
SINGLE = topic("TransferSingle(address,address,address,uint256,uint256)")
BATCH = topic("TransferBatch(address,address,address,uint256[],uint256[])")
LOCKED = topic("Locked(uint256,address,uint256,uint256)")
UNLOCKED = topic("Unlocked(uint256,address,uint256,uint256)")
LISTED = topic("PropertyListed(uint256,address,uint256,uint256,string)")
METADATA = topic("MetadataSet(uint256,uint256,bytes32,string)")
DOCUMENT = topic("DocumentSet(uint256,uint256,bytes32,string,string)")
DECLARED = topic("RentDeclared(uint256,uint256,uint256,uint256)")
RELEASED = topic("RentReleased(uint256,uint256,uint256,uint256,uint256)")
CLAIMED = topic("RentClaimed(uint256,address,uint256,uint256)")
CLOSED = topic("OfferingClosed(uint256,bool,uint256,uint256)")
ENTRY = topic("EntrySet(uint256,address,uint256,uint256,bool)")
GRANTED = topic("RoleGranted(bytes32,address,address)")
PAUSED = topic("Paused(address)")
POSTING = topic("Posting(uint256,uint256,uint256,uint8,bytes32,bytes32,uint256,uint256)")
TOKENS = (SINGLE, BATCH, LOCKED, UNLOCKED, LISTED, METADATA)
EMITTERS = {bytes.fromhex(found[2:]): address for address, found in DECODERS}
PARTIES = [PERSON, PERSON, OTHER]


def log(topics: Sequence[bytes], data: bytes, address: Address | None = None) -> Log:
    """A log of a contract that emits this topic, at block 7, index 3."""
    emitter = EMITTERS.get(topics[0], TOKEN) if topics else TOKEN
    hash_ = "0x" + 64 * "7"
    return Log(
        BlockNumber(7), BlockHash(hash_), LogIndex(3), TransactionHash(hash_), 0, address or emitter,
        ["0x" + found.hex() for found in topics], "0x" + data.hex(),
    )  # fmt: skip


def decoded(given_log: Log) -> list[Event]:
    """Its events, in whatever kinds they come."""
    return [event for events in decode(DECODERS, [given_log]).values() for event in events]


# -- what the chain really emits


def test_every_log_of_the_chain_is_decoded_as_web3_decodes_it(world: World) -> None:
    node, deployment = Node(world.chain.url), world.deployment
    head, _ = node.tip()
    blocks = node.headers(deployment.start, head.number)
    found = decode(decoders_for(deployment.addresses), node.logs_in_range(blocks, deployment.followed))
    history = read_history(world.chain.web3(), world.manifest)
    expected = [
        event for logged in history.events for event in as_web3_reads_it(logged, deployment.addresses.marketplace)
    ]
    assert set(found) == KINDS - {Rejection}, "the chain has them all"
    for kind, of_kind in found.items():
        assert of_kind == [fields for expected_kind, fields in expected if expected_kind is kind]


def test_logs_of_strangers_and_of_events_that_nobody_projects_are_passed_over() -> None:
    approval = topic("ApprovalForAll(address,address,bool)")
    assert decoded(log([SINGLE, *PARTIES], word(1) + word(5), STRANGER)) == []
    assert decoded(log([SINGLE, *PARTIES], word(1) + word(5), VAULT)) == []
    assert decoded(log([approval, PERSON, OTHER], word(1))) == []
    assert decoded(log([], b"")) == []


def test_what_the_marketplace_moves_leaves_the_sellers_lock() -> None:
    """As the operator it moves what is locked; the same transfer by anybody else leaves locks as they are."""
    market = bytes(12) + bytes.fromhex(OURS.marketplace[2:])
    sold = decoded(log([SINGLE, market, PERSON, OTHER], word(4) + word(5)))
    assert [type(event) for event in sold] == [Transfer, LockChanged]
    assert sold[1] == (7, 3, 4, "0x" + 38 * "0" + "aa", -5)
    assert [type(event) for event in decoded(log([SINGLE, *PARTIES], word(4) + word(5)))] == [Transfer]


def test_moving_nothing_leaves_no_event_whatever_is_named() -> None:
    """The contract lets anyone move nothing of anything."""
    assert decoded(log([SINGLE, *PARTIES], word(2**255) + word(0))) == []
    assert decoded(log([BATCH, *PARTIES], encode(["uint256[]"] * 2, [[0, 2**255], [0, 0]]))) == []
    assert decoded(log([BATCH, *PARTIES], encode(["uint256[]"] * 2, [[], []]))) == []


# -- what it cannot have emitted


def batch(ids: Sequence[int], amounts: Sequence[int]) -> bytes:
    return encode(["uint256[]", "uint256[]"], [ids, amounts])


def listing(name: bytes, cap: int = 9, registry_list: int = 0) -> bytes:
    return encode(["uint256", "uint256", "bytes"], [cap, registry_list, name])


def posting(kind: int = 1, amount: int = 5) -> bytes:
    return word(amount) + word(kind) + 4 * word(0)


MALFORMED = {
    "a batch of unequal arrays": ([BATCH, *PARTIES], batch([1, 2], [5]), "2 ids and 1 amounts"),
    "a batch that is too long": ([BATCH, *PARTIES], batch([1] * 129, [1] * 129), "more than the contract can emit"),
    "a batch one amount too long": ([BATCH, *PARTIES], batch([1] * 128, [1] * 129), "more than the contract can emit"),
    "arrays that alias each other": (
        [BATCH, *PARTIES], word(64) + word(64) + word(1) + word(5), "not in canonical encoding",
    ),
    "arrays in the other order": (
        [BATCH, *PARTIES], word(128) + word(64) + word(1) + word(5) + word(1) + word(1), "not in canonical encoding",
    ),
    "an array that overlaps the offsets": ([BATCH, *PARTIES], word(0) + word(32) + word(1), ""),
    "an offset beyond the data": ([BATCH, *PARTIES], word(2**255) + word(64) + word(0) + word(0), ""),
    "a length beyond the data": ([BATCH, *PARTIES], word(64) + word(96) + word(2**200) + word(0), ""),
    "junk behind a batch": ([BATCH, *PARTIES], batch([1], [5]) + b"junk", "not in canonical encoding"),
    "a word behind a batch": ([BATCH, *PARTIES], batch([1], [5]) + word(0), "not in canonical encoding"),
    "junk behind a name": ([LISTED, word(1), PERSON], listing(b"Mill") + word(1), "not in canonical encoding"),
    "dirty padding of a name": ([LISTED, word(1), PERSON], listing(b"Mill")[:-1] + b"\1", ""),
    "half a word": ([SINGLE, *PARTIES], word(1) + word(5)[:16], "48 bytes of data where 64 belong"),
    "no data": ([SINGLE, *PARTIES], b"", "0 bytes of data where 64 belong"),
    "junk behind words": ([SINGLE, *PARTIES], word(1) + word(5) + b"\0", "65 bytes of data where 64 belong"),
    "6 MB of words": ([SINGLE, *PARTIES], bytes(6_000_000), "6000000 bytes of data where 64 belong"),
    "6 MB of a batch": ([BATCH, *PARTIES], bytes(6_000_000), "6000000 bytes of data, more than"),
    "6 MB of a name": ([LISTED, word(1), PERSON], bytes(6_000_000), "6000000 bytes of data, more than"),
    "a text that is too long": (
        [LISTED, word(1), PERSON], listing(b"x" * (TEXT_BYTES_MAX + 1)), "257 bytes, more than the contract can emit",
    ),
    "one topic too few": ([SINGLE, PERSON, OTHER], word(1) + word(5), "3 topics where 4 belong"),
    "one topic too many": ([LOCKED, word(1), PERSON, OTHER], word(5) + word(5), "4 topics where 3 belong"),
    "a lonely topic": ([POSTING], posting(), "1 topics where 3 belong"),
    "a dirty operator": ([SINGLE, DIRTY, PERSON, OTHER], word(1) + word(5), "is not an address"),
    "a dirty sender": ([SINGLE, PERSON, DIRTY, OTHER], word(1) + word(5), "is not an address"),
    "a dirty receiver": ([SINGLE, PERSON, OTHER, DIRTY], word(1) + word(5), "is not an address"),
    "a dirty receiver of a batch": ([BATCH, PERSON, OTHER, DIRTY], batch([1], [5]), "is not an address"),
    "a dirty holder": ([LOCKED, word(1), DIRTY], word(5) + word(5), "is not an address"),
    "a dirty issuer": ([LISTED, word(1), DIRTY], listing(b"Mill"), "is not an address"),
    "property 0": ([SINGLE, *PARTIES], word(0) + word(5), "property id 0 is not between 1"),
    "a property beyond 32 bits": ([SINGLE, *PARTIES], word(2**32) + word(5), "property id 4294967296"),
    "a locked property beyond 32 bits": ([LOCKED, word(2**32), PERSON], word(5) + word(5), "property id"),
    "a batch with property 0": ([BATCH, *PARTIES], batch([1, 0], [5, 5]), "property id 0"),
    "fractions beyond 48 bits": ([SINGLE, *PARTIES], word(1) + word(2**48), "fractions 281474976710656"),
    "a batch beyond 48 bits": ([BATCH, *PARTIES], batch([1], [2**256 - 1]), "fractions"),
    "a lock beyond 48 bits": ([UNLOCKED, word(1), PERSON], word(1) + word(2**48), "fractions"),
    "a supply cap of 0": ([LISTED, word(1), PERSON], listing(b"Mill", 0), "supply cap 0"),
    "a supply cap beyond 48 bits": ([LISTED, word(1), PERSON], listing(b"Mill", 2**48), "supply cap"),
    "version 0": ([METADATA, word(1)], encode(["uint256", "bytes32", "bytes"], [0, b"", b""]), "version 0"),
    "a huge version": ([METADATA, word(1)], encode(["uint256", "bytes32", "bytes"], [2**31, b"", b""]), "version"),
    "a kind beyond 8 bits": ([POSTING, word(1), word(2)], posting(256), "kind 256"),
    "a list beyond 32 bits": ([LISTED, word(1), PERSON], listing(b"Mill", 9, 2**32), "list 4294967296"),
    "a period beyond 32 bits": ([DECLARED, word(1), word(2**32)], word(5) + word(5), "period 4294967296"),
    "a release time of no clock": ([DECLARED, word(1), word(1)], word(5) + word(2**63), "time 9223372036854775808"),
    "a rent index beyond 128 bits": ([RELEASED, word(1), word(1)], word(5) + word(2**128) + word(0), "rent index"),
    "a remainder of a unit": ([RELEASED, word(1), word(1)], word(5) + word(5) + word(2**48), "remainder"),
    "a unit left owing": ([CLAIMED, word(1), PERSON], word(5) + word(2**48), "remainder 281474976710656"),
    "half a truth": ([CLOSED, word(1)], word(2) + word(5) + word(5), "truth 2"),
    "list 0": ([ENTRY, word(0), PERSON], 3 * word(0), "list 0"),
    "an investor beyond 128 bits": ([ENTRY, word(1), PERSON], word(2**128) + 2 * word(0), "investor id"),
    "an expiry beyond 64 bits": ([ENTRY, word(1), PERSON], word(0) + word(2**64) + word(0), "expiry"),
    "a dirty role holder": ([GRANTED, word(0), DIRTY, PERSON], b"", "is not an address"),
    "a role with data": ([GRANTED, word(0), PERSON, PERSON], word(0), "32 bytes of data where 0 belong"),
    "a dirty pauser": ([PAUSED], DIRTY, "is not an address"),
    "junk behind a document": (
        [DOCUMENT, word(1)], encode(["uint256", "bytes32", "bytes", "bytes"], [1, b"", b"a", b""]) + word(0),
        "not in canonical encoding",
    ),
    "two texts that share their bytes": (
        [DOCUMENT, word(1)], word(1) + word(0) + word(128) + word(128) + word(0), "not in canonical encoding",
    ),
    "a lock of nothing": ([LOCKED, word(1), PERSON], word(0) + word(5), "fractions 0"),
    "an account that pays itself": ([POSTING, word(1), word(1)], posting(), "debited and credited at once"),
    **MARKET_MALFORMED,
}  # fmt: skip


@pytest.mark.parametrize(("topics", "data", "reason"), MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_logs_are_rejected_with_the_reason(topics: list[bytes], data: bytes, reason: str) -> None:
    (rejection,) = decoded(log(topics, data))
    assert isinstance(rejection, Rejection)
    assert rejection[:2] == (7, 3)
    assert reason in rejection.reason
    assert rejection.reason
    assert len(rejection.reason) <= 500


BOUNDS = {
    "the highest property and the most fractions": (
        [SINGLE, *PARTIES], word(PROPERTY_ID_MAX) + word(FRACTIONS_MAX),
    ),
    "the longest batch": ([BATCH, *PARTIES], batch([1] * BATCH_MAX, [1] * BATCH_MAX)),
    "the longest text": ([LISTED, word(1), PERSON], listing(b"x" * TEXT_BYTES_MAX, FRACTIONS_MAX)),
    "the largest investor and the last day": (
        [ENTRY, word(2**32 - 1), PERSON], word(2**128 - 1) + word(2**64 - 1) + word(1),
    ),
    "the largest rent": ([RELEASED, word(1), word(0)], word(2**128 - 1) + word(2**128 - 1) + word(2**48 - 1)),
    "the most money": ([POSTING, word(2**256 - 1), word(0)], posting(255, 2**256 - 1)),
    **MARKET_BOUNDS,
}  # fmt: skip


@pytest.mark.parametrize(("topics", "data"), BOUNDS.values(), ids=BOUNDS.keys())
def test_the_very_bounds_are_not_rejected(topics: list[bytes], data: bytes) -> None:
    assert [event for event in decoded(log(topics, data)) if not isinstance(event, Rejection)]


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"a\0b", "a\ufffdb"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"\xf0\x9f\x8f", "\ufffd"),
        ("\N{HOUSE BUILDING}".encode(), "\N{HOUSE BUILDING}"),
    ],
    ids=["invalid UTF-8", "NUL", "half a surrogate pair", "cut off", "beyond the basic plane"],
)
def test_texts_keep_their_bytes_and_show_what_can_be_shown(raw: bytes, seen: str) -> None:
    (listed,) = decoded(log([LISTED, word(1), PERSON], listing(raw)))
    assert isinstance(listed, PropertyListed)
    assert (listed.name_raw, listed.name) == ("0x" + raw.hex(), seen)


# -- every event of the ABI

VALUES: dict[Any, st.SearchStrategy[Any]] = {
    chain.PropertyId: st.integers(1, PROPERTY_ID_MAX),
    chain.Fractions: st.integers(1, FRACTIONS_MAX),
    chain.Change: st.integers(1, FRACTIONS_MAX),
    chain.Amount: st.integers(0, 2**256 - 1),
    chain.AccountId: st.integers(0, 2**256 - 1),
    chain.Scaled: st.integers(0, 2**48 - 1),
    chain.Seconds: st.integers(0, 2**63 - 1),
    chain.Expiry: st.integers(0, 2**64 - 1),
    chain.InvestorId: st.integers(0, 2**128 - 1),
    chain.Period: st.integers(0, 2**32 - 1),
    chain.ListNumber: st.integers(1, 2**32 - 1),
    chain.Small: st.integers(1, 255),
    chain.Address: st.binary(min_size=20, max_size=20).map(hexadecimal),
    chain.Bytes32: st.binary(min_size=32, max_size=32),
    chain.RawText: st.binary(max_size=64) | st.text(max_size=16).map(str.encode),
    bool: st.booleans(),
}
SPOKEN = [
    (address, event)
    for address, name in zip(OURS, CONTRACTS.values(), strict=True)
    for event in json.loads((ABI / f"{name}.json").read_text())
    if event["type"] == "event" and event["name"] not in PASSED_OVER
]
"""What each contract can log, as its ABI says."""


def signature(event: dict[str, Any]) -> str:
    return f"{event['name']}({','.join(part['type'] for part in event['inputs'])})"


def test_the_decoders_know_every_event_of_every_contract_and_no_other() -> None:
    assert {(address, hexadecimal(topic(signature(event)))) for address, event in SPOKEN} == set(DECODERS)


@pytest.mark.parametrize(
    ("address", "event"),
    [pair for pair in SPOKEN if not pair[1]["name"].startswith("Transfer")],
    ids=lambda part: part if isinstance(part, str) else part["name"],
)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_values_that_a_contract_can_log_come_through(
    address: Address, event: dict[str, Any], data: st.DataObject
) -> None:
    kind = getattr(events, RENAMED.get(event["name"], (event["name"],))[0])
    hints = get_type_hints(kind)
    args = {part["name"]: data.draw(values_of(hints, part["name"])) for part in event["inputs"]}
    args |= {name: (args["property_id"] << 40) + args[name] for name in args if name in ORDER_IDS}
    if event["name"] == "Posting":
        args["credit_account"] = args["debit_account"] ^ 1
    types = [part["type"].replace("string", "bytes") for part in event["inputs"]]
    parts = list(zip((part["indexed"] for part in event["inputs"]), types, args.values(), strict=True))
    topics = [encode([type_], [value]) for is_indexed, type_, value in parts if is_indexed]
    plain = [(type_, value) for is_indexed, type_, value in parts if not is_indexed]
    body = encode([type_ for type_, _ in plain], [value for _, value in plain])
    found = decoded(log([topic(signature(event)), *topics], body, address))
    expected = as_web3_reads_it(refold.Event(event["name"], (7, 3), args, address), OURS.marketplace)
    assert [(type(event), tuple(event)) for event in found] == expected


ORDER_IDS = {"order_id", "maker_order", "taker_order"}


def values_of(hints: dict[str, Any], name: str) -> st.SearchStrategy[Any]:
    """Of an input of the ABI: by its name, or by the type of our field."""
    if name in OF_A_MARKET:
        return OF_A_MARKET[name]
    return VALUES[hints.get(f"{name}_raw") or hints.get(name) or hints["change"]]


# -- anything at all

numbers = st.sampled_from(
    [0, 1, 31, 32, 64, 96, 128, 2**32, 2**48, 2**63, 2**64, 2**128, 2**255, 2**256 - 1]
) | st.integers(0, 300)
words_of_data = st.lists(numbers.map(word), max_size=12).map(b"".join)
valid = st.sampled_from(
    [batch([1, 2], [3, 4]), listing(b"Harbour Mill"), posting(), word(1) + word(5), placing(), filling(), leaving()]
)
cut = st.tuples(valid, st.integers(0, 300), st.binary(max_size=40)).map(lambda t: t[0][: t[1]] + t[2])
datas = st.binary(max_size=400) | words_of_data | cut
topic_lists = st.tuples(
    st.sampled_from(sorted(EMITTERS)), st.lists(st.binary(min_size=32, max_size=32) | numbers.map(word), max_size=3)
).map(lambda t: [t[0], *t[1]])
LIMITS: dict[Any, tuple[int, int]] = {
    chain.PropertyId: (1, PROPERTY_ID_MAX),
    chain.Fractions: (0, FRACTIONS_MAX),
    chain.Change: (-FRACTIONS_MAX, FRACTIONS_MAX),
    chain.OrderNumber: (0, 2**40 - 1),
    chain.Tick: (1, 2**24 - 2),
    chain.Small: (0, 2**31 - 1),
    chain.Period: (0, 2**63 - 1),
    chain.ListNumber: (0, 2**63 - 1),
    chain.Seconds: (0, 2**63 - 1),
}
"""What the columns take; numeric ones take all of uint256."""


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topics=topic_lists | st.lists(st.binary(min_size=32, max_size=32), max_size=4), data=datas)
@example(topics=[BATCH, *PARTIES], data=word(64) + word(64) + word(2**256 - 1))
def test_no_log_whatsoever_makes_it_raise_and_what_passes_fits_the_tables(topics: list[bytes], data: bytes) -> None:
    for event in decoded(log(topics, data)):
        assert event[:2] == (7, 3)
        for value, (field, hint) in zip(event, get_type_hints(type(event)).items(), strict=True):
            if isinstance(value, int):
                low, high = LIMITS.get(hint, (0, 2**256 - 1))
                assert low <= value <= high, field
            if isinstance(value, str):
                assert "\0" not in value
                assert value.encode()
        if isinstance(event, Posting):
            assert event.debit_account != event.credit_account
