"""The loads: a chain with many events of valid history at the token's address, or one on which people have lived."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track
from web3 import Web3

from indexer.deployment import read_deployment
from local.books import FIRMS, found_firms, open_books
from local.chain import SLOTS_IN_AN_EPOCH, Chain, start_chain
from local.contracts import deploy_contracts
from local.estate import settle_in
from local.history import DAYS_SECONDS, live_through
from local.people import NAMES, meet, seed
from local.postgres import Postgres, start_postgres
from local.rpc import Rpc, calldata

FLAGS = ("--no-mining", "--gas-limit", "300000000", "--block-base-fee-per-gas", "0", "--no-request-size-limit")
BURST = "burst(uint256,uint256)"
GAS_OF_A_PAIR, GAS_OF_A_BURST = 12_000, 60_000
RENT_NOTICE_SECONDS = 86_400


def start_load_chain(home: Path, port: int | None = None, slots_in_an_epoch: int = SLOTS_IN_AN_EPOCH) -> Chain:
    return start_chain(home / "anvil.log", port=port, flags=FLAGS, slots_in_an_epoch=slots_in_an_epoch)


@dataclass(frozen=True)
class Ground:
    """What a bench runs on: a folder that is gone afterwards, a server and a chain without blocks."""

    home: Path
    server: Postgres
    chain: Chain

    @property
    def manifest(self) -> Path:
        return self.home / "manifest.json"


@contextmanager
def load_ground(
    server_port: int | None = None, node_port: int | None = None, slots_in_an_epoch: int = SLOTS_IN_AN_EPOCH
) -> Iterator[Ground]:
    """Ports of one's own choice are for others who must find them."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-bench-")))
        home.chmod(0o755)
        server = start_postgres(home / "postgres", home / "postgres.log", port=server_port)
        stack.callback(server.stop)
        chain = start_load_chain(home, node_port, slots_in_an_epoch)
        stack.callback(chain.stop)
        yield Ground(home, server, chain)


class Emitter:
    """What stands at the token's address: creations, each followed by one transfer that its receiver can afford."""

    def __init__(self, chain: Chain) -> None:
        self.rpc = Rpc(chain.url)
        web3 = chain.web3()
        self.sender = web3.eth.accounts[0]
        self.address = str(deploy(chain, web3, self.sender).address)
        self.salt = 0
        self.events = 0
        """That it has emitted."""

    def burst(self, pairs: int, transactions: int = 1) -> None:
        """Mine a block of so many transactions, each with so many pairs of events."""
        gas = hex(GAS_OF_A_BURST + GAS_OF_A_PAIR * pairs)
        for _ in range(transactions):
            self.salt += 1
            data = calldata(BURST, pairs, self.salt)
            call = {"from": self.sender, "to": self.address, "gas": gas, "gasPrice": "0x0", "data": data}
            self.rpc("eth_sendTransaction", call)
        self.rpc("evm_mine")
        self.events += 2 * pairs * transactions


def emit(chain: Chain, manifest: Path, events: int, blocks: int, transactions: int = 1) -> Emitter:
    """Mine `blocks` blocks of `transactions` with `events` events in all, and write a manifest for them."""
    emitter = Emitter(chain)
    pairs = events // blocks // transactions // 2
    for _ in track(range(blocks), "emitting", transient=True, disable=not sys.stderr.isatty()):
        emitter.burst(pairs, transactions)
    manifest.write_text(json.dumps(manifest_of(chain.web3(), emitter.address)))
    return emitter


def live_in(home: Path, manifest: Path) -> Chain:
    """A chain with the real contracts, on which people have lived, traded and collected rent for two days."""
    begins = int(time.time()) - DAYS_SECONDS
    accounts = str(len(NAMES) + len(FIRMS))
    flags = ("--timestamp", str(begins), "--accounts", accounts)
    chain = start_chain(home / "people.log", flags=flags)
    deploy_contracts(chain.url, manifest, "--rent-notice", str(RENT_NOTICE_SECONDS))
    people = meet(chain.web3(), read_deployment(manifest))
    seed(people)
    settle_in(people)
    open_books(people)
    found_firms(people)
    live_through(people, seed=1)
    return chain


def deploy(chain: Chain, web3: Web3, sender: str) -> Any:
    source = Path(__file__).parent / "Emitter.vy"
    vyper = Path(sys.executable).parent / "vyper"
    compiled = subprocess.run([vyper, "-f", "abi,bytecode", source], check=True, capture_output=True, text=True)
    abi, bytecode = compiled.stdout.strip().splitlines()
    contract = web3.eth.contract(abi=json.loads(abi), bytecode=bytecode)
    transaction = contract.constructor().transact({"from": sender, "gasPrice": 0})
    chain.call("evm_mine")
    address = web3.eth.get_transaction_receipt(transaction)["contractAddress"]
    assert address, "a deployment has an address"
    return web3.eth.contract(address=address, abi=json.loads(abi))


def manifest_of(web3: Web3, token: str) -> dict[str, Any]:
    code_hash = Web3.keccak(web3.eth.get_code(Web3.to_checksum_address(token))).to_0x_hex()
    contract = {"address": token, "code_hash": code_hash}
    # The emitter stands for every contract: only the token's events come from it.
    return {
        "chain_id": web3.eth.chain_id,
        "genesis_hash": web3.eth.get_block(0)["hash"].to_0x_hex(),
        "first_block": 1,
        "compiler": "vyper 0.4.3",
        "admin": token,
        "contracts": {
            "stablecoin": {**contract, "symbol": "NONE", "decimals": 0},
            "settlement_vault": contract,
            "fraction_token": contract,
            "marketplace": contract,
            "primary_offering": contract,
            "investor_registry": contract,
            "treasury": contract,
            "lens": contract,
        },
        "parameters": {"rent_notice": 0, "daily_limit": "0", "fee_receiver": token},
    }
