"""Two lists with a registrar each."""

import pytest

from tests.contracts.ape_types import Account, Contract

NOBODY = "0x0000000000000000000000000000000000000000"
FIRST, SECOND, UNKNOWN = 1, 2, 3


@pytest.fixture(scope="session")
def registrar(accounts: list[Account]) -> Account:
    return accounts[9]


@pytest.fixture
def lists(registry: Contract, admin: Account, registrar: Account, bob: Account) -> Contract:
    """The registry with a list of the registrar and one of bob."""
    registry.create_list(registrar, "Residents", sender=admin)
    registry.create_list(bob, "Members", sender=admin)
    return registry
