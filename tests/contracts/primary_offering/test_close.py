"""close_offering: anyone, in its time and once; the soft cap alone decides, and the issuer is paid or nobody is."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract, Receipt
from tests.contracts.clock import now, travel_to
from tests.contracts.events import events_of
from tests.contracts.ledger import account_of, posting
from tests.contracts.primary_offering.conftest import (
    FAILED,
    HARD_CAP,
    HOUSE,
    MAXIMUM,
    OPEN,
    PRICE,
    SETTLED,
    SOFT_CAP,
    SetOffering,
    Terms,
    escrow_of,
    state_of,
)
from tests.contracts.refusals import refused

PROCEEDS = 10

Subscribe = Callable[[Account, int], Receipt]
Close = Callable[[], Receipt]


@pytest.fixture
def sold_out(opened: Terms, subscribe: Subscribe, alice: Account, bob: Account) -> Terms:
    """The offering, with every fraction subscribed on its first day."""
    subscribe(alice, MAXIMUM)
    subscribe(bob, HARD_CAP - MAXIMUM)
    return opened


def test_the_soft_cap_met_exactly_settles_and_pays_the_issuer(
    offering: Contract, token: Contract, vault: Contract, subscribe: Subscribe, close: Close, issuer: Account,
    alice: Account, bob: Account,
) -> None:  # fmt: skip
    subscribe(alice, SOFT_CAP - 40)
    subscribe(bob, 40)
    receipt = close()
    proceeds = SOFT_CAP * PRICE
    told = {"property_id": HOUSE, "settled": True, "subscribed": SOFT_CAP, "proceeds": proceeds}
    sale = {"property_id": HOUSE, "sold": SOFT_CAP, "supply": SOFT_CAP, "rent_index": 0}
    paid = posting(escrow_of(offering), account_of(issuer), proceeds, PROCEEDS, (0, proceeds))
    assert events_of(receipt, offering) == [("OfferingClosed", told)]
    assert events_of(receipt, token) == [("SaleSettled", sale)]
    assert events_of(receipt, vault) == [paid]
    assert state_of(offering) == (SETTLED, SOFT_CAP)
    assert token.sale_of(HOUSE) == (0, SOFT_CAP, 0)


def test_the_soft_cap_missed_by_one_fails_and_pays_nobody(
    offering: Contract, token: Contract, vault: Contract, subscribe: Subscribe, close: Close, issuer: Account,
    alice: Account,
) -> None:  # fmt: skip
    subscribe(alice, SOFT_CAP - 1)
    receipt = close()
    told = {"property_id": HOUSE, "settled": False, "subscribed": SOFT_CAP - 1, "proceeds": 0}
    assert events_of(receipt, offering) == [("OfferingClosed", told)]
    assert events_of(receipt, vault) == []
    assert vault.balance_of(account_of(issuer)) == 0
    assert vault.balance_of(escrow_of(offering)) == (SOFT_CAP - 1) * PRICE
    assert state_of(offering) == (FAILED, SOFT_CAP - 1)
    assert token.sale_of(HOUSE) == (0, 0, 0)
    assert token.totalSupply(HOUSE) == 0


def test_an_offering_that_nobody_wanted_fails(offering: Contract, close: Close) -> None:
    close()
    assert state_of(offering) == (FAILED, 0)


@pytest.mark.parametrize("amount", [SOFT_CAP, SOFT_CAP - 1])
def test_what_was_not_sold_is_the_issuers_to_allot(
    token: Contract, subscribe: Subscribe, close: Close, issuer: Account, alice: Account, amount: int
) -> None:
    subscribe(alice, amount)
    close()
    free = 1000 - (amount if amount == SOFT_CAP else 0)
    with refused("SupplyCapExceeded", HOUSE, free, free + 1):
        token.allot(HOUSE, alice, free + 1, sender=issuer)
    token.allot(HOUSE, alice, free, sender=issuer)


def test_an_offering_is_closed_from_its_deadline_on_and_not_before(
    chain: Chain, offering: Contract, opened: Terms, subscribe: Subscribe, alice: Account
) -> None:
    subscribe(alice, SOFT_CAP)
    for second in (opened.opens + 10, opened.firm, opened.deadline - 1):
        travel_to(chain, second)
        with refused("NotClosable", HOUSE):
            offering.close_offering(HOUSE, sender=alice)
    assert now(chain) == opened.deadline
    offering.close_offering(HOUSE, sender=alice)


def test_what_is_sold_out_is_closed_from_the_firm_time_on_and_not_before(
    chain: Chain, offering: Contract, sold_out: Terms, alice: Account
) -> None:
    travel_to(chain, sold_out.firm - 1)
    with refused("NotClosable", HOUSE):
        offering.close_offering(HOUSE, sender=alice)
    assert now(chain) == sold_out.firm
    offering.close_offering(HOUSE, sender=alice)
    assert state_of(offering) == (SETTLED, HARD_CAP)


@pytest.mark.parametrize("who", ["admin", "pauser", "issuer"])
def test_nobody_closes_early(
    chain: Chain, offering: Contract, sold_out: Terms, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    travel_to(chain, sold_out.firm - 1)
    with refused("NotClosable", HOUSE):
        offering.close_offering(HOUSE, sender=caller)


def test_an_offering_is_closed_once(offering: Contract, sold_out: Terms, close: Close, alice: Account) -> None:
    close()
    with refused("NotClosable", HOUSE):
        offering.close_offering(HOUSE, sender=alice)
    assert state_of(offering) == (SETTLED, sold_out.hard_cap)


def test_a_failed_offering_never_settles(offering: Contract, close: Close, alice: Account) -> None:
    close()
    with refused("NotClosable", HOUSE):
        offering.close_offering(HOUSE, sender=alice)


def test_what_was_never_offered_is_not_closed(offering: Contract, alice: Account) -> None:
    for property_id in (HOUSE, 2**256 - 1):
        with refused("NotClosable", property_id):
            offering.close_offering(property_id, sender=alice)


def test_a_cancelled_offering_is_not_closed(
    chain: Chain, offering: Contract, terms: Terms, set_offering: SetOffering, issuer: Account
) -> None:
    set_offering(terms)
    offering.cancel_offering(HOUSE, sender=issuer)
    travel_to(chain, terms.deadline)
    with refused("NotClosable", HOUSE):
        offering.close_offering(HOUSE, sender=issuer)


def test_the_proceeds_are_the_present_issuers(
    offering: Contract, token: Contract, vault: Contract, subscribe: Subscribe, close: Close, issuer: Account,
    alice: Account, carol: Account,
) -> None:  # fmt: skip
    subscribe(alice, SOFT_CAP)
    before = vault.balance_of(account_of(carol))
    token.propose_issuer(HOUSE, carol, sender=issuer)
    token.accept_issuer(HOUSE, sender=carol)
    close()
    assert vault.balance_of(account_of(carol)) == before + SOFT_CAP * PRICE
    assert vault.balance_of(account_of(issuer)) == vault.balance_of(escrow_of(offering)) == 0


def test_an_issuer_who_subscribes_pays_himself_and_the_books_agree(
    offering: Contract, vault: Contract, subscribe: Subscribe, provide: Callable[..., None], close: Close,
    issuer: Account,
) -> None:  # fmt: skip
    provide(issuer)
    before = vault.balance_of(account_of(issuer))
    subscribe(issuer, SOFT_CAP)
    close()
    assert vault.balance_of(account_of(issuer)) == before
    assert vault.balance_of(escrow_of(offering)) == 0


def test_an_open_offering_stops_the_end_of_its_property(
    chain: Chain, token: Contract, opened: Terms, issuer: Account
) -> None:
    with refused("OfferingRuns", HOUSE):
        token.declare_final(HOUSE, 1, now(chain) + opened.deadline, sender=issuer)
    assert not token.property_of(HOUSE).has_ended


def test_the_largest_sale_pays_every_unit(
    chain: Chain, offering: Contract, token: Contract, vault: Contract, dollar: Contract, lister: Account,
    issuer: Account, alice: Account, set_offering: SetOffering,
) -> None:  # fmt: skip
    price, fractions = 2**80 - 1, 2**48 - 1
    token.list_property(HOUSE, issuer, fractions, 0, "House", bytes(32), "", sender=lister)
    dollar.mint(alice, price * fractions, sender=alice)
    vault.deposit(account_of(alice), price * fractions, sender=alice)
    opens = now(chain) + 10
    set_offering(Terms(price, fractions, fractions, opens, opens, opens + 9, fractions, fractions))
    travel_to(chain, opens)
    offering.subscribe(HOUSE, fractions, sender=alice)
    assert state_of(offering) == (OPEN, fractions)
    offering.close_offering(HOUSE, sender=alice)
    offering.collect(HOUSE, alice, sender=alice)
    assert vault.balance_of(account_of(issuer)) == price * fractions
    assert token.balanceOf(alice, HOUSE) == token.totalSupply(HOUSE) == fractions
