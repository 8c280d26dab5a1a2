"""What the operator sees: lines of JSON in a log, a bar at a terminal, and standard output for answers alone."""

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from threading import Thread

from indexer.report import RATE_SECONDS, Rate
from tests.conftest import ROOT, World
from tests.indexer.indexing import Clock, digest, following, run

SECONDS = 30


def at_a_terminal(world: World, *arguments: str) -> tuple[bytes, bytes]:
    """Standard output, which is a pipe, and standard error, which is a terminal, of a command."""
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def look() -> None:
        with suppress(OSError):
            while part := os.read(ours, 4096):
                seen.append(part)

    reader = Thread(target=look, daemon=True)
    reader.start()
    environment = {**world.environment, "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "indexer", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs, timeout=SECONDS, check=True
    )
    os.close(theirs)
    reader.join(SECONDS)
    return done.stdout, b"".join(seen)


def test_the_bar_goes_to_the_terminal_and_not_into_the_answer(world: World) -> None:
    """digest=$(freehold indexer rebuild) once had a blank line of the bar in it."""
    output, seen = at_a_terminal(world, "run", "--until-head")
    head = world.people.web3.eth.block_number
    assert output == b""
    assert f"{head}/{head}".encode() in seen
    assert b"indexed" in seen
    assert re.search(rb"[1-9][0-9,]* blocks/s +[1-9][0-9,]* logs/s [^0-9]*36m0:00:00", seen), (
        "rates, and that nothing is left"
    )
    output, seen = at_a_terminal(world, "rebuild")
    assert output.decode() == f"{digest(world)} projection_2\n"
    assert b"rebuilding" in seen


def test_a_rate_is_of_the_last_seconds_and_falls_where_nothing_comes() -> None:
    clock = Clock()
    rate = Rate(clock)
    assert rate.per_second() == 0
    clock.seconds = 2
    rate.note(600)
    assert rate.per_second() == 300, "not of seconds that had not passed yet"
    clock.seconds = RATE_SECONDS
    rate.note(400)
    assert rate.per_second() == 1_000 / RATE_SECONDS
    clock.seconds = 2 + RATE_SECONDS
    assert rate.per_second() == 400 / RATE_SECONDS
    clock.seconds = 3 * RATE_SECONDS
    assert rate.per_second() == 0


def test_in_a_log_each_event_is_a_line_of_json_with_fixed_keys(world: World) -> None:
    done = run(world, "--until-head", "--range-blocks", "20")
    assert (done.exit_code, done.output) == (0, "")
    first, second, *lines = [json.loads(line) for line in done.errors.splitlines()]
    assert tuple(first) == ("at", "event", "level", "warning", "providers")
    assert (first["event"], first["level"]) == ("verify", "prove")
    assert tuple(second) == ("at", "event")
    assert second["event"] == "leading"
    assert {tuple(line) for line in lines} == {("at", "event", "block", "blocks", "logs", "head")}
    assert [line["event"] for line in lines] == ["commit"] * len(lines)
    with following(world) as follower:
        row = follower.connection.execute("SELECT count(*) FROM journal.logs").fetchone()
        assert row == (sum(line["logs"] for line in lines),)
        assert lines[-1]["block"] == follower.store.cursor.number
