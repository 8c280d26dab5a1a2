"""`./freehold lock`: resolve pyproject.toml again into locks/python.txt, with hashes and no address."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    command = ["uv", "pip", "compile", "pyproject.toml", "--all-extras", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--output-file", "locks/python.txt"]
    return subprocess.call([*command, "--quiet", *sys.argv[1:]], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
