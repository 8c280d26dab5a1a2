"""The page in a real browser, used as an investor uses it: look, connect, pay, watch it become final."""

import re

import pytest
from playwright.sync_api import expect
from web3 import Web3

from local.people import STARTING_DOLLARS, UNIT
from tests.e2e.conftest import Wallet, chain_call
from tests.e2e.steps import PATIENCE_MS, OpenPage, balance, connect, expect_state, expect_total, fill, obstacles
from tests.stack import Up

pytestmark = pytest.mark.slow

TWO_EPOCHS = 24
START = STARTING_DOLLARS * UNIT
PAID = 1_250_500_000


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
    fill(page, "transfer-open", to=payee, amount="1250.50", reference="invoice 7")
    page.get_by_test_id("action-sign").click()
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
    fill(page, "transfer-open", to=payee, amount="10", reference="invoice 7")
    page.get_by_test_id("action-sign").click()
    expect_state(page, "rejected")
    assert balance(stack, payee) == before
    wallet.approves = True
    page.get_by_test_id("action-retry").click()
    page.get_by_test_id("action-sign").click()
    expect_state(page, "indexed")
    assert balance(stack, payee) == before + 10 * UNIT
    assert wallet.asked[0]["data"] == wallet.asked[1]["data"], "the same key: a retry cannot pay twice"


def test_too_much_is_refused_in_words_before_the_wallet_is_asked(open_page: OpenPage, wallet: Wallet) -> None:
    page = open_page("/#/money")
    connect(page)
    fill(
        page, "transfer-open", to=Web3.to_checksum_address("0x" + "11" * 20), amount="999999999", reference="invoice 7"
    )
    # The page's words where it knows the balance by then, the API's where it does not.
    words = re.compile("does not hold that much|The account holds 40000000000 base units")
    expect(page.get_by_test_id("action-error").first).to_contain_text(words, timeout=PATIENCE_MS)
    sign = page.get_by_test_id("action-sign")
    assert sign.count() == 0 or sign.is_disabled()
    assert wallet.asked == []


@pytest.mark.parametrize("amount", ["-1", "1.0000001", "1e3", "0", "abc"])
def test_an_amount_that_is_none_is_refused(open_page: OpenPage, wallet: Wallet, amount: str) -> None:
    page = open_page("/#/money")
    connect(page)
    fill(page, "transfer-open", to=Web3.to_checksum_address("0x" + "11" * 20), amount=amount)
    expect(page.get_by_test_id("action-error").first).to_be_visible(timeout=PATIENCE_MS)
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
@pytest.mark.parametrize(
    "screen", ["properties", "properties/1", "properties/4", "properties/5", "market/1", "portfolio", "money"]
)
def test_nothing_serious_stands_in_the_way_of_anybody(open_page: OpenPage, screen: str, scheme: str) -> None:
    page = open_page(f"/#/{screen}")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    connect(page)
    page.wait_for_load_state("networkidle")
    assert obstacles(page) == []


@pytest.mark.parametrize("opened_by", ["deposit-open", "withdraw-open", "transfer-open", "export-open"])
def test_nor_in_a_dialog(open_page: OpenPage, opened_by: str) -> None:
    page = open_page("/#/money")
    connect(page)
    expect_total(page, START)
    page.get_by_test_id(opened_by).click()
    assert obstacles(page) == []


def test_nor_in_a_review(open_page: OpenPage) -> None:
    page = open_page("/#/properties/4")
    connect(page)
    fill(page, "subscribe-open", amount="10")
    expect(page.get_by_test_id("action-sign")).to_be_enabled(timeout=PATIENCE_MS)
    assert obstacles(page) == []


def test_a_wallet_that_is_not_listed_is_told_so(open_page: OpenPage) -> None:
    page = open_page("/#/properties/5")
    connect(page)
    expect(page.get_by_test_id("eligibility")).to_contain_text("Not listed", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("eligibility")).to_have_attribute("data-eligible", "false")
