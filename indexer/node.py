"""The follower's own JSON-RPC: the only file that touches the network. Every reply is checked before use.

What a node says is untrusted: replies are parsed into exact shapes, and whatever does not fit, or
contradicts what was asked, raises Unusable. Batches are JSON-RPC 2.0 batches.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import urllib3

from indexer import bloom, proof, trust
from indexer.chain import Address, Block, BlockHash, BlockNumber, Log, Seal
from indexer.errors import Lie, Unusable
from indexer.replies import Data, ErrorReply, HeaderReply, LogReply, Quantity, ReceiptReply, Reply, SealedHeaderReply

TIMEOUT_SECONDS = 10
HEADERS_PER_BATCH = 200
WAKE_UP_RETRY_SECONDS = 5
RECEIPTS_START = 8
"""Blocks whose receipts are asked for at once, at first."""
RECEIPTS_MAX = 500
ANSWER_BYTES_WANTED = 2_000_000
"""An answer of receipts is asked to be about this long: parsers slow down on huge ones."""
ANSWER_BYTES_MAX = 4_000_000
BRANCH_BLOCKS_MAX = 64
"""A branch that was left is not longer than this: two epochs, after which a block is final."""
REVERTED = 3
"""The error code of a call that a contract refused."""
NEWEST_SHARE = 0.2
"""Of the last answer in the latency that is kept."""
KNOWN_FIELDS = {
    *SealedHeaderReply.__struct_fields__,
    "size",
    "totalDifficulty",
    "uncles",
    "transactions",
    "withdrawals",
}

MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that it cannot make sense of."""


class NodeError(Unusable):
    """The node answered a request with a JSON-RPC error."""


