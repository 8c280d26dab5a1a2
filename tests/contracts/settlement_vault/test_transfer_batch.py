"""transfer_batch: along every leg or along none, once per key."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.ape_types import Account, Contract
from tests.contracts.events import events_of
from tests.contracts.ledger import NO_REFERENCE, OUTSIDE, account_of, bytes32, posting
from tests.contracts.refusals import Refusal, refused, refused_as, refused_silently
from tests.contracts.settlement_vault.requests import BATCH, request_id, requested

KEY, OTHER_KEY = bytes32("key"), bytes32("other key")
MAX_LEGS = 64
Leg = tuple[int, int, int, bytes]


@pytest.fixture
def wages(alice: Account, bob: Account, carol: Account, fund: Callable[..., int]) -> list[Leg]:
    """From alice's main account, 100, and a sub-account of hers, 50: to bob, to carol, to bob again."""
    main, till = fund(alice, 100), fund(alice, 50, number=1)
    return [
        (main, account_of(bob), 60, bytes32("may")),
        (till, account_of(carol, 9), 50, NO_REFERENCE),
        (main, account_of(bob), 40, bytes32("june")),
    ]


def balances(vault: Contract, *people: Account) -> list[int]:
    return [vault.balance_of(account_of(person)) for person in people]


def test_all_legs_are_posted_in_order_under_one_id(
    vault: Contract, alice: Account, bob: Account, carol: Account, wages: list[Leg]
) -> None:
    answer, receipt = requested(vault.transfer_batch, wages, KEY, sender=alice)
    known = request_id(alice, KEY, BATCH)
    assert answer == (known, True)
    assert events_of(receipt, vault) == [
        posting(account_of(alice), account_of(bob), 60, BATCH, (40, 60), known, bytes32("may")),
        posting(account_of(alice, 1), account_of(carol, 9), 50, BATCH, (0, 50), known),
        posting(account_of(alice), account_of(bob), 40, BATCH, (0, 100), known, bytes32("june")),
    ]
    assert balances(vault, alice, bob) == [0, 100]
    assert vault.balance_of(OUTSIDE) == 150


def test_the_use_of_its_key_can_be_asked(vault: Contract, alice: Account, wages: list[Leg]) -> None:
    vault.transfer_batch(wages, KEY, sender=alice)
    known = vault.request_id_of(alice, BATCH, KEY)
    assert vault.fingerprint_of(known) == keccak(encode(["(uint256,uint256,uint256,bytes32)[]"], [wages]))


def test_the_same_batch_again_moves_nothing_and_the_answer_says_so(
    vault: Contract, alice: Account, bob: Account, wages: list[Leg]
) -> None:
    vault.transfer_batch(wages, KEY, sender=alice)
    answer, receipt = requested(vault.transfer_batch, wages, KEY, sender=alice)
    assert answer == (request_id(alice, KEY, BATCH), False)
    assert events_of(receipt, vault) == []
    assert balances(vault, alice, bob) == [0, 100]


@pytest.mark.parametrize("changed", ["shorter", "longer", "another order", "an amount", "a reference"])
def test_a_key_does_not_serve_another_batch(vault: Contract, alice: Account, wages: list[Leg], changed: str) -> None:
    first, second, third = wages
    others = {
        "shorter": [first, second],
        "longer": [*wages, (first[0], first[1], 1, NO_REFERENCE)],
        "another order": [third, second, first],
        "an amount": [first, second, (*third[:2], 39, third[3])],
        "a reference": [first, second, (*third[:3], bytes32("may"))],
    }
    vault.transfer_batch(wages, KEY, sender=alice)
    with refused("KeyUsedForAnotherRequest", request_id(alice, KEY, BATCH)):
        vault.transfer_batch(others[changed], KEY, sender=alice)


