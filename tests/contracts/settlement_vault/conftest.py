"""Vaults over stablecoins that misbehave."""

from enum import IntEnum

import pytest

from tests.contracts.ape_types import Account, Contract, Project
from tests.contracts.ledger import account_of

HELD = 1000


class Conduct(IntEnum):
    """As contracts/testing/HostileDollar.vy numbers them."""

    HONEST = 0
    KEEPS_A_UNIT = 1
    RETURNS_FALSE = 2
    RETURNS_NOTHING = 3
    RETURNS_JUNK = 4
    FREEZES = 5


@pytest.fixture
def hostile_vault(
    sources: Project, deployer: Account, admin: Account, alice: Account, hostile_dollar: Contract
) -> Contract:
    """A vault over the hostile dollar, in which alice deposited while it was still honest. She has as much left."""
    vault = deployer.deploy(sources.SettlementVault, hostile_dollar, admin)
    hostile_dollar.set_balance(alice, 2 * HELD, sender=alice)
    vault.deposit(account_of(alice), HELD, sender=alice)
    return vault
