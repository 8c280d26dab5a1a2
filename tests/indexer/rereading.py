"""What our decoders should make of a log, out of what web3 makes of it. Shares no code with them but the kinds."""

from typing import Any, get_type_hints

from indexer import chain, events
from indexer.events import LockChanged, SupplyChanged, Transfer
from indexer.events.market import OrderChanged
from tests.indexer import refold
from tests.indexer.refold import PASSED_OVER, Row, shown
from tests.indexer.refold_market import REASONS
from tests.indexer.traffic import word

KINDS: set[type] = {kind for kind in vars(events).values() if isinstance(kind, type) and hasattr(kind, "_fields")}
RENAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "Subscribed": ("SubscriptionChanged", {}),
    "Unsubscribed": ("SubscriptionChanged", {}),
    "RoleGranted": ("RoleChanged", {"held": True}),
    "RoleRevoked": ("RoleChanged", {"held": False}),
    "Paused": ("PauseChanged", {"paused": True}),
    "Unpaused": ("PauseChanged", {"paused": False}),
    "BookHalted": ("HaltChanged", {"halted": True}),
    "BookResumed": ("HaltChanged", {"halted": False}),
    "Locked": ("LockChanged", {}),
    "Unlocked": ("LockChanged", {}),
    "OrderReduced": ("OrderChanged", {"cause": "reduced", "other_number": 0}),
    "OrderRemoved": ("OrderChanged", {"remaining": 0, "other_number": 0}),
}
"""Logs whose events have another name, and what that name alone says."""


FEWER = {"Unsubscribed", "Unlocked"}


def as_web3_reads_it(found: refold.Event, marketplace: str) -> list[tuple[type, Row]]:
    """The same event as the kind and the fields of ours, with what follows from it, and nothing without effect."""
    args, place = found.args, found.place
    match found.name:
        case "TransferSingle" | "TransferBatch":
            single = found.name == "TransferSingle"
            pairs = [(args["id"], args["amount"])] if single else zip(args["ids"], args["amounts"], strict=True)
            parties = [args[name].lower() for name in ("operator", "sender", "receiver")]
            moved = [(at, number, amount) for at, (number, amount) in enumerate(pairs) if amount]
            sign = (parties[1] == chain.NOBODY) - (parties[2] == chain.NOBODY)
            return [
                *((Transfer, (*place, at, *parties, number, amount)) for at, number, amount in moved),
                *((SupplyChanged, (*place, at, number, sign * amount)) for at, number, amount in moved if sign),
                *(
                    (LockChanged, (*place, number, parties[1], -amount))
                    for _, number, amount in moved
                    if single and parties[0] == marketplace.lower()
                ),
            ]
        case name if name in PASSED_OVER:
            return []
    name, said = RENAMED.get(found.name, (found.name, {}))
    kind: type = getattr(events, name)
    sign = -1 if found.name in FEWER else 1
    known = {**args, **said, **numbers_of_orders(args), "contract": found.contract}
    known["change"] = sign * args.get("amount", 0)
    if "reason" in args:
        known["cause"] = REASONS[args["reason"]]
    hints = list(get_type_hints(kind).items())[2:]
    event = (kind, (*place, *(as_ours(field, hint, known) for field, hint in hints)))
    change = {"SaleSettled": args.get("sold"), "FractionsCollected": -args.get("amount", 0)}.get(found.name)
    if change:
        return [event, (SupplyChanged, (*place, 0, args["property_id"], change))]
    return [event, *changed_orders(found.name, place, known)]


def numbers_of_orders(args: dict[str, Any]) -> dict[str, int]:
    names = {"order_id": "number", "maker_order": "maker_number", "taker_order": "taker_number"}
    return {ours: args[name] - (args["property_id"] << 40) for name, ours in names.items() if name in args}


def changed_orders(name: str, place: Row, known: dict[str, Any]) -> list[tuple[type, Row]]:
    """What a placing and a trade say of orders, beside themselves."""
    number, quantity = known.get("property_id"), known.get("quantity")
    if name == "OrderPlaced":
        return [(OrderChanged, (*place, number, known["number"], "placed", quantity, quantity, 0, 0))]
    if name == "Filled":
        maker, taker = known["maker_number"], known["taker_number"]
        return [
            (OrderChanged, (*place, number, maker, "made", quantity, known["maker_remaining"], taker, 0)),
            (OrderChanged, (*place, number, taker, "taken", quantity, known["taker_remaining"], maker, 0)),
        ]
    return []


def as_ours(field: str, hint: Any, args: dict[str, Any]) -> object:
    """A value of web3's as one of our fields."""
    value = args[field.removesuffix("_raw")]
    if hint is chain.RawText:
        return hexadecimal(value)
    if hint is str and isinstance(value, bytes):
        return shown(value)
    if hint is chain.AccountId:
        return hexadecimal(word(value))
    if isinstance(value, bytes):
        return hexadecimal(value)
    return value.lower() if isinstance(value, str) else value


def hexadecimal(raw: bytes) -> str:
    return "0x" + raw.hex()
