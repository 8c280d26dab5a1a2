"""Rent from its declaration to the holder's account, as the page shows it."""

import pytest
from playwright.sync_api import expect

from local.people import STARTING_DOLLARS, UNIT
from tests.e2e.conftest import Wallet, pass_time
from tests.e2e.issuer import allot, declare_rent, list_property
from tests.e2e.steps import PATIENCE_MS, OpenPage, balance, connect, sign
from tests.stack import Up

pytestmark = pytest.mark.slow

MAIN = STARTING_DOLLARS * UNIT * 4 // 5
RENT = 1_000_000_001
EVEN_RENT = 1_000_000_000
"""Without a remainder for the ten fractions that share it: a holder's claims are floored."""
PERIOD = 202610
HELD, ELSEWHERE = 2, 1


def test_rent_is_released_and_claimed_on_the_page(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    number = list_property(stack, 10)
    allot(stack, number, wallet.account.address, HELD)
    allot(stack, number, stack.people.persons[0], ELSEWHERE)
    page = open_page(f"/#/properties/{number}")
    connect(page)
    wait = declare_rent(stack, number, PERIOD, RENT)
    row = page.locator(f'[data-testid="rent-row"][data-period="{PERIOD}"]')
    expect(row).to_contain_text("October 2026", timeout=PATIENCE_MS)
    expect(row).to_have_attribute("data-state", "declared")
    pass_time(stack, wait)
    expect(row).to_have_attribute("data-state", "due", timeout=PATIENCE_MS)
    page.get_by_test_id("rent-release").click()
    sign(page)
    expect(row).to_have_attribute("data-state", "released", timeout=PATIENCE_MS)
    share = RENT * HELD // (HELD + ELSEWHERE)
    expect(page.get_by_test_id("claimable")).to_have_attribute("data-value", str(share), timeout=PATIENCE_MS)
    page.get_by_test_id("rent-claim").click()
    sign(page)
    expect(page.get_by_test_id("claimable")).to_have_attribute("data-value", "0", timeout=PATIENCE_MS)
    assert balance(stack, wallet.account.address) == MAIN + share


def test_all_rent_is_claimed_one_property_after_another(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    waits = []
    numbers = [list_property(stack, 10) for _ in range(2)]
    for number in numbers:
        allot(stack, number, wallet.account.address, 10)
        waits.append(declare_rent(stack, number, PERIOD, EVEN_RENT))
    pass_time(stack, max(waits))
    people = stack.people
    for number in numbers:
        people.send(people.token.functions.release_rent(number, PERIOD), people.persons[0])
    page = open_page("/#/portfolio")
    connect(page)
    total = page.get_by_test_id("claimable-total")
    expect(total).to_have_attribute("data-value", str(2 * EVEN_RENT), timeout=PATIENCE_MS)
    page.get_by_test_id("claim-all").click()
    page.get_by_test_id("action-sign").click(timeout=PATIENCE_MS)
    page.get_by_test_id("action-next").click(timeout=PATIENCE_MS)
    sign(page)
    expect(total).to_have_attribute("data-value", "0", timeout=PATIENCE_MS)
    assert balance(stack, wallet.account.address) == MAIN + 2 * EVEN_RENT
