"""The runbook and its alert rules speak of what there is: metrics, lines, settings, commands, and pages."""

import ast
import os
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from indexer.__main__ import parse
from indexer.measured import CHECKPOINT_BLOCKS
from tests.conftest import ROOT, World
from tests.indexer.indexing import command, following, invoke, until
from tests.indexer.nursery import Nursery
from tests.indexer.probing import Probed

RUNBOOK = ROOT / "docs" / "runbook"
README = (RUNBOOK / "README.md").read_text()
PAGES = sorted(path for path in RUNBOOK.glob("*.md") if path.name != "README.md")
HEADINGS = ["How to confirm", "What to do", "How to know that it is over"]
OTHERS = {"up", "pg_replication_lag_seconds", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
"""Metrics of Prometheus itself and of the exporters that alerts.yml names at its top."""
PROMQL_WORDS = {"abs", "absent", "and", "by", "changes", "delta", "increase", "max", "min", "offset", "on", "or", "sum"}
PROMQL_WORDS |= {"time", "timestamp", "unless"}
LABELS_AND_UNITS = re.compile(r"\{[^}]*\}|\[\d+m\]|\[\d+h\]|\bby \([^)]*\)|\bon \([^)]*\)|offset \d+m")
SELECTOR = re.compile(r"([a-z_]+)\{([^}]*)\}")
LABEL = re.compile(r'([a-z_]+)="([^"]*)"')
COMMAND = re.compile(r"(?:\$ |`)freehold indexer ([^`|\n]+)")
STATEMENT = re.compile(r'psql "\$FREEHOLD_DATABASE" -[A-Za-z]+ "([^"]+)"')
REPORTING = ("commands/run.py", "loop.py", "providers.py")


@cache
def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load((RUNBOOK / "alerts.yml").read_text())
    return [rule for group in content["groups"] for rule in group["rules"]]


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of the README."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0] if heading else README.split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# -- alerts and pages


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) > 15
    listed = {
        name: link
        for cells in table("")
        for name in cells[0].split(", ")
        for link in re.findall(r"\((.+?)\)", cells[1])
    }
    assert listed.keys() == set(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        page = ROOT / rule["annotations"]["runbook"]
        assert page in PAGES
        assert page.name == listed[rule["alert"]]
        assert f"**{rule['alert']}" in page.read_text() or f" {rule['alert']}" in page.read_text()
    assert {Path(rule["annotations"]["runbook"]).name for rule in rules()} == {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_it_means_how_to_confirm_it_what_to_do_and_when_it_is_over(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    meaning, confirm, _, _ = re.split(r"^## .+$", text, flags=re.MULTILINE)
    assert len(meaning.split()) > 30
    assert "```text\n" in confirm, "a command, with what it prints"
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (RUNBOOK / link).exists(), link


@pytest.mark.parametrize("page", [RUNBOOK / "README.md", *PAGES], ids=lambda page: page.stem)
def test_commands_in_the_runbook_are_ours(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FREEHOLD_DATABASE", "FREEHOLD_RPC", "FREEHOLD_MANIFEST", "OTHER_DATABASE"):
        monkeypatch.setenv(name, "http://127.0.0.1:8545")
    for words in COMMAND.findall(page.read_text()):
        parse(shlex.split(os.path.expandvars(words.replace("BLOCK", "1"))))


def test_statements_in_the_runbook_are_answered(world: World) -> None:
    with following(world) as follower:
        follower.to_head()
        statements = [words for page in PAGES for words in STATEMENT.findall(page.read_text())]
        assert len(statements) >= 4
        for statement in statements:
            assert follower.connection.execute(statement.encode()).description, statement


# -- what they speak of


@pytest.fixture
def probed(world: World, nursery: Nursery, tmp_path: Path) -> Iterator[Probed]:
    """A leader beyond a final checkpoint, whose index was held against the contracts."""
    world.chain.call("anvil_mine", hex(CHECKPOINT_BLOCKS))
    with nursery.running(world, tmp_path / "a.log", "--health", "127.0.0.1:0") as indexer:
        indexer.wait_until_at(world.chain)
        reconciled = ["--database", world.database, "--manifest", str(world.manifest), "--rpc", world.chain.url]
        done = invoke("reconcile", *reconciled, "--sample", "2")
        assert done.exit_code == 0, done.output + done.errors
        found = Probed(indexer)
        until(lambda: found.value("reconciliation_differences") == 0, "a reconciliation in the metrics")
        yield found


def test_alerts_and_tables_speak_of_what_is_exported(world: World, probed: Probed) -> None:
    samples = probed.samples()
    until(lambda: probed.value("digest_block") == CHECKPOINT_BLOCKS, "a digest of a final block")
    fingerprint, digest = command(world, "digest", "--block", str(CHECKPOINT_BLOCKS)).output.split()[1:]
    shown = probed.value("digest", block=str(CHECKPOINT_BLOCKS), fingerprint=fingerprint)
    assert shown == int(digest, 16) >> (256 - 52), "two indexes can be compared"

    require_known_metrics(samples)
    exported = {re.sub(r"_(bucket|count|sum)$", "", name.removeprefix("freehold_indexer_"))
                for name, _ in samples if name.startswith("freehold_indexer_")}  # fmt: skip
    listed = {re.sub(r"\{.*", "", name) for cells in table("Metrics") for name in quoted(cells[0])}
    assert listed == exported

    lines = {cells[0].strip("`"): ("at", "event", *quoted(cells[1])) for cells in table("Lines")}
    for event in ("health", "verify", "leading", "commit"):
        assert tuple(probed.indexer.lines(event)[0]) == lines[event]


def require_known_metrics(samples: dict[tuple[str, tuple[tuple[str, str], ...]], float]) -> None:
    """Of every rule: its metrics are exported, and with the labels that it selects by."""
    names = {name for name, _ in samples}
    for rule in rules():
        words = set(re.findall(r"[a-z_]{2,}", LABELS_AND_UNITS.sub(" ", rule["expr"])))
        metrics = words - PROMQL_WORDS
        assert metrics, rule
        assert metrics <= names | OTHERS, f"{rule['alert']} speaks of {sorted(metrics - names - OTHERS)}"
        for name, inner in SELECTOR.findall(rule["expr"]):
            wanted = {(label, value) for label, value in LABEL.findall(inner) if label != "job"}
            if name not in OTHERS:
                found = [labels for other, labels in samples if other == name and wanted <= set(labels)]
                assert found, f"{rule['alert']} selects {name} by {wanted}"


def test_every_line_of_the_log_is_explained() -> None:
    reported: set[str] = set()
    for name in REPORTING:
        for node in ast.walk(ast.parse((ROOT / "indexer" / name).read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "report":
                constants = [each for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
                reported |= {str(each.value) for each in constants}
    assert {cells[0].strip("`") for cells in table("Lines")} == reported


def test_every_setting_of_the_indexer_is_explained() -> None:
    sources = [ROOT / "indexer" / "__main__.py", *(ROOT / "indexer" / "commands").glob("*.py")]
    used = {name for path in sources for name in re.findall(r"FREEHOLD_[A-Z]+", path.read_text())}
    assert {quoted(cells[0])[0] for cells in table("Settings")} == used
    for cells in table("Settings"):
        assert quoted(cells[0])[0] == "FREEHOLD_" + quoted(cells[1])[0].removeprefix("--").upper()


def test_every_exit_code_is_explained() -> None:
    assert [cells[0] for cells in table("Exit codes")] == ["0", "1", "2", "3", "4"]
