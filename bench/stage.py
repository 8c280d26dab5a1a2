"""All contracts on a chain of their own, with their roles given out, as benchmarks and the state machine find them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eth._utils.address import generate_contract_address
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Address
from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak

from bench.compiled import Compiled, Contract, compiled
from bench.evm import Evm

ROOT = Path(__file__).resolve().parent.parent
RENT_NOTICE = 86_400
DAILY_LIMIT = 1_000
LARGEST = 2**256 - 1
NUMBER_BITS = 96

MAKER_FEE_PPM, TAKER_FEE_PPM = 500, 1_500

DEPLOYED = ("SettlementVault", "FractionToken", "Marketplace", "PrimaryOffering", "InvestorRegistry", "Treasury")

Sources = Callable[[str], Compiled]

LISTER, PAUSER, OPERATOR, FEE = (keccak(text=name) for name in ("LISTER", "PAUSER", "OPERATOR", "FEE"))


def signer(name: str) -> LocalAccount:
    """A person with a key of his own, the same each time."""
    made: LocalAccount = Account.from_key(keccak(text=name))
    return made


def address_of(name: str) -> str:
    return signer(name).address.lower()


DEPLOYER_AT, ADMIN_AT, LISTER_AT, PAUSER_AT, OPERATOR_AT = (
    address_of(name) for name in ("deployer", "admin", "lister", "pauser", "operator")
)
ISSUER_AT, REGISTRAR_AT, FEE_AT, FEE_RECEIVER_AT = (
    address_of(name) for name in ("issuer", "registrar", "fees", "fee receiver")
)


@dataclass(frozen=True)
class Stage:
    evm: Evm
    dollar: Contract
    vault: Contract
    token: Contract
    marketplace: Contract
    offering: Contract
    registry: Contract
    treasury: Contract

    @property
    def deployed(self) -> dict[str, Contract]:
        contracts = (self.vault, self.token, self.marketplace, self.offering, self.registry, self.treasury)
        return dict(zip(DEPLOYED, contracts, strict=True))


def account_of(owner: str, number: int = 0) -> int:
    return int(owner, 16) << NUMBER_BITS | number


@cache
def source(root: Path, name: str) -> Compiled:
    """Compiled once in a process."""
    return compiled(root, name)


def ours(name: str) -> Compiled:
    return source(ROOT, name)


def set_up(sources: Sources = ours) -> Stage:
    """`sources` gives what a contract's name is compiled to."""
    evm = Evm()
    dollar = evm.deploy(DEPLOYER_AT, sources("testing/TestDollar"))
    vault, token, marketplace, offering, registry, _ = created_next(evm)
    arguments = {
        "SettlementVault": (dollar, marketplace, token, offering, ADMIN_AT),
        "FractionToken": (vault, marketplace, offering, registry, RENT_NOTICE, ADMIN_AT),
        "Marketplace": (vault, token, registry, FEE_RECEIVER_AT, ADMIN_AT),
        "PrimaryOffering": (vault, token, registry, ADMIN_AT),
        "InvestorRegistry": (ADMIN_AT,),
        "Treasury": (vault, DAILY_LIMIT, ADMIN_AT),
    }
    made = [evm.deploy(DEPLOYER_AT, sources(name), *arguments[name]) for name in DEPLOYED]
    stage = Stage(evm, dollar, *made)
    evm.send(ADMIN_AT, stage.token, "grantRole", LISTER, LISTER_AT)
    evm.send(ADMIN_AT, stage.vault, "grantRole", PAUSER, PAUSER_AT)
    evm.send(ADMIN_AT, stage.offering, "grantRole", PAUSER, PAUSER_AT)
    for role, holder in ((LISTER, LISTER_AT), (PAUSER, PAUSER_AT), (FEE, FEE_AT)):
        evm.send(ADMIN_AT, stage.marketplace, "grantRole", role, holder)
    evm.send(ADMIN_AT, stage.treasury, "grantRole", OPERATOR, OPERATOR_AT)
    return stage


def created_next(evm: Evm) -> list[str]:
    """Where the deployer's next contracts come to be (Yellow Paper, section 7)."""
    deployer, nonce = Address(to_canonical_address(DEPLOYER_AT)), evm.nonce_of(DEPLOYER_AT)
    return ["0x" + generate_contract_address(deployer, nonce + step).hex() for step in range(len(DEPLOYED))]
