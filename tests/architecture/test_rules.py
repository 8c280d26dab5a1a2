"""Small rules over the source. Each names the harm that it prevents."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
READS_ENVIRONMENT = {
    "indexer/__main__.py",
    "indexer/commands/run.py",
    "indexer/commands/shared.py",
    "api/settings.py",
    "local/chain.py",
    "local/process.py",
    "local/state.py",
}
FOLLOWERS = {"indexer/store.py", "indexer/rebuilding.py"}
READS_ONLY = "indexer/read_ahead.py"
MONEY = ("indexer", "api")
CLOCKS = {
    *("api/feed.py", "api/node.py", "api/reads.py", "api/tip.py", "indexer/commands/run.py"),
    *("indexer/commands/status.py", "indexer/loop.py", "indexer/node.py", "indexer/providers.py", "indexer/report.py"),
    *(f"indexer/{name}.py" for name in ("health", "measured", "metrics", "stopping", "store")),
    *(f"indexer/{name}.py" for name in ("reconcile/pace", "walk", "doctor/cost", "doctor/provider", "doctor/database")),
}


SETTABLE_CLOCK = {
    "api/prepare/desk.py",  # for what is compared with the chain's time
    *("indexer/commands/doctor.py", "indexer/doctor/database.py"),  # which compare clocks
    *("indexer/commands/reconcile.py", "indexer/commands/status.py", "indexer/metrics.py", "indexer/report.py"),
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def python_files(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def calls(tree: ast.Module, name: str) -> list[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [c for c in found if name in (getattr(c.func, "attr", None), getattr(c.func, "id", None))]


def test_only_the_two_followers_open_a_transaction_of_the_indexer() -> None:
    """Two writers with transactions of their own once left a balance of a block that was rolled back.

    The store follows the node, a rebuilding follows the journal; whoever folds for them does so in theirs. What reads
    the journal ahead has a transaction that can only read.
    """
    for name, tree in python_files("indexer"):
        if name not in {*FOLLOWERS, READS_ONLY}:
            assert not calls(tree, "transaction"), f"{name} opens a transaction"
        assert not calls(tree, "commit"), f"{name} commits"
    assert "read_only = IsolationLevel.REPEATABLE_READ, True" in (ROOT / READS_ONLY).read_text()


def test_no_float_comes_near_money() -> None:
    """A balance that went through a float loses its last digits above 2^53."""
    for name, tree in python_files(*MONEY):
        if name not in CLOCKS:
            literals = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
            assert not literals, f"{name}:{literals[0].lineno} has a float"
            assert not calls(tree, "float"), f"{name} makes a float"
            divisions = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
            numbers = [d for d in divisions if not joins_a_path(d)]
            assert not numbers, f"{name}:{numbers[0].lineno} divides with /"


def joins_a_path(division: ast.BinOp) -> bool:
    """`folder / "name"`: pathlib's use of the sign."""
    right = division.right
    return isinstance(right, ast.JoinedStr) or (isinstance(right, ast.Constant) and isinstance(right.value, str))


def test_only_entry_points_and_settings_read_the_environment() -> None:
    """A setting read deep inside is one that no operator can find."""
    for name, tree in python_files("indexer", "api", "local"):
        reads = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in ("environ", "getenv")]
        assert not reads or name in READS_ENVIRONMENT, f"{name} reads the environment"


def test_what_is_decided_goes_by_a_clock_that_only_rises() -> None:
    """A clock that was set back an hour would keep a provider aside, or a follower waiting, for that hour."""
    for name, tree in python_files("indexer", "api"):
        read = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        settable = read & {"time.time", "time.time_ns", "time.gmtime", "time.localtime", "datetime.now"}
        assert not settable or name in SETTABLE_CLOCK, f"{name} reads {settable}"


def test_no_room_is_called_utils() -> None:
    """A room without a noun of the domain collects what nobody finds again."""
    forbidden = {"utils", "util", "helpers", "common", "base", "manager", "service", "misc"}
    assert not [path for path in tracked() if path.stem in forbidden]


def test_lock_files_name_no_registry() -> None:
    """An address in a lock file ties every machine to one network."""
    for path in tracked():
        if path.name == "package-lock.json" or path.parent.name == "locks":
            text = path.read_text()
            assert '"resolved"' not in text, path
            assert not re.search(r"https?://[^\s\"]*(registry|pypi|pythonhosted|simple)", text), path


def test_every_pin_carries_a_hash() -> None:
    lock = (ROOT / "locks" / "python.txt").read_text()
    pins = re.findall(r"^[a-zA-Z0-9_.\[\]-]+==", lock, re.MULTILINE)
    assert len(pins) > 50
    for block in re.split(r"\n(?=[a-zA-Z0-9])", lock.split("\n", 2)[2]):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_pragma_pin_and_compiler_agree() -> None:
    """eth-brownie 1.22 pins vyper 0.4.3 exactly; another compiler would be another promise."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert "vyper==0.4.3" in extras["deploy"]
    assert version("vyper") == "0.4.3"
    for path in (ROOT / "contracts").rglob("*.vy"):
        text = path.read_text()
        assert "# pragma version ~=0.4.3\n" in text, path
        assert "# pragma evm-version cancun\n" in text, path


@pytest.mark.parametrize("folder", ["indexer", "api", "local", "scripts", "contracts"])
def test_files_stay_short(folder: str) -> None:
    """Past 400 lines something is hiding in a file."""
    for path in [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.vy")]:
        assert len(path.read_text().splitlines()) <= 400, path.relative_to(ROOT)


def test_every_module_says_what_it_owns() -> None:
    for name, tree in python_files("indexer", "api", "local", "scripts", "bench", "tests"):
        if Path(ROOT / name).read_text().strip():
            assert ast.get_docstring(tree), f"{name} has no docstring"
