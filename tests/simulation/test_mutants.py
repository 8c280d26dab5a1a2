"""The simulation fails for every wrong behaviour that is planted."""

import pytest

from local.postgres import Postgres
from tests.simulation.altered import ROOT, simulated
from tests.simulation.mutants import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.words)
def test_every_mutant_can_be_planted(mutant: Mutant) -> None:
    compile(mutant.text(), mutant.file, "exec")


@pytest.mark.full
def test_the_code_as_it_is_survives(postgres: Postgres) -> None:
    """Or the mutants would be killed by something else."""
    verdict = simulated(postgres, "loop.py", (ROOT / "indexer" / "loop.py").read_text())
    assert not verdict.killed, verdict.words


@pytest.mark.full
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.words)
def test_the_simulation_kills(mutant: Mutant, postgres: Postgres) -> None:
    assert simulated(postgres, mutant.file, mutant.text(), mutant.seeds, mutant.blocks).killed
