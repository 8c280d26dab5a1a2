"""Fractions sent from wallet to wallet on the page."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Wallet
from tests.e2e.issuer import allot, list_property
from tests.e2e.steps import PATIENCE_MS, OpenPage, connect, fill, sign
from tests.stack import Up

pytestmark = pytest.mark.slow


def test_fractions_are_sent_and_the_page_follows(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    number, friend = list_property(stack, 10), stack.people.persons[4]
    allot(stack, number, wallet.account.address, 10)
    page = open_page(f"/#/properties/{number}")
    connect(page)
    own = page.get_by_test_id("own-fractions")
    expect(own).to_have_attribute("data-value", "10", timeout=PATIENCE_MS)
    fill(page, "send-open", to=friend, amount="11")
    expect(page.get_by_test_id("action-error")).to_contain_text("do not hold that many")
    page.get_by_test_id("action-amount").fill("3")
    page.get_by_test_id("action-review").click()
    sign(page)
    expect(own).to_have_attribute("data-value", "7", timeout=PATIENCE_MS)
    assert stack.people.token.functions.balanceOf(friend, number).call() == 3
