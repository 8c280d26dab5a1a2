"""A provider that lies about logs or headers: it is noticed before anything is written, named, and set aside.

Each lie is told in a backfill and at the head, beside an honest provider and alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from indexer.errors import Halt
from local.chain import start_chain
from tests.conftest import World
from tests.indexer.indexing import Follower, check_at_head, check_so_far, command, following, until
from tests.indexer.lying import (
    Answer,
    Lie,
    LyingNode,
    Reply,
    Request,
    altering_headers,
    altering_logs,
    altering_receipts,
    honest,
    lying,
    refusing,
    saying,
    sealed,
    writing,
)
from tests.indexer.nursery import Nursery
from tests.indexer.test_proof import flipped
from tests.indexer.test_reorg import LONG, SHORT, reorg, reorgs
from tests.indexer.traffic import dump, move_fractions

OTHER_HASH = "0x" + 64 * "9"
NO_BLOOM = "0x" + 512 * "0"
Change = Callable[[Any], Any]


def one_digit(log: dict[str, Any]) -> dict[str, Any]:
    """The last digit of the data, or of the last topic where there are none."""
    if log["data"] == "0x":
        return log | {"topics": [*log["topics"][:-1], flipped(log["topics"][-1])]}
    return log | {"data": flipped(log["data"])}


def of_the_block_before(requests: list[Request], replies: list[Reply]) -> Answer:
    """Receipts of other blocks, each of them true."""
    answers = [reply for r, reply in zip(requests, replies, strict=True) if r["method"] == "eth_getBlockReceipts"]
    results = [reply["result"] for reply in answers]
    for reply, result in zip(answers, [*results[1:], results[0][:0]] if results else [], strict=True):
        reply["result"] = result
    return honest(requests, replies)


LIES: dict[str, tuple[Lie, str]] = {
    "all logs of a block left out": (altering_receipts(lambda rs: [r | {"logs": []} for r in rs]), "have the root"),
    "all receipts of a block left out": (altering_receipts(lambda _: []), "have the root"),
    "one log left out": (altering_logs(lambda logs: logs[1:]), "have the root"),
    "one value altered": (altering_logs(lambda logs: [one_digit(logs[0]), *logs[1:]]), "have the root"),
    "one log added": (altering_logs(lambda logs: [*logs, logs[0]]), "have the root"),
    "a failed transaction that succeeded": (altering_receipts(lambda rs: [r | {"status": "0x0"} for r in rs]), "root"),
    "receipts of other blocks": (of_the_block_before, "have the root"),
    "half of the receipts": (altering_receipts(lambda rs: rs[: len(rs) // 2]), "have the root"),
    "an answer cut in the middle": (writing(lambda body: body[: len(body) // 2]), "not a JSON-RPC batch"),
    "no receipts": (altering_receipts(lambda _: None), "has no receipts of block"),  # type: ignore[arg-type,return-value]
    "an address in capitals": (
        altering_logs(lambda logs: [log | {"address": log["address"].upper().replace("X", "x")} for log in logs]),
        "not written in lower-case hex",
    ),
    "a forged header": (altering_headers(lambda header: header | {"gasUsed": "0x1"}), "hashes to"),
    "a bloom that hides us": (altering_headers(lambda header: header | {"logsBloom": NO_BLOOM}), "hashes to"),
    "a forged parent": (altering_headers(lambda header: header | {"parentHash": OTHER_HASH}), "hashes to"),
    "a forged parent under a true hash": (altering_headers(lambda h: sealed(h | {"parentHash": OTHER_HASH})), ""),
    "a field of another fork": (altering_headers(lambda header: header | {"blobGasUsed": None}), "unknown form"),
}  # fmt: skip
HALTS_ALONE = "a forged parent under a true hash"
"""In a backfill it says, twice, that our chain is not the one that is final: that is for the operator."""
each_lie = pytest.mark.parametrize(("lie", "words"), LIES.values(), ids=LIES.keys())


def name_of(node: LyingNode) -> str:
    return node.url.removeprefix("http://")


def accusations(follower: Follower, node: LyingNode) -> list[str]:
    """What this provider was set aside for."""
    reports = follower.reported("lie") + follower.reported("outage")
    return [str(report["reason"]) for report in reports if report["provider"] == name_of(node)]


@contextmanager
def beside_an_honest_one(world: World, range_blocks: int = 25) -> Iterator[tuple[LyingNode, Follower]]:
    """A provider that is about to lie, preferred to an honest one. Nobody set aside comes back in the meantime."""
    with lying(world.chain) as node, following(world, node.url, world.chain.url, range_blocks=range_blocks) as follower:
        follower.pause_seconds = 0
        assert follower.providers.level == "prove"
        yield node, follower


@each_lie
def test_in_a_backfill_it_goes_on_with_the_honest_one(world: World, lie: Lie, words: str) -> None:
    with beside_an_honest_one(world) as (node, follower):
        follower.look(1)
        node.lie = lie
        follower.to_head()
        check_at_head(world)
        assert words in accusations(follower, node)[0]
        assert follower.providers.standings()[0].state == "aside"


@each_lie
def test_at_the_head_it_goes_on_with_the_honest_one(world: World, lie: Lie, words: str) -> None:
    with beside_an_honest_one(world, 500) as (node, follower):
        follower.to_head()
        node.lie = lie
        move_fractions(world.chain, world.people, 1)
        follower.to_head()
        check_at_head(world)
        assert words in accusations(follower, node)[0]
    assert reorgs(world.database) == []


def test_alone_it_waits_and_nothing_wrong_is_written(world: World) -> None:
    """In a backfill, then at the head."""
    with lying(world.chain) as node, following(world, node.url, range_blocks=4) as follower:
        for name, (lie, words) in LIES.items():
            if name == HALTS_ALONE:
                continue
            node.lie = lie
            reasons = " ".join(follower.look(3))
            check_so_far(world)
            assert words in reasons, f"{name}, at {follower.store.cursor.number}"
            node.lie = honest
        assert follower.store.cursor.number < world.people.web3.eth.block_number - 20
        follower.loop.range_blocks = 100
        follower.to_head()
        for lie, words in LIES.values():
            node.lie = lie
            move_fractions(world.chain, world.people, 1)
            reasons = " ".join(follower.look(3))
            check_so_far(world)
            assert words in reasons
            node.lie = honest
            follower.to_head()
        check_at_head(world)
    assert reorgs(world.database) == []


def test_no_logs_are_asked_for_where_the_bloom_proves_that_there_are_none(world: World) -> None:
    with lying(world.chain) as node, following(world, node.url) as follower:
        follower.to_head()
        node.asked.clear()
        world.chain.call("anvil_mine", "0x3")
        follower.to_head()
        check_at_head(world)
        assert {request["method"] for request in node.asked} == {"eth_getBlockByNumber"}


# -- as the operator sees it


def test_status_says_which_provider_lied_and_why_it_waits_and_a_restart_does_not_trust_it(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    with lying(world.chain) as node:
        environment = {"FREEHOLD_RPC": node.url}
        with nursery.running(world, tmp_path / "first.log", **environment) as indexer:
            indexer.wait_until_at(world.chain)
            assert indexer.wait_for("verify")["level"] == "prove"
            node.lie = LIES["one log left out"][0]
            move_fractions(world.chain, world.people, 1)
            assert indexer.wait_for("lie")["provider"] == name_of(node)
            until(lambda: "waiting" in command(world, "status").output, "the reason in status")
            said = command(world, "status").output
            assert f"waiting            {name_of(node)}: the node's" in said or "waiting            the node's" in said
            assert f"provider           {name_of(node)} aside" in said
            assert "1 lies: the node's" in said
        with nursery.running(world, tmp_path / "second.log", **environment) as indexer:
            assert indexer.wait_for("lie")["provider"] == name_of(node)
            assert indexer.lines("commit") == []
    check_so_far(world)
    with following(world) as follower:
        follower.to_head()
    check_at_head(world)


# -- what cannot be proven


def without(name: str) -> Lie:
    return altering_headers(lambda header: {key: value for key, value in header.items() if key != name})


def with_empty_blooms(world: World) -> Lie:
    """A chain whose headers are true to their hashes, but hold no blooms."""
    true_hashes: dict[str, str] = {}

    def emptied(header: dict[str, Any]) -> dict[str, Any]:
        found = sealed(header | {"logsBloom": NO_BLOOM})
        true_hashes[found["hash"]] = header["hash"]
        return found

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == "eth_getBlockReceipts":
                reply |= {"result": world.chain.call(request["method"], true_hashes[request["params"][0]])}
                reply.pop("error", None)
            elif request["method"] == "eth_getBlockByNumber" and request["params"][0] != "0x0":
                reply["result"] = emptied(reply["result"])
        return honest(requests, replies)

    return lie


UNPROVABLE = {
    "headers of an unknown form": "the node's header has an unknown form",
    "headers with a fork in part": "the node's header has an unknown form",
    "headers with a field that the hash holds": "hashes to",
    "no receipts of blocks": "eth_getBlockReceipts does not exist",
    "empty blooms": "blooms prove nothing here",
}


def unprovable(world: World, name: str) -> Lie:
    return {
        "headers of an unknown form": without("mixHash"),
        "headers with a fork in part": without("excessBlobGas"),
        "headers with a field that the hash holds": without("requestsHash"),
        "no receipts of blocks": refusing("eth_getBlockReceipts"),
        "empty blooms": with_empty_blooms(world),
    }[name]


@pytest.mark.parametrize(("name", "words"), UNPROVABLE.items(), ids=UNPROVABLE.keys())
def test_a_chain_that_cannot_be_proven_is_trusted_with_a_warning(world: World, name: str, words: str) -> None:
    with lying(world.chain) as node:
        node.lie = unprovable(world, name)
        with following(world, node.url) as follower:
            (report,) = follower.reported("verify")
            assert report["level"] == "trust"
            assert words in str(report["warning"])
            node.lie = honest if name == "empty blooms" else node.lie
            follower.to_head()
            check_at_head(world)


def test_whoever_insists_on_proof_is_told_what_is_missing(world: World) -> None:
    with lying(world.chain) as node:
        node.lie = refusing("eth_getBlockReceipts")
        words = r"no provider can prove .*eth_getBlockReceipts does not exist.*--verify trust"
        with pytest.raises(Halt, match=words), following(world, node.url, verify="prove"):
            pass


def test_a_provider_that_cannot_prove_is_not_asked_where_another_can(world: World) -> None:
    with lying(world.chain) as node:
        node.lie = refusing("eth_getBlockReceipts")
        with following(world, node.url, world.chain.url) as follower:
            follower.pause_seconds = 0
            assert follower.providers.level == "prove"
            assert "cannot prove" in accusations(follower, node)[0]
            node.asked.clear()
            follower.to_head()
            check_at_head(world)
            assert node.asked == []


# -- providers that die, lag and disagree


def test_a_provider_that_dies_is_replaced_and_asked_again_when_it_is_back(world: World) -> None:
    with lying(world.chain) as first, lying(world.chain) as second, following(world, first.url, second.url) as follower:
        follower.to_head()
        assert {request["method"] for request in second.asked} != set()
        first.lie = saying(None)
        follower.pause_seconds = 0
        move_fractions(world.chain, world.people, 2)
        follower.to_head()
        check_at_head(world)
        assert "does not answer" in accusations(follower, first)[0]
        first.lie, second.lie = honest, saying(None)
        follower.clock.seconds += 60
        first.asked.clear()
        move_fractions(world.chain, world.people, 2)
        follower.to_head()
        check_at_head(world)
        assert first.asked != []
        assert follower.providers.standings()[0].reason is None
        first.lie = saying(None)
        assert "does not answer" in follower.look(1)[0]


def test_all_providers_dead_is_waited_out(world: World) -> None:
    with lying(world.chain) as first, lying(world.chain) as second, following(world, first.url, second.url) as follower:
        first.lie = second.lie = saying(None)
        assert len(follower.look(4)) == 4
        assert follower.providers.rest_seconds() == 0, "after a pause"
        first.lie = honest
        follower.to_head()
        check_at_head(world)


def test_a_provider_that_is_stuck_far_behind_is_set_aside(world: World) -> None:
    with lying(world.chain) as node, following(world, node.url, world.chain.url) as follower:
        follower.to_head()
        stuck = world.chain.call("eth_getBlockByNumber", "latest", False)
        node.lie = altering_headers(lambda _: stuck)
        move_fractions(world.chain, world.people, 20)
        follower.pause_seconds = 0
        follower.clock.seconds += 6
        follower.look(1)
        assert "others further" in accusations(follower, node)[0]
        follower.to_head()
        check_at_head(world)


@LONG
def test_one_provider_alone_cannot_make_us_rewind_but_a_majority_can(world: World, tmp_path: Path) -> None:
    """Ours is the branch that another healthy provider still holds."""
    move_fractions(world.chain, world.people, 4)
    with following(world) as follower:
        follower.to_head()
        held = follower.store.cursor
    old = start_chain(tmp_path / "old.log", flags=("--load-state", str(dump(world.chain, tmp_path / "old.json"))))
    reorg(world.chain, world.people, 2)
    with following(world, world.chain.url, old.url) as follower:
        assert "waiting until more hold one than the other" in " ".join(follower.look(4))
        assert follower.store.cursor.hash == held.hash
        assert {standing.state for standing in follower.providers.standings()} == {"proving"}
    with lying(world.chain) as second, following(world, world.chain.url, old.url, second.url) as follower:
        follower.to_head()
        check_at_head(world)
        assert len(reorgs(world.database)) == 1
    old.stop()


def test_a_block_that_only_one_of_three_knows_is_not_taken(world: World) -> None:
    """Forged with the hash that it should have: alone nobody could tell."""
    with (
        lying(world.chain) as node,
        lying(world.chain) as third,
        following(world, node.url, world.chain.url, third.url) as follower,
    ):
        follower.to_head()
        follower.pause_seconds = 0
        node.lie = altering_headers(lambda header: sealed(header | {"extraData": "0x99", "logsBloom": NO_BLOOM}))
        move_fractions(world.chain, world.people, 1)
        follower.to_head()
        check_at_head(world)
        assert "is another one to" in accusations(follower, node)[0]
    assert reorgs(world.database) == []


def test_of_two_that_disagree_none_is_believed(world: World) -> None:
    with lying(world.chain) as node, following(world, node.url, world.chain.url) as follower:
        follower.to_head()
        node.lie = altering_headers(lambda header: sealed(header | {"extraData": "0x99", "logsBloom": NO_BLOOM}))
        move_fractions(world.chain, world.people, 1)
        assert "hold different blocks" in " ".join(follower.look(4))
        check_so_far(world)
        node.lie = honest
        follower.to_head()
        check_at_head(world)
    assert reorgs(world.database) == []


@SHORT
def test_what_was_final_is_not_given_up_on_the_word_of_one(world: World, tmp_path: Path) -> None:
    """Alone it would halt for the operator; beside one that still holds our block it is the other one that is wrong."""
    move_fractions(world.chain, world.people, 8)
    with following(world) as follower:
        follower.to_head()
    old = start_chain(tmp_path / "old.log", flags=("--load-state", str(dump(world.chain, tmp_path / "old.json"))))
    reorg(world.chain, world.people, 6)
    with following(world, world.chain.url, old.url) as follower:
        follower.pause_seconds = 0
        follower.look(4)
        (lie,) = follower.reported("lie")
        assert lie["provider"] == world.chain.url.removeprefix("http://")
        assert "was called final" in str(lie["reason"])
        follower.to_head()
        assert follower.store.cursor.epoch == 0
    old.stop()
