"""What a header commits to, computed again from a node's answers: its own hash, and the root of its receipts. Pure.

What passes cannot have been forged, dropped, added or put in another order, as long as the block's hash is the
chain's. Transaction hashes stand in no receipt: they are the only part of a log that is taken on the node's word.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from indexer import rlp, trie
from indexer.bloom import bloom_of
from indexer.chain import Address, Block, Log, LogIndex, TransactionHash
from indexer.keccak import keccak
from indexer.replies import ReceiptLogReply, ReceiptReply, SealedHeaderReply

FORKS = (
    ("London", ("baseFeePerGas",)),
    ("Shanghai", ("withdrawalsRoot",)),
    ("Cancun", ("blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot")),
    ("Prague", ("requestsHash",)),
)
"""The fields that each fork added to the end of the header, in the order of the forks."""
TOPICS_HEADS = [rlp.head(33 * count, rlp.LIST).hex() for count in range(5)]
HASH_HEAD, ADDRESS_HEAD = "a0", "94"
SUCCEEDED, FAILED = "01", "80"
TYPE_MAX = 0x7F
BLOOM_HEAD = rlp.head(256, rlp.STRING).hex()


class UnknownForm(ValueError):
    """A header or a receipt of a form for which no encoding is known here."""


def header_hash(header: SealedHeaderReply) -> str:
    """The hash of a header, from its fields. Raises UnknownForm where it has a fork's fields in part."""
    return "0x" + keccak(header_bytes(header)).hex()


def header_bytes(header: SealedHeaderReply) -> bytes:
    """What a block's hash is made of. Raises UnknownForm where the header has a fork's fields in part."""
    fields = [
        data(header.parentHash), data(header.sha3Uncles), data(header.miner), data(header.stateRoot),
        data(header.transactionsRoot), data(header.receiptsRoot), data(header.logsBloom), quantity(header.difficulty),
        quantity(header.number), quantity(header.gasLimit), quantity(header.gasUsed), quantity(header.timestamp),
        data(header.extraData), data(header.mixHash), data(header.nonce),
    ]  # fmt: skip
    return rlp.sequence(fields + fields_of_forks(header))


def fields_of_forks(header: SealedHeaderReply) -> list[bytes]:
    fields: list[bytes] = []
    missing = None
    for fork, names in FORKS:
        values = [getattr(header, name) for name in names]
        if any(values) and (missing or not all(values)):
            raise UnknownForm(f"it has fields of {fork}, but not all up to there")
        if not all(values):
            missing = fork
            continue
        hashes = ("withdrawalsRoot", "parentBeaconBlockRoot", "requestsHash")
        fields += [(data if name in hashes else quantity)(value) for name, value in zip(names, values, strict=True)]
    return fields


def data(text: str) -> bytes:
    return rlp.string(bytes.fromhex(text[2:]))


def quantity(text: str) -> bytes:
    return rlp.integer(int(text, 16))


def receipts_root(receipts: Sequence[ReceiptReply]) -> str:
    """The root over all receipts of a block, in order.

    Raises UnknownForm, and ValueError where a text is not lower-case hex.
    """
    return "0x" + trie.root_of([encoded(receipt) for receipt in receipts]).hex()


def encoded(receipt: ReceiptReply) -> bytes:
    """A receipt as the trie holds it: the type's byte, unless it is 0, before the list of its four fields."""
    logs = "".join([log_text(log) for log in receipt.logs])
    content = (
        f"{outcome(receipt)}{quantity_text(receipt.cumulativeGasUsed)}{BLOOM_HEAD}{bloom_text(receipt)}"
        f"{head_text(len(logs) // 2, rlp.LIST)}{logs}"
    )
    text = f"{type_text(receipt)}{head_text(len(content) // 2, rlp.LIST)}{content}"
    found = bytes.fromhex(text)
    if found.hex() != text:  # capitals or blanks: another text than the one that was asked for by its letters
        raise ValueError("a receipt is not written in lower-case hex")
    return found


def bloom_text(receipt: ReceiptReply) -> str:
    """As it was given, since the root holds it too; from the logs where a node leaves it out."""
    return receipt.logsBloom[2:] if receipt.logsBloom else f"{bloom_of_logs([receipt]):0512x}"


def quantity_text(quantity: str) -> str:
    digits = quantity[2:]
    if len(digits) == 1 or (len(digits) == 2 and digits < "80"):
        return f"{digits:0>2}" if digits != "0" else "80"
    return head_text((len(digits) + 1) // 2, rlp.STRING) + ("0" if len(digits) % 2 else "") + digits


def log_text(log: ReceiptLogReply) -> str:
    """The encoding of a log, as hex digits. Lengths come from texts whose own lengths are checked."""
    topics = "".join([HASH_HEAD + topic[2:] for topic in log.topics])
    digits = log.data[2:]
    size, rest = divmod(len(digits), 2)
    if rest:
        raise ValueError("a log's data ends in half a byte")
    first = head_text(size, rlp.STRING) if size != 1 or digits >= "80" else ""
    content = f"{ADDRESS_HEAD}{log.address[2:]}{TOPICS_HEADS[len(log.topics)]}{topics}{first}{digits}"
    return head_text(len(content) // 2, rlp.LIST) + content


@lru_cache(maxsize=4096)
def head_text(length: int, kind: int) -> str:
    return rlp.head(length, kind).hex()


def outcome(receipt: ReceiptReply) -> str:
    """The first field: 1 or 0 for success or failure, or the state's root, as it was before Byzantium."""
    if receipt.status is None:
        if receipt.root is None:
            raise UnknownForm("a receipt has neither status nor root")
        return HASH_HEAD + receipt.root[2:]
    if receipt.status not in ("0x0", "0x1"):
        raise UnknownForm(f"a receipt has status {receipt.status}")
    return SUCCEEDED if receipt.status == "0x1" else FAILED


def type_text(receipt: ReceiptReply) -> str:
    kind = int(receipt.type or "0x0", 16)
    if kind > TYPE_MAX:
        raise UnknownForm(f"a receipt has type {kind:#x}")
    return f"{kind:02x}" if kind else ""


def logs_of(block: Block, receipts: Iterable[ReceiptReply], addresses: Collection[Address]) -> list[Log]:
    """The logs of these contracts, from receipts whose root was found to be the block's, numbered as they stand."""
    wanted = {address[2:]: address for address in addresses}
    logs: list[Log] = []
    index = 0
    for position, receipt in enumerate(receipts):
        for log in receipt.logs:
            address = wanted.get(log.address[2:])
            if address is not None:
                place = LogIndex(index), TransactionHash(receipt.transactionHash), position
                topics = ["0x" + topic[2:] for topic in log.topics]
                logs.append(Log(block.number, block.hash, *place, address, topics, "0x" + log.data[2:]))
            index += 1
    return logs


def bloom_of_logs(receipts: Iterable[ReceiptReply]) -> int:
    """The bloom that a header over these receipts should have."""
    return bloom_of(item for receipt in receipts for log in receipt.logs for item in (log.address, *log.topics))
