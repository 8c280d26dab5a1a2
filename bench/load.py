"""The load: a chain of its own with many events of valid history at the token's address."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.progress import track
from web3 import Web3

from local.chain import Chain, start_chain

FLAGS = ("--no-mining", "--gas-limit", "300000000", "--block-base-fee-per-gas", "0", "--no-request-size-limit")
BURST_GAS = 30_000_000


def start_load_chain(home: Path) -> Chain:
    return start_chain(home / "anvil.log", flags=FLAGS)


def emit(chain: Chain, manifest: Path, events: int, blocks: int) -> None:
    """Mine `blocks` blocks with `events` events in all, and write a manifest for them."""
    web3 = chain.web3()
    sender = web3.eth.accounts[0]
    token = deploy(chain, web3, sender)
    pairs = events // blocks // 2
    for number in track(range(blocks), "emitting", transient=True, disable=not sys.stderr.isatty()):
        token.functions.burst(pairs, number + 1).transact({"from": sender, "gas": BURST_GAS, "gasPrice": 0})
        chain.call("evm_mine")
    manifest.write_text(json.dumps(manifest_of(web3, token.address)))


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
