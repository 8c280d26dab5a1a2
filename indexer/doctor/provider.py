"""What a provider can do of all that the indexer asks of one."""

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from indexer import bloom, proof
from indexer.chain import Address, Block, BlockNumber
from indexer.deployment import Deployment
from indexer.doctor.cost import cost_of_proving
from indexer.doctor.finding import Finding, Subject
from indexer.errors import Halt, Lie, Unusable
from indexer.keccak import keccak
from indexer.node import HEADERS_PER_BATCH, TIMEOUT_SECONDS, Node, NodeError, seal_of
from indexer.probe import require_our_chain, why_blooms_are_empty

BATCHES = (1, 10, 50, 100, HEADERS_PER_BATCH, 500, 1_000)
RANGES = (1, 10, 50, 100, 500, 1_000, 2_000, 5_000)
"""Blocks in one question for logs; the backfill asks for no more than the last."""
SAMPLES = (1, 5, 20, 50, 100, 200)
"""Blocks that are looked at closely."""
ANSWER_BYTES_MAX = 8_000_000
"""No answer that would be longer is asked for, as a backfill asks for none."""
PINGS = 5
SLOW_SECONDS = 0.5
AHEAD_SECONDS = 15
"""A block may be so far ahead of our clock."""
STABLECOIN_OF = "0x" + keccak(b"stablecoin()")[:4].hex()
ANOTHER = "name another provider"


def provider_findings(node: Node, name: str, deployment: Deployment, now: Callable[[], float]) -> Iterator[Finding]:
    """One after the other. now: seconds since 1970."""
    subject = Subject(name)
    try:
        require_our_chain(node, deployment)
        yield subject.ok("chain", f"chain {deployment.chain_id}, with our contracts' code at their addresses")
    except Halt as halt:
        yield subject.fail("chain", str(halt), "name a provider of the manifest's chain, or another manifest")
        return
    except Unusable as trouble:
        yield subject.away(str(trouble), "start it, or name another with --rpc")
        return
    try:
        yield from _abilities(subject, node, deployment, now)
    except Unusable as trouble:
        yield subject.fail("answers", f"it failed while it was looked at: {trouble}", f"look again, or {ANOTHER}")


def _abilities(subject: Subject, node: Node, deployment: Deployment, now: Callable[[], float]) -> Iterator[Finding]:
    head, finalized = node.tip()
    yield _head(subject, head, now())
    yield _finality(subject, head, finalized)
    yield _latency(subject, node)
    yield _batches(subject, node, head)
    yield _ranges(subject, node, deployment, head)
    yield from _views(subject, node, deployment, head)
    proofs = list(_proofs(subject, node, deployment, head))
    yield from proofs
    last = BlockNumber(max(finalized, min(head.number, deployment.start)))
    if all(finding.state == "ok" for finding in proofs):
        first = _sample(node, deployment, last)
        yield _left_out(subject, node, deployment.followed, first, last)
        yield cost_of_proving(subject, node, deployment.followed, first, last, head.number)


def _head(subject: Subject, head: Block, now: float) -> Finding:
    age = round(now - head.timestamp)
    if age < -AHEAD_SECONDS:
        words = f"block {head.number} is of {-age} s in the future, by the clock of this machine"
        return subject.warn("head", words, "set this machine's clock; a local chain may run ahead")
    return subject.ok("head", f"block {head.number}, {max(0, age)} s old")


def _finality(subject: Subject, head: Block, finalized: BlockNumber) -> Finding:
    if finalized == 0 and head.number > 0:
        words = "it names no finalized block above 0"
        return subject.warn("finality", words, f"nothing becomes final by it: wait if the chain is young, or {ANOTHER}")
    return subject.ok("finality", f"block {finalized}, {head.number - finalized} below the head")


def _latency(subject: Subject, node: Node) -> Finding:
    def ping() -> float:
        started = time.monotonic()
        node.chain_id()
        return time.monotonic() - started

    seconds = median(ping() for _ in range(PINGS))
    words = f"{seconds * 1000:.1f} ms at the median of {PINGS}"
    if seconds > SLOW_SECONDS:
        return subject.warn("latency", words, "each block takes about three answers: prefer a nearer provider")
    return subject.ok("latency", words)


def _largest(sizes: Sequence[int], works: Callable[[int], object]) -> tuple[int, str | None]:
    """The largest size that works, and why the next one does not."""
    largest, reason = 0, None
    for size in sizes:
        try:
            works(size)
        except Unusable as trouble:
            reason = str(trouble)
            break
        largest = size
    return largest, reason


def _within_reason(node: Node, ask: Callable[[int], object]) -> Callable[[int], None]:
    """It asks as long as the answer will be short enough, going by the one before."""
    size_before, length = 0, 0

    def ask_or_refuse(size: int) -> None:
        nonlocal size_before, length
        if length * size > ANSWER_BYTES_MAX * size_before:
            raise Unusable(f"that would be over {ANSWER_BYTES_MAX // 1_000_000} MB in one answer")
        read_before = node.bytes_read
        ask(size)
        size_before, length = size, node.bytes_read - read_before

    return ask_or_refuse


