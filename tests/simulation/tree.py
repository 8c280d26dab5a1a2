"""The world: a seeded tree of blocks, of which one branch is the chain. Every branch has its own valid history.

Blocks are sealed as a real chain would seal them, so that a node's answers can be proven: the hash is that of the
header, which holds the root of the receipts and the bloom of their logs.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from indexer import proof
from indexer.bloom import bloom_of
from indexer.chain import Block as Header
from indexer.chain import BlockHash, BlockNumber
from indexer.replies import ReceiptLogReply, ReceiptReply, SealedHeaderReply
from tests.indexer.refold import Event
from tests.simulation.acts import act
from tests.simulation.contracts import ADMIN, START, VAULT, RawLog, as_log, made_up_address
from tests.simulation.ledger import Ledger

EPOCH_SECONDS = 1_767_225_600
Entry = tuple[str, RawLog, Event | None]
"""Who logs, the log, and what it says; None where it is not ours."""
LEDGERS_KEPT = 128
"""Blocks below the head on which a fork can still stand."""
STRANGER = made_up_address("a contract of somebody else")
EMPTY_HASH = "0x" + 64 * "0"
TRANSACTIONS_MAX = 3
BLOOM_SIZE = 256


@dataclass(eq=False)
class Block:
    """A block of the tree, with what its transactions logged."""

    header: Header
    parent: "Block | None"
    sealed: SealedHeaderReply
    receipts: list[ReceiptReply]
    logs: list[tuple[int, int, RawLog]]
    """Of our contracts: log index, transaction index, log."""
    events: list[Event]
    logs_before: int
    """Logs of ours in all blocks below, back to the genesis."""
    sums: tuple[int, int, int]
    ledger: Ledger | None
    """None once it is too old for a fork."""

    @property
    def number(self) -> int:
        return self.header.number

    @property
    def hash(self) -> str:
        return self.header.hash

    @property
    def logs_so_far(self) -> int:
        return self.logs_before + len(self.logs)

    @cached_property
    def header_json(self) -> bytes:
        return msgspec.json.encode(self.sealed)

    @cached_property
    def receipts_json(self) -> bytes:
        return msgspec.json.encode(self.receipts)

    @cached_property
    def logs_json(self) -> list[dict[str, Any]]:
        """As eth_getLogs gives them."""
        place = {"blockNumber": hex(self.number), "blockHash": self.hash, "removed": False}
        return [
            {
                **place, "logIndex": hex(index), "transactionIndex": hex(transaction),
                "transactionHash": transaction_hash(self.number, transaction), "address": log.address,
                "topics": log.topics, "data": log.data,
            }
            for index, transaction, log in self.logs
        ]  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """What a node that is up to date knew at some time."""

    head: Block
    finalized: int


@dataclass
class Tree:
    """All blocks that there ever were. `busy`: how likely a block has transactions of ours."""

    chance: random.Random
    busy: float
    final_depth: int
    """How far below the head a block is called final."""
    name: str = "ours"
    canonical: list[Block] = field(init=False)
    """The chain, by number."""
    by_hash: dict[str, Block] = field(init=False, default_factory=dict)
    finalized: int = field(init=False, default=0)
    moments: deque[Moment] = field(init=False, default_factory=lambda: deque(maxlen=64))
    orphans: deque[Moment] = field(init=False, default_factory=lambda: deque(maxlen=8))
    """How things stood just before each of the last reorganisations."""

    def __post_init__(self) -> None:
        header = sealed_header(0, EMPTY_HASH, EPOCH_SECONDS, self.name.encode(), [])
        genesis = Block(summary(header), None, header, [], [], [], 0, (0, 0, 0), Ledger())
        self.canonical, self.by_hash[genesis.hash] = [genesis], genesis

    @property
    def head(self) -> Block:
        return self.canonical[-1]

    @property
    def now(self) -> Moment:
        return Moment(self.head, self.finalized)

    def is_canonical(self, block: Block) -> bool:
        return block.number < len(self.canonical) and self.canonical[block.number] is block

    def ancestor(self, block: Block, number: int) -> Block | None:
        """The block at this height on the branch that ends in `block`; None above it."""
        if not 0 <= number <= block.number:
            return None
        while block.number > number:
            if self.is_canonical(block):
                return self.canonical[number]
            assert block.parent is not None
            block = block.parent
        return block

    def fork_of(self, one: Block, other: Block) -> Block:
        """Where two branches meet."""
        number = min(one.number, other.number)
        while (found := self.ancestor(one, number)) is not self.ancestor(other, number):
            number -= 1
        assert found is not None
        return found

    # -- how it grows

    def mine(self, count: int = 1) -> None:
        for _ in range(count):
            block = self.grow(self.head)
            self.canonical.append(block)
            if block.number >= LEDGERS_KEPT:
                self.canonical[block.number - LEDGERS_KEPT].ledger = None
        self.finalized = max(self.finalized, self.head.number - self.final_depth)
        self.moments.append(self.now)

    def reorganise(self, depth: int, length: int) -> int:
        """Replace the newest blocks, none that is final, by so many others; how many were replaced."""
        depth = min(depth, self.head.number - self.finalized)
        if depth > 0:
            self.orphans.append(self.now)
            del self.canonical[len(self.canonical) - depth :]
            self.mine(max(1, length))
        return depth

    def grow(self, parent: Block) -> Block:
        """A block on any other one, which need not be the head."""
        assert parent.ledger is not None, "only young blocks have children"
        ledger = parent.ledger.after()
        seconds = parent.header.timestamp + self.chance.choice([1, 2, 12, 12, 50])
        batches = self.transactions(ledger)
        events, receipts, logs = self.carried_out(parent.number + 1, batches)
        header = sealed_header(parent.number + 1, parent.hash, seconds, self.chance.randbytes(8), receipts)
        sums = ledger.sums()
        block = Block(summary(header), parent, header, receipts, logs, events, parent.logs_so_far, sums, ledger)
        self.by_hash[block.hash] = block
        return block

    def transactions(self, ledger: Ledger) -> list[list[Entry]]:
        """What each transaction of a block logs. Some are of strangers, one in many is what no contract would log."""
        found: list[list[Entry]] = []
        while self.chance.random() < self.busy and len(found) < TRANSACTIONS_MAX:
            ledger.said = []
            act(ledger, self.chance)
            entries: list[Entry] = [
                (c, as_log(c, name, args), Event(name, (0, 0), args, c)) for c, name, args in ledger.said
            ]
            if self.chance.random() < 0.15:
                entries.insert(0, (STRANGER, RawLog(STRANGER, [EMPTY_HASH], "0x"), None))
            if self.chance.random() < 0.01:
                entries.append((VAULT, forged(), Event("forged", (0, 0), {})))
            if entries:
                found.append(entries)
        return found

    def carried_out(
        self, number: int, batches: list[list[Entry]]
    ) -> tuple[list[Event], list[ReceiptReply], list[tuple[int, int, RawLog]]]:
        events, receipts, logs = [], [], []
        index = 0
        for transaction, entries in enumerate(batches):
            for contract, log, event in entries:
                if event is not None:
                    name = event.name if event.name not in PASSED_OVER else "unknown"
                    events.append(Event(name, (number, index), event.args, contract))
                    logs.append((index, transaction, log))
                index += 1
            hash_ = transaction_hash(number, transaction)
            of_receipt = [ReceiptLogReply(log.address, log.topics, log.data) for _, log, _ in entries]
            bloom = f"0x{bloom_of(i for log in of_receipt for i in (log.address, *log.topics)):0{2 * BLOOM_SIZE}x}"
            gas = hex(21_000 * (transaction + 1))
            receipts.append(
                ReceiptReply(
                    transactionHash=hash_,
                    cumulativeGasUsed=gas,
                    logs=of_receipt,
                    logsBloom=bloom,
                    status="0x1",
                    type="0x2",
                )
            )
        return events, receipts, logs


PASSED_OVER = {"ApprovalForAll", "FractionsReserved", "Collected"}


def forged() -> RawLog:
    """A posting whose data is too short to be one."""
    log = as_log(VAULT, "KeyBurnt", {"owner": ADMIN, "kind": 1, "key": bytes(32), "request_id": bytes(32)})
    return RawLog(log.address, log.topics, log.data[:66])


def transaction_hash(number: int, index: int) -> str:
    return f"0x{number:032x}{index:032x}"


def sealed_header(
    number: int, parent: str, seconds: int, extra: bytes, receipts: list[ReceiptReply]
) -> SealedHeaderReply:
    """A header of Prague's form over these receipts, with the hash of its fields."""
    header = SealedHeaderReply(
        number=hex(number), hash=EMPTY_HASH, parentHash=parent, timestamp=hex(seconds), sha3Uncles=EMPTY_HASH,
        miner=ADMIN, stateRoot=EMPTY_HASH, transactionsRoot=EMPTY_HASH, receiptsRoot=proof.receipts_root(receipts),
        logsBloom=f"0x{proof.bloom_of_logs(receipts):0{2 * BLOOM_SIZE}x}", difficulty="0x0", gasLimit="0x1c9c380",
        gasUsed=hex(21_000 * len(receipts)), extraData="0x" + extra.hex(), mixHash=EMPTY_HASH, nonce="0x" + 16 * "0",
        baseFeePerGas="0x7", withdrawalsRoot=EMPTY_HASH, blobGasUsed="0x0", excessBlobGas="0x0",
        parentBeaconBlockRoot=EMPTY_HASH, requestsHash=EMPTY_HASH,
    )  # fmt: skip
    header.hash = proof.header_hash(header)
    return header


def summary(header: SealedHeaderReply) -> Header:
    number, seconds = BlockNumber(int(header.number, 16)), int(header.timestamp, 16)
    return Header(number, BlockHash(header.hash), BlockHash(header.parentHash), seconds)


assert START == 1, "the genesis is the anchor: nothing of ours is in it"
