"""place_signed: an order that its owner signed, submitted by anyone, once; and burn_key."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from bench.compiled import Contract
from bench.stage import ADMIN_AT, DEPLOYER_AT, FEE_RECEIVER_AT, ours, signer
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CAROL,
    DAVE,
    FLAT,
    HOUR,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    NOBODY,
    Market,
    Order,
    number_in,
    refused,
)
from tests.contracts.marketplace.signing import signed_order, typed_order

ORDER_OF_SECP256K1 = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KIND = 1
KEY, OTHER_KEY = (name.ljust(32, b"\0") for name in (b"key", b"another key"))


def request_id(owner: str, key: bytes) -> bytes:
    return keccak(encode(["address", "uint8", "bytes32"], [owner, KIND, key]))


def submit(market: Market, order: Order, key: bytes = KEY, signature: bytes | None = None, owner: str = ALICE) -> int:
    """An order of alice's, by carol; gives its id."""
    signature = signature or signed_order("alice", market.contract, ALICE, order, key)
    return number_in(market.send(CAROL, "place_signed", owner, order, key, signature))


def refuse(market: Market, order: Order, signature: bytes, key: bytes = KEY, owner: str = ALICE) -> None:
    with refused("InvalidSignature", owner):
        submit(market, order, key, signature, owner)
    assert market.ask("book_of", order.property_id)[2] == 0


@pytest.fixture
def order(market: Market) -> Order:
    return market.order(BID, 100, 10)


# -- what it does


def test_a_signed_order_is_its_owners_whoever_submits_it(market: Market, order: Order) -> None:
    before = market.money(ALICE), market.money(CAROL)
    order_id = submit(market, order)
    assert market.ask("order_of", order_id)[:2] == (ALICE, 10)
    assert (before[0] - market.money(ALICE), market.money(CAROL)) == (market.escrow(), before[1])
    market.send(ALICE, "cancel", order_id)


def test_a_signed_order_trades_as_any_other(market: Market, order: Order) -> None:
    ask = market.place(BOB, ASK, 90, 4)
    receipt = market.send(CAROL, "place_signed", ALICE, order, KEY, signed_order(
        "alice", market.contract, ALICE, order, KEY))  # fmt: skip
    assert market.filled(receipt) == [(ask, 4)]
    assert market.remaining(number_in(receipt)) == [6]


def test_a_signed_order_of_ones_own_submitters_orders_are_anothers(market: Market, order: Order) -> None:
    """Self-trade is of the owner, not of who submits."""
    ask = market.place(CAROL, ASK, 100, 4)
    receipt = market.send(CAROL, "place_signed", ALICE, order, KEY, signed_order(
        "alice", market.contract, ALICE, order, KEY))  # fmt: skip
    assert market.filled(receipt) == [(ask, 4)]


def test_eligibility_is_the_owners(market: Market) -> None:
    order = market.order(BID, 100, 10, property_id=FLAT)
    signature = signed_order("dave", market.contract, DAVE, order, KEY)
    with refused("NotEligible", FLAT, DAVE):
        market.send(CAROL, "place_signed", DAVE, order, KEY, signature)


def test_the_domain_is_that_of_eip_712(market: Market, order: Order) -> None:
    assert market.ask("DOMAIN_SEPARATOR") == typed_order(market.contract, ALICE, order, KEY).header


# -- altered


@pytest.mark.parametrize("field", Order._fields)
def test_every_word_of_an_order_is_signed(market: Market, order: Order, field: str) -> None:
    others = {"property_id": FLAT, "side": ASK, "order_type": IMMEDIATE_OR_CANCEL, "expiry": market.now + HOUR}
    altered = order._replace(**{field: others.get(field, getattr(order, field) + 1)})
    refuse(market, altered, signed_order("alice", market.contract, ALICE, order, KEY))


def test_key_and_owner_are_signed(market: Market, order: Order) -> None:
    signature = signed_order("alice", market.contract, ALICE, order, KEY)
    refuse(market, order, signature, key=OTHER_KEY)
    refuse(market, order, signature, owner=BOB)
    # Even where the key is that of the owner who is named.
    refuse(market, order, signed_order("bob", market.contract, ALICE, order, KEY), owner=BOB)


