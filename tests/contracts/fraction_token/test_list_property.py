"""list_property: an id is bound to an issuer, a cap and a name, once and for ever."""

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import CAP, CONTENT_HASH, HOUSE, NOBODY, URI, ListProperty
from tests.contracts.refusals import refused, refused_silently

LARGEST_ID = 2**32 - 1
LARGEST_CAP = 2**48 - 1


def test_a_listed_property_is_read_as_it_was_listed(
    token: Contract, issuer: Account, list_property: ListProperty
) -> None:
    list_property(HOUSE, name="12 Kola Street, Lagos")
    found = token.property_of(HOUSE)
    assert (found.issuer, found.supply_cap, found.supply) == (issuer.address, CAP, 0)
    assert found.name == "12 Kola Street, Lagos"
    assert (found.metadata.version, bytes(found.metadata.content_hash), found.metadata.uri) == (1, CONTENT_HASH, URI)


def test_a_listing_tells_the_property_and_its_first_metadata(
    token: Contract, issuer: Account, list_property: ListProperty
) -> None:
    listed = {"property_id": HOUSE, "issuer": issuer.address, "supply_cap": CAP, "registry_list": 0, "name": "House"}
    metadata = {"property_id": HOUSE, "version": 1, "content_hash": CONTENT_HASH, "uri": URI}
    assert events_of(list_property(HOUSE), token) == [
        ("PropertyListed", listed),
        ("MetadataSet", metadata),
        ("URI", {"id": HOUSE, "value": URI}),
    ]


def test_a_listed_property_has_no_fractions_yet(token: Contract, issuer: Account, list_property: ListProperty) -> None:
    list_property(HOUSE)
    assert token.totalSupply(HOUSE) == token.balanceOf(issuer, HOUSE) == 0


@pytest.mark.parametrize(("property_id", "cap"), [(1, LARGEST_CAP), (LARGEST_ID, 1), (LARGEST_ID, LARGEST_CAP)])
def test_ids_and_caps_may_be_as_large_as_their_fields(
    token: Contract, issuer: Account, list_property: ListProperty, property_id: int, cap: int
) -> None:
    list_property(property_id, supply_cap=cap)
    found = token.property_of(property_id)
    assert (found.issuer, found.supply_cap, found.supply) == (issuer.address, cap, 0)


@pytest.mark.parametrize("property_id", [0, LARGEST_ID + 1, 2**256 - 1])
def test_ids_out_of_bounds_are_refused(list_property: ListProperty, property_id: int) -> None:
    with refused("InvalidPropertyId", property_id):
        list_property(property_id)


@pytest.mark.parametrize("cap", [0, LARGEST_CAP + 1, 2**256 - 1])
def test_caps_out_of_bounds_are_refused(list_property: ListProperty, cap: int) -> None:
    with refused("InvalidSupplyCap", cap):
        list_property(HOUSE, supply_cap=cap)


def test_a_property_needs_an_issuer(list_property: ListProperty) -> None:
    with refused("InvalidIssuer", NOBODY):
        list_property(HOUSE, issuer=NOBODY)


def test_an_id_is_listed_once(token: Contract, issuer: Account, bob: Account, list_property: ListProperty) -> None:
    list_property(HOUSE)
    with refused("PropertyExists", HOUSE):
        list_property(HOUSE, issuer=bob, supply_cap=CAP + 1)
    assert token.property_of(HOUSE).issuer == issuer.address


@pytest.mark.parametrize("who", ["admin", "issuer", "marketplace", "alice"])
def test_only_the_lister_lists(
    token: Contract, list_property: ListProperty, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("AccessControlUnauthorizedAccount", caller.address, bytes(token.LISTER())):
        list_property(HOUSE, sender=caller)


def test_a_property_is_listed_with_one_of_the_registrys_lists_for_ever(
    token: Contract, registry: Contract, admin: Account, list_property: ListProperty
) -> None:
    for name in ("Residents", "Tenants"):
        registry.create_list(admin, name, sender=admin)
    [(_, told), *_] = events_of(list_property(HOUSE, registry_list=2), token)
    assert told["registry_list"] == 2
    assert token.property_of(HOUSE).registry_list == 2
    with refused("PropertyExists", HOUSE):
        list_property(HOUSE, registry_list=1)


@pytest.mark.parametrize("number", [2, 2**32, 2**256 - 1])
def test_a_list_that_the_registry_does_not_have_is_unknown(
    registry: Contract, admin: Account, list_property: ListProperty, number: int
) -> None:
    registry.create_list(admin, "Residents", sender=admin)
    with refused("UnknownList", number):
        list_property(HOUSE, registry_list=number)


def test_the_tokens_neighbours_are_those_of_the_deployment(
    token: Contract, vault: Contract, offering: Contract, registry: Contract
) -> None:
    neighbours = [token.settlement_vault(), token.primary_offering(), token.investor_registry()]
    assert neighbours == [vault.address, offering.address, registry.address]


@pytest.mark.parametrize(("field", "bound"), [("name", 64), ("uri", 256)])
def test_texts_may_be_as_long_as_their_bound_and_no_longer(list_property: ListProperty, field: str, bound: int) -> None:
    list_property(HOUSE, **{field: "x" * bound})
    with refused_silently():
        list_property(HOUSE + 1, **{field: "x" * (bound + 1)})


def test_a_property_that_was_never_listed_is_unknown(token: Contract) -> None:
    with refused("UnknownProperty", 7):
        token.property_of(7)


def test_a_property_that_was_never_listed_has_no_supply_and_no_uri(token: Contract) -> None:
    assert token.totalSupply(7) == 0
    assert token.uri(7) == ""
