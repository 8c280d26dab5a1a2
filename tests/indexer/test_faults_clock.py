"""The machine's clock is set back an hour, and forth: the indexer does not care, for it decides by a clock that only
rises. The one that can be set is read for people alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, World
from tests.indexer.indexing import check_like_undisturbed, command, following, tip, until
from tests.indexer.test_reorg import LONG, reorg, reorgs
from tests.indexer.traffic import move_fractions

HOUR = 3600
PATIENCE_SECONDS = 60
SET_CLOCK = """
import os, pathlib, time
file, true = pathlib.Path(os.environ["CLOCK_OFF_BY"]), time.time
def off(): return int(file.read_text() or 0)
gmtime, localtime = time.gmtime, time.localtime
time.time = lambda: true() + off()
time.time_ns = lambda: int(time.time() * 1e9)
time.gmtime = lambda *seconds: gmtime(*seconds or (time.time(),))
time.localtime = lambda *seconds: localtime(*seconds or (time.time(),))
"""
"""Read by Python as it starts, so that the whole process has the wrong time."""


class Clock:
    """Of processes that get `environment`: off by so many seconds as a file says at the moment."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(SET_CLOCK)
        self._file = folder / "off-by"
        self.set_off_by(0)
        path = os.pathsep.join([str(folder), str(ROOT)])
        self.environment = {"PYTHONPATH": path, "CLOCK_OFF_BY": str(self._file)}

    def set_off_by(self, seconds: int) -> None:
        self._file.with_suffix(".new").write_text(str(seconds))
        self._file.with_suffix(".new").rename(self._file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def indexer(world: World, clock: Clock, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process, for a clock that a test turns must be the indexer's alone."""
    with (tmp_path / "indexer.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "indexer", "run"],
            env={**world.environment, **clock.environment},
            cwd=ROOT,
            stderr=log,
        )
        try:
            yield child
        finally:
            child.terminate()
            child.wait(PATIENCE_SECONDS)


def status(world: World, clock: Clock) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "indexer", "status", "--json"], env={**world.environment, **clock.environment}, cwd=ROOT,
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def until_at_head(world: World) -> None:
    hash_ = world.chain.call("eth_getBlockByNumber", "latest", False)["hash"]
    until(lambda: tip(world.database)[1] == hash_, "the head", PATIENCE_SECONDS)


@LONG
@pytest.mark.slow
def test_an_hour_back_and_forth(
    world: World, undisturbed: World, clock: Clock, indexer: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    """While it follows, waits for a provider that went away, and rewinds."""
    until_at_head(world)
    stamps = []
    for rewound, hours in enumerate((-1, 1, 0), start=1):
        clock.set_off_by(hours * HOUR)
        move_fractions(world.chain, world.people, 4)
        until_at_head(world)
        reorg(world.chain, world.people, 2)
        until_at_head(world)
        found = status(world, clock)
        assert (found["state"], found["lag_blocks"], found["reorgs"]) == ("following", 0, rewound)
        assert 0 <= found["lag_seconds"] < (hours > 0) * HOUR + 2 * PATIENCE_SECONDS * rewound
        stamps.append(last_line(tmp_path)["at"])
    assert stamps[0] < stamps[2] < stamps[1], "its lines bear the time that it was told"
    assert indexer.poll() is None
    assert len(reorgs(world.database)) == 3
    check_like_undisturbed(world, undisturbed)


def last_line(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "indexer.log").read_text().splitlines()[-1])
    return found


def test_a_chain_whose_clock_is_ahead_of_ours_gives_no_negative_lag(world: World, clock: Clock) -> None:
    world.chain.call("evm_increaseTime", HOUR)
    move_fractions(world.chain, world.people, 1)
    done = subprocess.run(
        [sys.executable, "-m", "indexer", "run", "--until-head"],
        env=world.environment,
        cwd=ROOT,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0
    found = status(world, clock)
    assert (found["lag_blocks"], found["lag_seconds"]) == (0, 0)


def test_a_rollback_goes_back_by_one_promotion_whatever_the_clock_said(world: World) -> None:
    """The database's clock was set back after the first: the newest time was that of a version from before."""
    with following(world) as follower:
        follower.to_head()
        follower.connection.execute("UPDATE journal.versions SET promoted_at = now() + interval '1 hour'")
    first, second, third = (live_version(world), *(promoted_anew(world) for _ in range(2)))
    assert len({first, second, third}) == 3
    assert command(world, "rollback").exit_code == 0
    assert live_version(world) == second


def promoted_anew(world: World) -> str:
    assert command(world, "rebuild", "--fresh", "--promote").exit_code == 0
    return live_version(world)


def live_version(world: World) -> str:
    found: str = json.loads(command(world, "status", "--json").output)["version"]
    return found
