"""Offerings and subscriptions as the API tells them: what the contract says, at every step and ever after."""

import base64
from typing import Any

import pytest

from api.offerings import phase_of
from local.people import main_account
from tests.api.estate import HOUR, PRICE, Estate
from tests.api.replica import Replica, without_finality
from tests.api.stack import NOBODY, require_problem, until

STATUSES = {0: "cancelled", 1: "open", 2: "settled", 3: "failed"}
ROOM_SECONDS = 30


def require_like_the_contract(estate: Estate, number: int, block: int) -> dict[str, Any]:
    """The offering and its subscriptions as of a block are those of the contract; the offering."""
    views = estate.people.offering.functions
    on_chain = views.offering_of(number).call(block_identifier=block)
    status, subscribed, _, terms = on_chain
    row = estate.offering(number, at_block=block)
    assert row["status"] == STATUSES[status]
    assert row["subscribed"] == str(subscribed)
    names = ("price", "soft_cap", "hard_cap", "opens", "firm", "deadline", "minimum", "maximum")
    if status:
        assert [int(row[name]) for name in names] == list(terms)
    held = estate.subscriptions(number, at_block=block)
    for person in estate.people.persons:
        amount = views.subscription_of(number, person).call(block_identifier=block)
        told = held.get(person)
        assert amount == (int(told["amount"]) if told and told["state"] == "subscribed" else 0)
        mine = estate.read("/subscriptions", subscriber=person, at_block=block)["subscriptions"]
        assert [one for one in mine if one["property_id"] == number] == ([told] if told else [])
        assert told is None or int(told["money"]) == int(told["amount"]) * int(row["price"])
    return row


def test_an_offering_that_settles_is_told_truly_from_its_terms_to_the_last_fraction(estate: Estate) -> None:
    anna, bruno, chidi = estate.people.persons[:3]
    sale = estate.people.offering.functions
    number = estate.listed(supply_cap=400)
    terms = estate.offered(number)
    told: list[tuple[int, dict[str, Any], dict[str, Any], dict[str, Any]]] = []

    def step(phase: str, **of_property: Any) -> dict[str, Any]:
        block = estate.stack.settle()
        row = require_like_the_contract(estate, number, block)
        assert row["phase"] == phase
        listed = estate.property(number)
        assert {name: listed[name] for name in of_property} == of_property
        told.append((block, row, estate.subscriptions(number), listed))
        return row

    assert step("announced", reserved="100", supply="0", uncollected="0")["proceeds"] is None
    estate.pass_time(terms["opens"])
    step("open")
    estate.subscribe(anna, number, 40)
    estate.subscribe(bruno, number, 5)
    estate.subscribe(anna, number, 10)
    estate.subscribe(chidi, number, 7)
    estate.does(bruno, sale.unsubscribe(number, 5))
    step("open", reserved="100")
    assert bruno not in estate.subscriptions(number)
    estate.pass_time(terms["firm"])
    estate.subscribe(chidi, number, 3)
    step("firm")
    estate.pass_time(terms["deadline"])
    step("closable", reserved="100", supply="0")
    before = estate.read(f"/accounts/{estate.issuer}")["account"]["balance"]
    estate.does(bruno, sale.close_offering(number))
    settled = step("settled", reserved="0", supply="60", uncollected="60")
    assert settled["proceeds"] == str(60 * PRICE)
    after = estate.read(f"/accounts/{estate.issuer}")["account"]["balance"]
    assert int(after) - int(before) == 60 * PRICE
    assert {row["offering_status"] for row in estate.subscriptions(number).values()} == {"settled"}
    block = estate.does(bruno, sale.collect(number, anna))
    collected = estate.subscriptions(number)[anna]
    assert (collected["state"], collected["amount"], collected["block_number"]) == ("collected", "50", block)
    step("settled", supply="60", uncollected="10")
    estate.does(chidi, sale.collect(number, chidi))
    step("settled", supply="60", uncollected="0")
    kinds = [row["kind"] for row in estate.read("/postings", owner=anna, limit=3)["postings"]]
    assert kinds[:2] == ["subscription", "subscription"]

    for block, row, held, listed in told:
        assert without_finality(estate.offering(number, at_block=block)) == without_finality(row)
        again = estate.subscriptions(number, at_block=block)
        assert {who: without_finality(one) for who, one in again.items()} == {
            who: without_finality(one) for who, one in held.items()
        }
        assert without_finality(estate.property(number, at_block=block)) == without_finality(listed)


