"""What a deployment will create, where, and with which arguments: known before anything is sent."""

from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.types import Nonce
from web3.utils.address import get_create_address

from scripts._contracts import SOURCES
from scripts._sources import compiled

ORDER = (
    "settlement_vault",
    "fraction_token",
    "marketplace",
    "primary_offering",
    "investor_registry",
    "treasury",
    "lens",
)


@dataclass(frozen=True)
class Parameters:
    """What is decided at deployment: seconds of notice before a rent's release; base units a day and who gets the
    marketplace's fees, at first."""

    admin: str
    rent_notice: int
    daily_limit: int
    fee_receiver: str


@dataclass(frozen=True)
class Creation:
    """One contract to create with one nonce."""

    name: str
    nonce: int
    address: str
    arguments: dict[str, Any]

    @property
    def sentence(self) -> str:
        given = "".join(f"\n      {name} {value}" for name, value in self.arguments.items())
        return f"create {SOURCES[self.name]} at {self.address} (nonce {self.nonce}){given}"

    @property
    def code(self) -> bytes:
        return compiled(self.name).creation_with(tuple(self.arguments.values()))


def created_by(deployer: str, nonce: int) -> list[str]:
    """The addresses of the next contracts that an account creates (Yellow Paper, section 7): as many as there are."""
    creator = Web3.to_checksum_address(deployer)
    return [get_create_address(creator, Nonce(nonce + step)) for step in range(len(SOURCES))]


def plan(deployer: str, nonce: int, stablecoin: str | None, parameters: Parameters) -> list[Creation]:
    """All creations in their order; first a test dollar where no stablecoin is named.

    The contracts know one another as immutables, so each is given the addresses that the others will have.
    """
    names = ORDER if stablecoin else ("stablecoin", *ORDER)
    places = dict(zip(names, created_by(deployer, nonce), strict=False))
    addresses = {"stablecoin": stablecoin, **places}
    arguments = constructor_arguments(addresses, parameters)
    return [Creation(name, nonce + step, places[name], arguments[name]) for step, name in enumerate(names)]


def constructor_arguments(at: dict[str, Any], parameters: Parameters) -> dict[str, dict[str, Any]]:
    """By contract: its constructor's arguments, by name and in order."""
    vault, token, marketplace, offering, registry = (at[name] for name in ORDER[:5])
    admin = parameters.admin
    return {
        "stablecoin": {},
        "settlement_vault": {
            "stablecoin": at["stablecoin"],
            "marketplace": marketplace,
            "fraction_token": token,
            "primary_offering": offering,
            "admin": admin,
        },
        "fraction_token": {
            "settlement_vault": vault,
            "marketplace": marketplace,
            "primary_offering": offering,
            "investor_registry": registry,
            "rent_notice": parameters.rent_notice,
            "admin": admin,
        },
        "marketplace": {
            "settlement_vault": vault,
            "fraction_token": token,
            "investor_registry": registry,
            "fee_receiver": parameters.fee_receiver,
            "admin": admin,
        },
        "primary_offering": {
            "settlement_vault": vault,
            "fraction_token": token,
            "investor_registry": registry,
            "admin": admin,
        },
        "investor_registry": {"admin": admin},
        "treasury": {"settlement_vault": vault, "daily_limit": parameters.daily_limit, "admin": admin},
        "lens": {"marketplace": marketplace, "investor_registry": registry},
    }
