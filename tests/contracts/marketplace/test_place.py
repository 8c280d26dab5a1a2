"""place: an order rests in the book with what it needs in escrow; and every reason for which none is taken."""

from collections.abc import Callable

import pytest

from bench.stage import LISTER_AT, MAKER_FEE_PPM, TAKER_FEE_PPM, account_of
from tests.contracts.ledger import ORDER_ESCROWED, posting
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    AT_MARKET,
    BARN,
    BID,
    BOB,
    CAROL,
    EXPIRED,
    FILL_OR_KILL,
    FLAT,
    GOOD_TILL_CANCELLED,
    HOUR,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    LARGEST_QUANTITY,
    LARGEST_TICK,
    LARGEST_VALUE,
    LONGEST,
    MILLION,
    POST_ONLY,
    TICK_SIZE,
    Market,
    id_of,
    needed,
    refused,
)

SIDES = pytest.mark.parametrize("side", [BID, ASK])
TYPES = (GOOD_TILL_CANCELLED, IMMEDIATE_OR_CANCEL, FILL_OR_KILL, POST_ONLY)
OpenBook = Callable[..., None]


@pytest.fixture
def open_barn(market: Market) -> OpenBook:
    """The barn's book, with rules of a test's own."""

    def opened(tick_size: int = 1, lot: int = 1, minimum_ticks: int = 0, maker: int = 0, taker: int = 0) -> None:
        market.send(LISTER_AT, "create_book", BARN, tick_size, lot, minimum_ticks, maker, taker)

    return opened


# -- what rests


def test_a_bid_rests_with_its_price_and_its_fee_in_escrow(market: Market) -> None:
    before = market.money(ALICE)
    order_id = market.place(ALICE, BID, 5_000, 30, expiry=market.now + HOUR)
    order = (ALICE, 30, 0, 0, 0, 5_000, BID, market.now + HOUR, MAKER_FEE_PPM, TICK_SIZE)
    assert market.ask("order_of", order_id) == order
    assert market.escrow() == 5_000 * 30 * TICK_SIZE * (MILLION + MAKER_FEE_PPM) // MILLION
    assert before - market.money(ALICE) == market.escrow()
    assert market.bests() == (5_000, 0)


def test_an_ask_rests_with_its_fractions_locked_where_they_are(market: Market) -> None:
    before = market.money(ALICE)
    order_id = market.place(ALICE, ASK, 5_000, 30)
    order = (ALICE, 30, 0, 0, 0, 5_000, ASK, market.now + LONGEST, MAKER_FEE_PPM, TICK_SIZE)
    assert market.ask("order_of", order_id) == order
    assert (market.locked(ALICE), market.fractions(ALICE)) == (30, 10**6)
    assert (market.money(ALICE), market.bests()) == (before, (0, 5_000))


def test_a_placing_is_told_before_its_escrow(market: Market) -> None:
    receipt = market.placing(ALICE, BID, 5_000, 30, order_type=POST_ONLY, expiry=market.now + HOUR)
    placed = {
        "property_id": HOUSE,
        "owner": ALICE,
        "order_id": id_of(1),
        "side": BID,
        "tick": 5_000,
        "quantity": 30,
        "order_type": POST_ONLY,
        "expiry": market.now + HOUR,
        "maker_fee_ppm": MAKER_FEE_PPM,
        "taker_fee_ppm": TAKER_FEE_PPM,
    }
    accounts = account_of(ALICE), account_of(market.contract.address, HOUSE)
    balances = market.money(ALICE), market.escrow()
    escrowed = posting(*accounts, balances[1], ORDER_ESCROWED, balances, reference=id_of(1).to_bytes(32, "big"))
    assert [event for _, event in receipt.events] == [("OrderPlaced", placed), escrowed]


def test_numbers_rise_by_one_for_every_order_of_a_book(market: Market) -> None:
    assert market.place(ALICE, BID, 100, 1) == id_of(1)
    assert market.place(BOB, ASK, 100, 1) == id_of(2)
    assert market.place(BOB, ASK, 100, 1, property_id=FLAT) == id_of(1, FLAT)
    assert market.place(BOB, ASK, 100, 1, order_type=IMMEDIATE_OR_CANCEL) == id_of(3)
    assert market.ask("book_of", HOUSE)[2] == 3


@pytest.mark.parametrize("tick", [1, 2, 255, 256, 65_535, 65_536, LARGEST_TICK])
def test_both_sides_rest_at_any_price(market: Market, tick: int) -> None:
    bid = market.place(ALICE, BID, tick, 2)
    assert market.bests() == (tick, 0)
    market.send(ALICE, "cancel", bid)
    market.place(ALICE, ASK, tick, 2)
    assert market.bests() == (0, tick)
    assert market.filled(market.placing(BOB, BID, tick, 2)) == [(id_of(2), 2)]


