"""What a node may answer, as exact shapes; whatever does not fit them is not read."""

from typing import Annotated

import msgspec

Hash = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{64}\Z")]
Quantity = Annotated[str, msgspec.Meta(pattern=r"^0x(0|[1-9a-f][0-9a-f]{0,14})\Z")]
"""Below 2^60, so that it fits Postgres' bigint."""
Wide = Annotated[str, msgspec.Meta(pattern=r"^0x(0|[1-9a-f][0-9a-f]{0,63})\Z")]
"""Below 2^256."""
Data = Annotated[str, msgspec.Meta(pattern=r"^0x([0-9a-f]{2})*\Z")]
AddressText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{40}\Z")]
BloomText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{512}\Z")]
NonceText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{16}\Z")]

# Of logs only lengths are looked at here: a pattern for each text costs more than all the rest. Their digits are
# compared all at once, in trust.py and in proof.py.
AddressLength = Annotated[str, msgspec.Meta(min_length=42, max_length=42)]
HashLength = Annotated[str, msgspec.Meta(min_length=66, max_length=66)]
BloomLength = Annotated[str, msgspec.Meta(min_length=514, max_length=514)]
Short = Annotated[str, msgspec.Meta(min_length=3, max_length=18)]


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


class ReceiptLogReply(msgspec.Struct, gc=False):
    """A log within a receipt."""

    address: AddressLength
    topics: Annotated[list[HashLength], msgspec.Meta(max_length=4)]
    data: Annotated[str, msgspec.Meta(min_length=2)]


class LogReply(ReceiptLogReply, gc=False):
    """A log by itself."""

    blockNumber: Short
    blockHash: HashLength
    transactionHash: HashLength
    transactionIndex: Short
    logIndex: Short
    removed: bool = False


class ReceiptReply(msgspec.Struct, gc=False):
    """A receipt. `root` stands in place of `status` before Byzantium, `type` is missing before typed transactions."""

    transactionHash: Hash
    cumulativeGasUsed: Short
    logs: list[ReceiptLogReply]
    logsBloom: BloomLength | None = None
    status: Short | None = None
    root: HashLength | None = None
    type: Short | None = None


class ErrorReply(msgspec.Struct):
    code: int
    message: str = ""


class Reply(msgspec.Struct):
    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: ErrorReply | None = None
