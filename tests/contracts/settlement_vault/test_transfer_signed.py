"""transfer_signed: what an account's owner has signed, submitted by anyone, once and in time."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Chain, Contract
from tests.contracts.clock import travel_to
from tests.contracts.events import events_of
from tests.contracts.ledger import LARGEST, NO_REFERENCE, OUTSIDE, TRANSFER, account_of, bytes32, posting
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import Sign
from tests.contracts.settlement_vault.requests import BATCH, SignedRequest, request_id, requested

KEY = bytes32("key")
NOT_SIGNED = b""


def test_anyone_submits_what_the_owner_signed(
    vault: Contract, alice: Account, bob: Account, carol: Account, order: SignedRequest, sign: Sign
) -> None:
    answer, receipt = requested(vault.transfer_signed, *order, sign(order), sender=carol)
    known = request_id(alice, KEY)
    assert answer == (known, True)
    accounts = account_of(alice), account_of(bob)
    assert events_of(receipt, vault) == [posting(*accounts, 25, TRANSFER, (75, 25), known, bytes32("invoice 7"))]


def test_the_owner_submits_it_himself(vault: Contract, alice: Account, order: SignedRequest, sign: Sign) -> None:
    vault.transfer_signed(*order, sign(order), sender=alice)
    assert vault.balance_of(account_of(alice)) == 75


def test_a_sub_account_is_moved_by_its_owners_signature(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign, fund: Callable[..., int]
) -> None:
    savings = fund(alice, 30, number=4)
    request = savings, account_of(bob), 30, NO_REFERENCE, KEY, LARGEST
    vault.transfer_signed(*request, sign(request), sender=bob)
    assert [vault.balance_of(account) for account in (savings, order[0])] == [0, 100]


# -- again


def test_submitted_again_it_moves_nothing_and_the_answer_says_so(
    vault: Contract, alice: Account, bob: Account, carol: Account, order: SignedRequest, sign: Sign
) -> None:
    signature = sign(order)
    vault.transfer_signed(*order, signature, sender=bob)
    answer, receipt = requested(vault.transfer_signed, *order, signature, sender=carol)
    assert answer == (request_id(alice, KEY), False)
    assert events_of(receipt, vault) == []
    assert vault.balance_of(account_of(alice)) == 75


def test_a_retry_is_answered_even_after_the_deadline(
    vault: Contract, chain: Chain, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    signature = sign(order)
    vault.transfer_signed(*order, signature, sender=bob)
    travel_to(chain, order[5] + 100)
    assert requested(vault.transfer_signed, *order, signature, sender=bob)[0] == (request_id(alice, KEY), False)


def test_a_retry_tells_only_what_was_done_and_needs_no_signature(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    vault.transfer_signed(*order, sign(order), sender=bob)
    answer, receipt = requested(vault.transfer_signed, *order[:5], 0, NOT_SIGNED, sender=bob)
    assert answer == (request_id(alice, KEY), False)
    assert events_of(receipt, vault) == []


def test_two_signatures_over_one_key_act_once(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    later = (*order[:5], order[5] + 1)
    dearer = (*order[:2], 26, *order[3:])
    vault.transfer_signed(*order, sign(order), sender=bob)
    assert requested(vault.transfer_signed, *later, sign(later), sender=bob)[0] == (request_id(alice, KEY), False)
    with refused("KeyUsedForAnotherRequest", request_id(alice, KEY)):
        vault.transfer_signed(*dearer, sign(dearer), sender=bob)
    assert vault.balance_of(account_of(alice)) == 75


# -- the owner's other requests


def test_what_the_owner_did_himself_is_not_done_again_by_his_signature(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    vault.transfer(*order[:5], sender=alice)
    assert requested(vault.transfer_signed, *order, sign(order), sender=bob)[0] == (request_id(alice, KEY), False)
    assert vault.balance_of(account_of(alice)) == 75


def test_what_was_signed_and_done_is_not_done_again_by_the_owner(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    vault.transfer_signed(*order, sign(order), sender=bob)
    assert requested(vault.transfer, *order[:5], sender=alice)[0] == (request_id(alice, KEY), False)
    assert vault.balance_of(account_of(alice)) == 75


def test_a_key_used_for_something_else_voids_the_signature(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    vault.transfer(*order[:2], 1, *order[3:5], sender=alice)
    with refused("KeyUsedForAnotherRequest", request_id(alice, KEY)):
        vault.transfer_signed(*order, sign(order), sender=bob)


def test_a_batch_under_the_same_key_leaves_the_signature_alone(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    vault.transfer_batch([order[:4]], KEY, sender=alice)
    assert requested(vault.transfer_signed, *order, sign(order), sender=bob)[0] == (request_id(alice, KEY), True)
    assert request_id(alice, KEY) != request_id(alice, KEY, BATCH)


# -- in time


def test_the_deadline_is_the_last_second(
    vault: Contract, chain: Chain, bob: Account, alice: Account, order: SignedRequest, sign: Sign
) -> None:
    signature = sign(order)
    travel_to(chain, order[5])
    receipt = vault.transfer_signed(*order, signature, sender=bob)
    assert receipt.timestamp == order[5]
    assert vault.balance_of(account_of(alice)) == 75


def test_after_the_deadline_nothing_moves_and_the_key_is_free(
    vault: Contract, chain: Chain, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    signature = sign(order)
    travel_to(chain, order[5] + 1)
    with refused("SignatureExpired", order[5]):
        vault.transfer_signed(*order, signature, sender=bob)
    assert requested(vault.transfer, *order[:5], sender=alice)[0] == (request_id(alice, KEY), True)


# -- refused


def test_a_refused_transfer_does_not_use_up_its_signature(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign, fund: Callable[..., int]
) -> None:
    dear = (*order[:2], 101, *order[3:])
    signature = sign(dear)
    with refused("InsufficientBalance", account_of(alice), 100, 101):
        vault.transfer_signed(*dear, signature, sender=bob)
    fund(alice, 1)
    assert requested(vault.transfer_signed, *dear, signature, sender=bob)[0] == (request_id(alice, KEY), True)


@pytest.mark.parametrize("fault", ["nothing", "itself", "nobody", "vault", "token"])
def test_a_signature_allows_no_more_than_its_owner_may(
    vault: Contract, token: Contract, bob: Account, order: SignedRequest, sign: Sign, fault: str
) -> None:
    main = order[0]
    changes = {
        "nothing": (main, order[1], 0, "ZeroAmount", ()),
        "itself": (main, main, 1, "SameAccount", (main,)),
        "nobody": (main, OUTSIDE, 1, "InvalidAccount", (OUTSIDE,)),
        "vault": (main, account_of(vault), 1, "InvalidAccount", (account_of(vault),)),
        "token": (main, account_of(token), 1, "InvalidAccount", (account_of(token),)),
    }
    *movement, error, arguments = changes[fault]
    request = (*movement, *order[3:])
    with refused(str(error), *arguments):
        vault.transfer_signed(*request, sign(request), sender=bob)
