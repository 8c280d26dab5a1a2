"""The order book on the page: looked at, traded in, and left again, by visitors with wallets of their own."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from local.people import STARTING_DOLLARS, UNIT
from tests.e2e.conftest import Wallet, chain_call
from tests.e2e.steps import PATIENCE_MS, OpenPage, balance, connect, expect_state, obstacles, sign
from tests.e2e.trader import (
    ASK,
    BID,
    MAKER_FEE_PPM,
    TAKER_FEE_PPM,
    escrowed,
    fee_of,
    halt,
    open_book,
    place,
    price_of,
)
from tests.stack import Up

pytestmark = pytest.mark.slow

MAIN = STARTING_DOLLARS * UNIT * 4 // 5
TABS_MAX = 200
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def number(stack: Up) -> int:
    """A property whose book is empty."""
    return open_book(stack)


def visit(open_page: OpenPage, number: int) -> Page:
    page = open_page(f"/#/market/{number}")
    connect(page)
    expect(page.get_by_test_id("ticket-review")).to_be_visible(timeout=PATIENCE_MS)
    return page


def order(page: Page, side: str, price: str, quantity: str, order_type: str = "good_till_cancelled") -> None:
    """Fill the ticket in, and ask for its review."""
    radio = page.get_by_test_id(f"ticket-{side}")
    radio.click()
    expect(radio).to_be_checked()
    page.get_by_test_id("ticket-type").select_option(order_type)
    page.get_by_test_id("ticket-price").fill(price)
    page.get_by_test_id("ticket-quantity").fill(quantity)
    page.get_by_test_id("ticket-review").click()


def level(page: Page, side: str, tick: int) -> Locator:
    return page.locator(f'[data-testid="book-level"][data-side="{side}"][data-tick="{tick}"]')


def expect_level(page: Page, side: str, tick: int, quantity: int) -> None:
    expect(level(page, side, tick)).to_have_attribute("data-quantity", str(quantity), timeout=PATIENCE_MS)


def expect_value(page: Page, hook: str, value: int) -> None:
    expect(page.get_by_test_id(hook).first).to_have_attribute("data-value", str(value), timeout=PATIENCE_MS)


def test_a_resting_bid_appears_in_the_book_without_a_reload(open_page: OpenPage, stack: Up, number: int) -> None:
    page = visit(open_page, number)
    order(page, "bid", "9.00", "20")
    escrow = price_of(900) * 20 + fee_of(price_of(900) * 20, MAKER_FEE_PPM)
    expect_value(page, "review-filled", 0)
    expect_value(page, "review-rests", 20)
    expect_value(page, "review-escrowed", escrow)
    sign(page)
    expect_level(page, "bid", 900, 20)
    expect(level(page, "bid", 900)).to_have_attribute("data-own", "true", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("order-row")).to_have_attribute("data-remaining", "20", timeout=PATIENCE_MS)
    expect_value(page, "best-bid", price_of(900))
    assert escrowed(stack, number) == escrow
    expect(page.get_by_test_id("ticket-quantity")).to_have_value("")
    place(stack, number, BID, 900, 7)
    expect_level(page, "bid", 900, 27)


def test_a_purchase_shows_fills_and_fee_first_and_profit_afterwards(
    open_page: OpenPage, stack: Up, wallet: Wallet, number: int
) -> None:
    place(stack, number, ASK, 1_000, 10)
    place(stack, number, ASK, 1_010, 10)
    page = visit(open_page, number)
    expect_level(page, "ask", 1_010, 10)
    order(page, "bid", "10.10", "15")
    value = price_of(1_000) * 10 + price_of(1_010) * 5
    fee = fee_of(value, TAKER_FEE_PPM)
    expect_value(page, "review-filled", 15)
    expect_value(page, "review-average", value // 15)
    expect_value(page, "review-fee", fee)
    sign(page)
    expect_level(page, "ask", 1_010, 5)
    expect(level(page, "ask", 1_000)).to_have_count(0)
    expect(page.get_by_test_id("trade-row")).to_have_count(2, timeout=PATIENCE_MS)
    expect_value(page, "mark-price", price_of(1_010))
    assert balance(stack, wallet.account.address) == MAIN - value - fee
    page.goto(page.url.split("#")[0] + "#/portfolio")
    held = page.locator(f'[data-testid="holding-row"][data-property="{number}"]')
    expect(held).to_contain_text("15", timeout=PATIENCE_MS)
    expect_value(page, "profit-unrealised", price_of(1_010) * 15 - value - fee)


def test_a_sale_locks_what_rests_and_pays_what_trades(
    open_page: OpenPage, stack: Up, wallet: Wallet, number: int
) -> None:
    place(stack, number, ASK, 1_000, 10)
    page = visit(open_page, number)
    order(page, "bid", "10.00", "10")
    sign(page)
    expect(level(page, "ask", 1_000)).to_have_count(0, timeout=PATIENCE_MS)
    place(stack, number, BID, 1_100, 4)
    expect_level(page, "bid", 1_100, 4)
    order(page, "ask", "11.00", "10")
    expect_value(page, "review-filled", 4)
    expect_value(page, "review-locked", 6)
    sign(page)
    expect_level(page, "ask", 1_100, 6)
    paid = price_of(1_000) * 10 + fee_of(price_of(1_000) * 10, TAKER_FEE_PPM)
    got = price_of(1_100) * 4 - fee_of(price_of(1_100) * 4, TAKER_FEE_PPM)
    assert balance(stack, wallet.account.address) == MAIN - paid + got
    page.goto(page.url.split("#")[0] + "#/portfolio")
    expect_value(page, "profit-realised", got - paid * 4 // 10)


def test_an_order_is_reduced_and_cancelled_and_all_comes_back(
    open_page: OpenPage, stack: Up, wallet: Wallet, number: int
) -> None:
    page = visit(open_page, number)
    order(page, "bid", "9.00", "30")
    sign(page)
    row = page.get_by_test_id("order-row")
    expect(row).to_have_attribute("data-remaining", "30", timeout=PATIENCE_MS)
    page.get_by_test_id("order-reduce").click()
    page.get_by_test_id("action-amount").fill("30")
    page.get_by_test_id("action-review").click()
    expect(page.get_by_test_id("action-error")).to_contain_text("cancel the order")
    page.get_by_test_id("action-amount").fill("10")
    page.get_by_test_id("action-review").click()
    expect_value(page, "review-rests", 20)
    sign(page)
    expect(row).to_have_attribute("data-remaining", "20", timeout=PATIENCE_MS)
    expect_level(page, "bid", 900, 20)
    page.get_by_test_id("order-cancel").click()
    sign(page)
    expect(row).to_have_count(0, timeout=PATIENCE_MS)
    expect(level(page, "bid", 900)).to_have_count(0)
    assert balance(stack, wallet.account.address) == MAIN
    page.get_by_test_id("orders-all").click()
    past = page.get_by_test_id("past-order")
    expect(past).to_have_attribute("data-status", "cancelled", timeout=PATIENCE_MS)


def test_all_orders_are_cancelled_by_one_signature(open_page: OpenPage, stack: Up, wallet: Wallet, number: int) -> None:
    page = visit(open_page, number)
    for price in ("8.00", "7.50"):
        order(page, "bid", price, "10")
        sign(page)
    expect(page.get_by_test_id("order-row")).to_have_count(2, timeout=PATIENCE_MS)
    page.get_by_test_id("cancel-all").click()
    sign(page)
    expect(page.get_by_test_id("order-row")).to_have_count(0, timeout=PATIENCE_MS)
    assert len(wallet.asked) == 3
    assert escrowed(stack, number) == 0


@pytest.mark.parametrize(
    ("order_type", "price", "quantity", "beside", "words"),
    [
        ("good_till_cancelled", "9.001", "20", "price", "steps of 0.01"),
        ("good_till_cancelled", "9.00", "0", "quantity", "none"),
        ("good_till_cancelled", "0.10", "1", "quantity", "at least 5.00"),
        ("good_till_cancelled", "100000", "20", "quantity", "main account holds"),
        ("post_only", "10.00", "20", "price", "would trade at once"),
        ("fill_or_kill", "10.00", "20", "quantity", "all or nothing"),
        ("immediate_or_cancel", "9.00", "20", "quantity", "Nothing would trade"),
    ],
)
def test_a_refusal_stands_beside_the_field_that_can_mend_it(
    open_page: OpenPage, stack: Up, wallet: Wallet, number: int,
    order_type: str, price: str, quantity: str, beside: str, words: str,
) -> None:  # fmt: skip
    place(stack, number, ASK, 1_000, 10)
    page = visit(open_page, number)
    expect_level(page, "ask", 1_000, 10)
    order(page, "bid", price, quantity, order_type)
    expect(page.get_by_test_id(f"ticket-{beside}-fault")).to_contain_text(words, timeout=PATIENCE_MS)
    expect(page.get_by_test_id("action-sign")).to_have_count(0)
    assert wallet.asked == []


def test_the_chain_s_own_refusal_comes_before_the_wallet_is_asked(
    open_page: OpenPage, wallet: Wallet, stack: Up, number: int
) -> None:
    """The page has not heard yet that the book is halted; the server asks the chain."""
    page = visit(open_page, number)

    def halted_first(route: Route) -> None:
        halt(stack, number)
        route.continue_()

    page.route("**/prepare/place_order", halted_first)
    order(page, "bid", "9.00", "20")
    expect(page.get_by_test_id("ticket-error")).to_contain_text("halted", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("market-status")).to_contain_text("Halted", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("ticket-review")).to_be_disabled()
    assert wallet.asked == []


def test_an_order_that_says_something_else_is_never_signed(open_page: OpenPage, wallet: Wallet, number: int) -> None:
    """A server that was broken into bids a hundred times the price."""
    page = visit(open_page, number)

    def raise_the_price(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(f"{900:064x}", f"{90_000:064x}"))

    page.route("**/prepare/place_order", raise_the_price)
    order(page, "bid", "9.00", "20")
    expect(page.get_by_test_id("action-error")).to_contain_text("another price", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("action-sign")).to_be_disabled()
    assert wallet.asked == []


def test_a_market_order_has_a_bound_from_the_book_and_a_least_fill(open_page: OpenPage, stack: Up, number: int) -> None:
    place(stack, number, ASK, 1_000, 10)
    page = visit(open_page, number)
    expect_level(page, "ask", 1_000, 10)
    page.get_by_test_id("ticket-type").select_option("market")
    expect(page.get_by_test_id("ticket-price")).not_to_have_value("")
    page.get_by_test_id("ticket-quantity").fill("12")
    page.get_by_test_id("ticket-least").fill("11")
    page.get_by_test_id("ticket-review").click()
    expect(page.get_by_test_id("ticket-least-fault")).to_contain_text("Only 10")
    page.get_by_test_id("ticket-least").fill("10")
    page.get_by_test_id("ticket-review").click()
    expect_value(page, "review-filled", 10)
    expect_value(page, "review-unfilled", 2)
    sign(page)
    expect(level(page, "ask", 1_000)).to_have_count(0, timeout=PATIENCE_MS)


def test_trades_of_others_move_price_tape_and_candles(open_page: OpenPage, stack: Up, number: int) -> None:
    page = visit(open_page, number)
    expect(page.get_by_test_id("candles")).to_have_attribute("data-count", "0", timeout=PATIENCE_MS)
    place(stack, number, ASK, 1_000, 10)
    expect_value(page, "best-ask", price_of(1_000))
    place(stack, number, BID, 1_000, 4)
    expect(page.get_by_test_id("trade-row")).to_have_attribute("data-quantity", "4", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("candles")).to_have_attribute("data-count", "1", timeout=PATIENCE_MS)
    expect_value(page, "mark-price", price_of(1_000))


def test_a_reorganisation_takes_an_order_away_from_the_book(open_page: OpenPage, stack: Up, number: int) -> None:
    place(stack, number, ASK, 1_000, 10)
    page = visit(open_page, number)
    expect_level(page, "ask", 1_000, 10)
    before = chain_call(stack, "evm_snapshot")
    place(stack, number, BID, 1_000, 4)
    place(stack, number, BID, 950, 8)
    expect_level(page, "bid", 950, 8)
    expect_level(page, "ask", 1_000, 6)
    chain_call(stack, "evm_revert", before)
    chain_call(stack, "anvil_mine", "0x4")
    expect(level(page, "bid", 950)).to_have_count(0, timeout=PATIENCE_MS)
    expect_level(page, "ask", 1_000, 10)
    expect(page.get_by_test_id("trade-row")).to_have_count(0, timeout=PATIENCE_MS)


def test_a_bid_is_placed_by_keyboard_alone(open_page: OpenPage, stack: Up, number: int) -> None:
    place(stack, number, ASK, 1_000, 10)
    page = visit(open_page, number)
    expect_level(page, "ask", 1_000, 10)
    level(page, "ask", 1_000).locator("button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("ticket-price")).to_have_value("10.00")
    expect(page.get_by_test_id("ticket-quantity")).to_be_focused()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("action-sign")).to_be_enabled(timeout=PATIENCE_MS)
    tab_to(page, "action-sign")
    page.keyboard.press("Enter")
    expect_state(page, "indexed")
    page.keyboard.press("Escape")
    expect_level(page, "ask", 1_000, 5)


def test_what_the_tab_key_reaches_is_not_behind_the_header(open_page: OpenPage, number: int) -> None:
    """A click on a side of the ticket went to the wallet's button, for the page had been scrolled that far."""
    page = visit(open_page, number)
    side = page.get_by_test_id("ticket-bid")
    page.set_viewport_size({"width": 1280, "height": 500})
    side.evaluate("element => scrollBy(0, element.getBoundingClientRect().top - 12)")
    page.get_by_test_id("ticket-type").focus()
    page.keyboard.press("Shift+Tab")
    expect(side).to_be_focused()
    seen = "({x, y}) => document.elementFromPoint(x + 9, y + 9).closest('label')"
    assert side.evaluate(f"side => ({seen})(side.getBoundingClientRect()) === side.parentElement"), "it can be seen"


