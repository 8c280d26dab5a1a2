"""What each channel of the stream tells of a key: all of it, or what some blocks changed.

The rows are those of the reads. A wallet's rent and the end of its subscriptions change without a row of its own, by a
release or a close that concerns many: the few wallets that somebody listens to are read one by one then.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from api import market_channels
from api.accounts import account_out
from api.holdings import holding_out
from api.messages import BlockOut, Channel, Data
from api.offerings import offering_out, placed_at_end, subscription_out, subscriptions_of
from api.portfolio import portfolio_selects
from api.problems import Problem
from api.reads import Answer, At, blocks, versions
from api.rents import total_out, totals_select
from api.values import checksummed, parse_address, raw
from indexer.chain import PROPERTY_ID_MAX
from indexer.projections.accounts import accounts_changed
from indexer.projections.history import NEWEST
from indexer.projections.holdings import holdings_changed
from indexer.projections.offerings import offerings_at, offerings_changed, subscriptions_changed
from indexer.projections.rent import rent_claims_changed, rents_changed

ALL = market_channels.ALL

Selects = dict[str, sa.Select[Any]]
Changes = market_channels.Changes
"""Rows of a key as they go out, by their names in Data."""


def parse_key(channel: Channel, key: str) -> str:
    """The key as it is held. Raises Problem where the channel has no such key."""
    if channel in market_channels.CHANNELS:
        return market_channels.parse_key(channel, key)
    if channel == "account":
        return str(parse_address(key, "key"))
    if channel == "blocks" or key in ("", ALL):
        return ALL if channel == "offerings" else ""
    if not (key.isascii() and key.isdigit() and len(key) <= 10 and 1 <= int(key) <= PROPERTY_ID_MAX):
        raise Problem("invalid-request", f"key is {key[:80]!r}, and one of offerings is a property's id, or {ALL}.")
    return str(int(key))


def named(channel: Channel, key: str) -> dict[str, Any]:
    """Channel and key as a message has them."""
    return {"channel": channel, "key": checksummed(key) if channel in ("account", "orders") else key or None}


def data_of(answer: Answer, **rows: Any) -> Data:
    return Data(indexed_block=answer.meta.indexed_block, finalized_block=answer.meta.finalized_block, **rows)


# -- all of a key


def snapshot_selects(channel: Channel, key: str) -> Selects:
    if channel in market_channels.CHANNELS:
        return market_channels.snapshot_selects(channel, key)
    if channel == "account":
        return portfolio_selects(At(), raw(key))
    if channel == "offerings":
        return {"offerings": offerings_at(NEWEST, None if key == ALL else int(key))}
    return {}


def snapshot_data(channel: Channel, key: str, answer: Answer) -> Data:
    if channel in market_channels.CHANNELS:
        return data_of(answer, **market_channels.snapshot_rows(channel, key, answer))
    if channel == "blocks":
        meta = answer.meta
        tip = BlockOut(number=meta.at_block, hash=meta.indexed_block_hash, timestamp=meta.at_timestamp)
        return data_of(answer, blocks=[tip])
    return data_of(answer, **{name: rows_out(answer, name, name) for name in answer.sets})


# -- what blocks changed


def changed_selects(since: int, keys: market_channels.Keys) -> Selects:
    """What changed above a block, of every key of the channels that these keys are of. No select where they tell of
    blocks alone."""
    keys = list(keys)
    channels = {channel for channel, _ in keys}
    selects = market_channels.changed_selects(since, keys)
    if "account" in channels:
        selects |= account_selects(since)
    if channels & {"account", "offerings"}:
        selects["offerings"] = offerings_moved(since)
    return selects


def account_selects(since: int) -> Selects:
    return {
        "accounts": accounts_changed(since),
        "holdings": holdings_changed(since),
        "subscriptions": placed_at_end(subscriptions_changed(since)),
        "claims": rent_claims_changed(since),
        "releases": rents_changed(since),
    }


def resumed_selects(since: int, channel: Channel, key: str) -> Selects:
    """What changed above a block of one key, with what it is entitled to now."""
    if channel in market_channels.CHANNELS:
        return market_channels.resumed_selects(since, channel, key)
    selects = changed_selects(since, [(channel, key)])
    if channel != "account":
        return selects
    wallet = raw(key)
    columns = {name: select.selected_columns for name, select in selects.items()}
    accounts = columns["accounts"].account.between(wallet + bytes(12), wallet + b"\xff" * 12)
    return {
        **selects,
        "accounts": selects["accounts"].where(accounts),
        "holdings": selects["holdings"].where(columns["holdings"].holder == wallet),
        "subscriptions": selects["subscriptions"].where(columns["subscriptions"].subscriber == wallet),
        "claims": selects["claims"].where(columns["claims"].holder == wallet),
        **entitlement_selects([key], At()),
    }


def offerings_moved(since: int) -> sa.Select[Any]:
    """Offerings that changed above a block, or that have come to another of their times since it."""
    then = sa.select(blocks.c.timestamp).where(blocks.c.number == since).scalar_subquery()
    tip = blocks.join(versions, versions.c.number == blocks.c.number)
    now = sa.select(blocks.c.timestamp).select_from(tip).where(versions.c.live).scalar_subquery()
    changed = offerings_changed(since).subquery("changed")
    select = offerings_at(NEWEST)
    columns = select.selected_columns
    came = sa.or_(*(sa.and_(columns[time] > then, columns[time] <= now) for time in ("opens", "firm", "deadline")))
    return select.where(sa.or_(columns.property_id.in_(sa.select(changed.c.property_id)), came))


def changes_of(answer: Answer) -> Changes:
    """The changed rows of each key, as the API gives them."""
    changes = market_channels.changes_of(answer)

    def add(channel: Channel, key: str, name: str, row: BaseModel) -> None:
        changes.setdefault((channel, key), {}).setdefault(name, []).append(row)

    for name, owner in (("accounts", "account"), ("holdings", "holder"), ("subscriptions", "subscriber")):
        found = answer.sets.get(name, [])
        for row, out in zip(found, rows_out(answer, name, name), strict=True):
            add("account", "0x" + row[owner][2:42], name, out)
    for row in rows_out(answer, "offerings", "offerings"):
        add("offerings", str(row.property_id), "offerings", row)
        add("offerings", ALL, "offerings", row)
    return changes


# -- what a wallet is entitled to


def entitled(answer: Answer, since: int, wallets: Iterable[str]) -> list[str]:
    """Those of the wallets whose rent, or whose subscriptions' offerings, changed above a block."""
    released = any((row["released_block"] or 0) > since for row in answer.sets.get("releases", []))
    closed = any(
        row["status"] in ("settled", "failed") and row["status_block"] > since
        for row in answer.sets.get("offerings", [])
    )
    if released or closed:
        return list(wallets)
    names = (("claims", "holder"), ("subscriptions", "subscriber"))
    touched = {"0x" + row[owner][2:] for name, owner in names for row in answer.sets.get(name, [])}
    return [wallet for wallet in wallets if wallet in touched]


