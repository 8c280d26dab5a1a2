"""What is fixed when a vault is deployed: its stablecoin, its agents, its admin, its name for signatures."""

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Project
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import NOBODY

NAME = "Freehold SettlementVault"


@pytest.mark.parametrize("coin", [NOBODY, "0x0000000000000000000000000000000000000004", "bob"])
def test_a_stablecoin_without_code_is_refused(
    sources: Project, deployer: Account, admin: Account, bob: Account, coin: str
) -> None:
    address = bob.address if coin == "bob" else coin
    with refused("InvalidStablecoin", address):
        deployer.deploy(sources.SettlementVault, address, NOBODY, NOBODY, NOBODY, admin)


def test_a_vault_without_an_admin_is_refused(sources: Project, deployer: Account, dollar: Contract) -> None:
    with refused("InvalidAdmin"):
        deployer.deploy(sources.SettlementVault, dollar, NOBODY, NOBODY, NOBODY, NOBODY)


def test_a_vault_knows_its_stablecoin_and_its_agents(
    vault: Contract, dollar: Contract, marketplace: Account, token: Contract, offering: Contract
) -> None:
    assert vault.stablecoin() == dollar.address
    assert vault.marketplace() == marketplace.address
    assert vault.fraction_token() == token.address
    assert vault.primary_offering() == offering.address
    assert all(vault.is_agent(agent) for agent in (marketplace, token, offering))


def test_nobody_else_is_an_agent(
    vault: Contract, dollar: Contract, registry: Contract, treasury: Contract, admin: Account, alice: Account
) -> None:
    assert not any(vault.is_agent(other) for other in (vault, dollar, registry, treasury, admin, alice, NOBODY))


def test_a_missing_agent_makes_nobody_one(hostile_vault: Contract) -> None:
    assert hostile_vault.marketplace() == NOBODY
    assert not hostile_vault.is_agent(NOBODY)


def test_the_domain_of_signatures_can_be_read(vault: Contract, chain: Chain) -> None:
    fields, name, version, chain_id, contract, salt, extensions = vault.eip712Domain()
    assert (bytes(fields), name, version) == (b"\x0f", NAME, "1")
    assert (chain_id, contract) == (chain.chain_id, vault.address)
    assert (bytes(salt), list(extensions)) == (bytes(32), [])
