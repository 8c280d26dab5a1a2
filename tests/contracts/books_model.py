"""All contracts together as they should be: the oracle of the stateful test. Knows neither chain nor ABI."""

from dataclasses import dataclass

from bench.stage import (
    ADMIN_AT,
    DAILY_LIMIT,
    FEE,
    FEE_AT,
    LISTER,
    LISTER_AT,
    OPERATOR,
    OPERATOR_AT,
    PAUSER,
    PAUSER_AT,
    RENT_NOTICE,
    Stage,
)
from tests.contracts.books_offering import OfferingModel
from tests.contracts.books_registry import ADMIN_ROLE, Clock, PausingModel, RegistryModel, RolesModel
from tests.contracts.books_rent import RentModel
from tests.contracts.books_token import TokenModel
from tests.contracts.books_vault import DollarModel, TreasuryModel, VaultModel


@dataclass
class Books:
    clock: Clock
    coins: DollarModel
    vault: VaultModel
    registry: RegistryModel
    token: TokenModel
    marketplace: RolesModel
    rent: RentModel
    offering: OfferingModel
    treasury: TreasuryModel

    @property
    def roles(self) -> dict[str, RolesModel]:
        """By the names of the stage."""
        return {
            "vault": self.vault.pausing.roles,
            "token": self.token.roles,
            "marketplace": self.marketplace,
            "offering": self.offering.pausing.roles,
            "registry": self.registry.roles,
            "treasury": self.treasury.roles,
        }


def new_books(stage: Stage) -> Books:
    """As the stage stands when it was set up."""
    clock, coins = Clock(stage.evm.timestamp), DollarModel()
    agents = (stage.marketplace.address, stage.token.address, stage.offering.address)
    pausing = PausingModel(PAUSER, held((PAUSER, PAUSER_AT)))
    vault = VaultModel(stage.vault.address, stage.dollar.address, agents, clock, coins, pausing)
    registry = RegistryModel(clock, held())
    deaf = frozenset([stage.vault.address])
    roles = held((LISTER, LISTER_AT))
    token = TokenModel(stage.token.address, LISTER, agents[0], deaf, registry, roles)
    marketplace = held((LISTER, LISTER_AT), (PAUSER, PAUSER_AT), (FEE, FEE_AT))
    rent = RentModel(RENT_NOTICE, clock, vault, token)
    pausing = PausingModel(PAUSER, held((PAUSER, PAUSER_AT)))
    offering = OfferingModel(stage.offering.address, clock, pausing, vault, token, rent, registry)
    treasury = TreasuryModel(stage.treasury.address, OPERATOR, clock, vault, held((OPERATOR, OPERATOR_AT)), DAILY_LIMIT)
    return Books(clock, coins, vault, registry, token, marketplace, rent, offering, treasury)


def held(*roles: tuple[bytes, str]) -> RolesModel:
    return RolesModel({(ADMIN_ROLE, ADMIN_AT), *roles})
