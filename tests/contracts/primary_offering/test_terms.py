"""set_offering and cancel_offering: the issuer's terms, free until the opening and fixed from then on."""

from typing import Any

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.clock import now, travel_to
from tests.contracts.conftest import RENT_NOTICE
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of
from tests.contracts.primary_offering.conftest import (
    BARN,
    CAP,
    FAILED,
    HARD_CAP,
    HOUSE,
    NONE,
    OPEN,
    SETTLED,
    SOFT_CAP,
    SetOffering,
    Terms,
    state_of,
)
from tests.contracts.refusals import refused

LONGEST = 366 * 86_400
LARGEST = 2**48 - 1


def read(offering: Contract) -> tuple[int, ...]:
    return tuple(offering.offering_of(HOUSE).terms)


# -- setting


def test_set_terms_are_told_read_and_reserved(
    offering: Contract, token: Contract, issuer: Account, terms: Terms, set_offering: SetOffering
) -> None:
    receipt = set_offering(terms)
    told: dict[str, Any] = {"property_id": HOUSE, "issuer": issuer.address, **vars(terms)}
    assert events_of(receipt, offering) == [("OfferingSet", told)]
    assert read(offering) == terms.values
    assert state_of(offering) == (OPEN, 0)
    assert token.sale_of(HOUSE) == (HARD_CAP, 0, 0)


@pytest.mark.parametrize(
    ("term", "changes"),
    [
        ("price", {"price": 0}),
        ("price", {"price": 2**80}),
        ("price", {"price": 2**256 - 1}),
        ("soft_cap", {"soft_cap": 0}),
        ("soft_cap", {"soft_cap": HARD_CAP + 1}),
        ("hard_cap", {"hard_cap": LARGEST + 1}),
        ("hard_cap", {"soft_cap": 2**256 - 1, "hard_cap": 2**256 - 1}),
        ("minimum", {"minimum": 0}),
        ("minimum", {"minimum": 601}),
        ("maximum", {"maximum": HARD_CAP + 1}),
        ("maximum", {"maximum": 2**256 - 1}),
    ],
)
def test_each_term_has_its_bounds(terms: Terms, set_offering: SetOffering, term: str, changes: dict[str, int]) -> None:
    with refused("InvalidTerms", term):
        set_offering(terms.but(**changes))


def test_an_offering_opens_now_at_the_earliest(chain: Chain, terms: Terms, set_offering: SetOffering) -> None:
    with refused("InvalidTerms", "opens"):
        set_offering(terms.but(opens=now(chain) - 1))
    set_offering(terms.but(opens=now(chain)))


def test_subscriptions_become_firm_between_opening_and_deadline(terms: Terms, set_offering: SetOffering) -> None:
    for firm in (0, terms.opens - 1, terms.deadline + 1, 2**256 - 1):
        with refused("InvalidTerms", "firm"):
            set_offering(terms.but(firm=firm))
    set_offering(terms.but(firm=terms.opens))
    set_offering(terms.but(firm=terms.deadline))


def test_an_offering_lasts_a_second_at_least(terms: Terms, set_offering: SetOffering) -> None:
    with refused("InvalidTerms", "deadline"):
        set_offering(terms.but(firm=terms.opens, deadline=terms.opens))
    set_offering(terms.but(firm=terms.opens, deadline=terms.opens + 1))


def test_an_offering_ends_within_a_year_and_a_day(chain: Chain, terms: Terms, set_offering: SetOffering) -> None:
    with refused("InvalidTerms", "deadline"):
        set_offering(terms.but(deadline=now(chain) + LONGEST + 1))
    set_offering(terms.but(deadline=now(chain) + LONGEST))


def test_every_term_may_be_as_large_as_its_field(
    chain: Chain, token: Contract, offering: Contract, lister: Account, issuer: Account, set_offering: SetOffering
) -> None:
    token.list_property(HOUSE, issuer, LARGEST, 0, "House", bytes(32), "", sender=lister)
    deadline = now(chain) + LONGEST
    largest = Terms(2**80 - 1, LARGEST, LARGEST, deadline - 1, deadline - 1, deadline, LARGEST, LARGEST)
    set_offering(largest)
    assert read(offering) == largest.values
    assert state_of(offering) == (OPEN, 0)


def test_no_more_is_offered_than_what_is_left_of_the_cap(
    token: Contract, issuer: Account, alice: Account, terms: Terms, set_offering: SetOffering
) -> None:
    token.allot(HOUSE, alice, CAP - HARD_CAP + 1, sender=issuer)
    with refused("SupplyCapExceeded", HOUSE, HARD_CAP - 1, HARD_CAP):
        set_offering(terms)
    set_offering(terms.but(hard_cap=HARD_CAP - 1))


def test_what_is_offered_is_not_allotted(
    token: Contract, issuer: Account, alice: Account, terms: Terms, set_offering: SetOffering
) -> None:
    set_offering(terms)
    with refused("SupplyCapExceeded", HOUSE, CAP - HARD_CAP, CAP - HARD_CAP + 1):
        token.allot(HOUSE, alice, CAP - HARD_CAP + 1, sender=issuer)
    token.allot(HOUSE, alice, CAP - HARD_CAP, sender=issuer)