def test_a_poor_bidder_is_refused_with_what_is_needed(market: Market) -> None:
    poor = f"0x{0xB0B:040x}"
    market.fill(poor, amount=100)
    with refused("InsufficientBalance", account_of(poor), 100, needed(10 * TICK_SIZE, 7, 0, MAKER_FEE_PPM)):
        market.place(poor, BID, 10, 7)
    market.fill(poor, amount=needed(10 * TICK_SIZE, 7, 0, MAKER_FEE_PPM) - 100)
    market.place(poor, BID, 10, 7)
    assert market.money(poor) == 0


def test_fractions_that_are_locked_or_not_there_are_not_offered(market: Market) -> None:
    market.place(ALICE, ASK, 100, 10**6 - 5)
    with refused("ERC1155InsufficientBalance", ALICE, 5, 6, HOUSE):
        market.place(ALICE, ASK, 100, 6)
    market.place(CAROL, BID, 90, 6)
    with refused("FractionsLocked", ALICE, HOUSE, 10**6 - 5, 6):
        market.place(ALICE, ASK, 90, 6)
    with refused("ERC1155InsufficientBalance", CAROL, 10**6, 10**6 + 1, HOUSE):
        market.place(CAROL, ASK, 100, 10**6 + 1)


# -- what is refused


@pytest.mark.parametrize("property_id", [0, BARN, 4, 2**32, 2**216, 2**256 - 1])
def test_where_there_is_no_book_nothing_is_placed(market: Market, property_id: int) -> None:
    with refused("UnknownBook", property_id):
        market.place(ALICE, BID, 100, 1, property_id=property_id)


@pytest.mark.parametrize("side", [2, 3, 2**256 - 1])
def test_there_are_two_sides(market: Market, side: int) -> None:
    with refused("InvalidSide", side):
        market.place(ALICE, side, 100, 1)


@pytest.mark.parametrize("order_type", [5, 256, 2**256 - 1])
def test_there_are_five_types(market: Market, order_type: int) -> None:
    with refused("InvalidOrderType", order_type):
        market.place(ALICE, BID, 100, 1, order_type=order_type, minimum_fill=1)


@SIDES
@pytest.mark.parametrize("tick", [0, LARGEST_TICK + 1, 2**24, 2**40, 2**256 - 1])
def test_a_price_is_within_bounds(market: Market, side: int, tick: int) -> None:
    with refused("InvalidTick", tick, LARGEST_TICK):
        market.place(ALICE, side, tick, 1)


@SIDES
@pytest.mark.parametrize("quantity", [0, LARGEST_QUANTITY + 1, 2**255, 2**256 - 1])
def test_a_quantity_is_within_bounds(market: Market, side: int, quantity: int) -> None:
    with refused("InvalidQuantity", quantity, 1):
        market.place(ALICE, side, 100, quantity)


@SIDES
@pytest.mark.parametrize("quantity", [1, 6, 8, 13, LARGEST_QUANTITY])
def test_a_quantity_is_a_multiple_of_the_lot(market: Market, open_barn: OpenBook, side: int, quantity: int) -> None:
    open_barn(lot=7)
    if quantity % 7:
        with refused("InvalidQuantity", quantity, 7):
            market.place(ALICE, side, 1, quantity, property_id=BARN)
    market.place(ALICE, side, 1, 14, property_id=BARN)


@SIDES
def test_an_order_is_worth_the_minimum_at_its_own_price(market: Market, open_barn: OpenBook, side: int) -> None:
    open_barn(minimum_ticks=500)
    with refused("ValueTooSmall", 499, 500):
        market.place(ALICE, side, 499, 1, property_id=BARN)
    with refused("ValueTooSmall", 490, 500):
        market.place(ALICE, side, 10, 49, property_id=BARN)
    for tick, quantity in ((500, 1), (1, 500), (10, 50)):
        order_id = market.place(ALICE, side, tick, quantity, property_id=BARN)
        market.send(ALICE, "cancel", order_id)


@SIDES
def test_no_order_is_worth_more_than_96_bits(market: Market, open_barn: OpenBook, side: int) -> None:
    """At 2^56 - 1 units a tick: 2^40 of them and 2^40 + 1, and as many again times the largest quantity."""
    tick_size = 2**56 - 1
    open_barn(tick_size=tick_size)
    market.fill(ALICE, fractions=2**41, property_id=BARN)
    market.fill(ALICE, amount=LARGEST_VALUE)
    for tick, quantity in ((1, 2**40 + 2), (LARGEST_TICK, LARGEST_QUANTITY), (2**23, 2**18)):
        with refused("ValueTooLarge", tick * quantity * tick_size, LARGEST_VALUE):
            market.place(ALICE, side, tick, quantity, property_id=BARN)
    market.place(ALICE, side, 2**20, 2**20, property_id=BARN)