@pytest.mark.parametrize(
    "domain",
    [
        {"chainId": 1},
        {"verifyingContract": "0x" + "11" * 20},
        {"name": "Freehold SettlementVault"},
        {"version": "2"},
        {"kind": "order"},
    ],
    ids=lambda domain: next(iter(domain)),
)
def test_what_was_signed_for_elsewhere_is_worth_nothing_here(
    market: Market, order: Order, domain: dict[str, Any]
) -> None:
    refuse(market, order, signed_order("alice", market.contract, ALICE, order, KEY, **domain))


def test_an_order_that_was_placed_in_one_marketplace_is_worth_nothing_in_another(market: Market, order: Order) -> None:
    stage = market.stage
    arguments = stage.vault, stage.token, stage.registry, FEE_RECEIVER_AT, ADMIN_AT
    other = stage.evm.deploy(DEPLOYER_AT, ours("Marketplace"), *arguments)
    signature = signed_order("alice", market.contract, ALICE, order, KEY)
    submit(market, order, signature=signature)
    with refused("InvalidSignature", ALICE):
        market.evm.send(CAROL, other, "place_signed", ALICE, order, KEY, signature)


@pytest.mark.parametrize("who", ["bob", "admin", "deployer", "issuer"])
def test_nobody_signs_for_another(market: Market, order: Order, who: str) -> None:
    refuse(market, order, signed_order(who, market.contract, ALICE, order, KEY))


def test_nobody_signs_for_address_zero(market: Market, order: Order) -> None:
    for signature in (b"", bytes(65), bytes(64) + b"\x1b"):
        with refused("InvalidSignature", NOBODY):
            market.send(CAROL, "place_signed", NOBODY, order, KEY, signature)


def test_of_the_two_signatures_that_verify_only_the_low_one_is_taken(market: Market, order: Order) -> None:
    low = signed_order("alice", market.contract, ALICE, order, KEY)
    s = ORDER_OF_SECP256K1 - int.from_bytes(low[32:64], "big")
    refuse(market, order, low[:32] + s.to_bytes(32, "big") + bytes([55 - low[64]]))
    submit(market, order, signature=low)


@pytest.mark.parametrize("length", [0, 1, 64, 66, 1024])
def test_a_signature_has_65_bytes(market: Market, order: Order, length: int) -> None:
    good = signed_order("alice", market.contract, ALICE, order, KEY)
    with refused("InvalidSignature", ALICE):
        market.send(CAROL, "place_signed", ALICE, order, KEY, good.ljust(1024, b"\0")[:length])


# -- time


def test_a_deadline_is_the_last_second_of_placing(market: Market, order: Order) -> None:
    market.evm.travel(HOUR)
    submit(market, order)
    market.evm.travel(1)
    with refused("SignatureExpired", order.deadline):
        submit(market, order, OTHER_KEY)


# -- once


@pytest.mark.parametrize("end", ["rests", "cancelled", "filled", "unfilled"])
def test_a_key_acts_once_whatever_becomes_of_the_order(market: Market, end: str) -> None:
    order = market.order(BID, 100, 10, order_type=IMMEDIATE_OR_CANCEL if end == "unfilled" else 0)
    order_id = submit(market, order)
    if end == "cancelled":
        market.send(ALICE, "cancel", order_id)
    if end == "filled":
        market.place(BOB, ASK, 100, 10)
    with refused("OrderPlacedBefore", request_id(ALICE, KEY)):
        submit(market, order)
    with refused("KeyUsedForAnotherRequest", request_id(ALICE, KEY)):
        submit(market, order._replace(quantity=11))
    submit(market, order, OTHER_KEY)


def test_a_key_whose_order_was_refused_is_still_good(market: Market, order: Order) -> None:
    unpayable = order._replace(quantity=10**12)
    with refused_for_money(market, unpayable):
        submit(market, unpayable)
    submit(market, order)


