"""min_block and min_tx: a client never reads less than it has already seen, and waits no longer than it must."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.api.stack import WAIT_SECONDS, Stack, require_problem, until


@contextmanager
def indexer_asleep(stack: Stack) -> Iterator[None]:
    stack.indexer.child.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stack.indexer.child.send_signal(signal.SIGCONT)


def hash_at(stack: Stack, number: int) -> str:
    found: str = stack.chain.call("eth_getBlockByNumber", hex(number), False)["hash"]
    return found


def test_a_read_waits_for_its_block_and_goes_on_at_once(stack: Stack) -> None:
    """Seen by a read that hangs while the indexer sleeps, and answers as soon as it wakes."""
    stack.settle()
    with ThreadPoolExecutor(1) as pool:
        with indexer_asleep(stack):
            stack.chain.call("evm_mine")
            wanted = stack.web3.eth.block_number
            waiting = pool.submit(stack.api.get, "/status", min_block=f"{wanted}:{hash_at(stack, wanted)}")
            time.sleep(0.2)
            assert not waiting.done()
            assert int(stack.api.get("/status").headers["x-indexed-block"]) < wanted
        answer = waiting.result()
    assert answer.status_code == 200
    assert answer.json()["meta"]["indexed_block"] >= wanted


def test_a_read_that_waits_in_vain_says_when_to_try_again(stack: Stack) -> None:
    head = stack.settle()
    started = time.monotonic()
    answer = stack.api.get("/status", min_block=head + 1_000)
    body = require_problem(answer, "not-indexed-yet")
    assert answer.headers["retry-after"].isdigit()
    assert str(head + 1_000) in body["detail"]
    assert time.monotonic() - started >= WAIT_SECONDS


def test_a_hash_that_nobody_has_seen_is_waited_for_in_vain(stack: Stack) -> None:
    head = stack.settle()
    require_problem(stack.api.get("/status", min_block=f"{head}:0x{'ab' * 32}"), "not-indexed-yet")


def test_a_hash_of_another_number_is_refused(stack: Stack) -> None:
    head = stack.settle()
    answer = stack.api.get("/status", min_block=f"{head - 1}:{hash_at(stack, head)}")
    require_problem(answer, "block-orphaned")


def test_a_transaction_is_waited_for_even_where_it_has_no_event_of_ours(stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    with ThreadPoolExecutor(1) as pool:
        with indexer_asleep(stack):
            sent = stack.web3.eth.send_transaction({"from": anna, "to": bruno, "value": 1})  # type: ignore[typeddict-item]
            block = stack.web3.eth.wait_for_transaction_receipt(sent)["blockNumber"]
            waiting = pool.submit(stack.api.get, "/status", min_tx=sent.to_0x_hex())
            time.sleep(0.2)
            assert not waiting.done()
        assert waiting.result().json()["meta"]["indexed_block"] >= block


def test_a_transaction_that_no_node_knows_is_not_waited_for(stack: Stack) -> None:
    require_problem(stack.api.get("/status", min_tx="0x" + "ab" * 32), "unknown-transaction")


@pytest.mark.parametrize("min_block", ["-1", "x", "1.5", "1:0x12", "1:" + "ab" * 32, "9" * 19, "١", " 1", "1:", ":"])
def test_a_malformed_min_block_is_refused(stack: Stack, min_block: str) -> None:
    require_problem(stack.api.get("/status", min_block=min_block), "invalid-request")


@pytest.mark.parametrize("min_tx", ["", "0x", "0x12", "0X" + "ab" * 32, "ab" * 32, "0x" + "١" * 64])
def test_a_malformed_min_tx_is_refused(stack: Stack, min_tx: str) -> None:
    require_problem(stack.api.get("/status", min_tx=min_tx), "invalid-hash")


def test_a_block_that_was_orphaned_is_refused_with_its_fork(rewound: Stack) -> None:
    rewound.chain.call("anvil_mine", 4)
    head = rewound.settle()
    lost = hash_at(rewound, head)
    rewound.chain.call("anvil_reorg", 3, [])
    rewound.settle()
    body = require_problem(rewound.api.get("/status", min_block=f"{head}:{lost}"), "block-orphaned")
    assert body["fork_block"] == head - 3


def test_a_block_of_the_new_branch_is_waited_for_while_the_index_is_on_the_old_one(rewound: Stack) -> None:
    """It was refused as orphaned, though it was the index that was behind."""
    rewound.chain.call("anvil_mine", 4)
    head = rewound.settle()
    with ThreadPoolExecutor(1) as pool:
        with indexer_asleep(rewound):
            rewound.chain.call("anvil_reorg", 2, [])
            new = hash_at(rewound, head)
            waiting = pool.submit(rewound.api.get, "/status", min_block=f"{head}:{new}")
            time.sleep(0.2)
            assert not waiting.done()
        answer = waiting.result()
    assert answer.status_code == 200, answer.text
    until(lambda: rewound.api.read("/status")["meta"]["indexed_block_hash"] == new, "the new branch")
