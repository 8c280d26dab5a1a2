"""A reader beside the indexer, who knows the tree: what it may see at any moment, and what it must see in the end."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg

from tests.indexer.oracle import History, difference, expected, stored
from tests.simulation.tree import Block, Tree

SEEN = """
SELECT '0x' || encode(c.hash, 'hex'), c.number, c.finalized_number, c.epoch, c.halted, v.number = c.number
       AND v.hash = c.hash, (SELECT count(*) FROM journal.blocks), (SELECT max(number) FROM journal.blocks),
       (SELECT count(*) FROM journal.logs),
       coalesce((SELECT fork_number FROM journal.reorgs WHERE epoch = c.epoch), -1),
       (SELECT coalesce(sum(supply), 0) FROM (
           SELECT DISTINCT ON (property_id) supply FROM {schema}.supply_changes
           ORDER BY property_id, block_number DESC, log_index DESC, position DESC) s),
       (SELECT coalesce(sum(balance), 0) FROM (
           SELECT DISTINCT ON (holder, property_id) balance FROM {schema}.holding_changes
           ORDER BY holder, property_id, block_number DESC, log_index DESC, position DESC) h),
       (SELECT coalesce(sum(balance), 0) FROM {schema}.accounts WHERE account = decode(repeat('00', 32), 'hex')),
       (SELECT encode(digest, 'hex') FROM {schema}.digests ORDER BY block_number DESC LIMIT 1)
FROM journal.cursor c, journal.versions v WHERE v.live
"""


class Wrong(AssertionError):
    """The indexer did what it must never do."""


@dataclass(frozen=True)
class Sight:
    """What stood in the database at a moment, as far as each look compares it."""

    block: Block
    finalized: int
    epoch: int
    halted: str | None


def require(holds: bool, words: str) -> None:
    if not holds:
        raise Wrong(words)


@dataclass
class Observer:
    """Looks at one database, again and again. Every look holds what it sees against the tree and the last look."""

    connection: psycopg.Connection[tuple[object, ...]]
    tree: Tree
    schema: str = field(init=False)
    last: Sight | None = None
    digests: dict[str, str] = field(default_factory=dict)
    """By the tip's hash: the same blocks must give the same digest, however one came there."""
    rewinds: int = 0
    blocks: int = 0
    """Appended, those of branches that are gone again too."""
    looks: int = 0

    def __post_init__(self) -> None:
        row = self.connection.execute("SELECT schema_name FROM journal.versions WHERE live").fetchone()
        assert row is not None, "there is a cursor, so there is a live version"
        self.schema = str(row[0])

    def look(self) -> Sight:
        """Raises Wrong where a reader sees what was never so, or sees the past change."""
        self.looks += 1
        row = self.connection.execute(SEEN.format(schema=self.schema).encode()).fetchone()
        require(row is not None, "there is no cursor, or no live version")
        assert row is not None
        hash_, number, finalized, epoch, halted, agree, count, newest, logs, fork, *sums, digest = row
        block = self.tree.by_hash.get(str(hash_))
        if block is None:
            raise Wrong(f"block {number} {hash_} is indexed, which no chain ever had")
        require(block.number == number == newest and count == block.number + 1, f"blocks up to {number} are not whole")
        require(bool(agree), "the live version stands at another block than the journal")
        require(logs == block.logs_so_far, f"{logs} logs are there at {number}, and not {block.logs_so_far}")
        require(tuple(map(int, map(str, sums))) == block.sums, f"the sums at {number} are {sums}, not {block.sums}")
        require(self.digests.setdefault(block.hash, str(digest)) == str(digest), f"another digest of block {number}")
        sight = Sight(block, int(str(finalized)), int(str(epoch)), str(halted) if halted else None)
        if self.last is not None:
            self.compare(self.last, sight, int(str(fork)))
        self.last = sight
        return sight

    def glance(self) -> None:
        """A look whose sight is not asked for."""
        self.look()

    def compare(self, before: Sight, now: Sight, fork: int) -> None:
        """Hold a look against the one before. fork: of the last rewind."""
        tree = self.tree
        require(now.finalized >= before.finalized, f"finalized fell from {before.finalized} to {now.finalized}")
        kept = tree.ancestor(now.block, before.finalized)
        require(
            kept is tree.ancestor(before.block, before.finalized), f"block {before.finalized} was final, and changed"
        )
        if now.epoch == before.epoch:
            stays = tree.ancestor(now.block, before.block.number) is before.block
            require(stays, f"block {before.block.number} is gone without a rewind")
            self.blocks += now.block.number - before.block.number
            return
        require(now.epoch == before.epoch + 1, f"{now.epoch - before.epoch} rewinds in one step")
        first = tree.ancestor(before.block, fork + 1)
        require(first is not None, f"rewound to {fork}, with a tip at {before.block.number}")
        assert first is not None
        require(not tree.is_canonical(first), f"a needless rewind to {fork}: block {first.number} is still the chain's")
        require(tree.fork_of(before.block, now.block).number == fork, f"rewound to {fork}, which is not the fork")
        self.rewinds += 1
        self.blocks += now.block.number - fork

    def unchanged(self) -> None:
        """Raises Wrong where something is not as at the last look; a reason to halt may have been left."""
        before = self.last
        now = self.look()
        require(before is None or (before.block, before.epoch) == (now.block, now.epoch), "a halt changed something")


def check_whole(database: str, block: Block) -> None:
    """Every table is what the oracle makes of the branch that ends in this block: both ways, row by row."""
    number, actual = stored(database)
    require(number == block.number, f"block {number} is indexed, and not {block.number}")
    wanted = expected(history(branch(block)))
    for table, rows in wanted.items():
        missing, strange = difference(rows, actual[table])
        require(not missing + strange, f"{table} at {number}: missing {missing[:3]}, too many {strange[:3]}")


def branch(block: Block) -> list[Block]:
    found = [block]
    while found[-1].parent:
        found.append(found[-1].parent)
    return found[::-1]


def history(blocks: Iterable[Block]) -> History:
    """A branch as the oracle takes it."""
    found = History([], [], [])
    for block in blocks:
        header = block.header
        found.blocks.append((header.number, raw(header.hash), raw(header.parent_hash), header.timestamp))
        for log in block.logs_json:
            place = (header.number, int(log["logIndex"], 16))
            topics = [raw(topic) for topic in log["topics"]]
            transaction = (raw(log["transactionHash"]), int(log["transactionIndex"], 16))
            found.logs.append((*place, *transaction, raw(log["address"]), topics, raw(log["data"])))
        found.events.extend(block.events)
    return found


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