def _up_to(most: int, sizes: Sequence[int]) -> list[int]:
    """Those of the sizes that there are so many of, and all of them where that is less than the last size."""
    return [size for size in sizes if size < most] + ([most] if most <= sizes[-1] else [])


def _batches(subject: Subject, node: Node, head: Block) -> Finding:
    largest, reason = _largest(BATCHES, lambda size: node.headers_at(size * [head.number], TIMEOUT_SECONDS))
    if largest < HEADERS_PER_BATCH:
        words = f"{largest} requests at once, and {HEADERS_PER_BATCH} are sent: {reason}"
        return subject.fail("batch", words, f"{ANOTHER}, or raise its limit of requests in a batch")
    return subject.ok("batch", f"{largest} requests at once, {f'and not more: {reason}' if reason else 'or more'}")


def _ranges(subject: Subject, node: Node, deployment: Deployment, head: Block) -> Finding:
    there_are = head.number - deployment.start + 1

    def logs(size: int) -> object:
        return node.first_log(deployment.start, BlockNumber(deployment.start + size - 1), deployment.followed)

    largest, reason = _largest(_up_to(there_are, RANGES), _within_reason(node, logs))
    if largest == 0:
        return subject.fail("log range", f"it gives no logs: {reason}", f"{ANOTHER}, or prove every log")
    more = f", and not more: {reason}" if reason else f", all that there are to ask for of {there_are}"
    return subject.ok("log range", f"{largest} blocks at once{more}")


def _views(subject: Subject, node: Node, deployment: Deployment, head: Block) -> Iterator[Finding]:
    """States that `reconcile` asks for by a block's hash."""
    call = [(deployment.vault, STABLECOIN_OF)]
    try:
        node.views(call, head.hash)
        yield subject.ok("views", "it calls views as of a block's hash")
    except NodeError as trouble:
        yield subject.warn("views", str(trouble), f"reconcile needs them: {ANOTHER} for it")
        return
    (oldest,) = node.headers(deployment.start, deployment.start)
    try:
        node.views(call, oldest.hash)
        yield subject.ok("old states", f"it has the state of block {oldest.number}, the first of the deployment")
    except NodeError as trouble:
        words = f"it has no state of block {oldest.number}: {trouble}"
        yield subject.warn(
            "old states", words, "reconcile cannot tell since when a value is wrong: use an archive node"
        )


def _proofs(subject: Subject, node: Node, deployment: Deployment, head: Block) -> Iterator[Finding]:
    """Header form, receipts and blooms; up to the first that proves nothing."""
    do = "its logs can only be taken on its word (--verify trust): name one that proves as well"
    node.proves = True
    try:
        (header,) = node.headers(head.number, head.number)
        yield subject.ok("header form", "hashes of headers are those of their fields")
        (receipts,) = node.receipts([header])
        yield subject.ok("receipts", f"eth_getBlockReceipts gives those of block {head.number}, with its root")
        reason = why_blooms_are_empty(node, deployment, header)
        if proof.bloom_of_logs(receipts) != seal_of(header).bloom:
            reason = f"the bloom of block {head.number} is not that of its logs"
        if reason:
            yield subject.warn("blooms", reason, do)
        else:
            yield subject.ok("blooms", "they hold the logs that there are")
    except (Lie, NodeError) as trouble:
        yield subject.warn("proofs", str(trouble), do)
    finally:
        node.proves = False


def _sample(node: Node, deployment: Deployment, last: BlockNumber) -> BlockNumber:
    """The first of the newest final blocks that are looked at closely: fewer where many logs are in each."""

    def logs(size: int) -> object:
        return node.first_log(BlockNumber(last - size + 1), last, deployment.followed)

    largest, _ = _largest(_up_to(last - deployment.start + 1, SAMPLES), _within_reason(node, logs))
    return BlockNumber(last - max(1, largest) + 1)


def _left_out(
    subject: Subject, node: Node, addresses: Sequence[Address], first: BlockNumber, last: BlockNumber
) -> Finding:
    """Whether eth_getLogs gives what the receipts prove that there is, by range and by hash."""
    node.proves = True
    blocks = node.headers(first, last)
    proven = node.proven_logs(blocks, addresses)
    asked = [block for block in blocks if bloom.may_hold(seal_of(block).bloom, addresses)]
    node.proves = False
    ways = {"by range": node.logs_in_range(blocks, addresses), "by hash": node.logs_by_hash(asked, addresses)}
    for way, logs in ways.items():
        if logs != proven:
            given = {(log.block_number, log.log_index): log for log in logs}
            missing = sum(given.get((log.block_number, log.log_index)) != log for log in proven)
            words = f"eth_getLogs {way} gives {len(logs)} logs of blocks {first} to {last}, of which {len(proven)} are "
            return subject.fail(
                "missing logs",
                f"{words}proven, and {missing} are missing or otherwise",
                f"prove every log, or {ANOTHER}",
            )
    return subject.ok(
        "missing logs", f"none: eth_getLogs gives the {len(proven)} proven logs of blocks {first} to {last}"
    )