def refused_for_money(market: Market, order: Order) -> Any:
    price = order.tick * 10_000 * order.quantity
    return refused("InsufficientBalance", int(ALICE, 16) << 96, market.money(ALICE), price + price * 500 // 10**6)


def test_a_key_is_its_owners(market: Market, order: Order) -> None:
    submit(market, order)
    signature = signed_order("bob", market.contract, BOB, order, KEY)
    market.send(CAROL, "place_signed", BOB, order, KEY, signature)


# -- burn_key


def test_a_burnt_key_places_nothing(market: Market, order: Order) -> None:
    receipt = market.send(ALICE, "burn_key", KEY)
    burnt = {"owner": ALICE, "kind": KIND, "key": KEY, "request_id": request_id(ALICE, KEY)}
    assert [event for _, event in receipt.events] == [("KeyBurnt", burnt)]
    with refused("KeyVoid", request_id(ALICE, KEY)):
        submit(market, order)
    submit(market, order, OTHER_KEY)


def test_a_key_is_burnt_once_and_only_its_owners(market: Market, order: Order) -> None:
    market.send(BOB, "burn_key", KEY)
    submit(market, order)
    market.send(ALICE, "burn_key", OTHER_KEY)
    assert market.send(ALICE, "burn_key", OTHER_KEY).events == []


def test_a_key_that_acted_is_not_burnt(market: Market, order: Order) -> None:
    submit(market, order)
    with refused("KeyUsedForAnotherRequest", request_id(ALICE, KEY)):
        market.send(ALICE, "burn_key", KEY)


def test_keys_of_the_vault_are_others(market: Market, order: Order) -> None:
    market.evm.send(ALICE, market.stage.vault, "burn_key", 3, KEY)
    submit(market, order)


# -- owners that are contracts, or carry code (EIP-7702)

MAGIC = bytes.fromhex("1626ba7e").ljust(32, b"\0")
WORD = b"not an ECDSA signature"
LIES = [b"", bytes(32), MAGIC[:31], MAGIC[:4], MAGIC[:4] + b"\1" * 28, b"\xff" * 32, bytes(32) + MAGIC]


def approve(market: Market, wallet: Contract, order: Order) -> None:
    message = typed_order(market.contract, wallet.address, order, KEY)
    digest = bytes(signer("anyone").sign_message(message).message_hash)
    market.evm.send(ALICE, wallet, "approve", digest, WORD)


def test_a_wallet_stands_by_one_order(market: Market, wallet: Contract, order: Order) -> None:
    market.fill(wallet.address, amount=10**12)
    approve(market, wallet, order)
    refuse(market, order._replace(quantity=11), WORD, owner=wallet.address)
    order_id = submit(market, order, signature=WORD, owner=wallet.address)
    assert market.ask("order_of", order_id)[0] == wallet.address


@pytest.mark.parametrize("lie", LIES)
def test_no_clear_yes_of_a_wallet_is_a_no(market: Market, wallet: Contract, order: Order, lie: bytes) -> None:
    market.fill(wallet.address, amount=10**12)
    market.evm.send(ALICE, wallet, "answer_with", lie)
    refuse(market, order, WORD, owner=wallet.address)


@pytest.mark.parametrize("reason", [b"", MAGIC])
def test_a_wallet_that_reverts_refuses(market: Market, wallet: Contract, order: Order, reason: bytes) -> None:
    market.evm.send(ALICE, wallet, "revert_with", reason)
    refuse(market, order, WORD, owner=wallet.address)


@pytest.mark.slow
def test_a_wallet_that_never_answers_refuses(market: Market, wallet: Contract, order: Order) -> None:
    market.evm.send(ALICE, wallet, "loop")
    refuse(market, order, WORD, owner=wallet.address)


@pytest.mark.parametrize("function", ["place", "burn_key", "cancel", "collect_fees"])
def test_a_wallet_changes_nothing_while_it_is_asked(
    market: Market, wallet: Contract, order: Order, function: str
) -> None:
    market.fill(wallet.address, amount=10**12)
    arguments: dict[str, tuple[Any, ...]] = {"place": (order,), "burn_key": (KEY,), "cancel": (HOUSE << 40 | 1,)}
    request = market.contract.calldata(function, arguments.get(function, ()))
    market.evm.send(ALICE, wallet, "call_back", market.contract.address, request)
    order_id = submit(market, order, signature=WORD, owner=wallet.address)
    assert market.ask("book_of", HOUSE)[2] == order_id & 0xFF == 1


def test_a_key_keeps_its_word_whatever_code_its_account_carries(market: Market, wallet: Contract, order: Order) -> None:
    alice = market.delegate(ALICE, wallet)
    market.evm.send(BOB, alice, "revert_with", b"never")
    submit(market, order)


def test_an_account_with_code_stands_by_what_its_code_does(market: Market, wallet: Contract, order: Order) -> None:
    alice = market.delegate(ALICE, wallet)
    refuse(market, order, WORD)
    approve(market, alice, order)
    submit(market, order, signature=WORD)