def test_where_one_leg_fails_none_is_done_and_the_key_is_free(
    vault: Contract, alice: Account, bob: Account, wages: list[Leg]
) -> None:
    short = [*wages[:2], (*wages[2][:2], 41, NO_REFERENCE)]
    with refused("InsufficientBalance", account_of(alice), 40, 41):
        vault.transfer_batch(short, KEY, sender=alice)
    assert balances(vault, alice, bob) == [100, 0]
    answer, _ = requested(vault.transfer_batch, wages, KEY, sender=alice)
    assert answer == (request_id(alice, KEY, BATCH), True)


def test_an_account_may_receive_in_one_leg_what_it_pays_in_the_next(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    main, purse = fund(alice, 100), account_of(alice, 5)
    legs = [(main, purse, 100, NO_REFERENCE), (purse, account_of(bob), 100, NO_REFERENCE)]
    vault.transfer_batch(legs, KEY, sender=alice)
    assert balances(vault, alice, bob) == [0, 100]


def test_every_leg_debits_an_account_of_the_caller(
    vault: Contract, alice: Account, bob: Account, wages: list[Leg], fund: Callable[..., int]
) -> None:
    strange = (fund(bob, 10), account_of(alice), 10, NO_REFERENCE)
    for legs in ([strange], [*wages, strange]):
        with refused("NotAccountOwner", account_of(bob), alice.address):
            vault.transfer_batch(legs, KEY, sender=alice)
    assert balances(vault, alice, bob) == [100, 10]


def test_a_batch_without_legs_is_refused(vault: Contract, alice: Account) -> None:
    with refused("EmptyBatch"):
        vault.transfer_batch([], KEY, sender=alice)


@pytest.mark.parametrize("fault", ["nothing", "itself", "nobody", "an agent"])
def test_what_a_transfer_may_not_do_no_leg_may(
    vault: Contract, token: Contract, alice: Account, bob: Account, wages: list[Leg], fault: str
) -> None:
    main = account_of(alice)
    faults: dict[str, tuple[Leg, Refusal]] = {
        "nothing": ((main, account_of(bob), 0, NO_REFERENCE), Refusal("ZeroAmount")),
        "itself": ((main, main, 1, NO_REFERENCE), Refusal("SameAccount", main)),
        "nobody": ((main, OUTSIDE, 1, NO_REFERENCE), Refusal("InvalidAccount", OUTSIDE)),
        "an agent": ((main, account_of(token, 1), 1, NO_REFERENCE), Refusal("InvalidAccount", account_of(token, 1))),
    }
    leg, refusal = faults[fault]
    with refused_as(refusal):
        vault.transfer_batch([*wages[:1], leg], KEY, sender=alice)


def many(sender: int, receiver: int, count: int) -> list[Leg]:
    return [(sender, receiver, 1, number.to_bytes(32, "big")) for number in range(count)]


def test_a_batch_has_64_legs_at_most(vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]) -> None:
    account = fund(alice, 100)
    with refused_silently():
        vault.transfer_batch(many(account, account_of(bob), MAX_LEGS + 1), KEY, sender=alice)
    receipt = vault.transfer_batch(many(account, account_of(bob), MAX_LEGS), KEY, sender=alice)
    assert len(events_of(receipt, vault)) == MAX_LEGS
    assert balances(vault, alice, bob) == [36, 64]


def test_the_keys_of_batches_are_not_those_of_transfers(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    request: tuple[Any, ...] = fund(alice, 100), account_of(bob), 10, NO_REFERENCE
    answers = [
        requested(vault.transfer, *request, KEY, sender=alice)[0],
        requested(vault.transfer_batch, [request], KEY, sender=alice)[0],
    ]
    assert answers == [(request_id(alice, KEY), True), (request_id(alice, KEY, BATCH), True)]
    assert balances(vault, alice, bob) == [80, 20]


def test_another_key_does_the_same_batch_again(
    vault: Contract, alice: Account, bob: Account, fund: Callable[..., int]
) -> None:
    legs = [(fund(alice, 100), account_of(bob), 10, NO_REFERENCE)]
    for key in (KEY, OTHER_KEY):
        vault.transfer_batch(legs, key, sender=alice)
    assert balances(vault, alice, bob) == [80, 20]
