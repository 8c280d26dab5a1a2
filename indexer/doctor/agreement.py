"""Whether several providers are on one chain: they hold the same block at the lowest of their finalized ones."""

from collections.abc import Sequence

from indexer.chain import BlockNumber
from indexer.doctor.finding import Finding, Subject
from indexer.errors import Unusable
from indexer.node import Node

SUBJECT = Subject("providers")
STOP = "find out which one is right before you run: ask a third one"


def agreement(nodes: Sequence[tuple[str, Node]]) -> Finding:
    """Among those that answer."""
    tips = {}
    for name, node in nodes:
        try:
            tips[name] = (node, node.tip()[1])
        except Unusable:
            continue
    if len(tips) < 2:
        return SUBJECT.warn("agreement", "fewer than two answer", "nothing to compare: see above")
    number = BlockNumber(min(finalized for _, finalized in tips.values()))
    try:
        hashes = {name: node.headers(number, number)[0].hash for name, (node, _) in tips.items()}
    except Unusable as trouble:
        return SUBJECT.warn("agreement", f"not all give block {number}: {trouble}", "look again")
    if len(set(hashes.values())) > 1:
        words = ", ".join(f"{name} {block_hash}" for name, block_hash in hashes.items())
        return SUBJECT.fail("agreement", f"they hold different blocks at the finalized {number}: {words}", STOP)
    return SUBJECT.ok("agreement", f"all {len(hashes)} hold the same block {number}")
