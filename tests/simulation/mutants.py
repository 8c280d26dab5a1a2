"""Wrong behaviours, planted on purpose: the simulation must fail for each of them, or it would not see the real one."""

from collections.abc import Iterator
from dataclasses import dataclass

from local.postgres import Postgres
from tests.simulation.altered import BLOCKS, ROOT, SEEDS, Verdict, simulated


@dataclass(frozen=True)
class Mutant:
    """Replace `old`, which stands once in the file, by `new`."""

    words: str
    file: str
    old: str
    new: str
    seeds: tuple[int, ...] = SEEDS
    """Small ones that are likely to notice it."""
    blocks: int = BLOCKS

    def text(self) -> str:
        """The whole file, altered. Raises ValueError where the place is not there any more, or not unique."""
        source = (ROOT / "indexer" / self.file).read_text()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.words}: {self.old!r} stands {source.count(self.old)} times in {self.file}")
        return source.replace(self.old, self.new)


MUTANTS = [
    Mutant(
        "a lower head is a reorg",
        "follow.py",
        "if head.number < held.finalized or held.hashes.get(head.number) == head.hash:",
        "if held.hashes.get(head.number) == head.hash and head.number == held.tip:",
    ),
    Mutant(
        "a fork is believed at first sight",
        "follow.py",
        "if suspected != lowest.hash:",
        "if False:",
        seeds=(1,),
        blocks=250,
    ),
    Mutant(
        "a block is skipped when catching up", "follow.py", "held.tip + 1), head.number", "held.tip + 2), head.number"
    ),
    Mutant(
        "what stands on another tip is appended",
        "follow.py",
        "if is_held and parent == held.tip:",
        "if parent == held.tip:",
    ),
    Mutant("parents are never asked for", "follow.py", "if not is_held and parent > held.finalized:", "if False:"),
    Mutant(
        "finality goes by height",
        "follow.py",
        "return final.number if ours == final.hash else BlockNumber(0)",
        "return final.number",
        seeds=(98,),
        blocks=250,
    ),
    Mutant(
        "the rewind goes one block too deep",
        "follow.py",
        "return Rewind(parent, branch)",
        "return Rewind(BlockNumber(parent - 1), branch)",
    ),
    Mutant(
        "a range is not held against our tip",
        "loop.py",
        "if headers[0].parent_hash != self.store.cursor.hash:",
        "if False:",
    ),
    Mutant(
        "nobody else is asked before a rewind",
        "loop.py",
        "self.providers.require_agreement(self.node, blocks)",
        "pass",
        seeds=(3,),
        blocks=250,
    ),
    Mutant(
        "one liar halts it",
        "loop.py",
        "                if holders:",
        "                if False:",
        seeds=(116,),
        blocks=250,
    ),
    Mutant(
        "orphaned rows stay in the projections",
        "store.py",
        "                folds.undo(self.connection, step.fork)\n",
        "",
    ),
    Mutant(
        "orphaned blocks stay in the journal",
        "store.py",
        "                journal.orphan(self.connection, self.cursor, step.fork)\n",
        "",
    ),
    Mutant(
        "finality is no ratchet",
        "store.py",
        "BlockNumber(max(self.cursor.finalized, min(step.finalized, tip.number)))",
        "BlockNumber(min(step.finalized, tip.number))",
    ),
    Mutant(
        "rewinds are not counted",
        "store.py",
        "epoch = self.cursor.epoch + (step.fork is not None)",
        "epoch = self.cursor.epoch",
    ),
    Mutant(
        "a step is many transactions",
        "store.py",
        "        with self.connection.transaction():\n            self._fence(tip",
        "        if True:\n            self._fence(tip",
    ),
    Mutant(
        "the digest has the last block of a step only",
        "store.py",
        "step.blocks[0].number, tip.number, counts",
        "tip.number, tip.number, counts",
    ),
    Mutant(
        "logs are not kept",
        "store.py",
        "                journal.append_logs(self.connection, step.rendered.log_rows)\n",
        "                pass\n",
    ),
    Mutant(
        "events are not folded",
        "store.py",
        "                folds.fold(self.connection, counts, step.rendered.arrays)\n",
        "",
    ),
    Mutant(
        "the version's cursor stays",
        "store.py",
        "            versions.move(self.connection, self.version, tip.number, tip.hash)\n            if step",
        "            if step",
    ),
    Mutant(
        "logs of the fork itself go too",
        "journal.py",
        "DELETE FROM journal.logs WHERE block_number > %s",
        "DELETE FROM journal.logs WHERE block_number >= %s",
    ),
    Mutant(
        "logs above the fork stay",
        "journal.py",
        "DELETE FROM journal.logs WHERE block_number > %s",
        "DELETE FROM journal.logs WHERE block_number > 1 + %s",
    ),
    Mutant(
        "the digest of orphaned blocks stays",
        "folds.py",
        "DELETE FROM digests WHERE block_number > %s",
        "DELETE FROM digests WHERE block_number > 9 + %s",
    ),
    Mutant(
        "some projections are not undone",
        "folds.py",
        "for history in reversed(histories()):\n        connection.execute(history.undo_sql()",
        "for history in histories()[::2]:\n        connection.execute(history.undo_sql()",
    ),
    Mutant(
        "current tables keep what is undone",
        "projections/history.py",
        "ORDER BY {newest} LIMIT 1) last)",
        "ORDER BY {newest} LIMIT 0) last)",
    ),
    Mutant("receipts are not proven", "node.py", "        if found != wanted:", "        if False:", seeds=(1,)),
    Mutant(
        "blooms are read the wrong way round", "node.py", "if bloom.may_hold(seal_of", "if not bloom.may_hold(seal_of"
    ),
    Mutant("half a batch is as good as all", "node.py", "if replies.keys() != set(range(len(requests))):", "if False:"),
    Mutant(
        "a log may be of another block", "trust.py", "or block.hash != reply.blockHash:", ":", seeds=(415,), blocks=250
    ),
    Mutant(
        "two providers that disagree are both right",
        "providers.py",
        "if len(against) == votes:",
        "if False:",
        seeds=(3,),
        blocks=250,
    ),
    Mutant(
        "the majority is not listened to",
        "providers.py",
        "if len(against) > votes:",
        "if False:",
        seeds=(34,),
        blocks=250,
    ),
]


def verdicts(postgres: Postgres) -> Iterator[tuple[Mutant, Verdict]]:
    """Each with what the simulation said of it."""
    for mutant in MUTANTS:
        yield mutant, simulated(postgres, mutant.file, mutant.text(), mutant.seeds, mutant.blocks)
