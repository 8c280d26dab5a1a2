"""The people of the local chain: anvil's unlocked accounts, the properties they own, the payments they make.

Their keys are the public test keys that anvil ships; they exist nowhere but on a local chain.
"""

import itertools
import json
import random
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.contract import Contract
from web3.types import TxReceipt

from indexer.deployment import Deployment

ABI = Path(__file__).resolve().parent.parent / "contracts" / "abi"
PROPERTIES = Path(__file__).parent / "properties.json"
NAMES = ("Admin", "Issuer", "Amara", "Bruno", "Chidi", "Dara", "Elif", "Farid", "Greta", "Hugo")
FIRST_PERSON = 2
ALLOTTED = 3  # properties whose fractions the issuer gave out; the others are sold
UNIT = 10**6
STARTING_DOLLARS = 50_000
SAVINGS_NUMBER = 1


@dataclass
class People:
    """Everybody on the local chain, and the contracts as they see them."""

    web3: Web3
    vault: Contract
    token: Contract
    market: Contract
    lens: Contract
    offering: Contract
    registry: Contract
    treasury: Contract
    dollar: Contract

    @property
    def accounts(self) -> list[str]:
        return list(self.web3.eth.accounts)

    @property
    def persons(self) -> list[str]:
        return self.accounts[FIRST_PERSON : len(NAMES)]

    @property
    def firms(self) -> list[str]:
        """Whoever has the accounts behind those of the people, where the chain was started with more of them."""
        return self.accounts[len(NAMES) :]

    def send(self, call: Any, sender: str) -> TxReceipt:
        """Send a contract call as one of the unlocked accounts and wait for its receipt. Raises on a revert."""
        transaction = call.transact({"from": sender})
        receipt = self.web3.eth.wait_for_transaction_receipt(transaction, poll_latency=0.02)
        if receipt["status"] != 1:
            raise RuntimeError(f"{call.fn_name} of {sender} reverted in {transaction.hex()}")
        return receipt


def meet(web3: Web3, deployment: Deployment) -> People:
    contracts = deployment.contracts
    return People(
        web3,
        contract(web3, "SettlementVault", contracts.settlement_vault.address),
        contract(web3, "FractionToken", contracts.fraction_token.address),
        contract(web3, "Marketplace", contracts.marketplace.address),
        contract(web3, "Lens", contracts.lens.address),
        contract(web3, "PrimaryOffering", contracts.primary_offering.address),
        contract(web3, "InvestorRegistry", contracts.investor_registry.address),
        contract(web3, "Treasury", contracts.treasury.address),
        contract(web3, "TestDollar", contracts.stablecoin.address),
    )


def contract(web3: Web3, name: str, address: str) -> Contract:
    abi = json.loads((ABI / f"{name}.json").read_text())
    return web3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)


def main_account(owner: str) -> int:
    return int(owner, 16) << 96


def seed(people: People) -> None:
    """Three properties, whose fractions the people hold, and dollars in the people's accounts."""
    admin, issuer = people.accounts[:FIRST_PERSON]
    people.send(people.token.functions.grantRole(people.token.functions.LISTER().call(), admin), admin)
    people.send(people.vault.functions.grantRole(people.vault.functions.PAUSER().call(), admin), admin)
    for facts in known_properties()[:ALLOTTED]:
        list_property(people, facts)
        allot(people, facts["property_id"], facts["supply_cap"], issuer)
    for person in people.persons:
        fund(people, person)


def known_properties() -> list[dict[str, Any]]:
    """The facts of every property of the local chain, by id."""
    found: list[dict[str, Any]] = json.loads(PROPERTIES.read_text())
    return found


def metadata_document(facts: dict[str, Any]) -> bytes:
    """What the token's metadata hash of a property is the keccak of."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def list_property(people: People, facts: dict[str, Any], registry_list: int = 0) -> None:
    admin, issuer = people.accounts[:FIRST_PERSON]
    listing = people.token.functions.list_property(
        facts["property_id"], issuer, facts["supply_cap"], registry_list, facts["name"],
        Web3.keccak(metadata_document(facts)), "",
    )  # fmt: skip
    people.send(listing, admin)


def allot(people: People, property_id: int, supply_cap: int, issuer: str) -> None:
    """Most of a property to most of the people, in unequal shares."""
    shares = [7, 5, 0, 4, 3, 6, 2, 1]
    turned = shares[property_id:] + shares[:property_id]
    for person, share in zip(people.persons, turned, strict=True):
        if share:
            people.send(people.token.functions.allot(property_id, person, supply_cap * share // 40), issuer)


def fund(people: People, person: str) -> None:
    amount = STARTING_DOLLARS * UNIT
    people.send(people.dollar.functions.mint(person, 2 * amount), person)
    people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), person)
    people.send(people.vault.functions.deposit(main_account(person), amount), person)
    savings = main_account(person) + SAVINGS_NUMBER
    moved = people.vault.functions.transfer(
        main_account(person), savings, amount // 5, bytes(32), secrets.token_bytes(32)
    )
    people.send(moved, person)


def habits(people: People, chance: random.Random) -> Any:
    """For ever: the next thing that somebody does, as (who, call)."""
    for _ in itertools.count():
        who, other = chance.sample(people.persons, 2)
        draw = chance.random()
        if draw < 0.6:
            yield who, payment(people, who, other, chance)
        elif draw < 0.85:
            number = chance.randint(1, 3)
            held = people.token.functions.balanceOf(who, number).call()
            if held:
                yield (
                    who,
                    people.token.functions.safeTransferFrom(
                        who, other, number, chance.randint(1, max(1, held // 20)), b""
                    ),
                )
        elif draw < 0.95:
            yield who, people.vault.functions.deposit(main_account(who), chance.randint(20, 400) * UNIT)
        else:
            yield who, people.vault.functions.withdraw(main_account(who), chance.randint(20, 400) * UNIT, who)


def payment(people: People, who: str, other: str, chance: random.Random) -> Any:
    cents = chance.randint(500, 90_000)
    reference = f"invoice {chance.randint(1000, 9999)}".encode().ljust(32, b"\0")
    accounts = (main_account(who), main_account(other))
    return people.vault.functions.transfer(*accounts, cents * UNIT // 100, reference, chance.randbytes(32))
