"""The deployment manifest: which contracts, on which chain, from which block on."""

from pathlib import Path
from typing import Annotated

import msgspec

from indexer.chain import Address, BlockHash, BlockNumber
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


class Deployment(msgspec.Struct, frozen=True):
    """deployments/<chain id>.json, as scripts/deploy.py writes it."""

    chain_id: Positive
    genesis_hash: HashText
    first_block: Positive
    compiler: str
    admin: str
    contracts: Contracts

    @property
    def vault(self) -> Address:
        return Address(self.contracts.settlement_vault.address.lower())

    @property
    def token(self) -> Address:
        return Address(self.contracts.fraction_token.address.lower())

    @property
    def followed(self) -> tuple[Address, ...]:
        """The contracts whose logs are indexed."""
        return (self.vault, self.token)

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
