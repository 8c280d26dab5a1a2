"""What issuer, registrar and treasury of the local chain do: sell two properties, pay rent, file documents.

`settle_in` is done once; `errands` go on for ever, as the habits of the people do.
"""

import datetime
import random
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from web3 import Web3

from local.people import (
    ALLOTTED,
    FIRST_PERSON,
    UNIT,
    People,
    known_properties,
    list_property,
    main_account,
    metadata_document,
)

ON_SALE, SOLD = 4, 5
DAY = 86_400
SOON_SECONDS = 8
RENTS = {1: 18_900, 2: 41_250, 3: 7_300}  # whole units a month
ISSUER_DOLLARS = 1_000_000
INVESTOR_DOLLARS = 150_000
TREASURY_DOLLARS = 250_000
SUBSCRIPTIONS = (900, 1_500, 250, 2_000, 640, 1_100)
LATE = 3  # the person, counted from the first, who has not collected yet
UNLISTED = 7  # the person whom the registrar does not know
FROZEN = 6


def settle_in(people: People) -> None:
    """After people.seed: a registry list, an offering that runs, one that is settled, rents and documents."""
    admin, issuer = people.accounts[:FIRST_PERSON]
    people.send(people.registry.functions.create_list(admin, "Verified investors"), admin)
    register(people)
    on_sale, sold = known_properties()[ALLOTTED:]
    list_property(people, on_sale)
    list_property(people, sold, registry_list=1)
    endow(people, issuer, ISSUER_DOLLARS)
    for person in people.persons:
        endow(people, person, INVESTOR_DOLLARS)
    opens = soon(people)
    people.send(people.offering.functions.set_offering(ON_SALE, terms_on_sale(on_sale, opens)), issuer)
    people.send(people.offering.functions.set_offering(SOLD, terms_sold(sold, opens)), issuer)
    while now(people) < opens:
        time.sleep(0.1)
        people.web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
    for person, amount in zip(people.persons, SUBSCRIPTIONS, strict=False):
        people.send(people.offering.functions.subscribe(ON_SALE, amount), person)
    sell(people, sold)
    declare_rents(people)
    for facts in known_properties():
        content = prospectus(facts)
        people.send(
            people.token.functions.set_document(facts["property_id"], "Prospectus", Web3.keccak(content), ""), issuer
        )
    fill_treasury(people, admin)


def register(people: People) -> None:
    """All but one on the list, one of them frozen."""
    expiry = now(people) + 365 * DAY
    entries = [
        (person, 1001 + index, expiry, index == FROZEN)
        for index, person in enumerate(people.persons)
        if index != UNLISTED
    ]
    people.send(people.registry.functions.set_entries(1, entries), people.accounts[0])


def endow(people: People, who: str, dollars: int) -> None:
    people.send(people.dollar.functions.mint(who, dollars * UNIT), who)
    people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), who)
    people.send(people.vault.functions.deposit(main_account(who), dollars * UNIT), who)


def terms_on_sale(facts: dict[str, Any], opens: int) -> tuple[int, ...]:
    """Of an offering that runs for a week."""
    return 25 * UNIT, 8_000, facts["supply_cap"], opens, opens + 3 * DAY, opens + 7 * DAY, 10, 5_000


def terms_sold(facts: dict[str, Any], opens: int) -> tuple[int, ...]:
    """Of an offering that can be closed as soon as it is sold out."""
    cap = facts["supply_cap"]
    return 8 * UNIT, cap // 2, cap, opens, opens, opens + DAY, 100, cap


