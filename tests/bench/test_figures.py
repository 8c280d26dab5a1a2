"""A bench that misses a target says so, a plot says what was measured, and a record answers what its node did."""

import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

from bench import peers
from bench.figures import Figure, markdown_of, rate
from bench.growth import Point, drawn
from local.chain import start_chain
from local.rpc import Rpc
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("figure", "missed"),
    [
        (rate("backfill", 100, limit=500, target=0.2), False),
        (rate("backfill", 99, limit=500, target=0.2), True),
        (rate("backfill", 1, limit=500), False),
        (Figure("reorg", "9 ms", wanted="right", holds=False), True),
        (Figure("reorg", "9 ms", wanted="right"), False),
    ],
)
def test_a_figure_below_its_target_is_missed_and_says_so(figure: Figure, missed: bool) -> None:
    assert figure.missed() == missed
    assert ("missed" in figure.cells()[3]) == missed
    assert markdown_of([figure]).count("\n") == 2


def test_the_plot_is_drawn_to_scale() -> None:
    points = [Point(100, 1, 100), Point(200, 3, 50)]
    found = xml.etree.ElementTree.fromstring(drawn(points))
    (line,) = (element for element in found if element.tag.endswith("polyline"))
    (_, high), (_, low) = (map(float, place.split(",")) for place in line.attrib["points"].split())
    floor = 240
    assert (floor - high) == pytest.approx(2 * (floor - low))


def test_a_peer_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert peers.version_of(tmp_path, "ponder") == "(not installed)"


def test_a_record_answers_as_its_node_did_when_that_is_gone(tmp_path: Path) -> None:
    chain = start_chain(tmp_path / "anvil.log")
    command = [sys.executable, "-m", "bench.recorded", chain.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as recorded:
        assert recorded.stdout
        asked = Rpc(recorded.stdout.readline().strip())
        try:
            chain.call("evm_mine")
            numbers = [["0x0", False], ["0x1", False]]
            first = asked.many("eth_getBlockByNumber", numbers)
            assert first == [chain.call("eth_getBlockByNumber", *number) for number in numbers]
            chain.stop()
            assert asked.many("eth_getBlockByNumber", numbers) == first
            assert [int(block["number"], 16) for block in first] == [0, 1]
        finally:
            recorded.kill()
            chain.stop()
