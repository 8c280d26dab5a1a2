"""What logs of the marketplace, as a simulation gave them, would do to orders: fills, fees, what rests, what goes.

Pure. A fill is at its maker's price, which the log does not tell: what makers were before is read by the desk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from eth_abi.abi import decode
from eth_utils.crypto import keccak

from api.node import LogOut
from api.prepare.answers import ExpectedFill, Issue, OrderEffect, ReductionEffect, RemovalEffect, issue
from api.prepare.calldata import abi_of, signature_of
from api.prepare.words import in_fractions
from api.reverts import order_text
from api.values import ORDER_TYPES, REMOVAL_REASONS, SIDES, checksummed
from indexer.chain import MILLION, ORDER_NUMBER_BITS, Address

TradeEffect = OrderEffect | RemovalEffect | ReductionEffect
Event = Mapping[str, Any]


class Resting(NamedTuple):
    """A maker's order before it trades. price: in base units."""

    tick: int
    price: int
    filled: int
    maker_fee_ppm: int


@dataclass
class Placement:
    """An order that is placed, with what is known of it so far."""

    event: Event
    fills: list[ExpectedFill] = field(default_factory=list)
    remaining: int = 0
    is_removed: bool = False


EVENTS = {
    "0x" + keccak(text=signature_of(entry)).hex(): entry
    for entry in abi_of("Marketplace")
    if entry["type"] == "event" and entry["name"] in ("OrderPlaced", "Filled", "OrderRemoved", "OrderReduced")
}


def events_of(logs: Iterable[LogOut], marketplace: str) -> list[tuple[str, Event]]:
    """(name, arguments) of the logs that tell of orders, in their order."""
    return [
        (EVENTS[log.topics[0]]["name"], arguments_of(EVENTS[log.topics[0]], log))
        for log in logs
        if log.address == marketplace and log.topics[0] in EVENTS
    ]


def arguments_of(entry: Mapping[str, Any], log: LogOut) -> Event:
    indexed = [part for part in entry["inputs"] if part["indexed"]]
    plain = [part for part in entry["inputs"] if not part["indexed"]]
    found: dict[str, Any] = {}
    for part, topic in zip(indexed, log.topics[1:], strict=True):
        (found[part["name"]],) = decode([part["type"]], bytes.fromhex(topic[2:]))
    values = decode([part["type"] for part in plain], bytes.fromhex(log.data[2:]))
    return found | {part["name"]: value for part, value in zip(plain, values, strict=True)}


def makers_of(events: Iterable[tuple[str, Event]]) -> list[int]:
    """Ids of the orders that are traded with."""
    return list(dict.fromkeys(event["maker_order"] for name, event in events if name == "Filled"))


def fee_of(value: int, fee_ppm: int) -> int:
    """As the marketplace's: rounded down, of all that an order has traded."""
    return value * fee_ppm // MILLION


def trade_effects(
    events: Iterable[tuple[str, Event]], makers: Mapping[int, Resting], tick_sizes: Mapping[int, int]
) -> list[TradeEffect]:
    """In the order in which they would happen. tick_sizes: by property. Raises LookupError where a log speaks of an
    order that is not known."""
    effects: list[TradeEffect] = []
    placed: dict[int, Placement] = {}
    for name, event in events:
        if name == "OrderPlaced":
            placed[event["order_id"]] = Placement(event, remaining=event["quantity"])
        elif name == "Filled":
            taker = placed[event["taker_order"]]
            taker.remaining = event["taker_remaining"]
            taker.fills.append(fill_of(event, makers[event["maker_order"]]))
        elif name == "OrderReduced":
            effects.append(ReductionEffect(kind="reduction", **named(event), **amounts(event, "remaining")))
        elif event["order_id"] in placed:
            placed[event["order_id"]].is_removed = True
        else:
            reason = REMOVAL_REASONS[event["reason"] - 1]
            effects.append(RemovalEffect(kind="removal", **named(event), reason=reason, **amounts(event)))
    return [*effects, *(order_effect(one, tick_sizes[one.event["property_id"]]) for one in placed.values())]


def named(event: Event) -> dict[str, Any]:
    """Which order, whose, of which book."""
    order_id = event["order_id"]
    return {
        "order_id": str(order_id),
        "number": order_id % 2**ORDER_NUMBER_BITS,
        "property_id": event["property_id"],
        "owner": checksummed(event["owner"]),
    }


def amounts(event: Event, *more: str) -> dict[str, Any]:
    """As text."""
    return {name: str(event[name]) for name in ("quantity", "refund", *more)}


def fill_of(event: Event, maker: Resting) -> ExpectedFill:
    # What the maker had filled before this very order: its first fill of the call is its only one.
    amount, before = event["quantity"] * maker.price, maker.filled * maker.price
    maker_fee = fee_of(before + amount, maker.maker_fee_ppm) - fee_of(before, maker.maker_fee_ppm)
    return ExpectedFill(
        maker_order=str(event["maker_order"]),
        maker=checksummed(event["maker"]),
        tick=maker.tick,
        price=str(maker.price),
        quantity=str(event["quantity"]),
        amount=str(amount),
        maker_fee=str(maker_fee),
    )


def order_effect(placement: Placement, tick_size: int) -> OrderEffect:
    event, fills = placement.event, placement.fills
    side, order_type = SIDES[event["side"]], ORDER_TYPES[event["order_type"]]
    price, filled = event["tick"] * tick_size, event["quantity"] - placement.remaining
    value = sum(int(fill.amount) for fill in fills)
    rests = 0 if placement.is_removed else placement.remaining
    escrowed = price * rests + fee_of(price * rests, event["maker_fee_ppm"]) if side == "bid" else 0
    return OrderEffect(
        kind="order",
        **named(event),
        side=side,
        order_type=order_type,
        tick=event["tick"],
        price=str(price),
        quantity=str(event["quantity"]),
        filled=str(filled),
        amount=str(value),
        average_price=str(value // filled) if filled else None,
        worst_tick=fills[-1].tick if fills else None,
        taker_fee=str(fee_of(value, event["taker_fee_ppm"])),
        fills=fills,
        rests=str(rests),
        unfilled=str(placement.remaining - rests),
        escrowed=str(escrowed),
        locked=str(rests if side == "ask" else 0),
        expiry=event["expiry"],
        maker_fee_ppm=event["maker_fee_ppm"],
        taker_fee_ppm=event["taker_fee_ppm"],
    )


def crossings(effects: Iterable[object], owner: Address) -> list[Issue]:
    """That orders of whoever trades stand in his own way."""
    found = [effect for effect in effects if isinstance(effect, RemovalEffect) and effect.reason == "self_trade"]
    return [
        issue(
            "own-order-crossed",
            f"{whose(effect, owner)} {order_text(int(effect.order_id))} stands in the way and would be "
            f"cancelled, with {in_fractions(int(effect.quantity))} left: nobody trades with himself.",
        )
        for effect in found
    ]


def whose(removal: RemovalEffect, owner: Address) -> str:
    return "Your order" if removal.owner.lower() == owner else "The same investor's order"