def sell(people: People, facts: dict[str, Any]) -> None:
    """The whole of an offering, collected by all buyers but one."""
    buyers = people.persons[:5]
    for buyer in buyers:
        people.send(people.offering.functions.subscribe(SOLD, facts["supply_cap"] // len(buyers)), buyer)
    people.send(people.offering.functions.close_offering(SOLD), buyers[0])
    for index, buyer in enumerate(buyers):
        if index != LATE:
            people.send(people.offering.functions.collect(SOLD, buyer), buyer)


def declare_rents(people: People) -> None:
    """Of the two months before, to be released after the notice, and of this month, in three days more."""
    notice = people.token.functions.rent_notice().call()
    for property_id, rent in RENTS.items():
        for back in (2, 1, 0):
            release = now(people) + notice + 60 + (0 if back else 3 * DAY)
            declared = people.token.functions.declare_rent(property_id, month(now(people), back), rent * UNIT, release)
            people.send(declared, people.accounts[1])


def month(at: int, back: int) -> int:
    """A period: year and month as in 202611, so many months before that of a time."""
    today = datetime.datetime.fromtimestamp(at, datetime.UTC)
    months = today.year * 12 + today.month - 1 - back
    return months // 12 * 100 + months % 12 + 1


def fill_treasury(people: People, admin: str) -> None:
    people.send(people.dollar.functions.mint(admin, TREASURY_DOLLARS * UNIT), admin)
    people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), admin)
    account = people.treasury.functions.account().call()
    people.send(people.vault.functions.deposit(account, TREASURY_DOLLARS * UNIT), admin)
    people.send(people.treasury.functions.grantRole(people.treasury.functions.OPERATOR().call(), admin), admin)
    payment = b"card payment 1".ljust(32, b"\0")
    hugo = main_account(people.persons[UNLISTED])
    people.send(people.treasury.functions.pay(hugo, 1_250 * UNIT, payment, Web3.keccak(payment)), admin)


def errands(people: People, chance: random.Random) -> Iterator[Any]:
    """For ever: what is due, as (who, call); None where nothing is."""
    token, offering = people.token.functions, people.offering.functions
    while True:
        who, property_id = chance.choice(people.persons), chance.choice(list(RENTS))
        due = due_period(people, property_id)
        if due is not None:
            yield who, token.release_rent(property_id, due)
        elif token.claimable_rent(who, property_id).call():
            yield who, token.claim_rent(property_id, who)
        elif chance.random() < 0.3 and who != people.persons[UNLISTED]:
            yield who, offering.subscribe(ON_SALE, chance.randint(10, 60))
        else:
            yield None


def due_period(people: People, property_id: int) -> int | None:
    at = now(people)
    for back in range(3):
        period = month(at, back)
        amount, release, released = people.token.functions.rent_of(property_id, period).call()
        if amount and not released and release <= at:
            return period
    return None


def soon(people: People) -> int:
    """A second that some blocks from now may have; the newest block of an idle chain is old."""
    return int(people.web3.eth.get_block("pending")["timestamp"]) + SOON_SECONDS


def now(people: People) -> int:
    return int(people.web3.eth.get_block("latest")["timestamp"])


def deliver_documents(api: str) -> None:
    """Hand the API the bytes whose hashes the chain names. Raises URLError where it takes one not."""
    for facts in known_properties():
        for content, media_type in (
            (metadata_document(facts), "application/json"),
            (prospectus(facts), "text/plain"),
        ):
            request = urllib.request.Request(
                f"{api}/v1/documents/{Web3.keccak(content).to_0x_hex()}",
                data=content,
                method="PUT",
                headers={"Content-Type": media_type},
            )
            urllib.request.urlopen(request, timeout=10).close()


def prospectus(facts: dict[str, Any]) -> bytes:
    """A property's prospectus as plain text."""
    lines = [
        facts["name"],
        "=" * len(facts["name"]),
        "",
        facts["description"],
        "",
        f"Kind             {facts['kind']}",
        f"Built            {facts['built']}",
        f"Area             {facts['area_square_metres']:,} square metres",
        f"Fractions        at most {facts['supply_cap']:,}",
        "",
        "Rent is announced at least the notice ahead and paid pro rata to whoever holds when it is",
        "released. Fractions can be lost in value; nobody guarantees rent, price or a buyer.",
        "This is a property of the local chain: it exists nowhere else.",
        "",
    ]
    return "\n".join(lines).encode()
