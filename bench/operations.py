"""What people do with the contracts, one operation each, and the gas that it takes.

Money and fractions lie warm unless the name says otherwise: both sides have had some before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from bench import stage as names
from bench.compiled import Contract
from bench.stage import Stage, account_of, address_of, signer
from bench.typed_data import permit_signature, transfer_signature

ALICE, BOB, CAROL = (address_of(name) for name in ("alice", "bob", "carol"))
ISSUER = names.ISSUER_AT
# One without a list, one with, one that nobody holds, and one that is not listed.
HOUSE, FLAT, BARN, YARD = 1, 2, 3, 4
CAP = 10**9
LIST = 1
NAME, URI, HASH = "House", "https://example.org/properties/1/metadata.json", keccak(text="the deed")
REFERENCE, KEY = keccak(text="invoice 1"), keccak(text="key 1")
DOLLAR = 10**6
DAY = 86_400
FOR_EVER = 2**64 - 1
RENT = 1_000 * DOLLAR
NO_DATA = b""


@dataclass(frozen=True)
class Ground:
    """A stage with people, money and fractions; `gas` sends, and gives the gas of the whole transaction."""

    stage: Stage

    def gas(self, sender: str, contract: Contract, function: str, *arguments: Any) -> int:
        return self.stage.evm.send(sender, contract, function, *arguments).gas

    def token(self, sender: str, function: str, *arguments: Any) -> int:
        return self.gas(sender, self.stage.token, function, *arguments)

    def vault(self, sender: str, function: str, *arguments: Any) -> int:
        return self.gas(sender, self.stage.vault, function, *arguments)

    def escrow(self, function: str, amount: int) -> int:
        """Of alice's fractions, as the marketplace does it within a longer call."""
        return self.token(self.stage.marketplace.address, function, HOUSE, ALICE, amount)

    def offering(self, sender: str, function: str, *arguments: Any) -> int:
        return self.gas(sender, self.stage.offering, function, *arguments)

    def registry(self, sender: str, function: str, *arguments: Any) -> int:
        return self.gas(sender, self.stage.registry, function, *arguments)

    @property
    def now(self) -> int:
        return self.stage.evm.timestamp

    def give(self, receiver: str, property_id: int = HOUSE) -> int:
        """Fractions of alice's."""
        return self.token(ALICE, "safeTransferFrom", ALICE, receiver, property_id, 10, NO_DATA)

    def pay(self, key: bytes = KEY) -> int:
        return self.vault(ALICE, "transfer", account_of(ALICE), account_of(BOB), 5 * DOLLAR, REFERENCE, key)

    def declare(self, period: int) -> int:
        return self.token(ISSUER, "declare_rent", HOUSE, period, RENT, self.now + names.RENT_NOTICE)

    def release(self, period: int) -> int:
        self.stage.evm.travel(names.RENT_NOTICE)
        return self.token(CAROL, "release_rent", HOUSE, period)

    def rent(self, period: int) -> None:
        self.declare(period)
        self.release(period)

    def claim(self, holder: str) -> int:
        return self.token(CAROL, "claim_rent", HOUSE, holder)

    def terms(self, soft_cap: int) -> tuple[int, ...]:
        opens, firm, deadline = self.now + DAY, self.now + 2 * DAY, self.now + 3 * DAY
        return (2 * DOLLAR, soft_cap, 1000, opens, firm, deadline, 1, 1000)

    def offer(self, soft_cap: int = 100) -> int:
        return self.offering(ISSUER, "set_offering", BARN, self.terms(soft_cap))

    def subscribe(self, subscriber: str) -> int:
        return self.offering(subscriber, "subscribe", BARN, 60)

    def sell(self, soft_cap: int) -> int:
        """An offering from its terms to its close; gives the gas of the close."""
        self.offer(soft_cap)
        self.stage.evm.travel(DAY)
        self.subscribe(ALICE)
        self.subscribe(BOB)
        self.stage.evm.travel(2 * DAY)
        return self.offering(CAROL, "close_offering", BARN)


def prepare(stage: Stage) -> Ground:
    ground, evm = Ground(stage), stage.evm
    evm.send(names.ADMIN_AT, stage.registry, "create_list", names.REGISTRAR_AT, "Accredited")
    for wallet in (ALICE, BOB):
        evm.send(names.REGISTRAR_AT, stage.registry, "set_entry", LIST, wallet, 1, FOR_EVER, False)
    for property_id in (HOUSE, FLAT, BARN):
        registry_list = LIST if property_id == FLAT else 0
        ground.token(names.LISTER_AT, "list_property", property_id, ISSUER, CAP, registry_list, NAME, HASH, URI)
    for property_id in (HOUSE, FLAT):
        for holder in (ALICE, BOB):
            ground.token(ISSUER, "allot", property_id, holder, 10**6)
    for person in (ALICE, BOB, ISSUER):
        evm.send(person, stage.dollar, "mint", person, 10**6 * DOLLAR)
        evm.send(person, stage.dollar, "approve", stage.vault, names.LARGEST)
        ground.vault(person, "deposit", account_of(person), 10**5 * DOLLAR)
    evm.send(names.ADMIN_AT, stage.treasury, "set_daily_limit", 10**6 * DOLLAR)
    ground.vault(ALICE, "deposit", account_of(stage.treasury.address), 10**4 * DOLLAR)
    return ground


