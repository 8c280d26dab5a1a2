"""`./freehold lock`: resolve pyproject.toml again into locks/python.txt, with hashes and no address."""

import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parent / "python.txt"


def main() -> int:
    command = ["uv", "pip", "compile", "pyproject.toml", "--all-extras", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--output-file", str(LOCK)]
    return subprocess.call([*command, "--quiet", *sys.argv[1:]], cwd=LOCK.parent.parent)


if __name__ == "__main__":
    sys.exit(main())
