"""Offerings from the first subscription to the last unit, by way of the page and its visitors' wallets."""

import pytest
from playwright.sync_api import Page, Route, expect

from local.people import STARTING_DOLLARS, UNIT
from tests.e2e.conftest import Wallet, pass_time
from tests.e2e.issuer import offer
from tests.e2e.steps import PATIENCE_MS, OpenPage, balance, connect, fill, sign
from tests.stack import Up

pytestmark = pytest.mark.slow

MAIN = STARTING_DOLLARS * UNIT * 4 // 5
PRICE = 12_345_679
SOFT, HARD = 100, 150
FIRST = 60
OPENS_IN, LASTS = 10, 3_600


@pytest.fixture
def number(stack: Up) -> int:
    """A property whose offering has just opened."""
    found = offer(stack, price=PRICE, soft_cap=SOFT, hard_cap=HARD, opens_in=OPENS_IN, lasts=LASTS)
    pass_time(stack, OPENS_IN)
    return found


def expect_phase(page: Page, phase: str) -> None:
    expect(page.get_by_test_id("offering")).to_have_attribute("data-phase", phase, timeout=PATIENCE_MS)


def expect_subscribed(page: Page, count: int) -> None:
    expect(page.get_by_test_id("offering-subscribed")).to_have_attribute("data-value", str(count), timeout=PATIENCE_MS)


def subscribe(page: Page, count: int) -> None:
    fill(page, "subscribe-open", amount=str(count))
    sign(page)


def push(page: Page, button: str) -> None:
    """One of the buttons that need no form."""
    page.get_by_test_id(button).first.click(timeout=PATIENCE_MS)
    sign(page)


def both(open_page: OpenPage, number: int, wallet: Wallet, other_wallet: Wallet) -> tuple[Page, Page]:
    """Two visitors on the property's screen; the second page remembers the kind of wallet that the first chose."""
    page = open_page(f"/#/properties/{number}", wallet)
    connect(page)
    other = open_page(f"/#/properties/{number}", other_wallet)
    expect(other.get_by_test_id("wallet-address")).to_have_attribute("data-address", other_wallet.account.address)
    return page, other


def escrow(stack: Up, number: int) -> int:
    """What the offering's account of the property holds."""
    account = (int(stack.people.offering.address, 16) << 96) + number
    held: int = stack.people.vault.functions.balance_of(account).call()
    return held


def test_one_unit_short_of_the_soft_cap_everybody_is_refunded(
    open_page: OpenPage, stack: Up, wallet: Wallet, other_wallet: Wallet, number: int
) -> None:
    page, other = both(open_page, number, wallet, other_wallet)
    subscribe(page, FIRST)
    subscribe(other, SOFT - 1 - FIRST)
    expect_subscribed(page, SOFT - 1)
    assert escrow(stack, number) == (SOFT - 1) * PRICE
    pass_time(stack, LASTS)
    expect_phase(page, "closable")
    push(page, "offering-close")
    expect_phase(other, "failed")
    push(page, "offering-refund")
    push(other, "offering-refund")
    assert balance(stack, wallet.account.address) == MAIN, "to the last unit"
    assert balance(stack, other_wallet.account.address) == MAIN
    assert escrow(stack, number) == 0
    expect(page.get_by_test_id("own-subscription")).to_have_attribute("data-state", "refunded", timeout=PATIENCE_MS)


def test_the_soft_cap_met_to_the_unit_settles_and_is_collected(
    open_page: OpenPage, stack: Up, wallet: Wallet, other_wallet: Wallet, number: int
) -> None:
    issuer = stack.people.accounts[1]
    before = balance(stack, issuer)
    page, other = both(open_page, number, wallet, other_wallet)
    subscribe(page, FIRST)
    subscribe(other, SOFT - FIRST)
    expect_subscribed(other, SOFT)
    pass_time(stack, LASTS)
    push(other, "offering-close")
    expect_phase(page, "settled")
    assert balance(stack, issuer) == before + SOFT * PRICE
    push(page, "offering-collect")
    other.goto(other.url.split("#")[0] + "#/portfolio")
    push(other, "offering_collect")
    token = stack.people.token.functions
    assert token.balanceOf(wallet.account.address, number).call() == FIRST
    assert token.balanceOf(other_wallet.account.address, number).call() == SOFT - FIRST
    assert escrow(stack, number) == 0
    expect(page.get_by_test_id("own-fractions")).to_have_attribute("data-value", str(FIRST), timeout=PATIENCE_MS)


def test_a_subscription_is_raised_taken_back_and_then_firm(
    open_page: OpenPage, stack: Up, wallet: Wallet, number: int
) -> None:
    page = open_page(f"/#/properties/{number}")
    connect(page)
    subscribe(page, FIRST)
    subscribe(page, 5)
    expect_subscribed(page, FIRST + 5)
    fill(page, "unsubscribe-open", amount="15")
    sign(page)
    expect_subscribed(page, FIRST - 10)
    assert balance(stack, wallet.account.address) == MAIN - (FIRST - 10) * PRICE
    pass_time(stack, LASTS // 2)
    expect_phase(page, "firm")
    expect(page.get_by_test_id("unsubscribe-open")).to_have_count(0)


def test_more_than_the_hard_cap_is_refused_before_the_wallet_is_asked(
    open_page: OpenPage, wallet: Wallet, number: int
) -> None:
    page = open_page(f"/#/properties/{number}")
    connect(page)
    fill(page, "subscribe-open", amount=str(HARD + 1))
    expect(page.get_by_test_id("action-error")).to_contain_text("at most")
    assert wallet.asked == []


def test_a_call_that_says_something_else_is_never_signed(open_page: OpenPage, wallet: Wallet, number: int) -> None:
    """A server that was broken into asks for a larger subscription than the person did."""
    page = open_page(f"/#/properties/{number}")
    connect(page)

    def enlarge(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(f"{FIRST:064x}", f"{FIRST + 1:064x}"))

    page.route("**/prepare/offering_subscribe", enlarge)
    fill(page, "subscribe-open", amount=str(FIRST))
    expect(page.get_by_test_id("action-error")).to_contain_text("another amount", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("action-sign")).to_be_disabled()
    assert wallet.asked == []
