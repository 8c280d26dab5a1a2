"""The deployment manifest: which contracts, on which chain, from which block on."""

from pathlib import Path
from typing import Annotated

import msgspec

from indexer.chain import Address, Addresses, BlockHash, BlockNumber
from indexer.errors import Halt

AddressText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{40}\Z")]
HashText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{64}\Z")]
Positive = Annotated[int, msgspec.Meta(ge=1, lt=2**60)]


class Contract(msgspec.Struct, frozen=True):
    address: AddressText
    code_hash: HashText
    block_number: int | None = None
    transaction_hash: str | None = None


class Stablecoin(Contract, frozen=True):
    symbol: str = ""
    decimals: int = 0


class Contracts(msgspec.Struct, frozen=True):
    stablecoin: Stablecoin
    settlement_vault: Contract
    fraction_token: Contract
    marketplace: Contract
    primary_offering: Contract
    investor_registry: Contract
    treasury: Contract
    lens: Contract


class Parameters(msgspec.Struct, frozen=True):
    """What was decided at the deployment."""

    rent_notice: Annotated[int, msgspec.Meta(ge=0, lt=2**60)]
    """Seconds from declaring a rent to its release, at least; fixed."""
    daily_limit: Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,77})\Z")]
    """Base units that the treasury's operators may pay in a day, at first."""
    fee_receiver: AddressText
    """Whose main account the marketplace's fees go to, at first."""


class Deployment(msgspec.Struct, frozen=True):
    """deployments/<chain id>.json, as scripts/deploy.py writes it."""

    chain_id: Positive
    genesis_hash: HashText
    first_block: Positive
    compiler: str
    admin: str
    contracts: Contracts
    parameters: Parameters

    @property
    def followed_contracts(self) -> dict[str, Contract]:
        """The contracts whose logs are indexed, by their names in the manifest, in the order of Addresses."""
        names = (
            "settlement_vault",
            "fraction_token",
            "marketplace",
            "primary_offering",
            "investor_registry",
            "treasury",
        )
        return {name: getattr(self.contracts, name) for name in names}

    @property
    def addresses(self) -> Addresses:
        return Addresses(*(Address(contract.address.lower()) for contract in self.followed_contracts.values()))

    @property
    def followed(self) -> tuple[Address, ...]:
        """The contracts whose logs are indexed."""
        return tuple(self.addresses)

    @property
    def vault(self) -> Address:
        return self.addresses.vault

    @property
    def token(self) -> Address:
        return self.addresses.token

    @property
    def start(self) -> BlockNumber:
        return BlockNumber(self.first_block)

    @property
    def genesis(self) -> BlockHash:
        return BlockHash(self.genesis_hash)


def read_deployment(path: Path) -> Deployment:
    """Raises Halt where the file is missing or is not a manifest."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Deployment)
    except FileNotFoundError:
        raise Halt(f"there is no deployment manifest at {path}: deploy first, or name another file") from None
    except OSError as error:
        raise Halt(f"the deployment manifest cannot be read: {error}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Halt(f"{path} is not a deployment manifest: {error}") from error
