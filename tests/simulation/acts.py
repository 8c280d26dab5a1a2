"""What people do by chance, beside trading: each act takes a ledger, and leaves it as the contracts would.

An act that is not possible just now does nothing.
"""

import random
from collections.abc import Callable

from tests.simulation.contracts import ADMIN, ISSUER, MARKET, OFFERING, REGISTRY, TOKEN, TREASURY, VAULT
from tests.simulation.ledger import (
    NOBODY,
    OUTSIDE,
    PROPERTIES_MAX,
    Ledger,
    account_of,
    list_property,
    some_property,
    somebody,
)
from tests.simulation.trading import trade

SCALE = 2**48
BROKEN_TEXT = b"ipfs://\xff\x00broken"
Act = Callable[[Ledger, random.Random], None]


def list_another(ledger: Ledger, _: random.Random) -> None:
    if ledger.counts.get("property", 0) < PROPERTIES_MAX:
        list_property(ledger)


def allot(ledger: Ledger, chance: random.Random) -> None:
    ledger.move(some_property(ledger, chance), NOBODY, somebody(chance), chance.randint(1, 500), ISSUER)


def give(ledger: Ledger, chance: random.Random) -> None:
    number, sender = some_property(ledger, chance), somebody(chance)
    if free := ledger.free(number, sender):
        ledger.move(number, sender, somebody(chance), chance.randint(0, min(free, 50)), sender)


def give_several(ledger: Ledger, chance: random.Random) -> None:
    sender, receiver = somebody(chance), somebody(chance)
    ids, amounts = list[int](), list[int]()
    for number in range(1, ledger.counts.get("property", 0) + 1):
        if free := ledger.free(number, sender):
            ids.append(number)
            amounts.append(chance.randint(0, min(free, 20)))
    parties = {"operator": sender, "sender": sender, "receiver": receiver}
    ledger.say(TOKEN, "TransferBatch", **parties, ids=ids, amounts=amounts)
    for number, amount in zip(ids, amounts, strict=True):
        ledger.shift(number, sender, receiver, amount)


def deposit(ledger: Ledger, chance: random.Random) -> None:
    ledger.post(VAULT, OUTSIDE, account_of(somebody(chance)), chance.randint(1, 10**6), 1)


