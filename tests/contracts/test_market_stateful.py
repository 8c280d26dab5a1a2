"""Any sequence of calls leaves the market as the model says, and it refuses what the model refuses, by the same error.

After every step that changed a book its raw storage is read: levels sum their orders (M1), bits are set exactly where
levels are, at all three depths (M2), queues are well formed (M3), the book is not crossed (M4), the escrow is what open
bids need, to the unit (M5); and of each call: fills are fair (M6) and in order (M7), nothing is lost (M8), fees add up
(M9), locks are open asks (T3), the vault holds what it owes (V1). Every 25th step and at the end of a run: all getters
against what the events alone tell (M11); and, on a copy, everybody leaves with exactly what is his (M10).
"""

import pytest
from hypothesis import Phase, settings

from tests.contracts.market_machine import PATIENT, new_scope, play

# The same steps each time, and the first failure as it is, so that the default run stays short.
SHORT = settings(PATIENT, max_examples=21, stateful_step_count=50, derandomize=True, phases=[Phase.generate])


def test_the_market_agrees_with_the_model_after_every_step() -> None:
    played = play(new_scope(), SHORT)
    assert played.steps >= 1_000
    # Else little was tested: the draws went wrong.
    assert played.fills >= 300
    assert 50 <= played.refusals <= played.steps // 2


@pytest.mark.full
def test_the_market_agrees_with_the_model_after_a_hundred_thousand_other_steps() -> None:
    play(new_scope(), settings(PATIENT, max_examples=200, stateful_step_count=500))
