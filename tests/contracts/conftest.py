"""The world of the contracts' tests: one deployment for the session, which ape's isolation restores after each test."""

from collections.abc import Callable
from dataclasses import dataclass

import ape
import pytest

from scripts.deploy import created_by
from tests.contracts.ape_types import Account, Chain, Contract, Project
from tests.contracts.ledger import LARGEST, account_of

SAVINGS = 10**12  # dollars in everybody's wallet
RENT_NOTICE = 86_400
DAILY_LIMIT = 1_000


@dataclass(frozen=True)
class Contracts:
    dollar: Contract
    vault: Contract
    token: Contract
    offering: Contract
    registry: Contract
    treasury: Contract


@pytest.fixture(scope="session")
def chain() -> Chain:
    """ape's chain, and not the anvil of the other tests."""
    return ape.chain


@pytest.fixture(scope="session")
def sources(project: Project) -> Project:
    """The project, compiled anew: ape does not see that a module changed under a contract."""
    project.load_contracts(use_cache=False)
    return project


@pytest.fixture(scope="session")
def deployer(accounts: list[Account]) -> Account:
    return accounts[0]


@pytest.fixture(scope="session")
def admin(accounts: list[Account]) -> Account:
    return accounts[1]


@pytest.fixture(scope="session")
def lister(accounts: list[Account]) -> Account:
    return accounts[2]


@pytest.fixture(scope="session")
def pauser(accounts: list[Account]) -> Account:
    return accounts[3]


@pytest.fixture(scope="session")
def issuer(accounts: list[Account]) -> Account:
    return accounts[4]


@pytest.fixture(scope="session")
def marketplace(accounts: list[Account]) -> Account:
    """Whoever may lock: for the token a bare address is as good as the contract to come."""
    return accounts[5]


@pytest.fixture(scope="session")
def alice(accounts: list[Account]) -> Account:
    return accounts[6]


@pytest.fixture(scope="session")
def bob(accounts: list[Account]) -> Account:
    return accounts[7]


@pytest.fixture(scope="session")
def carol(accounts: list[Account]) -> Account:
    return accounts[8]


@pytest.fixture(scope="session")
def people(alice: Account, bob: Account, carol: Account) -> list[Account]:
    return [alice, bob, carol]


@pytest.fixture(scope="session", autouse=True)
def contracts(
    sources: Project,
    deployer: Account,
    admin: Account,
    lister: Account,
    pauser: Account,
    marketplace: Account,
    people: list[Account],
) -> Contracts:
    """All contracts with their roles given out, and people whose dollars the vault may take."""
    dollar = deployer.deploy(sources.TestDollar)
    vault_at, token_at, offering_at, registry_at = created_by(deployer.address, deployer.nonce)[:4]
    vault = deployer.deploy(sources.SettlementVault, dollar, marketplace, token_at, offering_at, admin)
    token = deployer.deploy(sources.FractionToken, vault_at, marketplace, offering_at, registry_at, RENT_NOTICE, admin)
    offering = deployer.deploy(sources.PrimaryOffering, vault_at, token_at, registry_at, admin)
    registry = deployer.deploy(sources.InvestorRegistry, admin)
    treasury = deployer.deploy(sources.Treasury, vault_at, DAILY_LIMIT, admin)
    assert [vault, token, offering, registry] == [vault_at, token_at, offering_at, registry_at]
    vault.grantRole(vault.PAUSER(), pauser, sender=admin)
    token.grantRole(token.LISTER(), lister, sender=admin)
    for person in people:
        dollar.mint(person, SAVINGS, sender=person)
        dollar.approve(vault, LARGEST, sender=person)
    return Contracts(dollar, vault, token, offering, registry, treasury)


@pytest.fixture(scope="session")
def dollar(contracts: Contracts) -> Contract:
    return contracts.dollar


@pytest.fixture(scope="session")
def vault(contracts: Contracts) -> Contract:
    return contracts.vault


@pytest.fixture(scope="session")
def token(contracts: Contracts) -> Contract:
    return contracts.token


@pytest.fixture
def fund(vault: Contract) -> Callable[..., int]:
    """Deposit into one of a person's accounts; gives its id."""

    def deposit(owner: Account, amount: int, number: int = 0) -> int:
        account = account_of(owner, number)
        vault.deposit(account, amount, sender=owner)
        return account

    return deposit


@pytest.fixture
def hostile_dollar(sources: Project, deployer: Account) -> Contract:
    return deployer.deploy(sources.HostileDollar)


@pytest.fixture
def hostile_receiver(sources: Project, deployer: Account) -> Contract:
    return deployer.deploy(sources.HostileReceiver)


@pytest.fixture(scope="session")
def offering(contracts: Contracts) -> Contract:
    return contracts.offering


@pytest.fixture(scope="session")
def registry(contracts: Contracts) -> Contract:
    return contracts.registry


@pytest.fixture(scope="session")
def treasury(contracts: Contracts) -> Contract:
    return contracts.treasury