# -- fractions


def transfer_to_new_holder(ground: Ground) -> int:
    return ground.give(CAROL)


def transfer(ground: Ground) -> int:
    return ground.give(BOB)


def list_costs(ground: Ground) -> int:
    """What asking the registry adds to a transfer."""
    return ground.give(BOB, FLAT) - ground.give(BOB)


def rent_at_the_sender(ground: Ground) -> int:
    """What settling the sender's rent adds, when he was owed some before."""
    return settled(ground, owed_before=[ALICE, BOB], paid_now=[BOB])


def rent_at_the_receiver(ground: Ground) -> int:
    return settled(ground, owed_before=[ALICE, BOB], paid_now=[ALICE])


def first_rent_at_the_sender(ground: Ground) -> int:
    return settled(ground, owed_before=[BOB], paid_now=[BOB])


def first_rent_at_the_receiver(ground: Ground) -> int:
    return settled(ground, owed_before=[ALICE], paid_now=[ALICE])


def settled(ground: Ground, owed_before: list[str], paid_now: list[str]) -> int:
    """Over a transfer without rent, for rent that is due to those who were not paid."""
    plain = ground.give(BOB)
    ground.rent(1)
    for holder in owed_before:
        ground.claim(holder)
    ground.rent(2)
    for holder in owed_before:
        ground.token(holder, "safeTransferFrom", holder, holder, HOUSE, 0, NO_DATA)
    ground.rent(3)
    for holder in paid_now:
        ground.claim(holder)
    return ground.give(BOB) - plain


def batch_of_ten(ground: Ground) -> int:
    ids = list(range(100, 110))
    for property_id in ids:
        ground.token(names.LISTER_AT, "list_property", property_id, ISSUER, CAP, 0, NAME, HASH, URI)
        for holder in (ALICE, BOB):
            ground.token(ISSUER, "allot", property_id, holder, 1000)
    return ground.token(ALICE, "safeBatchTransferFrom", ALICE, BOB, ids, [10] * 10, NO_DATA)


def approve(ground: Ground) -> int:
    return ground.token(ALICE, "setApprovalForAll", BOB, True)


def allot(ground: Ground) -> int:
    return ground.token(ISSUER, "allot", HOUSE, BOB, 10)


def lock(ground: Ground) -> int:
    return ground.escrow("lock", 10)


def unlock(ground: Ground) -> int:
    ground.escrow("lock", 20)
    return ground.escrow("unlock", 10)


# -- money


def vault_transfer(ground: Ground) -> int:
    return ground.pay()


def vault_retry(ground: Ground) -> int:
    ground.pay()
    return ground.pay()


def deposit(ground: Ground) -> int:
    return ground.vault(ALICE, "deposit", account_of(ALICE), 5 * DOLLAR)


def deposit_with_permit(ground: Ground) -> int:
    stage, amount, deadline = ground.stage, 5 * DOLLAR, ground.now + DAY
    made = permit_signature(signer("alice"), stage.dollar, ALICE, stage.vault.address, amount, 0, deadline)
    return ground.vault(ALICE, "deposit_with_permit", account_of(ALICE), amount, deadline, made.v, made.r, made.s)


def withdraw(ground: Ground) -> int:
    return ground.vault(ALICE, "withdraw", account_of(ALICE), 5 * DOLLAR, ALICE)


def signed_transfer(ground: Ground) -> int:
    request = account_of(ALICE), account_of(BOB), 5 * DOLLAR, REFERENCE, KEY, ground.now + DAY
    made = transfer_signature(signer("alice"), ground.stage.vault, *request)
    return ground.vault(CAROL, "transfer_signed", *request, made.bytes)


def vault_batch_of_ten(ground: Ground) -> int:
    """To ten accounts that have some."""
    accounts = [account_of(BOB, number) for number in range(1, 11)]
    for account in accounts:
        ground.vault(BOB, "deposit", account, DOLLAR)
    legs = [(account_of(ALICE), account, DOLLAR, REFERENCE) for account in accounts]
    return ground.vault(ALICE, "transfer_batch", legs, KEY)


def burn_key(ground: Ground) -> int:
    return ground.vault(ALICE, "burn_key", 3, KEY)


def treasury_pay(ground: Ground) -> int:
    """Not the first of the day."""
    pay = ground.stage.treasury, "pay", account_of(BOB), 5 * DOLLAR, REFERENCE
    ground.gas(names.OPERATOR_AT, *pay, keccak(text="key 0"))
    return ground.gas(names.OPERATOR_AT, *pay, KEY)


