"""The tests are tested: with a fault planted in the contracts they must fail. The faults stand in mutants.py."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from bench.compiled import Compiled
from bench.evm import Reverted
from bench.stage import ROOT, Sources, source
from scripts.export_abi import CONTRACTS, sources_of
from tests.contracts.books_machine import new_scope, play
from tests.contracts.mutants import MACHINE, MUTANTS, Mutant
from tests.contracts.test_stateful import SHORT

# Most are found within a few runs; the rare ones may take their time.
LONGER = settings(SHORT, max_examples=60)

ROOMS = ("contracts", "tests", "bench", "scripts", "indexer", "local", "api")
NEEDED = ("ape-config.yaml", "pyproject.toml")
every_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@every_mutant
def test_the_text_of_a_mutant_stands_exactly_once_in_its_source(mutant: Mutant) -> None:
    """Else the list rots: a fault that cannot be planted is never missed."""
    assert (CONTRACTS / mutant.file).read_text().count(mutant.text) == 1
    assert mutant.fault != mutant.text
    assert mutant.killer == MACHINE or (Path(__file__).parent / mutant.killer).is_file()


def test_the_mutants_are_a_dozen_and_no_two_the_same() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 12
    assert len({(mutant.file, mutant.text, mutant.fault) for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.full
@every_mutant
def test_a_mutant_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    plant(mutant, tmp_path)
    if mutant.killer == MACHINE:
        # By whatever differs first: an answer, a refusal, a balance; not by a source that does not compile.
        with pytest.raises((AssertionError, Reverted)):
            play(new_scope(sources_below(tmp_path, mutant)), LONGER)
    else:
        outcome = units(tmp_path, mutant.killer)
        assert outcome.returncode == 1, outcome.stdout + outcome.stderr
        assert " failed" in outcome.stdout, outcome.stdout


def plant(mutant: Mutant, folder: Path) -> None:
    """A copy of the project, with the fault."""
    for name in ROOMS:
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "static", ".cache")
        )
    for name in NEEDED:
        shutil.copy(ROOT / name, folder / name)
    path = folder / "contracts" / mutant.file
    path.write_text(path.read_text().replace(mutant.text, mutant.fault))


def sources_below(folder: Path, mutant: Mutant) -> Sources:
    """What the fault does not reach is not compiled again."""

    def compiled(name: str) -> Compiled:
        touched = CONTRACTS / mutant.file in sources_of(CONTRACTS / f"{name}.vy")
        return source(folder if touched else ROOT, name)

    return compiled


def units(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    ape = str(Path(sys.executable).parent / "ape")
    command = [ape, "test", f"tests/contracts/{tests}", "--network", "ethereum:local:test"]
    return subprocess.run([*command, "-q", "-x"], cwd=folder, capture_output=True, text=True)
