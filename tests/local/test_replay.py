"""Replaying an order flow: each line acts in its order, and what is told of it is what the chain has."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.deployment import read_deployment
from local.chain import Chain, start_chain
from local.order_flow import Rules, read_flow
from local.replay import FLAGS, told
from local.replay_stage import PROPERTY_ID, Fees, Stage, set_stage
from local.replaying import Replay
from local.sample_flow import sample_flow
from tests.conftest import ROOT, Deployed

pytestmark = pytest.mark.slow

CENTS = Rules(tick_size=10_000, lot=1, unit=10**6)
HEADING = "time,account,operation,side,price,quantity,reference"
BID, ASK = 0, 1
# Book, per property and side: at each tick its orders, oldest first.
Books = dict[int, dict[int, list[int]]]


@pytest.fixture
def market_chain(deployed: Deployed, tmp_path: Path) -> Iterator[Chain]:
    running = start_chain(tmp_path / "anvil.log", flags=(*FLAGS, "--load-state", str(deployed.state)))
    yield running
    running.stop()


def replayed(chain: Chain, manifest: Path, folder: Path, lines: list[str]) -> tuple[Replay, Stage]:
    path = folder / "flow.csv"
    path.write_text("\n".join(lines))
    flow = read_flow(path, CENTS)
    stage = set_stage(chain.web3(), chain.url, read_deployment(manifest), flow, CENTS, Fees(500, 1_500))
    replay = Replay(stage, lambda _: None)
    replay.run(flow)
    return replay, stage


def test_lines_act_in_their_order_and_refusals_are_explained(
    market_chain: Chain, deployed: Deployed, tmp_path: Path
) -> None:
    lines = [
        HEADING,
        "1900000000,anna,limit,ask,34.04,100,a1",
        "1900000000,anna,limit,ask,34.02,10,a2",
        "1900000000,bruno,limit,bid,34.00,50,b1",
        "1900000000,chiara,market,bid,,30,",
        "1900000001,anna,reduce,,,30,a1",
        "1900000001,bruno,post_only,bid,34.04,5,b2",
        "1900000001,bruno,cancel,,,,b2",
        "1900000001,anna,cancel,,,,a2",
        "1900000002,bruno,fill_or_kill,bid,34.04,51,",
        "1900000020,dora,immediate_or_cancel,ask,34.00,60,d1",
        "1900000020,bruno,cancel,,,,b1",
    ]
    replay, stage = replayed(market_chain, deployed.manifest, tmp_path, lines)
    summary = replay.summary
    assert (summary.lines, summary.orders, summary.cancelled, summary.reduced) == (11, 5, 0, 1)
    assert (summary.trades, summary.quantity) == (3, 10 + 20 + 50)
    assert summary.amount == 10 * 34_020_000 + 20 * 34_040_000 + 50 * 34_000_000
    assert [(one.line, one.error) for one in summary.refused] == [
        (7, "WouldTrade"), (8, "NotPlaced"), (9, "UnknownOrder"), (10, "NotFilled"), (12, "UnknownOrder"),
    ]  # fmt: skip
    assert "50 fractions would trade at once, and 51 must" in summary.refused[3].reason
    level = stage.people.market.functions.level_of(PROPERTY_ID, ASK, 3_404).call()
    assert level[2:] == [1, 50] or level[2:] == (1, 50), "100, less 20 that traded and 30 that were taken back"
    found = told(replay, len(stage.wallets), 1.0)
    assert (found["best_bid"], found["best_ask"]) == (None, "34.04")
    assert found["operations"]["limit"]["lines"] == 3
    assert json.loads(json.dumps(found)) == found


def test_a_replica_from_the_events_alone_has_every_level_as_the_contract_has_it(
    market_chain: Chain, deployed: Deployed, tmp_path: Path
) -> None:
    """As docs/order-book.md tells it."""
    replay, stage = replayed(market_chain, deployed.manifest, tmp_path, list(sample_flow(1_500, seed=3)))
    summary, market = replay.summary, stage.people.market.functions
    assert summary.trades > 100
    assert summary.blocks < 300, "many lines to a block"
    books, remaining, trades = replica(stage)
    assert trades == summary.trades
    for side in (BID, ASK):
        shown = stage.people.lens.functions.depth(PROPERTY_ID, side, 128).call()
        assert {tick for tick, _, _ in shown} == set(books[side])
        for tick, ids in books[side].items():
            first, last, count, quantity = market.level_of(PROPERTY_ID, side, tick).call()
            numbers = [order_id % 2**40 for order_id in ids]
            assert (first, last, count) == (numbers[0], numbers[-1], len(numbers))
            assert quantity == sum(remaining[order_id] for order_id in ids)
    assert replay.best_prices() == (max(books[BID], default=0), min(books[ASK], default=0))


def replica(stage: Stage) -> tuple[Books, dict[int, int], int]:
    """Resting orders by side and tick, what remains of each order, and the number of fills."""
    market = stage.people.market
    names = ("OrderPlaced", "Filled", "OrderReduced", "OrderRemoved")
    logs: list[Any] = [log for name in names for log in market.events[name]().get_logs(from_block=0)]
    placed: dict[int, tuple[int, int]] = {}
    remaining: dict[int, int] = {}
    books: Books = {BID: defaultdict(list), ASK: defaultdict(list)}
    waiting: list[int] = []
    transaction, trades = None, 0
    for log in sorted(logs, key=lambda log: (log["blockNumber"], log["logIndex"])):
        if log["transactionHash"] != transaction:
            append(books, placed, remaining, waiting)
            transaction = log["transactionHash"]
        args = log["args"]
        if log["event"] == "OrderPlaced":
            placed[args["order_id"]] = args["side"], args["tick"]
            remaining[args["order_id"]] = args["quantity"]
            waiting.append(args["order_id"])
        elif log["event"] == "Filled":
            trades += 1
            remaining[args["taker_order"]] = args["taker_remaining"]
            remaining[args["maker_order"]] = args["maker_remaining"]
            if not args["maker_remaining"]:
                take_out(books, placed, args["maker_order"])
        elif log["event"] == "OrderReduced":
            remaining[args["order_id"]] = args["remaining"]
        elif args["order_id"] in waiting:
            waiting.remove(args["order_id"])
        else:
            take_out(books, placed, args["order_id"])
    append(books, placed, remaining, waiting)
    return books, remaining, trades


def append(books: Books, placed: dict[int, tuple[int, int]], remaining: dict[int, int], waiting: list[int]) -> None:
    for order_id in waiting:
        if remaining[order_id]:
            side, tick = placed[order_id]
            books[side][tick].append(order_id)
    waiting.clear()


def take_out(books: Books, placed: dict[int, tuple[int, int]], order_id: int) -> None:
    side, tick = placed[order_id]
    books[side][tick].remove(order_id)
    if not books[side][tick]:
        del books[side][tick]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "local.replay", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def test_the_command_replays_a_file_from_nothing(tmp_path: Path) -> None:
    path = tmp_path / "flow.csv"
    path.write_text(f"{HEADING}\n86400,anna,limit,ask,34,5,\n86401,bruno,market,bid,,5,\n")
    done = command(str(path), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["trades"], found["quantity"], found["amount"]) == (1, "5", str(5 * 34_000_000))
    assert found["refused"] == []


def test_a_bad_file_and_bad_options_end_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "flow.csv"
    path.write_text(f"{HEADING}\n86400,anna,limit,ask,34.001,5,\n")
    for arguments, code, words in (
        ((str(path),), 1, "line 2, price: 34.001 is no multiple of the tick size"),
        ((str(tmp_path / "none"),), 1, "cannot be read"),
        ((), 2, "name a FILE to replay, or --sample N"),
        ((str(path), "--tick-size", "0.0000001"), 2, "'0.0000001' is none; it is a price such as 0.01"),
        ((str(path), "--maker-fee-ppm", "10001"), 2, "no whole number from 0 to 10,000"),
    ):
        done = command(*arguments)
        assert done.returncode == code, done.stderr
        assert words in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr
