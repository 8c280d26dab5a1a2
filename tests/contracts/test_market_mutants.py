"""The market's tests are tested: with a fault planted in the book they must fail. They stand in market_mutants.py."""

import shutil
from pathlib import Path

import pytest

from bench.compiled import Compiled
from bench.evm import Reverted
from bench.stage import ROOT, Sources, source
from scripts.export_abi import CONTRACTS, sources_of
from tests.contracts.market_mutants import MUTANTS, Mutant
from tests.contracts.refusals import Refusal

every_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@every_mutant
def test_the_text_of_a_mutant_of_the_market_stands_exactly_once_in_its_source(mutant: Mutant) -> None:
    """Else the list rots: a fault that cannot be planted is never missed."""
    assert (CONTRACTS / mutant.file).read_text().count(mutant.text) == 1
    assert mutant.fault != mutant.text


def test_the_mutants_of_the_market_are_a_score_and_no_two_the_same() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
    assert len({(mutant.file, mutant.text, mutant.fault) for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.full
@every_mutant
def test_a_mutant_of_the_market_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    sources = planted(mutant, tmp_path)
    sources("Marketplace")  # a source that does not compile kills nobody
    # By whatever differs first: an answer, a refusal, a balance, a bit.
    with pytest.raises((AssertionError, Refusal, Reverted)):
        mutant.killer(sources)


def planted(mutant: Mutant, folder: Path) -> Sources:
    """The contracts with the fault; what it does not reach is not compiled again."""
    shutil.copytree(CONTRACTS, folder / "contracts")
    path = folder / "contracts" / mutant.file
    path.write_text(path.read_text().replace(mutant.text, mutant.fault))

    def compiled(name: str) -> Compiled:
        touched = CONTRACTS / mutant.file in sources_of(CONTRACTS / f"{name}.vy")
        return source(folder if touched else ROOT, name)

    return compiled