@pytest.mark.parametrize("who", ["admin", "lister", "pauser", "alice"])
def test_only_the_issuer_sets_and_cancels(
    offering: Contract, terms: Terms, set_offering: SetOffering, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("NotIssuer", HOUSE, caller.address):
        set_offering(terms, sender=caller)
    set_offering(terms)
    with refused("NotIssuer", HOUSE, caller.address):
        set_offering(terms, sender=caller)
    with refused("NotIssuer", HOUSE, caller.address):
        offering.cancel_offering(HOUSE, sender=caller)


def test_a_property_that_was_never_listed_is_not_offered(terms: Terms, set_offering: SetOffering) -> None:
    with refused("UnknownProperty", BARN):
        set_offering(terms, BARN)


# -- changing


def test_terms_change_up_to_the_second_before_the_opening(
    chain: Chain, offering: Contract, token: Contract, terms: Terms, set_offering: SetOffering
) -> None:
    set_offering(terms)
    travel_to(chain, terms.opens - 1)
    changed = terms.but(price=8, hard_cap=800, maximum=500)
    set_offering(changed)
    assert read(offering) == changed.values
    assert token.sale_of(HOUSE) == (800, 0, 0)


def test_from_the_opening_on_nobody_changes_or_cancels(
    offering: Contract, issuer: Account, opened: Terms, set_offering: SetOffering
) -> None:
    later = opened.but(opens=opened.opens + 500)
    with refused("OfferingExists", HOUSE):
        set_offering(later)
    with refused("OfferingNotOpen", HOUSE):
        offering.cancel_offering(HOUSE, sender=issuer)
    assert read(offering) == opened.values


def test_after_a_hand_over_the_new_issuer_changes_the_terms(
    offering: Contract, token: Contract, issuer: Account, bob: Account, terms: Terms, set_offering: SetOffering
) -> None:
    set_offering(terms)
    token.propose_issuer(HOUSE, bob, sender=issuer)
    token.accept_issuer(HOUSE, sender=bob)
    with refused("NotIssuer", HOUSE, issuer.address):
        set_offering(terms)
    set_offering(terms.but(price=9), sender=bob)
    assert read(offering)[0] == 9


@pytest.mark.parametrize("amount", [SOFT_CAP, SOFT_CAP - 1])
def test_a_property_is_offered_once_whatever_came_of_it(
    offering: Contract, close: Any, subscribe: Any, opened: Terms, set_offering: SetOffering, bob: Account, amount: int
) -> None:
    subscribe(bob, amount)
    close()
    assert state_of(offering)[0] == (SETTLED if amount == SOFT_CAP else FAILED)
    with refused("OfferingExists", HOUSE):
        set_offering(opened.but(opens=opened.deadline + 500, firm=opened.deadline + 600, deadline=2**40))


def test_once_its_end_is_declared_a_property_is_not_offered(
    chain: Chain, token: Contract, vault: Contract, issuer: Account, alice: Account, terms: Terms,
    set_offering: SetOffering,
) -> None:  # fmt: skip
    token.allot(HOUSE, alice, 1, sender=issuer)
    vault.transfer(account_of(alice), account_of(issuer), 1, bytes(32), bytes(32), sender=alice)
    token.declare_final(HOUSE, 1, now(chain) + RENT_NOTICE, sender=issuer)
    with refused("PropertyEnding", HOUSE):
        set_offering(terms)


def test_while_rent_is_declared_a_property_is_not_offered_and_one_offered_before_may_be_cancelled(
    chain: Chain, token: Contract, vault: Contract, offering: Contract, issuer: Account, alice: Account, terms: Terms,
    set_offering: SetOffering,
) -> None:  # fmt: skip
    """Else an issuer who sells to himself would share in rent that was announced to others."""
    token.allot(HOUSE, alice, 1, sender=issuer)
    vault.transfer(account_of(alice), account_of(issuer), 1, bytes(32), bytes(32), sender=alice)
    set_offering(terms)
    token.declare_rent(HOUSE, 202601, 1, now(chain) + RENT_NOTICE, sender=issuer)
    with refused("RentPending", HOUSE):
        set_offering(terms)
    offering.cancel_offering(HOUSE, sender=issuer)
    with refused("RentPending", HOUSE):
        set_offering(terms)


# -- cancelling


def test_a_cancelled_offering_is_told_and_leaves_nothing(
    chain: Chain, offering: Contract, token: Contract, issuer: Account, alice: Account, terms: Terms,
    set_offering: SetOffering,
) -> None:  # fmt: skip
    set_offering(terms)
    travel_to(chain, terms.opens - 1)
    receipt = offering.cancel_offering(HOUSE, sender=issuer)
    assert events_of(receipt, offering) == [("OfferingCancelled", {"property_id": HOUSE})]
    assert state_of(offering) == (NONE, 0)
    assert read(offering) == (0,) * 8
    token.allot(HOUSE, alice, CAP, sender=issuer)


def test_a_cancelled_offering_is_not_cancelled_again_but_may_be_set_again(
    offering: Contract, issuer: Account, terms: Terms, set_offering: SetOffering
) -> None:
    set_offering(terms)
    offering.cancel_offering(HOUSE, sender=issuer)
    with refused("OfferingNotOpen", HOUSE):
        offering.cancel_offering(HOUSE, sender=issuer)
    set_offering(terms)
    assert state_of(offering) == (OPEN, 0)


def test_what_was_never_offered_is_not_cancelled(offering: Contract, issuer: Account) -> None:
    with refused("OfferingNotOpen", HOUSE):
        offering.cancel_offering(HOUSE, sender=issuer)
