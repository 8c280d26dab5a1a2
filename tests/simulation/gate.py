"""Many seeds, one after the other, and what they came to. The first one that fails ends it, with the command to
repeat it."""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from local.postgres import Postgres
from tests.simulation.trial import Case, Counts, Trial

SEEDS_FILE = Path(__file__).with_name("seeds.txt")
BLOCKS_A_SEED = 1_650
AHEAD = 3
Progress = Callable[[Counts], None]


@dataclass(frozen=True)
class Target:
    """What a run is to do at least."""

    blocks: int
    rewinds: int
    crashes: int
    faults: int

    def missed(self, counts: Counts) -> list[str]:
        done = {
            "blocks": counts.blocks, "rewinds": counts.rewinds, "crashes": counts.crashes.total(),
            "faults": counts.faults.total(),
        }  # fmt: skip
        return [f"{name} {done[name]:,} of {wanted:,}" for name, wanted in vars(self).items() if done[name] < wanted]


GATE = Target(blocks=20_000, rewinds=500, crashes=350, faults=3_500)
LONG = Target(blocks=1_000_000, rewinds=28_000, crashes=19_000, faults=180_000)


class Failed(AssertionError):
    """A seed failed; the message says why, and which command repeats it."""


def failed_once() -> list[Case]:
    """What failed at some time: it is run before all others."""
    lines = [line.partition("#")[0].split() for line in SEEDS_FILE.read_text().splitlines()]
    return [Case(*map(int, line)) for line in lines if line]


def run_seeds(postgres: Postgres, first: int, target: Target, seconds_max: float, progress: Progress) -> Counts:
    """Those that failed once, then others from `first` on, until the target is reached or the time is over."""
    deadline, counts = time.monotonic() + seconds_max, Counts()
    for case in cases_from(first):
        counts.add(run_case(postgres, case))
        progress(counts)
        if not target.missed(counts) or time.monotonic() > deadline:
            break
    return counts


def cases_from(first: int) -> Iterator[Case]:
    """Every second one fetches nothing ahead."""
    yield from failed_once()
    for seed in count(first):
        yield Case(seed, BLOCKS_A_SEED, AHEAD * (seed % 2))


def run_case(postgres: Postgres, case: Case, prefix: str = "simulation") -> Counts:
    """Raises Failed, with all that one needs to look into it. prefix: of the database's name."""
    with database(postgres, f"{prefix}_{case.seed}") as dsn:
        trial = Trial(case, dsn)
        try:
            return trial.run()
        except Exception as trouble:
            raise Failed(story(trial, trouble)) from trouble


def story(trial: Trial, trouble: Exception) -> str:
    case = trial.case
    lines = [
        f"seed {case.seed} failed: {type(trouble).__name__}: {trouble}",
        f"climate: {trial.climate}",
        *(f"  {line}" for line in trial.events),
        f"crashes: {'; '.join(trial.plan.crashed[-3:]) or 'none'}",
        *traceback.format_tb(trouble.__traceback__)[-2:],
        f"repeat it with: ./freehold sim --seed {case.seed} --blocks {case.blocks} --ahead {case.ahead}",
    ]
    return "\n".join(lines)


@contextmanager
def database(postgres: Postgres, name: str) -> Iterator[str]:
    """An empty one, which is gone afterwards."""
    dsn = postgres.create_database(name)
    try:
        yield dsn
    finally:
        drop(postgres, [name])


def drop(postgres: Postgres, names: Sequence[str]) -> None:
    with psycopg.connect(postgres.dsn("postgres", "postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def told(counts: Counts) -> str:
    """The counts in one line."""
    return (
        f"{counts.seeds} seeds, {counts.blocks:,} blocks, {counts.rewinds:,} rewinds, "
        f"{counts.crashes.total():,} crashes, {counts.faults.total():,} node faults of {len(counts.faults)} kinds, "
        f"{counts.ahead:,} ranges fetched ahead, {counts.looks:,} looks, {counts.halts} halts; "
        "0 mismatches, 0 needless rewinds"
    )
