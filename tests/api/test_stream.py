"""The stream: what a client keeps of it is what a read answers, through traffic, lost connections and rewinds."""

import contextlib
import json
import random
import signal
import socket
import time
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from api.feed import Change, Client, Subscription
from api.messages import Data, Resumed
from local.people import UNIT, main_account
from tests.api.replica import Replica, portfolio_by_rest
from tests.api.stack import Api, Stack, until

pytestmark = pytest.mark.slow

SUB_ACCOUNTS = 100
SOCKETS = 20
ASKED = 400


def replica_of(stack: Stack, api: Api | None = None) -> Replica:
    """Of four people, and of the blocks: last, so that a block's word comes after those of its accounts."""
    keys: list[Any] = [("account", person) for person in stack.people.persons[:4]]
    return Replica((api or stack.api).ws, [*keys, ("blocks", None)])


def differences(stack: Stack, replica: Replica) -> list[Any] | None:
    """Against reads as of the replica's tip; None where that block was taken back meanwhile."""
    tip = replica.tip
    if tip is None or len(replica.known) < len(replica.keys):
        return None
    found = []
    place = {"at_block": tip["number"], "min_block": f"{tip['number']}:{tip['hash']}"}
    for owner in [owner for channel, owner in replica.keys if channel == "account" and owner]:
        answer = stack.api.get(f"/portfolio/{owner}", **place)
        if answer.status_code != 200:
            return None
        held, read = replica.portfolio(owner), portfolio_by_rest(answer.json())
        found += [(owner, held, read)] if held != read else []
    still = stack.api.get("/status", min_block=place["min_block"]).status_code == 200
    return found if still else None


def compared(stack: Stack, replica: Replica, message: dict[str, Any]) -> int:
    """After each word about an account it is as of the block that was named: 1, or 0 where it cannot be told."""
    if message.get("channel") != "account" or "data" not in message:
        return 0
    answer = stack.api.get(f"/portfolio/{message['key']}", at_block=message["seq"])
    if stack.api.read("/status")["reorgs"] != message["epoch"]:
        return 0
    assert replica.portfolio(message["key"]) == portfolio_by_rest(answer.json())
    return 1


def catch_up(stack: Stack, replica: Replica) -> None:
    """Hear until the replica is at the chain's head, and equal to what is read there."""
    stack.settle()
    head = stack.chain.call("eth_getBlockByNumber", "latest", False)["hash"]

    def equal() -> bool:
        replica.hear_all()
        return (replica.tip or {}).get("hash") == head and differences(stack, replica) == []

    until(equal, "the head")


def test_a_subscription_begins_with_a_snapshot_and_goes_on_with_deltas(stack: Stack) -> None:
    replica = replica_of(stack)
    with replica.connected():
        assert [replica.hear()["type"] for _ in replica.keys] == ["snapshot"] * 5
        assert differences(stack, replica) == []
        stack.live(random.Random(11), 10)
        catch_up(stack, replica)
    assert set(replica.seen) <= {"snapshot", "delta", "heartbeat"}


def test_a_lock_reaches_the_stream_though_no_balance_changes(stack: Stack) -> None:
    """It was dropped, because the row's place is that of its last movement."""
    anna = stack.people.persons[0]
    replica = replica_of(stack)
    with replica.connected():
        replica.hear_beginnings()
        stack.lock(1, anna, 1)
        catch_up(stack, replica)
    stack.lock(1, anna, 2)
    stack.settle()
    with replica.connected():
        catch_up(stack, replica)


def test_a_holding_that_was_given_away_while_the_client_was_gone_does_not_stay(stack: Stack) -> None:
    """It stayed: the snapshot's rows told nothing of what had fallen to zero, so the client was told to go on."""
    giver, taker = stack.people.persons[2:4]
    replica = replica_of(stack)
    with replica.connected():
        replica.hear_beginnings()
    held = stack.people.token.functions.balanceOf(giver, 2).call()
    assert held
    stack.people.send(stack.people.token.functions.safeTransferFrom(giver, taker, 2, held, b""), giver)
    stack.settle()
    with replica.connected():
        catch_up(stack, replica)
        assert "resumed" in replica.seen
        assert ("holdings", 2) not in replica.portfolio(giver)


@pytest.mark.parametrize("place", [{"epoch": 0, "seq": 10**30}, {"epoch": 0, "seq": -5}, {"epoch": 99, "seq": 1},
                                   {"epoch": 0, "seq": 0}, {"epoch": "0", "seq": "1"}, {"seq": 5}])  # fmt: skip
def test_who_resumes_from_nowhere_gets_a_snapshot(stack: Stack, place: dict[str, Any]) -> None:
    replica = Replica(stack.api.ws, [])
    with replica.connected():
        replica.say(op="subscribe", channel="account", key=stack.people.persons[0], **place)
        assert replica.hear()["type"] == "snapshot"


BAD_MESSAGES: list[str | bytes] = [
    "", "x", "[]", "null", "7", "{}", '{"op": "fly"}', '{"op": ["subscribe"]}', '{"op": "subscribe"}',
    '{"op": "subscribe", "channel": "x"}', '{"op": "subscribe", "channel": {}}',
    '{"op": "subscribe", "channel": "account"}', '{"op": "subscribe", "channel": "account", "key": 7}',
    '{"op": "subscribe", "channel": "account", "key": "0x12"}', "[" * 4_000, "9" * 4_000, "a" * 60_000,
    '{"op": "subscribe", "channel": "account", "key": "\\ud800"}', "\0", b"\xff\xfe",
    b'{"op": "x"}',
]  # fmt: skip


