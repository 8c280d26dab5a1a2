"""freehold sim: a deterministic simulation of the indexer, against a real Postgres.

gate is what every test run does; long, sweep, server, mutants and lines are there for nights. Exit code 1 where
something failed or a target was missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from local.postgres import Postgres, start_postgres
from tests.simulation.gate import BLOCKS_A_SEED, GATE, LONG, Failed, Target, run_seed, run_seeds, told
from tests.simulation.trial import Counts

LONG_SECONDS_MAX = 24 * 3600.0
GATE_SECONDS_MAX = 600.0
SIZES = {"gate": (GATE, GATE_SECONDS_MAX), "long": (LONG, LONG_SECONDS_MAX)}
RUNS = (*SIZES,)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="freehold sim", description=__doc__)
    parser.add_argument("run", nargs="?", choices=RUNS, default="gate", help="what to do; gate if nothing is named")
    parser.add_argument("--size", choices=list(SIZES), help="gate or long, the same as naming it")
    parser.add_argument("--seed", type=int, help="this one only; with long, the first one")
    parser.add_argument("--blocks", type=int, default=BLOCKS_A_SEED, help="of one seed's chain")
    options = parser.parse_args(arguments)
    name = options.size or options.run
    try:
        return seeds(name, options)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1


def seeds(name: str, options: argparse.Namespace) -> int:
    target, seconds_max = SIZES[name]
    started = time.monotonic()
    with server() as postgres:
        if options.seed is not None and name == "gate":
            print(told(run_seed(postgres, options.seed, options.blocks)))
            return 0
        with bar("blocks", target.blocks) as show:
            counts = run_seeds(postgres, options.seed or 1, target, seconds_max, show)
    print(f"{told(counts)}; {time.monotonic() - started:.0f} s")
    return missed(target, counts)


def missed(target: Target, counts: Counts) -> int:
    short = target.missed(counts)
    if short:
        print(f"missed: {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0


@contextmanager
def server() -> Iterator[Postgres]:
    """A Postgres of our own, whose data is gone afterwards: without fsync, for nothing here cuts its power."""
    with tempfile.TemporaryDirectory(prefix="freehold-simulation-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        postgres = start_postgres(home / "postgres", home / "postgres.log", fsync=False)
        try:
            yield postgres
        finally:
            postgres.stop()


class Bar:
    """How far a run is."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.task = progress, progress.add_task("simulating", total=total, words="")

    def __call__(self, counts: Counts) -> None:
        words = f"{counts.rewinds:,} rewinds, {counts.crashes.total():,} crashes"
        self.progress.update(self.task, completed=counts.blocks, words=words)


@contextmanager
def bar(unit: str, total: int) -> Iterator[Bar]:
    columns = (
        TextColumn("{task.completed:,}/{task.total:,} " + unit), BarColumn(), TextColumn("{task.fields[words]}"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        yield Bar(progress, total)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
