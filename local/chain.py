"""The local chain: anvil, with a state file so that it goes on where it stopped."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

from local.process import Process, StartFailed, free_port, start, wait_until

START_SECONDS = 20
SLOTS_IN_AN_EPOCH = 8
"""anvil calls a block final when it is two epochs deep."""


@dataclass
class Chain:
    """A running anvil."""

    process: Process
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def web3(self) -> Web3:
        return Web3(HTTPProvider(self.url))

    def call(self, method: str, *params: Any) -> Any:
        """A JSON-RPC call of the node's own, such as anvil_reorg. Raises ValueError with the node's words."""
        reply = self.web3().provider.make_request(method, list(params))  # type: ignore[arg-type]
        if "error" in reply:
            raise ValueError(f"{method}: {reply['error']}")
        return reply["result"]

    def stop(self) -> None:
        """anvil writes its state as it ends."""
        self.process.stop()


def start_chain(
    log: Path,
    *,
    port: int | None = None,
    state: Path | None = None,
    flags: tuple[str, ...] = (),
    slots_in_an_epoch: int = SLOTS_IN_AN_EPOCH,
) -> Chain:
    """Start anvil. state: a file to go on from and to keep up to date."""
    port = port or free_port()
    command = [anvil_binary(), "--port", str(port), "--slots-in-an-epoch", str(slots_in_an_epoch), "--quiet", *flags]
    if state:
        if state.exists():
            keep_first_genesis(state)
        command += ["--state", str(state), "--state-interval", "10"]
    process = start("anvil", command, log)
    chain = Chain(process, port)
    wait_until(lambda: process.running() and chain.web3().is_connected(), process, START_SECONDS)
    return chain


def keep_first_genesis(state: Path) -> None:
    """Leave one block 0 in a state file: anvil adds another at each start, and then loads any of them as the first."""
    saved = json.loads(state.read_text())
    genesis = [block for block in saved["blocks"] if int(block["header"]["number"], 16) == 0]
    if len(genesis) > 1:
        first = min(genesis, key=lambda block: int(block["header"]["timestamp"], 16))
        saved["blocks"] = [first, *(block for block in saved["blocks"] if block not in genesis)]
        state.write_text(json.dumps(saved))


def anvil_binary() -> str:
    """The one that set-up installed, or else the one on PATH."""
    packages = Path(os.environ["FREEHOLD_HOME"]) / "tools" / "anvil" / "node_modules" / "@foundry-rs"
    for path in packages.glob("anvil-*/bin/anvil"):
        return str(path)
    found = shutil.which("anvil")
    if found is None:
        raise StartFailed("there is no anvil for this platform in the lock file, and none on PATH: install Foundry")
    return found