class Node:
    """One JSON-RPC provider over HTTP. Not shared between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.proves = False
        """Whether headers are hashed, and logs taken from receipts whose root the header names."""
        self.latency_seconds = 0.0
        self.bytes_read = 0
        self.receipts_per_call = RECEIPTS_START
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)
        self._encoder = msgspec.json.Encoder()
        self._replies = msgspec.json.Decoder(list[Reply])
        self._header = msgspec.json.Decoder(HeaderReply | None)
        self._sealed_header = msgspec.json.Decoder(SealedHeaderReply | None)
        self._receipts = msgspec.json.Decoder(list[ReceiptReply] | None)
        self._logs = msgspec.json.Decoder(list[LogReply])

    def chain_id(self) -> int:
        return int(self._parse(self._call([("eth_chainId", [])])[0], Quantity), 16)

    def code(self, address: Address) -> bytes:
        """Runtime code at the newest block; empty where there is no contract."""
        text = self._parse(self._call([("eth_getCode", [address, "latest"])])[0], Data)
        return bytes.fromhex(text[2:])

    def views(self, calls: Sequence[tuple[Address, str]], block_hash: BlockHash) -> list[str | None]:
        """What contracts answer to calldata as of a block of the node's chain (EIP-1898); None where one reverts.

        Raises NodeError where the node has no state of that block any more, or holds another one in its place.
        """
        block = {"blockHash": block_hash, "requireCanonical": True}
        requests = [("eth_call", [{"to": to, "data": data}, block]) for to, data in calls]
        answers: list[str | None] = []
        for reply in self._exchange(requests):
            if reply.error and not reverted(reply.error):
                raise NodeError(f"the node answered error {reply.error.code}: {reply.error.message}")
            answers.append(None if reply.error else self._parse(reply.result, Data))
        return answers

    def tip(self) -> tuple[Block, BlockNumber]:
        """The node's newest header, and the number of its finalized block (0 where it knows of none)."""
        head, final = self.head_and_final()
        return head, final.number if final else BlockNumber(0)

    def head_and_final(self) -> tuple[Block, Block | None]:
        """The node's newest header and its finalized one, if it knows of one."""
        requests = [("eth_getBlockByNumber", ["latest", False]), ("eth_getBlockByNumber", ["finalized", False])]
        head, final = (self._header_of(reply) for reply in self._call(requests, allow_errors=True))
        if head is None:
            raise Unusable("the node has no newest block")
        return head, final

    def safe(self, seconds_max: float) -> BlockNumber | None:
        """The number of the newest block that the node calls safe; None where it knows of none."""
        (reply,) = self._call([("eth_getBlockByNumber", ["safe", False])], True, seconds_max)
        header = self._header_of(reply)
        return header.number if header else None

    def header_by_hash(self, block_hash: BlockHash, number: BlockNumber) -> Block:
        """A block that was named as the parent of one at `number` + 1."""
        header = self._header_of(self._call([("eth_getBlockByHash", [block_hash, False])])[0])
        if header is None:
            raise Unusable(f"the node does not know block {block_hash}, though it named it as a parent")
        if (header.hash, header.number) != (block_hash, number):
            raise Unusable(f"asked for block {number} {block_hash}, the node answered {header.number} {header.hash}")
        return header

    def headers(self, first: BlockNumber, last: BlockNumber) -> list[Block]:
        """Headers of a range, both ends included, each the parent of the next."""
        headers: list[Block] = []
        for start in range(first, last + 1, HEADERS_PER_BATCH):
            numbers = range(start, min(start + HEADERS_PER_BATCH, last + 1))
            requests = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
            for number, reply in zip(numbers, self._call(requests), strict=True):
                header = self._header_of(reply)
                if header is None or header.number != number:
                    raise Unusable(f"asked for block {number}, the node answered {header and header.number}")
                if headers and header.parent_hash != headers[-1].hash:
                    raise Unusable(f"the node's block {number} does not stand on its block {number - 1}")
                headers.append(header)
        return headers

    def first_log(self, first: BlockNumber, last: BlockNumber, addresses: Sequence[Address]) -> BlockNumber | None:
        """The first block of a range in which, on the node's word, one of these contracts logged something."""
        bounds = {"fromBlock": hex(first), "toBlock": hex(last)}
        logs = self._parse_logs(self._call([("eth_getLogs", [{**bounds, "address": list(addresses)}])])[0])
        return BlockNumber(int(logs[0].blockNumber, 16)) if logs else None

    def headers_at(self, numbers: Sequence[BlockNumber], seconds_max: float) -> list[Block | None]:
        """What the node holds at these heights; None where it has nothing yet."""
        requests = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
        headers = [self._header_of(reply) for reply in self._call(requests, True, seconds_max)]
        for number, header in zip(numbers, headers, strict=True):
            if header and header.number != number:
                raise Unusable(f"asked for block {number}, the node answered {header.number}")
        return headers

    def logs(self, blocks: Sequence[Block], addresses: Sequence[Address], are_final: bool) -> list[Log]:
        """All logs of these contracts in these blocks, in chain order: proven, or on the node's word."""
        if self.proves:
            return self.proven_logs(blocks, addresses)
        return (self.logs_in_range if are_final else self.logs_by_hash)(blocks, addresses)

    def proven_logs(self, blocks: Sequence[Block], addresses: Sequence[Address]) -> list[Log]:
        """Logs from receipts, where a block's bloom may hold one; where it does not, that is the proof of absence."""
        asked = [block for block in blocks if bloom.may_hold(seal_of(block).bloom, addresses)]
        logs: list[Log] = []
        while asked:
            part, asked = asked[: self.receipts_per_call], asked[self.receipts_per_call :]
            for block, receipts in zip(part, self.receipts(part), strict=True):
                logs += proof.logs_of(block, receipts, addresses)
        return logs

    def receipts(self, blocks: Sequence[Block]) -> Iterator[list[ReceiptReply]]:
        """The receipts of each block, one block after the other. Raises Lie where their root is not the header's."""
        before = self.bytes_read
        try:
            replies = self._call([("eth_getBlockReceipts", [block.hash]) for block in blocks])
        except Unusable:
            self.receipts_per_call = max(1, len(blocks) // 2)
            raise
        size = self.bytes_read - before
        if size > ANSWER_BYTES_MAX:
            self.receipts_per_call = max(1, len(blocks) // 2)
        elif size < ANSWER_BYTES_WANTED and len(blocks) == self.receipts_per_call:
            self.receipts_per_call = min(RECEIPTS_MAX, len(blocks) + len(blocks) // 2 + 1)
        for block, reply in zip(blocks, replies, strict=True):
            yield self._proven_receipts(block, reply)

    def logs_in_range(self, blocks: Sequence[Block], addresses: Sequence[Address]) -> list[Log]:
        """Logs of a range of final blocks, in chain order. Near the head a lagging node would leave some out.

        A provider is many machines, and one that is behind may have given headers of a branch that is gone. No log of
        the others would tell, where theirs has none: so the last blocks without logs are asked for again, by hash.
        """
        bounds = {"fromBlock": hex(blocks[0].number), "toBlock": hex(blocks[-1].number)}
        (reply,) = self._call([("eth_getLogs", [{**bounds, "address": list(addresses)}])])
        logs = trust.logs_of(self._parse_logs(reply), blocks, addresses)
        heard = {log.block_number for log in logs}
        silent = [block for block in blocks[-BRANCH_BLOCKS_MAX:] if block.number not in heard]
        missed = self.logs_by_hash(silent, addresses) if silent else []
        return sorted([*logs, *missed], key=lambda log: (log.block_number, log.log_index)) if missed else logs

    def logs_by_hash(self, blocks: Sequence[Block], addresses: Sequence[Address]) -> list[Log]:
        """Logs of blocks asked for one by one by hash, in chain order."""
        asked = [("eth_getLogs", [{"blockHash": block.hash, "address": list(addresses)}]) for block in blocks]
        logs: list[Log] = []
        for block, reply in zip(blocks, self._call(asked), strict=True):
            logs += trust.logs_of(self._parse_logs(reply), [block], addresses)
        return logs

    def _call(
        self,
        requests: Sequence[tuple[str, list[Any]]],
        allow_errors: bool = False,
        seconds_max: float = TIMEOUT_SECONDS,
    ) -> list[msgspec.Raw]:
        """The results of a batch, in the order of its requests; a null for an error that is allowed."""
        replies = self._exchange(requests, seconds_max)
        for reply in replies:
            if reply.error and not allow_errors:
                raise NodeError(f"the node answered error {reply.error.code}: {reply.error.message}")
        return [reply.result for reply in replies]

    def _exchange(self, requests: Sequence[tuple[str, list[Any]]], seconds_max: float = TIMEOUT_SECONDS) -> list[Reply]:
        """The replies of a batch, in the order of its requests, errors among them."""
        members = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(requests)
        ]
        started = time.monotonic()
        try:
            body, headers = self._encoder.encode(members), {"Content-Type": "application/json"}
            response = self._pool.request("POST", self.url, body=body, headers=headers, timeout=seconds_max)
        except urllib3.exceptions.HTTPError as error:
            raise Unusable(f"the node does not answer: {in_words(error)}") from error
        self._note_answer(len(response.data), time.monotonic() - started)
        if response.status != 200:
            raise Unusable(f"the node answered with HTTP status {response.status}")
        try:
            replies = {reply.id: reply for reply in self._replies.decode(response.data)}
        except MALFORMED as error:
            raise Unusable(f"the node's answer is not a JSON-RPC batch: {error}") from error
        if replies.keys() != set(range(len(requests))):
            raise Unusable(f"the node answered {len(replies)} of {len(requests)} requests, or others")
        return [replies[number] for number in range(len(requests))]

    def _note_answer(self, size: int, seconds: float) -> None:
        self.bytes_read += size
        share = NEWEST_SHARE if self.latency_seconds else 1
        self.latency_seconds += share * (seconds - self.latency_seconds)

    def _header_of(self, reply: msgspec.Raw) -> Block | None:
        if self.proves:
            return self._sealed(reply)
        try:
            header = self._header.decode(reply)
        except MALFORMED as error:
            raise Unusable(f"the node's header is malformed: {error}") from error
        return block_of(header) if header else None

    def _sealed(self, reply: msgspec.Raw) -> Block | None:
        """A header whose hash was computed from its fields. Raises Lie where it is another one."""
        try:
            header = self._sealed_header.decode(reply)
            if header is None:
                return None
            found = proof.header_hash(header)
        except MALFORMED as error:
            raise self._malformed_or_unknown(reply, error) from error
        except proof.UnknownForm as error:
            raise Lie(f"the node's header has an unknown form: {error}") from error
        if found != header.hash:
            raise Lie(
                f"the node's header of block {int(header.number, 16)} hashes to {found}, and not to {header.hash}"
                f"{strange_fields(reply)}"
            )
        return block_of(header, Seal(header.receiptsRoot, int(header.logsBloom, 16)))

    def _malformed_or_unknown(self, reply: msgspec.Raw, error: Exception) -> Unusable:
        """A header that would do without a proof has a form of its own; else it is no header."""
        try:
            self._header.decode(reply)
        except MALFORMED:
            return Unusable(f"the node's header is malformed: {error}")
        return Lie(f"the node's header has an unknown form: {error}")

    def _proven_receipts(self, block: Block, reply: msgspec.Raw) -> list[ReceiptReply]:
        try:
            receipts: list[ReceiptReply] | None = self._receipts.decode(reply)
            if receipts is None:
                raise Unusable(
                    f"the node has no receipts of block {block.number} {block.hash}, though it has the block"
                )
            found = proof.receipts_root(receipts)
        except proof.UnknownForm as error:
            raise Lie(f"the node's receipts of block {block.number} have an unknown form: {error}") from error
        except (*MALFORMED, ValueError) as error:
            raise Unusable(f"the node's receipts are malformed: {error}") from error
        wanted = seal_of(block).receipts_root
        if found != wanted:
            raise Lie(
                f"the node's {len(receipts)} receipts of block {block.number} {block.hash} have the root {found}, "
                f"and not {wanted} as its header says: something in them was changed, left out or added"
            )
        return receipts

    def _parse_logs(self, reply: msgspec.Raw) -> list[LogReply]:
        try:
            return self._logs.decode(reply)
        except MALFORMED as error:
            raise Unusable(f"the node's logs are malformed: {error}") from error

    def _parse(self, reply: msgspec.Raw, kind: Any) -> str:
        try:
            text: str = msgspec.json.decode(reply, type=kind)
        except MALFORMED as error:
            raise Unusable(f"the node's answer is malformed: {error}") from error
        return text


def in_words(error: urllib3.exceptions.HTTPError) -> str:
    """Without the host and the port, which the provider's name says."""
    return str(error).partition("): ")[2] or str(error)


def reverted(error: ErrorReply) -> bool:
    """Whether it was the contract that said no, and not the node."""
    return error.code == REVERTED or "revert" in error.message.lower()


def block_of(header: HeaderReply, seal: Seal | None = None) -> Block:
    number, parent = BlockNumber(int(header.number, 16)), BlockHash(header.parentHash)
    return Block(number, BlockHash(header.hash), parent, int(header.timestamp, 16), seal)


def seal_of(block: Block) -> Seal:
    assert block.seal, "a node that proves gives no header without its seal"
    return block.seal


def strange_fields(reply: msgspec.Raw) -> str:
    """What a header has beyond the fields known here, in words: a fork newer than this release may be the reason."""
    try:
        names = sorted(msgspec.json.decode(reply, type=dict[str, msgspec.Raw]).keys() - KNOWN_FIELDS)
    except MALFORMED as error:  # names are read here only
        raise Unusable(f"the node's header is malformed: {error}") from error
    return f"; it has fields that this release does not know: {', '.join(names)[:200]}" if names else ""


class WakeUp:
    """New heads over WebSocket, as a hint that it is time to poll. Losing it costs time, never data."""

    def __init__(self, url: str | None) -> None:
        self._event = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(url,), daemon=True, name="wake-up")
        if url:
            self._thread.start()

    def wait(self, seconds: float) -> None:
        self._event.wait(seconds)
        self._event.clear()

    def stop(self) -> None:
        self._stopped.set()
        self._event.set()

    def _listen(self, url: str) -> None:
        # Here, in a thread of its own: a start does not wait for it.
        import websockets.exceptions
        import websockets.sync.client

        subscribe = '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'
        while not self._stopped.is_set():
            try:
                with websockets.sync.client.connect(url, open_timeout=TIMEOUT_SECONDS) as socket:
                    socket.send(subscribe)
                    for _ in socket:
                        self._event.set()
            except (OSError, websockets.exceptions.WebSocketException):
                self._stopped.wait(WAKE_UP_RETRY_SECONDS)
