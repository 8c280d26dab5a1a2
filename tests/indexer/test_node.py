"""A node that lies: nothing wrong is ever written, and all is well again when it behaves."""

import itertools
import json
import random
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.chain import BlockNumber
from indexer.errors import Retry
from indexer.node import Node
from tests.conftest import World
from tests.indexer.indexing import check_at_head, check_so_far, following
from tests.indexer.lying import (
    REFUSED,
    Answer,
    Lie,
    Reply,
    Request,
    altering,
    batching,
    honest,
    lying,
    once,
    refusing_ranges_over,
    saying,
    sizes,
    writing,
)
from tests.indexer.oracle import check, read_history
from tests.indexer.traffic import move_fractions

STRANGER = "0x" + 40 * "9"
OTHER_HASH = "0x" + 64 * "9"
HUGE = hex(2**64 - 1)
random_hashes = (f"0x{number:064x}" for number in itertools.count(random.getrandbits(128)))


def each(change: dict[str, Any]) -> Any:
    """Alter fields of every log of an answer."""
    return lambda logs: [log | change for log in logs]


def of_another_number(header: dict[str, Any]) -> dict[str, Any]:
    return header | {"number": hex(int(header["number"], 16) + 1)}


def by_number_alone(change: dict[str, Any]) -> Lie:
    """The newest header is true, those asked for by number are not."""

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == "eth_getBlockByNumber" and request["params"][0].startswith("0x"):
                reply["result"] |= change
        return honest(requests, replies)

    return lie


LIES: dict[str, tuple[Lie, str]] = {
    "HTML with status 200": (saying(b"<html>Welcome to nginx!</html>"), "not a JSON-RPC batch"),
    "status 500": (saying(b"[]", 500), "HTTP status 500"),
    "status 429": (saying(b"slow down", 429), "HTTP status 429"),
    "no answer at all": (saying(None), "does not answer"),
    "an empty body": (saying(b""), "not a JSON-RPC batch"),
    "an empty batch": (saying(b"[]"), "answered 0 of"),
    "one error for the whole batch": (
        saying(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}'), "not a JSON-RPC batch",
    ),
    "truncated JSON": (writing(lambda body: body[:-9]), "not a JSON-RPC batch"),
    "brackets without end": (
        saying(b'[{"id":0,"result":' + 100_000 * b"["), "not a JSON-RPC batch",
    ),
    "bytes that are no UTF-8": (writing(lambda body: body.replace(b'"0x', b'"\xff0x')), "malformed"),
    "a missing member": (batching(lambda replies: replies[1:]), "requests"),
    "a doubled member": (batching(lambda replies: [replies[0] for _ in replies]), ""),
    "members of another batch": (
        batching(lambda replies: [reply | {"id": reply["id"] + 100} for reply in replies]), "requests",
    ),
    "members without results": (
        batching(lambda replies: [{"jsonrpc": "2.0", "id": reply["id"]} for reply in replies]), "no newest block",
    ),
    "errors": (
        batching(lambda replies: [{"id": reply["id"], "error": REFUSED} for reply in replies]),
        "no newest block",
    ),
    "a header without a hash": (altering("eth_getBlockByNumber", lambda b: b | {"hash": None}), "malformed"),
    "a header whose number is a number": (altering("eth_getBlockByNumber", lambda b: b | {"number": 7}), "malformed"),
    "a hash in capitals": (altering("eth_getBlockByNumber", lambda b: b | {"hash": b["hash"].upper()}), "malformed"),
    "headers of other numbers": (altering("eth_getBlockByNumber", of_another_number), ""),
    "headers of a height beyond 64 bits": (altering("eth_getBlockByNumber", lambda b: b | {"number": HUGE}), ""),
    "headers of a time beyond 64 bits": (altering("eth_getBlockByNumber", lambda b: b | {"timestamp": HUGE}), ""),
    "headers that do not link": (
        altering("eth_getBlockByNumber", lambda b: b | {"parentHash": next(random_hashes)}), "",
    ),
    "null for logs": (altering("eth_getLogs", lambda _: None), "logs are malformed"),
    "logs of another block": (altering("eth_getLogs", each({"blockHash": OTHER_HASH})), "which was not asked for"),
    "logs of another height": (altering("eth_getLogs", each({"blockNumber": "0x1"})), ""),
    "doubled logs": (altering("eth_getLogs", lambda logs: [log for log in logs for _ in "ab"]), "doubled"),
    "the same logs twice": (altering("eth_getLogs", lambda logs: logs + logs), "doubled or out of order"),
    "logs in the other order": (altering("eth_getLogs", lambda logs: (logs + logs[:1])[::-1]), "out of order"),
    "removed logs": (altering("eth_getLogs", each({"removed": True})), "removed"),
    "logs of a stranger's contract": (altering("eth_getLogs", each({"address": STRANGER})), "which was not asked for"),
    "a log index beyond 32 bits": (altering("eth_getLogs", each({"logIndex": hex(2**40)})), "malformed"),
    "five topics": (altering("eth_getLogs", each({"topics": 5 * [OTHER_HASH]})), "malformed"),
    "half a byte of data": (altering("eth_getLogs", each({"data": "0x123"})), "malformed"),
    "a line of its own behind the data": (
        altering("eth_getLogs", lambda logs: [log | {"data": log["data"] + "\n"} for log in logs]), "malformed",
    ),
    "a line of its own behind a hash": (
        altering("eth_getBlockByNumber", lambda b: b | {"hash": b["hash"] + "\n"}), "malformed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lie", "reason"), LIES.values(), ids=LIES.keys())
