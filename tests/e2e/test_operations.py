"""The operator's page in a browser: it moves by itself, and everybody can read it."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import chain_call
from tests.e2e.steps import OpenPage, obstacles
from tests.stack import Up

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_operators_page_moves_by_itself(open_page: OpenPage, stack: Up, scheme: str) -> None:
    chain_call(stack, "anvil_mine", "0x14")
    page = open_page("/operations")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(page.get_by_test_id("operations")).to_have_attribute("data-state", "following")
    expect(page.get_by_test_id("providers")).to_contain_text("proving")
    expect(page.get_by_test_id("check").first).to_be_visible()
    differing = page.get_by_test_id("check").evaluate_all(
        "rows => rows.filter((row) => row.dataset.differences !== '0')"
    )
    assert differing == []
    before = page.get_by_test_id("indexed").inner_text()
    chain_call(stack, "anvil_mine", "0x2")
    expect(page.get_by_test_id("indexed")).not_to_have_text(before)
    assert obstacles(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_stays_still_while_somebody_marks_text(open_page: OpenPage, stack: Up) -> None:
    page = open_page("/operations")
    page.get_by_test_id("indexed").dblclick()
    marked = page.evaluate("getSelection().toString()")
    assert marked
    chain_call(stack, "anvil_mine", "0x2")
    page.wait_for_timeout(5_000)
    assert page.evaluate("getSelection().toString()") == marked
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.get_by_test_id("indexed")).not_to_contain_text(marked)
