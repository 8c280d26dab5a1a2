"""A real hledger for the tests of exported ledgers: found, or installed where this machine lets us."""

import os
import shutil
import subprocess

ADVICE = (
    "there is no hledger on this machine, and only root on Debian or Ubuntu can install one here: "
    "install the package `hledger`"
)


def find_hledger() -> str | None:
    return shutil.which("hledger")


def install_hledger() -> None:
    """Install Debian's hledger where we are root; else leave it to the test to say what is missing."""
    if find_hledger() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing hledger for the tests of exported ledgers ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "hledger"]
    subprocess.run(command, env=quiet, check=False)
