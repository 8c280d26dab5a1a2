"""Listed properties, their holders, and transfers between them."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.conftest import Contracts, World
from tests.contracts.events import Event

NOBODY = "0x0000000000000000000000000000000000000000"
HOUSE, BARN = 1, 2
CAP = 1000
CONTENT_HASH = keccak(text="the deed")
URI = "https://example.org/1.json"

ListProperty = Callable[..., Receipt]
Allot = Callable[..., Receipt]


@pytest.fixture(scope="module")
def contracts(world: World) -> Contracts:
    """The marketplace is an account here, so that a test can act as it."""
    return world.with_account


@pytest.fixture
def list_property(token: Contract, lister: Account, issuer: Account) -> ListProperty:
    """List a property as the lister; what is not named is the house's."""

    def listed(property_id: int, **changes: Any) -> Receipt:
        sender = changes.pop("sender", lister)
        facts = {"issuer": issuer, "supply_cap": CAP, "registry_list": 0, "name": "House"}
        facts |= {"content_hash": CONTENT_HASH, "uri": URI}
        return token.list_property(property_id, *(facts | changes).values(), sender=sender)

    return listed


@pytest.fixture
def allot(token: Contract, issuer: Account, list_property: ListProperty) -> Allot:
    """Create fractions of the house or the barn, which are listed, as their issuer."""
    list_property(HOUSE)
    list_property(BARN, name="Barn")

    def allotted(receiver: Account, amount: int, property_id: int = HOUSE, sender: Account = issuer) -> Receipt:
        return token.allot(property_id, receiver, amount, sender=sender)

    return allotted


@pytest.fixture
def lock(token: Contract, marketplace: Account) -> Callable[..., Receipt]:
    def locked(holder: Account, amount: int, property_id: int = HOUSE) -> Receipt:
        return token.lock(property_id, holder, amount, sender=marketplace)

    return locked


def transfer_event(operator: Any, sender: Any, receiver: Any, property_id: int, amount: int) -> Event:
    """The TransferSingle of a movement; each party is an account, a contract or an address."""
    return "TransferSingle", parties(operator, sender, receiver) | {"id": property_id, "amount": amount}


def batch_event(operator: Any, sender: Any, receiver: Any, property_ids: list[int], amounts: list[int]) -> Event:
    return "TransferBatch", parties(operator, sender, receiver) | {"ids": property_ids, "amounts": amounts}


def parties(operator: Any, sender: Any, receiver: Any) -> dict[str, Any]:
    return {"operator": address_of(operator), "sender": address_of(sender), "receiver": address_of(receiver)}


def address_of(party: Any) -> str:
    return party if isinstance(party, str) else str(party.address)
