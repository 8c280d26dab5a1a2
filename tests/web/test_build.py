"""The page that the API serves is the page that the source gives."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
def test_the_committed_build_is_what_the_source_gives() -> None:
    done = subprocess.run([sys.executable, "-m", "web", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_loads_nothing_from_elsewhere() -> None:
    """One script of somebody else's could sign in a user's name."""
    static = ROOT / "api" / "static"
    for path in [*static.rglob("*.html"), *static.rglob("*.css")]:
        text = path.read_text()
        assert "http://" not in text.replace("http://www.w3.org/", ""), path
        assert "https://" not in text, path
        assert "<style" not in text, path
        assert " style=" not in text, path
