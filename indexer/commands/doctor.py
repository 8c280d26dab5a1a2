"""doctor: what the providers and the database can do, what proving costs, and what to do where something is wrong."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import psycopg

from indexer.commands.shared import DIFFERENT, DONE, UNREACHABLE, Commands, add_command, connect, say
from indexer.deployment import Deployment, read_deployment
from indexer.doctor.agreement import agreement
from indexer.doctor.database import SUBJECT, database_findings
from indexer.doctor.finding import Finding
from indexer.doctor.provider import provider_findings
from indexer.node import Node
from indexer.providers import named


def add(commands: Commands) -> None:
    words = "look at the providers and the database; exit code 4 where something fails, 1 where one is out of reach"
    add_command(commands, doctor, "doctor", words, "manifest", "rpc", "reader?")


def doctor(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    findings = []
    for finding in all_findings(options, deployment):
        findings.append(finding)
        if not options.json:
            say({}, False, in_words(finding))
    states = [finding.state for finding in findings]
    if options.json:
        say({"findings": [asdict(finding) for finding in findings]}, True)
    else:
        print(f"{states.count('ok')} ok, {counted(states, 'warn', 'warning')}, {counted(states, 'fail', 'failure')}")
    sys.stdout.flush()
    if any(finding.away for finding in findings):
        return UNREACHABLE
    return DIFFERENT if "fail" in states else DONE


def all_findings(options: argparse.Namespace, deployment: Deployment) -> Iterator[Finding]:
    nodes: Sequence[tuple[str, Node]] = list(zip(named(options.rpc), map(Node, options.rpc), strict=True))
    for name, node in nodes:
        yield from provider_findings(node, name, deployment, time.time)
    if len(nodes) > 1:
        yield agreement(nodes)
    try:
        with connect(options.database) as connection:
            yield from database_findings(connection, deployment, options.reader)
    except psycopg.OperationalError as trouble:
        yield SUBJECT.away(str(trouble).strip(), "start it, or name another with --database")


def in_words(finding: Finding) -> str:
    do = f"\n{'':<5} -> {finding.do}" if finding.do else ""
    return f"{finding.state:<5} {finding.subject}, {finding.about}: {finding.found}{do}"


def counted(states: Sequence[str], state: str, word: str) -> str:
    number = states.count(state)
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
