"""Contracts that trade: as makers none of their code runs; as takers they are asked last, and may refuse."""

from typing import Any

import pytest

from bench.compiled import Contract
from bench.evm import Receipt, Reverted
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BID,
    BOB,
    CAROL,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    Market,
    id_of,
    number_in,
    refused,
)

SIDES = pytest.mark.parametrize("side", [BID, ASK])
ACCEPTS = bytes.fromhex("f23a6e61").ljust(32, b"\0")


@pytest.fixture
def rich(market: Market, receiver: Contract) -> Contract:
    """The receiver, with money and fractions."""
    market.fill(receiver.address, amount=10**12, fractions=100)
    return receiver


def execute(market: Market, contract: Contract, function: str, *arguments: Any) -> Receipt:
    """Let a contract call the marketplace."""
    request = market.contract.calldata(function, arguments)
    return market.evm.send(CAROL, contract, "execute", market.contract.address, request)


def place(market: Market, contract: Contract, side: int, tick: int, quantity: int, **changes: int) -> Receipt:
    return execute(market, contract, "place", market.order(side, tick, quantity, **changes))


def asked(receipt: Receipt) -> list[dict[str, Any]]:
    return [said for _, (name, said) in receipt.events if name == "Asked"]


# -- makers


@SIDES
@pytest.mark.parametrize("delegated", [False, True])
def test_no_code_of_a_maker_runs_whatever_it_would_do(
    market: Market, rich: Contract, side: int, delegated: bool
) -> None:
    maker = market.delegate(ALICE, rich) if delegated else rich
    place(market, maker, 1 - side, 100, 10)
    market.evm.send(CAROL, maker, "revert_with", b"never")
    receipt = market.placing(BOB, side, 100, 4)
    assert market.filled(receipt) == [(id_of(1), 4)]
    assert maker.address not in receipt.called
    # Nor when it leaves.
    market.end(HOUSE)
    receipt = market.send(CAROL, "prune", [id_of(1)])
    assert number_in(receipt) == 1
    assert maker.address not in receipt.called


@SIDES
def test_a_maker_that_is_met_as_expired_is_not_called_either(market: Market, rich: Contract, side: int) -> None:
    place(market, rich, 1 - side, 100, 10, expiry=market.now)
    market.evm.send(CAROL, rich, "revert_with", b"never")
    market.evm.travel(1)
    receipt = market.placing(BOB, side, 100, 4)
    assert len(market.removed(receipt)) == 1
    assert rich.address not in receipt.called


def test_a_maker_without_any_hook_trades(market: Market, wallet: Contract) -> None:
    """It consented by placing its order."""
    market.fill(wallet.address, amount=10**12)
    place(market, wallet, BID, 100, 10)
    market.place(BOB, ASK, 100, 10)
    assert market.fractions(wallet.address) == 10


# -- takers


def test_a_taker_is_asked_last_about_all_that_it_bought(market: Market, rich: Contract) -> None:
    for tick in (100, 101):
        market.place(ALICE, ASK, tick, 5)
    receipt = place(market, rich, BID, 101, 12)
    marketplace = market.contract.address
    assert asked(receipt) == [
        {
            "operator": marketplace,
            "sender": marketplace,
            "ids": (HOUSE,),
            "amounts": (10,),
            "data": b"",
            "sender_balance": 0,
            "own_balance": 110,
        }
    ]
    assert receipt.events[-1][1][0] == "Asked"


def test_whoever_takes_nothing_or_sells_is_not_asked(market: Market, rich: Contract) -> None:
    market.evm.send(CAROL, rich, "revert_with", b"never")
    place(market, rich, BID, 100, 5)
    place(market, rich, ASK, 200, 5)
    market.place(BOB, BID, 150, 5)
    assert asked(place(market, rich, ASK, 150, 5)) == []
    assert asked(execute(market, rich, "cancel", id_of(1))) == []


@pytest.mark.parametrize("delegated", [False, True])
def test_a_taker_that_refuses_undoes_all(market: Market, rich: Contract, delegated: bool) -> None:
    taker = market.delegate(BOB, rich) if delegated else rich
    order_id = market.place(ALICE, ASK, 100, 5)
    before = market.money(taker.address)
    market.evm.send(CAROL, taker, "answer_with", b"\xff" * 32)
    for order_type in (0, IMMEDIATE_OR_CANCEL):
        with refused("ERC1155InvalidReceiver", taker.address):
            place(market, taker, BID, 100, 9, order_type=order_type)
    assert (market.remaining(order_id), market.money(taker.address), market.escrow()) == ([5], before, 0)
    market.evm.send(CAROL, taker, "answer_with", ACCEPTS)
    place(market, taker, BID, 100, 9)
    assert market.remaining(order_id) == [0]


def test_the_reason_of_a_taker_is_passed_on_and_silence_is_a_refusal(market: Market, rich: Contract) -> None:
    market.place(ALICE, ASK, 100, 5)
    market.evm.send(CAROL, rich, "revert_with", b"I have enough")
    with pytest.raises(Reverted) as caught:
        place(market, rich, BID, 100, 5)
    assert caught.value.data == b"I have enough"
    market.evm.send(CAROL, rich, "revert_with", b"")
    with refused("ERC1155InvalidReceiver", rich.address):
        place(market, rich, BID, 100, 5)


def test_a_taker_without_a_hook_cannot_buy_at_once(market: Market, wallet: Contract) -> None:
    market.fill(wallet.address, amount=10**12)
    market.place(ALICE, ASK, 100, 5)
    with refused("ERC1155InvalidReceiver", wallet.address):
        place(market, wallet, BID, 100, 5)


def test_an_account_without_code_is_not_asked(market: Market) -> None:
    market.place(ALICE, ASK, 100, 5)
    receipt = market.placing(BOB, BID, 100, 5)
    assert BOB not in receipt.called


def test_an_account_with_code_is_asked_about_what_it_buys_itself(market: Market, rich: Contract) -> None:
    market.place(ALICE, ASK, 100, 5)
    bob = market.delegate(BOB, rich)
    receipt = market.placing(BOB, BID, 100, 5)
    assert [each["own_balance"] for each in asked(receipt)] == [market.fractions(bob.address)]
