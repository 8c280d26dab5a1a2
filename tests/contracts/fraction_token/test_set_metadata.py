"""set_metadata: documents are bound by hash, version after version, by the issuer alone."""

import pytest
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import BARN, CAP, CONTENT_HASH, HOUSE, URI, Allot, ListProperty
from tests.contracts.refusals import refused

NEW_HASH = keccak(text="the deed, with its survey")
NEW_URI = "ipfs://survey"


def test_new_metadata_takes_the_place_of_the_old_under_the_next_version(
    token: Contract, issuer: Account, list_property: ListProperty
) -> None:
    list_property(HOUSE)
    token.set_metadata(HOUSE, NEW_HASH, NEW_URI, sender=issuer)
    metadata = token.property_of(HOUSE).metadata
    assert (metadata.version, bytes(metadata.content_hash), metadata.uri) == (2, NEW_HASH, NEW_URI)
    assert token.uri(HOUSE) == NEW_URI


def test_each_version_is_told(token: Contract, issuer: Account, list_property: ListProperty) -> None:
    list_property(HOUSE)
    receipts = [token.set_metadata(HOUSE, NEW_HASH, NEW_URI, sender=issuer) for _ in range(2)]
    for version, receipt in enumerate(receipts, start=2):
        told = {"property_id": HOUSE, "version": version, "content_hash": NEW_HASH, "uri": NEW_URI}
        assert events_of(receipt, token) == [("MetadataSet", told), ("URI", {"id": HOUSE, "value": NEW_URI})]


def test_a_shorter_uri_leaves_nothing_of_a_longer_one(
    token: Contract, issuer: Account, list_property: ListProperty
) -> None:
    list_property(HOUSE, uri="x" * 256)
    token.set_metadata(HOUSE, NEW_HASH, "y", sender=issuer)
    assert token.uri(HOUSE) == "y"


@pytest.mark.usefixtures("allot")
def test_metadata_of_one_property_leaves_another_alone(token: Contract, issuer: Account) -> None:
    token.set_metadata(HOUSE, NEW_HASH, NEW_URI, sender=issuer)
    metadata = token.property_of(BARN).metadata
    assert (metadata.version, bytes(metadata.content_hash), metadata.uri) == (1, CONTENT_HASH, URI)


def test_metadata_leaves_issuer_cap_and_supply_alone(
    token: Contract, issuer: Account, alice: Account, allot: Allot
) -> None:
    allot(alice, 10)
    token.set_metadata(HOUSE, NEW_HASH, NEW_URI, sender=issuer)
    found = token.property_of(HOUSE)
    assert (found.issuer, found.supply_cap, found.supply, found.name) == (issuer.address, CAP, 10, "House")


@pytest.mark.parametrize("who", ["admin", "lister", "alice"])
def test_only_the_issuer_binds_metadata(
    token: Contract, list_property: ListProperty, request: pytest.FixtureRequest, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    list_property(HOUSE)
    with refused("NotIssuer", HOUSE, caller.address):
        token.set_metadata(HOUSE, NEW_HASH, NEW_URI, sender=caller)


def test_the_issuer_of_one_property_binds_no_other(
    token: Contract, issuer: Account, bob: Account, list_property: ListProperty
) -> None:
    list_property(HOUSE, issuer=issuer)
    list_property(BARN, issuer=bob)
    with refused("NotIssuer", BARN, issuer.address):
        token.set_metadata(BARN, NEW_HASH, NEW_URI, sender=issuer)


def test_a_property_that_was_never_listed_has_no_metadata_to_bind(token: Contract, issuer: Account) -> None:
    with refused("UnknownProperty", 7):
        token.set_metadata(7, NEW_HASH, NEW_URI, sender=issuer)
