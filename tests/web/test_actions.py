"""The page's own check of what it lets a wallet sign, run as it stands by the pinned node."""

import subprocess
from pathlib import Path

import pytest

from web.__main__ import install_modules, node

FOLDER = Path(__file__).resolve().parent


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(path.name for path in FOLDER.glob("*.test.ts")))
def test_the_page_reads_and_checks_as_it_should(script: str) -> None:
    install_modules()
    done = subprocess.run([str(node()), "--test", str(FOLDER / script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
