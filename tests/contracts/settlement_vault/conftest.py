"""Vaults over stablecoins that misbehave, and a transfer to be signed."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Project
from tests.contracts.clock import now
from tests.contracts.conftest import Contracts, World
from tests.contracts.ledger import account_of, bytes32
from tests.contracts.settlement_vault.requests import HOUR, SignedRequest, signed, typed_transfer

NOBODY = "0x0000000000000000000000000000000000000000"
HELD = 1000

Sign = Callable[..., bytes]


class Conduct(IntEnum):
    """As contracts/testing/HostileDollar.vy numbers them."""

    HONEST = 0
    KEEPS_A_UNIT = 1
    RETURNS_FALSE = 2
    RETURNS_NOTHING = 3
    RETURNS_JUNK = 4
    FREEZES = 5


@pytest.fixture(scope="module")
def contracts(world: World) -> Contracts:
    """The marketplace is an account here, so that a test can act as it."""
    return world.with_account


@pytest.fixture
def hostile_vault(
    sources: Project, deployer: Account, admin: Account, alice: Account, hostile_dollar: Contract
) -> Contract:
    """A vault over the hostile dollar, in which alice deposited while it was still honest. She has as much left."""
    vault = deployer.deploy(sources.SettlementVault, hostile_dollar, NOBODY, NOBODY, NOBODY, admin)
    hostile_dollar.set_balance(alice, 2 * HELD, sender=alice)
    vault.deposit(account_of(alice), HELD, sender=alice)
    return vault


@pytest.fixture
def hostile_wallet(sources: Project, deployer: Account) -> Contract:
    return deployer.deploy(sources.HostileWallet)


@pytest.fixture
def order(chain: Chain, alice: Account, bob: Account, fund: Callable[..., int]) -> SignedRequest:
    """25 of alice's 100, to bob, within the hour; to be signed."""
    deadline = now(chain) + HOUR
    return fund(alice, 100), account_of(bob), 25, bytes32("invoice 7"), bytes32("key"), deadline


@pytest.fixture
def sign(vault: Contract, chain: Chain, alice: Account) -> Sign:
    """A request as alice signs it for the vault; what is named is another than the vault expects."""

    def signature_of(request: SignedRequest, signer: Account = alice, **changes: Any) -> bytes:
        data = typed_transfer(changes.pop("vault", vault), changes.pop("chain_id", chain.chain_id), request, **changes)
        return signed(data, signer)

    return signature_of