def entitlement_selects(wallets: Iterable[str], at: At) -> Selects:
    """Subscriptions and rent of each wallet."""
    selects: Selects = {}
    for wallet in wallets:
        selects[f"subscriptions_{wallet}"] = subscriptions_of(raw(wallet), at)
        selects[f"rents_{wallet}"] = totals_select(at, raw(wallet))
    return selects


def add_entitlements(changes: Changes, answer: Answer, wallets: Iterable[str]) -> None:
    """What entitlement_selects found, beside what changed; a subscription that fell to 0 is only in the latter."""
    for wallet in wallets:
        rows = changes.setdefault(("account", wallet), {})
        held = [*rows.get("subscriptions", []), *rows_out(answer, f"subscriptions_{wallet}", "subscriptions")]
        found = {
            "subscriptions": list({row.property_id: row for row in held}.values()),
            "rents": rows_out(answer, f"rents_{wallet}", "rents"),
        }
        rows |= {name: listed for name, listed in found.items() if listed}


def rows_out(answer: Answer, name: str, kind: str) -> list[Any]:
    """A select's rows as they go out. kind: their name in Data."""
    found = answer.sets.get(name, [])
    match kind:
        case "accounts":
            return [account_out(answer, row) for row in found]
        case "holdings":
            return [holding_out(answer, row) for row in found]
        case "subscriptions":
            return [subscription_out(answer, row) for row in found]
        case "rents":
            return [total_out(row) for row in found]
        case "offerings":
            return [offering_out(answer, row) for row in found]
    raise AssertionError(f"no rows are called {kind}")
