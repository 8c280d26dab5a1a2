"""freehold up: everything on one machine, from nothing to a live market, and all of it ended by Ctrl-C."""

import argparse
import contextlib
import os
import shlex
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3

from indexer.deployment import read_deployment
from indexer.errors import Halt
from local.books import FIRMS, found_firms, open_books
from local.chain import Chain, start_chain
from local.contracts import deploy_contracts
from local.estate import deliver_documents, settle_in
from local.history import DAYS_SECONDS, live_through
from local.people import NAMES, meet, seed
from local.postgres import READER, start_postgres
from local.process import Process, StartFailed, port_is_free, start, wait_until
from local.renewal import is_of_another_release, renew
from local.state import LocalState, StackRuns

PAGE_PORT, CHAIN_PORT = 8420, 8545
BLOCK_SECONDS = 2
RENT_NOTICE_SECONDS = 30
READY_SECONDS = 60
TRAFFIC_SECONDS = 4.0
RECONCILER_OPTIONS = ("--sample", "20", "--pace", "100")
"""A twelfth of a core: 20 rows of each check, 100 views a second."""
TRADING_SECONDS = 2.0
HISTORY_SEED = 8_420


@dataclass
class Stack:
    """What was started, in the order in which it was."""

    state: LocalState
    options: argparse.Namespace
    processes: list[Process] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, name: str, *command: str) -> Process:
        process = start(name, [sys.executable, "-m", *command], self.state.log(name), self.environment)
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """Writers before the database, everything at once otherwise; nothing that we did not start."""
        for process in self.processes[2:]:
            process.ask_to_stop()
        for process in reversed(self.processes):
            process.stop(signal.SIGINT if process.name == "Postgres" else signal.SIGTERM, seconds=2.0)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    state = LocalState.here()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupt(stopping))
    try:
        with state.alone():
            return live(Stack(state, options), stopping)
    except (StackRuns, StartFailed, Halt) as trouble:
        print(f"\nfreehold up: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before everything ran. The next `./freehold up` mends what is half done.", file=sys.stderr)
        return 130


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="freehold up", description="Start everything on this machine.")
    parser.add_argument("--port", type=int, default=PAGE_PORT, help=f"of the page and the API ({PAGE_PORT})")
    parser.add_argument("--chain-port", type=int, default=CHAIN_PORT, help=f"of the local chain ({CHAIN_PORT})")
    parser.add_argument("--rpc", help="a node of your own instead of the local chain; needs --manifest")
    parser.add_argument("--manifest", type=Path, help="where the contracts are on that node's chain")
    parser.add_argument("--database", help="DSN of a Postgres of your own instead of the embedded one")
    parser.add_argument("--no-traffic", action="store_true", help="let nobody act but you")
    options = parser.parse_args(arguments)
    if bool(options.rpc) != bool(options.manifest):
        parser.error("--rpc and --manifest go together: a node, and where the contracts are on its chain")
    return options


def interrupt(stopping: threading.Event) -> None:
    """First while starting: unwind. Later: end the wait."""
    if stopping.is_set():
        return
    stopping.set()
    raise KeyboardInterrupt


def live(stack: Stack, stopping: threading.Event) -> int:
    try:
        bring_up(stack)
        announce(stack)
        with contextlib.suppress(KeyboardInterrupt):
            return watch(stack, stopping)
        print("\nStopping ...", flush=True)
        return 0
    finally:
        stopping.set()
        stack.state.settings.unlink(missing_ok=True)
        stack.stop()


def bring_up(stack: Stack) -> None:
    options, state = stack.options, stack.state
    require_port(options.port, "--port", "the page")
    if not options.rpc:
        require_port(options.chain_port, "--chain-port", "the local chain")
    forget_half_done(state)
    with step("database"):
        writer, reader = database(stack)
    with step("chain"):
        rpc, ws, chain = node(stack)
    manifest = options.manifest or state.manifest
    if chain is not None:
        deploy_and_seed(stack, chain)
    stack.environment = {
        "FREEHOLD_DATABASE": writer,
        "FREEHOLD_API_DATABASE": reader,
        "FREEHOLD_RPC": rpc,
        "FREEHOLD_MANIFEST": str(manifest),
        **({"FREEHOLD_WS": ws} if ws else {}),
        **({} if options.database else {"FREEHOLD_READER": READER}),
    }
    write_settings(state.settings, stack.environment)
    if is_of_another_release(writer):
        with step("a new release"):
            renew(stack.environment, state.log("rebuild"))
    with step("indexer"):
        indexer = stack.run("indexer", "indexer", "run")
        wait_until(lambda: indexed(writer), indexer, READY_SECONDS)
    with step("API and page"):
        api = stack.run("API", "local.api" if chain else "api", "--port", str(options.port), "--operations")
        wait_until(lambda: answers(f"http://127.0.0.1:{options.port}/readyz"), api, READY_SECONDS)
    if chain is not None:
        with step("documents"):
            deliver_documents(f"http://127.0.0.1:{options.port}")
        stack.run("reconciler", "indexer", "reconcile", "--continuous", *RECONCILER_OPTIONS)
    if chain is not None and not options.no_traffic:
        stack.run("traffic", "local.traffic", rpc, str(manifest), str(TRAFFIC_SECONDS))
        stack.run("trading", "local.trading", rpc, str(manifest), str(TRADING_SECONDS))


