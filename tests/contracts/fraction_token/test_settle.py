"""settle_bid, settle_ask, acknowledge: the marketplace moves fractions between a taker and makers."""

from collections.abc import Callable

import pytest

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.events import Event, events_of
from tests.contracts.fraction_token.conftest import BARN, HOUSE, Allot, transfer_event
from tests.contracts.ledger import LARGEST_TRADE, traded
from tests.contracts.refusals import refused, refused_silently

MOST = 32

Settle = Callable[..., Receipt]
Lock = Callable[..., Receipt]


@pytest.fixture
def held(alice: Account, bob: Account, allot: Allot, lock: Lock) -> None:
    """alice has 10 of the house, 6 of them locked; bob has 20, 5 of them locked."""
    allot(alice, 10)
    allot(bob, 20)
    lock(alice, 6)
    lock(bob, 5)


@pytest.fixture
def settle_bid(token: Contract, marketplace: Account) -> Settle:
    def settled(buyer: Account, trades: list[int], property_id: int = HOUSE) -> Receipt:
        return token.settle_bid(property_id, buyer, trades, sender=marketplace)

    return settled


@pytest.fixture
def settle_ask(token: Contract, marketplace: Account) -> Settle:
    def settled(seller: Account, trades: list[int], property_id: int = HOUSE) -> Receipt:
        return token.settle_ask(property_id, seller, trades, sender=marketplace)

    return settled


def position(token: Contract, holder: Account) -> tuple[int, int]:
    """Balance, and what of it is locked."""
    return token.balanceOf(holder, HOUSE), token.locked_of(holder, HOUSE)


# -- a taker buys


@pytest.mark.usefixtures("held")
def test_a_buyer_gets_locked_fractions_and_the_marketplace_is_the_operator(
    token: Contract, marketplace: Account, alice: Account, bob: Account, carol: Account, settle_bid: Settle
) -> None:
    receipt = settle_bid(carol, [traded(alice, 4), traded(bob, 5), traded(alice, 2)])
    told = [transfer_event(marketplace, seller, carol, HOUSE, amount) for seller, amount in sales(alice, bob)]
    assert events_of(receipt, token) == told
    assert [position(token, who) for who in (alice, bob, carol)] == [(4, 0), (15, 0), (11, 0)]
    assert token.totalSupply(HOUSE) == 30


def sales(alice: Account, bob: Account) -> list[tuple[Account, int]]:
    return [(alice, 4), (bob, 5), (alice, 2)]


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("amount", [6, 10, 2**48, 2**48 + 1, LARGEST_TRADE])
def test_no_more_than_a_sellers_locks_is_sold_and_else_nothing_moves(
    token: Contract, alice: Account, bob: Account, carol: Account, settle_bid: Settle, amount: int
) -> None:
    with refused("NotLocked", bob.address, HOUSE, 5, amount):
        settle_bid(carol, [traded(alice, 6), traded(bob, amount)])
    assert [position(token, who) for who in (alice, bob, carol)] == [(10, 6), (20, 5), (0, 0)]


@pytest.mark.usefixtures("held")
def test_locks_of_another_property_are_not_sold(bob: Account, carol: Account, settle_bid: Settle) -> None:
    with refused("NotLocked", bob.address, BARN, 0, 1):
        settle_bid(carol, [traded(bob, 1)], BARN)


@pytest.mark.usefixtures("held")
def test_a_buyer_keeps_the_locks_that_he_has_himself(
    token: Contract, alice: Account, bob: Account, settle_bid: Settle
) -> None:
    settle_bid(bob, [traded(alice, 6)])
    assert [position(token, who) for who in (alice, bob)] == [(4, 0), (26, 5)]


# -- a taker sells


@pytest.mark.usefixtures("held")
def test_a_seller_gives_free_fractions_and_is_the_operator(
    token: Contract, alice: Account, bob: Account, carol: Account, settle_ask: Settle
) -> None:
    receipt = settle_ask(bob, [traded(carol, 7), traded(alice, 3), traded(carol, 5)])
    told: list[Event] = [transfer_event(bob, bob, to, HOUSE, amount) for to, amount in
                         [(carol, 7), (alice, 3), (carol, 5)]]  # fmt: skip
    assert events_of(receipt, token) == told
    assert [position(token, who) for who in (alice, bob, carol)] == [(13, 6), (5, 5), (12, 0)]


