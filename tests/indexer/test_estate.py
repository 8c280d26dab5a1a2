"""Documents, offerings, rent, roles, lists: read as of any block as the oracle has them, and as the contracts say."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from eth_abi.abi import encode
from web3 import Web3

from indexer.entitlements import rent_by_release, rent_totals
from indexer.projections.documents import (
    document_versions,
    documents_at,
    documents_changed,
    documents_naming,
)
from indexer.projections.keys import burnt_keys_at
from indexer.projections.offerings import (
    offerings_at,
    offerings_changed,
    subscriptions_at,
    subscriptions_changed,
)
from indexer.projections.properties import issuers_of, metadata_naming, metadata_of, properties_at
from indexer.projections.registry import entries_at, entries_of, entry_history, registry_lists_at
from indexer.projections.rent import final_rents_at, rent_claims_at, rent_claims_changed, rents_at, rents_changed
from indexer.projections.roles import pauses_at, role_history, roles_at
from indexer.projections.treasury import daily_limit_at, paid_on, payments_of_treasury
from local.people import People
from tests.indexer.refold import COLUMNS, SCALE, Row, Tables
from tests.indexer.selecting import Selecting, columns

SOLD, FAILED, RUNNING, ENDED = 14, 24, 34, 44
OF_ORDERS = 1
"""The kind of a key of the marketplace."""


@pytest.fixture(scope="module")
def people(selecting: Selecting) -> People:
    return selecting.world.people


def last_of(tables: Tables, name: str, key: Sequence[str]) -> list[dict[str, Any]]:
    """The last row of every key, by the key."""
    rows = [dict(zip(COLUMNS[name], row, strict=True)) for row in tables[name]]
    rows.sort(key=lambda row: (row["block_number"], row["log_index"]))
    found = {tuple(row[part] for part in key): row for row in rows}
    return [found[one] for one in sorted(found)]


def place_of(row: dict[str, Any]) -> Any:
    return row["block_number"], row["log_index"]


def newest_first(tables: Tables, name: str) -> list[Row]:
    rows = [dict(zip(COLUMNS[name], row, strict=True)) for row in tables[name]]
    return [tuple(row.values()) for row in sorted(rows, key=place_of, reverse=True)]


def values(rows: list[dict[str, Any]], table: str) -> list[Row]:
    return columns(rows, COLUMNS[table])


def pages(
    selecting: Selecting, select: Callable[[tuple[int, int] | None, int], sa.Select[Any]]
) -> list[dict[str, Any]]:
    """All rows, three by three."""
    found: list[dict[str, Any]] = []
    while page := selecting.rows(select(place_of(found[-1]) if found else None, 3)):
        assert len(page) <= 3
        found += page
    return found


# -- as of any block, beside the oracle


def test_documents_as_of_any_block(selecting: Selecting) -> None:
    for moment in selecting.moments:
        tables = selecting.at(moment)
        last = last_of(tables, "documents", ["property_id", "name_raw"])
        assert selecting.rows(documents_at(moment)) == last
        assert selecting.rows(documents_at(moment, SOLD)) == [row for row in last if row["property_id"] == SOLD]
        since = values(selecting.rows(documents_changed(moment)), "documents")
        everything = selecting.at(selecting.moments[-1])["documents"]
        assert sorted(since) == sorted(row for row in everything if row[1] > moment)
    assert len({row["name_raw"] for row in last if row["property_id"] == SOLD}) == 3
    versions = [row["version"] for row in selecting.rows(document_versions(SOLD, b"Prospectus", moment))]
    assert versions == [3, 2, 1]
    assert [row["issuer"] for row in selecting.rows(issuers_of(SOLD, moment))][::2] == 2 * [
        selecting.at(moment)["issuers"][0][3]
    ]


def test_a_hash_is_found_wherever_it_was_bound(selecting: Selecting) -> None:
    head = selecting.moments[-1]
    tables = selecting.at(head)
    for number in (1, SOLD):
        assert len(selecting.rows(metadata_of(number, head))) == sum(
            r[0] == number for r in tables["property_metadata"]
        )
    for content_hash in {row[4] for table in ("documents", "property_metadata") for row in tables[table]}:
        for table, select in (("documents", documents_naming), ("property_metadata", metadata_naming)):
            found = selecting.rows(select(content_hash, head))
            expected = [row for row in tables[table] if row[4] == content_hash]
            assert sorted((row["property_id"], *place_of(row), row["version"]) for row in found) == sorted(
                row[:4] for row in expected
            )
    assert selecting.rows(documents_naming(b"\xee" * 32, head)) == []


def test_offerings_and_subscriptions_as_of_any_block(selecting: Selecting) -> None:
    now = subscriptions(selecting.at(selecting.moments[-1]))
    for moment in selecting.moments:
        tables = selecting.at(moment)
        assert selecting.rows(offerings_at(moment)) == offerings(tables)
        assert selecting.rows(offerings_at(moment, FAILED)) == [
            o for o in offerings(tables) if o["property_id"] == FAILED
        ]
        expected = [row for row in subscriptions(tables) if row["subscription"]]
        assert selecting.rows(subscriptions_at(moment)) == expected
        changed = [row for row in now if max(row["block_number"], row["outcome_block"] or 0) > moment]
        assert selecting.rows(subscriptions_changed(moment)) == changed
    assert {row["state"] for row in expected} == {"open", "settled", "failed", "collected", "refunded"}
    assert [row["status"] for row in offerings(tables)] == ["settled", "failed", "open"]
    assert selecting.rows(offerings_changed(0)) == offerings(tables)
    assert selecting.rows(offerings_changed(moment)) == []
    for subscriber in {row["subscriber"] for row in expected}:
        own = [row for row in expected if row["subscriber"] == subscriber]
        assert selecting.rows(subscriptions_at(moment, subscriber)) == own
        assert selecting.rows(subscriptions_at(moment, subscriber, SOLD)) == [
            r for r in own if r["property_id"] == SOLD
        ]
    of_one = [row for row in expected if row["property_id"] == RUNNING]
    first = selecting.rows(subscriptions_at(moment, property_id=RUNNING, limit=2))
    rest = selecting.rows(subscriptions_at(moment, property_id=RUNNING, after=first[-1]["subscriber"], limit=99))
    assert first + rest == of_one


def offerings(tables: Tables) -> list[dict[str, Any]]:
    states = {row["property_id"]: row for row in last_of(tables, "offering_states", ["property_id"])}
    subscribed = {
        row["property_id"]: row["subscribed"] for row in last_of(tables, "subscription_changes", ["property_id"])
    }
    return [
        {
            **terms,
            "status": (state := states[terms["property_id"]])["status"],
            "subscribed": subscribed.get(terms["property_id"], 0),
            "proceeds": state["proceeds"],
            "status_block": state["block_number"],
            "status_log_index": state["log_index"],
        }
        for terms in last_of(tables, "offering_terms", ["property_id"])
    ]


def subscriptions(tables: Tables) -> list[dict[str, Any]]:
    sales = {row["property_id"]: row for row in offerings(tables)}
    outcomes = {(row[0], row[1]): row for row in tables["subscription_outcomes"]}
    found = []
    for row in last_of(tables, "subscription_changes", ["property_id", "subscriber"]):
        key, sale = (row["property_id"], row["subscriber"]), sales[row["property_id"]]
        end = outcomes.get(key, (*key, None, None, sale["status"]))
        found.append(
            {
                "property_id": key[0], "subscriber": key[1], "subscription": row["subscription"],
                "price": sale["price"], "money": sale["price"] * row["subscription"], "state": end[4],
                "offering_status": sale["status"],
                "block_number": row["block_number"], "log_index": row["log_index"],
                "outcome_block": end[2], "outcome_log_index": end[3],
            }
        )  # fmt: skip
    return found


def test_rents_and_claims_as_of_any_block(selecting: Selecting) -> None:
    everything = selecting.at(selecting.moments[-1])
    for moment in selecting.moments:
        tables = selecting.at(moment)
        assert selecting.rows(rents_at(moment)) == rents(tables)
        final = {row[0] for row in tables["rent_declarations"] if row[1] == 0}
        assert {row["property_id"] for row in selecting.rows(final_rents_at(moment))} == final
        assert selecting.rows(rents_at(moment, ENDED)) == [row for row in rents(tables) if row["property_id"] == ENDED]
        changed = [r for r in rents(everything) if max(r["block_number"], r["released_block"] or 0) > moment]
        assert selecting.rows(rents_changed(moment)) == changed
        claimed = [row for row in everything["rent_claims"] if row[2] > moment]
        assert sorted(values(selecting.rows(rent_claims_changed(moment)), "rent_claims")) == claimed
    claims = newest_first(everything, "rent_claims")
    assert values(pages(selecting, partial(rent_claims_at, moment, None, None)), "rent_claims") == claims
    holder = claims[0][1]
    own = [row for row in claims if row[1] == holder]
    for number in (None, SOLD):
        found = selecting.rows(rent_claims_at(moment, holder, number, None, 100))
        assert values(found, "rent_claims") == [row for row in own if number in (None, row[0])]


def rents(tables: Tables) -> list[dict[str, Any]]:
    released = {row[:2]: row for row in tables["rent_releases"]}
    declared = [dict(zip(COLUMNS["rent_declarations"], row, strict=True)) for row in tables["rent_declarations"]]
    declared.sort(key=lambda row: (row["property_id"], *place_of(row)))
    names = ("released_block", "released_log_index", "amount_released", "index_change", "rent_index", "remainder")
    found = []
    for row in declared:
        after = dict(zip(names, released.get((row["property_id"], row["period"]), 8 * (None,))[2:], strict=True))
        found.append(row | {name: after[name] for name in ("index_change", "rent_index", *names[:2])})
    return found


def test_what_anybody_earned_as_of_any_block_is_the_rent_law(selecting: Selecting) -> None:
    """Computed from the oracle's tables by the sentence of the law, for every holder."""
    people = {row[1] for row in selecting.at(selecting.moments[-1])["holding_changes"]}
    for moment in selecting.moments[len(selecting.moments) // 2 :]:
        tables = selecting.at(moment)
        for holder in people:
            parts = earned(tables, holder)
            found = selecting.rows(rent_by_release(holder, moment))
            names = ("property_id", "block_number", "log_index", "fractions", "uncollected", "index_change")
            assert columns(found, names) == parts
            totals = {row["property_id"]: row for row in selecting.rows(rent_totals(holder, moment))}
            assert set(totals) == {part[0] for part in parts}
            for number, row in totals.items():
                scaled = sum((part[3] + part[4]) * part[5] for part in parts if part[0] == number)
                assert row["earned"] == scaled // SCALE
                assert row["earned"] == sum(
                    found_row["earned"] for found_row in found if found_row["property_id"] == number
                )
                assert place_of(row) == max(part[1:3] for part in parts if part[0] == number)
    assert any(row["uncollected_rent"] for holder in people for row in selecting.rows(rent_totals(holder, moment)))


def earned(tables: Tables, holder: bytes) -> list[Row]:
    """(property, release's place, fractions, uncollected, index change) of the releases in which one had a part."""
    sales = {row[0]: row[1:3] for row in tables["sales"] if row[3]}
    collected = {
        row[0]: row[2:4] for row in tables["subscription_outcomes"] if row[1] == holder and row[4] == "collected"
    }
    subscribed = {
        row["property_id"]: row["subscription"]
        for row in last_of(tables, "subscription_changes", ["property_id", "subscriber"])
        if row["subscriber"] == holder
    }
    parts = []
    for number, _, block, log, _, index_change, *_ in sorted(
        tables["rent_releases"], key=lambda row: (row[0], *row[2:4])
    ):
        place = (block, log)
        changes = [row for row in tables["holding_changes"] if row[:2] == (number, holder) and row[2:4] < place]
        fractions = max(changes, key=lambda row: row[2:5])[6] if changes else 0
        is_sold = number in sales and sales[number] < place < collected.get(number, (2**63, 0))
        uncollected = subscribed.get(number, 0) if is_sold else 0
        if fractions + uncollected:
            parts.append((number, *place, fractions, uncollected, index_change))
    return parts


def test_roles_lists_and_treasury_as_of_any_block(selecting: Selecting) -> None:
    for moment in selecting.moments:
        tables = selecting.at(moment)
        paid = newest_first(tables, "treasury_payments")
        assert values(pages(selecting, partial(payments_of_treasury, moment)), "treasury_payments") == paid
        held = [row for row in last_of(tables, "role_changes", ["contract", "role", "account"]) if row["held"]]
        assert selecting.rows(roles_at(moment)) == held
        assert selecting.rows(pauses_at(moment)) == last_of(tables, "pause_changes", ["contract"])
        registrar = {row["registry_list"]: row["registrar"] for row in last_of(tables, "registrars", ["registry_list"])}
        lists = [dict(zip(COLUMNS["registry_lists"], row, strict=True)) for row in tables["registry_lists"]]
        expected = [row | {"registrar": registrar[row["registry_list"]]} for row in lists]
        assert selecting.rows(registry_lists_at(moment)) == expected
        entries = last_of(tables, "registry_entries", ["registry_list", "wallet"])
        assert selecting.rows(entries_at(moment, 1)) == [row for row in entries if row["registry_list"] == 1]
        limits = newest_first(tables, "daily_limits")
        assert values(selecting.rows(daily_limit_at(moment)), "daily_limits") == limits[:1]
        assert values(selecting.rows(burnt_keys_at(moment)), "burnt_keys") == newest_first(tables, "burnt_keys")
    assert values(pages(selecting, partial(role_history, moment)), "role_changes") == newest_first(
        tables, "role_changes"
    )
    for contract, account in itertools.product({row["contract"] for row in held}, {row["account"] for row in held}):
        own = [row for row in held if (row["contract"], row["account"]) == (contract, account)]
        assert selecting.rows(roles_at(moment, contract, account)) == own
    for wallet in {row["wallet"] for row in entries}:
        assert selecting.rows(entries_of(wallet, moment)) == [row for row in entries if row["wallet"] == wallet]
        history = [row for row in newest_first(tables, "registry_entries") if row[:2] == (1, wallet)]
        assert values(selecting.rows(entry_history(wallet, 1, moment)), "registry_entries") == history
    last = selecting.rows(entries_at(moment, 1, limit=2))[-1]["wallet"]
    rest = selecting.rows(entries_at(moment, 1, after=last))
    assert rest == [row for row in entries if row["registry_list"] == 1 and row["wallet"] > last]
    owner, request_id = tables["burnt_keys"][0][0], tables["burnt_keys"][0][5]
    assert values(selecting.rows(burnt_keys_at(moment, owner, request_id)), "burnt_keys") == tables["burnt_keys"][:1]


# -- at the head, beside the contracts


def wallets(selecting: Selecting) -> Iterator[tuple[int, str, bytes]]:
    """Every property with every wallet that ever held something or subscribed."""
    tables = selecting.at(selecting.moments[-1])
    known = {row[1] for name in ("holding_changes", "subscription_changes") for row in tables[name]}
    for number, wallet in itertools.product([row[0] for row in tables["properties"]], sorted(known)):
        yield number, Web3.to_checksum_address(wallet), wallet


def test_rent_is_what_the_contract_would_pay(selecting: Selecting, people: People) -> None:
    head, token = selecting.moments[-1], people.token.functions
    paid = 0
    for number, address, wallet in wallets(selecting):
        totals = selecting.rows(rent_totals(wallet, head, number))
        claimable = totals[0]["claimable"] if totals else 0
        assert claimable == token.claimable_rent(address, number).call()
        paid += claimable
    assert paid, "somebody can claim something"


def test_properties_offerings_and_documents_are_what_the_contracts_say(selecting: Selecting, people: People) -> None:
    head, token = selecting.moments[-1], people.token.functions
    for row in selecting.rows(properties_at(head)):
        number = row["property_id"]
        if (found := told(token.property_of(number))) is None:
            continue
        issuer, proposed, cap, supply, registry_list, has_ended, name, metadata = found
        assert (row["issuer"], row["proposed_issuer"] or bytes(20)) == (raw(issuer), raw(proposed))
        known = (row["supply_cap"], row["supply"], row["registry_list"], row["ended_block"] is not None, row["name"])
        assert known == (cap, supply, registry_list, has_ended, name)
        assert (row["metadata_version"], row["content_hash"]) == metadata[:2]
    statuses = {"open": 1, "settled": 2, "failed": 3}
    for row in selecting.rows(offerings_at(head)):
        status, subscribed, _, terms = told(people.offering.functions.offering_of(row["property_id"]))
        assert (statuses[row["status"]], row["subscribed"]) == (status, subscribed)
        names = ("price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "minimum", "maximum")
        assert columns([row], names) == [tuple(terms)]
    for number, address, wallet in wallets(selecting):
        mine = selecting.rows(subscriptions_at(head, wallet, number))
        owing = sum(row["subscription"] for row in mine if row["state"] in statuses)
        assert owing == people.offering.functions.subscription_of(number, address).call()
    for row in selecting.rows(documents_at(head)):
        if row["name"].encode() == row["name_raw"]:
            found = told(token.document_of(row["property_id"], row["name"]))
            assert (row["version"], row["content_hash"]) == found[:2]


def told(call: Any) -> Any:
    """A view's struct; None where a text in it is no UTF-8, which web3 does not decode."""
    try:
        return call.call()
    except UnicodeDecodeError:
        return None


def test_roles_lists_keys_and_limits_are_what_the_contracts_say(selecting: Selecting, people: People) -> None:
    head, tables = selecting.moments[-1], selecting.at(selecting.moments[-1])
    contracts = {
        raw(found.address): found
        for found in (
            people.vault, people.token, people.market, people.offering, people.registry, people.treasury,
        )
    }  # fmt: skip
    held = {(row["contract"], row["role"], row["account"]) for row in selecting.rows(roles_at(head))}
    for contract, role, account in {row[:3] for row in tables["role_changes"]}:
        has = contracts[contract].functions.hasRole(role, Web3.to_checksum_address(account)).call()
        assert has == ((contract, role, account) in held)
    for row in selecting.rows(pauses_at(head)):
        assert contracts[row["contract"]].functions.paused().call() == row["paused"]
    registry = people.registry.functions
    assert len(selecting.rows(registry_lists_at(head))) == registry.list_count().call()
    for row in selecting.rows(registry_lists_at(head)):
        assert raw(registry.registrar_of(row["registry_list"]).call()) == row["registrar"]
        for entry in selecting.rows(entries_at(head, row["registry_list"])):
            wallet = Web3.to_checksum_address(entry["wallet"])
            found = registry.entry_of(row["registry_list"], wallet).call()
            assert tuple(found) == (wallet, entry["investor_id"], entry["expiry"], entry["frozen"])
    (limit,) = selecting.rows(daily_limit_at(head))
    assert people.treasury.functions.daily_limit().call() == limit["daily_limit"]
    for day in {row[5] for row in tables["treasury_payments"]}:
        (last,) = selecting.rows(paid_on(day, head))
        assert people.treasury.functions.paid_on(day).call() == last["paid_today"]
    for row in selecting.rows(burnt_keys_at(head)):
        owner = Web3.to_checksum_address(row["owner"])
        if row["kind"] == OF_ORDERS:
            named = encode(["address", "uint8", "bytes32"], [owner, row["kind"], row["key"]])
            assert bytes(Web3.keccak(named)) == row["request_id"]
            continue
        assert people.vault.functions.request_id_of(owner, row["kind"], row["key"]).call() == row["request_id"]
        assert people.vault.functions.fingerprint_of(row["request_id"]).call() == bytes(31) + b"\1"


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])
