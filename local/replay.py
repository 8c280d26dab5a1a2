"""freehold replay FILE: an order flow through the contracts, on a chain of its own, as fast as the chain takes it."""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from indexer.deployment import read_deployment
from local.chain import Chain, start_chain
from local.contracts import deploy_contracts
from local.order_flow import PLAIN_NUMBER, BadFlow, Line, Rules, price_text, read_flow
from local.people import UNIT
from local.pipeline import OrderLost
from local.process import StartFailed
from local.replay_stage import EARLIER_SECONDS, Fees, set_stage
from local.replaying import Replay
from local.rpc import Refused
from local.sample_flow import sample_flow

FLAGS = ("--order", "fifo", "--gas-limit", "1000000000000", "--auto-impersonate", "--accounts", "2",
         "--no-request-size-limit")  # fmt: skip
REFUSED_SHOWN = 10
HIGHEST_FEE_PPM, HIGHEST_LOT, HIGHEST_TICK_SIZE = 10_000, 2**16 - 1, 2**56 - 1
TROUBLE = (BadFlow, StartFailed, OrderLost, Refused, RuntimeError, OSError)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.sample is not None:
        for line in sample_flow(options.sample, options.seed):
            print(line)
        return 0
    rules = Rules(options.tick_size, options.lot, UNIT)
    try:
        lines = read_flow(options.file, rules)
        return replayed(lines, rules, options)
    except TROUBLE as trouble:
        print(f"freehold replay: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left of the chain.", file=sys.stderr)
        return 130


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="freehold replay",
        description="Replay an order flow (CSV; docs/order-book.md has its columns) on a chain of its own.",
    )
    parser.add_argument("file", type=Path, nargs="?", help="time,account,operation,side,price,quantity,reference")
    parser.add_argument("--tick-size", type=tick_size, default="0.01", help="of the book, in whole units (0.01)")
    parser.add_argument("--lot", type=bounded(1, HIGHEST_LOT), default=1, help="of the book, in fractions (1)")
    parser.add_argument("--maker-fee-ppm", type=bounded(0, HIGHEST_FEE_PPM), default=500, help="millionths (500)")
    parser.add_argument("--taker-fee-ppm", type=bounded(0, HIGHEST_FEE_PPM), default=1_500, help="millionths (1500)")
    parser.add_argument("--json", action="store_true", help="the summary as JSON on the standard output")
    parser.add_argument("--keep", action="store_true", help="leave the chain running until Ctrl-C, to look at it")
    parser.add_argument("--sample", type=bounded(1, 10**6), metavar="N", help="print a flow of N lines instead")
    parser.add_argument("--seed", type=int, default=1, help="of the sample; the same seed, the same flow (1)")
    options = parser.parse_args(arguments)
    if (options.file is None) == (options.sample is None):
        parser.error("name a FILE to replay, or --sample N to have one printed")
    return options


def tick_size(text: str) -> int:
    """Units, of whole units with decimals."""
    whole, _, part = text.partition(".")
    scale: int = 10 ** len(part)
    units, rest = divmod(int(whole + part) * UNIT, scale) if PLAIN_NUMBER.fullmatch(text) else (0, 0)
    if rest or not 0 < units <= HIGHEST_TICK_SIZE:
        raise argparse.ArgumentTypeError(f"{text!r} is none; it is a price such as 0.01, with 6 decimals at most")
    return units


def bounded(lowest: int, highest: int) -> Any:
    def number(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {lowest:,} to {highest:,}")
        return int(text)

    return number


def replayed(lines: list[Line], rules: Rules, options: argparse.Namespace) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="freehold-replay-") as folder,
        running(Path(folder), lines[0].time) as chain,
    ):
        manifest = Path(folder) / "deployment.json"
        console = Console(stderr=True)
        with console.status("deploying the contracts"):
            deploy_contracts(chain.url, manifest)
        with console.status("opening accounts"):
            fees = Fees(options.maker_fee_ppm, options.taker_fee_ppm)
            stage = set_stage(chain.web3(), chain.url, read_deployment(manifest), lines, rules, fees)
        with progress(console) as bar:
            task = bar.add_task("replaying", total=len(lines))
            replay = Replay(stage, lambda count: bar.advance(task, count))
            started = time.monotonic()
            replay.run(lines)
            seconds = time.monotonic() - started
        found = told(replay, len(stage.wallets), seconds)
        print(json.dumps(found, indent=2) if options.json else in_words(found))
        if options.keep:
            keep(chain, manifest)
    return 0


@contextlib.contextmanager
def running(folder: Path, first: int) -> Iterator[Chain]:
    """A chain whose time begins a while before the first line's, and which ends with us."""
    began = str(first - EARLIER_SECONDS + 1)
    chain = start_chain(folder / "anvil.log", flags=(*FLAGS, "--timestamp", began))
    try:
        yield chain
    finally:
        chain.stop()


def progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty())


def told(replay: Replay, accounts: int, seconds: float) -> dict[str, Any]:
    """The summary as JSON has it: amounts as strings."""
    summary, rules = replay.summary, replay.stage.rules
    bid, ask = replay.best_prices()
    operations = {
        name: {"lines": count, "gas_average": summary.gas_by_operation[name] // count}
        for name, count in sorted(summary.count_by_operation.items())
    }
    return {
        "lines": summary.lines,
        "accounts": accounts,
        "orders": summary.orders,
        "cancelled": summary.cancelled,
        "reduced": summary.reduced,
        "trades": summary.trades,
        "quantity": str(summary.quantity),
        "amount": str(summary.amount),
        "best_bid": price_text(bid, rules) if bid else None,
        "best_ask": price_text(ask, rules) if ask else None,
        "blocks": summary.blocks,
        "gas": summary.gas,
        "operations": operations,
        "milliseconds": int(seconds * 1_000),
        "lines_a_second": int(summary.lines / max(seconds, 0.001)),
        "refused": [{"line": one.line, "error": one.error, "reason": one.reason} for one in summary.refused],
    }


def in_words(found: dict[str, Any]) -> str:
    whole, part = divmod(int(found["amount"]), UNIT)
    refused = found["refused"]
    lines = [
        f"lines       {found['lines']:,} of {found['accounts']:,} accounts, in {found['blocks']:,} blocks",
        f"orders      {found['orders']:,} placed, {found['cancelled']:,} cancelled, {found['reduced']:,} reduced",
        f"trades      {found['trades']:,} of {int(found['quantity']):,} fractions for {whole:,}.{part:06}",
        f"best bid    {found['best_bid'] or 'none'}",
        f"best ask    {found['best_ask'] or 'none'}",
        f"gas         {found['gas']:,}",
        *(f"            {name:<20} {of['gas_average']:>9,} on average of {of['lines']:,}"
          for name, of in found["operations"].items()),
        f"rate        {found['lines_a_second']:,} lines a second, {found['milliseconds'] / 1_000:.1f} s in all",
        f"refused     {len(refused):,}",
    ]  # fmt: skip
    lines += [f"            {count:,} {error}" for error, count in Counter(r["error"] for r in refused).most_common()]
    lines += [f"            line {one['line']}: {one['reason']}" for one in refused[:REFUSED_SHOWN]]
    if len(refused) > REFUSED_SHOWN:
        lines.append("            ... --json names them all")
    return "\n".join(lines)


def keep(chain: Chain, manifest: Path) -> None:
    print(f"\nThe chain goes on at {chain.url} until Ctrl-C. To look at it, in another terminal:", file=sys.stderr)
    print(f"  ./freehold up --rpc {chain.url} --manifest {manifest}", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while chain.process.running():
            time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
