"""Fees: set_fees, what makers and takers are charged, set_fee_receiver and collect_fees."""

import pytest

from bench.stage import (
    ADMIN_AT,
    DEPLOYER_AT,
    FEE,
    FEE_AT,
    FEE_RECEIVER_AT,
    LISTER_AT,
    MAKER_FEE_PPM,
    PAUSER_AT,
    TAKER_FEE_PPM,
    account_of,
)
from tests.contracts.ledger import FEES_COLLECTED, NO_REFERENCE, posting
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BARN,
    BID,
    BOB,
    CAROL,
    FLAT,
    HOUSE,
    IMMEDIATE_OR_CANCEL,
    MILLION,
    NOBODY,
    TICK_SIZE,
    Market,
    refused,
)

HIGHEST = 10_000


def set_fees(market: Market, maker: int, taker: int, property_id: int = HOUSE) -> None:
    market.send(FEE_AT, "set_fees", property_id, maker, taker)


def spent(market: Market, who: str, before: int) -> int:
    return before - market.money(who)


# -- rates


def test_rates_hold_for_one_book_and_are_told(market: Market) -> None:
    receipt = market.send(FEE_AT, "set_fees", HOUSE, 1, HIGHEST)
    rates = {"property_id": HOUSE, "maker_fee_ppm": 1, "taker_fee_ppm": HIGHEST}
    assert [event for _, event in receipt.events] == [("FeesSet", rates)]
    assert market.ask("book_of", HOUSE)[7:9] == (1, HIGHEST)
    assert market.ask("book_of", FLAT)[7:9] == (MAKER_FEE_PPM, TAKER_FEE_PPM)


def test_rates_change_nothing_else_of_a_book(market: Market) -> None:
    market.place(ALICE, BID, 100, 1)
    market.send(PAUSER_AT, "halt", [HOUSE])
    before = market.ask("book_of", HOUSE)
    set_fees(market, HIGHEST, HIGHEST)
    set_fees(market, 0, 0)
    assert market.ask("book_of", HOUSE) == (*before[:7], 0, 0, *before[9:])


@pytest.mark.parametrize(("maker", "taker"), [(HIGHEST + 1, 0), (0, HIGHEST + 1), (2**14, 2**256 - 1)])
def test_no_rate_exceeds_the_ceiling(market: Market, maker: int, taker: int) -> None:
    with refused("FeeTooHigh", max(maker, taker), HIGHEST):
        set_fees(market, maker, taker)


@pytest.mark.parametrize("who", [ADMIN_AT, LISTER_AT, PAUSER_AT, FEE_RECEIVER_AT, ALICE])
def test_only_fee_sets_rates_and_receiver(market: Market, who: str) -> None:
    for call in (("set_fees", HOUSE, 0, 0), ("set_fee_receiver", who)):
        with refused("AccessControlUnauthorizedAccount", who, FEE):
            market.send(who, *call)


def test_what_has_no_book_has_no_rates(market: Market) -> None:
    with refused("UnknownBook", BARN):
        set_fees(market, 0, 0, BARN)


# -- what is charged


