"""Money into the vault and out of it, through the page and the wallet that it speaks to."""

import csv
import io
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from local.people import STARTING_DOLLARS, UNIT, main_account
from tests.e2e.conftest import Wallet, chain_call
from tests.e2e.steps import PATIENCE_MS, OpenPage, balance, connect, expect_state, expect_total, fill, sign
from tests.stack import Up

pytestmark = pytest.mark.slow

START = STARTING_DOLLARS * UNIT
IN_WALLET = START
DEPOSITED = 1_234_567_891
AMOUNT = "1234.567891"


def allow_nothing(stack: Up, wallet: Wallet) -> None:
    """Take the approval back that the fixture gave."""
    people, owner = stack.people, wallet.account.address
    chain_call(stack, "anvil_impersonateAccount", owner)
    people.send(people.dollar.functions.approve(people.vault.address, 0), owner)
    chain_call(stack, "anvil_stopImpersonatingAccount", owner)


def held_by(stack: Up, wallet: Wallet) -> int:
    held: int = stack.people.dollar.functions.balanceOf(wallet.account.address).call()
    return held


def expect_steps(page: Page, *names: str) -> None:
    trail = page.get_by_test_id("action-sentence").locator("li")
    expect(trail).to_have_count(len(names), timeout=PATIENCE_MS)
    for index, name in enumerate(names):
        expect(trail.nth(index)).to_contain_text(name)


def test_a_deposit_takes_one_permit_and_one_transaction(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    allow_nothing(stack, wallet)
    page = open_page("/#/money")
    connect(page)
    fill(page, "deposit-open", amount=AMOUNT)
    expect_steps(page, "permit", "deposit")
    sign(page)
    expect_total(page, START + DEPOSITED)
    assert len(wallet.signed) == 1
    assert len(wallet.asked) == 1
    permit = wallet.signed[0]["message"]
    assert permit["spender"] == stack.people.vault.address
    assert int(permit["value"]) == DEPOSITED, "the vault may take what is deposited, and not a unit more"
    assert held_by(stack, wallet) == IN_WALLET - DEPOSITED


def test_a_wallet_that_signs_no_data_approves_first(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    allow_nothing(stack, wallet)
    wallet.signs_data = False
    page = open_page("/#/money")
    connect(page)
    fill(page, "deposit-open", amount=AMOUNT)
    sign(page)
    expect_total(page, START + DEPOSITED)
    approval, deposit = wallet.asked
    coin, vault = stack.people.dollar, stack.people.vault
    assert (approval["to"], deposit["to"]) == (coin.address, vault.address)
    _, allowed = coin.decode_function_input(approval["data"])
    assert sorted(allowed.values(), key=str) == sorted([vault.address, DEPOSITED], key=str)


def test_a_permit_that_is_declined_moves_nothing(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    allow_nothing(stack, wallet)
    page = open_page("/#/money")
    connect(page)
    page.evaluate("window.testWallet = async () => JSON.stringify({error: {code: 4001, message: 'no'}})")
    fill(page, "deposit-open", amount=AMOUNT)
    page.get_by_test_id("action-sign").click()
    expect_state(page, "rejected")
    assert held_by(stack, wallet) == IN_WALLET


def test_money_withdrawn_is_in_the_wallet_again(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    page = open_page("/#/money")
    connect(page)
    fill(page, "withdraw-open", amount="0.000001")
    sign(page)
    expect_total(page, START - 1)
    assert held_by(stack, wallet) == IN_WALLET + 1
    expect(page.get_by_test_id("posting-row").first).to_contain_text("Withdrawal", timeout=PATIENCE_MS)


NOT_THAT_MUCH = re.compile("does not hold that much|are needed")
"""The page's own words; the API's, where the page has not read the balances yet."""


def test_more_than_there_is_can_be_neither_deposited_nor_withdrawn(open_page: OpenPage, wallet: Wallet) -> None:
    page = open_page("/#/money")
    connect(page)
    for opened_by in ("deposit-open", "withdraw-open"):
        fill(page, opened_by, amount="50000.000001")
        expect(page.get_by_test_id("action-error")).to_contain_text(NOT_THAT_MUCH)
        page.keyboard.press("Escape")
    assert wallet.asked == []


def test_a_new_sub_account_opens_with_its_first_money(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    page = open_page("/#/money")
    connect(page)
    page.get_by_test_id("account-new").click()
    page.get_by_test_id("action-amount").fill("25")
    page.get_by_test_id("action-review").click()
    sign(page)
    second = f"0x{main_account(wallet.account.address) + 2:064x}"
    account = page.locator(f'[data-testid="account-balance"][data-account="{second}"]')
    expect(account).to_have_attribute("data-value", str(25 * UNIT), timeout=PATIENCE_MS)
    expect_total(page, START)
    assert balance(stack, wallet.account.address) == START - START // 5 - 25 * UNIT


def test_the_export_menu_leads_to_the_account_s_own_postings(open_page: OpenPage, stack: Up) -> None:
    page = open_page("/#/money")
    connect(page)
    expect_total(page, START)
    page.get_by_test_id("export-open").click()
    page.get_by_test_id("export-period").select_option("all")
    page.get_by_text("With postings that are not final yet").click()
    link = page.get_by_test_id("export-download").get_attribute("href")
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}{link}", timeout=15) as answer:
        rows = list(csv.reader(io.StringIO(answer.read().decode())))
    assert any(str(START) in row for row in rows), "the deposit that the wallet began with"