def write_settings(path: Path, settings: dict[str, str]) -> None:
    """For the commands of the same names in another terminal. Nobody else may read the passwords in it."""
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()))


def forget_half_done(state: LocalState) -> None:
    if state.home.exists() and not state.ready.exists():
        shutil.rmtree(state.home)
    state.home.mkdir(parents=True, exist_ok=True)


def database(stack: Stack) -> tuple[str, str]:
    """DSNs of the writer and the reader."""
    own = stack.options.database
    if own:
        try:
            psycopg.connect(own, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            raise StartFailed(f"--database does not answer: {str(error).strip()}") from error
        return own, own
    server = start_postgres(stack.state.postgres, stack.state.log("Postgres"))
    stack.processes.append(server.process)
    return server.writer, server.reader


def node(stack: Stack) -> tuple[str, str | None, Chain | None]:
    """HTTP and WebSocket addresses of the node, and the chain itself where it is ours."""
    options = stack.options
    if options.rpc:
        try:
            Web3(HTTPProvider(options.rpc, request_kwargs={"timeout": 5})).eth.chain_id  # noqa: B018
        except (RequestException, ValueError) as error:
            raise StartFailed(f"--rpc {options.rpc} does not answer as an Ethereum node: {error}") from error
        return options.rpc, None, None
    flags = ["--block-time", str(BLOCK_SECONDS), "--mixed-mining", "--accounts", str(len(NAMES) + len(FIRMS))]
    if not stack.state.chain.exists():
        flags += ["--timestamp", str(int(time.time()) - DAYS_SECONDS)]
    chain = start_chain(stack.state.log("anvil"), port=options.chain_port, state=stack.state.chain, flags=tuple(flags))
    stack.processes.append(chain.process)
    return chain.url, chain.ws, chain


def deploy_and_seed(stack: Stack, chain: Chain) -> None:
    state = stack.state
    if state.ready.exists():
        require_same_chain(chain, state)
        return
    with step("contracts"):
        deploy_contracts(chain.url, state.manifest, "--rent-notice", str(RENT_NOTICE_SECONDS))
    with step("people"):
        people = meet(chain.web3(), read_deployment(state.manifest))
        seed(people)
        settle_in(people)
        open_books(people)
        found_firms(people)
    with step("two days"):
        live_through(people, HISTORY_SEED)
    state.ready.touch()


def require_same_chain(chain: Chain, state: LocalState) -> None:
    try:
        deployment = read_deployment(state.manifest)
    except Halt as trouble:
        raise StartFailed(
            f"{trouble}. Is the local chain of an older release? `./freehold reset` forgets it; then start again"
        ) from trouble
    if not chain.web3().eth.get_code(Web3.to_checksum_address(deployment.vault)):
        raise StartFailed(
            "the local chain was not saved the last time (the machine was switched off, perhaps), so its contracts "
            "are gone. `./freehold reset` forgets the rest of it; then start again"
        )


def indexed(dsn: str) -> bool:
    """The indexer holds what the node has."""
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=2) as connection:
            row = connection.execute("SELECT to_regclass('journal.cursor')").fetchone()
            if not row or row[0] is None:
                return False
            lag = connection.execute("SELECT head_number - number FROM journal.cursor WHERE number > 0").fetchone()
            return lag is not None and lag[0] <= 1
    except psycopg.OperationalError:
        return False


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return int(response.status) < 300
    except (urllib.error.URLError, OSError):
        return False


def require_port(port: int, option: str, purpose: str) -> None:
    if not port_is_free(port):
        raise StartFailed(
            f"port {port}, meant for {purpose}, is taken by another program. End that one, or say {option} NUMBER"
        )


def announce(stack: Stack) -> None:
    options = stack.options
    print(f"\n  Freehold runs. Open  http://127.0.0.1:{options.port}\n")
    if not options.rpc:
        print(f"  chain    http://127.0.0.1:{options.chain_port}  (chain id 31337, for a wallet of your own)")
    print(f"  API      http://127.0.0.1:{options.port}/v1/openapi.json")
    print(f"  logs     {os.path.relpath(stack.state.home / 'logs')}")
    print(f"  watch    http://127.0.0.1:{options.port}/operations")
    print(f"  operate  . {os.path.relpath(stack.state.settings)} && ./freehold indexer status")
    print("\n  Ctrl-C stops everything; the next start goes on from here.", flush=True)


def watch(stack: Stack, stopping: threading.Event) -> int:
    """Until told to stop, or until a part ends by itself."""
    while not stopping.wait(0.3):
        for process in stack.processes:
            if not process.running():
                print(
                    f"\nfreehold up: {process.name} ended by itself, so everything is stopped. Its log, "
                    f"{process.log}, ends with:\n{process.last_lines()}",
                    file=sys.stderr,
                )
                return 1
    return 0


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """A line with the time that it took."""
    started = time.monotonic()
    print(f"  {title:<13}", end="", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - started:6.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
