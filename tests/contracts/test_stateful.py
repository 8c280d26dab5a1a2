"""Any sequence of calls leaves all contracts as the model says, and they refuse what the model refuses.

After every step: all accounts together are what the vault holds, postings fold to every balance, keys acted
once, sub-accounts were moved by their owners, fractions sum to their supply within the cap, locks are covered,
nobody ineligible gained, rent is neither lost nor made, an offering's money is what came in. Every 25th step:
all getters against what the events alone tell.
"""

import pytest
from hypothesis import Phase, settings

from tests.contracts.books_machine import PATIENT, new_scope, play

# The same steps each time, and the first failure as it is, so that the default run stays short.
SHORT = settings(PATIENT, max_examples=21, stateful_step_count=50, derandomize=True, phases=[Phase.generate])


def test_the_books_agree_with_the_model_after_every_step() -> None:
    assert play(new_scope(), SHORT) >= 1_000


@pytest.mark.full
def test_the_books_agree_with_the_model_after_a_hundred_thousand_other_steps() -> None:
    play(new_scope(), settings(PATIENT, max_examples=200, stateful_step_count=500))
