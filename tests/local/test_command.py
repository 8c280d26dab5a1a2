"""./freehold itself: what a stranger meets on a machine that has nothing but a Python."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "freehold"


def freehold(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(cwd / "freehold"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=300)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what set-up reads, without an environment."""
    for name in ("freehold", "locks", "indexer", "local/anvil"):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def test_without_a_command_it_explains_itself() -> None:
    told = freehold()
    assert told.returncode == 0
    for word in ("up", "test", "indexer", "api", "bench", "reset", "replay"):
        assert f"  {word} " in told.stdout


def test_an_unknown_command_is_named_and_the_known_ones_are_listed() -> None:
    told = freehold("upp")
    assert told.returncode == 2
    assert "'upp'" in told.stderr
    assert "  up " in told.stderr


def test_set_up_is_silent_when_there_is_nothing_to_do() -> None:
    told = freehold("indexer", "--help")
    assert (told.returncode, told.stderr) == (0, "")


def test_old_pythons_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 5))


def test_an_old_python_is_told_what_is_needed() -> None:
    run = f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    pretend = f"import sys, runpy; sys.version_info = (3, 9, 2); sys.argv = ['freehold', 'up']; {run}"
    told = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, env={"PATH": ""})
    assert told.returncode == 1
    assert "this is Python 3.9, and Freehold needs 3.11, 3.12 or 3.13" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.slow
def test_a_failed_download_is_explained_and_the_next_run_mends_it(checkout: Path, tmp_path: Path) -> None:
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    told = freehold("indexer", "--help", cwd=checkout, **offline)
    assert told.returncode == 1
    assert "could not download the Python packages" in told.stderr
    assert "run the same command again" in told.stderr
    mended = freehold("indexer", "--help", cwd=checkout)
    assert mended.returncode == 0, mended.stderr
    assert "installing the Python packages" in mended.stderr


@pytest.mark.slow
def test_an_interrupted_set_up_is_mended_by_the_next_run(checkout: Path) -> None:
    command = [sys.executable, str(checkout / "freehold"), "indexer", "--help"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(1.5)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    mended = freehold("indexer", "--help", cwd=checkout)
    assert mended.returncode == 0, mended.stderr


@pytest.mark.slow
def test_an_activated_environment_can_be_renewed_from_within(checkout: Path) -> None:
    """The uv on PATH was the one in the environment that had just been removed."""
    assert freehold("indexer", "--help", cwd=checkout).returncode == 0
    (checkout / ".venv" / "freehold-stamp").write_text("stale")
    path = os.pathsep.join([str(checkout / ".venv" / "bin"), os.environ["PATH"]])
    renewed = freehold("indexer", "--help", cwd=checkout, PATH=path)
    assert renewed.returncode == 0, renewed.stderr
