"""kill -9 at random moments: what is there is always whole, and in the end nothing shows that it happened."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from tests.conftest import World
from tests.indexer.indexing import check_like_undisturbed, following
from tests.indexer.lying import lying, refusing_ranges_over
from tests.indexer.nursery import Nursery, Running
from tests.indexer.oracle import stored
from tests.indexer.test_reorg import reorg, reorgs
from tests.indexer.traffic import live, move_fractions

KILLS = 20
BLOCKS = 400
JITTER_SECONDS = 0.03
PATIENCE_SECONDS = 20

pytestmark = pytest.mark.slow


def kill_after(indexer: Running, commits: int, chance: random.Random) -> None:
    """kill -9 a moment after it has committed so many times; 0 is a moment after it leads."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen: set[object] = set()
    with psycopg.connect(indexer.database, autocommit=True) as connection:
        while len(seen) <= commits and time.monotonic() < deadline:
            if connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchone():
                seen.add(connection.execute("TABLE journal.cursor").fetchone())
    time.sleep(chance.uniform(0, JITTER_SECONDS))
    assert len(seen) > commits, "it was too slow to be killed"
    assert indexer.is_running(), indexer.log.read_text()
    indexer.kill()


def test_killed_twenty_times_in_a_backfill(world: World, nursery: Nursery, undisturbed: World, tmp_path: Path) -> None:
    chance = random.Random(11)
    move_fractions(world.chain, world.people, BLOCKS)
    head = world.people.web3.eth.block_number
    with following(world):
        pass  # makes the journal, so that there is a cursor to look at from the first moment on
    with lying(world.chain) as node:
        node.lie = refusing_ranges_over(2)
        for number in range(KILLS):
            log = tmp_path / f"{number}.log"
            with nursery.running(world, log, "--range-blocks", "1", FREEHOLD_RPC=node.url) as indexer:
                kill_after(indexer, chance.randint(0, 5), chance)
            assert stored(world.database)[0] < head, "there is something left to be killed in"
    assert nursery.run(world, tmp_path / "last.log", "--until-head").exit_code == 0
    check_like_undisturbed(world, undisturbed)


@pytest.mark.parametrize("slots_in_an_epoch", [32], ids=["final after 64 blocks"])
def test_killed_twenty_times_in_live_following(
    world: World, nursery: Nursery, undisturbed: World, tmp_path: Path
) -> None:
    """People go on trading and the chain goes on reorganising itself meanwhile."""
    chance = random.Random(12)
    move_fractions(world.chain, world.people, 10)
    with following(world) as follower:
        follower.to_head()
    with life_and_reorgs(world):
        for number in range(KILLS):
            with nursery.running(world, tmp_path / f"{number}.log") as indexer:
                kill_after(indexer, chance.randint(0, 6), chance)
            stored(world.database)
    assert nursery.run(world, tmp_path / "caught-up.log", "--until-head").exit_code == 0
    reorg(world.chain, world.people, 3)  # one at least that an index cannot have slept through
    assert nursery.run(world, tmp_path / "last.log", "--until-head").exit_code == 0
    assert len(reorgs(world.database)) > 0
    check_like_undisturbed(world, undisturbed)


@contextmanager
def life_and_reorgs(world: World) -> Iterator[None]:
    """Somebody does something all the time, and now and then the newest blocks are replaced."""
    done, troubles = Event(), list[BaseException]()

    def go_on() -> None:
        people, chance = world.people, random.Random(13)
        try:
            while not done.is_set():
                live(people, chance, 3)
                if chance.random() < 0.1:
                    reorg(world.chain, people, chance.randint(1, 3))
                done.wait(0.02)
        except BaseException as trouble:  # shown in the test's own thread
            troubles.append(trouble)

    thread = Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert troubles == []
