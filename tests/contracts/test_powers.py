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
from tests.contracts.ledger import NO_REFERENCE, account_of, bytes32, traded
from tests.contracts.refusals import Refusal, refused, refused_as

KEY, SOME_ROLE = bytes32("key"), keccak(text="a role of the future")
HOUSE, BARN, SHED, LIST = 1, 2, 3, 1
ORDER = HOUSE << 40 | 1  # alice's
ADMIN, PAUSER, LISTER, OPERATOR, FEE = "ADMIN", "PAUSER", "LISTER", "OPERATOR", "FEE"
ROLE_IDS = {ADMIN: bytes(32)} | {name: keccak(text=name) for name in (PAUSER, LISTER, OPERATOR, FEE)}
ROLES = {
    "vault": (ADMIN, PAUSER),
    "token": (ADMIN, LISTER),
    "marketplace": (ADMIN, LISTER, PAUSER, FEE),
    "offering": (ADMIN, PAUSER),
    "registry": (ADMIN,),
    "treasury": (ADMIN, OPERATOR),
}
SOURCES = {
    "vault": "SettlementVault",
    "token": "FractionToken",
    "marketplace": "Marketplace",
    "offering": "PrimaryOffering",
    "registry": "InvestorRegistry",
    "treasury": "Treasury",
}


@dataclass(frozen=True)
class Ground:
    """The house with its issuer and its order book, in which alice sells one of her ten fractions; she has money.

    There are a list of carol's and a treasury.
    """

    contracts: Contracts
    issuer: Account
    alice: Account
    now: int


Words = Callable[[Ground], tuple[Any, ...]]


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


def listing(ground: Ground, property_id: int) -> tuple[Any, ...]:
    return property_id, ground.issuer, 100, 0, "House", bytes(32), ""


def terms(ground: Ground) -> tuple[int, ...]:
    """Price, soft and hard cap, opening, firm time, deadline, minimum, maximum."""
    return 5, 1, 10, ground.now + DAY, ground.now + 2 * DAY, ground.now + 3 * DAY, 1, 10


POWERS = [
    *(Power(name, ADMIN, "grantRole", lambda ground: (SOME_ROLE, ground.alice)) for name in ROLES),
    *(Power(name, ADMIN, "revokeRole", lambda ground: (SOME_ROLE, ground.alice)) for name in ROLES),
    *(Power(name, PAUSER, "pause") for name in ("vault", "offering")),
    *(Power(name, PAUSER, "unpause", first="pause") for name in ("vault", "offering")),
    Power("token", LISTER, "list_property", lambda ground: listing(ground, SHED)),
    Power("marketplace", LISTER, "create_book", lambda _: (BARN, 1, 1, 0, 0, 0)),
    Power("marketplace", PAUSER, "halt", lambda _: ([HOUSE],)),
    Power("marketplace", PAUSER, "resume", lambda _: ([HOUSE],)),
    Power("marketplace", FEE, "set_fees", lambda _: (HOUSE, 1, 1)),
    Power("marketplace", FEE, "set_fee_receiver", lambda ground: (ground.alice,)),
    Power("registry", ADMIN, "create_list", lambda ground: (ground.alice, "Residents")),
    Power("treasury", OPERATOR, "pay", lambda ground: (account_of(ground.alice), 1, NO_REFERENCE, KEY)),
    Power("treasury", ADMIN, "set_daily_limit", lambda _: (5,)),
    Power("treasury", ADMIN, "withdraw", lambda ground: (1, ground.alice, NO_REFERENCE)),
]


def property_and_amount(ground: Ground) -> tuple[Any, ...]:
    return HOUSE, ground.alice, 1


def leg(ground: Ground) -> tuple[Any, ...]:
    return account_of(ground.alice), account_of(ground.issuer), 1, NO_REFERENCE


def alices_account(ground: Ground) -> tuple[int]:
    return (account_of(ground.alice),)


