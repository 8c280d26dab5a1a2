"""create_book: LISTER opens a property's book, once; its rules are within bounds and stay as they are."""

import pytest

from bench.stage import ADMIN_AT, FEE_AT, ISSUER_AT, LISTER, LISTER_AT, PAUSER_AT, Stage
from tests.contracts.marketplace.market import (
    ALICE,
    ASK,
    BARN,
    BID,
    DAY,
    FLAT,
    HOUSE,
    LIST,
    TICK_SIZE,
    Market,
    refused,
    refused_silently,
)

LARGEST_TICK_SIZE, LARGEST_LOT, LARGEST_MINIMUM, LARGEST_FEE = 2**56 - 1, 2**16 - 1, 2**30 - 1, 10_000
RULES = {"tick_size": TICK_SIZE, "lot": 10, "minimum_ticks": 500, "maker_fee_ppm": 500, "taker_fee_ppm": 1500}


def create(market: Market, property_id: int = BARN, who: str = LISTER_AT, /, **changes: int) -> None:
    market.send(who, "create_book", property_id, *(RULES | changes).values())


def rules(market: Market, property_id: int = BARN) -> tuple[int, ...]:
    """What book_of says of it after best prices and the last number."""
    found: tuple[int, ...] = market.ask("book_of", property_id)
    assert found[:3] == (0, 0, 0)
    return found[3:]


def test_a_book_opens_empty_with_its_rules(market: Market) -> None:
    create(market)
    assert rules(market) == (TICK_SIZE, 10, 0, 500, 500, 1500, False, False)


def test_a_book_takes_the_list_of_its_property(market: Market) -> None:
    assert rules(market, FLAT)[2] == LIST
    assert rules(market, HOUSE)[2] == 0


def test_what_was_opened_is_told(market: Market) -> None:
    receipt = market.send(LISTER_AT, "create_book", BARN, *RULES.values())
    book = {"property_id": BARN, "tick_size": TICK_SIZE, "lot": 10, "minimum_ticks": 500, "registry_list": 0}
    fees = {"property_id": BARN, "maker_fee_ppm": 500, "taker_fee_ppm": 1500}
    assert [event for _, event in receipt.events] == [("BookCreated", book), ("FeesSet", fees)]


def test_all_rules_reach_their_bounds_together(market: Market) -> None:
    highest = dict(zip(RULES, (LARGEST_TICK_SIZE, LARGEST_LOT, LARGEST_MINIMUM, LARGEST_FEE, LARGEST_FEE), strict=True))
    create(market, **highest)
    assert rules(market) == (
        LARGEST_TICK_SIZE, LARGEST_LOT, 0, LARGEST_MINIMUM, LARGEST_FEE, LARGEST_FEE, False, False,
    )  # fmt: skip


def test_all_rules_reach_their_lowest_together(market: Market) -> None:
    create(market, tick_size=1, lot=1, minimum_ticks=0, maker_fee_ppm=0, taker_fee_ppm=0)
    assert rules(market) == (1, 1, 0, 0, 0, 0, False, False)


@pytest.mark.parametrize("tick_size", [0, LARGEST_TICK_SIZE + 1, 2**256 - 1])
def test_a_tick_size_is_within_bounds(market: Market, tick_size: int) -> None:
    with refused("InvalidTickSize", tick_size, LARGEST_TICK_SIZE):
        create(market, tick_size=tick_size)


@pytest.mark.parametrize("lot", [0, LARGEST_LOT + 1, 2**256 - 1])
def test_a_lot_is_within_bounds(market: Market, lot: int) -> None:
    with refused("InvalidLot", lot, LARGEST_LOT):
        create(market, lot=lot)


@pytest.mark.parametrize("minimum", [LARGEST_MINIMUM + 1, 2**256 - 1])
def test_a_minimum_value_is_within_bounds(market: Market, minimum: int) -> None:
    with refused("InvalidMinimumTicks", minimum, LARGEST_MINIMUM):
        create(market, minimum_ticks=minimum)


@pytest.mark.parametrize("rate", ["maker_fee_ppm", "taker_fee_ppm"])
@pytest.mark.parametrize("fee", [LARGEST_FEE + 1, 2**14, 2**256 - 1])
def test_no_fee_opens_above_the_ceiling(market: Market, rate: str, fee: int) -> None:
    with refused("FeeTooHigh", fee, LARGEST_FEE):
        create(market, **{rate: fee})


@pytest.mark.parametrize("property_id", [0, 4, 2**32, 2**216, 2**256 - 1])
def test_what_is_not_listed_has_no_book(market: Market, property_id: int) -> None:
    with refused("UnknownProperty", property_id):
        create(market, property_id)
    with refused("UnknownBook", property_id):
        market.ask("book_of", property_id)


def test_a_property_has_one_book(market: Market) -> None:
    with refused("BookExists", HOUSE):
        create(market, HOUSE)


def test_the_book_of_a_property_that_was_closed_does_not_open_again(market: Market) -> None:
    market.end(HOUSE)
    with refused("BookClosed", HOUSE):
        create(market, HOUSE)


def test_a_property_that_is_ending_gets_no_book(market: Market) -> None:
    market.end(BARN)
    with refused("BookClosed", BARN):
        create(market, BARN)
    market.evm.travel(2 * DAY)
    market.evm.send(ALICE, market.stage.token, "release_rent", BARN, 0)
    with refused("BookClosed", BARN):
        create(market, BARN)


@pytest.mark.parametrize("who", [ADMIN_AT, PAUSER_AT, FEE_AT, ISSUER_AT, ALICE])
def test_only_a_lister_opens_a_book(market: Market, who: str) -> None:
    with refused("AccessControlUnauthorizedAccount", who, LISTER):
        create(market, BARN, who)


def test_books_do_not_know_one_another(market: Market) -> None:
    create(market, lot=1, minimum_ticks=0)
    for property_id in (HOUSE, BARN):
        market.place(ALICE, BID, 100, 1, property_id=property_id)
        market.place(ALICE, ASK, 200, 2, property_id=property_id)
    assert market.bests(HOUSE) == market.bests(BARN) == (100, 200)
    market.send(ALICE, "cancel", HOUSE << 40 | 1)
    assert (market.bests(HOUSE), market.bests(BARN)) == ((0, 200), (100, 200))


# -- what the marketplace was made with


def test_the_marketplace_knows_its_neighbours(market: Market) -> None:
    stage: Stage = market.stage
    names = ("settlement_vault", "fraction_token", "investor_registry")
    neighbours = [stage.vault.address, stage.token.address, stage.registry.address]
    assert [market.ask(name) for name in names] == neighbours
    assert market.ask("HIGHEST_FEE_PPM") == LARGEST_FEE


@pytest.mark.parametrize("side", [2, 2**256 - 1])
@pytest.mark.parametrize("view", ["level_of", "next_tick"])
def test_views_know_two_sides(market: Market, view: str, side: int) -> None:
    with refused("InvalidSide", side):
        market.ask(view, HOUSE, side, 1)


@pytest.mark.parametrize("tick", [0, 2**24 - 1, 2**256 - 1])
@pytest.mark.parametrize("view", ["level_of", "next_tick"])
def test_views_know_the_ticks_of_orders_only(market: Market, view: str, tick: int) -> None:
    with refused("InvalidTick", tick, 2**24 - 2):
        market.ask(view, HOUSE, BID, tick)


def test_no_more_than_128_books_are_halted_in_a_call(market: Market) -> None:
    with refused_silently():
        market.send(PAUSER_AT, "halt", [HOUSE] * 129)
    market.send(PAUSER_AT, "halt", [HOUSE] * 128)
