"""burn_key: an owner makes a key of his void, and with it whatever was signed."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.ledger import NO_REFERENCE, TRANSFER, account_of, bytes32
from tests.contracts.refusals import refused
from tests.contracts.settlement_vault.conftest import Sign
from tests.contracts.settlement_vault.requests import BATCH, SignedRequest, request_id, requested

KEY = bytes32("key")
KINDS = [TRANSFER, BATCH]


@pytest.mark.parametrize("kind", KINDS)
def test_burning_a_key_is_told(vault: Contract, alice: Account, kind: int) -> None:
    known = request_id(alice, KEY, kind)
    receipt = vault.burn_key(kind, KEY, sender=alice)
    told = {"owner": alice.address, "kind": kind, "key": KEY, "request_id": known}
    assert events_of(receipt, vault) == [("KeyBurnt", told)]
    assert int.from_bytes(vault.fingerprint_of(known), "big") == 1


def test_a_signed_transfer_whose_key_is_burnt_never_moves(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    signature = sign(order)
    vault.burn_key(TRANSFER, KEY, sender=alice)
    with refused("KeyVoid", request_id(alice, KEY)):
        vault.transfer_signed(*order, signature, sender=bob)
    assert vault.balance_of(account_of(alice)) == 100


def test_a_burnt_key_serves_no_transfer(vault: Contract, alice: Account, order: SignedRequest) -> None:
    vault.burn_key(TRANSFER, KEY, sender=alice)
    with refused("KeyVoid", request_id(alice, KEY)):
        vault.transfer(*order[:5], sender=alice)


def test_a_burnt_key_serves_no_batch(vault: Contract, alice: Account, order: SignedRequest) -> None:
    vault.burn_key(BATCH, KEY, sender=alice)
    with refused("KeyVoid", request_id(alice, KEY, BATCH)):
        vault.transfer_batch([order[:4]], KEY, sender=alice)


def test_a_key_is_burnt_for_its_kind_only(vault: Contract, alice: Account, order: SignedRequest) -> None:
    vault.burn_key(TRANSFER, KEY, sender=alice)
    answer, _ = requested(vault.transfer_batch, [order[:4]], KEY, sender=alice)
    assert answer == (request_id(alice, KEY, BATCH), True)


def test_nobody_burns_the_key_of_another(
    vault: Contract, alice: Account, bob: Account, order: SignedRequest, sign: Sign
) -> None:
    vault.burn_key(TRANSFER, KEY, sender=bob)
    vault.transfer_signed(*order, sign(order), sender=bob)
    assert vault.balance_of(account_of(alice)) == 75


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_burnt_twice_is_told_once(vault: Contract, alice: Account, kind: int) -> None:
    vault.burn_key(kind, KEY, sender=alice)
    assert events_of(vault.burn_key(kind, KEY, sender=alice), vault) == []


def test_a_key_that_acted_is_not_burnt_and_its_retry_is_answered(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    request = fund(alice, 100), account_of(bob), 10, NO_REFERENCE, KEY
    vault.transfer(*request, sender=alice)
    with refused("KeyUsedForAnotherRequest", request_id(alice, KEY)):
        vault.burn_key(TRANSFER, KEY, sender=alice)
    assert requested(vault.transfer, *request, sender=alice)[0] == (request_id(alice, KEY), False)


@pytest.mark.parametrize("kind", [0, 1, 2, 5, 7, 255])
def test_only_transfers_and_batches_have_keys(vault: Contract, alice: Account, kind: int) -> None:
    with refused("InvalidKind", kind):
        vault.burn_key(kind, KEY, sender=alice)