def tab_to(page: Page, hook: str) -> None:
    target = page.get_by_test_id(hook)
    for _ in range(TABS_MAX):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not reach {hook}")


def test_the_list_and_the_property_lead_to_the_market(open_page: OpenPage, stack: Up, number: int) -> None:
    place(stack, number, BID, 900, 10)
    page = open_page("/#/properties")
    card = page.locator(f'[data-testid="property-card"][data-property="{number}"]')
    expect(card.get_by_test_id("card-bids")).to_contain_text("9.00", timeout=PATIENCE_MS)
    page.goto(page.url.split("#")[0] + f"#/properties/{number}")
    page.get_by_test_id("market-open").click(timeout=PATIENCE_MS)
    expect_level(page, "bid", 900, 10)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_a_trader(
    open_page: OpenPage, stack: Up, number: int, scheme: str
) -> None:
    place(stack, number, ASK, 1_000, 10)
    place(stack, number, BID, 990, 10)
    page = visit(open_page, number)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect_level(page, "bid", 990, 10)
    page.get_by_test_id("ticket-quantity").fill("5")
    assert obstacles(page) == []
    order(page, "bid", "9.95", "5")
    expect(page.get_by_test_id("action-sign")).to_be_enabled(timeout=PATIENCE_MS)
    assert obstacles(page) == []
    sign(page)
    page.get_by_test_id("orders-all").click()
    expect(page.get_by_test_id("past-order")).to_have_count(1, timeout=PATIENCE_MS)
    assert obstacles(page) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for tab in ("book", "chart", "trades", "ticket"):
        page.get_by_test_id(f"tab-{tab}").click()
        assert obstacles(page) == []
