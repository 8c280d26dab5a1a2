"""What an operator sees: the database's own words, as JSON and as a page, and what to do about each trouble."""

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.operations.page import operations_page
from api.operations.reading import Operator
from local.postgres import Postgres
from local.process import free_port
from tests.api.stack import Api, Stack, require_problem, running_stack, until
from tests.conftest import Deployed
from tests.indexer.indexing import invoke

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def stack(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    with running_stack(postgres, deployed, workshop, slots_in_an_epoch=4) as running:
        yield running


@pytest.fixture(scope="module")
def api(stack: Stack) -> Iterator[Api]:
    with stack.another_api(None, None, 1, "--operations") as running:
        yield running


def reconcile(stack: Stack, *options: str) -> int:
    where = ("--database", stack.writer, "--rpc", stack.chain.url, "--manifest", str(stack.manifest))
    return invoke("reconcile", *where, *options).exit_code


def page_of(api: Api) -> str:
    answer = api.client.get("/operations")
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def test_it_is_shown_where_its_operator_says_so_only(stack: Stack) -> None:
    for path in ("/v1/operations", "/operations"):
        body = require_problem(stack.api.client.get(path), "operations-off")
        assert "--operations" in body["detail"]


def test_the_figures_are_those_of_the_index(stack: Stack, api: Api) -> None:
    stack.live(random.Random(3), 5)
    head = stack.settle()
    found, status = api.read("/operations"), stack.api.read("/status")
    position = found["position"]
    assert (found["state"], found["advice"]) == ("following", None)
    assert (position["indexed_block"], position["head_block"], position["lag_blocks"]) == (head, head, 0)
    assert position["indexed_hash"] == stack.web3.eth.get_block(head)["hash"].to_0x_hex()
    assert position["finalized_block"] == status["meta"]["finalized_block"]
    assert [provider["name"] for provider in found["providers"]] == [stack.chain.url.removeprefix("http://")]
    assert found["providers"][0]["state"] == "proving"
    assert found["verification"]["level"] == "prove"
    (version,) = found["versions"]
    assert (version["live"], version["block"], version["fingerprint"]) == (True, head, status["projection"])
    page = page_of(api)
    assert "Following the chain" in page
    assert f"#{head}" in page.replace("\u2009", "")


def test_a_reorganisation_is_told_with_its_depth(stack: Stack, api: Api) -> None:
    count, left = len(api.read("/operations")["reorgs"]), stack.settle()
    left_hash = stack.web3.eth.get_block(left)["hash"].to_0x_hex()
    stack.chain.call("anvil_reorg", 3, [])
    stack.settle()
    reorgs = api.read("/operations")["reorgs"]
    assert len(reorgs) == count + 1
    assert (reorgs[0]["depth"], reorgs[0]["left_block"], reorgs[0]["left_hash"]) == (3, left, left_hash)
    assert reorgs[0]["fork_block"] == left - 3
    assert left_hash in page_of(api)


def damage(stack: Stack, more: int) -> None:
    """Let the newest of the rows of property 1's balances say another number."""
    with psycopg.connect(stack.writer, autocommit=True) as connection:
        (schema,) = connection.execute("SELECT schema_name FROM journal.versions WHERE live").fetchone() or ("",)
        newest = (
            f"SELECT property_id, holder, block_number, log_index FROM {schema}.holding_changes "
            "WHERE property_id = 1 AND balance > 100 ORDER BY block_number DESC, log_index DESC, holder LIMIT 1"
        )
        connection.execute(
            f"UPDATE {schema}.holding_changes SET balance = balance + %s "
            f"WHERE (property_id, holder, block_number, log_index) = ({newest})".encode(),
            [more],
        )


def check_named(found: dict[str, Any], name: str) -> dict[str, Any]:
    (check,) = (check for check in found["checks"] if check["name"] == name)
    return dict(check)


def test_what_differs_from_the_chain_is_told_until_it_is_mended(stack: Stack, api: Api) -> None:
    stack.chain.call("anvil_mine", 12)
    stack.settle()
    assert reconcile(stack) == 0
    before = api.read("/operations")
    (right, *_) = before["reconciliations"]
    assert (right["differences"], before["differences"]) == (0, [])
    assert right["values"] > 50
    assert check_named(before, "supply")["last_good_block"] == right["block"]
    damage(stack, 7)
    stack.chain.call("anvil_mine", 12)
    stack.settle()
    assert reconcile(stack) == 4
    found = api.read("/operations")
    assert found["reconciliations"][0]["differences"] == len(found["differences"]) > 0
    assert check_named(found, "supply")["differences"] == 1
    assert check_named(found, "supply")["last_good_block"] == right["block"]
    assert found["checks"][0]["differences"] > 0, "the ones that matter come first"
    (supply,) = (one for one in found["differences"] if one["check"] == "supply")
    assert int(supply["ours"]) - int(supply["chain"]) == 7
    assert "freehold indexer reconcile" in found["advice"]
    page = page_of(api)
    assert supply["ours"] in page
    assert "What differs" in page
    damage(stack, -7)
    assert reconcile(stack) == 0
    assert api.read("/operations")["advice"] is None


def test_each_trouble_says_what_to_do(stack: Stack, api: Api) -> None:
    stack.indexer.child.send_signal(signal.SIGTERM)
    stack.indexer.child.wait(10)
    try:
        found = api.read("/operations")
        assert found["state"] == "stopped"
        assert "freehold indexer run" in found["advice"]
        with psycopg.connect(stack.writer, autocommit=True) as connection:
            connection.execute("UPDATE journal.cursor SET halted = %s", [f"block 7 {SCRIPT} was final"])
            halted = api.read("/operations")
            page = page_of(api)
            connection.execute("UPDATE journal.cursor SET halted = NULL")
        assert (halted["state"], halted["advice"]) == ("halted", f"block 7 {SCRIPT} was final")
        assert "Halted" in page
        assert SCRIPT not in page, "what others wrote is text, and nothing else"
        assert "alert(1)" in page
    finally:
        stack.indexer = stack.start_indexer()
    stack.live(random.Random(4), 3)
    stack.settle()
    until(lambda: api.read("/operations")["state"] == "following", "the indexer to lead")


def test_an_empty_database_is_said_to_be_one(postgres: Postgres) -> None:
    postgres.create_database("api_operations_empty")
    found = asyncio.run(Operator(postgres.dsn("freehold_indexer", "api_operations_empty")).read())
    assert (found.state, found.position) == ("empty", None)
    assert "freehold indexer run" in str(found.advice)


def test_a_database_that_is_away_is_said_to_be_on_the_page() -> None:
    answer = asyncio.run(operations_page(Operator(f"postgresql://127.0.0.1:{free_port()}/nothing")))
    assert answer.status_code == 503
    assert "Database away" in bytes(answer.body).decode()
    assert "does not answer" in bytes(answer.body).decode()
