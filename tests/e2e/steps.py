"""What a person does on the page, and what they then expect to see."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from local.people import UNIT, main_account
from tests.stack import ROOT, Up

PATIENCE_MS = 60_000
"""A busy machine may take so long for what takes a moment; no expectation gives up before."""
expect.set_options(timeout=PATIENCE_MS)

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
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
    """Where the action that the dialog shows has come to."""
    expect(page.get_by_test_id("action-state")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)


def fill(page: Page, opened_by: str, **fields: str) -> None:
    """Open an action's form, fill it in and ask for its review."""
    page.get_by_test_id(opened_by).first.click()
    for name, value in fields.items():
        page.get_by_test_id(f"action-{name}").fill(value)
    page.get_by_test_id("action-review").click()


def sign(page: Page) -> None:
    """Sign what the review shows, once it can be signed; close the dialog once it is in the books."""
    page.get_by_test_id("action-sign").click(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("action-state")).to_have_attribute("data-stage", "call", timeout=PATIENCE_MS)
    expect_state(page, "indexed")
    page.keyboard.press("Escape")


def balance(stack: Up, owner: str) -> int:
    held: int = stack.people.vault.functions.balance_of(main_account(owner)).call()
    return held


def obstacles(page: Page) -> list[tuple[str, str]]:
    """What axe finds serious or worse: the rule, and the first place."""
    page.evaluate(AXE.read_text() + "; window.axe = axe; 0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [violation for violation in found["violations"] if violation["impact"] in ("serious", "critical")]
    return [(violation["id"], violation["nodes"][0]["html"]) for violation in serious]
