"""One running stack for most tests of the API, and one for those that rewind the chain."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.postgres import Postgres
from tests.api.estate import Estate, furnished
from tests.api.floor import Floor, furnished_floor
from tests.api.stack import Api, Stack, running_stack
from tests.conftest import Deployed

LONG_EPOCH = 64


@pytest.fixture(scope="session")
def stack(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    """A chain with a past of about 150 blocks. Tests may add to it; they rewind nothing and stop nothing."""
    with running_stack(postgres, deployed, workshop) as running:
        anna, _, chidi = running.people.persons[:3]
        running.live(random.Random(1), 30)
        running.lock(1, anna, 50)
        running.lock(1, chidi, 7)
        running.lock(1, anna, 20, unlock=True)
        running.live(random.Random(2), 30)
        running.settle()
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    return stack.api


@pytest.fixture(scope="session")
def estate(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Estate]:
    """A stack for those who bring in properties, sell them and pay rent: time passes there, and may be rewound."""
    with running_stack(postgres, deployed, workshop, slots_in_an_epoch=LONG_EPOCH) as running:
        yield furnished(running)


@pytest.fixture(scope="session")
def floor(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Floor]:
    """A stack for those who trade: time passes there, and it may be rewound."""
    with running_stack(postgres, deployed, workshop, slots_in_an_epoch=LONG_EPOCH) as running:
        yield furnished_floor(running)


@pytest.fixture(scope="session")
def rewound(postgres: Postgres, deployed: Deployed, workshop: Path) -> Iterator[Stack]:
    """A stack whose chain tests may rewind, for nothing of the last 128 blocks is final there."""
    with running_stack(postgres, deployed, workshop, slots_in_an_epoch=LONG_EPOCH) as running:
        yield running