@pytest.mark.parametrize("side", [BID, ASK])
def test_both_sides_pay_their_rate_of_the_value(market: Market, side: int) -> None:
    before = {who: market.money(who) for who in (ALICE, BOB)}
    market.place(ALICE, side, 1_234, 567)
    market.place(BOB, 1 - side, 1_234, 567)
    value = 1_234 * 567 * TICK_SIZE
    fees = {ALICE: value * MAKER_FEE_PPM // MILLION, BOB: value * TAKER_FEE_PPM // MILLION}
    buyer, seller = (ALICE, BOB) if side == BID else (BOB, ALICE)
    assert spent(market, buyer, before[buyer]) == value + fees[buyer]
    assert spent(market, seller, before[seller]) == fees[seller] - value
    assert market.charged == sum(fees.values())
    assert market.escrow() == 0


@pytest.mark.parametrize("side", [BID, ASK])
def test_a_maker_pays_no_more_for_many_small_fills_than_for_one(market: Market, side: int) -> None:
    """One at a time, his fee is never a whole unit; rounded up each time it would be a hundred."""
    market.send(LISTER_AT, "create_book", BARN, 1, 1, 0, 300, 0)
    market.place(ALICE, side, 100, 100, property_id=BARN)
    for _ in range(100):
        market.place(BOB, 1 - side, 100, 1, property_id=BARN)
    assert market.charged == 100 * 100 * 300 // MILLION == 3
    assert market.escrow(BARN) == 0


@pytest.mark.parametrize("side", [BID, ASK])
def test_a_taker_pays_once_for_all_that_he_takes_in_a_call(market: Market, side: int) -> None:
    market.send(LISTER_AT, "create_book", BARN, 1, 1, 0, 0, 300)
    for _ in range(100):
        market.place(ALICE, side, 100, 1, property_id=BARN)
    market.place(BOB, 1 - side, 100, 100, property_id=BARN)
    assert market.charged == 3


def test_an_order_keeps_the_rates_of_its_placing(market: Market) -> None:
    order_id = market.place(ALICE, BID, 100, 100)
    set_fees(market, HIGHEST, 0)
    market.place(BOB, ASK, 100, 60)
    assert market.charged == 100 * 60 * TICK_SIZE * MAKER_FEE_PPM // MILLION
    set_fees(market, 0, HIGHEST)
    assert market.ask("order_of", order_id)[8] == MAKER_FEE_PPM
    market.send(ALICE, "cancel", order_id)
    assert market.money(ALICE) + market.charged == 10**15 - 100 * 60 * TICK_SIZE


def test_what_an_order_took_before_it_rested_is_charged_to_it_as_taker_only(market: Market) -> None:
    market.place(BOB, ASK, 100, 40)
    market.place(ALICE, BID, 200, 100)
    assert market.escrow() == 200 * 60 * TICK_SIZE * (MILLION + MAKER_FEE_PPM) // MILLION
    market.place(BOB, ASK, 200, 60)
    taken, rested = 100 * 40 * TICK_SIZE, 200 * 60 * TICK_SIZE
    fees = (taken + rested) * (MAKER_FEE_PPM + TAKER_FEE_PPM) // MILLION
    assert market.charged == fees
    assert market.escrow() == 0


@pytest.mark.parametrize("side", [BID, ASK])
def test_at_no_fee_all_of_the_value_changes_hands(market: Market, side: int) -> None:
    set_fees(market, 0, 0)
    market.place(ALICE, side, 100, 5)
    receipt = market.placing(BOB, 1 - side, 100, 5)
    assert market.charged == 0
    assert [said["amount"] for _, (name, said) in receipt.events if name == "Posting"] == [100 * 5 * TICK_SIZE]


@pytest.mark.parametrize("side", [BID, ASK])
def test_all_fees_of_a_call_are_one_posting_that_names_the_takers_order(market: Market, side: int) -> None:
    for maker in (ALICE, CAROL, ALICE):
        market.place(maker, side, 100, 5)
    receipt = market.placing(BOB, 1 - side, 100, 15)
    fees_account = account_of(market.contract.address)
    said = [said for _, (name, said) in receipt.events if name == "Posting" and said["credit_account"] == fees_account]
    order_id = int.from_bytes(receipt.output, "big")
    assert [(each["amount"], each["reference"]) for each in said] == [(market.charged, order_id.to_bytes(32, "big"))]


# -- collecting


def test_anyone_sends_what_was_charged_to_the_receiver(market: Market) -> None:
    market.place(ALICE, BID, 1_000, 1_000)
    market.place(BOB, ASK, 1_000, 1_000)
    charged = market.charged
    receipt = market.send(CAROL, "collect_fees")
    assert int.from_bytes(receipt.output, "big") == charged == 1_000_000 * TICK_SIZE * 2_000 // MILLION
    accounts = account_of(market.contract.address), account_of(FEE_RECEIVER_AT)
    expected = posting(*accounts, charged, FEES_COLLECTED, (0, charged), reference=NO_REFERENCE)
    assert [event for _, event in receipt.events] == [expected]


def test_where_nothing_was_charged_nothing_is_collected(market: Market) -> None:
    with refused("ZeroAmount"):
        market.send(CAROL, "collect_fees")


def test_collecting_leaves_escrow_alone(market: Market) -> None:
    market.place(ALICE, BID, 100, 10)
    market.place(BOB, ASK, 100, 4)
    escrowed = market.escrow()
    market.send(CAROL, "collect_fees")
    assert (market.escrow(), market.charged) == (escrowed, 0)
    with refused("ZeroAmount"):
        market.send(CAROL, "collect_fees")


def test_fees_go_to_the_receiver_of_the_moment(market: Market) -> None:
    market.place(ALICE, BID, 100, 10)
    market.place(BOB, ASK, 100, 10)
    charged = market.charged
    receipt = market.send(FEE_AT, "set_fee_receiver", CAROL)
    assert [event for _, event in receipt.events] == [("FeeReceiverSet", {"receiver": CAROL})]
    assert market.ask("fee_receiver") == CAROL
    before = market.money(CAROL)
    market.send(DEPLOYER_AT, "collect_fees")
    assert (market.money(CAROL) - before, market.money(FEE_RECEIVER_AT)) == (charged, 0)


def test_fees_have_a_receiver(market: Market) -> None:
    with refused("InvalidFeeReceiver", NOBODY):
        market.send(FEE_AT, "set_fee_receiver", NOBODY)
    assert market.ask("fee_receiver") == FEE_RECEIVER_AT


def test_fees_that_their_receiver_cannot_be_credited_wait_for_another(market: Market) -> None:
    market.place(ALICE, BID, 100, 10)
    market.place(BOB, ASK, 100, 10)
    for stuck in (market.stage.vault.address, market.stage.token.address):
        market.send(FEE_AT, "set_fee_receiver", stuck)
        with refused("InvalidAccount", account_of(stuck)):
            market.send(CAROL, "collect_fees")
    market.send(FEE_AT, "set_fee_receiver", CAROL)
    market.send(CAROL, "collect_fees")
    assert market.charged == 0


def test_a_taker_who_cannot_pay_the_fee_takes_nothing(market: Market) -> None:
    market.place(ALICE, ASK, 100, 10)
    poor = f"0x{0xB0B:040x}"
    value = 100 * 10 * TICK_SIZE
    market.fill(poor, amount=value)
    left, fees = (value * rate // MILLION for rate in (MAKER_FEE_PPM, MAKER_FEE_PPM + TAKER_FEE_PPM))
    with refused("InsufficientBalance", account_of(poor), left, fees):
        market.place(poor, BID, 100, 10, order_type=IMMEDIATE_OR_CANCEL)
    market.fill(poor, amount=value * TAKER_FEE_PPM // MILLION)
    market.place(poor, BID, 100, 10, order_type=IMMEDIATE_OR_CANCEL)
    assert market.money(poor) == 0
