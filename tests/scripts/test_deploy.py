"""Deploying: what a dry run says, what is refused, and what is left when it fails half-way."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import vyper
from web3 import Web3

from indexer.deployment import read_deployment
from scripts._contracts import ROLES
from tests.scripts.conftest import RENT_NOTICE, Town

pytestmark = pytest.mark.slow

NOBODY = "0x" + 40 * "0"
PATIENCE_SECONDS = 30
WEI = """
# pragma version ~=0.4.3
symbol: public(constant(String[3])) = "WEI"
decimals: public(constant(uint8)) = 18
balanceOf: public(HashMap[address, uint256])
"""


def test_a_dry_run_tells_all_and_sends_nothing(empty_town: Town) -> None:
    said = empty_town.deploy().succeeds(
        f"chain {empty_town.web3.eth.chain_id}",
        f"deployer {empty_town.accounts[0]}",
        "10,000.000000 ether",
        f"released {RENT_NOTICE:,} seconds after",
        "at most 100,000.00 TUSD a day",
        f"of the marketplace go to {empty_town.accounts[0]}, at first",
        "dry run: nothing was sent",
        "8 transactions, about",
    )
    assert said.count("about") >= 9, "gas of each creation and of all"
    assert empty_town.nonce() == 0
    assert empty_town.web3.eth.block_number == 0
    assert not empty_town.manifest.exists()
    empty_town.deploy("--execute", "--yes").succeeds()
    for name, contract in json.loads(empty_town.manifest.read_text())["contracts"].items():
        assert contract["address"] in said, f"{name} came to another address than the dry run said"


def test_after_a_deployment_the_manifest_is_whole_and_verify_agrees(town: Town) -> None:
    found = read_deployment(town.manifest)
    assert found.chain_id == town.web3.eth.chain_id != 31337
    assert found.parameters.rent_notice == RENT_NOTICE
    assert found.admin == town.accounts[0]
    for contract in found.followed_contracts.values():
        receipt = town.web3.eth.get_transaction_receipt(contract.transaction_hash)  # type: ignore[arg-type]
        assert receipt["contractAddress"] == contract.address
        assert receipt["blockNumber"] == contract.block_number
    said = town.ape("verify").succeeds("Everything is as the manifest and the sources say")
    assert said.count("\nok ") > 40
    assert "DIFFERS" not in said


def test_no_is_no(empty_town: Town) -> None:
    for answer in ("n\n", "", "maybe\nno\n"):
        empty_town.deploy("--execute", typed=answer).fails("Send? [y/N]", "Nothing was sent")
    assert empty_town.nonce() == 0
    assert not empty_town.manifest.exists()
    empty_town.deploy("--execute", typed="y\n").succeeds("wrote")


def test_wrong_input_is_refused_with_its_reason(town: Town) -> None:
    registry = town.contracts.registry.address
    town.manifest = town.manifest.with_name("other.json")
    empty, before = "0x" + 40 * "7", town.nonce()
    refused: list[tuple[list[str], str]] = [
        (["--stablecoin", empty], "has no code on chain"),
        (["--stablecoin", registry], "does not answer as an ERC-20 with decimals"),
        (["--stablecoin", empty, "--test-dollar"], "or say --test-dollar"),
        ([], "or say --test-dollar"),
        (["--test-dollar", "--admin", NOBODY], "address 0 is nobody's"),
        (["--test-dollar", "--admin", town.accounts[0].replace("f", "F")], "checksum"),
        (["--test-dollar", "--rent-notice", "-1"], "-1 is not in the range"),
        (["--test-dollar", "--daily-limit", "1.0000001"], "6 decimals only"),
        (["--test-dollar", "--fee-receiver", NOBODY], "address 0 is nobody's"),
        (["--test-dollar", "--account", "TEST::99"], "no such test account"),
        (["--test-dollar", "--account", "nobody"], "--account nobody"),
    ]
    for options, reason in refused:
        town.ape("deploy", "--execute", "--yes", *options).fails(reason)
    assert town.nonce() == before
    assert not town.manifest.exists()


def test_a_manifest_is_not_overwritten_unless_told(town: Town) -> None:
    before, nonce = town.manifest.read_bytes(), town.nonce()
    town.deploy("--execute", "--yes").fails("is there already", "--replace")
    assert (town.manifest.read_bytes(), town.nonce()) == (before, nonce)
    town.deploy("--execute", "--yes", "--replace").succeeds("wrote")
    assert town.manifest.read_bytes() != before
    town.ape("verify").succeeds()


def test_too_little_money_is_seen_before_anything_is_sent(empty_town: Town) -> None:
    empty_town.chain.call("anvil_setBalance", empty_town.accounts[0], hex(10**15))
    empty_town.deploy("--execute", "--yes").fails("has 0.001000 ether, and", "are needed")
    assert empty_town.nonce() == 0


def test_the_daily_limit_counts_in_the_stablecoins_own_decimals(empty_town: Town) -> None:
    code = vyper.compile_code(WEI, output_formats=["bytecode"])["bytecode"]
    somebody = Web3.to_checksum_address(empty_town.accounts[5])
    sent = empty_town.web3.eth.send_transaction({"from": somebody, "data": code})
    coin = empty_town.web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    admin = empty_town.accounts[4]
    empty_town.ape(
        "deploy", "--stablecoin", str(coin), "--daily-limit", "0.5", "--admin", admin, "--execute", "--yes"
    ).succeeds("at most 0.50 WEI a day", f"admin {admin}, a wallet without code")
    contracts = empty_town.contracts
    assert contracts.treasury.functions.daily_limit().call() == 5 * 10**17
    assert contracts.manifest.contracts.stablecoin.decimals == 18
    assert contracts.market.functions.fee_receiver().call() == admin, "nobody else was named"
    for name in ROLES:
        contract = contracts.named(name)
        assert contract.functions.hasRole(bytes(32), admin).call()
        assert not contract.functions.hasRole(bytes(32), empty_town.accounts[0]).call(), "the deployer kept a role"


def take_a_nonce(town: Town) -> None:
    deployer = town.web3.eth.accounts[0]
    town.web3.eth.send_transaction({"from": deployer, "to": deployer})


def run_out(town: Town) -> None:
    town.chain.call("anvil_setBalance", town.accounts[0], hex(10**9))


@pytest.mark.parametrize(
    ("mishap", "cause"), [(take_a_nonce, "another transaction of the deployer"), (run_out, "not sent")]
)
def test_after_a_failure_half_way_nothing_is_written_and_a_second_run_works(
    empty_town: Town, mishap: Callable[[Town], None], cause: str
) -> None:
    web3 = empty_town.web3
    first = Web3.to_checksum_address(web3.eth.accounts[0])

    def disturb() -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while web3.eth.get_transaction_count(first) < 2:
            assert time.monotonic() < deadline, "the deployment did not begin"
            time.sleep(0.002)
        mishap(empty_town)

    said = empty_town.deploy("--execute", "--yes", meanwhile=disturb).fails(
        cause, "Nothing was written. Left behind on the chain, of no use:", "starts from the beginning"
    )
    left = said[said.index("Left behind") :]
    for step, address in enumerate(addresses_created(empty_town)):
        assert address in left, f"creation {step} is not named"
    assert not empty_town.manifest.exists()
    empty_town.chain.call("anvil_setBalance", first, hex(10**20))
    empty_town.deploy("--execute", "--yes").succeeds("wrote")
    empty_town.ape("verify").succeeds()


def addresses_created(town: Town) -> list[str]:
    web3, found = town.web3, []
    for number in range(1, web3.eth.block_number + 1):
        for sent in web3.eth.get_block(number)["transactions"]:
            created = web3.eth.get_transaction_receipt(sent)["contractAddress"]  # type: ignore[arg-type]
            found += [str(created)] if created else []
    assert 2 <= len(found) < 8
    return found


def test_no_part_of_a_manifest_is_left_behind(town: Town) -> None:
    assert [path.name for path in Path(town.manifest.parent).glob("*deployment.json*")] == ["deployment.json"]
