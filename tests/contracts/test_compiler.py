"""One compiler everywhere: another would be other code, under the same sources."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from scripts._sources import COMPILER

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*(ROOT / "contracts").rglob("*.vy"), *(ROOT / "bench").rglob("*.vy")])

# The version that eth-brownie takes: the metadata of eth-brownie 1.22.0 says `Requires-Dist: vyper==0.4.3`.
BROWNIE_TAKES = "0.4.3"


def test_the_pinned_compiler_is_the_one_that_brownie_takes() -> None:
    lock = (ROOT / "locks" / "python.txt").read_text()
    assert re.findall(r"^vyper==(\S+)", lock, re.MULTILINE) == [BROWNIE_TAKES]
    assert version("vyper") == BROWNIE_TAKES


def test_the_manifest_names_the_pinned_compiler() -> None:
    assert f"vyper {BROWNIE_TAKES}" == COMPILER


def test_ape_compiles_with_the_pinned_compiler() -> None:
    assert re.findall(r"^  version: (\S+)$", (ROOT / "ape-config.yaml").read_text(), re.MULTILINE) == [BROWNIE_TAKES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_source_asks_for_the_pinned_compiler(source: Path) -> None:
    assert source.read_text().splitlines()[0] == f"# pragma version ~={BROWNIE_TAKES}"
