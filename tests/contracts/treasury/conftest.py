"""A treasury with money and an operator."""

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.ledger import account_of

FUNDS = 10_000


@pytest.fixture(scope="session")
def operator(accounts: list[Account]) -> Account:
    return accounts[9]


@pytest.fixture
def funded(treasury: Contract, vault: Contract, admin: Account, operator: Account, carol: Account) -> Contract:
    """The treasury with FUNDS, which carol gave, and its operator."""
    vault.deposit(account_of(treasury), FUNDS, sender=carol)
    treasury.grantRole(treasury.OPERATOR(), operator, sender=admin)
    return treasury
