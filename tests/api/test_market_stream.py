"""The market's channels: what a client keeps of them is what a read answers, through trade, lost connections and
rewinds; and the book as the API tells it is the contract's own at every block of the past."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.postgres import Postgres
from tests.api.floor import Floor
from tests.api.replica import Key, Replica, bare, book_levels
from tests.api.stack import Stack, running_stack, until
from tests.conftest import Deployed
from tests.indexer.bazaar import Bazaar, depth_on_chain, open_stalls

pytestmark = pytest.mark.slow

BOOKS = (1, 2)
INTERVALS = ("1m", "4h")
SAMPLES = 500
CALLS = 640
WIDE = 128


@pytest.fixture(scope="module")
def town(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    """A chain on which people have traded at random in two books, in some 300 blocks."""
    with running_stack(postgres, deployed, workshop, slots_in_an_epoch=512) as running:
        open_stalls(running.people, BOOKS)
        bazaar_of(running, 1).play(CALLS)
        running.settle()
        yield running


def bazaar_of(town: Stack, seed: int) -> Bazaar:
    return Bazaar(town.chain, town.people, BOOKS, random.Random(seed))


def replica_of(town: Stack) -> Replica:
    """Of everything in the market, and of the blocks: last, so that a block's word comes after all others."""
    keys: list[Key] = [("market", "*"), *(("book", str(number)) for number in BOOKS)]
    keys += [("trades", "1"), *(("candles", f"1:{interval}") for interval in INTERVALS)]
    keys += [("orders", person) for person in town.people.persons[:4]]
    return Replica(town.api.ws, [*keys, ("market", "2"), ("blocks", None)])


def differences(town: Stack, replica: Replica, key: Key, at_block: int) -> list[Any]:
    """Of one key against reads as of a block. Raises LookupError where that block is gone."""
    known, (channel, name) = replica.known[key], key

    def read(path: str, **params: Any) -> Any:
        answer = town.api.get(path, at_block=at_block, **params)
        if answer.status_code != 200:
            raise LookupError(answer.text)
        return bare(answer.json())

    match channel:
        case "market":
            told = read("/markets")["markets"]
            pairs = [(list(known.markets.values()), [row for row in told if name in ("*", str(row["property_id"]))])]
        case "book":
            book = read(f"/markets/{name}/book", depth=200)["book"]
            pairs = list(zip(book_levels(known), (book["bids"], book["asks"]), strict=True))
        case "trades":
            newest = [known.trades[place] for place in sorted(known.trades, reverse=True)[:50]]
            pairs = [(newest, read(f"/markets/{name}/trades", limit=50)["trades"])]
        case "candles":
            number, _, interval = str(name).partition(":")
            told = read(f"/markets/{number}/candles", interval=interval)["candles"]
            pairs = [([known.candles[start] for start in sorted(known.candles)][-300:], told)]
        case _:
            told = read("/orders", owner=name, limit=200)["orders"]
            states = {row["order_id"]: row for row in told}
            resting = sorted(row["order_id"] for row in known.orders.values() if row["is_resting"])
            pairs = [(resting, sorted(row["order_id"] for row in told if row["is_resting"]))]
            pairs += [(row, states.get(one, bare(row))) for one, row in known.orders.items()]
    return [(key, bare(held), told) for held, told in pairs if bare(held) != told]


def compared(town: Stack, replica: Replica, message: dict[str, Any]) -> int:
    """After each word about a key it is as of the block that was named: 1, or 0 where it cannot be told."""
    if "data" not in message or message["channel"] == "blocks":
        return 0
    try:
        found = differences(town, replica, (message["channel"], message["key"]), message["seq"])
    except LookupError:
        return 0
    if town.api.read("/status")["reorgs"] != message["epoch"]:
        return 0
    assert found == []
    return 1


def catch_up(town: Stack, replica: Replica) -> None:
    """Hear until the replica is at the chain's head, and equal to what is read there, of every key."""
    number = town.settle()
    head = town.chain.call("eth_getBlockByNumber", "latest", False)["hash"]

    def heard() -> bool:
        replica.hear_all()
        return (replica.tip or {}).get("hash") == head and len(replica.known) == len(replica.keys)

    until(heard, "the head")
    for key in replica.keys[:-1]:
        assert differences(town, replica, key, number) == []


