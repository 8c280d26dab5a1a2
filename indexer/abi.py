"""How the topics and the data of a log become values. Pure; raises Malformed, or another ValueError, IndexError or
OverflowError where a value has no such place.

Layouts are those of the contracts' ABI (Contract ABI Specification, Solidity docs). A word is 64 hex digits
without 0x; topics keep theirs. Every value is bounded by what the contract can emit.
"""

from collections.abc import Callable, Sequence
from typing import Any

from indexer.chain import (
    EXPIRY_MAX,
    FEE_PPM_MAX,
    FRACTIONS_MAX,
    INVESTOR_ID_MAX,
    LIST_NUMBER_MAX,
    LOT_MAX,
    MINIMUM_TICKS_MAX,
    ORDER_NUMBER_BITS,
    PERIOD_MAX,
    PROPERTY_ID_MAX,
    RENT_INDEX_MAX,
    RENT_SCALE,
    SECONDS_MAX,
    SMALL_MAX,
    TICK_MAX,
    TICK_SIZE_MAX,
    AccountId,
    Address,
    Amount,
    Bytes32,
    Change,
    Expiry,
    Fractions,
    InvestorId,
    ListNumber,
    Log,
    OrderNumber,
    Period,
    PropertyId,
    RawText,
    Scaled,
    Seconds,
    Small,
    Tick,
)
from indexer.events import Event
from indexer.keccak import keccak

WORD = 64
PAIR = 2 + 2 * WORD
NO_ADDRESS = 24 * "0"
"""What stands in a word before an address."""
BATCH_MAX = 128
TEXT_BYTES_MAX = 256
DYNAMIC_DATA_HEX_MAX = 2 + 2 * 32 * (2 * BATCH_MAX + 4)


class Malformed(ValueError):
    """The log is not what our contract emits; the message says how."""


Decoder = Callable[[Log], list[Event]]
Reader = Callable[[str], Any]
"""Of a word; gives the value, or raises Malformed."""


def topic(signature: str) -> str:
    return "0x" + keccak(signature.encode()).hex()


def static(
    event: Callable[..., Event], topics: Sequence[Reader], data: Sequence[Reader] = (), names_contract: bool = False
) -> Decoder:
    """Decoder of an event without dynamic parts, whose fields are those of the log in their order.

    names_contract: the event's first field is the contract that emitted it.
    """

    def decoder(log: Log) -> list[Event]:
        contract = (log.address,) if names_contract else ()
        values = [read(found[2:]) for read, found in zip(topics, indexed(log, len(topics))[1:], strict=True)]
        values += [read(word) for read, word in zip(data, words(log, len(data)), strict=True)]
        return [event(log.block_number, log.log_index, *contract, *values)]

    return decoder


def ending_in(event: Callable[..., Event], value: bool) -> Callable[..., Event]:
    """The event with its last field, which the log's name gives."""
    return lambda *fields: event(*fields, value)


# -- the parts of a log


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


def pair(log: Log) -> tuple[str, str]:
    """The data as two words, which is what most logs have."""
    data = log.data
    if len(data) != PAIR:
        words(log, 2)
    return data[2:66], data[66:]


def dynamic(log: Log, types: list[str]) -> tuple[Any, ...]:
    """Values decoded by eth-abi. Only the one canonical encoding passes: no aliases, no trailing bytes."""
    # Here, since it takes a third of a start to import, and few events need it.
    from eth_abi.abi import decode, encode
    from eth_abi.exceptions import DecodingError

    if len(log.data) > DYNAMIC_DATA_HEX_MAX:
        raise Malformed(f"{(len(log.data) - 2) // 2} bytes of data, more than the contract can emit")
    data = bytes.fromhex(log.data[2:])
    try:
        values = decode(types, data)
    except DecodingError as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error
    if encode(types, values) != data:
        raise Malformed("the data is not in canonical encoding")
    return tuple(values)


