"""Fractions sent from wallet to wallet on the page."""

import pytest
from playwright.sync_api import expect
from web3 import Web3

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


def test_many_holders_come_page_by_page_and_stay_while_fractions_move(open_page: OpenPage, stack: Up) -> None:
    number, holders = list_property(stack, 100), [f"0x{0xF0000 + position:040x}" for position in range(25)]
    for holder in holders:
        allot(stack, number, Web3.to_checksum_address(holder), 3)
    page = open_page(f"/#/properties/{number}")
    rows, more = page.get_by_test_id("holder-row"), page.get_by_test_id("holders-more")
    expect(rows).to_have_count(20, timeout=PATIENCE_MS)
    more.click()
    expect(rows).to_have_count(25, timeout=PATIENCE_MS)
    expect(more).to_have_count(0)
    allot(stack, number, stack.people.persons[4], 4)
    expect(rows).to_have_count(26, timeout=PATIENCE_MS)
    expect(rows.first).to_have_attribute("data-holder", stack.people.persons[4])