def test_what_makes_no_sense_is_answered_and_the_connection_lives(stack: Stack) -> None:
    replica = Replica(stack.api.ws, [])
    with replica.connected():
        assert replica.socket
        for message in BAD_MESSAGES:
            replica.socket.send(message)
            answer = replica.hear()
            assert answer["type"] == "error", message
            assert answer["code"] in ("invalid-request", "invalid-address")
        replica.say(op="unsubscribe", channel="account", key=stack.people.persons[0])
        replica.say(op="subscribe", channel="blocks")
        assert replica.hear()["type"] == "snapshot"


def test_a_connection_has_a_limit_of_subscriptions_and_giving_one_up_makes_room(stack: Stack) -> None:
    replica = Replica(stack.api.ws, [])
    with replica.connected():
        for number in range(65):
            replica.say(op="subscribe", channel="account", key=f"0x{number + 1:040x}")
        heard = [replica.hear() for _ in range(65)]
        assert [message["type"] for message in heard] == ["snapshot"] * 64 + ["error"]
        replica.say(op="unsubscribe", channel="account", key=f"0x{1:040x}")
        replica.say(op="subscribe", channel="blocks")
        assert replica.hear()["type"] == "snapshot"


def test_a_replica_equals_the_reads_through_traffic_lost_connections_and_rewinds(rewound: Stack) -> None:
    chance = random.Random(4711)
    replica = replica_of(rewound)
    count = 0
    for _ in range(14):
        with replica.connected():
            for _ in range(chance.randint(1, 5)):
                draw = chance.random()
                if draw < 0.8:
                    rewound.live(chance, chance.randint(1, 3))
                else:
                    rewound.chain.call("anvil_reorg", chance.randint(1, 5), [])
                with contextlib.suppress(TimeoutError):
                    while True:
                        count += compared(rewound, replica, replica.hear(0.03))
        if chance.random() < 0.7:
            rewound.live(chance, chance.randint(1, 4))
        if chance.random() < 0.2:
            rewound.chain.call("anvil_reorg", chance.randint(1, 5), [])
            rewound.settle()
    with replica.connected():
        catch_up(rewound, replica)
    assert count > 10
    counts = {kind: replica.seen.count(kind) for kind in ("snapshot", "delta", "resumed", "reorg")}
    assert min(counts.values()) > 0, counts


def idle(stack: Stack) -> bool:
    """The API has done what it was asked to: it uses no more of the processor."""
    process = psutil.Process(stack.api.process.child.pid)
    before = process.cpu_times()
    time.sleep(0.5)
    return bool(sum(process.cpu_times()[:2]) - sum(before[:2]) < 0.05)


def test_a_client_that_does_not_read_is_told_to_begin_again(stack: Stack) -> None:
    """20 MB are pushed to it: less would rest in the kernel's buffers, and nothing would be tested."""
    anna = stack.people.persons[0]
    for number in range(10, 10 + SUB_ACCOUNTS):
        call = stack.people.vault.functions.deposit(main_account(anna) + number, UNIT)
        call.transact({"from": anna, "gas": 300_000})
    stack.settle()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.connect(("127.0.0.1", stack.api.port))
    with connect(stack.api.ws, sock=raw, max_queue=1, max_size=None, compression=None) as slow:
        for _ in range(ASKED):
            slow.send(json.dumps({"op": "subscribe", "channel": "account", "key": anna}))
        until(lambda: idle(stack), "the API to have answered")
        heard = []
        with contextlib.suppress(TimeoutError):
            while "resync_required" not in heard:
                heard.append(json.loads(slow.recv(2))["type"])
        assert heard[-1] == "resync_required"
        assert set(heard) == {"snapshot", "resync_required"}
        assert len(heard) < ASKED
        slow.send('{"op": "subscribe", "channel": "blocks"}')
        until(lambda: json.loads(slow.recv(2)).get("channel") == "blocks", "a new beginning")
    assert stack.api.read("/status")


def hear_the_end(socket: Connection) -> bool:
    try:
        while True:
            socket.recv(1)
    except ConnectionClosed:
        return True


def test_a_server_with_open_sockets_ends_when_it_is_asked_to(stack: Stack) -> None:
    with stack.another_api() as api, contextlib.ExitStack() as sockets:
        opened = [sockets.enter_context(connect(api.ws)) for _ in range(SOCKETS)]
        for one in opened:
            one.send('{"op": "subscribe", "channel": "blocks"}')
            assert json.loads(one.recv(5))["type"] == "snapshot"
        api.process.ask_to_stop(signal.SIGTERM)
        api.process.child.wait(5)
        for one in opened:
            assert hear_the_end(one)
        assert "Traceback" not in api.process.log.read_text()


def test_what_a_client_missed_is_sent_before_what_came_while_it_was_read() -> None:
    """The newer change once went first, and made what was missed look old: the client never heard of it."""
    client = Client()
    subscription = Subscription(client, "blocks", "")
    client.subscriptions["blocks", ""] = subscription
    nothing = Data.model_validate({"indexed_block": 90, "finalized_block": 0})
    missed, newer = Change(0, 88, nothing), Change(0, 90, nothing)
    subscription.offer(newer)
    subscription.start(Resumed(channel="blocks", key=None, epoch=0, seq=86), missed)
    sent = [client.queue.get_nowait() for _ in range(client.queue.qsize())]
    assert [(message.type, getattr(message, "prev_seq", None), getattr(message, "seq", None)) for message in sent] == [
        ("resumed", None, 86), ("delta", 86, 88), ("delta", 88, 90),
    ]  # fmt: skip