def withdraw(ledger: Ledger, chance: random.Random) -> None:
    account = account_of(somebody(chance))
    if balance := ledger.money.get(account, 0):
        ledger.post(VAULT, account, OUTSIDE, chance.choice([balance, 1 + balance // 3]), 2)


def pay(ledger: Ledger, chance: random.Random) -> None:
    debit, credit = account_of(somebody(chance)), account_of(somebody(chance), chance.randint(0, 1))
    if debit != credit and (balance := ledger.money.get(debit, 0)):
        ledger.post(VAULT, debit, credit, chance.randint(1, balance), 3)


def burn_key(ledger: Ledger, chance: random.Random) -> None:
    key = {"kind": 3, "key": ledger.count("key").to_bytes(32, "big"), "request_id": bytes(32)}
    ledger.say(chance.choice([VAULT, MARKET]), "KeyBurnt", owner=somebody(chance), **key)


def describe(ledger: Ledger, chance: random.Random) -> None:
    number = some_property(ledger, chance)
    about = {"property_id": number, "version": ledger.count(f"metadata {number}"), "content_hash": bytes(32)}
    ledger.say(TOKEN, "MetadataSet", **about, uri=chance.choice([b"", b"ipfs://metadata", BROKEN_TEXT]))


def document(ledger: Ledger, chance: random.Random) -> None:
    number, name = some_property(ledger, chance), chance.choice([b"Prospectus", b"Plan"])
    about = {"version": ledger.count(f"document {number} {name!r}"), "content_hash": chance.randbytes(32)}
    ledger.say(TOKEN, "DocumentSet", property_id=number, **about, name=name, uri=b"")


def change_issuer(ledger: Ledger, chance: random.Random) -> None:
    about = {"property_id": some_property(ledger, chance), "issuer": somebody(chance)}
    ledger.say(TOKEN, chance.choice(["IssuerProposed", "IssuerChanged"]), **about)


def declare_rent(ledger: Ledger, chance: random.Random) -> None:
    number, amount = some_property(ledger, chance), chance.randint(1, 10**6)
    period = ledger.count(f"period {number}")
    ledger.declared[number, period] = amount
    ledger.say(TOKEN, "RentDeclared", property_id=number, period=period, amount=amount, release_time=10**9)


def release_rent(ledger: Ledger, chance: random.Random) -> None:
    due = [key for key in ledger.declared if ledger.supply.get(key[0])]
    if due:
        number, period = chance.choice(due)
        amount = ledger.declared.pop((number, period))
        index, remainder = ledger.rent.get(number, (0, 0))
        change, remainder = divmod(amount * SCALE + remainder, ledger.supply[number])
        ledger.rent[number] = (index + change, remainder)
        about = {"amount": amount, "rent_index": index + change, "remainder": remainder}
        ledger.say(TOKEN, "RentReleased", property_id=number, period=period, **about)


def claim_rent(ledger: Ledger, chance: random.Random) -> None:
    about = {"amount": chance.randint(0, 1000), "owed": chance.randrange(SCALE)}
    ledger.say(TOKEN, "RentClaimed", property_id=some_property(ledger, chance), holder=somebody(chance), **about)


def end_property(ledger: Ledger, chance: random.Random) -> None:
    number = some_property(ledger, chance)
    if number > 2 and ledger.count(f"end {number}") == 1:
        ledger.say(TOKEN, "PropertyEnded", property_id=number)


def offer(ledger: Ledger, chance: random.Random) -> None:
    """One step of an offering's life: terms, subscriptions, the close, and what each gets."""
    number = some_property(ledger, chance)
    price, state = ledger.sales.get(number, (0, "none"))
    if state == "none":
        set_terms(ledger, chance, number)
    elif state == "open":
        chance.choices([subscribe, close], [8, 1])[0](ledger, chance, number)
    else:
        hand_out(ledger, chance, number, price, state == "settled")


def set_terms(ledger: Ledger, chance: random.Random, number: int) -> None:
    price = chance.randint(1, 99)
    ledger.sales[number] = (price, "open")
    caps = {"soft_cap": 1, "hard_cap": 10**6, "minimum": 1, "maximum": 10**6}
    times = {"opens": 1, "firm": 2, "deadline": 3}
    ledger.say(OFFERING, "OfferingSet", property_id=number, issuer=ISSUER, price=price, **caps, **times)


def subscribe(ledger: Ledger, chance: random.Random, number: int) -> None:
    key = (number, somebody(chance))
    has, amount = ledger.subscriptions.get(key, 0), chance.randint(1, 90)
    name = chance.choice(["Subscribed", "Subscribed", "Unsubscribed"]) if has else "Subscribed"
    amount = amount if name == "Subscribed" else min(amount, has)
    ledger.subscriptions[key] = subscription = has + (amount if name == "Subscribed" else -amount)
    about = {"amount": amount, "subscription": subscription, "subscribed": subscribed(ledger, number)}
    ledger.say(OFFERING, name, property_id=number, subscriber=key[1], **about)


def subscribed(ledger: Ledger, number: int) -> int:
    return sum(amount for (of, _), amount in ledger.subscriptions.items() if of == number)


def close(ledger: Ledger, chance: random.Random, number: int) -> None:
    price, sold = ledger.sales[number][0], subscribed(ledger, number)
    settled = sold > 0 and chance.random() < 0.7
    ledger.sales[number] = (price, "settled" if settled else "failed")
    if settled:
        ledger.supply[number] = supply = ledger.supply.get(number, 0) + sold
        ledger.uncollected[number] = sold
        index = ledger.rent.get(number, (0, 0))[0]
        ledger.say(TOKEN, "SaleSettled", property_id=number, sold=sold, supply=supply, rent_index=index)
    about = {"settled": settled, "subscribed": sold, "proceeds": sold * price if settled else 0}
    ledger.say(OFFERING, "OfferingClosed", property_id=number, **about)


def hand_out(ledger: Ledger, chance: random.Random, number: int, price: int, settled: bool) -> None:
    waiting = [who for (of, who), amount in ledger.subscriptions.items() if of == number and amount]
    if not waiting:
        return
    who = chance.choice(waiting)
    amount = ledger.subscriptions.pop((number, who))
    if settled:
        ledger.move(number, NOBODY, who, amount, OFFERING)
        ledger.supply[number] -= amount  # the sale created them
        ledger.uncollected[number] = uncollected = ledger.uncollected[number] - amount
        about = {"holder": who, "amount": amount, "uncollected": uncollected}
        ledger.say(TOKEN, "FractionsCollected", property_id=number, **about)
        ledger.say(OFFERING, "Collected", property_id=number, subscriber=who, amount=amount)
    else:
        about = {"subscriber": who, "amount": amount, "money": amount * price}
        ledger.say(OFFERING, "Refunded", property_id=number, **about)


def register(ledger: Ledger, chance: random.Random) -> None:
    number = chance.randint(1, ledger.counts.get("list", 0) + 1)
    if number > ledger.counts.get("list", 0):
        ledger.count("list")
        ledger.say(REGISTRY, "ListCreated", registry_list=number, registrar=ADMIN, name=b"Verified")
    elif chance.random() < 0.2:
        ledger.say(REGISTRY, "RegistrarChanged", registry_list=number, registrar=somebody(chance))
    else:
        entry = {"investor_id": chance.randrange(2**128), "expiry": 2**64 - 1, "frozen": chance.random() < 0.1}
        ledger.say(REGISTRY, "EntrySet", registry_list=number, wallet=somebody(chance), **entry)


def administer(ledger: Ledger, chance: random.Random) -> None:
    contract = chance.choice([VAULT, TOKEN, OFFERING, REGISTRY, TREASURY, MARKET])
    if contract in (VAULT, OFFERING) and chance.random() < 0.5:
        ledger.say(contract, chance.choice(["Paused", "Unpaused"]), account=ADMIN)
        return
    role = {"role": bytes([chance.randint(1, 3)]) * 32, "account": somebody(chance), "sender": ADMIN}
    ledger.say(contract, chance.choice(["RoleGranted", "RoleRevoked"]), **role)


def treasure(ledger: Ledger, chance: random.Random) -> None:
    amount = chance.randint(1, 1000)
    if chance.random() < 0.3:
        ledger.say(TREASURY, "DailyLimitSet", daily_limit=amount)
        return
    about = {"amount": amount, "day": ledger.count("payment"), "paid_today": amount}
    request = ledger.counts["payment"].to_bytes(32, "big")
    ledger.say(TREASURY, "Paid", request_id=request, to_account=account_of(somebody(chance)), **about)


def approve(ledger: Ledger, chance: random.Random) -> None:
    """In the journal, but nobody reads it."""
    ledger.say(TOKEN, "ApprovalForAll", owner=somebody(chance), operator=somebody(chance), approved=True)


ACTS: dict[Act, int] = {
    allot: 5, give: 14, give_several: 2, deposit: 6, withdraw: 2, pay: 6, trade: 18, offer: 8, list_another: 1,
    burn_key: 1, describe: 1, document: 1, change_issuer: 1, declare_rent: 1, release_rent: 2, claim_rent: 1,
    end_property: 1, register: 2, administer: 1, treasure: 1, approve: 1,
}  # fmt: skip
"""How likely each is beside the others."""


def act(ledger: Ledger, chance: random.Random) -> None:
    (chosen,) = chance.choices(list(ACTS), list(ACTS.values()))
    chosen(ledger, chance)
