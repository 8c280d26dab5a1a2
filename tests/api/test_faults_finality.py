"""The chain takes back what it called final: the index halts and changes nothing, and whoever reads notices nothing."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from local.postgres import Postgres
from tests.api.replica import Replica, portfolio_by_rest
from tests.api.stack import SECONDS, Stack, running_stack
from tests.conftest import Deployed
from tests.indexer.indexing import invoke

pytestmark = pytest.mark.slow

HALTED = 3
DEPTH = 6
PATHS = ("/status", "/properties", "/postings", "/markets", "/digest")


@pytest.fixture
def stack(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    """A block is final there when it is two blocks deep."""
    with running_stack(postgres, deployed, workshop, slots_in_an_epoch=1) as running:
        running.live(random.Random(50), 12)
        running.settle()
        yield running


def test_readers_go_on_while_the_index_is_halted(stack: Stack) -> None:
    anna, halted = stack.people.persons[0], Event()
    head, paths = stack.settle(), (*PATHS, f"/portfolio/{anna}")
    before = {path: stack.api.read(path) for path in paths}
    client = Replica(stack.api.ws, [("account", anna), ("blocks", None)])

    def read() -> list[tuple[str, int, Any]]:
        answers = []
        while not halted.is_set():
            for path in paths:
                answer = stack.api.get(path)
                answers.append((path, answer.status_code, answer.json()))
        return answers

    with client.connected(), ThreadPoolExecutor(1) as pool:
        client.hear_beginnings()
        reading = pool.submit(read)
        stack.chain.call("anvil_reorg", DEPTH, [])
        assert stack.indexer.child.wait(SECONDS) == HALTED
        halted.set()
        assert len(reading.result()) > 0
        assert all((status, body) == (200, before[path]) for path, status, body in reading.result())
        assert {path: stack.api.read(path) for path in paths} == before, "also afterwards"
        assert stack.api.get("/status", min_block=head).status_code == 200
        assert stack.api.client.get("/readyz").status_code == 204
        client.hear_all()
        assert "reorg" not in client.seen
        assert client.portfolio(anna) == portfolio_by_rest(before[f"/portfolio/{anna}"])
    status = invoke("status", "--database", stack.writer)
    assert status.exit_code == HALTED
    assert f"freehold indexer rewind --to {head - DEPTH}" in status.output, "the next command"
    again = stack.start_indexer()
    assert again.child.wait(SECONDS) == HALTED
    assert "freehold indexer rewind --to" in again.last_lines()
    assert {path: stack.api.read(path) for path in paths} == before