@pytest.mark.usefixtures("held")
def test_locked_fractions_are_not_sold_twice_and_else_nothing_moves(
    token: Contract, alice: Account, bob: Account, carol: Account, settle_ask: Settle
) -> None:
    with refused("FractionsLocked", bob.address, HOUSE, 5, 16):
        settle_ask(bob, [traded(alice, 9), traded(carol, 7)])
    assert [position(token, who) for who in (alice, bob, carol)] == [(10, 6), (20, 5), (0, 0)]


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("amount", [20, 2**48, 2**48 + 1, 2**95, LARGEST_TRADE])
def test_nobody_sells_more_than_he_has(
    token: Contract, alice: Account, bob: Account, carol: Account, settle_ask: Settle, amount: int
) -> None:
    with refused("ERC1155InsufficientBalance", bob.address, 20, amount + 1, HOUSE):
        settle_ask(bob, [traded(alice, 1), traded(carol, amount)])
    assert [position(token, who) for who in (alice, bob, carol)] == [(10, 6), (20, 5), (0, 0)]


# -- both


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("action", ["settle_bid", "settle_ask"])
def test_32_trades_are_settled_in_a_call_and_no_more(
    token: Contract, marketplace: Account, alice: Account, bob: Account, carol: Account, allot: Allot, lock: Lock,
    action: str,
) -> None:  # fmt: skip
    allot(bob, MOST)
    lock(bob, MOST - 5)
    allot(bob, MOST)
    assert position(token, bob) == (20 + 2 * MOST, MOST)
    taker, maker = (carol, bob) if action == "settle_bid" else (bob, carol)
    settle, trades = getattr(token, action), [traded(maker, 1)] * MOST
    with refused_silently():
        settle(HOUSE, taker, [*trades, trades[0]], sender=marketplace)
    assert len(events_of(settle(HOUSE, taker, trades, sender=marketplace), token)) == MOST
    assert position(token, carol) == (MOST, 0)
    assert position(token, alice) == (10, 6)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("who", ["admin", "lister", "issuer", "alice", "bob"])
@pytest.mark.parametrize("action", ["settle_bid", "settle_ask"])
def test_only_the_marketplace_settles(
    token: Contract, alice: Account, bob: Account, request: pytest.FixtureRequest, action: str, who: str
) -> None:
    caller: Account = request.getfixturevalue(who)
    for trades in ([traded(alice, 1)], []):
        with refused("NotMarketplace", caller.address):
            getattr(token, action)(HOUSE, bob, trades, sender=caller)


@pytest.mark.usefixtures("held")
def test_no_party_is_called_when_it_trades(
    token: Contract, hostile_receiver: Contract, bob: Account, allot: Allot, lock: Lock, settle_bid: Settle,
    settle_ask: Settle,
) -> None:  # fmt: skip
    """Whoever made an order could stop the taker otherwise, and the taker is asked once, after all."""
    allot(hostile_receiver, 10)
    hostile_receiver.revert_with(b"never", sender=bob)
    lock(hostile_receiver, 4)
    settle_bid(bob, [traded(hostile_receiver, 4)])
    settle_bid(hostile_receiver, [traded(bob, 5)])
    settle_ask(bob, [traded(hostile_receiver, 3)])
    settle_ask(hostile_receiver, [traded(bob, 2)])
    assert position(token, hostile_receiver) == (12, 0)


# -- the taker's hook


def test_a_contract_is_asked_whether_it_takes_what_it_has(
    token: Contract, marketplace: Account, hostile_receiver: Contract, allot: Allot
) -> None:
    allot(hostile_receiver, 9)
    receipt = token.acknowledge(HOUSE, hostile_receiver, 4, sender=marketplace)
    [(name, asked)] = events_of(receipt, hostile_receiver)
    assert (name, asked["operator"], asked["sender"]) == ("Asked", marketplace.address, marketplace.address)
    assert (list(asked["ids"]), list(asked["amounts"]), bytes(asked["data"])) == ([HOUSE], [4], b"")
    assert asked["own_balance"] == 9
    assert events_of(receipt, token) == []


@pytest.mark.parametrize("answer", [b"", b"never"])
def test_a_contract_that_declines_stops_the_call(
    token: Contract, marketplace: Account, hostile_receiver: Contract, alice: Account, answer: bytes
) -> None:
    hostile_receiver.answer_with(answer, sender=alice)
    with refused("ERC1155InvalidReceiver", hostile_receiver.address):
        token.acknowledge(HOUSE, hostile_receiver, 1, sender=marketplace)


def test_a_person_is_not_asked(token: Contract, marketplace: Account, alice: Account) -> None:
    assert events_of(token.acknowledge(HOUSE, alice, 1, sender=marketplace), token) == []
