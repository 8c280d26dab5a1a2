"""A chain with a past: people have moved in, paid, traded, locked, and done odd things."""

import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from local.chain import SLOTS_IN_AN_EPOCH, Chain, start_chain
from local.people import meet, seed
from local.postgres import READER, Postgres
from tests.conftest import Deployed, World
from tests.indexer.bazaar import RULES, Bazaar, odd_orders, open_stalls
from tests.indexer.estate import SETTLED
from tests.indexer.indexing import following
from tests.indexer.nursery import Nursery
from tests.indexer.selecting import Selecting, selecting_from
from tests.indexer.traffic import ESTATE, dump, live, odd_things

DAILY_THINGS = 40
MARKET_THINGS = 200
SOLD = ESTATE + SETTLED
"""The property with a list, which its subscribers hold."""


@pytest.fixture(scope="session")
def deployed(deployed: Deployed, workshop: Path) -> Deployed:
    """The same deployment after a while: about 300 blocks with every event there is."""
    state = shutil.copy(deployed.state, workshop / "chain-before.json")
    chain = start_chain(workshop / "past.log", flags=("--load-state", str(state)))
    people = meet(chain.web3(), deployed.deployment)
    seed(people)
    open_stalls(people, (1,))
    open_stalls(people, (2,), lot=5)
    live(people, random.Random(1), DAILY_THINGS)
    odd_things(chain, people, property_id=4)
    people.send(people.market.functions.create_book(SOLD, *RULES.values()), people.accounts[0])
    odd_orders(chain, people, 1, SOLD)
    Bazaar(chain, people, (1, 2, SOLD), random.Random(3)).play(MARKET_THINGS)
    live(people, random.Random(2), DAILY_THINGS)
    found = Deployed(dump(chain, workshop / "chain-with-a-past.json"), deployed.manifest)
    chain.stop()
    return found


@pytest.fixture
def slots_in_an_epoch() -> int:
    """A block is final when it is two epochs deep. Tests of deep reorgs ask for longer epochs."""
    return SLOTS_IN_AN_EPOCH


@pytest.fixture
def chain(deployed: Deployed, tmp_path: Path, slots_in_an_epoch: int) -> Iterator[Chain]:
    """A chain of one's own that goes on from the past. Mines each transaction at once."""
    state = shutil.copy(deployed.state, tmp_path / "chain.json")
    flags = ("--load-state", str(state))
    running = start_chain(tmp_path / "anvil.log", flags=flags, slots_in_an_epoch=slots_in_an_epoch)
    yield running
    running.stop()


@pytest.fixture
def undisturbed(world: World, postgres: Postgres) -> Iterator[World]:
    """A second database of the same chain."""
    name = f"undisturbed_{time.monotonic_ns()}"
    yield replace(world, database=postgres.create_database(name), reader=postgres.dsn(READER, name))
    with psycopg.connect(postgres.dsn("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where indexers that run beside a test come from."""
    found = Nursery()
    yield found
    found.close()


@pytest.fixture(scope="module")
def shared_world(deployed: Deployed, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One chain and one database for a file of tests that only add to them, or only read."""
    log = tmp_path_factory.mktemp("shared") / "anvil.log"
    chain = start_chain(log, flags=("--load-state", str(deployed.state)))
    name = f"shared_{chain.port}"
    yield World(
        chain, postgres.create_database(name), postgres.dsn(READER, name), deployed.manifest, deployed.deployment
    )
    chain.stop()


@pytest.fixture(scope="module")
def indexed(shared_world: World) -> World:
    """The same, indexed to its head."""
    with following(shared_world) as follower:
        follower.to_head()
    return shared_world


@pytest.fixture(scope="module")
def selecting(shared_world: World) -> Iterator[Selecting]:
    """The selects over a world that is indexed to its head."""
    with selecting_from(shared_world) as found:
        yield found
