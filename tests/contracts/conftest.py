"""The world of the contracts' tests: one deployment for the session, to which the chain returns after each test.

Fixtures of the session change nothing on the chain, but for the world: what others did would be undone with the module
that asked for them first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import ape
import pytest

from scripts.deploy import created_by
from tests.contracts.ape_types import Account, Chain, Contract, Project
from tests.contracts.isolation import restored
from tests.contracts.ledger import LARGEST, account_of

SAVINGS = 10**12  # dollars in everybody's wallet
RENT_NOTICE = 86_400
DAILY_LIMIT = 1_000


@dataclass(frozen=True)
class Contracts:
    dollar: Contract
    vault: Contract
    token: Contract
    marketplace: Contract
    offering: Contract
    registry: Contract
    treasury: Contract
    lens: Contract


@dataclass(frozen=True)
class World:
    """All contracts, and all again for tests that act as the marketplace: there the others take an account for it."""

    whole: Contracts
    with_account: Contracts


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
def fee_receiver(accounts: list[Account]) -> Account:
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


@dataclass(frozen=True)
class Roles:
    """Who deploys, and who gets which role."""

    deployer: Account
    admin: Account
    lister: Account
    pauser: Account
    fee_receiver: Account


@pytest.fixture(scope="session")
def roles(deployer: Account, admin: Account, lister: Account, pauser: Account, fee_receiver: Account) -> Roles:
    return Roles(deployer, admin, lister, pauser, fee_receiver)


@pytest.fixture(scope="session", autouse=True)
def world(sources: Project, roles: Roles, people: list[Account], accounts: list[Account]) -> World:
    """With the roles given out, and people whose dollars the vaults may take."""
    made = World(deployed(sources, roles), deployed(sources, roles, marketplace=accounts[10]))
    for contracts in (made.whole, made.with_account):
        for person in people:
            contracts.dollar.mint(person, SAVINGS, sender=person)
            contracts.dollar.approve(contracts.vault, LARGEST, sender=person)
    return made


@pytest.fixture(scope="module", autouse=True)
def restored_after_module(world: World, chain: Chain) -> Iterator[None]:  # noqa: ARG001  (comes before)
    with restored(chain):
        yield


@pytest.fixture(autouse=True)
def restored_after_test(restored_after_module: None, chain: Chain) -> Iterator[None]:  # noqa: ARG001  (comes before)
    with restored(chain):
        yield


def deployed(sources: Project, roles: Roles, marketplace: Account | None = None) -> Contracts:
    """All contracts; an account that is named is the marketplace to vault and token, in the place of the contract."""
    deployer, admin = roles.deployer, roles.admin
    dollar = deployer.deploy(sources.TestDollar)
    places = created_by(deployer.address, deployer.nonce)
    vault_at, token_at, market_at, offering_at, registry_at = places[:5]
    agent = marketplace or market_at
    vault = deployer.deploy(sources.SettlementVault, dollar, agent, token_at, offering_at, admin)
    token = deployer.deploy(sources.FractionToken, vault_at, agent, offering_at, registry_at, RENT_NOTICE, admin)
    market = deployer.deploy(sources.Marketplace, vault_at, token_at, registry_at, roles.fee_receiver, admin)
    offering = deployer.deploy(sources.PrimaryOffering, vault_at, token_at, registry_at, admin)
    registry = deployer.deploy(sources.InvestorRegistry, admin)
    treasury = deployer.deploy(sources.Treasury, vault_at, DAILY_LIMIT, admin)
    lens = deployer.deploy(sources.Lens, market_at, registry_at)
    assert [vault, token, market, offering, registry, treasury, lens] == places[:7]
    for contract in (token, market):
        contract.grantRole(contract.LISTER(), roles.lister, sender=admin)
    for contract in (vault, market):
        contract.grantRole(contract.PAUSER(), roles.pauser, sender=admin)
    return Contracts(dollar, vault, token, marketplace or market, offering, registry, treasury, lens)


@pytest.fixture(scope="module")
def contracts(world: World) -> Contracts:
    """Not of the session, and so all parts of it: some folders have other ones."""
    return world.whole


@pytest.fixture(scope="module")
def dollar(contracts: Contracts) -> Contract:
    return contracts.dollar


@pytest.fixture(scope="module")
def vault(contracts: Contracts) -> Contract:
    return contracts.vault


@pytest.fixture(scope="module")
def token(contracts: Contracts) -> Contract:
    return contracts.token


@pytest.fixture(scope="module")
def marketplace(contracts: Contracts) -> Contract:
    return contracts.marketplace


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


@pytest.fixture(scope="module")
def offering(contracts: Contracts) -> Contract:
    return contracts.offering


@pytest.fixture(scope="module")
def registry(contracts: Contracts) -> Contract:
    return contracts.registry


@pytest.fixture(scope="module")
def treasury(contracts: Contracts) -> Contract:
    return contracts.treasury


@pytest.fixture(scope="module")
def lens(contracts: Contracts) -> Contract:
    return contracts.lens
