"""The oracle's fold: every table of a version, out of events as web3 reads them, in plain dictionaries and lists.

Shares no code with the indexer. Where an event carries a value after it, the sum of the events must agree.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.indexer import refold_market
from tests.indexer.refold_market import Market

NOBODY, OUTSIDE = bytes(20), bytes(32)

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]
Place = tuple[int, int]
"""Block number and log index."""

PLACE = ("block_number", "log_index")
COLUMNS: dict[str, tuple[str, ...]] = {
    "holding_changes": ("property_id", "holder", *PLACE, "position", "change", "balance", "received", "is_first"),
    "holder_counts": ("property_id", *PLACE, "change", "holders_count"),
    "lock_changes": ("property_id", "holder", *PLACE, "change", "locked"),
    "account_changes": ("account", *PLACE, "change", "balance"),
    "accounts": ("account", *PLACE, "balance"),
    "postings": (
        *PLACE, "debit_account", "credit_account", "amount", "kind", "request_id", "reference", "debit_balance",
        "credit_balance",
    ),
    "properties": ("property_id", *PLACE, "issuer", "supply_cap", "registry_list", "name", "name_raw"),
    "issuers": ("property_id", *PLACE, "issuer"),
    "issuer_proposals": ("property_id", *PLACE, "issuer"),
    "property_ends": ("property_id", *PLACE),
    "property_metadata": ("property_id", *PLACE, "version", "content_hash", "uri", "uri_raw"),
    "documents": ("property_id", *PLACE, "version", "content_hash", "name", "name_raw", "uri", "uri_raw"),
    "supply_changes": ("property_id", *PLACE, "position", "change", "supply"),
    "rent_declarations": ("property_id", "period", *PLACE, "amount", "release_time"),
    "rent_releases": ("property_id", "period", *PLACE, "amount", "index_change", "rent_index", "remainder"),
    "rent_claims": ("property_id", "holder", *PLACE, "amount", "claimed", "owed"),
    "offering_terms": (
        "property_id", *PLACE, "issuer", "price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "minimum",
        "maximum",
    ),
    "offering_states": ("property_id", *PLACE, "status", "subscribed", "proceeds"),
    "sales": ("property_id", *PLACE, "sold", "supply", "rent_index"),
    "subscription_changes": ("property_id", "subscriber", *PLACE, "change", "subscription", "subscribed"),
    "subscription_outcomes": ("property_id", "subscriber", *PLACE, "outcome", "amount", "money"),
    "burnt_keys": ("owner", *PLACE, "kind", "key", "request_id"),
    "registry_lists": ("registry_list", *PLACE, "name", "name_raw"),
    "registrars": ("registry_list", *PLACE, "registrar"),
    "registry_entries": ("registry_list", "wallet", *PLACE, "investor_id", "expiry", "frozen"),
    "daily_limits": (*PLACE, "daily_limit"),
    "treasury_payments": (*PLACE, "request_id", "to_account", "amount", "day", "paid_today"),
    "role_changes": ("contract", "role", "account", *PLACE, "sender", "held"),
    "pause_changes": ("contract", *PLACE, "account", "paused"),
    "rejections": PLACE,
    "digests": ("block_number",),
    **refold_market.COLUMNS,
}  # fmt: skip
"""Every table of a version's schema, with the columns compared; a reason and a digest have their own tests."""
PASSED_OVER = {"ApprovalForAll", "URI", "FractionsReserved", "Collected", "unknown"}
"""In the journal, but no projection reads them."""
SCALE = 2**48


@dataclass(frozen=True)
class Event:
    """One log as web3 understands it."""

    name: str
    place: Place
    args: dict[str, Any]
    contract: str = ""


def fold(events: Iterable[Event], timestamps: dict[int, int]) -> Tables:
    """The rows of every table, sorted. timestamps: of the blocks."""
    return folded(events, timestamps).tables()


def folded(events: Iterable[Event], timestamps: dict[int, int]) -> "Fold":
    found = Fold(timestamps)
    for block, of_block in itertools.groupby(events, key=lambda event: event.place[0]):
        for event in of_block:
            found.take(event)
        found.count_holders(block)
        found.market.end_block(block)
    return found


