"""The indexer without one of its statements: the simulation must fail for each, or somebody says why it may not.

Statements are taken out of follow.py and store.py in turn, a compound one with all that it holds.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.postgres import Postgres
from tests.simulation.altered import ROOT, Verdict, simulated

FILES = ("follow.py", "store.py")
SURVIVORS_FILE = Path(__file__).with_name("survivors.txt")
NOT_TAKEN_OUT = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)


@dataclass(frozen=True)
class Gap:
    """A statement that is taken out of a file, and the file without it."""

    file: str
    line: int
    statement: str
    text: str


def gaps(file: str) -> Iterator[Gap]:
    """Each statement of a file in turn, in their order."""
    source = (ROOT / "indexer" / file).read_text()
    lines = source.splitlines(keepends=True)
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt) and counts(node)]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        assert node.end_lineno is not None
        rest = [*lines[: node.lineno - 1], node.col_offset * " " + "pass\n", *lines[node.end_lineno :]]
        yield Gap(file, node.lineno, lines[node.lineno - 1].strip(), "".join(rest))


def counts(node: ast.stmt) -> bool:
    """Not a docstring, nor a definition, nor the annotation of a field."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    is_field = isinstance(node, ast.AnnAssign) and node.col_offset == 4 and node.value is None
    return not is_text and not is_field and not isinstance(node, NOT_TAKEN_OUT)


def explained() -> dict[tuple[str, str], str]:
    """By file and statement: why nobody notices that it is gone."""
    found = {}
    for line in SURVIVORS_FILE.read_text().splitlines():
        if line and not line.startswith("#"):
            file, statement, why = (part.strip() for part in line.split(" | "))
            found[file, statement] = why
    return found


def verdicts(postgres: Postgres) -> Iterator[tuple[Gap, Verdict]]:
    for file in FILES:
        for gap in gaps(file):
            yield gap, simulated(postgres, file, gap.text)


def total() -> int:
    return sum(1 for file in FILES for _ in gaps(file))
