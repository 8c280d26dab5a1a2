"""Log to event or rejection. Pure, and never raises on data.

Static events are decoded by slicing hex text; what is dynamic goes through eth-abi, after its size
was checked. Layouts are those of the contracts' ABI (Contract ABI Specification, Solidity docs).
"""

from collections.abc import Callable, Iterable
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from indexer.chain import (
    FRACTIONS_MAX,
    PROPERTY_ID_MAX,
    SMALL_MAX,
    AccountId,
    Address,
    Amount,
    Bytes32,
    Event,
    Events,
    Fractions,
    Locked,
    Log,
    MetadataSet,
    Posting,
    PropertyId,
    PropertyListed,
    RawText,
    Rejection,
    Small,
    Transfer,
    Unlocked,
)

WORD = 64
BATCH_MAX = 128
TEXT_BYTES_MAX = 256
DYNAMIC_DATA_HEX_MAX = 2 + 2 * 32 * (2 * BATCH_MAX + 4)


class Malformed(ValueError):
    """The log is not what our contract emits; the message says how."""


Decoder = Callable[[Log], list[Event]]
Decoders = dict[tuple[Address, str], Decoder]


def decode(decoders: Decoders, logs: Iterable[Log]) -> Events:
    """Events by kind, in chain order. Logs of events that nobody projects are passed over."""
    events: Events = {}
    for log in logs:
        decoder = decoders.get((log.address, log.topics[0] if log.topics else ""))
        if decoder is None:
            continue
        try:
            decoded = decoder(log)
        except (Malformed, DecodingError, ValueError, IndexError, OverflowError) as error:
            decoded = [Rejection(log.block_number, log.log_index, f"{type(error).__name__}: {error}"[:500])]
        for event in decoded:
            events.setdefault(type(event), []).append(event)
    return events


def decoders_for(vault: Address, token: Address) -> Decoders:
    """Which function decodes which event of which contract."""
    return {
        (vault, topic("Posting(uint256,uint256,uint256,uint8,bytes32,bytes32,uint256,uint256)")): posting,
        (token, topic("TransferSingle(address,address,address,uint256,uint256)")): transfer_single,
        (token, topic("TransferBatch(address,address,address,uint256[],uint256[])")): transfer_batch,
        (token, topic("Locked(uint256,address,uint256,uint256)")): locked,
        (token, topic("Unlocked(uint256,address,uint256,uint256)")): unlocked,
        (token, topic("PropertyListed(uint256,address,uint256,string)")): property_listed,
        (token, topic("MetadataSet(uint256,uint256,bytes32,string)")): metadata_set,
    }


def topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


def posting(log: Log) -> list[Event]:
    _, debit, credit = indexed(log, 2)
    if debit == credit:
        raise Malformed(f"account {debit} is debited and credited at once")
    amount, kind, request_id, reference, debit_balance, credit_balance = words(log, 6)
    event = Posting(
        log.block_number,
        log.log_index,
        AccountId(debit),
        AccountId(credit),
        Amount(int(amount, 16)),
        small(kind),
        Bytes32("0x" + request_id),
        Bytes32("0x" + reference),
        Amount(int(debit_balance, 16)),
        Amount(int(credit_balance, 16)),
    )
    return [event]


def transfer_single(log: Log) -> list[Event]:
    _, operator, sender, receiver = indexed(log, 3)
    token_id, amount = words(log, 2)
    if int(amount, 16) == 0:
        return []  # the contract lets anyone move nothing of anything, even of what is not listed
    event = Transfer(
        log.block_number,
        log.log_index,
        Small(0),
        address(operator),
        address(sender),
        address(receiver),
        property_id(token_id),
        fractions(amount),
    )
    return [event]


def transfer_batch(log: Log) -> list[Event]:
    _, operator, sender, receiver = indexed(log, 3)
    ids, amounts = dynamic(log, ["uint256[]", "uint256[]"])
    if len(ids) != len(amounts) or len(ids) > BATCH_MAX:
        raise Malformed(f"a batch of {len(ids)} ids and {len(amounts)} amounts")
    parties = (address(operator), address(sender), address(receiver))
    return [
        Transfer(
            log.block_number,
            log.log_index,
            Small(position),
            *parties,
            PropertyId(bounded(token_id, 1, PROPERTY_ID_MAX, "property id")),
            Fractions(bounded(amount, 0, FRACTIONS_MAX, "fractions")),
        )
        for position, (token_id, amount) in enumerate(zip(ids, amounts, strict=True))
        if amount
    ]


