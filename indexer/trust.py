"""What can be seen of logs that are taken on a node's word: whether they are what was asked for. Pure."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from indexer.chain import Address, Block, Log, LogIndex, TransactionHash
from indexer.errors import Unusable
from indexer.replies import LogReply

HEX_DIGITS = b"0123456789abcdef"
INDEX_MAX = 2**28 - 1
"""Fits Postgres' integer."""


def logs_of(replies: Iterable[LogReply], blocks: Sequence[Block], addresses: Collection[Address]) -> list[Log]:
    """Logs in chain order, each of these blocks and contracts, none doubled, none removed. Raises Unusable."""
    asked = {hex(block.number): block for block in blocks}
    ours = {str(address): address for address in addresses}
    logs: list[Log] = []
    texts: list[str] = []
    last_number, last_index = -1, -1
    for reply in replies:
        block, address = asked.get(reply.blockNumber), ours.get(reply.address)
        if block is None or address is None or block.hash != reply.blockHash:
            raise Unusable(
                f"the node gave a log of {reply.address} in block {reply.blockNumber} {reply.blockHash}, which was not "
                "asked for"
            )
        index, number = index_of(reply.logIndex), block.number
        if reply.removed or number < last_number or (number == last_number and index <= last_index):
            raise Unusable(f"the node's logs of block {number} are removed, doubled or out of order")
        last_number, last_index = number, index
        transaction, position = reply.transactionHash, index_of(reply.transactionIndex)
        if len(reply.data) % 2:
            raise Unusable("the node's logs are malformed: data ends in half a byte")
        texts += (transaction, reply.data, *reply.topics)
        place = (number, block.hash, LogIndex(index), TransactionHash(transaction), position)
        logs.append(Log(*place, address, reply.topics, reply.data))
    require_hex(texts)
    return logs


@lru_cache(maxsize=16_384)
def index_of(text: str) -> int:
    try:
        index = int(text, 16)
    except ValueError:
        index = -1
    if not 0 <= index <= INDEX_MAX or hex(index) != text:
        raise Unusable(f"the node's logs are malformed: {text} is no index")
    return index


def require_hex(texts: Sequence[str]) -> None:
    """Raises Unusable unless each of them is 0x and digits in lower case."""
    others = "\n".join([*texts, ""]).encode(errors="replace").translate(None, HEX_DIGITS)
    if others != b"x\n" * len(texts) or {text[:2] for text in texts} - {"0x"}:
        raise Unusable("the node's logs are malformed: not all of their texts are lower-case hex")
