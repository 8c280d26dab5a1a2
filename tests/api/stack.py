"""A whole stack for tests of the API: anvil, the indexer and the API as processes, on a database of their own."""

import contextlib
import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from web3 import Web3
from web3.exceptions import Web3Exception

from indexer.deployment import Deployment
from local.chain import SLOTS_IN_AN_EPOCH, Chain, start_chain
from local.people import People, habits, meet, seed
from local.postgres import READER, Postgres
from local.process import Process, free_port, start, wait_until
from tests.conftest import Deployed

SECONDS = 60
START_SECONDS = 60
WAIT_SECONDS = 1
NOBODY = "0x" + 40 * "0"
numbers = itertools.count(1)


@dataclass
class Api:
    """A running `python -m api`."""

    process: Process
    port: int
    client: httpx.Client

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/stream"

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get("/v1" + path, params=params)

    def read(self, path: str, **params: Any) -> dict[str, Any]:
        """The body of an answer that must be good."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def prepare(self, action: str = "vault_transfer", **body: Any) -> httpx.Response:
        return self.client.post(f"/v1/transactions/prepare/{action}", json=body)


@dataclass
class Stack:
    """What one group of tests runs on."""

    chain: Chain
    postgres: Postgres
    name: str
    deployment: Deployment
    manifest: Path
    folder: Path
    indexer: Process = field(init=False)
    api: Api = field(init=False)
    start_block: int = field(init=False)
    """The node has the state of this block and of later ones."""
    _people: People | None = None

    @property
    def writer(self) -> str:
        return self.postgres.dsn("freehold_indexer", self.name)

    @property
    def reader(self) -> str:
        return self.postgres.dsn(READER, self.name)

    @property
    def web3(self) -> Web3:
        return self.people.web3

    @property
    def people(self) -> People:
        if self._people is None:
            self._people = meet(self.chain.web3(), self.deployment)
        return self._people

    def start_indexer(self) -> Process:
        options = {
            "--rpc": self.chain.url, "--ws": self.chain.ws, "--database": self.writer,
            "--manifest": str(self.manifest), "--reader": READER,
        }  # fmt: skip
        flags = [part for option in options.items() for part in option]
        return start("indexer", [sys.executable, "-m", "indexer", "run", *flags], self.folder / "indexer.log")

    def start_api(
        self, rpc: str | None = None, replica: str | None = None, wait_seconds: int = WAIT_SECONDS, *more: str
    ) -> Api:
        """replica: DSN of reads, where they do not go to the primary. more: flags of the command."""
        port = free_port()
        options = {
            "--database": replica or self.reader, "--primary": self.reader, "--rpc": rpc or self.chain.url,
            "--manifest": str(self.manifest), "--port": str(port), "--wait-seconds": str(wait_seconds),
        }  # fmt: skip
        flags = [*(part for option in options.items() for part in option), *more]
        log = self.folder / f"api-{port}.log"
        process = start("API", [sys.executable, "-m", "api", *flags], log)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS)

        def answers() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return client.get("/readyz").status_code == 204
            return False

        wait_until(answers, process, START_SECONDS)
        return Api(process, port, client)

    @contextlib.contextmanager
    def another_api(
        self, rpc: str | None = None, replica: str | None = None, wait_seconds: int = WAIT_SECONDS, *more: str
    ) -> Iterator[Api]:
        api = self.start_api(rpc, replica, wait_seconds, *more)
        try:
            yield api
        finally:
            api.client.close()
            api.process.stop()

    def settle(self) -> int:
        """Wait until the node has mined what it was sent and the API answers as of its head; that block's number."""
        until(lambda: self.chain.call("txpool_status")["pending"] == "0x0", "the node to mine")
        head = self.chain.call("eth_getBlockByNumber", "latest", False)
        until(lambda: self.api.get("/status").headers.get("x-indexed-block-hash") == head["hash"], "the head")
        return int(head["number"], 16)

    def live(self, chance: random.Random, times: int) -> None:
        """Somebody does something, so many times; who cannot afford it is refused."""
        for who, call in itertools.islice(habits(self.people, chance), times):
            with contextlib.suppress(Web3Exception):
                self.people.send(call, who)

    def lock(self, property_id: int, holder: str, amount: int, *, unlock: bool = False) -> None:
        """Escrow, as the marketplace makes it for an ask; there is no order behind this one."""
        marketplace, token = self.people.token.functions.marketplace().call(), self.people.token.functions
        self.chain.call("anvil_impersonateAccount", marketplace)
        self.chain.call("anvil_setBalance", marketplace, hex(10**20))
        self.people.send((token.unlock if unlock else token.lock)(property_id, holder, amount), marketplace)
        self.chain.call("anvil_stopImpersonatingAccount", marketplace)


@contextlib.contextmanager
def running_stack(
    postgres: Postgres, deployed: Deployed, workshop: Path, *, slots_in_an_epoch: int = SLOTS_IN_AN_EPOCH
) -> Iterator[Stack]:
    """Everything on a chain where the people have moved in; ended at the end, by process."""
    name = f"api_{next(numbers)}"
    folder = workshop / name
    folder.mkdir()
    postgres.create_database(name)
    flags = ("--load-state", str(deployed.state))
    with contextlib.ExitStack() as ending:
        chain = start_chain(folder / "anvil.log", flags=flags, slots_in_an_epoch=slots_in_an_epoch)
        ending.callback(chain.stop)
        stack = Stack(chain, postgres, name, deployed.deployment, deployed.manifest, folder)
        stack.indexer = stack.start_indexer()
        ending.callback(stack.indexer.stop)
        stack.start_block = stack.web3.eth.block_number
        seed(stack.people)
        stack.api = stack.start_api()
        ending.callback(stack.api.process.stop)
        ending.callback(stack.api.client.close)
        stack.settle()
        yield stack


def until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)


def require_problem(answer: httpx.Response, code: str) -> dict[str, Any]:
    """The body of a refusal: RFC 9457, with the code, and with words for people."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["status"] == answer.status_code
    assert body["type"] == f"/docs/problems#{code}"
    assert len(body["detail"]) > 10
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    return body
