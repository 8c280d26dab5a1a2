"""decode: real logs as web3 reads them; malformed ones give a rejection with its reason; nothing ever raises."""

from collections.abc import Sequence

import pytest
from eth_abi.abi import encode
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indexer.chain import (
    FRACTIONS_MAX,
    PROPERTY_ID_MAX,
    Address,
    BlockHash,
    BlockNumber,
    Event,
    Locked,
    Log,
    LogIndex,
    MetadataSet,
    Posting,
    PropertyListed,
    Rejection,
    TransactionHash,
    Transfer,
    Unlocked,
)
from indexer.decode import BATCH_MAX, TEXT_BYTES_MAX, decode, decoders_for
from indexer.node import Node
from tests.conftest import World
from tests.indexer import oracle
from tests.indexer.oracle import Row, read_history, shown
from tests.indexer.traffic import topic, word

VAULT, TOKEN, STRANGER = (Address("0x" + 40 * digit) for digit in "123")
DECODERS = decoders_for(VAULT, TOKEN)
SINGLE = topic("TransferSingle(address,address,address,uint256,uint256)")
BATCH = topic("TransferBatch(address,address,address,uint256[],uint256[])")
LOCKED = topic("Locked(uint256,address,uint256,uint256)")
UNLOCKED = topic("Unlocked(uint256,address,uint256,uint256)")
LISTED = topic("PropertyListed(uint256,address,uint256,string)")
METADATA = topic("MetadataSet(uint256,uint256,bytes32,string)")
POSTING = topic("Posting(uint256,uint256,uint256,uint8,bytes32,bytes32,uint256,uint256)")
TOKENS = (SINGLE, BATCH, LOCKED, UNLOCKED, LISTED, METADATA)
PERSON, OTHER, DIRTY = word(0xAA), word(0xBB), b"\1" + word(0xAA)[1:]
PARTIES = [PERSON, PERSON, OTHER]


def log(topics: Sequence[bytes], data: bytes, address: Address | None = None) -> Log:
    """A log of the contract that emits this topic, at block 7, index 3."""
    emitter = VAULT if topics and topics[0] == POSTING else TOKEN
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
    events = decode(decoders_for(deployment.vault, deployment.token), node.logs_in_range(blocks, deployment.followed))
    history = read_history(world.chain.web3(), world.manifest)
    expected = [event for found in history.events for event in as_web3_reads_it(found)]
    assert set(events) == {Transfer, Locked, Unlocked, PropertyListed, MetadataSet, Posting}, "the chain has them all"
    for kind, found_events in events.items():
        assert found_events == [fields for expected_kind, fields in expected if expected_kind is kind]


def as_web3_reads_it(found: oracle.Event) -> list[tuple[type, Row]]:
    """The same event as the kind and the fields of one of ours. Events without effect have none."""
    args, place = found.args, found.place
    match found.name:
        case "TransferSingle" | "TransferBatch":
            single = found.name == "TransferSingle"
            pairs = [(args["id"], args["amount"])] if single else zip(args["ids"], args["amounts"], strict=True)
            parties = [args[name].lower() for name in ("operator", "sender", "receiver")]
            return [(Transfer, (*place, at, *parties, *pair)) for at, pair in enumerate(pairs) if pair[1]]
        case "Locked" | "Unlocked":
            fields = (args["property_id"], args["holder"].lower(), args["amount"], args["locked"])
            return [(Locked if found.name == "Locked" else Unlocked, (*place, *fields))]
        case "PropertyListed":
            listed = (args["property_id"], args["issuer"].lower(), args["supply_cap"])
            return [(PropertyListed, (*place, *listed, *text(args["name"])))]
        case "MetadataSet":
            bound = (args["property_id"], args["version"], hexadecimal(args["content_hash"]))
            return [(MetadataSet, (*place, *bound, *text(args["uri"])))]
        case "Posting":
            accounts = (hexadecimal(word(args["debit_account"])), hexadecimal(word(args["credit_account"])))
            keys = (hexadecimal(args["request_id"]), hexadecimal(args["reference"]))
            balances = (args["debit_balance"], args["credit_balance"])
            return [(Posting, (*place, *accounts, args["amount"], args["kind"], *keys, *balances))]
    return []


