"""reconcile: what was derived, held against the contracts' own views as of a block, once or at each final block."""

import argparse
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from indexer import journal, versions
from indexer.chain import Block
from indexer.commands.shared import (
    DATABASE_AWAY,
    DIFFERENT,
    DONE,
    FINALIZED,
    Commands,
    add_command,
    connect,
    number_of,
    positive,
    require_live,
    say,
    which_block,
)
from indexer.deployment import Deployment, read_deployment
from indexer.errors import Halt, Retry, Unusable
from indexer.journal import Connection
from indexer.loop import backoff_seconds
from indexer.node import Node
from indexer.probe import require_our_chain
from indexer.providers import named
from indexer.reconcile import record
from indexer.reconcile.checks import CHECKS
from indexer.reconcile.derived import addresses_of, engine_of
from indexer.reconcile.pace import Pace
from indexer.reconcile.reconciler import Reconciler, Result
from indexer.stopping import Stopping
from indexer.versions import Version
from indexer.walk import Walk

POLL_SECONDS = 1
SHOWN_MAX = 50
"""Differences that are printed."""


def add(commands: Commands) -> None:
    words = "hold what was derived against the contracts' own state as of a block"
    parser = add_command(commands, reconcile, "reconcile", words, "manifest", "rpc")
    when = parser.add_mutually_exclusive_group()
    which = "as of this block, or `finalized`, which is meant where none is named"
    when.add_argument("--block", type=which_block, default=FINALIZED, help=which)
    when.add_argument("--continuous", action="store_true", help="at each newly final block, until stopped")
    parser.add_argument("--pace", type=positive, metavar="CALLS", help="no more calls of views a second")
    parser.add_argument("--sample", type=positive, metavar="N", help="N rows of each check, drawn by lot, and not all")


def reconcile(options: argparse.Namespace) -> int:
    deployment = read_deployment(options.manifest)
    nodes = dict(zip(named(options.rpc), map(Node, options.rpc), strict=True))
    pace = Pace(options.pace)
    if not options.continuous:
        with connect(options.database) as connection:
            return once(options, deployment, nodes, pace, connection, block_of(connection, options.block))
    return for_ever(options, deployment, nodes, pace)


def for_ever(options: argparse.Namespace, deployment: Deployment, nodes: dict[str, Node], pace: Pace) -> int:
    """At each newly final block, until a signal; whether the last one found a difference is the exit code."""
    code, failures, last = DONE, 0, None
    stopping = Stopping()
    stopping.listen(lambda: None)
    with suppress(KeyboardInterrupt):
        while not stopping.asked:
            try:
                with connect(options.database) as connection:
                    while not stopping.asked:
                        block = block_of(connection, FINALIZED)
                        if block != last:
                            code, last, failures = once(options, deployment, nodes, pace, connection, block), block, 0
                        stopping.wait(POLL_SECONDS)
            except (*DATABASE_AWAY, Retry) as trouble:
                failures += 1
                say({"waiting": str(trouble).strip()}, options.json, f"waiting: {str(trouble).strip()}")
                stopping.wait(backoff_seconds(failures))
    stopping.done()
    return code


def block_of(connection: Connection, wanted: int | str) -> Block:
    """The block as of which to compare. Raises Halt where it is not indexed."""
    version = require_live(connection)
    versions.require_same_code(version)
    record.require_table(connection)
    found = number_of(connection, version, wanted)
    block = journal.block_at(connection, found)
    if block is None:
        raise Halt(f"block {found} is not indexed: it lies before the first of this deployment")
    return block


def once(
    options: argparse.Namespace,
    deployment: Deployment,
    nodes: dict[str, Node],
    pace: Pace,
    connection: Connection,
    block: Block,
) -> int:
    journal.bind_deployment(connection, deployment)
    version, started_at = require_live(connection), datetime.now(UTC)
    provider, result = by_the_first_that_can(
        nodes, deployment, lambda node: compared(node, deployment, connection, version, block, pace, options.sample)
    )
    if journal.block_at(connection, block.number) != block:
        raise Retry(f"block {block.number} was orphaned while it was compared: try again")
    record.write(connection, result, version.fingerprint, provider, options.sample, started_at)
    say(found(result, provider, options.sample), options.json, in_words(result))
    return DIFFERENT if result.difference_count else DONE


def by_the_first_that_can(
    nodes: dict[str, Node], deployment: Deployment, action: Callable[[Node], Result]
) -> tuple[str, Result]:
    """The providers in their order, until one can answer. Raises Unusable with the reasons of all of them."""
    reasons = []
    for name, node in nodes.items():
        try:
            require_our_chain(node, deployment)
            return name, action(node)
        except Unusable as trouble:
            reasons.append(f"{name}: {trouble}")
    raise Unusable(
        f"no provider can answer as of this block: {'; '.join(reasons)}. Next: a provider that keeps older states, or "
        "the same again once newer blocks are final"
    )


def compared(
    node: Node, deployment: Deployment, connection: Connection, version: Version, block: Block, pace: Pace,
    sample: int | None,
) -> Result:  # fmt: skip
    engine = engine_of(connection, version.schema_name)
    with Walk("reconciling", "checks") as show:
        reconciler = Reconciler(node, connection, engine, addresses_of(deployment), pace, CHECKS, sample)

        def tell(name: str, position: int, checks: int, values: int) -> None:
            show(position, checks, f"{name}, {values:,} values")

        return reconciler.at(block, tell)


def found(result: Result, provider: str, sample: int | None) -> dict[str, Any]:
    return {
        "block": result.block.number,
        "hash": result.block.hash,
        "provider": provider,
        "sampled": sample,
        "compared": result.compared,
        "difference_count": result.difference_count,
        "differences": [
            {
                "check": one.check, "where": one.where, "what": one.what, "ours": one.ours, "chain": one.chain,
                "last_good": one.last_good, "last_good_unknown": one.unknown,
            }
            for one in result.differences
        ],
    }  # fmt: skip


def in_words(result: Result) -> str:
    values = sum(result.compared.values())
    head = f"block {result.block.number}: {values} values of {len(result.compared)} checks compared, "
    if not result.difference_count:
        return head + "all are what the chain says"
    more = result.difference_count - SHOWN_MAX
    shown = [str(one) for one in result.differences[:SHOWN_MAX]] + ([f"and {more} more"] if more > 0 else [])
    return "\n".join([f"{head}{result.difference_count} differ", *shown])
