"""A signal ends the indexer soon, whatever it waits for, and a second interrupt ends it at once."""

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from tests.conftest import ROOT, World
from tests.indexer.indexing import check_at_head, following, tip, until
from tests.indexer.lying import Answer, Reply, Request, honest, lying
from tests.indexer.nursery import Nursery
from tests.indexer.traffic import move_fractions

STUBBORN = """
from indexer.stopping import Stopping
import time
Stopping().listen(lambda: None)
print("listening", flush=True)
while True:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_node_that_does_not_answer_does_not_keep_it(
    world: World, nursery: Nursery, tmp_path: Path, how: signal.Signals
) -> None:
    """The node would be waited for ten seconds, and a supervisor that kills after ten saw it as a crash."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as mute:

        def listen() -> None:
            connection, _ = mute.accept()
            with connection:
                while part := connection.recv(65_536):
                    asked.append(part)

        listener = Thread(target=listen, daemon=True)
        listener.start()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with nursery.running(world, tmp_path / "a.log", FREEHOLD_RPC=url) as indexer:
            until(lambda: bool(asked), "a question")
            indexer.signal(how)
            assert indexer.exit_code() == 0
            assert indexer.lines("retry") == [], "it did not wait for the end of its patience"
        listener.join(10)


@pytest.mark.parametrize("when", ["in a backfill", "at the head"])
def test_a_node_that_falls_silent_does_not_keep_it(world: World, nursery: Nursery, tmp_path: Path, when: str) -> None:
    silent, over = Event(), Event()

    def silence(requests: list[Request], replies: list[Reply]) -> Answer:
        if when == "at the head" or len(requests) > 30:
            silent.set()
        if silent.is_set():
            over.wait(60)
        return honest(requests, replies)

    with lying(world.chain) as node, ExitStack() as stack:
        if when == "in a backfill":
            node.lie = silence
        indexer = stack.enter_context(nursery.running(world, tmp_path / "a.log", FREEHOLD_RPC=node.url))
        if when == "at the head":
            indexer.wait_until_at(world.chain)
            node.lie = silence
        until(silent.is_set, "a node that is silent")
        indexer.signal(signal.SIGTERM)
        assert indexer.exit_code() == 0
        assert indexer.lines("outage") == [], "it did not wait for the end of its patience"
        over.set()


def test_a_database_that_does_not_answer_does_not_keep_it_and_nothing_is_half_done(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    with nursery.running(world, tmp_path / "a.log") as indexer, psycopg.connect(world.database) as other:
        indexer.wait_until_at(world.chain)
        before = tip(world.database)
        other.execute("LOCK TABLE journal.cursor IN SHARE MODE")
        move_fractions(world.chain, world.people, 3)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'"
        until(lambda: other.execute(waiting, ["freehold-indexer"]).fetchone() == (1,), "a step that waits for the lock")
        indexer.signal(signal.SIGTERM)
        assert indexer.exit_code() == 0
        assert tip(world.database) == before
    with following(world) as follower:
        follower.to_head()
    check_at_head(world)


def test_a_second_interrupt_ends_it_at_once_even_where_the_first_is_not_heeded() -> None:
    child = subprocess.Popen([sys.executable, "-c", STUBBORN], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    with child:
        assert child.stdout.readline() == "listening\n"
        child.send_signal(signal.SIGINT)
        assert [child.stdout.readline() for _ in range(2)] == ["interrupted\n"] * 2, "it is told again and again"
        child.send_signal(signal.SIGTERM)
        assert child.stdout.readline() == "interrupted\n", "a second SIGTERM is no more than the first"
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == -signal.SIGINT
