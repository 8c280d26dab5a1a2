"""A real Chromium for the tests of the page: found, or installed where this machine lets us."""

import os
import shutil
import subprocess
from pathlib import Path

BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "there is no Chromium on this machine, and only root on Debian or Ubuntu can install one here: "
    "install the package `chromium` (or Google Chrome), or run `playwright install chromium`"
)


def find_browser() -> str | None:
    """A browser's path: the system's, or the one that Playwright downloaded."""
    for name in BINARIES:
        if path := shutil.which(name):
            return path
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return next((str(path) for path in downloads.glob("chromium-*/chrome-linux*/chrome")), None)


def install_browser() -> None:
    """Install Debian's chromium where we are root; else leave it to the test to say what is missing."""
    if find_browser() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing Chromium for the tests of the page ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    packages = ["chromium", "fonts-liberation"]
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet, check=False)
