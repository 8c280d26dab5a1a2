"""set_document: named documents are bound by hash, version after version, by the issuer alone."""

import pytest
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import BARN, HOUSE
from tests.contracts.refusals import refused, refused_silently

DEED, SURVEY = keccak(text="the deed"), keccak(text="the survey")
URI = "ipfs://deed"

pytestmark = pytest.mark.usefixtures("allot")  # the house and the barn are listed


def document(token: Contract, name: str, property_id: int = HOUSE) -> tuple[int, bytes, str]:
    found = token.document_of(property_id, name)
    return found.version, bytes(found.content_hash), found.uri


def test_a_document_is_read_as_it_was_bound_and_told(token: Contract, issuer: Account) -> None:
    receipt = token.set_document(HOUSE, "Deed", DEED, URI, sender=issuer)
    told = {"property_id": HOUSE, "version": 1, "content_hash": DEED, "name": "Deed", "uri": URI}
    assert events_of(receipt, token) == [("DocumentSet", told)]
    assert document(token, "Deed") == (1, DEED, URI)


def test_a_document_that_was_never_bound_has_version_0(token: Contract) -> None:
    assert document(token, "Deed") == document(token, "Deed", 7) == (0, bytes(32), "")


def test_versions_count_by_property_and_name(token: Contract, issuer: Account) -> None:
    token.set_document(HOUSE, "Deed", DEED, URI, sender=issuer)
    token.set_document(HOUSE, "Deed", SURVEY, "", sender=issuer)
    token.set_document(HOUSE, "Survey", SURVEY, URI, sender=issuer)
    token.set_document(BARN, "Deed", DEED, URI, sender=issuer)
    assert document(token, "Deed") == (2, SURVEY, "")
    assert document(token, "Survey") == (1, SURVEY, URI)
    assert document(token, "Deed", BARN) == (1, DEED, URI)


def test_names_differ_by_every_letter(token: Contract, issuer: Account) -> None:
    token.set_document(HOUSE, "Deed", DEED, URI, sender=issuer)
    assert document(token, "deed") == document(token, "Deed ") == (0, bytes(32), "")


def test_documents_leave_the_metadata_alone(token: Contract, issuer: Account) -> None:
    before = token.property_of(HOUSE)
    token.set_document(HOUSE, "Deed", DEED, URI, sender=issuer)
    assert token.property_of(HOUSE) == before


def test_a_document_needs_a_name(token: Contract, issuer: Account) -> None:
    with refused("InvalidName"):
        token.set_document(HOUSE, "", DEED, URI, sender=issuer)


def test_texts_may_be_as_long_as_their_bound_and_no_longer(token: Contract, issuer: Account) -> None:
    token.set_document(HOUSE, "n" * 64, DEED, "u" * 256, sender=issuer)
    assert document(token, "n" * 64) == (1, DEED, "u" * 256)
    for name, uri in [("n" * 65, ""), ("n", "u" * 257)]:
        with refused_silently():
            token.set_document(HOUSE, name, DEED, uri, sender=issuer)


@pytest.mark.parametrize("who", ["admin", "lister", "alice"])
def test_only_the_issuer_binds_documents(token: Contract, request: pytest.FixtureRequest, who: str) -> None:
    caller: Account = request.getfixturevalue(who)
    with refused("NotIssuer", HOUSE, caller.address):
        token.set_document(HOUSE, "Deed", DEED, URI, sender=caller)


def test_a_property_that_was_never_listed_has_no_documents_to_bind(token: Contract, issuer: Account) -> None:
    with refused("UnknownProperty", 7):
        token.set_document(7, "Deed", DEED, URI, sender=issuer)


def test_after_a_hand_over_the_new_issuer_binds_the_next_version(
    token: Contract, issuer: Account, bob: Account
) -> None:
    token.set_document(HOUSE, "Deed", DEED, URI, sender=issuer)
    token.propose_issuer(HOUSE, bob, sender=issuer)
    token.accept_issuer(HOUSE, sender=bob)
    token.set_document(HOUSE, "Deed", SURVEY, URI, sender=bob)
    assert document(token, "Deed") == (2, SURVEY, URI)
    with refused("NotIssuer", HOUSE, issuer.address):
        token.set_document(HOUSE, "Deed", DEED, URI, sender=issuer)