def test_an_offering_that_misses_its_soft_cap_by_one_refunds_everybody(estate: Estate) -> None:
    anna, bruno = estate.people.persons[:2]
    sale = estate.people.offering.functions
    number = estate.listed()
    terms = estate.offered(number)
    balances = [estate.read(f"/accounts/{who}")["account"]["balance"] for who in (anna, bruno)]
    estate.pass_time(terms["opens"])
    estate.subscribe(anna, number, 20)
    estate.subscribe(bruno, number, 29)
    estate.pass_time(terms["deadline"])
    estate.does(anna, sale.close_offering(number))
    failed = require_like_the_contract(estate, number, estate.stack.settle())
    assert (failed["phase"], failed["proceeds"]) == ("failed", None)
    assert {row["state"] for row in estate.subscriptions(number).values()} == {"subscribed"}
    assert {row["offering_status"] for row in estate.subscriptions(number).values()} == {"failed"}
    for who in (anna, bruno):
        estate.does(anna, sale.refund(number, who))
    require_like_the_contract(estate, number, estate.stack.settle())
    assert {row["state"] for row in estate.subscriptions(number).values()} == {"refunded"}
    assert [estate.read(f"/accounts/{who}")["account"]["balance"] for who in (anna, bruno)] == balances
    assert estate.property(number)["uncollected"] == "0"


def test_sold_out_it_closes_from_the_firm_time_on(estate: Estate) -> None:
    anna = estate.people.persons[0]
    number = estate.listed()
    terms = estate.offered(number)
    estate.pass_time(terms["opens"])
    estate.subscribe(anna, number, 100)
    assert estate.offering(number)["phase"] == "open"
    estate.pass_time(terms["firm"])
    assert estate.offering(number)["phase"] == "closable"
    estate.does(anna, estate.people.offering.functions.close_offering(number))
    assert require_like_the_contract(estate, number, estate.stack.settle())["status"] == "settled"


def test_what_was_called_off_may_be_offered_anew_and_lists_are_of_one_status(estate: Estate) -> None:
    number = estate.listed()
    estate.offered(number)
    block = estate.does(estate.issuer, estate.people.offering.functions.cancel_offering(number))
    row = estate.offering(number)
    assert (row["status"], row["phase"], row["proceeds"]) == ("cancelled", "cancelled", None)
    assert estate.property(number)["reserved"] == "0"
    assert number in [one["property_id"] for one in estate.read("/offerings", status="cancelled")["offerings"]]
    estate.offered(number, hard_cap=80, maximum=80)
    assert estate.offering(number)["hard_cap"] == "80"
    everything = estate.read("/offerings")["offerings"]
    for status in ("open", "settled", "failed", "cancelled"):
        listed = estate.read("/offerings", status=status)["offerings"]
        assert listed == [one for one in everything if one["status"] == status]
    assert estate.offering(number, at_block=block)["status"] == "cancelled"


@pytest.mark.parametrize(("now", "subscribed", "phase"), [
    (9, 0, "announced"), (10, 0, "open"), (19, 100, "open"), (20, 99, "firm"), (20, 100, "closable"),
    (29, 99, "firm"), (30, 99, "closable"), (10**9, 0, "closable"),
])  # fmt: skip
def test_each_time_belongs_to_what_begins_then(now: int, subscribed: int, phase: str) -> None:
    row = {"status": "open", "opens": 10, "firm": 20, "deadline": 30, "subscribed": subscribed, "hard_cap": 100}
    assert phase_of(row, now) == phase


