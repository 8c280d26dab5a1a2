"""The page in a real browser, used as an investor uses it: look, connect, pay, watch it become final."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from web3 import Web3

from local.people import STARTING_DOLLARS, UNIT, main_account
from tests.e2e.conftest import Wallet, chain_call
from tests.stack import ROOT, Up

pytestmark = pytest.mark.slow

PATIENCE_MS = 20_000
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
TWO_EPOCHS = 24
START = STARTING_DOLLARS * UNIT
PAID = 1_250_500_000

OpenPage = Callable[..., Page]


def connect(page: Page) -> None:
    page.get_by_test_id("connect").click()
    page.get_by_test_id("wallet-choice").filter(has_text="Test wallet").click()
    expect(page.get_by_test_id("wallet-address")).to_be_visible()


def expect_total(page: Page, units: int) -> None:
    """The figure for people and the exact one behind it."""
    total = page.get_by_test_id("money-total")
    expect(total).to_have_attribute("data-value", str(units), timeout=PATIENCE_MS)
    shown = re.sub(r"[^0-9.]", "", total.inner_text())
    assert shown.startswith(f"{units // UNIT}.{units % UNIT // 10_000:02}")


def expect_state(page: Page, state: str) -> None:
    expect(page.get_by_test_id("transfer-state")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)


def fill_transfer(page: Page, to: str, amount: str, reference: str = "invoice 7") -> None:
    page.get_by_test_id("transfer-open").first.click()
    page.get_by_test_id("transfer-to").fill(to)
    page.get_by_test_id("transfer-amount").fill(amount)
    page.get_by_test_id("transfer-reference").fill(reference)
    page.get_by_test_id("transfer-review").click()


def balance(stack: Up, owner: str) -> int:
    held: int = stack.people.vault.functions.balance_of(main_account(owner)).call()
    return held


def test_a_visitor_without_a_wallet_sees_what_there_is(open_page: OpenPage, stack: Up) -> None:
    page = open_page()
    for name in ("Linden Court", "Harbour Mill", "Larkfield Yard"):
        expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_test_id("indexed-block").first).to_contain_text(str(stack.web3.eth.block_number)[0])


def test_money_from_outside_moves_the_page_without_a_reload(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    page = open_page("/#/portfolio")
    connect(page)
    expect_total(page, START)
    stack.pay(12_340_000, wallet.account.address)
    expect_total(page, START + 12_340_000)


def test_a_transfer_goes_from_the_wallet_to_final(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    payee = stack.people.persons[2]
    before = balance(stack, payee)
    page = open_page("/#/money")
    connect(page)
    fill_transfer(page, payee, "1250.50")
    page.get_by_test_id("transfer-sign").click()
    expect_state(page, "indexed")
    assert balance(stack, payee) == before + PAID
    chain_call(stack, "anvil_mine", hex(TWO_EPOCHS))
    expect_state(page, "final")
    assert len(wallet.asked) == 1
    assert wallet.asked[0]["to"].lower() == stack.people.vault.address.lower()
    page.keyboard.press("Escape")
    expect_total(page, START - PAID)


def test_a_refusal_in_the_wallet_moves_nothing_and_can_be_tried_again(
    open_page: OpenPage, stack: Up, wallet: Wallet
) -> None:
    payee = stack.people.persons[3]
    before = balance(stack, payee)
    page = open_page("/#/money")
    connect(page)
    wallet.approves = False
    fill_transfer(page, payee, "10")
    page.get_by_test_id("transfer-sign").click()
    expect_state(page, "rejected")
    assert balance(stack, payee) == before
    wallet.approves = True
    page.get_by_test_id("transfer-retry").click()
    page.get_by_test_id("transfer-sign").click()
    expect_state(page, "indexed")
    assert balance(stack, payee) == before + 10 * UNIT
    assert wallet.asked[0]["data"] == wallet.asked[1]["data"], "the same key: a retry cannot pay twice"


def test_too_much_is_refused_in_words_before_the_wallet_is_asked(open_page: OpenPage, wallet: Wallet) -> None:
    page = open_page("/#/money")
    connect(page)
    fill_transfer(page, Web3.to_checksum_address("0x" + "11" * 20), "999999999")
    expect(page.get_by_test_id("transfer-error").first).to_contain_text("does not hold that much", timeout=PATIENCE_MS)
    assert page.get_by_test_id("transfer-sign").count() == 0
    assert wallet.asked == []


@pytest.mark.parametrize("amount", ["-1", "1.0000001", "1e3", "0", "abc"])
def test_an_amount_that_is_none_is_refused(open_page: OpenPage, wallet: Wallet, amount: str) -> None:
    page = open_page("/#/money")
    connect(page)
    fill_transfer(page, Web3.to_checksum_address("0x" + "11" * 20), amount)
    expect(page.get_by_test_id("transfer-error").first).to_be_visible(timeout=PATIENCE_MS)
    assert wallet.asked == []


def test_a_reorganisation_takes_a_payment_back_from_the_page(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    page = open_page("/#/portfolio")
    connect(page)
    expect_total(page, START)
    before = chain_call(stack, "evm_snapshot")
    stack.pay(77_000_000, wallet.account.address)
    expect_total(page, START + 77_000_000)
    chain_call(stack, "evm_revert", before)
    chain_call(stack, "anvil_mine", "0x3")
    expect_total(page, START)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["properties", "properties/1", "portfolio", "money"])
def test_nothing_serious_stands_in_the_way_of_anybody(open_page: OpenPage, screen: str, scheme: str) -> None:
    page = open_page(f"/#/{screen}")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    connect(page)
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text() + "; window.axe = axe; 0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [violation for violation in found["violations"] if violation["impact"] in ("serious", "critical")]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in serious] == []
