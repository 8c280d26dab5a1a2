"""What issuers, registrars, subscribers and treasurers do on the chain while it is indexed, odd things included.

`settle_estate` is done once for a number; `errand` is one thing more, drawn by chance, which may be refused.
"""

import random
from collections.abc import Callable
from typing import Any

from eth_abi.abi import encode
from web3 import Web3

from local.chain import Chain
from local.people import People, fund, main_account
from tests.indexer.bazaar import ASK, BID, FAIR, NUMBER_BITS, RULES, order

NASTY_NAME = "Quo\"te's {a,b} \\x41 NULL \n\t 🏠 \u202e"
BROKEN_TEXT = b"ipfs://\xff\xfe\x00\x00broken \xf0\x9f\x8f"
HOUR, DAY = 3600, 86_400
SETTLED, FAILED, RUNNING, ENDED = 10, 20, 30, 40
"""Added to a number, the ids of four properties: sold with a list, not sold, on sale, at its end."""
PERIODS = 30
CAP = 100_000


def settle_estate(chain: Chain, people: People, number: int) -> None:
    """Lists, documents, offerings that succeed and fail, rents, an end; roles, pauses, the treasury."""
    settled, failed, running, ended = (number + kind for kind in (SETTLED, FAILED, RUNNING, ENDED))
    issuer = people.accounts[1]
    fund(people, issuer)
    registry_list = register(people)
    for property_id in (settled, failed, running, ended):
        listed = registry_list if property_id == settled else 0
        list_property(people, property_id, f"Estate {property_id}", listed)
    stall(people, ended)
    documents(people, settled)
    hand_on(people, settled)
    offer(chain, people, settled, failed, running)
    rents(chain, people, settled, ended)
    access(people)
    treasury(people)


def list_property(people: People, property_id: int, name: str, registry_list: int = 0, cap: int = CAP) -> None:
    admin, issuer = people.accounts[:2]
    facts = (property_id, issuer, cap, registry_list, name, bytes(32), name)
    people.send(people.token.functions.list_property(*facts), admin)


def stall(people: People, property_id: int) -> None:
    """A book with an order on both sides, which the property's end will close."""
    admin, (anna, bruno) = people.accounts[0], people.persons[:2]
    market = people.market.functions
    people.send(market.create_book(property_id, *RULES.values()), admin)
    people.send(people.token.functions.allot(property_id, anna, 3), people.accounts[1])
    people.send(market.place(order(property_id, ASK, FAIR + 1, 1)), anna)
    people.send(market.place(order(property_id, BID, FAIR, 2)), bruno)


def register(people: People) -> int:
    """A list with all persons but the last, whose registrar changes; a second list that stays empty."""
    admin, registry = people.accounts[0], people.registry.functions
    first, second = people.persons[:2]
    number = int(registry.list_count().call()) + 1
    people.send(registry.create_list(first, "Verified investors"), admin)
    people.send(registry.create_list(second, NASTY_NAME), admin)
    never = 2**64 - 1
    entries = [(person, 1000 + index, never, False) for index, person in enumerate(people.persons[:-1])]
    people.send(registry.set_entries(number, entries), first)
    people.send(registry.set_registrar(number, second), first)
    people.send(registry.set_entry(number, people.persons[-1], 2**128 - 1, 1, True), second)
    people.send(registry.set_entry(number, people.persons[-1], 0, 0, False), second)
    people.send(registry.set_registrar(number, admin), admin)
    return number


def documents(people: People, property_id: int) -> None:
    """Versions under the same name, other names, a name and a URI that are no UTF-8."""
    issuer, token = people.accounts[1], people.token
    for version in range(3):
        people.send(token.functions.set_document(property_id, "Prospectus", bytes([version]) * 32, ""), issuer)
    people.send(token.functions.set_document(property_id, NASTY_NAME, bytes([1]) * 32, NASTY_NAME), issuer)
    call = token.functions.set_document(property_id, "x", bytes(32), "")
    arguments = encode(["uint256", "bytes", "bytes32", "bytes"], [property_id, BROKEN_TEXT, bytes(32), BROKEN_TEXT])
    send_raw(people, issuer, token.address, call.selector, arguments)