def test_at_the_head_nothing_wrong_is_written_and_it_goes_on_when_the_node_behaves(
    shared_world: World, lie: Lie, reason: str
) -> None:
    with lying(shared_world.chain) as node, following(shared_world, node.url, verify="trust") as follower:
        follower.to_head()
        move_fractions(shared_world.chain, shared_world.people, 2)
        node.lie = lie
        reasons = follower.look(4)
        truth = read_history(shared_world.chain.web3(), shared_world.manifest)
        check(shared_world.database, truth)
        node.lie = honest
        follower.to_head()
        assert check(shared_world.database, truth) == truth.blocks[-1][0]
        assert any(reason in found for found in reasons) or not reason


def test_in_a_backfill_nothing_wrong_is_written_either(world: World) -> None:
    truth = read_history(world.chain.web3(), world.manifest)
    with lying(world.chain) as node, following(world, node.url, verify="trust") as follower:
        for name, (lie, _) in LIES.items():
            node.lie, follower.loop.range_blocks = lie, 4
            reasons = follower.look(2)
            assert check(world.database, truth) < 130, f"the backfill is over before {name}"
            node.lie, follower.loop.range_blocks = honest, 1
            assert follower.look(1) == [], f"all is well after {name}, which gave {reasons}"
        follower.to_head()
        check_at_head(world)


def test_a_log_that_is_left_out_does_not_end_the_indexer(world: World) -> None:
    """Without the creation of fractions their transfer makes a balance negative, which the table refuses."""
    nobody = "0x" + 64 * "0"
    with lying(world.chain) as node, following(world, node.url, range_blocks=200, verify="trust") as follower:
        node.lie = altering("eth_getLogs", lambda logs: [log for log in logs if nobody not in log["topics"][2:3]])
        assert "cannot be true" in " ".join(follower.look(2))
        node.lie = honest
        follower.to_head()
        check_at_head(world)


# -- heads


def test_one_wrong_header_under_finality_does_not_halt_us(world: World) -> None:
    """In a backfill all that we hold is final: a single bad answer of one machine once stopped it for the operator."""
    with lying(world.chain) as node, following(world, node.url, range_blocks=1) as follower:
        follower.look(3)
        node.lie = once(by_number_alone({"parentHash": OTHER_HASH}))
        follower.to_head()
        check_at_head(world)