def text(raw: bytes) -> tuple[str, str]:
    return hexadecimal(raw), shown(raw)


def hexadecimal(raw: bytes) -> str:
    return "0x" + raw.hex()


def test_logs_of_strangers_and_of_events_that_nobody_projects_are_passed_over() -> None:
    approval = topic("ApprovalForAll(address,address,bool)")
    assert decoded(log([SINGLE, *PARTIES], word(1) + word(5), STRANGER)) == []
    assert decoded(log([SINGLE, *PARTIES], word(1) + word(5), VAULT)) == []
    assert decoded(log([approval, PERSON, OTHER], word(1))) == []
    assert decoded(log([], b"")) == []


def test_moving_nothing_leaves_no_event_whatever_is_named() -> None:
    """The contract lets anyone move nothing of anything."""
    assert decoded(log([SINGLE, *PARTIES], word(2**255) + word(0))) == []
    assert decoded(log([BATCH, *PARTIES], encode(["uint256[]"] * 2, [[0, 2**255], [0, 0]]))) == []
    assert decoded(log([BATCH, *PARTIES], encode(["uint256[]"] * 2, [[], []]))) == []


# -- what it cannot have emitted


def batch(ids: Sequence[int], amounts: Sequence[int]) -> bytes:
    return encode(["uint256[]", "uint256[]"], [ids, amounts])


def listing(name: bytes, cap: int = 9) -> bytes:
    return encode(["uint256", "bytes"], [cap, name])


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
    "an account that pays itself": ([POSTING, word(1), word(1)], posting(), "debited and credited at once"),
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
    "the most money": ([POSTING, word(2**256 - 1), word(0)], posting(255, 2**256 - 1)),
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


# -- anything at all

numbers = st.sampled_from([0, 1, 31, 32, 64, 96, 128, 2**32, 2**48, 2**63, 2**255, 2**256 - 1]) | st.integers(0, 300)
words_of_data = st.lists(numbers.map(word), max_size=12).map(b"".join)
valid = st.sampled_from([batch([1, 2], [3, 4]), listing(b"Harbour Mill"), posting(), word(1) + word(5)])
cut = st.tuples(valid, st.integers(0, 300), st.binary(max_size=40)).map(lambda t: t[0][: t[1]] + t[2])
datas = st.binary(max_size=400) | words_of_data | cut
topic_lists = st.tuples(
    st.sampled_from([*TOKENS, POSTING]), st.lists(st.binary(min_size=32, max_size=32) | numbers.map(word), max_size=3)
).map(lambda t: [t[0], *t[1]])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topics=topic_lists | st.lists(st.binary(min_size=32, max_size=32), max_size=4), data=datas)
@example(topics=[BATCH, *PARTIES], data=word(64) + word(64) + word(2**256 - 1))
def test_no_log_whatsoever_makes_it_raise_and_what_passes_fits_the_tables(topics: list[bytes], data: bytes) -> None:
    for event in decoded(log(topics, data)):
        assert event[:2] == (7, 3)
        match event:
            case Rejection():
                assert event.reason.isprintable() or "\n" in event.reason
                assert "\0" not in event.reason
                assert event.reason.encode()
            case Transfer() | Locked() | Unlocked():
                assert 1 <= event.property_id <= PROPERTY_ID_MAX
                assert 0 <= event.amount <= FRACTIONS_MAX
            case PropertyListed():
                assert 1 <= event.supply_cap <= FRACTIONS_MAX
                assert "\0" not in event.name
            case MetadataSet():
                assert 1 <= event.version < 2**31
                assert "\0" not in event.uri
            case Posting():
                assert 0 <= event.kind <= 255
                assert event.debit_account != event.credit_account