def the_house(_: Ground) -> tuple[int]:
    return (HOUSE,)


def order_of(ground: Ground) -> tuple[int, ...]:
    """One fraction of the house for sale, at ten units."""
    return HOUSE, 1, 10, 1, 0, 0, 0, 0, ground.now + DAY


def alices_order(_: Ground) -> tuple[int]:
    return (ORDER,)


# What belongs to somebody: accounts to their owners, properties to their issuers, lists to their registrars, and what
# contracts do for others to those contracts.
DENIALS = [
    Denial("vault", "withdraw", lambda w: (account_of(w.alice), 1, w.issuer), "NotAccountOwner", alices_account),
    Denial("vault", "transfer", lambda ground: (*leg(ground), KEY), "NotAccountOwner", alices_account),
    Denial("vault", "transfer_batch", lambda ground: ([leg(ground)], KEY), "NotAccountOwner", alices_account),
    Denial("vault", "post", lambda ground: (*leg(ground)[:3], 7, NO_REFERENCE), "NotAgent"),
    Denial("vault", "settle", lambda w: (account_of(w.alice), [], 1, 0, 0, NO_REFERENCE), "NotMarketplace"),
    Denial("token", "propose_issuer", lambda ground: (HOUSE, ground.alice), "NotIssuer", the_house),
    Denial("token", "accept_issuer", the_house, "NotProposedIssuer", the_house),
    Denial("token", "set_metadata", lambda _: (HOUSE, bytes(32), ""), "NotIssuer", the_house),
    Denial("token", "set_document", lambda _: (HOUSE, "deed", bytes(32), ""), "NotIssuer", the_house),
    Denial("token", "allot", property_and_amount, "NotIssuer", the_house),
    Denial("token", "declare_rent", lambda w: (HOUSE, 202611, 1, w.now + 9 * DAY), "NotIssuer", the_house),
    Denial("token", "declare_final", lambda w: (HOUSE, 1, w.now + 9 * DAY), "NotIssuer", the_house),
    Denial("token", "reserve", lambda ground: (HOUSE, ground.issuer, 1), "NotOffering"),
    Denial("token", "settle_sale", lambda _: (HOUSE, 1), "NotOffering"),
    Denial("token", "collect", property_and_amount, "NotOffering"),
    Denial("token", "lock", property_and_amount, "NotMarketplace"),
    Denial("token", "unlock", property_and_amount, "NotMarketplace"),
    Denial("token", "settle_bid", lambda w: (HOUSE, w.issuer, [traded(w.alice, 1)]), "NotMarketplace"),
    Denial("token", "settle_ask", lambda w: (HOUSE, w.alice, [traded(w.issuer, 1)]), "NotMarketplace"),
    Denial("token", "acknowledge", property_and_amount, "NotMarketplace"),
    Denial("marketplace", "close_book", the_house, "NotToken"),
    Denial("marketplace", "cancel", alices_order, "NotOrderOwner", alices_order),
    Denial("marketplace", "cancel_many", lambda _: ([ORDER],), "NotOrderOwner", alices_order),
    Denial("marketplace", "reduce", lambda _: (ORDER, 1), "NotOrderOwner", alices_order),
    Denial("marketplace", "replace", lambda w: (ORDER, order_of(w)), "NotOrderOwner", alices_order),
    Denial("offering", "set_offering", lambda ground: (HOUSE, terms(ground)), "NotIssuer", the_house),
    Denial("offering", "cancel_offering", the_house, "NotIssuer", the_house),
    Denial("registry", "set_entry", lambda w: (LIST, w.alice, 1, 2**40, False), "NotRegistrar", lambda _: (LIST,)),
    Denial("registry", "set_entries", lambda _: (LIST, []), "NotRegistrar", lambda _: (LIST,)),
]

