"""verify: the journal's blocks and logs held against the chain once more."""

import argparse
import random
import time
from collections.abc import Sequence
from typing import Any

from indexer import journal
from indexer.chain import BlockNumber
from indexer.commands.shared import DIFFERENT, DONE, Commands, add_command, connect, positive, require_live, say
from indexer.deployment import Deployment, read_deployment
from indexer.errors import Halt, Unusable
from indexer.journal import Connection
from indexer.loop import RANGE_START, backoff_seconds, blocks_wanted
from indexer.node import Node
from indexer.probe import require_our_chain, why_unproven
from indexer.providers import named
from indexer.verify import BLOCKS_TOGETHER, Difference, Verifier, Witness
from indexer.walk import Walk

KEPT_MAX = 1_000
"""Differences that are listed."""


def add(commands: Commands) -> None:
    words = "hold the journal's blocks and logs against the chain"
    parser = add_command(commands, verify, "verify", words, "manifest", "rpc")
    parser.add_argument(
        "--from", type=int, dest="first", metavar="BLOCK", help="the journal's first where none is named"
    )
    parser.add_argument("--to", type=int, dest="last", metavar="BLOCK", help="the newest final one where none is named")
    parser.add_argument("--sample", type=positive, metavar="N", help="N blocks of them, drawn by lot, and not all")


def verify(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    with connect(options.database) as connection, Walk("verified", "blocks") as show:
        require_live(connection)
        journal.bind_deployment(connection, deployment)
        cursor = journal.read_cursor(connection)
        assert cursor, "a journal with a live version has a cursor"
        numbers = numbers_of(connection, options)
        witnesses = witnesses_of(options.rpc, deployment)
        verifier = Verifier(connection, witnesses, deployment, cursor.finalized, rest)
        differences: list[Difference] = []
        done, together = 0, RANGE_START
        while part := numbers[done : done + together]:
            before = verifier.logs
            differences += verifier.part(part)
            done += len(part)
            together = min(BLOCKS_TOGETHER, blocks_wanted(len(part), verifier.logs - before, size=0))
            show(done, len(numbers))
    found = answer(numbers, verifier, differences)
    say(found, options.json, in_words(found, differences))
    return DIFFERENT if differences else DONE


def rest(failures: int) -> None:
    time.sleep(backoff_seconds(failures))


def numbers_of(connection: Connection, options: argparse.Namespace) -> list[BlockNumber]:
    """The blocks to look at, in rising order. Raises Halt where the journal does not hold that range."""
    cursor, anchor = journal.read_cursor(connection), journal.first_block(connection)
    assert cursor, "a journal with blocks has a cursor"
    first = anchor.number if options.first is None else options.first
    last = min(cursor.finalized, cursor.number) if options.last is None else options.last
    if not anchor.number <= first <= last <= cursor.number:
        raise Halt(f"the journal holds blocks {anchor.number} to {cursor.number}, and not the range {first} to {last}")
    numbers = [BlockNumber(number) for number in range(first, last + 1)]
    if options.sample is None or options.sample >= len(numbers):
        return numbers
    return sorted(random.sample(numbers, options.sample))


def witnesses_of(urls: Sequence[str], deployment: Deployment) -> list[Witness]:
    """The providers that answer. Raises Halt where one is on another chain, Unusable where none answers."""
    found, reasons = [], []
    for name, node in zip(named(urls), map(Node, urls), strict=True):
        try:
            require_our_chain(node, deployment)
            found.append(Witness(name, node, why_unproven(node, deployment)))
        except Unusable as trouble:
            reasons.append(f"{name}: {trouble}")
    if not found:
        raise Unusable("; ".join(reasons))
    return found


def answer(numbers: Sequence[BlockNumber], verifier: Verifier, differences: Sequence[Difference]) -> dict[str, Any]:
    return {
        "from": numbers[0],
        "to": numbers[-1],
        "blocks": len(numbers),
        "logs": verifier.logs,
        "level": verifier.level,
        "providers": {witness.name: witness.unproven or "proves" for witness in verifier.witnesses},
        "lies": verifier.lies,
        "difference_count": len(differences),
        "differing_blocks": sorted({one.block for one in differences})[:KEPT_MAX],
        "differences": [one._asdict() for one in differences[:KEPT_MAX]],
    }


def in_words(found: dict[str, Any], differences: Sequence[Difference]) -> str:
    how = "proven" if found["level"] == "prove" else f"on the word of {', '.join(found['providers'])}"
    head = (
        f"blocks {found['from']} to {found['to']}: {found['blocks']} blocks with {found['logs']} logs compared, {how}, "
    )
    lies = [f"{name} was set aside: {reason}" for name, reason in found["lies"].items()]
    if not differences:
        return "\n".join([head + "all are as here", *lies])
    more = len(differences) - KEPT_MAX
    shown = [*map(str, differences[:KEPT_MAX]), *([f"and {more} more"] if more > 0 else [])]
    return "\n".join([f"{head}{len(differences)} differences", *lies, *shown])
