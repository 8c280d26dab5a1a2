"""What each role of each contract may do, that nobody else may, and what all of them together never can."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.abi import functions_that_change_state
from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.clock import DAY, now
from tests.contracts.conftest import Contracts
from tests.contracts.ledger import NO_REFERENCE, account_of, bytes32
from tests.contracts.refusals import Refusal, refused, refused_as

KEY, SOME_ROLE = bytes32("key"), keccak(text="a role of the future")
HOUSE, BARN, LIST = 1, 2, 1
ADMIN, PAUSER, LISTER, OPERATOR = "ADMIN", "PAUSER", "LISTER", "OPERATOR"
ROLE_IDS = {ADMIN: bytes(32)} | {name: keccak(text=name) for name in (PAUSER, LISTER, OPERATOR)}
ROLES = {
    "vault": (ADMIN, PAUSER),
    "token": (ADMIN, LISTER),
    "offering": (ADMIN, PAUSER),
    "registry": (ADMIN,),
    "treasury": (ADMIN, OPERATOR),
}
SOURCES = {
    "vault": "SettlementVault",
    "token": "FractionToken",
    "offering": "PrimaryOffering",
    "registry": "InvestorRegistry",
    "treasury": "Treasury",
}


@dataclass(frozen=True)
class World:
    """The house with its issuer, alice with ten of its fractions and with money, a list of carol's, a treasury."""

    contracts: Contracts
    issuer: Account
    alice: Account
    now: int


Words = Callable[[World], tuple[Any, ...]]


@dataclass(frozen=True)
class Power:
    """A function of a contract that a role is for; `first` is called before it."""

    contract: str
    role: str
    function: str
    words: Words = lambda _: ()
    first: str = ""

    def __str__(self) -> str:
        return f"{self.contract}-{self.function}"


@dataclass(frozen=True)
class Denial:
    """A function that asks for no role; `error` is raised with the caller as its last argument."""

    contract: str
    function: str
    words: Words
    error: str
    named: Words = lambda _: ()

    def __str__(self) -> str:
        return f"{self.contract}-{self.function}"


def listing(world: World, property_id: int) -> tuple[Any, ...]:
    return property_id, world.issuer, 100, 0, "House", bytes(32), ""


def terms(world: World) -> tuple[int, ...]:
    """Price, soft and hard cap, opening, firm time, deadline, minimum, maximum."""
    return 5, 1, 10, world.now + DAY, world.now + 2 * DAY, world.now + 3 * DAY, 1, 10


POWERS = [
    *(Power(name, ADMIN, "grantRole", lambda world: (SOME_ROLE, world.alice)) for name in ROLES),
    *(Power(name, ADMIN, "revokeRole", lambda world: (SOME_ROLE, world.alice)) for name in ROLES),
    *(Power(name, PAUSER, "pause") for name in ("vault", "offering")),
    *(Power(name, PAUSER, "unpause", first="pause") for name in ("vault", "offering")),
    Power("token", LISTER, "list_property", lambda world: listing(world, BARN)),
    Power("registry", ADMIN, "create_list", lambda world: (world.alice, "Residents")),
    Power("treasury", OPERATOR, "pay", lambda world: (account_of(world.alice), 1, NO_REFERENCE, KEY)),
    Power("treasury", ADMIN, "set_daily_limit", lambda _: (5,)),
    Power("treasury", ADMIN, "withdraw", lambda world: (1, world.alice, NO_REFERENCE)),
]


def property_and_amount(world: World) -> tuple[Any, ...]:
    return HOUSE, world.alice, 1


def leg(world: World) -> tuple[Any, ...]:
    return account_of(world.alice), account_of(world.issuer), 1, NO_REFERENCE


def alices_account(world: World) -> tuple[int]:
    return (account_of(world.alice),)


def the_house(_: World) -> tuple[int]:
    return (HOUSE,)


# What belongs to somebody: accounts to their owners, properties to their issuers, lists to their registrars, and what
# contracts do for others to those contracts.
DENIALS = [
    Denial("vault", "withdraw", lambda w: (account_of(w.alice), 1, w.issuer), "NotAccountOwner", alices_account),
    Denial("vault", "transfer", lambda world: (*leg(world), KEY), "NotAccountOwner", alices_account),
    Denial("vault", "transfer_batch", lambda world: ([leg(world)], KEY), "NotAccountOwner", alices_account),
    Denial("vault", "settle", lambda world: ([(*leg(world)[:3], 7, NO_REFERENCE)],), "NotAgent"),
    Denial("token", "propose_issuer", lambda world: (HOUSE, world.alice), "NotIssuer", the_house),
    Denial("token", "accept_issuer", the_house, "NotProposedIssuer", the_house),
    Denial("token", "set_metadata", lambda _: (HOUSE, bytes(32), ""), "NotIssuer", the_house),
    Denial("token", "set_document", lambda _: (HOUSE, "deed", bytes(32), ""), "NotIssuer", the_house),
    Denial("token", "allot", property_and_amount, "NotIssuer", the_house),
    Denial("token", "declare_rent", lambda w: (HOUSE, 202611, 1, w.now + 9 * DAY), "NotIssuer", the_house),
    Denial("token", "declare_final", lambda w: (HOUSE, 1, w.now + 9 * DAY), "NotIssuer", the_house),
    Denial("token", "reserve", lambda world: (HOUSE, world.issuer, 1), "NotOffering"),
    Denial("token", "settle_sale", lambda _: (HOUSE, 1), "NotOffering"),
    Denial("token", "collect", property_and_amount, "NotOffering"),
    Denial("token", "lock", property_and_amount, "NotMarketplace"),
    Denial("token", "unlock", property_and_amount, "NotMarketplace"),
    Denial("offering", "set_offering", lambda world: (HOUSE, terms(world)), "NotIssuer", the_house),
    Denial("offering", "cancel_offering", the_house, "NotIssuer", the_house),
    Denial("registry", "set_entry", lambda w: (LIST, w.alice, 1, 2**40, False), "NotRegistrar", lambda _: (LIST,)),
    Denial("registry", "set_entries", lambda _: (LIST, []), "NotRegistrar", lambda _: (LIST,)),
]

