"""Roles, of every contract: OpenZeppelin's AccessControl, with ADMIN above all other roles.

What each role is for stands in test_powers.
"""

from collections.abc import Callable

import pytest
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Contract, Project
from tests.contracts.events import Event, events_of
from tests.contracts.refusals import refused

ADMIN = bytes(32)
NOBODY = "0x0000000000000000000000000000000000000000"
ROLES = [ADMIN, *(keccak(text=name) for name in ("LISTER", "PAUSER", "OPERATOR", "FEE", "a role of the future"))]
SOME_ROLE = ROLES[-1]
SEVERAL = [ADMIN, ROLES[1], SOME_ROLE]
# How many arguments come before the admin, which is the last.
CONTRACTS = {
    "SettlementVault": 4,
    "FractionToken": 5,
    "Marketplace": 4,
    "PrimaryOffering": 3,
    "InvestorRegistry": 0,
    "Treasury": 2,
}

Deploy = Callable[[Account | str], Contract]


@pytest.fixture(params=["vault", "token", "marketplace", "offering", "registry", "treasury"])
def guarded(request: pytest.FixtureRequest) -> Contract:
    return request.getfixturevalue(request.param)


@pytest.fixture(params=CONTRACTS)
def deploy(request: pytest.FixtureRequest, sources: Project, dollar: Contract, deployer: Account) -> Deploy:
    """Deploy a contract with this admin; its other addresses are the dollar's, its numbers 0."""
    kind = getattr(sources, request.param)
    words = [dollar.address if item.type == "address" else 0 for item in kind.constructor.abi.inputs[:-1]]
    assert len(words) == CONTRACTS[request.param]

    def deployed(admin: Account | str) -> Contract:
        return deployer.deploy(kind, *words, admin)

    return deployed


def change(name: str, role: bytes, account: Account, sender: Account) -> Event:
    return name, {"role": role, "account": account.address, "sender": sender.address}


# -- at deployment


def test_the_admin_is_the_only_one_with_a_role_and_the_deployer_has_none(
    deploy: Deploy, deployer: Account, admin: Account
) -> None:
    contract = deploy(admin)
    assert [role for role in ROLES if contract.hasRole(role, admin)] == [ADMIN]
    assert not any(contract.hasRole(role, deployer) for role in ROLES)


def test_one_grant_is_made_and_told(deploy: Deploy, deployer: Account, admin: Account) -> None:
    contract = deploy(admin)
    told = [event for event in events_of(contract.creation_metadata.receipt, contract) if event[0].startswith("Role")]
    assert told == [change("RoleGranted", ADMIN, admin, deployer)]


def test_a_deployer_who_is_not_the_admin_grants_nothing(deploy: Deploy, deployer: Account, admin: Account) -> None:
    contract = deploy(admin)
    with refused("AccessControlUnauthorizedAccount", deployer.address, ADMIN):
        contract.grantRole(SOME_ROLE, deployer, sender=deployer)


def test_a_deployer_may_name_himself_the_admin(deploy: Deploy, deployer: Account) -> None:
    contract = deploy(deployer)
    assert [role for role in ROLES if contract.hasRole(role, deployer)] == [ADMIN]


def test_a_contract_that_nobody_administers_is_not_deployed(deploy: Deploy) -> None:
    with refused("InvalidAdmin"):
        deploy(NOBODY)


def test_roles_are_named_by_the_hash_of_their_name(
    vault: Contract, token: Contract, marketplace: Contract, offering: Contract, treasury: Contract
) -> None:
    assert {bytes(each.PAUSER()) for each in (vault, marketplace, offering)} == {keccak(text="PAUSER")}
    assert {bytes(each.LISTER()) for each in (token, marketplace)} == {keccak(text="LISTER")}
    assert bytes(marketplace.FEE()) == keccak(text="FEE")
    assert bytes(treasury.OPERATOR()) == keccak(text="OPERATOR")


def test_the_admins_role_is_zero(guarded: Contract) -> None:
    assert bytes(guarded.DEFAULT_ADMIN_ROLE()) == ADMIN


def test_every_role_is_administered_by_the_admin(guarded: Contract) -> None:
    assert [bytes(guarded.getRoleAdmin(role)) for role in ROLES] == [ADMIN] * len(ROLES)


# -- granting


def test_the_admin_grants_a_role_and_it_is_told(guarded: Contract, admin: Account, alice: Account) -> None:
    for role in SEVERAL:
        receipt = guarded.grantRole(role, alice, sender=admin)
        assert guarded.hasRole(role, alice)
        assert events_of(receipt, guarded) == [change("RoleGranted", role, alice, admin)]


