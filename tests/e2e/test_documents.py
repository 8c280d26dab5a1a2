"""Documents, whose bytes the page hashes itself before it calls them right."""

import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect
from web3 import Web3

from tests.e2e.issuer import attach, list_property
from tests.e2e.steps import PATIENCE_MS, OpenPage
from tests.stack import Up, until

pytestmark = pytest.mark.slow

CONTENT = b"Valuation of 2026: 1 850 000 TUSD.\n"
FACTS = b'{"built":1911}'
PORT_LINE = 3
"""Of postmaster.pid."""


def row(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="document-row"][data-name="{name}"]')


def expect_outcome(page: Page, name: str, outcome: str) -> None:
    expect(row(page, name)).to_have_attribute("data-outcome", outcome, timeout=PATIENCE_MS)


def test_a_document_is_delivered_by_anyone_and_verified(open_page: OpenPage, stack: Up, tmp_path: Path) -> None:
    number = list_property(stack, 10)
    attach(stack, number, "valuation", CONTENT)
    page = open_page(f"/#/properties/{number}")
    expect_outcome(page, "valuation", "missing")
    wrong, right = tmp_path / "wrong.txt", tmp_path / "right.txt"
    wrong.write_bytes(CONTENT + b" ")
    right.write_bytes(CONTENT)
    chooser = row(page, "valuation").get_by_test_id("document-deliver")
    chooser.set_input_files(wrong)
    expect(row(page, "valuation")).to_contain_text("is another file")
    chooser.set_input_files(right)
    expect_outcome(page, "valuation", "verified")


def test_a_document_that_was_tampered_with_is_shown_as_differing(open_page: OpenPage, stack: Up) -> None:
    """Somebody who got at the server's database changed one digit."""
    number = list_property(stack, 10)
    digest = attach(stack, number, "valuation", CONTENT)
    deliver(stack, digest, CONTENT)
    page = open_page(f"/#/properties/{number}")
    expect_outcome(page, "valuation", "verified")
    tamper(stack, digest, CONTENT.replace(b"1 850", b"1 950"))
    row(page, "valuation").get_by_test_id("document-check").click()
    expect_outcome(page, "valuation", "differs")
    expect(row(page, "valuation")).to_contain_text("Do not rely on them")


def test_facts_that_the_chain_does_not_name_are_not_shown(open_page: OpenPage, stack: Up) -> None:
    number = list_property(stack, 10, FACTS)
    digest = Web3.keccak(FACTS).to_0x_hex()
    deliver(stack, digest, FACTS, "application/json")
    page = open_page(f"/#/properties/{number}")
    expect(page.get_by_test_id("metadata")).to_contain_text("1911", timeout=PATIENCE_MS)
    expect_outcome(page, "metadata", "verified")
    tamper(stack, digest, FACTS.replace(b"1911", b"2021"))
    page.reload()
    expect_outcome(page, "metadata", "differs")
    expect(page.get_by_test_id("metadata")).to_have_count(0)


def deliver(stack: Up, digest: str, content: bytes, media_type: str = "text/plain") -> None:
    """As soon as the event that names it is indexed."""
    until(lambda: any(found["content_hash"] == digest for found in documents(stack)))
    url = f"http://127.0.0.1:{stack.port}/v1/documents/{digest}"
    request = urllib.request.Request(url, content, {"Content-Type": media_type}, method="PUT")
    urllib.request.urlopen(request, timeout=15).close()


def documents(stack: Up) -> list[dict[str, Any]]:
    properties = stack.get("/v1/properties")["properties"]
    newest = max(found["property_id"] for found in properties)
    found: list[dict[str, Any]] = stack.get(f"/v1/properties/{newest}/documents")["documents"]
    return found


def tamper(stack: Up, digest: str, content: bytes) -> None:
    """Straight in the stack's own database, past the API, which would refuse it."""
    home = stack.home / "local" / "postgres"
    port = (home / "data" / "postmaster.pid").read_text().splitlines()[PORT_LINE]
    password = (home / "password").read_text().strip()
    with psycopg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/freehold") as connection:
        changed = connection.execute(
            "UPDATE content.documents SET bytes = %s WHERE hash = %s", (content, bytes.fromhex(digest[2:]))
        )
        assert changed.rowcount == 1