def locked(log: Log) -> list[Event]:
    return [Locked(log.block_number, log.log_index, *lock_fields(log))]


def unlocked(log: Log) -> list[Event]:
    return [Unlocked(log.block_number, log.log_index, *lock_fields(log))]


def lock_fields(log: Log) -> tuple[PropertyId, Address, Fractions, Fractions]:
    _, token_id, holder = indexed(log, 2)
    amount, after = words(log, 2)
    return property_id(token_id[2:]), address(holder), fractions(amount), fractions(after)


def property_listed(log: Log) -> list[Event]:
    _, token_id, issuer = indexed(log, 2)
    supply_cap, name = dynamic(log, ["uint256", "bytes"])
    cap = Fractions(bounded(supply_cap, 1, FRACTIONS_MAX, "supply cap"))
    raw, display = text(name)
    listed = PropertyListed(
        log.block_number, log.log_index, property_id(token_id[2:]), address(issuer), cap, raw, display
    )
    return [listed]


def metadata_set(log: Log) -> list[Event]:
    _, token_id = indexed(log, 1)
    version, content_hash, uri = dynamic(log, ["uint256", "bytes32", "bytes"])
    number = Small(bounded(version, 1, SMALL_MAX, "version"))
    raw, display = text(uri)
    hashed = Bytes32("0x" + content_hash.hex())
    return [MetadataSet(log.block_number, log.log_index, property_id(token_id[2:]), number, hashed, raw, display)]


def indexed(log: Log, count: int) -> list[str]:
    """The topics, the event's own first."""
    if len(log.topics) != count + 1:
        raise Malformed(f"{len(log.topics)} topics where {count + 1} belong")
    return log.topics


def words(log: Log, count: int) -> list[str]:
    """The data as words of 64 hex digits, without 0x."""
    data = log.data
    if len(data) != 2 + WORD * count:
        raise Malformed(f"{(len(data) - 2) // 2} bytes of data where {32 * count} belong")
    return [data[start : start + WORD] for start in range(2, len(data), WORD)]


def dynamic(log: Log, types: list[str]) -> tuple[Any, ...]:
    """Values decoded by eth-abi. Only the one canonical encoding passes: no aliases, no trailing bytes."""
    if len(log.data) > DYNAMIC_DATA_HEX_MAX:
        raise Malformed(f"{(len(log.data) - 2) // 2} bytes of data, more than the contract can emit")
    data = bytes.fromhex(log.data[2:])
    values = abi_decode(types, data)
    if abi_encode(types, values) != data:
        raise Malformed("the data is not in canonical encoding")
    return tuple(values)


def address(word: str) -> Address:
    """From a topic with 0x."""
    if word[2:26] != 24 * "0":
        raise Malformed(f"{word} is not an address")
    return Address("0x" + word[26:])


def property_id(word: str) -> PropertyId:
    return PropertyId(bounded(int(word, 16), 1, PROPERTY_ID_MAX, "property id"))


def fractions(word: str) -> Fractions:
    return Fractions(bounded(int(word, 16), 0, FRACTIONS_MAX, "fractions"))


def small(word: str) -> Small:
    return Small(bounded(int(word, 16), 0, 255, "kind"))


def bounded(value: int, low: int, high: int, name: str) -> int:
    if not low <= value <= high:
        raise Malformed(f"{name} {value} is not between {low} and {high}")
    return value


def text(raw: bytes) -> tuple[RawText, str]:
    """The bytes as they are, and what may be shown of them: valid UTF-8 without NUL."""
    if len(raw) > TEXT_BYTES_MAX:
        raise Malformed(f"a text of {len(raw)} bytes, more than the contract can emit")
    display = raw.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return RawText("0x" + raw.hex()), display
