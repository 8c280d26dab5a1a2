"""Pages: every row exactly once, also while the ledger grows; no cursor but our own; no page from a lost branch."""

import base64
import random
import struct
from typing import Any

import pytest

from local.people import main_account
from tests.api.stack import Api, Stack, require_problem

CURSOR = struct.Struct(">QI32s")
Place = tuple[int, int]


def walk(api: Api, stack: Stack | None = None, **params: Any) -> list[Place]:
    """Every page; with a stack, somebody pays between any two."""
    places: list[Place] = []
    cursor: dict[str, str] = {}
    while True:
        body = api.read("/postings", limit=3, **params, **cursor)
        places += [(row["block_number"], row["log_index"]) for row in body["postings"]]
        if body["next_cursor"] is None:
            return places
        assert len(body["postings"]) == 3
        cursor = {"cursor": body["next_cursor"]}
        if stack is not None:
            stack.live(random.Random(len(places)), 1)


def posted(stack: Stack, head: int) -> list[Place]:
    """What the vault's own logs say, newest first."""
    logs = stack.people.vault.events.Posting().get_logs(from_block=0, to_block=head)
    return sorted(((log["blockNumber"], log["logIndex"]) for log in logs), reverse=True)


def test_a_walk_gives_every_posting_exactly_once(api: Api, stack: Stack) -> None:
    head = stack.settle()
    assert walk(api) == posted(stack, head)


def test_a_walk_gives_every_posting_exactly_once_while_new_ones_come(api: Api, stack: Stack) -> None:
    head = stack.settle()
    assert walk(api, stack) == posted(stack, head)


def test_the_last_page_says_so_even_where_it_is_full(api: Api, stack: Stack) -> None:
    stack.settle()
    anna = stack.people.persons[0]
    block = int(api.read("/postings", owner=anna, limit=1)["postings"][0]["block_number"])
    total = len(walk(api, owner=anna, at_block=block))
    body = api.read("/postings", owner=anna, at_block=block, limit=min(total, 200))
    assert (len(body["postings"]), body["next_cursor"]) == (total, None)


def test_a_posting_between_two_accounts_of_one_owner_is_listed_once(api: Api, stack: Stack) -> None:
    for person in stack.people.persons[:3]:
        found = walk(api, owner=person)
        assert len(found) == len(set(found))
        both = {p for number in (0, 1) for p in walk(api, account=f"0x{main_account(person) + number:064x}")}
        assert set(found) == both


def test_a_walk_in_the_past_stays_there(api: Api, stack: Stack) -> None:
    head = stack.settle()
    block = head - 10
    assert walk(api, at_block=block) == posted(stack, block)


def test_pages_of_holdings_are_as_of_the_block_of_the_first_whatever_happens_meanwhile(api: Api, stack: Stack) -> None:
    stack.settle()
    rows: list[dict[str, Any]] = []
    body = api.read("/holdings", property_id=1, limit=2)
    block = body["meta"]["at_block"]
    while True:
        rows += body["holdings"]
        assert body["meta"]["at_block"] == block
        if body["next_cursor"] is None:
            break
        assert len(body["holdings"]) == 2
        stack.live(random.Random(len(rows)), 3)
        stack.settle()
        body = api.read("/holdings", property_id=1, limit=2, cursor=body["next_cursor"])
    assert body["meta"]["indexed_block"] > block
    token = stack.people.token.functions
    assert len(rows) > 2
    for row in rows:
        balance, locked = (
            found(row["holder"], 1).call(block_identifier=block) for found in (token.balanceOf, token.locked_of)
        )
        assert (row["balance"], row["locked"]) == (str(balance), str(locked))
    assert sum(int(row["balance"]) for row in rows) == token.totalSupply(1).call(block_identifier=block)
    assert len({row["holder"] for row in rows}) == len(rows)
    assert api.read("/properties/1", at_block=block)["property"]["holders_count"] == len(rows)


def test_a_page_of_holdings_as_of_another_block_than_the_first_is_refused(api: Api, stack: Stack) -> None:
    stack.settle()
    body = api.read("/holdings", property_id=1, limit=1)
    block, cursor = body["meta"]["at_block"], body["next_cursor"]
    assert api.read("/holdings", property_id=1, limit=1, cursor=cursor, at_block=block)["holdings"]
    found = require_problem(api.get("/holdings", property_id=1, cursor=cursor, at_block=block - 1), "invalid-cursor")
    assert f"as of block {block}, not {block - 1}" in found["detail"]


