"""The process beside: it answers what it was asked, tells what went wrong, and outlives nobody."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from indexer.beside import Beside, Lost
from tests.conftest import ROOT
from tests.indexer.indexing import SECONDS, until
from tests.indexer.sleeping import sleeper

PARENT = """
import sys, time
from indexer.beside import Beside
from tests.indexer.sleeping import sleeper
beside = Beside(sleeper, 0)
assert beside.is_ready(30)
beside.ask(60)
print(beside.pid, flush=True)
time.sleep(60)
"""


def ended(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def beside() -> Iterator[Beside]:
    found = Beside(sleeper, 100)
    assert found.is_ready(SECONDS)
    yield found
    found.stop()


def test_answers_are_had_by_number_whichever_is_ready_first(beside: Beside) -> None:
    slow, quick = beside.ask(0.2), beside.ask(0)
    assert beside.answer(slow) == 100.2
    assert beside.answer(quick) == 100


def test_what_went_wrong_there_is_raised_here_and_it_goes_on(beside: Beside) -> None:
    with pytest.raises(ValueError, match="-1 s"):
        beside.answer(beside.ask(-1))
    assert beside.answer(beside.ask(0)) == 100


def test_what_was_forgotten_never_comes(beside: Beside) -> None:
    beside.ask(0)
    beside.forget()
    assert beside.answer(beside.ask(0.1)) == 100.1


@pytest.mark.parametrize("seconds", [99, 98], ids=["it ends", "it cannot say what it found"])
def test_without_an_answer_it_is_lost(beside: Beside, seconds: float) -> None:
    with pytest.raises(Lost):
        beside.answer(beside.ask(seconds))
    until(lambda: ended(beside.pid), "its end")
    with pytest.raises(Lost):
        beside.answer(beside.ask(0))


def test_one_that_ends_before_it_is_ready_is_lost() -> None:
    beside = Beside(os._exit, 1)
    with pytest.raises(Lost):
        beside.is_ready(SECONDS)
    beside.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_process_beside_which_it_works(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert not ended(pid)
        parent.send_signal(how)
    until(lambda: ended(pid), "the end of the process beside")


def test_a_stopped_one_is_gone(beside: Beside) -> None:
    beside.ask(60)
    beside.stop()
    assert ended(beside.pid)
