"""create_list and set_registrar: numbered lists, each in the hands of one registrar."""

import pytest

from tests.contracts.ape_types import Account, Contract, Project
from tests.contracts.events import events_of
from tests.contracts.investor_registry.conftest import FIRST, NOBODY, SECOND, UNKNOWN
from tests.contracts.refusals import refused, refused_silently

ADMIN = bytes(32)


def test_a_registry_without_an_admin_is_refused(sources: Project, deployer: Account) -> None:
    with refused("InvalidAdmin"):
        deployer.deploy(sources.InvestorRegistry, NOBODY)


def test_lists_are_numbered_from_one_on_and_told(
    registry: Contract, admin: Account, alice: Account, bob: Account
) -> None:
    assert registry.list_count() == 0
    for number, (registrar, name) in enumerate([(alice, "Residents"), (bob, "R" * 64), (alice, "")], start=1):
        assert registry.create_list.call(registrar, name, sender=admin) == number
        told = {"registry_list": number, "registrar": registrar.address, "name": name}
        assert events_of(registry.create_list(registrar, name, sender=admin), registry) == [("ListCreated", told)]
        assert registry.list_count() == number
        assert registry.registrar_of(number) == registrar.address


def test_a_name_has_64_bytes_at_most(registry: Contract, admin: Account, alice: Account) -> None:
    with refused_silently():
        registry.create_list(alice, "R" * 65, sender=admin)


@pytest.mark.parametrize("who", ["registrar", "deployer", "lister", "alice"])
def test_nobody_but_the_admin_creates_a_list(lists: Contract, request: pytest.FixtureRequest, who: str) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("AccessControlUnauthorizedAccount", caller.address, ADMIN):
        lists.create_list(caller, "Mine", sender=caller)


def test_a_list_has_a_registrar(lists: Contract, admin: Account) -> None:
    with refused("InvalidRegistrar"):
        lists.create_list(NOBODY, "Nobody's", sender=admin)
    with refused("InvalidRegistrar"):
        lists.set_registrar(FIRST, NOBODY, sender=admin)


@pytest.mark.parametrize("who", ["registrar", "admin"])
def test_the_registrar_or_the_admin_hands_a_list_on_and_it_is_told(
    lists: Contract, registrar: Account, alice: Account, request: pytest.FixtureRequest, who: str
) -> None:
    receipt = lists.set_registrar(FIRST, alice, sender=request.getfixturevalue(who))
    told = {"registry_list": FIRST, "registrar": alice.address}
    assert events_of(receipt, lists) == [("RegistrarChanged", told)]
    assert lists.registrar_of(FIRST) == alice.address
    lists.set_entry(FIRST, alice, 1, 2**40, False, sender=alice)
    with refused("NotRegistrar", FIRST, registrar.address):
        lists.set_entry(FIRST, alice, 1, 2**40, False, sender=registrar)


@pytest.mark.parametrize("who", ["bob", "alice", "deployer"])
def test_nobody_else_hands_a_list_on_not_even_the_registrar_of_another(
    lists: Contract, registrar: Account, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("AccessControlUnauthorizedAccount", caller.address, ADMIN):
        lists.set_registrar(FIRST, caller, sender=caller)
    assert lists.registrar_of(FIRST) == registrar.address


def test_a_former_registrar_does_not_take_his_list_back(lists: Contract, registrar: Account, alice: Account) -> None:
    lists.set_registrar(FIRST, alice, sender=registrar)
    with refused("AccessControlUnauthorizedAccount", registrar.address, ADMIN):
        lists.set_registrar(FIRST, registrar, sender=registrar)


@pytest.mark.parametrize("number", [0, UNKNOWN, 2**256 - 1])
def test_a_list_that_is_not_there_has_no_registrar_and_no_entries(
    lists: Contract, admin: Account, alice: Account, number: int
) -> None:
    with refused("UnknownList", number):
        lists.registrar_of(number)
    with refused("UnknownList", number):
        lists.set_registrar(number, alice, sender=admin)
    with refused("UnknownList", number):
        lists.set_entry(number, alice, 1, 2**40, False, sender=admin)
    assert not lists.is_eligible(number, alice)


def test_the_lists_of_the_two_registrars_are_theirs(lists: Contract, registrar: Account, bob: Account) -> None:
    assert [lists.registrar_of(number) for number in (FIRST, SECOND)] == [registrar.address, bob.address]
