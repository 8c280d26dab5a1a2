"""Fractions, offerings, rent and documents as the API prepares them, on a chain whose time goes as the test says."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.people import UNIT, main_account
from local.postgres import Postgres
from tests.api.preparing import (
    RENT_NOTICE,
    carried_out,
    changes,
    list_property,
    now,
    pass_time,
    prepared,
    refused,
)
from tests.api.stack import Stack, require_problem, running_stack
from tests.conftest import Deployed

PRICE = 2 * UNIT
HOUR = 3_600
numbers = itertools.count(100)


@pytest.fixture(scope="module")
def land(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    with running_stack(postgres, deployed, workshop) as running:
        people = running.people
        issuer = people.accounts[1]
        people.send(people.dollar.functions.mint(issuer, 10**6 * UNIT), issuer)
        people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), issuer)
        people.send(people.vault.functions.deposit(main_account(issuer), 10**5 * UNIT), issuer)
        yield running


def listed(land: Stack, registry_list: int = 0) -> int:
    """A property of 1,000 fractions that nobody has."""
    number = next(numbers)
    list_property(land, number, 1_000, registry_list)
    return number


def offered(land: Stack, property_id: int, **terms: Any) -> dict[str, Any]:
    """An offering that the issuer set as prepared; opens in an hour, firm in two, over in three."""
    began = now(land)
    body = {
        "sender": land.people.accounts[1], "property_id": property_id, "price": str(PRICE), "soft_cap": "50",
        "hard_cap": "100", "opens": began + HOUR, "firm": began + 2 * HOUR, "deadline": began + 3 * HOUR,
        "minimum": "5", "maximum": "100",
    } | terms  # fmt: skip
    carried_out(land, "offering_set", **body)
    return body


def test_fractions_go_to_another_wallet_and_to_one_that_may_hold_them(land: Stack) -> None:
    people, (anna, bruno) = land.people, land.people.persons[:2]
    admin, issuer = people.accounts[:2]
    people.send(people.registry.functions.create_list(issuer, "investors"), admin)
    number = people.registry.functions.list_count().call()
    people.send(people.registry.functions.set_entry(number, anna, 1, 2**40, False), issuer)
    closed = listed(land, number)
    people.send(people.token.functions.allot(closed, anna, 50), issuer)
    give = {"sender": anna, "property_id": closed, "receiver": bruno, "amount": "20"}
    assert bruno in refused(land, "fraction_transfer", "not-eligible", **give)
    people.send(people.registry.functions.set_entry(number, bruno, 2, 2**40, False), issuer)
    found = carried_out(land, "fraction_transfer", **give)
    assert found["steps"][0]["sentence"] == f"Send 20 fractions of Quay {closed} to {bruno[:6]}…{bruno[-4:]}."
    assert changes(found) == ["-20", "+20"]
    assert [effect["balance"] for effect in found["simulation"]["effects"]] == ["30", "20"]
    refused(land, "fraction_transfer", "erc1155-insufficient-balance", **(give | {"amount": "31"}))
    taken = give | {"sender": bruno, "holder": anna}
    refused(land, "fraction_transfer", "erc1155-missing-approval-for-all", **taken)
    people.send(people.token.functions.setApprovalForAll(bruno, True), anna)
    assert f"of {anna[:6]}…" in carried_out(land, "fraction_transfer", **taken)["steps"][0]["sentence"]


def test_what_rests_in_escrow_is_not_sent(land: Stack) -> None:
    anna, bruno = land.people.persons[:2]
    held = land.people.token.functions.balanceOf(anna, 1).call()
    land.lock(1, anna, held - 1)
    give = {"sender": anna, "property_id": 1, "receiver": bruno}
    assert str(held - 1) in refused(land, "fraction_transfer", "fractions-locked", **give, amount="2")
    carried_out(land, "fraction_transfer", **give, amount="1")
    land.lock(1, anna, held - 1, unlock=True)


def test_an_offering_from_its_terms_to_the_last_fraction(land: Stack) -> None:
    people, (anna, bruno, chidi) = land.people, land.people.persons[:3]
    issuer, number = people.accounts[1], listed(land)
    subscribe = {"sender": anna, "property_id": number, "amount": "40"}
    assert "no offering" in refused(land, "offering_subscribe", "offering-not-open", **subscribe)
    terms = offered(land, number)
    early = refused(land, "offering_subscribe", "offering-not-open", **subscribe)
    assert early.startswith(f"The offering of Quay {number} opens at 20")
    assert "UTC" in early
    pass_time(land, terms["opens"])
    found = carried_out(land, "offering_subscribe", **subscribe)
    assert found["steps"][0]["sentence"] == f"Subscribe to 40 fractions of Quay {number} for 80.00 TUSD."
    escrow = f"0x{main_account(people.offering.address) | number:064x}"
    mine = f"0x{main_account(anna):064x}"
    assert [effect["account"] for effect in found["simulation"]["effects"]] == [mine, escrow]
    assert changes(found) == [f"-{40 * PRICE}", f"+{40 * PRICE}"]
    carried_out(land, "offering_subscribe", **(subscribe | {"sender": bruno, "amount": "10"}))
    few = subscribe | {"sender": chidi, "amount": "4"}
    assert "5 to 100" in refused(land, "offering_subscribe", "subscription-out-of-bounds", **few)
    words = refused(land, "offering_subscribe", "hard-cap-exceeded", **(subscribe | {"amount": "51"}))
    assert "50 fractions" in words
    back = carried_out(land, "offering_unsubscribe", **(subscribe | {"amount": "10"}))
    assert changes(back) == [f"-{10 * PRICE}", f"+{10 * PRICE}"]
    refused(land, "offering_unsubscribe", "insufficient-subscription", **(subscribe | {"amount": "31"}))
    carried_out(land, "offering_subscribe", **(subscribe | {"amount": "10"}))
    assert "opened at" in refused(land, "offering_cancel", "offering-not-open", sender=issuer, property_id=number)
    pass_time(land, terms["firm"])
    refused(land, "offering_unsubscribe", "subscriptions-firm", **(subscribe | {"amount": "10"}))
    close = {"sender": chidi, "property_id": number}
    assert "can be closed from" in refused(land, "offering_close", "not-closable", **close)
    assert "can be closed from" in refused(land, "offering_collect", "not-settled", **close)
    pass_time(land, terms["deadline"])
    assert "until" in refused(land, "offering_subscribe", "offering-not-open", **subscribe)
    closed = carried_out(land, "offering_close", **close)
    assert changes(closed) == [f"-{50 * PRICE}", f"+{50 * PRICE}"]
    assert "was settled" in refused(land, "offering_close", "not-closable", **close)
    assert "was settled" in refused(land, "offering_refund", "not-failed", **close)
    pushed = carried_out(land, "offering_collect", sender=chidi, property_id=number, subscriber=anna)
    (effect,) = pushed["simulation"]["effects"]
    assert (effect["kind"], effect["holder"], effect["change"], effect["balance"]) == ("fractions", anna, "+40", "40")
    carried_out(land, "offering_collect", sender=bruno, property_id=number)
    refused(land, "offering_collect", "nothing-subscribed", sender=bruno, property_id=number)


def test_an_offering_that_misses_its_soft_cap_by_one_refunds_everybody(land: Stack) -> None:
    people, (anna, bruno) = land.people, land.people.persons[:2]
    number = listed(land)
    terms = offered(land, number)
    pass_time(land, terms["opens"])
    before = {who: people.vault.functions.balance_of(main_account(who)).call() for who in (anna, bruno)}
    carried_out(land, "offering_subscribe", sender=anna, property_id=number, amount="40")
    carried_out(land, "offering_subscribe", sender=bruno, property_id=number, amount="9")
    pass_time(land, terms["deadline"])
    assert changes(carried_out(land, "offering_close", sender=anna, property_id=number)) == []
    assert "failed" in refused(land, "offering_collect", "not-settled", sender=anna, property_id=number)
    carried_out(land, "offering_refund", sender=anna, property_id=number)
    refund = carried_out(land, "offering_refund", sender=anna, property_id=number, subscriber=bruno)
    assert changes(refund) == [f"-{9 * PRICE}", f"+{9 * PRICE}"]
    assert {who: people.vault.functions.balance_of(main_account(who)).call() for who in before} == before


def test_an_offering_is_called_off_before_it_opens(land: Stack) -> None:
    issuer, number = land.people.accounts[1], listed(land)
    terms = offered(land, number)
    replaced = carried_out(land, "offering_set", **(terms | {"price": "1500000"}))
    named = {argument["name"]: argument["value"] for argument in replaced["steps"][0]["arguments"]}
    assert (named["terms.price"], named["terms.deadline"]) == ("1500000", str(terms["deadline"]))
    assert "Offer up to 100 fractions" in replaced["steps"][0]["sentence"]
    anna = land.people.persons[0]
    refused(land, "offering_cancel", "not-issuer", sender=anna, property_id=number)
    refused(land, "offering_set", "not-issuer", **(terms | {"sender": anna}))
    refused(land, "offering_set", "invalid-terms", **(terms | {"soft_cap": "101"}))
    refused(land, "offering_set", "supply-cap-exceeded", **(terms | {"hard_cap": "1001"}))
    carried_out(land, "offering_cancel", sender=issuer, property_id=number)
    assert "no offering" in refused(land, "offering_cancel", "offering-not-open", sender=issuer, property_id=number)


def test_subscriptions_stop_while_paused(land: Stack) -> None:
    people, number = land.people, listed(land)
    admin, anna = people.accounts[0], people.persons[0]
    terms = offered(land, number)
    pass_time(land, terms["opens"])
    people.send(people.offering.functions.grantRole(people.offering.functions.PAUSER().call(), admin), admin)
    people.send(people.offering.functions.pause(), admin)
    subscribe = {"sender": anna, "property_id": number, "amount": "10"}
    refused(land, "offering_subscribe", "enforced-pause", **subscribe)
    people.send(people.offering.functions.unpause(), admin)
    carried_out(land, "offering_subscribe", **subscribe)
    poor = land.people.accounts[0]
    refused(land, "offering_subscribe", "insufficient-balance", **(subscribe | {"sender": poor}))


def test_rent_is_declared_released_and_claimed_until_the_property_ends(land: Stack) -> None:
    people, (anna, bruno) = land.people, land.people.persons[:2]
    issuer, number = people.accounts[1], listed(land)
    due = now(land) + RENT_NOTICE + HOUR
    declare: dict[str, Any] = {
        "sender": issuer, "property_id": number, "period": 202611, "amount": "1000000", "release_time": due,
    }  # fmt: skip
    refused(land, "rent_declare", "nothing-sold", **declare)
    people.send(people.token.functions.allot(number, anna, 30), issuer)
    people.send(people.token.functions.allot(number, bruno, 10), issuer)
    soon = refused(land, "rent_declare", "invalid-release-time", **(declare | {"release_time": now(land) + 60}))
    assert "UTC" in soon
    found = carried_out(land, "rent_declare", **declare)
    assert found["steps"][0]["sentence"].startswith(f"Declare 1.00 TUSD of rent of Quay {number} for 2026-11, to be ")
    assert changes(found) == ["-1000000", "+1000000"]
    refused(land, "rent_declare", "period-declared", **declare)
    release = {"sender": bruno, "property_id": number, "period": 202611}
    assert "UTC" in refused(land, "rent_release", "rent-not-due", **release)
    refused(land, "rent_claim", "nothing-to-claim", sender=anna, property_id=number)
    pass_time(land, due)
    assert changes(carried_out(land, "rent_release", **release)) == []
    refused(land, "rent_release", "rent-released-before", **release)
    pushed = carried_out(land, "rent_claim", sender=bruno, property_id=number, holder=anna)
    assert changes(pushed) == ["-750000", "+750000"]
    final = declare | {"period": 0, "amount": "400", "release_time": now(land) + RENT_NOTICE + HOUR}
    assert carried_out(land, "rent_declare", **final)["steps"][0]["sentence"].startswith(f"End Quay {number}: ")
    pass_time(land, final["release_time"])
    carried_out(land, "rent_release", **(release | {"period": 0}))
    ended = carried_out(land, "rent_claim", sender=bruno, property_id=number)
    assert changes(ended) == ["-250100", "+250100", "-10"]
    assert ended["simulation"]["effects"][2]["balance"] == "0"
    refused(land, "rent_declare", "property-ending", **(declare | {"period": 202701}))


def test_documents_and_metadata_are_bound_by_the_issuer(land: Stack) -> None:
    issuer, anna, number = land.people.accounts[1], land.people.persons[0], listed(land)
    bind = {"sender": issuer, "property_id": number, "content_hash": "0x" + 32 * "ab", "uri": "ipfs://bafy"}
    assert changes(carried_out(land, "metadata_set", **bind)) == []
    metadata = land.api.read(f"/properties/{number}")["property"]["metadata"]
    assert (metadata["version"], metadata["content_hash"], metadata["uri"]) == (2, bind["content_hash"], bind["uri"])
    found = carried_out(land, "document_set", **bind, name="valuation")
    assert found["steps"][0]["sentence"] == f"Bind the document “valuation” to Quay {number}."
    version, content, uri = land.people.token.functions.document_of(number, "valuation").call()
    assert (version, "0x" + content.hex(), uri) == (1, bind["content_hash"], bind["uri"])
    refused(land, "metadata_set", "not-issuer", **(bind | {"sender": anna}))
    refused(land, "metadata_set", "unknown-property", **(bind | {"property_id": 4_000_000_000}))
    refused(land, "document_set", "not-issuer", **(bind | {"sender": anna}), name="valuation")
    refused(land, "document_set", "invalid-name", **bind, name="")
    for wrong in ({"name": "é" * 33}, {"name": "x", "uri": "é" * 129}):
        require_problem(land.api.prepare("document_set", **(bind | wrong)), "invalid-request")


def test_a_name_that_cannot_be_shown_is_not_shown(land: Stack) -> None:
    """A line break in a sentence would let a listing forge a second one."""
    people, number = land.people, next(numbers)
    admin, issuer = people.accounts[:2]
    listing = people.token.functions.list_property(number, issuer, 5, 0, "Inn\nSend all to me", bytes(32), "")
    people.send(listing, admin)
    found = prepared(land.api, "rent_claim", sender=issuer, property_id=number)
    assert found["steps"][0]["sentence"] == f"Pay out your rent from property {number}."
