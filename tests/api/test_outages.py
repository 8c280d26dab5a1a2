"""The database goes and comes back, the node goes, a table is locked: each is said, and each passes."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from local.postgres import Postgres, start_postgres
from tests.api.replica import Replica
from tests.api.stack import Stack, require_problem, running_stack, until
from tests.conftest import Deployed

pytestmark = pytest.mark.slow

READS_AT_ONCE = 40


@pytest.fixture(scope="module")
def own_postgres(workshop: Path) -> Iterator[SimpleNamespace]:
    """A server that tests may stop: `server` is the one that runs."""
    home, log = workshop / "own-postgres", workshop / "own-postgres.log"
    own = SimpleNamespace(server=start_postgres(home, log, fsync=False))
    own.start = lambda: start_postgres(home, log, own.server.port, fsync=False)
    yield own
    own.server.stop()


@pytest.fixture(scope="module")
def fragile(own_postgres: SimpleNamespace, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    with running_stack(own_postgres.server, deployed, workshop) as running:
        yield running


def test_a_database_that_answers_nothing_exhausts_the_pool_and_that_is_said(fragile: Stack) -> None:
    """Reads that found no free connection were answered with a 500."""
    anna = fragile.people.persons[0]
    with psycopg.connect(fragile.writer) as connection:
        connection.execute("LOCK TABLE journal.blocks IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(READS_AT_ONCE) as pool:
            answers = list(pool.map(lambda _: fragile.api.get(f"/portfolio/{anna}"), range(READS_AT_ONCE)))
    for answer in answers:
        require_problem(answer, "database-away")
        assert answer.headers["retry-after"]
    assert fragile.api.get(f"/portfolio/{anna}").status_code == 200


def test_the_database_goes_and_comes_back(fragile: Stack, own_postgres: SimpleNamespace) -> None:
    api, anna = fragile.api, fragile.people.persons[0]
    replica = Replica(api.ws, [("account", anna), ("blocks", None)])
    with replica.connected():
        replica.hear_beginnings()
        server: Postgres = own_postgres.server
        server.stop()
        until(lambda: api.client.get("/readyz").status_code == 503, "the API to see that the database is away")
        require_problem(api.client.get("/readyz"), "database-away")
        for path in ("/status", "/properties", f"/portfolio/{anna}", "/postings"):
            answer = api.get(path)
            require_problem(answer, "database-away")
            assert answer.headers["retry-after"]
        require_problem(api.get("/status", min_block=10**9), "database-away")
        assert api.client.get("/livez").status_code == 200
        assert api.get("/deployment").status_code == 200
        replica.say(op="subscribe", channel="account", key=fragile.people.persons[1])
        assert replica.hear_until("error")["code"] == "database-away"
        own_postgres.server = own_postgres.start()
        fragile.live(random.Random(5), 8)
        fragile.settle()
        head = fragile.chain.call("eth_getBlockByNumber", "latest", False)["hash"]
        until(lambda: bool(replica.hear_all() or True) and (replica.tip or {}).get("hash") == head, "the stream")
        held = {row["account"]: row["balance"] for row in replica.known["account", anna].accounts.values()}
        assert held == {row["account"]: row["balance"] for row in api.read(f"/portfolio/{anna}")["accounts"]}


def test_a_restart_of_the_database_between_two_reads_is_not_noticed(
    fragile: Stack, own_postgres: SimpleNamespace
) -> None:
    """The first read on each pooled connection failed, though the database was there."""
    assert fragile.api.get("/status").status_code == 200
    own_postgres.server.stop()
    own_postgres.server = own_postgres.start()
    answer = fragile.api.get("/status")
    assert answer.status_code == 200, answer.text
    fragile.settle()


SICK = {
    "HTML": (200, b"<html>Bad gateway</html>"),
    "502": (502, b"<html>Bad gateway</html>"),
    "429": (429, b'{"error": "slow down"}'),
    "nothing": (200, b""),
    "null": (200, b"null"),
    "a list": (200, b"[]"),
    "an error": (200, b'{"jsonrpc": "2.0", "id": 0, "error": {"code": -32000, "message": "header not found"}}'),
    "an odd error": (200, b'{"jsonrpc": "2.0", "id": 0, "error": "no"}'),
    "no code there": (200, b'{"jsonrpc": "2.0", "id": 0, "result": "0x"}'),
    "not UTF-8": (200, b"\xff\xfe\x00"),
}


@pytest.fixture(scope="module")
def answering(stack: Stack) -> Iterator[SimpleNamespace]:
    """An API whose node answers whatever `answer` is."""
    said = SimpleNamespace(status=200, body=b"")

    class Sick(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(said.status)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sick)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with stack.another_api(rpc=f"http://127.0.0.1:{server.server_port}") as api:
        said.api = api
        yield said
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("answer", SICK.values(), ids=SICK.keys())
def test_a_sick_node_is_said_to_be_away(answering: SimpleNamespace, stack: Stack, answer: tuple[int, bytes]) -> None:
    answering.status, answering.body = answer
    anna, bruno = stack.people.persons[:2]
    require_problem(answering.api.prepare(sender=anna, to=bruno, amount="1"), "node-away")
    if answer[1] not in (SICK["no code there"][1],):
        require_problem(answering.api.get("/transactions/0x" + "ab" * 32), "node-away")
        require_problem(answering.api.get("/status", min_tx="0x" + "ab" * 32), "node-away")
    assert answering.api.get("/properties").status_code == 200


def test_without_a_node_reads_go_on_and_writes_say_so(fragile: Stack) -> None:
    anna, bruno = fragile.people.persons[:2]
    fragile.chain.stop()
    assert fragile.api.get(f"/portfolio/{anna}").status_code == 200
    for answer in (
        fragile.api.prepare(sender=anna, to=bruno, amount="1"),
        fragile.api.get("/transactions/0x" + "ab" * 32),
        fragile.api.get("/status", min_tx="0x" + "ab" * 32),
    ):
        require_problem(answer, "node-away")
        assert answer.headers["retry-after"]
