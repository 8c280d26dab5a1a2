"""A contract of somebody else's logs what looks like ours, a great deal of it: no row, and the index keeps up."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local.chain import Chain
from tests.conftest import ROOT, World
from tests.indexer.indexing import check_at_head, digest, tip, until
from tests.indexer.nursery import Nursery
from tests.indexer.traffic import move_fractions

PAIRS = 2_048
EVENTS_A_BLOCK = 2 * PAIRS
BURST_GAS = 16_000_000
SECONDS_A_BLOCK = 1.0
LAG_BLOCKS_MAX = 5
PATIENCE_SECONDS = 60


def foreign_token(chain: Chain) -> Any:
    """Its events are those of our token, topic for topic, in blocks that our logs stand in, too."""
    vyper = Path(sys.executable).parent / "vyper"
    command = [str(vyper), "-f", "abi,bytecode", str(ROOT / "bench" / "Emitter.vy")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    abi, bytecode = done.stdout.strip().splitlines()
    web3 = chain.web3()
    sent = (
        web3.eth.contract(abi=json.loads(abi), bytecode=bytecode).constructor().transact({"from": web3.eth.accounts[0]})
    )
    address = web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    assert address, "a deployment has an address"
    return web3.eth.contract(address=address, abi=json.loads(abi))


@pytest.mark.parametrize(
    "events",
    [pytest.param(50_000, marks=pytest.mark.slow), pytest.param(1_000_000, marks=pytest.mark.full)],
    ids=lambda events: f"{events:,}",
)
def test_a_flood_of_foreign_events_that_look_like_ours(
    world: World, nursery: Nursery, tmp_path: Path, events: int
) -> None:
    """Their blooms are full, so that each block may hold something of ours: all of it is fetched and proven."""
    stranger, lags = foreign_token(world.chain), list[int]()
    web3 = world.people.web3
    with nursery.running(world, tmp_path / "indexer.log") as indexer:
        until(lambda: stands_at_head(world), "the head", PATIENCE_SECONDS)
        before, row_count = digest(world).split()[1:], log_count(world)
        for number in range(-(-events // EVENTS_A_BLOCK)):
            mined = time.monotonic()
            stranger.functions.burst(PAIRS, number).transact({"from": web3.eth.accounts[0], "gas": BURST_GAS})
            while time.monotonic() < mined + SECONDS_A_BLOCK:
                lags.append(web3.eth.block_number - tip(world.database)[0])
                time.sleep(0.05)
        until(lambda: stands_at_head(world), "the head", PATIENCE_SECONDS)
        assert max(lags) <= LAG_BLOCKS_MAX
        assert (digest(world).split()[1:], log_count(world)) == (before, row_count)
        assert web3.eth.get_block("latest")["logsBloom"].hex().count("f") > 400, "nearly full"
        move_fractions(world.chain, world.people, 2)
        until(lambda: stands_at_head(world), "the head", PATIENCE_SECONDS)
        assert indexer.lines("retry") == []
    check_at_head(world)


def stands_at_head(world: World) -> bool:
    hash_: str = world.chain.call("eth_getBlockByNumber", "latest", False)["hash"]
    return tip(world.database)[1] == hash_


def log_count(world: World) -> int:
    with psycopg.connect(world.database) as connection:
        row = connection.execute("SELECT count(*) FROM journal.logs").fetchone()
        assert row
        return int(row[0])