def test_pages_of_subscribers_hold_each_of_them_once(estate: Estate) -> None:
    number = estate.listed()
    terms = estate.offered(number)
    estate.pass_time(terms["opens"])
    for person in estate.people.persons:
        estate.subscribe(person, number, 5)
    path = f"/offerings/{number}/subscriptions"
    whole = estate.read(path)
    in_order = sorted(estate.people.persons, key=str.lower)
    assert [row["subscriber"] for row in whole["subscriptions"]] == in_order
    assert whole["next_cursor"] is None
    found, cursor = [], None
    while True:
        page = estate.read(path, limit=3, **({"cursor": cursor} if cursor else {}))
        found += page["subscriptions"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole["subscriptions"]
    good = estate.read(path, limit=3)["next_cursor"]
    place_only = base64.urlsafe_b64encode(base64.urlsafe_b64decode(good + "==")[:44]).decode().rstrip("=")
    for forged in ("", "AAAA", good[:-1], good + "A", place_only, "é" * len(good)):
        require_problem(estate.api.get(path, cursor=forged), "invalid-cursor")
    require_problem(estate.api.get("/postings", cursor=good), "invalid-cursor")


def test_a_reorg_takes_a_subscription_back_from_reads_stream_and_pages(estate: Estate) -> None:
    anna, bruno = estate.people.persons[:2]
    number = estate.listed()
    terms = estate.offered(number)
    estate.pass_time(terms["opens"])
    estate.subscribe(anna, number, 20)
    path = f"/offerings/{number}/subscriptions"
    replica = Replica(estate.api.ws, [("offerings", str(number)), ("account", anna), ("account", bruno)])
    with replica.connected():
        replica.hear_beginnings()
        block = estate.subscribe(bruno, number, 30)
        first = min(anna, bruno, key=str.lower)
        cursor = estate.read(path, limit=1)["next_cursor"]
        until(lambda: bool(replica.hear_all()) and told(replica, number)["subscribed"] == "50", "the subscription")
        assert replica.known["account", bruno].subscriptions[number]["amount"] == "30"
        estate.stack.chain.call("anvil_reorg", estate.stack.settle() - block + 1, [])
        estate.stack.settle()
        assert set(estate.subscriptions(number)) == {anna}
        assert estate.offering(number)["subscribed"] == "20"
        replica.hear_until("reorg")
        until(lambda: bool(replica.hear_all() or True) and len(replica.known) == 3, "the fresh snapshots")
        assert told(replica, number)["subscribed"] == "20"
        assert number not in replica.known["account", bruno].subscriptions
        assert replica.known["account", anna].subscriptions[number]["amount"] == "20"
    answer = estate.api.get(path, limit=1, cursor=cursor)
    if first == bruno:
        require_problem(answer, "cursor-orphaned")
    else:
        assert answer.json()["subscriptions"] == []


def told(replica: Replica, number: int) -> dict[str, Any]:
    row: dict[str, Any] = replica.known["offerings", str(number)].offerings[number]
    return row


def test_the_stream_of_offerings_tells_what_reads_tell_and_when_a_time_has_come(estate: Estate) -> None:
    anna, bruno = estate.people.persons[:2]
    sale = estate.people.offering.functions
    number, other = estate.listed(), estate.listed()
    terms = estate.offered(number)
    replica = Replica(estate.api.ws, [("offerings", "*"), ("offerings", str(number)), ("account", anna),
                                      ("account", bruno)])  # fmt: skip

    def settles(phase: str) -> None:
        """What the client holds becomes what is read."""
        estate.stack.settle()

        def equal() -> bool:
            replica.hear_all()
            rows = {row["property_id"]: without_finality(row) for row in estate.read("/offerings")["offerings"]}
            held = replica.known["offerings", "*"].offerings
            mine = {who: estate.read("/subscriptions", subscriber=who)["subscriptions"] for who in (anna, bruno)}
            return (
                {key: without_finality(row) for key, row in held.items()} == rows
                and without_finality(told(replica, number)) == rows[number]
                and rows[number]["phase"] == phase
                and all(subscribed(replica, who) == {row["property_id"]: without_finality(row) for row in rows_of}
                        for who, rows_of in mine.items())
            )  # fmt: skip

        until(equal, f"the phase {phase}")

    with replica.connected():
        replica.hear_beginnings()
        settles("announced")
        assert set(replica.known["offerings", str(number)].offerings) == {number}
        estate.pass_time(terms["opens"])
        settles("open")
        estate.subscribe(anna, number, 60)
        estate.subscribe(bruno, number, 10)
        estate.offered(other)
        settles("open")
        assert other not in replica.known["offerings", str(number)].offerings
        estate.does(bruno, sale.unsubscribe(number, 10))
        settles("open")
        assert replica.known["account", bruno].subscriptions[number]["state"] == "withdrawn"
        estate.pass_time(terms["firm"])
        settles("firm")
    estate.pass_time(terms["deadline"])
    with replica.connected():
        settles("closable")
        assert "resumed" in replica.seen
        estate.does(bruno, sale.close_offering(number))
        settles("settled")
        assert replica.known["account", anna].subscriptions[number]["offering_status"] == "settled"
    estate.does(bruno, sale.collect(number, anna))
    with replica.connected():
        settles("settled")
        assert replica.known["account", anna].subscriptions[number]["state"] == "collected"
    assert set(replica.seen) <= {"snapshot", "delta", "heartbeat", "resumed"}


def subscribed(replica: Replica, who: str) -> dict[int, Any]:
    rows = replica.known["account", who].subscriptions
    return {key: without_finality(row) for key, row in rows.items() if row["state"] != "withdrawn"}


@pytest.mark.parametrize("key", ["x", "0", "-1", str(2**32), "1.5", "0x1", "٣", 7, "1" * 400])
def test_what_is_no_key_of_offerings_is_refused(estate: Estate, key: Any) -> None:
    replica = Replica(estate.api.ws, [])
    with replica.connected():
        replica.say(op="subscribe", channel="offerings", key=key)
        assert replica.hear()["code"] == "invalid-request"
        replica.say(op="subscribe", channel="offerings", key="007")
        assert replica.hear()["key"] == "7"
        replica.say(op="subscribe", channel="offerings")
        assert replica.hear()["key"] == "*"


def test_what_there_is_not_is_refused_in_words(estate: Estate) -> None:
    number = estate.listed()
    for path in (f"/offerings/{number}", f"/offerings/{number}/subscriptions", "/offerings/4000"):
        assert "/v1/offerings" in require_problem(estate.api.get(path), "unknown-offering")["detail"]
    for path in ("/offerings/0", "/offerings/x", f"/offerings/{2**32}", "/subscriptions", "/offerings?status=gone"):
        require_problem(estate.api.client.get("/v1" + path), "invalid-request")
    for path in ("/offerings", f"/offerings/{number}", "/subscriptions"):
        require_problem(estate.api.get(path, subscribers=NOBODY), "invalid-request")
    require_problem(estate.api.get("/subscriptions", subscriber="0x12"), "invalid-address")
    assert estate.read("/subscriptions", subscriber=NOBODY)["subscriptions"] == []
    early = estate.stack.deployment.first_block
    assert estate.read("/offerings", at_block=early)["offerings"] == []


def test_escrow_and_accounts_agree_while_an_offering_runs(estate: Estate) -> None:
    """What subscribers paid rests in the offering's own account of the property, to the unit."""
    anna = estate.people.persons[0]
    number = estate.listed()
    terms = estate.offered(number)
    estate.pass_time(terms["opens"] + HOUR - ROOM_SECONDS)
    estate.subscribe(anna, number, 33)
    account = f"0x{main_account(estate.people.offering.address) + number:064x}"
    assert estate.read(f"/accounts/{account}")["account"]["balance"] == str(33 * PRICE)