@SIDES
def test_the_largest_value_is_escrowed_traded_and_charged(market: Market, open_barn: OpenBook, side: int) -> None:
    """2^96 - 1 is 2^48 - 1 times 2^48 + 1, which is a tick size here."""
    open_barn(tick_size=2**48 + 1, maker=10_000, taker=10_000)
    market.fill(BOB, fractions=LARGEST_QUANTITY - 3 * 10**6, property_id=BARN)
    market.evm.send(ALICE, market.stage.token, "safeTransferFrom", ALICE, BOB, BARN, 10**6, b"")
    market.evm.send(CAROL, market.stage.token, "safeTransferFrom", CAROL, BOB, BARN, 10**6, b"")
    buyer = f"0x{0xB0B:040x}"
    market.fill(buyer, amount=LARGEST_VALUE * 101 // 100)
    maker, taker = (buyer, BOB) if side == BID else (BOB, buyer)
    seller_had = market.money(BOB)
    market.place(maker, side, 1, LARGEST_QUANTITY, property_id=BARN)
    market.place(taker, 1 - side, 1, LARGEST_QUANTITY, property_id=BARN)
    fee = LARGEST_VALUE // 100
    assert market.fractions(buyer, BARN) == LARGEST_QUANTITY
    assert (market.money(BOB) - seller_had, market.charged) == (LARGEST_VALUE - fee, 2 * fee)


def test_a_seller_takes_no_more_than_96_bits_in_a_call(market: Market, open_barn: OpenBook) -> None:
    """An ask's own value is small, what better bids pay for it need not be."""
    tick_size = 2**56 - 1
    open_barn(tick_size=tick_size)
    quantity = 2**39
    market.fill(BOB, fractions=3 * quantity, property_id=BARN)
    market.fill(ALICE, amount=2 * LARGEST_VALUE)
    for _ in range(3):
        market.place(ALICE, BID, 2, quantity // 2, property_id=BARN)
    value = 3 * quantity * tick_size
    with refused("ValueTooLarge", value, LARGEST_VALUE):
        market.place(BOB, ASK, 1, 3 * quantity // 2, property_id=BARN)
    market.place(BOB, ASK, 1, quantity, property_id=BARN)


# -- time


@pytest.mark.parametrize("order_type", TYPES)
def test_a_deadline_is_the_last_second_of_placing(market: Market, order_type: int) -> None:
    market.place(BOB, ASK, 200, 5)
    deadline = market.now + 10
    tick = 100 if order_type in (GOOD_TILL_CANCELLED, POST_ONLY) else 200
    market.evm.travel(10)
    market.place(ALICE, BID, tick, 1, order_type=order_type, deadline=deadline)
    market.evm.travel(1)
    with refused("DeadlinePassed", deadline):
        market.place(ALICE, BID, tick, 1, order_type=order_type, deadline=deadline)


def test_an_expiry_is_from_now_to_half_a_year_ahead(market: Market) -> None:
    now = market.now
    for expiry in (1, now - 1, now + LONGEST + 1, 2**40, 2**256 - 1):
        with refused("InvalidExpiry", expiry, now, now + LONGEST):
            market.place(ALICE, BID, 100, 1, expiry=expiry)
    for expiry in (now, now + LONGEST):
        order_id = market.place(ALICE, BID, 100, 1, expiry=expiry)
        assert market.ask("order_of", order_id)[7] == expiry


@SIDES
def test_an_expiry_is_the_last_second_of_trading(market: Market, side: int) -> None:
    expiry = market.now + 10
    first, second = (market.place(ALICE, side, 100, 5, expiry=expiry) for _ in range(2))
    market.evm.travel(10)
    assert market.filled(market.placing(BOB, 1 - side, 100, 6)) == [(first, 5), (second, 1)]
    market.evm.travel(1)
    receipt = market.placing(BOB, 1 - side, 100, 6)
    assert (market.filled(receipt), market.removed(receipt)) == ([], [(second, EXPIRED)])


@SIDES
def test_what_expired_gives_back_all_that_it_had_left(market: Market, side: int) -> None:
    held = market.money(ALICE)
    expired = market.place(ALICE, side, 100, 5, expiry=market.now)
    market.place(BOB, 1 - side, 100, 2)
    market.evm.travel(1)
    receipt = market.placing(BOB, 1 - side, 100, 1)
    [(_, said)] = market.told(receipt, "OrderRemoved")
    assert (said["order_id"], said["owner"], said["quantity"]) == (expired, ALICE, 3)
    assert market.locked(ALICE) == 0
    if side == BID:
        value = 100 * TICK_SIZE
        assert said["refund"] == needed(value, 3, 2, MAKER_FEE_PPM)
        assert held - market.money(ALICE) == 2 * value + 2 * value * MAKER_FEE_PPM // MILLION


# -- how much must trade


@SIDES
@pytest.mark.parametrize("order_type", [*TYPES, AT_MARKET])
def test_no_more_must_trade_than_is_wanted(market: Market, side: int, order_type: int) -> None:
    for minimum in (11, 2**256 - 1):
        with refused("InvalidMinimumFill", minimum, 10):
            market.place(ALICE, side, 100, 10, order_type=order_type, minimum_fill=minimum)


@SIDES
def test_an_order_at_the_market_says_how_much_of_it_must_trade(market: Market, side: int) -> None:
    market.place(BOB, 1 - side, 100, 10)
    with refused("InvalidMinimumFill", 0, 10):
        market.place(ALICE, side, 100, 10, order_type=AT_MARKET)