def test_a_grant_is_of_one_role_to_one_account(guarded: Contract, admin: Account, alice: Account, bob: Account) -> None:
    guarded.grantRole(SOME_ROLE, alice, sender=admin)
    assert not any(guarded.hasRole(role, alice) for role in ROLES if role != SOME_ROLE)
    assert not guarded.hasRole(SOME_ROLE, bob)


def test_a_role_granted_again_is_not_told_again(guarded: Contract, admin: Account, alice: Account) -> None:
    guarded.grantRole(SOME_ROLE, alice, sender=admin)
    assert events_of(guarded.grantRole(SOME_ROLE, alice, sender=admin), guarded) == []
    assert guarded.hasRole(SOME_ROLE, alice)


def test_the_holder_of_another_role_grants_nothing(guarded: Contract, admin: Account, alice: Account) -> None:
    guarded.grantRole(SOME_ROLE, alice, sender=admin)
    with refused("AccessControlUnauthorizedAccount", alice.address, ADMIN):
        guarded.grantRole(SOME_ROLE, alice, sender=alice)


def test_a_second_admin_is_as_good_as_the_first(
    guarded: Contract, admin: Account, alice: Account, bob: Account
) -> None:
    guarded.grantRole(ADMIN, alice, sender=admin)
    guarded.grantRole(SOME_ROLE, bob, sender=alice)
    guarded.revokeRole(ADMIN, admin, sender=alice)
    with refused("AccessControlUnauthorizedAccount", admin.address, ADMIN):
        guarded.grantRole(SOME_ROLE, bob, sender=admin)


# -- revoking


def test_the_admin_revokes_a_role_and_it_is_told(guarded: Contract, admin: Account, alice: Account) -> None:
    for role in SEVERAL:
        guarded.grantRole(role, alice, sender=admin)
        receipt = guarded.revokeRole(role, alice, sender=admin)
        assert not guarded.hasRole(role, alice)
        assert events_of(receipt, guarded) == [change("RoleRevoked", role, alice, admin)]


def test_a_role_that_nobody_holds_is_revoked_in_silence(guarded: Contract, admin: Account, alice: Account) -> None:
    assert events_of(guarded.revokeRole(SOME_ROLE, alice, sender=admin), guarded) == []


def test_nobody_but_the_admin_revokes(guarded: Contract, admin: Account, alice: Account, bob: Account) -> None:
    guarded.grantRole(SOME_ROLE, alice, sender=admin)
    for caller in (alice, bob):
        with refused("AccessControlUnauthorizedAccount", caller.address, ADMIN):
            guarded.revokeRole(SOME_ROLE, alice, sender=caller)
    assert guarded.hasRole(SOME_ROLE, alice)


# -- renouncing


def test_a_holder_renounces_his_role_and_it_is_told(guarded: Contract, admin: Account, alice: Account) -> None:
    guarded.grantRole(SOME_ROLE, alice, sender=admin)
    receipt = guarded.renounceRole(SOME_ROLE, alice, sender=alice)
    assert not guarded.hasRole(SOME_ROLE, alice)
    assert events_of(receipt, guarded) == [change("RoleRevoked", SOME_ROLE, alice, alice)]


def test_nobody_renounces_for_another_not_even_the_admin(guarded: Contract, admin: Account, alice: Account) -> None:
    guarded.grantRole(SOME_ROLE, alice, sender=admin)
    with refused("AccessControlBadConfirmation"):
        guarded.renounceRole(SOME_ROLE, alice, sender=admin)


def test_who_holds_no_role_renounces_in_silence(guarded: Contract, alice: Account) -> None:
    assert events_of(guarded.renounceRole(SOME_ROLE, alice, sender=alice), guarded) == []


def test_once_the_last_admin_is_gone_nobody_grants(guarded: Contract, admin: Account, alice: Account) -> None:
    guarded.renounceRole(ADMIN, admin, sender=admin)
    with refused("AccessControlUnauthorizedAccount", admin.address, ADMIN):
        guarded.grantRole(ADMIN, admin, sender=admin)
    assert not guarded.hasRole(ADMIN, alice)


# -- using


def test_a_revoked_pauser_no_longer_pauses(vault: Contract, admin: Account, pauser: Account) -> None:
    vault.revokeRole(vault.PAUSER(), pauser, sender=admin)
    with refused("AccessControlUnauthorizedAccount", pauser.address, bytes(vault.PAUSER())):
        vault.pause(sender=pauser)


def test_a_role_of_one_contract_is_none_of_another(
    vault: Contract, token: Contract, lister: Account, pauser: Account
) -> None:
    assert not vault.hasRole(token.LISTER(), lister)
    assert not token.hasRole(vault.PAUSER(), pauser)