def test_the_book_is_the_contracts_own_at_500_moments_of_the_past(town: Stack) -> None:
    chance, head = random.Random(7), town.settle()
    floor, persons = Floor(town), town.people.persons
    first = max(row["block_number"] for row in town.api.read("/markets")["markets"])
    moments = [(number, block) for number in BOOKS for block in range(first, head + 1)]
    for number, block in chance.sample(moments, SAMPLES):
        book = town.api.read(f"/markets/{number}/book", at_block=block, depth=WIDE)["book"]
        for side, name in enumerate(("bids", "asks")):
            told = [(level["tick"], int(level["quantity"]), level["orders"]) for level in book[name]]
            assert told == depth_on_chain(town.people, number, side, block), (number, block, name)
        if chance.random() < 0.2:
            side, tick, quantity = chance.randint(0, 1), chance.randint(95, 105), chance.randint(1, 300)
            who = chance.choice(persons)
            found = floor.lens.quote(number, side, tick, quantity, who).call(block_identifier=block)
            asked = {"side": ("bid", "ask")[side], "tick": tick, "quantity": quantity, "owner": who}
            quote = town.api.read(f"/markets/{number}/quote", at_block=block, **asked)["quote"]
            names = ("quantity", "amount", "taker_fee", "fills", "removals")
            assert [int(quote[one]) for one in names] == list(found[:5]), (number, block, asked)


def test_a_market_begins_with_snapshots_and_goes_on_with_deltas(town: Stack) -> None:
    replica = replica_of(town)
    with replica.connected():
        replica.hear_beginnings()
        catch_up(town, replica)
        bazaar_of(town, 2).play(20)
        catch_up(town, replica)
    assert set(replica.seen) <= {"snapshot", "delta", "heartbeat"}


def test_a_replica_equals_the_reads_through_trade_lost_connections_and_rewinds(town: Stack) -> None:
    chance, bazaar = random.Random(4711), bazaar_of(town, 3)
    replica = replica_of(town)
    count = 0
    for _ in range(10):
        with replica.connected():
            for _ in range(chance.randint(1, 3)):
                if chance.random() < 0.75:
                    bazaar.play(chance.randint(1, 6))
                else:
                    town.chain.call("anvil_reorg", chance.randint(1, 5), [])
                with contextlib.suppress(TimeoutError):
                    while True:
                        count += compared(town, replica, replica.hear(0.05))
        if chance.random() < 0.7:
            bazaar.play(chance.randint(1, 5))
        if chance.random() < 0.2:
            town.chain.call("anvil_reorg", chance.randint(1, 5), [])
            town.settle()
    with replica.connected():
        catch_up(town, replica)
    assert count > 20
    counts = {kind: replica.seen.count(kind) for kind in ("snapshot", "delta", "resumed", "reorg")}
    assert min(counts.values()) > 0, counts
    head = town.settle()
    for number in BOOKS:
        held = book_levels(replica.known["book", str(number)])
        for side, levels in enumerate(held):
            told = [(level["tick"], int(level["quantity"]), level["orders"]) for level in levels]
            assert told == depth_on_chain(town.people, number, side, head)


def test_what_time_alone_changes_reaches_the_stream(town: Stack) -> None:
    """The day's figures, as their trades grow old, and an order that expires: there is no log of either."""
    floor, anna = Floor(town), town.people.persons[0]
    soon = floor.now() + 500
    order_id = floor.place(anna, 1, "bid", 95, 30, expiry=soon)
    replica = replica_of(town)
    with replica.connected():
        catch_up(town, replica)
        assert replica.known["orders", anna].orders[str(order_id)]["status"] == "open"
        floor.pass_time(soon + 1)
        catch_up(town, replica)
        assert replica.known["orders", anna].orders[str(order_id)]["status"] == "expired"
        assert any("day" in row for row in replica.known["market", "*"].markets.values())
        floor.pass_time(floor.now() + 2 * 86_400)
        catch_up(town, replica)
        assert not any("day" in row for row in replica.known["market", "*"].markets.values())


@pytest.mark.parametrize(
    ("channel", "key"),
    [("book", ""), ("book", "*"), ("book", "0"), ("book", "1:1h"), ("trades", "x"), ("market", "1:1m"),
     ("candles", "1"), ("candles", "1:2m"), ("candles", ":1m"), ("orders", "1"), ("market", str(2**32))],
)  # fmt: skip
def test_a_key_that_no_channel_has_is_answered(town: Stack, channel: str, key: str) -> None:
    replica = Replica(town.api.ws, [])
    with replica.connected():
        replica.say(op="subscribe", channel=channel, key=key)
        answer = replica.hear()
        code = "invalid-address" if channel == "orders" else "invalid-request"
        assert (answer["type"], answer["code"]) == ("error", code)
        replica.say(op="subscribe", channel="book", key="4000")
        assert replica.hear()["data"]["book"]["bids"] == []
