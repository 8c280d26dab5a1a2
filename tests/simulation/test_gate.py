"""The gate: seeds that failed once, and fresh ones, for a minute at most."""

import pytest

from local.postgres import Postgres
from tests.simulation.gate import GATE, run_seeds, told
from tests.simulation.trial import Counts

SECONDS_MAX = 50
"""No seed is begun after that."""


@pytest.mark.slow
def test_no_seed_leads_the_indexer_astray(postgres: Postgres, capsys: pytest.CaptureFixture[str]) -> None:
    def show(_: Counts) -> None:
        pass

    counts = run_seeds(postgres, 1, GATE, SECONDS_MAX, show)
    with capsys.disabled():
        print(f"\nsimulation: {told(counts)}")
    assert counts.blocks
    assert counts.rewinds
    assert counts.crashes
    assert counts.faults
    assert counts.ahead