def text(raw: bytes) -> tuple[RawText, str]:
    """The bytes as they are, and what may be shown of them: valid UTF-8 without NUL."""
    if len(raw) > TEXT_BYTES_MAX:
        raise Malformed(f"a text of {len(raw)} bytes, more than the contract can emit")
    display = raw.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return RawText("0x" + raw.hex()), display


def bounded(value: int, low: int, high: int, name: str) -> int:
    if not low <= value <= high:
        raise Malformed(f"{name} {value} is not between {low} and {high}")
    return value


# -- values of a word


def address(word: str) -> Address:
    if not word.startswith(NO_ADDRESS):
        raise Malformed(f"{word} is not an address")
    return Address("0x" + word[24:])


def account(word: str) -> AccountId:
    return AccountId("0x" + word)


def bytes32(word: str) -> Bytes32:
    return Bytes32("0x" + word)


def amount(word: str) -> Amount:
    return Amount(int(word, 16))


def property_id(word: str) -> PropertyId:
    return PropertyId(bounded(int(word, 16), 1, PROPERTY_ID_MAX, "property id"))


def fractions(word: str) -> Fractions:
    return Fractions(bounded(int(word, 16), 0, FRACTIONS_MAX, "fractions"))


def fewer(word: str) -> Change:
    return Change(-fractions(word))


def kind(word: str) -> Small:
    return Small(bounded(int(word, 16), 0, 255, "kind"))


def small(word: str) -> Small:
    return Small(bounded(int(word, 16), 0, SMALL_MAX, "number"))


def period(word: str) -> Period:
    return Period(bounded(int(word, 16), 0, PERIOD_MAX, "period"))


def list_number(word: str) -> ListNumber:
    return ListNumber(bounded(int(word, 16), 1, LIST_NUMBER_MAX, "list"))


def listing(word: str) -> ListNumber:
    """A list, or 0 where none is asked."""
    return ListNumber(bounded(int(word, 16), 0, LIST_NUMBER_MAX, "list"))


def order_number(word: str, property_number: PropertyId) -> OrderNumber:
    """Of an order id, which must be of this property."""
    order_property, number = divmod(int(word, 16), 2**ORDER_NUMBER_BITS)
    if order_property != property_number or number == 0:
        raise Malformed(f"order {int(word, 16)} is not one of property {property_number}")
    return OrderNumber(number)


def tick(word: str) -> Tick:
    return Tick(bounded(int(word, 16), 1, TICK_MAX, "tick"))


def tick_size(word: str) -> Amount:
    return Amount(bounded(int(word, 16), 1, TICK_SIZE_MAX, "tick size"))


def lot(word: str) -> Fractions:
    return Fractions(bounded(int(word, 16), 1, LOT_MAX, "lot"))


def minimum_ticks(word: str) -> Small:
    return Small(bounded(int(word, 16), 0, MINIMUM_TICKS_MAX, "minimum"))


def fee_ppm(word: str) -> Small:
    return Small(bounded(int(word, 16), 0, FEE_PPM_MAX, "fee"))


def positive(word: str) -> Fractions:
    """Fractions, of which there are some."""
    return Fractions(bounded(int(word, 16), 1, FRACTIONS_MAX, "fractions"))


def investor_id(word: str) -> InvestorId:
    return InvestorId(bounded(int(word, 16), 0, INVESTOR_ID_MAX, "investor id"))


def seconds(word: str) -> Seconds:
    return Seconds(bounded(int(word, 16), 0, SECONDS_MAX, "time"))


def expiry(word: str) -> Expiry:
    return Expiry(bounded(int(word, 16), 0, EXPIRY_MAX, "expiry"))


def rent_index(word: str) -> Scaled:
    return Scaled(bounded(int(word, 16), 0, RENT_INDEX_MAX, "rent index"))


def below_a_unit(word: str) -> Scaled:
    """What a division by fractions, or flooring to units, leaves."""
    return Scaled(bounded(int(word, 16), 0, RENT_SCALE - 1, "remainder"))


def boolean(word: str) -> bool:
    return bool(bounded(int(word, 16), 0, 1, "truth"))
