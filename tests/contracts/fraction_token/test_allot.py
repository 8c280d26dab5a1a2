"""allot: the issuer creates fractions, up to the cap and not one more."""

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import (
    BARN,
    CAP,
    HOUSE,
    NOBODY,
    Allot,
    ListProperty,
    address_of,
    transfer_event,
)
from tests.contracts.refusals import refused


def test_allotted_fractions_belong_to_the_receiver(token: Contract, alice: Account, allot: Allot) -> None:
    allot(alice, 10)
    allot(alice, 5)
    assert token.balanceOf(alice, HOUSE) == token.totalSupply(HOUSE) == 15


def test_an_allotment_is_told_as_a_transfer_from_nobody(
    token: Contract, issuer: Account, alice: Account, allot: Allot
) -> None:
    assert events_of(allot(alice, 10), token) == [transfer_event(issuer, NOBODY, alice, HOUSE, 10)]


def test_an_allotment_of_one_property_leaves_another_alone(token: Contract, alice: Account, allot: Allot) -> None:
    allot(alice, 10, HOUSE)
    assert token.totalSupply(BARN) == token.balanceOf(alice, BARN) == 0


def test_all_of_the_cap_can_be_allotted(token: Contract, alice: Account, bob: Account, allot: Allot) -> None:
    allot(alice, CAP - 1)
    allot(bob, 1)
    found = token.property_of(HOUSE)
    assert found.supply == found.supply_cap == CAP


def test_not_one_fraction_above_the_cap_is_created(token: Contract, alice: Account, allot: Allot) -> None:
    allot(alice, CAP)
    with refused("SupplyCapExceeded", HOUSE, 0, 1):
        allot(alice, 1)
    assert token.balanceOf(alice, HOUSE) == CAP


@pytest.mark.parametrize("amount", [CAP + 1, 2**48, 2**208, 2**256 - 1])
def test_amounts_beyond_their_field_spill_nowhere(alice: Account, allot: Allot, amount: int) -> None:
    with refused("SupplyCapExceeded", HOUSE, CAP, amount):
        allot(alice, amount)


def test_an_amount_that_would_wrap_the_supply_is_refused(alice: Account, allot: Allot) -> None:
    allot(alice, 1)
    with refused("SupplyCapExceeded", HOUSE, CAP - 1, 2**256 - 1):
        allot(alice, 2**256 - 1)


def test_an_allotment_of_nothing_creates_nothing(token: Contract, alice: Account, allot: Allot) -> None:
    allot(alice, 0)
    assert token.totalSupply(HOUSE) == 0


@pytest.mark.parametrize("who", ["admin", "lister", "marketplace", "alice"])
def test_only_the_issuer_allots(alice: Account, allot: Allot, request: pytest.FixtureRequest, who: str) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("NotIssuer", HOUSE, caller.address):
        allot(alice, 1, sender=caller)


def test_the_issuer_of_one_property_allots_no_other(
    token: Contract, issuer: Account, bob: Account, list_property: ListProperty
) -> None:
    list_property(HOUSE, issuer=bob)
    with refused("NotIssuer", HOUSE, issuer.address):
        token.allot(HOUSE, issuer, 1, sender=issuer)


def test_a_property_that_was_never_listed_has_no_fractions_to_allot(
    token: Contract, issuer: Account, alice: Account
) -> None:
    with refused("UnknownProperty", 7):
        token.allot(7, alice, 1, sender=issuer)


def test_nothing_is_allotted_to_nobody(token: Contract, allot: Allot) -> None:
    with refused("ERC1155InvalidReceiver", NOBODY):
        allot(NOBODY, 1)
    assert token.totalSupply(HOUSE) == 0


def test_a_contract_is_asked_whether_it_accepts_an_allotment(
    issuer: Account, hostile_receiver: Contract, allot: Allot
) -> None:
    [(name, asked)] = events_of(allot(hostile_receiver, 10), hostile_receiver)
    assert name == "Asked"
    assert (asked["operator"], asked["sender"]) == (issuer.address, NOBODY)
    assert (list(asked["ids"]), list(asked["amounts"]), bytes(asked["data"])) == ([HOUSE], [10], b"")
    assert asked["own_balance"] == 10


def test_a_contract_that_cannot_answer_receives_no_allotment(token: Contract, vault: Contract, allot: Allot) -> None:
    with refused("ERC1155InvalidReceiver", address_of(vault)):
        allot(vault, 10)
    assert token.totalSupply(HOUSE) == 0


def test_an_issuer_that_allots_again_in_its_callback_stays_within_the_cap(
    token: Contract, hostile_receiver: Contract, alice: Account, list_property: ListProperty
) -> None:
    list_property(HOUSE, issuer=hostile_receiver)
    request = token.allot.encode_input(HOUSE, hostile_receiver, 600)
    hostile_receiver.call_back(token, request, sender=alice)
    receipt = hostile_receiver.execute(token, request, sender=alice)
    [again] = [event for name, event in events_of(receipt, hostile_receiver) if name == "CalledBack"]
    assert not again["succeeded"]
    assert token.totalSupply(HOUSE) == token.balanceOf(hostile_receiver, HOUSE) == 600