# Open to all, for what is their own: tested where each function is.
OPEN = {
    "vault": {"deposit", "deposit_with_permit", "transfer_signed", "burn_key"},
    "token": {"release_rent", "claim_rent", "safeTransferFrom", "safeBatchTransferFrom", "setApprovalForAll"},
    "marketplace": {"place", "place_signed", "cancel_signed", "burn_key", "prune", "collect_fees"},
    "offering": {"subscribe", "unsubscribe", "close_offering", "collect", "refund"},
    "registry": {"set_registrar"},
    "treasury": set[str](),
}


@pytest.fixture(scope="module")
def ground(
    contracts: Contracts, admin: Account, lister: Account, issuer: Account, people: list[Account], chain: Chain
) -> Ground:
    alice, _, carol = people
    ground = Ground(contracts, issuer, alice, now(chain))
    for property_id in (HOUSE, BARN):
        contracts.token.list_property(*listing(ground, property_id), sender=lister)
    contracts.marketplace.create_book(HOUSE, 1, 1, 0, 0, 0, sender=lister)
    contracts.token.allot(HOUSE, alice, 10, sender=issuer)
    contracts.marketplace.place(order_of(ground), sender=alice)
    contracts.vault.deposit(account_of(alice), 100, sender=alice)
    contracts.vault.deposit(account_of(contracts.treasury), 100, sender=alice)
    contracts.registry.create_list(carol, "Members", sender=admin)
    return ground


@pytest.fixture(scope="module")
def tyrant(ground: Ground, admin: Account, bob: Account) -> Account:
    """bob, with every role of every contract."""
    for contract, roles in ROLES.items():
        for role in roles:
            getattr(ground.contracts, contract).grantRole(ROLE_IDS[role], bob, sender=admin)
    return bob


def called(ground: Ground, case: Power | Denial, sender: Account) -> None:
    getattr(contract_of(ground, case), case.function)(*case.words(ground), sender=sender)


def contract_of(ground: Ground, case: Power | Denial) -> Contract:
    return getattr(ground.contracts, case.contract)


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
    ground: Ground, accounts: list[Account], admin: Account, power: Power
) -> None:
    contract, holder = contract_of(ground, power), accounts[9]
    contract.grantRole(ROLE_IDS[power.role], holder, sender=admin)
    if power.first:
        getattr(contract, power.first)(sender=holder)
    called(ground, power, holder)


@pytest.mark.parametrize("power", POWERS, ids=str)
def test_nothing_else_is_enough_not_even_all_other_roles(
    ground: Ground, tyrant: Account, admin: Account, deployer: Account, power: Power
) -> None:
    contract, role = contract_of(ground, power), ROLE_IDS[power.role]
    contract.revokeRole(role, tyrant, sender=admin)
    for caller in (tyrant, deployer, ground.issuer, ground.alice):
        with refused("AccessControlUnauthorizedAccount", caller.address, role):
            called(ground, power, caller)


@pytest.mark.parametrize("denial", DENIALS, ids=str)
def test_all_roles_together_do_not_reach_what_belongs_to_others(
    ground: Ground, tyrant: Account, denial: Denial
) -> None:
    if denial.function == "cancel_offering":
        ground.contracts.offering.set_offering(HOUSE, terms(ground), sender=ground.issuer)
    with refused_as(Refusal(denial.error, *denial.named(ground), tyrant.address)):
        called(ground, denial, tyrant)


def test_all_roles_together_do_not_move_the_fractions_of_a_holder(ground: Ground, tyrant: Account) -> None:
    token, alice = ground.contracts.token, ground.alice
    with refused("ERC1155MissingApprovalForAll", tyrant.address, alice.address):
        token.safeTransferFrom(alice, tyrant, HOUSE, 1, b"", sender=tyrant)
    with refused("ERC1155MissingApprovalForAll", tyrant.address, alice.address):
        token.safeBatchTransferFrom(alice, tyrant, [HOUSE], [1], b"", sender=tyrant)
