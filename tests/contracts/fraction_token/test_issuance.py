"""reserve, settle_sale, collect: the offering alone, and never more fractions than the cap or than were sold."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Project, Receipt
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import CAP, CONTENT_HASH, HOUSE, NOBODY, URI, transfer_event
from tests.contracts.refusals import refused


@pytest.fixture
def seller(accounts: list[Account]) -> Account:
    """Who may sell fractions: for the token a bare address is as good as the offering."""
    account: Account = accounts[9]
    return account


@pytest.fixture
def token(
    sources: Project, vault: Contract, seller: Account, deployer: Account, admin: Account, issuer: Account
) -> Contract:
    """A token with the house on it, whose offering is the seller."""
    token = deployer.deploy(sources.FractionToken, vault, NOBODY, seller, NOBODY, 0, admin)
    token.grantRole(token.LISTER(), admin, sender=admin)
    token.list_property(HOUSE, issuer, CAP, 0, "House", CONTENT_HASH, URI, sender=admin)
    return token


@pytest.fixture
def reserve(token: Contract, issuer: Account, seller: Account) -> Callable[[int], Receipt]:
    def reserved(amount: int) -> Receipt:
        return token.reserve(HOUSE, issuer, amount, sender=seller)

    return reserved


Reserve = Callable[[int], Receipt]


def test_what_is_reserved_is_told_and_kept_from_allotment(
    token: Contract, reserve: Reserve, issuer: Account, alice: Account
) -> None:
    told = {"property_id": HOUSE, "reserved": 600}
    assert events_of(reserve(600), token) == [("FractionsReserved", told)]
    assert token.sale_of(HOUSE) == (600, 0, 0)
    token.allot(HOUSE, alice, 400, sender=issuer)
    with refused("SupplyCapExceeded", HOUSE, 0, 1):
        token.allot(HOUSE, alice, 1, sender=issuer)


def test_a_new_reservation_takes_the_place_of_the_old_and_none_sets_all_free(
    token: Contract, reserve: Reserve, issuer: Account, alice: Account
) -> None:
    for amount in (CAP, 1, CAP - 1, 0):
        reserve(amount)
    token.allot(HOUSE, alice, CAP, sender=issuer)


def test_no_more_than_what_is_left_of_the_cap_is_reserved(
    token: Contract, reserve: Reserve, issuer: Account, alice: Account
) -> None:
    token.allot(HOUSE, alice, 400, sender=issuer)
    with refused("SupplyCapExceeded", HOUSE, 600, 601):
        reserve(601)
    with refused("SupplyCapExceeded", HOUSE, 600, 2**256 - 1):
        reserve(2**256 - 1)
    reserve(600)


def test_only_for_the_issuer_fractions_are_reserved(token: Contract, seller: Account, alice: Account) -> None:
    with refused("NotIssuer", HOUSE, alice.address):
        token.reserve(HOUSE, alice, 1, sender=seller)
    with refused("UnknownProperty", 7):
        token.reserve(7, alice, 1, sender=seller)


def test_what_was_sold_counts_as_supply_and_the_rest_is_free(
    token: Contract, reserve: Reserve, issuer: Account, seller: Account, alice: Account
) -> None:
    reserve(600)
    told = {"property_id": HOUSE, "sold": 250, "supply": 250, "rent_index": 0}
    assert events_of(token.settle_sale(HOUSE, 250, sender=seller), token) == [("SaleSettled", told)]
    assert token.sale_of(HOUSE) == (0, 250, 0)
    assert token.totalSupply(HOUSE) == 250
    with refused("SupplyCapExceeded", HOUSE, 750, 751):
        token.allot(HOUSE, alice, 751, sender=issuer)
    token.allot(HOUSE, alice, 750, sender=issuer)


def test_collected_fractions_are_a_balance_and_the_supply_stays(
    token: Contract, reserve: Reserve, seller: Account, alice: Account
) -> None:
    reserve(600)
    token.settle_sale(HOUSE, 250, sender=seller)
    receipt = token.collect(HOUSE, alice, 100, sender=seller)
    told = {"property_id": HOUSE, "holder": alice.address, "amount": 100, "uncollected": 150}
    assert events_of(receipt, token) == [
        ("FractionsCollected", told),
        transfer_event(seller, NOBODY, alice, HOUSE, 100),
    ]
    assert (token.balanceOf(alice, HOUSE), token.totalSupply(HOUSE)) == (100, 250)
    assert token.sale_of(HOUSE) == (0, 150, 0)


@pytest.mark.parametrize("amount", [151, 2**48, 2**256 - 1])
def test_no_more_than_what_was_sold_is_collected(
    token: Contract, reserve: Reserve, seller: Account, alice: Account, amount: int
) -> None:
    reserve(600)
    token.settle_sale(HOUSE, 250, sender=seller)
    token.collect(HOUSE, alice, 100, sender=seller)
    with refused("NotUncollected", HOUSE, 150, amount):
        token.collect(HOUSE, alice, amount, sender=seller)


def test_what_is_only_reserved_is_not_collected(
    token: Contract, reserve: Reserve, seller: Account, alice: Account
) -> None:
    reserve(600)
    with refused("NotUncollected", HOUSE, 0, 1):
        token.collect(HOUSE, alice, 1, sender=seller)


def test_nothing_is_collected_for_nobody(token: Contract, reserve: Reserve, seller: Account) -> None:
    reserve(600)
    token.settle_sale(HOUSE, 600, sender=seller)
    with refused("ERC1155InvalidReceiver", NOBODY):
        token.collect(HOUSE, NOBODY, 1, sender=seller)


@pytest.mark.parametrize("who", ["admin", "issuer", "alice"])
@pytest.mark.parametrize("action", ["reserve", "settle_sale", "collect"])
def test_only_the_offering_sells(
    token: Contract, request: pytest.FixtureRequest, issuer: Account, action: str, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    arguments = [0] if action == "settle_sale" else [issuer, 0]
    with refused("NotOffering", caller.address):
        getattr(token, action)(HOUSE, *arguments, sender=caller)


def test_the_offering_is_the_one_of_the_deployment(token: Contract, seller: Account) -> None:
    assert token.primary_offering() == seller.address
