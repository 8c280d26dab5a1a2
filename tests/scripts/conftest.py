"""A chain with an id of its own, the contracts put on it by `ape run deploy`, and ape to go on with."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3

from local.chain import Chain, start_chain
from scripts._contracts import Contracts
from scripts._manifest import read_manifest
from tests.scripts.ape_runner import ApeRunner, Ran

RENT_NOTICE = 3_600
DEPLOYER, ISSUER, REGISTRAR = 0, 1, 2
chain_ids = itertools.count(77_001)


@dataclass
class Town:
    """A chain, a manifest, and ape."""

    chain: Chain
    manifest: Path
    runner: ApeRunner

    @property
    def web3(self) -> Web3:
        return self.chain.web3()

    @property
    def accounts(self) -> list[str]:
        return list(self.web3.eth.accounts)

    @property
    def contracts(self) -> Contracts:
        return Contracts(self.web3, self.manifest, read_manifest(self.manifest))

    def ape(self, *arguments: str, who: int | None = None, **more: Any) -> Ran:
        """`ape run ARGUMENTS` on this chain; who: the number of the test account that signs."""
        signer = () if who is None else ("--account", f"TEST::{who}")
        place = () if arguments[0] == "console" else ("--manifest", str(self.manifest))
        words = arguments if arguments[0] == "console" else ("run", *arguments)
        return self.runner.run(*words, "--network", self.chain.url, *place, *signer, **more)

    def deploy(self, *options: str, **more: Any) -> Ran:
        return self.ape("deploy", "--test-dollar", "--rent-notice", str(RENT_NOTICE), *options, **more)

    def send(self, call: Any, sender: str) -> None:
        """As one of anvil's unlocked accounts, past the scripts."""
        receipt = self.web3.eth.wait_for_transaction_receipt(call.transact({"from": sender}), poll_latency=0.01)
        assert receipt["status"] == 1

    def pass_time(self, until: int) -> None:
        self.chain.call("evm_setNextBlockTimestamp", until)
        self.chain.call("evm_mine")

    @property
    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def nonce(self, who: int = DEPLOYER) -> int:
        return self.web3.eth.get_transaction_count(Web3.to_checksum_address(self.accounts[who]))

    def rewrite(self, **changes: Any) -> None:
        """Doctor the manifest. Names may reach into it: contracts__treasury__code_hash."""
        found = json.loads(self.manifest.read_text())
        for name, value in changes.items():
            *path, last = name.split("__")
            place = found
            for part in path:
                place = place[part]
            place[last] = value
        self.manifest.write_text(json.dumps(found))


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApeRunner]:
    found = ApeRunner(tmp_path_factory.mktemp("ape"))
    yield found
    found.close()


@pytest.fixture
def empty_town(runner: ApeRunner, tmp_path: Path) -> Iterator[Town]:
    """A chain that was just born."""
    chain = start_chain(tmp_path / "anvil.log", flags=("--chain-id", str(next(chain_ids))))
    yield Town(chain, tmp_path / "deployment.json", runner)
    chain.stop()


@pytest.fixture(scope="session")
def settled(runner: ApeRunner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A chain with the contracts, for all tests that go back to where they began."""
    folder = tmp_path_factory.mktemp("settled")
    chain = start_chain(folder / "anvil.log", flags=("--chain-id", str(next(chain_ids))))
    town = Town(chain, folder / "deployment.json", runner)
    town.deploy("--execute", "--yes").succeeds("wrote")
    yield town
    chain.stop()


@pytest.fixture
def town(settled: Town) -> Iterator[Town]:
    """The chain with the contracts as it was after the deployment."""
    manifest, snapshot = settled.manifest.read_bytes(), settled.chain.call("evm_snapshot")
    yield replace(settled)
    settled.chain.call("evm_revert", snapshot)
    settled.manifest.write_bytes(manifest)
