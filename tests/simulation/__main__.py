"""freehold sim: a deterministic simulation of the indexer, against a real Postgres.

gate is what every test run does; long, sweep, server, mutants and lines are there for nights. Exit code 1 where
something failed or a target was missed.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from indexer.walk import Walk
from local.postgres import Postgres, start_postgres
from tests.simulation import lines, mutants
from tests.simulation.altered import Verdict
from tests.simulation.gate import BLOCKS_A_SEED, GATE, LONG, Target, run_case, run_seeds, told
from tests.simulation.mutants import MUTANTS
from tests.simulation.server import besiege
from tests.simulation.sweep import SCENES, sweep
from tests.simulation.trial import Case, Counts

LONG_SECONDS_MAX = 24 * 3600.0
GATE_SECONDS_MAX = 600.0
STOPS = 300
SIZES = {"gate": (GATE, GATE_SECONDS_MAX), "long": (LONG, LONG_SECONDS_MAX)}
RUNS = (*SIZES, "sweep", "server", "mutants", "lines")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="freehold sim", description=__doc__)
    parser.add_argument("run", nargs="?", choices=RUNS, default="gate", help="what to do; gate if nothing is named")
    parser.add_argument("--size", choices=list(SIZES), help="gate or long, the same as naming it")
    parser.add_argument("--seed", type=int, help="this one only; with long, the first one")
    parser.add_argument("--blocks", type=int, default=BLOCKS_A_SEED, help="of one seed's chain")
    parser.add_argument("--ahead", type=int, default=0, help="ranges that it fetches ahead")
    parser.add_argument("--stops", type=int, default=STOPS, help="of the server")
    parser.add_argument("--scene", choices=list(SCENES), action="append", help="of the sweep; all if none is named")
    options = parser.parse_args(arguments)
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # of connections that are cut on purpose
    name = options.size or options.run
    try:
        match name:
            case "sweep":
                return sweep_scenes(options.scene or list(SCENES))
            case "server":
                return stop_server(options.seed or 1, options.stops)
            case "mutants" | "lines":
                return alter(name)
        return seeds(name, options)
    except AssertionError as failure:
        print(failure, file=sys.stderr)
        return 1


def sweep_scenes(names: Sequence[str]) -> int:
    with server() as postgres:
        for name in names:
            with Walk("swept", "crashes") as show:
                for done, total in sweep(postgres, name):
                    show(done, total, name)
            print(f"{name}: {total} crashes, 0 mismatches", flush=True)
    return 0


def stop_server(seed: int, stops: int) -> int:
    with folder() as home, Walk("besieged", "stops") as show:
        siege = besiege(home, seed, stops, lambda done: show(done, stops))
    print(f"the server was stopped {siege.done} times in {siege.seconds:.0f} s; {told(siege.counts)}")
    return 0


def alter(name: str) -> int:
    """Mutants or gaps, each with what the simulation said; 1 where one survives that nobody has explained."""
    why = lines.explained() if name == "lines" else {}
    total, unexplained = len(MUTANTS) if name == "mutants" else lines.total(), 0
    with server() as postgres, Walk("altered", name) as show:
        found = mutant_verdicts(postgres) if name == "mutants" else line_verdicts(postgres)
        for done, (words, key, verdict) in enumerate(found, 1):
            reason = why.get(key)
            unexplained += not verdict.killed and reason is None
            outcome = "killed" if verdict.killed else f"SURVIVED ({reason or 'not explained'})"
            print(f"{outcome}: {words}: {verdict.words}", flush=True)
            show(done, total)
    print(f"{total} {name}, {unexplained} survive without an explanation")
    return 1 if unexplained else 0


def mutant_verdicts(postgres: Postgres) -> Iterator[tuple[str, tuple[str, str], Verdict]]:
    for mutant, verdict in mutants.verdicts(postgres):
        yield mutant.words, (mutant.file, mutant.old), verdict


def line_verdicts(postgres: Postgres) -> Iterator[tuple[str, tuple[str, str], Verdict]]:
    for gap, verdict in lines.verdicts(postgres):
        yield f"{gap.file}:{gap.line} {gap.statement}", (gap.file, gap.statement), verdict


def seeds(name: str, options: argparse.Namespace) -> int:
    target, seconds_max = SIZES[name]
    started = time.monotonic()
    with server() as postgres:
        if options.seed is not None and name == "gate":
            print(told(run_case(postgres, Case(options.seed, options.blocks, options.ahead))))
            return 0
        with Walk("simulated", "blocks") as show:

            def so_far(counts: Counts) -> None:
                done = (counts.rewinds, counts.crashes.total(), counts.faults.total())
                show(counts.blocks, target.blocks, "{:,} rewinds, {:,} crashes, {:,} faults".format(*done))

            counts = run_seeds(postgres, options.seed or 1, target, seconds_max, so_far)
    print(f"{told(counts)}; {time.monotonic() - started:.0f} s")
    return missed(target, counts)


def missed(target: Target, counts: Counts) -> int:
    short = target.missed(counts)
    if short:
        print(f"missed: {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0


@contextmanager
def folder() -> Iterator[Path]:
    """One that the server's user may enter too."""
    with tempfile.TemporaryDirectory(prefix="freehold-simulation-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def server() -> Iterator[Postgres]:
    """A Postgres of our own, whose data is gone afterwards: without fsync, for nothing here cuts its power."""
    with folder() as home:
        postgres = start_postgres(home / "postgres", home / "postgres.log", fsync=False)
        try:
            yield postgres
        finally:
            postgres.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