# -- properties


def list_property(ground: Ground) -> int:
    return ground.token(names.LISTER_AT, "list_property", YARD, ISSUER, CAP, LIST, NAME, HASH, URI)


def set_metadata(ground: Ground) -> int:
    return ground.token(ISSUER, "set_metadata", HOUSE, keccak(text="another deed"), URI)


def set_document(ground: Ground) -> int:
    return ground.token(ISSUER, "set_document", HOUSE, "Appraisal", HASH, URI)


def create_list(ground: Ground) -> int:
    return ground.registry(names.ADMIN_AT, "create_list", names.REGISTRAR_AT, "Residents")


def set_entry(ground: Ground) -> int:
    return ground.registry(names.REGISTRAR_AT, "set_entry", LIST, CAROL, 7, FOR_EVER, False)


def set_hundred_entries(ground: Ground) -> int:
    wallets = ("0x" + keccak(text=f"wallet {number}")[:20].hex() for number in range(100))
    entries = [(wallet, number, FOR_EVER, False) for number, wallet in enumerate(wallets, start=1)]
    return ground.registry(names.REGISTRAR_AT, "set_entries", LIST, entries)


# -- rent


def declare_rent(ground: Ground) -> int:
    ground.rent(1)
    return ground.declare(2)


def declare_first_rent(ground: Ground) -> int:
    return ground.declare(1)


def release_rent(ground: Ground) -> int:
    ground.rent(1)
    ground.declare(2)
    return ground.release(2)


def claim_rent(ground: Ground) -> int:
    """Not the holder's first."""
    ground.rent(1)
    ground.claim(BOB)
    ground.rent(2)
    return ground.claim(BOB)


def declare_final(ground: Ground) -> int:
    return ground.token(ISSUER, "declare_final", HOUSE, RENT, ground.now + names.RENT_NOTICE)


# -- offerings


def set_offering(ground: Ground) -> int:
    return ground.offer()


def subscribe(ground: Ground) -> int:
    """Not the first of the offering."""
    ground.offer()
    ground.stage.evm.travel(DAY)
    ground.subscribe(BOB)
    return ground.subscribe(ALICE)


def raise_subscription(ground: Ground) -> int:
    subscribe(ground)
    return ground.subscribe(ALICE)


def unsubscribe(ground: Ground) -> int:
    subscribe(ground)
    return ground.offering(ALICE, "unsubscribe", BARN, 60)


def close_settled(ground: Ground) -> int:
    return ground.sell(soft_cap=100)


def close_failed(ground: Ground) -> int:
    return ground.sell(soft_cap=1000)


def collect(ground: Ground) -> int:
    """Not the first of the offering, to a new holder."""
    ground.sell(soft_cap=100)
    ground.offering(CAROL, "collect", BARN, BOB)
    return ground.offering(CAROL, "collect", BARN, ALICE)


def refund(ground: Ground) -> int:
    ground.sell(soft_cap=1000)
    ground.offering(CAROL, "refund", BARN, BOB)
    return ground.offering(CAROL, "refund", BARN, ALICE)


Operation = Callable[[Ground], int]
OPERATIONS: dict[str, Operation] = {
    "transfer fractions, new holder": transfer_to_new_holder,
    "transfer fractions": transfer,
    "… with a list, more": list_costs,
    "… rent due to the sender, more": rent_at_the_sender,
    "… rent due to the receiver, more": rent_at_the_receiver,
    "… first rent of the sender, more": first_rent_at_the_sender,
    "… first rent of the receiver, more": first_rent_at_the_receiver,
    "transfer fractions of ten properties": batch_of_ten,
    "approve an operator": approve,
    "allot": allot,
    "lock": lock,
    "unlock": unlock,
    "vault transfer": vault_transfer,
    "vault transfer, retry": vault_retry,
    "vault transfer, signed": signed_transfer,
    "vault batch of ten": vault_batch_of_ten,
    "deposit": deposit,
    "deposit with permit": deposit_with_permit,
    "withdraw": withdraw,
    "burn a key": burn_key,
    "treasury pays": treasury_pay,
    "list a property": list_property,
    "set metadata": set_metadata,
    "set a document": set_document,
    "create a registry list": create_list,
    "enter a wallet": set_entry,
    "enter 100 wallets": set_hundred_entries,
    "declare rent": declare_rent,
    "declare a property's first rent": declare_first_rent,
    "release rent": release_rent,
    "claim rent": claim_rent,
    "declare the final distribution": declare_final,
    "set an offering": set_offering,
    "subscribe": subscribe,
    "raise a subscription": raise_subscription,
    "unsubscribe": unsubscribe,
    "close, settled": close_settled,
    "close, failed": close_failed,
    "collect": collect,
    "refund": refund,
}
