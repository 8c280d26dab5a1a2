"""What a node does wrong, by name. Each fault spoils one answer; which, and how often, a seed draws.

A fault of the view answers truly for another moment; one of a member alters a single result; one of the batch or of
the body what is sent of them. Those that only a proof can find are left out where logs are taken on the node's word.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import urllib3

from tests.simulation.tree import Block, Moment, Tree

BY_NUMBER, BY_HASH = "eth_getBlockByNumber", "eth_getBlockByHash"
LOGS, RECEIPTS = "eth_getLogs", "eth_getBlockReceipts"
HEADERS = frozenset({BY_NUMBER, BY_HASH})
ANY = HEADERS | {LOGS, RECEIPTS, "eth_chainId", "eth_getCode"}
Value = Any
"""A result as JSON."""


@dataclass(frozen=True)
class Answer:
    """What urllib3 gives of a response."""

    data: bytes
    status: int = 200


@dataclass(frozen=True)
class Fault:
    """One kind of wrong answer. It does something in one of these ways, to requests of these methods."""

    methods: frozenset[str] = ANY
    only_proof_finds: bool = False
    away: Callable[[], Answer] | None = None
    view: Callable[[Tree, random.Random], Moment | None] | None = None
    member: Callable[[Value, Tree, random.Random], Value] | None = None
    batch: Callable[[list[bytes], random.Random], list[bytes]] | None = None
    body: Callable[[bytes, random.Random], bytes] | None = None


def timeout() -> Answer:
    raise urllib3.exceptions.ReadTimeoutError(None, "", "timed out")  # type: ignore[arg-type]  # no pool is needed


def hung_up() -> Answer:
    raise urllib3.exceptions.ProtocolError("the connection was closed")


def refused(_value: Value, _tree: Tree, chance: random.Random) -> Value:
    raise Refused(chance.choice([(-32005, "query returned too many results"), (-32603, "internal error")]))


class Refused(Exception):
    """A member of the batch is answered with a JSON-RPC error: its code and words."""


# -- views


def stale(tree: Tree, chance: random.Random) -> Moment | None:
    """How things stood a while ago, on the same branch."""
    found = [moment for moment in tree.moments if tree.is_canonical(moment.head)]
    return chance.choice(found) if found else None


def jumped_back(tree: Tree, chance: random.Random) -> Moment | None:
    number = max(0, tree.head.number - chance.randint(1, 12))
    return Moment(tree.canonical[number], min(tree.finalized, number))


def orphaned(tree: Tree, chance: random.Random) -> Moment | None:
    """How things stood before a reorganisation."""
    found = [moment for moment in tree.orphans if not tree.is_canonical(moment.head)]
    return chance.choice(found) if found else None


def finalized_back(tree: Tree, chance: random.Random) -> Moment | None:
    return Moment(tree.head, chance.randint(0, tree.finalized))


# -- headers


def one_lower(value: Value, tree: Tree, _: random.Random) -> Value:
    """The header of another height."""
    number = int(value["number"], 16) - 1 if value else -1
    return msgspec.json.decode(tree.canonical[number].header_json) if 0 <= number < len(tree.canonical) else value


def forged_header(value: Value, _: Tree, chance: random.Random) -> Value:
    """One field is another one, under the same hash."""
    if not value:
        return value
    name = chance.choice(["parentHash", "receiptsRoot", "timestamp", "stateRoot", "gasUsed"])
    digits = value[name]
    return value | {name: digits[:-1] + ("1" if digits[-1] != "1" else "2")}


# -- logs and receipts


def logs_of_another_fork(value: Value, tree: Tree, _: random.Random) -> Value:
    if not value:
        return value
    number = int(value[0]["blockNumber"], 16)
    other = other_block_at(tree, number, value[0]["blockHash"])
    return other.logs_json if other and other.logs else value


def receipts_of_another_block(value: Value, tree: Tree, chance: random.Random) -> Value:
    if not value:
        return value
    number = int(value[0]["transactionHash"][2:34], 16)
    other = other_block_at(tree, number, "") or tree.canonical[chance.randrange(len(tree.canonical))]
    return msgspec.json.decode(other.receipts_json)


def other_block_at(tree: Tree, number: int, known: str) -> Block | None:
    """A block that was at this height before a reorganisation."""
    for moment in tree.orphans:
        block = tree.ancestor(moment.head, number)
        if block and block.hash != known and not tree.is_canonical(block):
            return block
    return None


def doubled_logs(value: Value, _tree: Tree, _chance: random.Random) -> Value:
    return value[:1] + value if value else value


def reordered_logs(value: Value, _tree: Tree, _chance: random.Random) -> Value:
    return value[::-1]


def removed_log(value: Value, _tree: Tree, _chance: random.Random) -> Value:
    return [*value[:-1], value[-1] | {"removed": True}] if value else value


def in_receipt(change: Callable[[list[Value]], list[Value]]) -> Callable[[Value, Tree, random.Random], Value]:
    """Change the logs of one receipt that has some."""

    def changed(value: Value, _: Tree, chance: random.Random) -> Value:
        chosen = [position for position, receipt in enumerate(value) if receipt["logs"]]
        if not chosen:
            return value
        position = chance.choice(chosen)
        receipt = value[position]
        return [*value[:position], receipt | {"logs": change(receipt["logs"])}, *value[position + 1 :]]

    return changed


def with_another_value(logs: list[Value]) -> list[Value]:
    data = logs[-1]["data"]
    return [*logs[:-1], logs[-1] | {"data": data[:-1] + ("0" if data[-1] != "0" else "1")}]


# -- batches and bodies


def shuffled(members: list[bytes], chance: random.Random) -> list[bytes]:
    """Which is allowed: members are known by their ids."""
    return chance.sample(members, len(members))


def one_missing(members: list[bytes], chance: random.Random) -> list[bytes]:
    gone = chance.randrange(len(members))
    return members[:gone] + members[gone + 1 :]


def cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body))]


def flipped(body: bytes, chance: random.Random) -> bytes:
    """Bytes that are no text."""
    position = chance.randrange(len(body))
    return body[:position] + b"\xff" + body[position + 1 :]


HTML = Answer(b"<html><body>Please come back later</body></html>")

FAULTS: dict[str, Fault] = {
    "timeout": Fault(away=timeout),
    "hung up": Fault(away=hung_up),
    "rate limit": Fault(away=lambda: Answer(b"too many requests", 429)),
    "server error": Fault(away=lambda: Answer(b"", 503)),
    "HTML with status 200": Fault(away=lambda: HTML),
    "empty body": Fault(away=lambda: Answer(b"")),
    "error instead of a batch": Fault(away=lambda: Answer(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}')),
    "error of a member": Fault(member=refused),
    "stale view": Fault(HEADERS, view=stale),
    "head jumps back": Fault(HEADERS, view=jumped_back),
    "view of the other fork": Fault(HEADERS, view=orphaned),
    "finalized goes back": Fault(HEADERS, view=finalized_back),
    "null": Fault(HEADERS | {LOGS, RECEIPTS}, member=lambda *_: None),
    "header of another height": Fault(HEADERS, member=one_lower),
    "forged header": Fault(HEADERS, True, member=forged_header),
    "logs of the other fork": Fault(frozenset({LOGS}), member=logs_of_another_fork),
    "logs doubled": Fault(frozenset({LOGS}), member=doubled_logs),
    "logs reordered": Fault(frozenset({LOGS}), member=reordered_logs),
    "log called removed": Fault(frozenset({LOGS}), member=removed_log),
    "receipts empty": Fault(frozenset({RECEIPTS}), True, member=lambda *_: []),
    "receipts of another block": Fault(frozenset({RECEIPTS}), True, member=receipts_of_another_block),
    "receipts reordered": Fault(frozenset({RECEIPTS}), True, member=reordered_logs),
    "receipts truncated": Fault(frozenset({RECEIPTS}), True, member=lambda v, *_: v[:-1]),
    "logs of a receipt empty": Fault(frozenset({RECEIPTS}), True, member=in_receipt(lambda _: [])),
    "logs of a receipt doubled": Fault(frozenset({RECEIPTS}), True, member=in_receipt(lambda logs: logs + logs)),
    "logs of a receipt truncated": Fault(frozenset({RECEIPTS}), True, member=in_receipt(lambda logs: logs[:-1])),
    "logs of a receipt reordered": Fault(frozenset({RECEIPTS}), True, member=in_receipt(lambda logs: logs[::-1])),
    "value altered": Fault(frozenset({RECEIPTS}), True, member=in_receipt(with_another_value)),
    "batch doubled": Fault(batch=lambda members, _: members + members),
    "batch reordered": Fault(batch=shuffled),
    "batch truncated": Fault(batch=one_missing),
    "answer cut": Fault(body=cut),
    "bytes that are no text": Fault(body=flipped),
    "wrong chain": Fault(ANY - {LOGS}),
}
OFTEN = [name for name, fault in FAULTS.items() if fault.view or fault.methods == {LOGS}]
"""What leads astray without being wrong in itself, and what few requests can show: drawn more often."""
