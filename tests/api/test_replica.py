"""An API that reads a replica: what it says is true of one block, and it waits for the replica when it is asked to.

The replica is a real standby of the embedded server. Its replay is paused, as a long query or a slow disk would.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

from local.postgres import READER, Postgres, binary, server_user, start_postgres
from tests.api.conftest import LONG_EPOCH
from tests.api.replica import Replica, portfolio_by_rest
from tests.api.stack import SECONDS, Api, Stack, require_problem, running_stack, until
from tests.conftest import Deployed

pytestmark = pytest.mark.slow


class Standby:
    """A copy of a server that follows it."""

    def __init__(self, primary: Postgres, home: Path) -> None:
        self.home, self.log = home, home.with_suffix(".log")
        home.mkdir()
        shutil.copy(primary.data.parent / "password", home / "password")
        copy_of(primary, home)
        self.server = start_postgres(home, self.log, fsync=False)

    def pause(self) -> None:
        """What the primary writes is received, and not applied."""
        self._call("SELECT pg_wal_replay_pause()")
        until(lambda: self._call("SELECT pg_get_wal_replay_pause_state()") == "paused", "the replay to pause")

    def resume(self) -> None:
        self._call("SELECT pg_wal_replay_resume()")

    @contextmanager
    def lagging(self) -> Iterator[None]:
        self.pause()
        try:
            yield
        finally:
            self.resume()

    def kill(self) -> None:
        self.server.process.stop(signal.SIGQUIT)

    def start_again(self) -> None:
        self.server = start_postgres(self.home, self.log, self.server.port, fsync=False)

    def _call(self, statement: str) -> Any:
        with psycopg.connect(self.server.dsn("postgres", "postgres"), autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
            assert row
            return row[0]


def copy_of(primary: Postgres, home: Path) -> None:
    """The primary's files, and word of where to go on from."""
    data, user = home / "data", server_user(home)
    data.mkdir(0o700)
    if user.uid is not None:
        os.chown(data, user.uid, user.uid)
    groups: list[int] | None = None if user.uid is None else []
    source = primary.dsn("postgres", "postgres")
    command = [*user.prefix, binary("pg_basebackup"), "-d", source, "-D", str(data), "-R", "-X", "stream", "-c", "fast"]
    done = subprocess.run(command, capture_output=True, text=True, user=user.uid, extra_groups=groups)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def stack(deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    """On a server of its own, of which the standby is a copy."""
    server = start_postgres(workshop / "primary", workshop / "primary.log", fsync=False)
    with running_stack(server, deployed, workshop, slots_in_an_epoch=LONG_EPOCH) as running:
        yield running
    server.stop()


@pytest.fixture(scope="module")
def standby(stack: Stack, workshop: Path) -> Iterator[Standby]:
    found = Standby(stack.postgres, workshop / "standby")
    yield found
    found.server.stop()


@pytest.fixture(scope="module")
def distant(stack: Stack, standby: Standby) -> Iterator[Api]:
    """Reads the standby, and listens to the primary."""
    with stack.another_api(replica=standby.server.dsn(READER, stack.name)) as api:
        yield api


def head_of(stack: Stack) -> tuple[int, str]:
    block = stack.chain.call("eth_getBlockByNumber", "latest", False)
    return int(block["number"], 16), block["hash"]


def until_caught_up(stack: Stack, api: Api) -> None:
    """At the head, whichever database it reads."""
    hash_ = head_of(stack)[1]
    until(lambda: api.get("/status").headers.get("x-indexed-block-hash") == hash_, "the replica")


def bodies(api: Api, owner: str, **params: Any) -> dict[str, Any]:
    return api.read(f"/portfolio/{owner}", **params)


def test_it_waits_for_the_replica_and_not_for_the_primary(stack: Stack, standby: Standby, distant: Api) -> None:
    """The tip came from the primary; the answer was an older one of the replica's."""
    stack.settle()
    until_caught_up(stack, distant)
    anna, replica = stack.people.persons[0], standby.server.dsn(READER, stack.name)
    with ThreadPoolExecutor(2) as pool, stack.another_api(replica=replica, wait_seconds=SECONDS) as patient:
        with standby.lagging():
            before, _ = head_of(stack)
            stack.chain.call("evm_mine")
            stack.live(random.Random(21), 4)
            head = stack.settle()
            waits = (head, f"{head}:{head_of(stack)[1]}")
            waiting = [pool.submit(patient.get, f"/portfolio/{anna}", min_block=wait) for wait in waits]
            assert patient.read("/status", min_block=before)["meta"]["indexed_block"] == before
            time.sleep(0.2)
            assert not any(answer.done() for answer in waiting)
        for answer in waiting:
            assert answer.result().status_code == 200, answer.result().text
            assert answer.result().json() == bodies(stack.api, anna)


def test_a_replica_that_stays_behind_is_said_to(stack: Stack, standby: Standby, distant: Api) -> None:
    until_caught_up(stack, distant)
    anna, bruno = stack.people.persons[:2]
    with standby.lagging():
        before, _ = head_of(stack)
        sent = stack.web3.eth.send_transaction({"from": anna, "to": bruno, "value": 1})  # type: ignore[typeddict-item]
        head = stack.settle()
        for wait in ({"min_block": head}, {"min_block": f"{head}:{head_of(stack)[1]}"}, {"min_tx": sent.to_0x_hex()}):
            answer = distant.get("/status", **wait)
            body = require_problem(answer, "not-indexed-yet")
            assert f"the newest indexed is {before}" in body["detail"]
            assert answer.headers["retry-after"]
            assert stack.api.get("/status", **wait).status_code == 200
    assert distant.get("/status", min_tx=sent.to_0x_hex()).status_code == 200


def test_a_reorganisation_reaches_the_replica_late(stack: Stack, standby: Standby, distant: Api) -> None:
    stack.chain.call("anvil_mine", 4)
    head, lost = stack.settle(), head_of(stack)[1]
    until_caught_up(stack, distant)
    with standby.lagging():
        stack.chain.call("anvil_reorg", 3, [])
        stack.settle()
        new = head_of(stack)[1]
        require_problem(stack.api.get("/status", min_block=f"{head}:{lost}"), "block-orphaned")
        assert distant.get("/status", min_block=f"{head}:{lost}").headers["x-indexed-block-hash"] == lost
        require_problem(distant.get("/status", min_block=f"{head}:{new}"), "not-indexed-yet")
    until_caught_up(stack, distant)
    assert distant.get("/status", min_block=f"{head}:{new}").headers["x-indexed-block-hash"] == new
    require_problem(distant.get("/status", min_block=f"{head}:{lost}"), "block-orphaned")


def test_no_answer_mixes_blocks_while_the_replica_stumbles_on(stack: Stack, standby: Standby, distant: Api) -> None:
    """Each answer is what the primary says as of the same block."""
    anna, ended = stack.people.persons[0], Event()

    def read() -> list[dict[str, Any]]:
        found = []
        while not ended.is_set():
            found.append(bodies(distant, anna))
        return found

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for turn in range(5):
            with standby.lagging():
                stack.live(random.Random(30 + turn), 3)
        stack.settle()
        until_caught_up(stack, distant)
        ended.set()
        seen = {body["meta"]["indexed_block"]: body for body in reading.result()}
    assert len(seen) > 3
    assert list(seen) == sorted(seen), "no step back"
    for number, body in seen.items():
        then = bodies(stack.api, anna, at_block=number)
        assert portfolio_by_rest(body) == portfolio_by_rest(then), f"at block {number}"


def test_the_replica_goes_and_comes_back(stack: Stack, standby: Standby, distant: Api) -> None:
    """And its stream lacks nothing."""
    anna = stack.people.persons[0]
    until_caught_up(stack, distant)
    client = Replica(distant.ws, [("account", anna), ("blocks", None)])
    with client.connected():
        client.hear_beginnings()
        standby.kill()
        stack.live(random.Random(40), 4)
        head = stack.settle()
        for path, params in ((f"/portfolio/{anna}", {}), ("/status", {"min_block": head})):
            answer = distant.get(path, **params)
            require_problem(answer, "database-away")
            assert answer.headers["retry-after"]
        require_problem(distant.client.get("/readyz"), "database-away")
        assert distant.client.get("/livez").status_code == 200
        standby.start_again()
        until_caught_up(stack, distant)
        assert distant.client.get("/readyz").status_code == 204
        assert distant.get("/status", min_block=head).status_code == 200
        hash_ = head_of(stack)[1]
        until(lambda: bool(client.hear_all() or True) and (client.tip or {}).get("hash") == hash_, "the stream")
        assert client.portfolio(anna) == portfolio_by_rest(bodies(stack.api, anna))
