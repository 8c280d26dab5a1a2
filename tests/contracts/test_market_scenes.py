"""Plays in the market that random ones come to only by luck end as the model says."""

import pytest

from tests.contracts.market_machine import Opened, new_scope, opening_of
from tests.contracts.market_scenes import SCENES, Scene, stage_scene


@pytest.fixture(scope="module")
def opened() -> Opened:
    return opening_of(new_scope())


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_scene_ends_as_the_model_says(scene: Scene, opened: Opened) -> None:
    stage_scene(scene, opened)
