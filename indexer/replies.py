"""What a node may answer, as exact shapes; whatever does not fit them is not read."""

from typing import Annotated

import msgspec

Hash = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{64}\Z")]
Quantity = Annotated[str, msgspec.Meta(pattern=r"^0x(0|[1-9a-f][0-9a-f]{0,14})\Z")]
"""Below 2^60, so that it fits Postgres' bigint."""
Wide = Annotated[str, msgspec.Meta(pattern=r"^0x(0|[1-9a-f][0-9a-f]{0,63})\Z")]
"""Below 2^256."""
Index = Annotated[str, msgspec.Meta(pattern=r"^0x(0|[1-9a-f][0-9a-f]{0,6})\Z")]
"""Below 2^28, so that it fits Postgres' integer."""
Data = Annotated[str, msgspec.Meta(pattern=r"^0x([0-9a-f]{2})*\Z")]
AddressText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{40}\Z")]
BloomText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{512}\Z")]
NonceText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{16}\Z")]


class HeaderReply(msgspec.Struct):
    """A header as far as it is believed without a proof."""

    number: Quantity
    hash: Hash
    parentHash: Hash
    timestamp: Quantity


class SealedHeaderReply(HeaderReply):
    """A header with all that its hash is made of. Fields of later forks are None on a chain before them."""

    sha3Uncles: Hash
    miner: AddressText
    stateRoot: Hash
    transactionsRoot: Hash
    receiptsRoot: Hash
    logsBloom: BloomText
    difficulty: Wide
    gasLimit: Quantity
    gasUsed: Quantity
    extraData: Data
    mixHash: Hash
    nonce: NonceText
    baseFeePerGas: Wide | None = None
    withdrawalsRoot: Hash | None = None
    blobGasUsed: Quantity | None = None
    excessBlobGas: Quantity | None = None
    parentBeaconBlockRoot: Hash | None = None
    requestsHash: Hash | None = None


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


class ReceiptLogReply(msgspec.Struct):
    """A log within a receipt. Only lengths are looked at here: proof.py compares the digits, all at once."""

    address: Annotated[str, msgspec.Meta(min_length=42, max_length=42)]
    topics: Annotated[list[Annotated[str, msgspec.Meta(min_length=66, max_length=66)]], msgspec.Meta(max_length=4)]
    data: Annotated[str, msgspec.Meta(min_length=2)]


class ReceiptReply(msgspec.Struct):
    """A receipt. `root` stands in place of `status` before Byzantium, `type` is missing before typed transactions."""

    transactionHash: Hash
    cumulativeGasUsed: Quantity
    logs: list[ReceiptLogReply]
    status: Index | None = None
    root: Hash | None = None
    type: Index | None = None


class ErrorReply(msgspec.Struct):
    code: int
    message: str = ""


class Reply(msgspec.Struct):
    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorReply | None = None
