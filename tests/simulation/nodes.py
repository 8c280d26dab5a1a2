"""Nodes of the simulation: in place of the HTTP pool of an indexer's Node, so that all of its checks are at work."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from indexer.node import Node
from tests.simulation.contracts import CHAIN_ID, FILES, code_of
from tests.simulation.faults import BY_HASH, BY_NUMBER, FAULTS, LOGS, RECEIPTS, Answer, Fault, Refused
from tests.simulation.tree import Block, Moment, Tree

LOGS_MAX = 100
"""A range with more logs is refused, as providers do."""
FAULT_TRIES = 3
BESIDE_THE_CHAIN = ("view of the other fork", "wrong chain")


@dataclass
class Weather:
    """What goes wrong, for all nodes of a world."""

    chance: random.Random
    rate: float
    """Of answers that are spoiled."""
    names: Sequence[str]
    """Of faults that may happen."""
    counts: Counter[str] = field(default_factory=Counter)
    may_show_orphans: bool = True
    """No node shows a branch that is not the chain again before one told the truth: seen twice, it is followed."""

    def draw(self, methods: frozenset[str]) -> str | None:
        if not self.rate or self.chance.random() >= self.rate:
            return None
        for _ in range(FAULT_TRIES):
            name = self.chance.choice(self.names)
            if FAULTS[name].methods & methods and (self.may_show_orphans or name not in BESIDE_THE_CHAIN):
                return name
        return None


@dataclass
class SimulatedNode:
    """One provider. `stuck`: it goes on at that moment, whatever the others do. `steady`: it never fails."""

    tree: Tree
    foreign: Tree
    """The chain that it shows when it is the wrong one."""
    weather: Weather
    steady: bool = False
    stuck: Moment | None = None
    requests: int = 0

    def request(self, method: str, url: str, *, body: bytes, **options: Any) -> Answer:  # noqa: ARG002  # urllib3's
        """As urllib3's PoolManager, whose place this takes in a Node."""
        self.requests += 1
        requests = msgspec.json.decode(body)
        methods = frozenset(request["method"] for request in requests)
        name = None if self.steady or self.stuck else self.weather.draw(methods)
        if name is None:
            return self.honest(requests)
        if away := FAULTS[name].away:
            self.weather.counts[name] += 1
            return away()
        answer = self.spoilt(name, FAULTS[name], requests)
        if answer is None:
            return self.honest(requests)
        self.weather.counts[name] += 1
        return answer

    def honest(self, requests: Sequence[Any]) -> Answer:
        moment = self.stuck or self.tree.now
        if self.stuck is None and requests[0]["params"][:1] == ["latest"]:
            self.weather.may_show_orphans = True
        return Answer(as_batch(self.members(self.tree, moment, requests)))

    def spoilt(self, name: str, fault: Fault, requests: Sequence[Any]) -> Answer | None:
        """None where the fault changes nothing of this answer."""
        chance, tree, moment = self.weather.chance, self.tree, self.tree.now
        if name == "wrong chain":
            tree, moment = self.foreign, self.foreign.now
            self.weather.may_show_orphans = False
        if fault.view:
            other = fault.view(tree, chance)
            if other is None or other == moment:
                return None
            moment = other
            self.weather.may_show_orphans = tree.is_canonical(moment.head) and self.weather.may_show_orphans
        members = self.members(tree, moment, requests)
        if fault.member and not self.alter(fault, requests, members):
            return None
        if fault.batch:
            members = fault.batch(members, chance)
        data = as_batch(members)
        return Answer(fault.body(data, chance) if fault.body else data)

    def alter(self, fault: Fault, requests: Sequence[Any], members: list[bytes]) -> bool:
        """Alter one member that the fault has something to do with; whether that makes a difference."""
        assert fault.member
        chosen = [number for number, request in enumerate(requests) if request["method"] in fault.methods]
        number = self.weather.chance.choice(chosen)
        before = msgspec.json.decode(members[number]).get("result")
        if before is None:
            return False
        try:
            after = fault.member(before, self.tree, self.weather.chance)
        except Refused as refusal:
            members[number] = refused(number, refusal)
            return True
        members[number] = member(number, msgspec.json.encode(after))
        return bool(after != before)

    def members(self, tree: Tree, moment: Moment, requests: Iterable[Any]) -> list[bytes]:
        found = []
        for request in requests:
            number = request["id"]
            try:
                found.append(member(number, self.result(tree, moment, request["method"], request["params"])))
            except Refused as refusal:
                found.append(refused(number, refusal))
        return found

    def result(self, tree: Tree, moment: Moment, method: str, params: list[Any]) -> bytes:
        if method == BY_NUMBER:
            block = self.named(tree, moment, params[0])
            return block.header_json if block else b"null"
        if method == BY_HASH:
            block = tree.by_hash.get(params[0])
            return block.header_json if block else b"null"
        if method == RECEIPTS:
            block = tree.by_hash.get(params[0])
            return block.receipts_json if block else b"null"
        if method == LOGS:
            return msgspec.json.encode(self.logs(tree, moment, params[0]))
        if method == "eth_chainId":
            return b'"%s"' % hex(CHAIN_ID if tree is self.tree else CHAIN_ID + 1).encode()
        assert method == "eth_getCode", f"nobody simulates {method}"
        return b'"0x%s"' % (code_of(params[0]).hex() if params[0] in FILES else "").encode()

    def named(self, tree: Tree, moment: Moment, tag: str) -> Block | None:
        if tag == "latest":
            return moment.head
        return tree.ancestor(moment.head, moment.finalized if tag == "finalized" else int(tag, 16))

    def logs(self, tree: Tree, moment: Moment, wanted: dict[str, Any]) -> list[dict[str, Any]] | None:
        """None where the block is not known."""
        if "blockHash" in wanted:
            block = tree.by_hash.get(wanted["blockHash"])
            return block.logs_json if block else None
        first, last = (int(wanted[name], 16) for name in ("fromBlock", "toBlock"))
        found = [tree.ancestor(moment.head, number) for number in range(first, last + 1)]
        blocks = [block for block in found if block]
        if sum(len(block.logs) for block in blocks) > LOGS_MAX:
            raise Refused((-32005, "query returned more than 100 results"))
        return [log for block in blocks for log in block.logs_json]


def node_over(number: int, simulated: SimulatedNode) -> Node:
    """The indexer's Node, asking a simulated one in place of the network."""
    node = Node(f"http://node-{number}")
    node._pool = simulated  # type: ignore[assignment]  # in place of urllib3's
    return node


def member(number: int, result: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":%d,"result":%s}' % (number, result)


def refused(number: int, refusal: Refused) -> bytes:
    code, words = refusal.args[0]
    return msgspec.json.encode({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": words}})


def as_batch(members: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(members) + b"]"