def send_raw(people: People, sender: str, address: str, selector: str, arguments: bytes) -> None:
    """A call whose texts web3 would refuse to encode: the contract takes any bytes."""
    sent = {"from": sender, "to": address, "data": selector + arguments.hex()}
    transaction = people.web3.eth.send_transaction(sent)  # type: ignore[arg-type]
    assert people.web3.eth.wait_for_transaction_receipt(transaction, poll_latency=0.02)["status"] == 1


def hand_on(people: People, property_id: int) -> None:
    """Proposed, taken back, proposed and accepted; and handed back again, with a proposal that stays open."""
    token, issuer, anna = people.token.functions, people.accounts[1], people.persons[0]
    people.send(token.propose_issuer(property_id, anna), issuer)
    people.send(token.propose_issuer(property_id, "0x" + 40 * "0"), issuer)
    people.send(token.propose_issuer(property_id, anna), issuer)
    people.send(token.accept_issuer(property_id), anna)
    people.send(token.propose_issuer(property_id, issuer), anna)
    people.send(token.accept_issuer(property_id), issuer)
    people.send(token.propose_issuer(property_id, anna), issuer)


def offer(chain: Chain, people: People, settled: int, failed: int, running: int) -> None:
    """Terms replaced and cancelled; subscriptions that rise, fall and end; a success, a failure, and one that runs."""
    issuer, sale = people.accounts[1], people.offering.functions
    opens = now(people) + HOUR
    short = (opens, opens + HOUR, opens + 2 * HOUR)
    long = (opens, opens + 300 * DAY, opens + 360 * DAY)
    people.send(sale.set_offering(settled, (9, 1, 2, *short, 1, 2)), issuer)
    people.send(sale.set_offering(settled, (3, 100, CAP // 2, *short, 5, 10_000)), issuer)
    people.send(sale.set_offering(failed, (7, 1, 1, *short, 1, 1)), issuer)
    people.send(sale.cancel_offering(failed), issuer)
    people.send(sale.set_offering(failed, (7, CAP - 1, CAP, *short, 1, CAP)), issuer)
    people.send(sale.set_offering(running, (1, CAP, CAP, *long, 1, CAP)), issuer)
    wait(chain, HOUR)
    buyers = people.persons[:5]
    for index, buyer in enumerate(buyers):
        people.send(sale.subscribe(settled, 50 + 7 * index), buyer)
        people.send(sale.subscribe(failed, 11 + index), buyer)
        people.send(sale.subscribe(running, 100), buyer)
    people.send(sale.unsubscribe(settled, 10), buyers[1])
    people.send(sale.unsubscribe(settled, 50), buyers[0])
    people.send(sale.subscribe(settled, 33), buyers[0])
    people.send(sale.unsubscribe(failed, 15), buyers[4])
    wait(chain, 2 * HOUR)
    people.send(sale.close_offering(settled), buyers[0])
    people.send(sale.close_offering(failed), issuer)
    people.send(sale.collect(settled, buyers[0]), buyers[2])
    people.send(sale.refund(failed, buyers[0]), buyers[2])


def rents(chain: Chain, people: People, settled: int, ended: int) -> None:
    """Rents that await their release, rents released before and after a collection, and a final distribution."""
    issuer, token, buyers = people.accounts[1], people.token.functions, people.persons[:5]
    people.send(token.allot(settled, people.persons[5], 17), issuer)
    for holder, amount in zip(people.persons[:3], (5, 70, 1), strict=True):
        people.send(token.allot(ended, holder, amount), issuer)
    release = now(people) + int(token.rent_notice().call()) + HOUR
    for period in range(1, PERIODS + 1):
        people.send(token.declare_rent(settled, period, 1_000_003 * period, release), issuer)
    people.send(token.declare_rent(ended, 202611, 10**9, release), issuer)
    people.send(token.declare_final(ended, 10**9 + 7, release), issuer)
    wait(chain, release - now(people))
    people.send(token.release_rent(settled, 1), buyers[0])
    people.send(token.claim_rent(settled, buyers[0]), buyers[3])
    people.send(people.offering.functions.collect(settled, buyers[1]), buyers[1])
    people.send(token.claim_rent(settled, buyers[1]), buyers[1])
    people.send(token.release_rent(settled, 2), buyers[0])
    people.send(token.release_rent(ended, 202611), buyers[0])
    people.send(token.claim_rent(ended, buyers[0]), buyers[0])
    people.send(people.market.functions.prune([(ended << NUMBER_BITS) + 2]), buyers[3])
    people.send(token.release_rent(ended, 0), buyers[0])
    for holder in people.persons[:2]:
        people.send(token.claim_rent(ended, holder), holder)


def access(people: People) -> None:
    """Roles granted, lost and given up; every contract that can pause does, and goes on."""
    admin, (anna, bruno) = people.accounts[0], people.persons[:2]
    for contract in (people.vault, people.offering):
        pauser = contract.functions.PAUSER().call()
        people.send(contract.functions.grantRole(pauser, anna), admin)
        people.send(contract.functions.pause(), anna)
        people.send(contract.functions.unpause(), anna)
        people.send(contract.functions.revokeRole(pauser, anna), admin)
    people.send(people.token.functions.grantRole(b"\1" * 32, bruno), admin)
    people.send(people.token.functions.renounceRole(b"\1" * 32, bruno), bruno)
    people.send(people.registry.functions.grantRole(bytes(32), bruno), admin)


def treasury(people: People) -> None:
    """Filled, paid from within its limit, and keys: a batch, one that is burnt."""
    admin, (anna, bruno) = people.accounts[0], people.persons[:2]
    functions = people.treasury.functions
    people.send(people.vault.functions.deposit(functions.account().call(), 1_000_000), anna)
    people.send(functions.grantRole(functions.OPERATOR().call(), bruno), admin)
    people.send(functions.pay(main_account(anna), 4_000, bytes(32), Web3.keccak(text="pay 1")), bruno)
    people.send(functions.pay(main_account(anna), 4_000, bytes(32), Web3.keccak(text="pay 1")), bruno)
    people.send(functions.set_daily_limit(10**15), admin)
    people.send(functions.pay(main_account(bruno), 10, b"\2" * 32, Web3.keccak(text="pay 2")), bruno)
    legs = [(main_account(anna), main_account(bruno), amount, bytes(32)) for amount in (1, 2, 3)]
    people.send(people.vault.functions.transfer_batch(legs, Web3.keccak(text="batch")), anna)
    people.send(people.vault.functions.burn_key(3, b"\7" * 32), anna)


def errand(people: People, chance: random.Random, number: int) -> tuple[str, Any]:
    """(who, call) of something that may be due, or may be refused."""
    settled, failed, running, ended = (number + kind for kind in (SETTLED, FAILED, RUNNING, ENDED))
    admin, issuer = people.accounts[:2]
    who, amount = chance.choice(people.persons), chance.randint(1, 50)
    token, sale, key = people.token.functions, people.offering.functions, chance.randbytes(32)
    draws: list[Callable[[], tuple[str, Any]]] = [
        lambda: (who, token.release_rent(settled, next_period(people, settled))),
        lambda: (who, token.claim_rent(settled, who)),
        lambda: (who, token.safeTransferFrom(who, people.persons[0], settled, min(amount, 9), b"")),
        lambda: (who, sale.collect(settled, who)),
        lambda: (who, sale.refund(failed, who)),
        lambda: (who, sale.subscribe(running, amount)),
        lambda: (who, sale.unsubscribe(running, amount)),
        lambda: (who, token.claim_rent(ended, who)),
        lambda: (issuer, token.set_document(running, f"Report {amount % 4}", key, "")),
        lambda: (issuer, token.declare_rent(settled, 10**6 + amount, amount, now(people) + 30 * DAY)),
        lambda: (admin, people.registry.functions.set_entry(1, who, amount, 2**40, chance.random() < 0.2)),
        lambda: (who, people.vault.functions.burn_key(chance.choice((3, 4)), key)),
        lambda: (admin, token.grantRole(bytes([amount % 5]) * 32, who)),
        lambda: (admin, token.revokeRole(bytes([amount % 5]) * 32, who)),
        lambda: (people.persons[1], people.treasury.functions.pay(main_account(who), amount, bytes(32), key)),
    ]
    return chance.choice(draws)()


def next_period(people: People, property_id: int) -> int:
    """The first period that was not released; 0 where there is none."""
    rent_of = people.token.functions.rent_of
    return next((period for period in range(1, PERIODS + 1) if not rent_of(property_id, period).call()[2]), 0)


def now(people: People) -> int:
    return int(people.web3.eth.get_block("latest")["timestamp"])


def wait(chain: Chain, seconds: int) -> None:
    """The chain's clock goes on by so much, and a little."""
    chain.call("evm_increaseTime", seconds + 1)
    chain.call("evm_mine")