# Open to all, for what is their own: tested where each function is.
OPEN = {
    "vault": {"deposit", "deposit_with_permit", "transfer_signed", "burn_key"},
    "token": {"release_rent", "claim_rent", "safeTransferFrom", "safeBatchTransferFrom", "setApprovalForAll"},
    "offering": {"subscribe", "unsubscribe", "close_offering", "collect", "refund"},
    "registry": {"set_registrar"},
    "treasury": set[str](),
}


@pytest.fixture(scope="module")
def world(
    contracts: Contracts, admin: Account, lister: Account, issuer: Account, people: list[Account], chain: Chain
) -> World:
    alice, _, carol = people
    world = World(contracts, issuer, alice, now(chain))
    contracts.token.list_property(*listing(world, HOUSE), sender=lister)
    contracts.token.allot(HOUSE, alice, 10, sender=issuer)
    contracts.vault.deposit(account_of(alice), 100, sender=alice)
    contracts.vault.deposit(account_of(contracts.treasury), 100, sender=alice)
    contracts.registry.create_list(carol, "Members", sender=admin)
    return world


@pytest.fixture(scope="module")
def tyrant(world: World, admin: Account, bob: Account) -> Account:
    """bob, with every role of every contract."""
    for contract, roles in ROLES.items():
        for role in roles:
            getattr(world.contracts, contract).grantRole(ROLE_IDS[role], bob, sender=admin)
    return bob


def called(world: World, case: Power | Denial, sender: Account) -> None:
    getattr(contract_of(world, case), case.function)(*case.words(world), sender=sender)


def contract_of(world: World, case: Power | Denial) -> Contract:
    return getattr(world.contracts, case.contract)


@pytest.mark.parametrize("contract", ROLES)
def test_every_function_that_changes_anything_is_named_here(contract: str) -> None:
    cases: list[Power | Denial] = [*POWERS, *DENIALS]
    named = {case.function for case in cases if case.contract == contract} | OPEN[contract]
    assert functions_that_change_state(SOURCES[contract]) == named | {"renounceRole"}


@pytest.mark.parametrize("contract", ROLES)
def test_the_deployer_ends_without_any_role(contracts: Contracts, deployer: Account, contract: str) -> None:
    assert not any(getattr(contracts, contract).hasRole(role, deployer) for role in ROLE_IDS.values())


@pytest.mark.parametrize("power", POWERS, ids=str)
def test_a_role_is_enough_for_what_it_is_for(
    world: World, accounts: list[Account], admin: Account, power: Power
) -> None:
    contract, holder = contract_of(world, power), accounts[9]
    contract.grantRole(ROLE_IDS[power.role], holder, sender=admin)
    if power.first:
        getattr(contract, power.first)(sender=holder)
    called(world, power, holder)


@pytest.mark.parametrize("power", POWERS, ids=str)
def test_nothing_else_is_enough_not_even_all_other_roles(
    world: World, tyrant: Account, admin: Account, deployer: Account, power: Power
) -> None:
    contract, role = contract_of(world, power), ROLE_IDS[power.role]
    contract.revokeRole(role, tyrant, sender=admin)
    for caller in (tyrant, deployer, world.issuer, world.alice):
        with refused("AccessControlUnauthorizedAccount", caller.address, role):
            called(world, power, caller)


@pytest.mark.parametrize("denial", DENIALS, ids=str)
def test_all_roles_together_do_not_reach_what_belongs_to_others(world: World, tyrant: Account, denial: Denial) -> None:
    if denial.function == "cancel_offering":
        world.contracts.offering.set_offering(HOUSE, terms(world), sender=world.issuer)
    with refused_as(Refusal(denial.error, *denial.named(world), tyrant.address)):
        called(world, denial, tyrant)


def test_all_roles_together_do_not_move_the_fractions_of_a_holder(world: World, tyrant: Account) -> None:
    token, alice = world.contracts.token, world.alice
    with refused("ERC1155MissingApprovalForAll", tyrant.address, alice.address):
        token.safeTransferFrom(alice, tyrant, HOUSE, 1, b"", sender=tyrant)
    with refused("ERC1155MissingApprovalForAll", tyrant.address, alice.address):
        token.safeBatchTransferFrom(alice, tyrant, [HOUSE], [1], b"", sender=tyrant)
