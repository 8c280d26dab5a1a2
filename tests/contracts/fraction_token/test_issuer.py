"""propose_issuer and accept_issuer: a property's rights are handed on in two steps, never by one hand alone."""

from typing import Any

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import BARN, CAP, CONTENT_HASH, HOUSE, NOBODY, URI, Allot
from tests.contracts.refusals import refused

pytestmark = pytest.mark.usefixtures("allot")  # the house and the barn are listed


def told(name: str, issuer: Any) -> tuple[str, dict[str, Any]]:
    return name, {"property_id": HOUSE, "issuer": issuer if isinstance(issuer, str) else issuer.address}


def test_a_proposal_changes_nothing_but_who_may_accept(token: Contract, issuer: Account, bob: Account) -> None:
    receipt = token.propose_issuer(HOUSE, bob, sender=issuer)
    assert events_of(receipt, token) == [told("IssuerProposed", bob)]
    found = token.property_of(HOUSE)
    assert (found.issuer, found.proposed_issuer) == (issuer.address, bob.address)
    with refused("NotIssuer", HOUSE, bob.address):
        token.set_metadata(HOUSE, CONTENT_HASH, URI, sender=bob)


def test_who_accepts_is_the_issuer_and_the_old_one_is_none(
    token: Contract, issuer: Account, bob: Account, alice: Account, allot: Allot
) -> None:
    allot(alice, 10)
    token.propose_issuer(HOUSE, bob, sender=issuer)
    receipt = token.accept_issuer(HOUSE, sender=bob)
    assert events_of(receipt, token) == [told("IssuerChanged", bob)]
    found = token.property_of(HOUSE)
    assert (found.issuer, found.proposed_issuer, found.supply_cap, found.supply) == (bob.address, NOBODY, CAP, 10)
    token.allot(HOUSE, alice, 1, sender=bob)
    with refused("NotIssuer", HOUSE, issuer.address):
        token.allot(HOUSE, alice, 1, sender=issuer)


def test_a_hand_over_is_of_one_property(token: Contract, issuer: Account, bob: Account) -> None:
    token.propose_issuer(HOUSE, bob, sender=issuer)
    with refused("NotProposedIssuer", BARN, bob.address):
        token.accept_issuer(BARN, sender=bob)
    token.accept_issuer(HOUSE, sender=bob)
    assert token.property_of(BARN).issuer == issuer.address


def test_a_proposal_is_accepted_once(token: Contract, issuer: Account, bob: Account) -> None:
    token.propose_issuer(HOUSE, bob, sender=issuer)
    token.accept_issuer(HOUSE, sender=bob)
    token.propose_issuer(HOUSE, issuer, sender=bob)
    token.accept_issuer(HOUSE, sender=issuer)
    with refused("NotProposedIssuer", HOUSE, bob.address):
        token.accept_issuer(HOUSE, sender=bob)


def test_a_newer_proposal_takes_the_place_of_an_older(
    token: Contract, issuer: Account, bob: Account, carol: Account
) -> None:
    token.propose_issuer(HOUSE, bob, sender=issuer)
    token.propose_issuer(HOUSE, carol, sender=issuer)
    with refused("NotProposedIssuer", HOUSE, bob.address):
        token.accept_issuer(HOUSE, sender=bob)
    token.accept_issuer(HOUSE, sender=carol)


def test_a_proposal_is_taken_back(token: Contract, issuer: Account, bob: Account) -> None:
    token.propose_issuer(HOUSE, bob, sender=issuer)
    receipt = token.propose_issuer(HOUSE, NOBODY, sender=issuer)
    assert events_of(receipt, token) == [told("IssuerProposed", NOBODY)]
    with refused("NotProposedIssuer", HOUSE, bob.address):
        token.accept_issuer(HOUSE, sender=bob)


@pytest.mark.parametrize("who", ["admin", "lister", "bob", "marketplace"])
def test_nobody_but_the_issuer_proposes_and_nobody_takes_what_was_not_offered(
    token: Contract, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("NotIssuer", HOUSE, caller.address):
        token.propose_issuer(HOUSE, caller, sender=caller)
    with refused("NotProposedIssuer", HOUSE, caller.address):
        token.accept_issuer(HOUSE, sender=caller)


def test_a_property_that_was_never_listed_has_nobody_to_propose_or_accept(token: Contract, issuer: Account) -> None:
    with refused("UnknownProperty", 7):
        token.propose_issuer(7, issuer, sender=issuer)
    with refused("NotProposedIssuer", 7, issuer.address):
        token.accept_issuer(7, sender=issuer)
