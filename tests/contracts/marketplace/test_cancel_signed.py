"""cancel_signed: a cancellation that the order's owner signed, submitted by anyone; there is one order to it."""

from typing import Any

import pytest

from bench.compiled import Contract
from bench.stage import signer
from tests.contracts.marketplace.market import ALICE, ASK, BID, BOB, CANCELLED, CAROL, HOUR, Market, refused
from tests.contracts.marketplace.signing import signed_cancellation, typed_cancellation

ORDER_OF_SECP256K1 = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
WORD = b"not an ECDSA signature"


def cancel(market: Market, order_id: int, deadline: int, signature: bytes) -> list[tuple[int, int]]:
    return market.removed(market.send(CAROL, "cancel_signed", order_id, deadline, signature))


@pytest.mark.parametrize("side", [BID, ASK])
def test_anyone_submits_what_the_owner_signed(market: Market, side: int) -> None:
    before = market.money(ALICE)
    order_id, deadline = market.place(ALICE, side, 100, 5), market.now + HOUR
    signature = signed_cancellation("alice", market.contract, order_id, deadline)
    assert cancel(market, order_id, deadline, signature) == [(order_id, CANCELLED)]
    assert (market.money(ALICE), market.locked(ALICE)) == (before, 0)


def test_a_cancellation_is_not_replayed(market: Market) -> None:
    """Its order is gone, and no other ever has that number."""
    order_id, deadline = market.place(ALICE, BID, 100, 5), market.now + HOUR
    signature = signed_cancellation("alice", market.contract, order_id, deadline)
    cancel(market, order_id, deadline, signature)
    following = market.place(ALICE, BID, 100, 5)
    with refused("UnknownOrder", order_id):
        cancel(market, order_id, deadline, signature)
    with refused("InvalidSignature", ALICE):
        cancel(market, following, deadline, signature)


def test_a_deadline_is_the_last_second_of_cancelling(market: Market) -> None:
    orders = [market.place(ALICE, BID, 100, 5) for _ in range(2)]
    deadline = market.now + HOUR
    market.evm.travel(HOUR)
    cancel(market, orders[0], deadline, signed_cancellation("alice", market.contract, orders[0], deadline))
    market.evm.travel(1)
    with refused("SignatureExpired", deadline):
        cancel(market, orders[1], deadline, signed_cancellation("alice", market.contract, orders[1], deadline))


def test_order_and_deadline_are_signed(market: Market) -> None:
    orders = [market.place(ALICE, BID, 100, 5) for _ in range(2)]
    deadline = market.now + HOUR
    signature = signed_cancellation("alice", market.contract, orders[0], deadline)
    for altered in ((orders[1], deadline), (orders[0], deadline + 1)):
        with refused("InvalidSignature", ALICE):
            cancel(market, *altered, signature)


@pytest.mark.parametrize("who", ["bob", "admin", "pauser"])
def test_nobody_signs_for_the_owner(market: Market, who: str) -> None:
    order_id, deadline = market.place(ALICE, BID, 100, 5), market.now + HOUR
    with refused("InvalidSignature", ALICE):
        cancel(market, order_id, deadline, signed_cancellation(who, market.contract, order_id, deadline))


@pytest.mark.parametrize(
    "domain",
    [
        {"chainId": 1},
        {"verifyingContract": "0x" + "11" * 20},
        {"name": "Freehold"},
        {"version": "2"},
        {"kind": "Order"},
    ],
    ids=lambda domain: next(iter(domain)),
)
def test_what_was_signed_for_elsewhere_is_worth_nothing_here(market: Market, domain: dict[str, Any]) -> None:
    order_id, deadline = market.place(ALICE, BID, 100, 5), market.now + HOUR
    signature = signed_cancellation("alice", market.contract, order_id, deadline, **domain)
    with refused("InvalidSignature", ALICE):
        cancel(market, order_id, deadline, signature)


def test_of_the_two_signatures_that_verify_only_the_low_one_is_taken(market: Market) -> None:
    order_id, deadline = market.place(ALICE, BID, 100, 5), market.now + HOUR
    low = signed_cancellation("alice", market.contract, order_id, deadline)
    s = ORDER_OF_SECP256K1 - int.from_bytes(low[32:64], "big")
    with refused("InvalidSignature", ALICE):
        cancel(market, order_id, deadline, low[:32] + s.to_bytes(32, "big") + bytes([55 - low[64]]))


def test_a_wallet_stands_by_a_cancellation(market: Market, wallet: Contract) -> None:
    market.fill(wallet.address, amount=10**12)
    request = market.contract.calldata("place", (market.order(BID, 100, 5),))
    market.evm.send(BOB, wallet, "execute", market.contract.address, request)
    order_id, deadline = market.ask("level_of", 1, BID, 100)[0] | 1 << 40, market.now + HOUR
    with refused("InvalidSignature", wallet.address):
        cancel(market, order_id, deadline, WORD)
    message = typed_cancellation(market.contract, order_id, deadline)
    digest = bytes(signer("anyone").sign_message(message).message_hash)
    market.evm.send(BOB, wallet, "approve", digest, WORD)
    assert cancel(market, order_id, deadline, WORD) == [(order_id, CANCELLED)]
