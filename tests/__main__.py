"""./freehold test: lint, types, then every test, the contracts' in runs of their own because ape's plugin is slow.

The book's tests run without it: they stand on another engine.

--quick leaves out what takes long, --full adds what takes longer. Other arguments go to pytest.
"""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.browser import install_browser

ROOT = Path(__file__).resolve().parent.parent
CONTRACT_TESTS = ROOT / "tests" / "contracts"
BOOK_TESTS = CONTRACT_TESTS / "marketplace"
SIDE_BY_SIDE = 2
OUTCOME = re.compile(r"(\d+) (passed|failed|error|errors)\b")


def main(arguments: list[str]) -> int:
    chosen = [argument for argument in arguments if argument not in ("--quick", "--full")]
    quick, full = "--quick" in arguments, "--full" in arguments
    selection = "not slow and not full" if quick else "" if full else "not full"
    python = [sys.executable, "-m"]
    plain = [*python, "pytest", "-p", "no:ape_test", "-m", selection]
    ape = ["ape", "test", "-m", selection, "--network", "ethereum:local:test", "-q", "--durations=3"]
    steps = {
        "lint": [[*python, "ruff", "check", "."]],
        "format": [[*python, "ruff", "format", "--check", "."]],
        "types": [[*python, "mypy"]],
        "contracts": [[*ape, *share] for share in shares(tests_in(CONTRACT_TESTS) - tests_in(BOOK_TESTS))],
        "book": [[*plain, "-q", "--durations=3", *share] for share in shares(tests_in(BOOK_TESTS))],
        "tests": [[*plain, "-q", "--durations=5", "tests"]],
    }
    if chosen:
        steps = {"tests": [[*plain, *chosen]]}
    elif not quick:
        install_browser()
    results = {name: side_by_side(name, commands) for name, commands in steps.items()}
    return summary(results)


def tests_in(folder: Path) -> set[Path]:
    return set(folder.rglob("test_*.py"))


def shares(files: set[Path]) -> list[list[str]]:
    """The files dealt out in parts of about equal size, for processes that run side by side."""
    parts: list[list[Path]] = [[] for _ in range(SIDE_BY_SIDE)]
    for file in sorted(files, key=lambda each: (-each.stat().st_size, each)):
        min(parts, key=lambda part: sum(each.stat().st_size for each in part)).append(file)
    return [sorted(str(file.relative_to(ROOT)) for file in part) for part in parts]


def side_by_side(name: str, commands: list[list[str]]) -> tuple[int, int, float]:
    with ThreadPoolExecutor(len(commands)) as threads:
        results = list(threads.map(lambda command: run(name, command), commands))
    passed, failed, seconds = zip(*results, strict=True)
    return sum(passed), sum(failed), max(seconds)


def run(name: str, command: list[str]) -> tuple[int, int, float]:
    """Tests passed, things failed, and seconds. A step that is no test run counts as one thing."""
    print(f"\n== {name}: {' '.join(command[1:])}"[:200], flush=True)
    started = time.monotonic()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    counted: dict[str, int] = {}
    for line in child.stdout:
        print(line, end="", flush=True)
        if found := OUTCOME.findall(line):
            counted = {kind: int(count) for count, kind in found}
    code = child.wait()
    failed = sum(count for kind, count in counted.items() if kind != "passed")
    return counted.get("passed", 0), failed or int(code != 0), time.monotonic() - started


def summary(results: dict[str, tuple[int, int, float]]) -> int:
    print()
    for name, (passed, failed, seconds) in results.items():
        print(f"{name:<10} {'FAILED' if failed else 'ok':<7} {passed:>4} tests {seconds:>7.1f} s")
    all_passed = sum(passed for passed, _, _ in results.values())
    all_failed = sum(failed for _, failed, _ in results.values())
    print(f"\n{all_passed} passed, {all_failed} failed")
    return 1 if all_failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