HOLDING_CURSOR = struct.Struct(">QI32sQQ20s")


@pytest.mark.parametrize("number", [2**63, 2**64 - 1])
def test_a_holding_that_cannot_be_is_no_cursor(api: Api, number: int) -> None:
    block = api.read("/status")["meta"]
    place = (block["indexed_block"], 0, bytes.fromhex(block["indexed_block_hash"][2:]))
    for key in ((number, 1), (1, number)):
        text = base64.urlsafe_b64encode(HOLDING_CURSOR.pack(*place, *key, bytes(20))).decode().rstrip("=")
        require_problem(api.get("/holdings", property_id=1, cursor=text), "invalid-cursor")


def test_a_list_of_holdings_whose_block_was_orphaned_names_the_fork(rewound: Stack) -> None:
    api, chain = rewound.api, rewound.chain
    rewound.live(random.Random(4), 6)
    head = rewound.settle()
    body = api.read("/holdings", property_id=1, limit=1)
    assert body["meta"]["at_block"] == head
    chain.call("anvil_reorg", 3, [])
    rewound.settle()
    answer = api.get("/holdings", property_id=1, limit=1, cursor=body["next_cursor"])
    assert require_problem(answer, "cursor-orphaned")["fork_block"] == head - 3


def cursor_of(number: int, index: int, block_hash: bytes) -> str:
    return base64.urlsafe_b64encode(CURSOR.pack(number, index, block_hash)).decode().rstrip("=")


FORGED = {
    "empty": "",
    "random bytes": base64.urlsafe_b64encode(random.Random(1).randbytes(44)).decode().rstrip("="),
    "too short": "AAAA",
    "too long": "A" * 5_000,
    "a number": "17",
    "hexadecimal": "0x" + 44 * "ab",
    "standard base64": "+/" * 29 + "A",
    "with padding": cursor_of(1, 0, bytes(32)) + "=",
    "not ASCII": "é" * 59,
    "a line break": cursor_of(1, 0, bytes(32))[:-1] + "\n",
    "NUL": "\0" * 59,
    "JSON": '{"block_number": 1}',
    "an unknown block": cursor_of(10, 0, b"\xab" * 32),
    "a future block": cursor_of(2**40, 0, b"\xab" * 32),
    "beyond bigint": cursor_of(2**64 - 1, 0, bytes(32)),
    "as if negative": cursor_of(2**63, 2**32 - 1, bytes(32)),
}


@pytest.mark.parametrize("cursor", FORGED.values(), ids=FORGED.keys())
def test_a_cursor_that_is_not_ours_is_refused(api: Api, cursor: str) -> None:
    require_problem(api.get("/postings", cursor=cursor), "invalid-cursor")


def test_a_cursor_with_another_block_s_hash_is_refused(api: Api) -> None:
    row = api.read("/postings", limit=1)["postings"][0]
    forged = cursor_of(row["block_number"] - 1, 0, bytes.fromhex(row["block_hash"][2:]))
    require_problem(api.get("/postings", cursor=forged), "invalid-cursor")


def test_a_page_whose_anchor_was_orphaned_names_the_fork(rewound: Stack) -> None:
    """And after a deeper rewind, the deeper fork: pages above it hold no longer."""
    api, chain = rewound.api, rewound.chain
    rewound.live(random.Random(3), 12)
    head = rewound.settle()
    page = api.read("/postings", limit=1)
    cursor, anchor = page["next_cursor"], page["postings"][0]["block_number"]
    chain.call("anvil_reorg", head - anchor + 2, [])
    rewound.settle()
    body = require_problem(api.get("/postings", cursor=cursor), "cursor-orphaned")
    assert body["fork_block"] == anchor - 2
    chain.call("anvil_reorg", head - anchor + 5, [])
    rewound.settle()
    assert require_problem(api.get("/postings", cursor=cursor), "cursor-orphaned")["fork_block"] == anchor - 5
    assert walk(api) == posted(rewound, rewound.settle())
