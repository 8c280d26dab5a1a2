"""What is committed and promised about the code: its ABI, its errors, its compiler, its size."""

import importlib.metadata
import re
from pathlib import Path

import pytest

from scripts.export_abi import EXPORTED, LAYOUT, abi_text, layout_text
from tests.contracts.ape_types import Chain, Contract
from tests.contracts.refusals import declared_errors

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"
SOURCES = sorted(CONTRACTS.rglob("*.vy"))
COMPILER = "0.4.3"
LARGEST_RUNTIME = 23_500  # bytes; EIP-170 allows 24,576


@pytest.mark.parametrize("contract", EXPORTED)
def test_the_committed_abi_is_that_of_the_sources(contract: str) -> None:
    committed = CONTRACTS / "abi" / f"{Path(contract).name}.json"
    assert committed.read_text() == abi_text(contract), "run: python -m scripts.export_abi"


def test_the_committed_layout_is_that_of_the_sources() -> None:
    assert LAYOUT.read_text() == layout_text(), "run: python -m scripts.export_abi"


def test_no_abi_is_committed_without_its_source() -> None:
    committed = {path.stem for path in (CONTRACTS / "abi").iterdir()}
    assert committed == {Path(contract).name for contract in EXPORTED}


def test_every_contract_that_is_deployed_is_exported() -> None:
    deployed = {path.stem for path in CONTRACTS.glob("*.vy")}
    assert deployed <= set(EXPORTED)


def test_every_declared_error_is_met_by_a_test() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    met = set(re.findall(r"""(?:refused|selector_of)\(\s*["'](\w+)["']""", tests))
    assert {name for name, _ in declared_errors().values()} - met == set()


def test_no_two_errors_share_a_selector() -> None:
    texts = [path.read_text() for path in SOURCES]
    declared = {line for text in texts for line in re.findall(r"^#   (\w+\(.*\))$", text, re.MULTILINE)}
    assert len(declared_errors()) == len(declared)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_every_source_names_the_compiler_and_the_evm(source: Path) -> None:
    first, second = source.read_text().splitlines()[:2]
    assert first == f"# pragma version ~={COMPILER}"
    assert second == "# pragma evm-version cancun"


def test_the_installed_compiler_is_the_pinned_one() -> None:
    assert importlib.metadata.version("vyper") == COMPILER
    assert f"version: {COMPILER}" in (ROOT / "ape-config.yaml").read_text()


@pytest.mark.parametrize("name", ["vault", "token", "marketplace", "offering", "registry", "treasury", "lens"])
def test_the_deployed_code_stays_well_below_the_limit(chain: Chain, request: pytest.FixtureRequest, name: str) -> None:
    contract: Contract = request.getfixturevalue(name)
    assert 0 < len(chain.provider.get_code(contract.address)) <= LARGEST_RUNTIME