class Fold:
    """Balances in dictionaries, and a row for each change of them."""

    def __init__(self, timestamps: dict[int, int]) -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
        self.market = Market(timestamps)
        self.marketplace = ""
        self.balances: Counter[tuple[int, bytes]] = Counter()
        self.received: Counter[tuple[int, bytes]] = Counter()
        self.locked: Counter[tuple[int, bytes]] = Counter()
        self.holders: dict[int, set[bytes]] = {}
        self.counted: Counter[int] = Counter()
        self.came_or_went: dict[int, int] = {}
        self.supply: Counter[int] = Counter()
        self.money: Counter[bytes] = Counter()
        self.rent_index: Counter[int] = Counter()
        self.remainder: Counter[int] = Counter()
        self.claimed: Counter[tuple[int, bytes]] = Counter()
        self.subscriptions: Counter[tuple[int, bytes]] = Counter()
        self.subscribed: Counter[int] = Counter()
        self.uncollected: Counter[int] = Counter()
        self.price: dict[int, int] = {}

    def take(self, event: Event) -> None:
        args, place = event.args, event.place
        number = args.get("property_id", 0)
        match event.name:
            case "TransferSingle":
                self.transfer(place, args, [args["id"]], [args["amount"]])
            case "TransferBatch":
                self.transfer(place, args, args["ids"], args["amounts"])
            case "Locked":
                self.lock(place, args, args["amount"])
            case "Unlocked":
                self.lock(place, args, -args["amount"])
            case "Posting":
                self.posting(place, args)
            case "KeyBurnt":
                self.add("burnt_keys", owner(args["owner"]), *place, *values(args, "kind", "key", "request_id"))
            case "PropertyListed" | "IssuerProposed" | "IssuerChanged":
                self.issuer(event.name, place, args)
            case "MetadataSet":
                bound = values(args, "version", "content_hash")
                self.add("property_metadata", number, *place, *bound, *both(args["uri"]))
            case "DocumentSet":
                bound = values(args, "version", "content_hash")
                self.add("documents", number, *place, *bound, *both(args["name"]), *both(args["uri"]))
            case "RentDeclared":
                self.add("rent_declarations", number, args["period"], *place, *values(args, "amount", "release_time"))
            case "RentReleased":
                self.release(place, args)
            case "RentClaimed":
                key = (number, owner(args["holder"]))
                self.claimed[key] += args["amount"]
                self.add("rent_claims", *key, *place, args["amount"], self.claimed[key], args["owed"])
            case "PropertyEnded":
                self.add("property_ends", number, *place)
            case "forged":
                self.add("rejections", *place)
            case name if name in OFFERING:
                self.offering(name, place, args)
            case name if name in refold_market.BOOKS | refold_market.ORDERS:
                self.marketplace = event.contract
                self.market.take(name, place, args)
            case name if name in KEPT:
                self.keep(event)
            case other:
                assert other in PASSED_OVER, f"{other} at {place}"

    def add(self, table: str, *row: Any) -> None:
        self.rows[table].append(row)

    # -- fractions

    def transfer(self, place: Place, args: dict[str, Any], ids: Sequence[int], amounts: Sequence[int]) -> None:
        sender, receiver = owner(args["sender"]), owner(args["receiver"])
        for position, (number, amount) in enumerate(zip(ids, amounts, strict=True)):
            if amount == 0:
                continue
            self.market.transferred(number, sender, receiver, amount)
            if sender == NOBODY:
                self.supplied(place, number, amount, position)
            else:
                self.change(place, number, sender, 2 * position, -amount)
            if receiver == NOBODY:
                self.supplied(place, number, -amount, position)
            else:
                self.change(place, number, receiver, 2 * position + 1, amount, amount * (sender != receiver))
            if args["operator"] == self.marketplace:
                self.lock_change(place, number, sender, -amount)

    def supplied(self, place: Place, number: int, amount: int, position: int = 0) -> None:
        if amount:
            self.supply[number] += amount
            self.add("supply_changes", number, *place, position, amount, self.supply[number])

    def change(self, place: Place, number: int, holder: bytes, position: int, amount: int, received: int = 0) -> None:
        key = (number, holder)
        is_first = key not in self.balances
        self.balances[key] += amount
        self.received[key] += received
        self.add("holding_changes", *key, *place, position, amount, self.balances[key], self.received[key], is_first)
        holders = self.holders.setdefault(number, set())
        if (holder in holders) != (self.balances[key] > 0):
            holders ^= {holder}
            self.came_or_went[number] = place[1]

    def count_holders(self, block: int) -> None:
        """At a block's end: a row where their number is another one."""
        for number, log_index in self.came_or_went.items():
            count = len(self.holders[number])
            if count != self.counted[number]:
                self.add("holder_counts", number, block, log_index, count - self.counted[number], count)
                self.counted[number] = count
        self.came_or_went.clear()

    def lock(self, place: Place, args: dict[str, Any], amount: int) -> None:
        key = (args["property_id"], owner(args["holder"]))
        self.lock_change(place, *key, amount)
        assert self.locked[key] == args["locked"], "the contract and the sum of its events agree"

    def lock_change(self, place: Place, number: int, holder: bytes, amount: int) -> None:
        self.locked[number, holder] += amount
        self.add("lock_changes", number, holder, *place, amount, self.locked[number, holder])

    # -- money

    def posting(self, place: Place, args: dict[str, Any]) -> None:
        debit, credit = (account(args[f"{side}_account"]) for side in ("debit", "credit"))
        amount, balances = args["amount"], (args["debit_balance"], args["credit_balance"])
        moved = values(args, "amount", "kind", "request_id", "reference")
        self.add("postings", *place, debit, credit, *moved, *balances)
        for side, change, balance in ((debit, -amount, balances[0]), (credit, amount, balances[1])):
            moved_in = -change if side == OUTSIDE else change
            self.money[side] += moved_in
            assert self.money[side] == balance, "the contract and the sum of its events agree"
            self.add("account_changes", side, *place, moved_in, balance)

    # -- properties and rent

    def issuer(self, name: str, place: Place, args: dict[str, Any]) -> None:
        number, issuer = args["property_id"], owner(args["issuer"])
        if name == "PropertyListed":
            listed = values(args, "supply_cap", "registry_list")
            self.add("properties", number, *place, issuer, *listed, *both(args["name"]))
        if name != "IssuerProposed":
            self.add("issuers", number, *place, issuer)
        if name != "PropertyListed":
            self.add("issuer_proposals", number, *place, issuer if name == "IssuerProposed" else NOBODY)

    def release(self, place: Place, args: dict[str, Any]) -> None:
        number, amount, index = values(args, "property_id", "amount", "rent_index")
        change, self.remainder[number] = divmod(amount * SCALE + self.remainder[number], self.supply[number])
        self.rent_index[number] += change
        after = (self.rent_index[number], self.remainder[number])
        assert after == (index, args["remainder"]), "the contract and the sum of its events agree"
        self.add("rent_releases", number, args["period"], *place, amount, change, *after)

    # -- offerings

    def offering(self, name: str, place: Place, args: dict[str, Any]) -> None:
        number = args["property_id"]
        match name:
            case "OfferingSet":
                self.price[number] = args["price"]
                bounds = values(args, "soft_cap", "hard_cap", "opens", "firm", "deadline", "minimum", "maximum")
                self.add("offering_terms", number, *place, owner(args["issuer"]), args["price"], *bounds)
                self.add("offering_states", number, *place, "open", 0, 0)
            case "OfferingCancelled":
                self.add("offering_states", number, *place, "cancelled", 0, 0)
            case "Subscribed":
                self.subscribe(place, args, args["amount"])
            case "Unsubscribed":
                self.subscribe(place, args, -args["amount"])
            case "OfferingClosed":
                assert args["subscribed"] == self.subscribed[number], "the contract and the sum of its events agree"
                assert args["proceeds"] == (args["subscribed"] * self.price[number] if args["settled"] else 0)
                status = "settled" if args["settled"] else "failed"
                self.add("offering_states", number, *place, status, args["subscribed"], args["proceeds"])
            case "SaleSettled":
                self.supplied(place, number, args["sold"])
                self.uncollected[number] = args["sold"]
                sold = values(args, "sold", "supply", "rent_index")
                assert sold[1:] == (self.supply[number], self.rent_index[number]), "the contract agrees"
                self.add("sales", number, *place, *sold)
            case "FractionsCollected":
                self.supplied(place, number, -args["amount"])
                self.uncollected[number] -= args["amount"]
                assert args["uncollected"] == self.uncollected[number], "the contract and the sum of its events agree"
                holder = owner(args["holder"])
                self.outcome(place, number, holder, "collected", args["amount"], 0)
                self.market.collected(place, number, holder, args["amount"], self.price[number])
            case "Refunded":
                assert args["money"] == args["amount"] * self.price[number], "what was paid comes back"
                self.outcome(place, number, owner(args["subscriber"]), "refunded", args["amount"], args["money"])

    def subscribe(self, place: Place, args: dict[str, Any], amount: int) -> None:
        key = (args["property_id"], owner(args["subscriber"]))
        self.subscriptions[key] += amount
        self.subscribed[key[0]] += amount
        after = (self.subscriptions[key], self.subscribed[key[0]])
        assert after == values(args, "subscription", "subscribed"), "the contract and the sum of its events agree"
        self.add("subscription_changes", *key, *place, amount, *after)

    def outcome(self, place: Place, number: int, subscriber: bytes, outcome: str, amount: int, money: int) -> None:
        assert amount == self.subscriptions[number, subscriber], "all of it, once"
        self.add("subscription_outcomes", number, subscriber, *place, outcome, amount, money)

    # -- what is only kept

    def keep(self, event: Event) -> None:
        args, place, contract = event.args, event.place, owner(event.contract)
        match event.name:
            case "ListCreated":
                self.add("registry_lists", args["registry_list"], *place, *both(args["name"]))
                self.add("registrars", args["registry_list"], *place, owner(args["registrar"]))
            case "RegistrarChanged":
                self.add("registrars", args["registry_list"], *place, owner(args["registrar"]))
            case "EntrySet":
                key = (args["registry_list"], owner(args["wallet"]))
                self.add("registry_entries", *key, *place, *values(args, "investor_id", "expiry", "frozen"))
            case "DailyLimitSet":
                self.add("daily_limits", *place, args["daily_limit"])
            case "Paid":
                paid = values(args, "amount", "day", "paid_today")
                self.add("treasury_payments", *place, args["request_id"], account(args["to_account"]), *paid)
            case "RoleGranted" | "RoleRevoked":
                key = (contract, args["role"], owner(args["account"]))  # type: ignore[assignment]
                self.add("role_changes", *key, *place, owner(args["sender"]), event.name == "RoleGranted")
            case "Paused" | "Unpaused":
                self.add("pause_changes", contract, *place, owner(args["account"]), event.name == "Paused")

    def tables(self) -> Tables:
        rows = self.rows = self.rows | self.market.tables()
        rows["accounts"] = [
            (account, *change[1:3], change[4])
            for account, change in {row[0]: row for row in rows["account_changes"]}.items()
        ]
        placed = {table: COLUMNS[table].index("block_number") for table in rows if table != "digests"}
        rows["digests"] = [(number,) for number in {row[at] for table, at in placed.items() for row in rows[table]}]
        return {table: sorted(found) for table, found in rows.items()}


OFFERING = {
    "OfferingSet", "OfferingCancelled", "Subscribed", "Unsubscribed", "OfferingClosed", "SaleSettled",
    "FractionsCollected", "Refunded",
}  # fmt: skip
KEPT = {
    "ListCreated", "RegistrarChanged", "EntrySet", "DailyLimitSet", "Paid", "RoleGranted", "RoleRevoked", "Paused",
    "Unpaused",
}  # fmt: skip


def values(args: dict[str, Any], *names: str) -> Row:
    return tuple(args[name] for name in names)


def owner(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def account(number: int) -> bytes:
    return number.to_bytes(32, "big")


def both(text: bytes) -> tuple[str, bytes]:
    """What may be shown of a text, and its bytes."""
    return shown(text), text


def shown(text: bytes) -> str:
    return text.decode("utf-8", "replace").replace("\0", "\ufffd")
