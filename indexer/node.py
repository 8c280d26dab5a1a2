"""The follower's own JSON-RPC: the only file that touches the network. Every reply is checked before use.

What a node says is untrusted: replies are parsed into exact shapes, and whatever does not fit, or
contradicts what was asked, raises Retry. Batches are JSON-RPC 2.0 batches.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec
import urllib3
import websockets.exceptions
import websockets.sync.client

from indexer.chain import Address, Block, BlockHash, BlockNumber, Log, LogIndex, TransactionHash
from indexer.errors import Retry

TIMEOUT_SECONDS = 10
HEADERS_PER_BATCH = 200
WAKE_UP_RETRY_SECONDS = 5

Hash = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{64}\Z")]
Quantity = Annotated[str, msgspec.Meta(pattern=r"^0x(0|[1-9a-f][0-9a-f]{0,14})\Z")]
"""Below 2^60, so that it fits Postgres' bigint."""
Index = Annotated[str, msgspec.Meta(pattern=r"^0x(0|[1-9a-f][0-9a-f]{0,6})\Z")]
"""Below 2^28, so that it fits Postgres' integer."""
Data = Annotated[str, msgspec.Meta(pattern=r"^0x([0-9a-f]{2})*\Z")]
AddressText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{40}\Z")]


class HeaderReply(msgspec.Struct):
    number: Quantity
    hash: Hash
    parentHash: Hash
    timestamp: Quantity


class LogReply(msgspec.Struct):
    address: AddressText
    topics: Annotated[list[Hash], msgspec.Meta(max_length=4)]
    data: Data
    blockNumber: Quantity
    blockHash: Hash
    transactionHash: Hash
    transactionIndex: Index
    logIndex: Index
    removed: bool = False


class ErrorReply(msgspec.Struct):
    code: int
    message: str = ""


class Reply(msgspec.Struct):
    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorReply | None = None


MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that it cannot make sense of."""


class NodeError(Retry):
    """The node answered a request with a JSON-RPC error."""


class Node:
    """One JSON-RPC provider over HTTP. Not shared between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)
        self._encoder = msgspec.json.Encoder()
        self._replies = msgspec.json.Decoder(list[Reply])
        self._header = msgspec.json.Decoder(HeaderReply | None)
        self._logs = msgspec.json.Decoder(list[LogReply])

    def chain_id(self) -> int:
        return int(self._parse(self._call([("eth_chainId", [])])[0], Quantity), 16)

    def code(self, address: Address) -> bytes:
        """Runtime code at the newest block; empty where there is no contract."""
        text = self._parse(self._call([("eth_getCode", [address, "latest"])])[0], Data)
        return bytes.fromhex(text[2:])

    def tip(self) -> tuple[Block, BlockNumber]:
        """The node's newest header, and the number of its finalized block (0 where it knows of none)."""
        requests = [("eth_getBlockByNumber", ["latest", False]), ("eth_getBlockByNumber", ["finalized", False])]
        head, finalized = (self._header_of(reply) for reply in self._call(requests, allow_errors=True))
        if head is None:
            raise Retry("the node has no newest block")
        return head, finalized.number if finalized else BlockNumber(0)

    def header_by_hash(self, block_hash: BlockHash, number: BlockNumber) -> Block:
        """A block that was named as the parent of one at `number` + 1."""
        header = self._header_of(self._call([("eth_getBlockByHash", [block_hash, False])])[0])
        if header is None:
            raise Retry(f"the node does not know block {block_hash}, though it named it as a parent")
        if (header.hash, header.number) != (block_hash, number):
            raise Retry(f"asked for block {number} {block_hash}, the node answered {header.number} {header.hash}")
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
                    raise Retry(f"asked for block {number}, the node answered {header and header.number}")
                if headers and header.parent_hash != headers[-1].hash:
                    raise Retry(f"the node's block {number} does not stand on its block {number - 1}")
                headers.append(header)
        return headers

    def logs_in_range(self, blocks: Sequence[Block], addresses: Sequence[Address]) -> list[Log]:
        """Logs of a range of final blocks, in chain order. Near the head a lagging node would leave some out."""
        bounds = {"fromBlock": hex(blocks[0].number), "toBlock": hex(blocks[-1].number)}
        (reply,) = self._call([("eth_getLogs", [{**bounds, "address": list(addresses)}])])
        return checked_logs(self._parse_logs(reply), blocks, addresses)

    def logs_by_hash(self, blocks: Sequence[Block], addresses: Sequence[Address]) -> list[Log]:
        """Logs of blocks asked for one by one by hash, in chain order."""
        asked = [("eth_getLogs", [{"blockHash": block.hash, "address": list(addresses)}]) for block in blocks]
        logs: list[Log] = []
        for block, reply in zip(blocks, self._call(asked), strict=True):
            logs += checked_logs(self._parse_logs(reply), [block], addresses)
        return logs

    def _call(self, requests: Sequence[tuple[str, list[Any]]], allow_errors: bool = False) -> list[msgspec.Raw]:
        """The results of a batch, in the order of its requests; a null for an error that is allowed."""
        members = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(requests)
        ]
        try:
            response = self._pool.request(
                "POST", self.url, body=self._encoder.encode(members), headers={"Content-Type": "application/json"}
            )
        except urllib3.exceptions.HTTPError as error:
            raise Retry(f"the node does not answer: {error}") from error
        if response.status != 200:
            raise Retry(f"the node answered with HTTP status {response.status}")
        try:
            replies = {reply.id: reply for reply in self._replies.decode(response.data)}
        except MALFORMED as error:
            raise Retry(f"the node's answer is not a JSON-RPC batch: {error}") from error
        if replies.keys() != set(range(len(requests))):
            raise Retry(f"the node answered {len(replies)} of {len(requests)} requests, or others")
        for reply in replies.values():
            if reply.error and not allow_errors:
                raise NodeError(f"the node answered error {reply.error.code}: {reply.error.message}")
        return [replies[number].result for number in range(len(requests))]

    def _header_of(self, reply: msgspec.Raw) -> Block | None:
        try:
            header = self._header.decode(reply)
        except MALFORMED as error:
            raise Retry(f"the node's header is malformed: {error}") from error
        if header is None:
            return None
        return Block(
            BlockNumber(int(header.number, 16)),
            BlockHash(header.hash),
            BlockHash(header.parentHash),
            int(header.timestamp, 16),
        )

    def _parse_logs(self, reply: msgspec.Raw) -> list[LogReply]:
        try:
            return self._logs.decode(reply)
        except MALFORMED as error:
            raise Retry(f"the node's logs are malformed: {error}") from error

    def _parse(self, reply: msgspec.Raw, kind: Any) -> str:
        try:
            text: str = msgspec.json.decode(reply, type=kind)
        except MALFORMED as error:
            raise Retry(f"the node's answer is malformed: {error}") from error
        return text


def checked_logs(replies: Iterable[LogReply], blocks: Sequence[Block], addresses: Sequence[Address]) -> list[Log]:
    """Logs in chain order, each of these blocks and contracts, none doubled, none removed. Raises Retry."""
    hashes = {block.number: block.hash for block in blocks}
    logs: list[Log] = []
    position = (-1, -1)
    for reply in replies:
        number, index = int(reply.blockNumber, 16), int(reply.logIndex, 16)
        if hashes.get(BlockNumber(number)) != reply.blockHash or reply.address not in addresses:
            raise Retry(
                f"the node gave a log of {reply.address} in block {number} {reply.blockHash}, which was not asked for"
            )
        if reply.removed or (number, index) <= position:
            raise Retry(f"the node's logs of block {number} are removed, doubled or out of order")
        position = (number, index)
        logs.append(
            Log(
                BlockNumber(number),
                BlockHash(reply.blockHash),
                LogIndex(index),
                TransactionHash(reply.transactionHash),
                int(reply.transactionIndex, 16),
                Address(reply.address),
                list(reply.topics),
                reply.data,
            )
        )
    return logs


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
        subscribe = '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'
        while not self._stopped.is_set():
            try:
                with websockets.sync.client.connect(url, open_timeout=TIMEOUT_SECONDS) as socket:
                    socket.send(subscribe)
                    for _ in socket:
                        self._event.set()
            except (OSError, websockets.exceptions.WebSocketException):
                self._stopped.wait(WAKE_UP_RETRY_SECONDS)
