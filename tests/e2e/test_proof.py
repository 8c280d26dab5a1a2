"""Proofs on the page: a figure followed down from a block's hash, and what a server could make up, refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Wallet
from tests.e2e.steps import OpenPage, balance, connect, obstacles
from tests.stack import Up

pytestmark = pytest.mark.slow

OTHER_BLOCK = "0x" + 32 * "11"


def prove(page: Page, row: str) -> None:
    page.locator(f"{row} [data-testid=proof-open]").first.click()
    expect(page.get_by_test_id("proof-verdict")).to_be_visible()


def expect_verdict(page: Page, outcome: str, words: str, steps: list[str]) -> None:
    verdict = page.get_by_test_id("proof-verdict")
    expect(verdict).to_have_attribute("data-outcome", outcome)
    expect(verdict).to_contain_text(words)
    shown = page.get_by_test_id("proof-step").evaluate_all("steps => steps.map((step) => step.dataset.outcome)")
    assert shown == steps


def lie(page: Page, change: Callable[[dict[str, Any]], object]) -> None:
    """Let the server's real answer arrive with something changed in it."""

    def altered(route: Route) -> None:
        body = route.fetch().json()
        change(body)
        route.fulfill(json=body)

    page.route("**/v1/proofs/**", altered)


def test_a_balance_is_proven_and_taken_home(open_page: OpenPage, stack: Up, wallet: Wallet) -> None:
    page = open_page("/#/portfolio")
    connect(page)
    prove(page, ".account-row")
    expect_verdict(page, "holds", "your wallet's node has too", 5 * ["holds"])
    held = balance(stack, wallet.account.address)
    assert held > 0
    expect(page.get_by_test_id("proof-figure")).to_have_attribute("data-value", str(held))
    with page.expect_download() as download:
        page.get_by_test_id("proof-save").click()
    saved = json.loads(download.value.path().read_text())
    assert saved["balance"] == str(held)
    block = saved["proof"]["block"]
    assert stack.web3.eth.get_block(block["number"])["hash"].to_0x_hex() == block["hash"]
    assert download.value.suggested_filename == f"proof-{block['number']}.json"


def test_fractions_are_proven_without_a_wallet(open_page: OpenPage, stack: Up) -> None:
    page = open_page("/#/properties/1")
    row = page.get_by_test_id("holder-row").first
    holder = row.get_attribute("data-holder")
    prove(page, "[data-testid=holder-row]")
    expect_verdict(page, "holds", "from the block's hash", ["holds", "open", "holds", "holds", "holds"])
    held = stack.people.token.functions.balanceOf(holder, 1).call()
    assert held > 0
    expect(page.get_by_test_id("proof-figure")).to_have_attribute("data-value", str(held))
    expect(page.locator("fh-proof")).to_contain_text("No wallet is connected")
    assert obstacles(page) == []


def altered_node(body: dict[str, Any]) -> None:
    nodes = body["proof"]["words"][0]["proof"]
    nodes[-1] = nodes[-1][:-1] + ("0" if nodes[-1][-1] != "0" else "1")


def richer(body: dict[str, Any]) -> None:
    body["balance"] = body["indexed_balance"] = str(int(body["balance"]) + 10**9)


LIES: dict[str, tuple[Callable[[dict[str, Any]], object], str, list[str]]] = {
    "a word": (altered_node, "Not proven", ["holds", "unreached", "holds", "fails", "unreached"]),
    "a block's hash": (
        lambda body: body["proof"]["block"].update(hash=OTHER_BLOCK), "Not proven",
        ["fails", *4 * ["unreached"]],
    ),
    "a node left out": (
        lambda body: body["proof"]["contract"]["proof"].pop(), "Not proven",
        ["holds", "unreached", "fails", "unreached", "unreached"],
    ),
    "a larger balance": (richer, "another figure", ["holds", "holds", "holds", "holds", "fails"]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words", "steps"), LIES.values(), ids=LIES.keys())
def test_a_server_that_makes_something_up_is_found_out(
    open_page: OpenPage,
    stack: Up,
    wallet: Wallet,
    change: Callable[[dict[str, Any]], object],
    words: str,
    steps: list[str],
) -> None:
    page = open_page("/#/portfolio")
    lie(page, change)
    connect(page)
    prove(page, ".account-row")
    expect_verdict(page, "fails", words, steps)
    if "holds" in steps[3]:
        held = str(balance(stack, wallet.account.address))
        expect(page.get_by_test_id("proof-figure")).to_have_attribute("data-value", held)
    else:
        expect(page.get_by_test_id("proof-figure")).to_have_count(0)
    assert obstacles(page) == []
    page.unroute("**/v1/proofs/**")
    page.get_by_test_id("proof-again").click()
    expect_verdict(page, "holds", "your wallet's node has too", 5 * ["holds"])


def test_a_wallet_whose_node_follows_another_branch_says_so(open_page: OpenPage, wallet: Wallet) -> None:
    wallet.block_hash = OTHER_BLOCK
    page = open_page("/#/portfolio")
    connect(page)
    prove(page, ".account-row")
    expect_verdict(page, "fails", "does not have", ["holds", "fails", "holds", "holds", "holds"])