def test_finality_that_goes_back_changes_nothing(world: World) -> None:
    def going_back(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["params"] == ["finalized", False]:
                reply |= next(answers)
        return honest(requests, replies)

    first = world.chain.call("eth_getBlockByNumber", "0x0", False)
    refused = {"result": None, "error": {"code": -32601, "message": "what is final?"}}
    answers = itertools.cycle([{"result": first}, {"result": None}, refused])
    with lying(world.chain) as node, following(world, node.url) as follower:
        follower.to_head()
        final = follower.store.cursor.finalized
        assert final > 0
        node.lie = going_back
        for _ in range(3):
            move_fractions(world.chain, world.people, 3)
            follower.to_head()
            assert follower.store.cursor.finalized == final
        check_at_head(world)


@pytest.mark.parametrize("height", [0, 1, 60, 150])
def test_a_head_that_jumps_back_is_waited_for(world: World, height: int) -> None:
    """A balancer's machine that still syncs once made an indexer undo what was right, another one stop for good."""
    lower = world.chain.call("eth_getBlockByNumber", hex(height), False)
    with lying(world.chain) as node, following(world, node.url) as follower:
        follower.to_head()
        node.lie = altering("eth_getBlockByNumber", lambda _: lower)
        assert follower.look(3) == []
        assert follower.loop.suspecting is None
        move_fractions(world.chain, world.people, 1)
        node.lie = honest
        follower.to_head()
        check_at_head(world)
    assert follower.store.cursor.epoch == 0


def test_a_parent_of_any_height_does_not_lead_us_in_a_circle(world: World) -> None:
    """Whoever is asked for a parent may name a block that is its own parent, or leave out heights."""
    with lying(world.chain) as node, following(world, node.url, verify="trust") as follower:
        follower.to_head()
        head = world.chain.call("eth_getBlockByNumber", "latest", False)
        itself = head | {"hash": OTHER_HASH, "parentHash": OTHER_HASH}
        above = itself | {"number": hex(int(head["number"], 16) + 1)}

        def circling(requests: list[Request], replies: list[Reply]) -> Answer:
            for request, reply in zip(requests, replies, strict=True):
                reply["result"] = itself if request["method"] == "eth_getBlockByHash" else above
            return honest(requests, replies)

        node.lie = circling
        (reason, *_) = follower.look(2)
        assert "asked for block" in reason
        check_so_far(world)


# -- range control


def test_a_range_that_is_too_big_is_halved_and_grows_again(world: World) -> None:
    with lying(world.chain) as node, following(world, node.url, range_blocks=100, verify="trust") as follower:
        node.lie = refusing_ranges_over(10)
        follower.to_head()
        check_at_head(world)
        assert sizes(node.asked)[:6] == [100, 50, 25, 12, 6, 10]


def test_a_provider_that_answers_big_ranges_with_an_http_error_does_not_hold_us_up_for_ever(world: World) -> None:
    """413, 504 or a cut connection instead of a JSON-RPC error: the same range was asked for until the end of days."""
    for answer in (Answer(b"too large", 413), Answer(None)):
        with lying(world.chain) as node, following(world, node.url, range_blocks=100, verify="trust") as follower:
            node.lie = refusing_ranges_over(30, answer)
            follower.look(12)
            assert follower.store.cursor.number > 100, "beyond the range that was refused"


def test_errors_near_the_head_are_waited_out_and_not_asked_again_at_once(world: World) -> None:
    """A node that refuses logs by hash was asked for them without a pause, and nobody was told."""
    with lying(world.chain) as node, following(world, node.url, verify="trust") as follower:
        follower.to_head()
        move_fractions(world.chain, world.people, 3)
        node.lie = batching_errors_for_logs
        assert len(follower.look(3)) == 3
        node.lie = honest
        follower.to_head()
        check_at_head(world)


def batching_errors_for_logs(requests: list[Request], replies: list[Reply]) -> Answer:
    for request, reply in zip(requests, replies, strict=True):
        if request["method"] == "eth_getLogs":
            reply |= {"result": None, "error": {"code": -32000, "message": "no"}}
    return honest(requests, replies)


# -- anything at all

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["0x", "0x0", HUGE, OTHER_HASH]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    ["number", "hash", "parentHash", "timestamp", "address", "topics", "data", "logIndex", "blockHash", "removed", "id"]
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(field=fields, value=values, spoiled=st.binary(max_size=3), at=st.integers(0, 4000))
def test_no_answer_whatsoever_raises_anything_but_retry(
    shared_world: World, field: str, value: Any, spoiled: bytes, at: int
) -> None:
    def spoiling(_: list[Request], replies: list[Reply]) -> Answer:
        for reply in replies:
            parts = reply["result"] if isinstance(reply["result"], list) else [reply["result"], reply]
            for part in parts:
                if field in part:
                    part[field] = value
        body = json.dumps(replies).encode()
        return Answer(body[:at] + spoiled + body[at:])

    first, last = BlockNumber(60), BlockNumber(62)
    with lying(shared_world.chain) as proxy:
        node, addresses = Node(proxy.url), shared_world.deployment.followed
        blocks = node.headers(first, last)
        proxy.lie = spoiling
        for ask in (
            node.tip,
            partial(node.headers, first, last),
            partial(node.logs_by_hash, blocks, addresses),
            partial(node.logs_in_range, blocks, addresses),
        ):
            with suppress(Retry):
                ask()
