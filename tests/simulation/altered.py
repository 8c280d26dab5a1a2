"""The indexer with one alteration: a copy of its sources with something replaced, and small simulations of it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 300
SEEDS = (13, 15, 16, 14, 6, 23)
"""Climates of many kinds; a seed that is likely to notice something comes first."""
BLOCKS = 130


@dataclass(frozen=True)
class Verdict:
    """What the simulation said of altered code: whether it failed, and how."""

    killed: bool
    words: str


@contextmanager
def altered(file: str, text: str) -> Iterator[Path]:
    """A folder with the indexer in which this file of it has another text."""
    with tempfile.TemporaryDirectory(prefix="freehold-altered-") as folder:
        shutil.copytree(ROOT / "indexer", Path(folder) / "indexer", ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / "indexer" / file).write_text(text)
        yield Path(folder)


def simulated(postgres: Postgres, file: str, text: str, seeds: Sequence[int] = SEEDS, blocks: int = BLOCKS) -> Verdict:
    """Run small simulations of the indexer in which one file has another text. Too slow is killed too."""
    told = {"port": postgres.port, "password": postgres.password, "seeds": list(seeds), "blocks": blocks}
    with altered(file, text) as folder:
        environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-m", "tests.simulation.small"]
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, input=json.dumps(told), capture_output=True, text=True,
                timeout=SECONDS_MAX,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Verdict(True, f"not done after {SECONDS_MAX} s")
    words = (done.stdout or done.stderr).strip().splitlines()
    return Verdict(done.returncode != 0, words[0][:150] if done.stdout and words else words[-1][:150] if words else "")
