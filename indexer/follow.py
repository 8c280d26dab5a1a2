"""What we hold and what the node says: append, rewind, ask, wait or halt. Pure; the only file that knows reorgs.

The node's word is a branch: headers that link to one another, the node's newest one last. It is held
against our chain from its lowest header down:

  case     the branch ...                                    then
  -------  ------------------------------------------------  ----------------------------------
  same     ends in our tip                                   Wait
  behind   ends in a block that we hold below our tip,       Wait: a lower head is not a reorg
           or under the finalized one (the node syncs)
  next     stands on our tip                                 Append
  ahead    starts more than one above our tip                FetchRange from our tip on
  other    stands on a block that we hold below our tip      Suspect, then, seen again, Rewind
  unknown  stands on a block that we do not hold             AskParent, until one of the above
  deep     leaves our chain under the finalized block        Suspect, then, seen again, Halt
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.chain import Block, BlockHash, BlockNumber


@dataclass(frozen=True)
class Held:
    """Our chain: its tip, and the hashes of its newest blocks, down to the finalized one at least."""

    tip: BlockNumber
    hashes: Mapping[BlockNumber, BlockHash]
    finalized: BlockNumber


@dataclass(frozen=True)
class Wait:
    """Nothing to do."""

    reason: str


@dataclass(frozen=True)
class Append:
    """These stand on our tip."""

    blocks: Sequence[Block]


@dataclass(frozen=True)
class FetchRange:
    """The node is ahead: ask for these numbers, both included."""

    first: BlockNumber
    last: BlockNumber


@dataclass(frozen=True)
class AskParent:
    """The branch does not reach our chain yet: ask for this block by hash."""

    hash: BlockHash


@dataclass(frozen=True)
class Suspect:
    """A branch beside ours, seen for the first time: look again before believing it."""

    first_hash: BlockHash


@dataclass(frozen=True)
class Rewind:
    """Our blocks above the fork are orphaned; these replace them."""

    fork: BlockNumber
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Deep:
    """The branch leaves our chain under a block that was final: unsafe to follow."""

    fork: BlockNumber
    finalized: BlockNumber


Decision = Wait | Append | FetchRange | AskParent | Suspect | Rewind | Deep


def decide(held: Held, branch: Sequence[Block], suspected: BlockHash | None) -> Decision:
    """What to do about the node's branch (lowest block first, at least one).

    suspected: hash of the first block of a branch that was seen beside ours before.
    """
    lowest, head = branch[0], branch[-1]
    if head.number < held.finalized or held.hashes.get(head.number) == head.hash:
        return Wait("same" if head.number == held.tip else "behind")
    if lowest.number > held.tip + 1:
        return FetchRange(BlockNumber(held.tip + 1), head.number)
    parent = BlockNumber(lowest.number - 1)
    is_held = held.hashes.get(parent) == lowest.parent_hash
    if is_held and parent == held.tip:
        return Append(branch)
    if not is_held and parent > held.finalized:
        return AskParent(lowest.parent_hash)
    if suspected != lowest.hash:
        return Suspect(lowest.hash)
    if is_held and parent >= held.finalized:
        return Rewind(parent, branch)
    return Deep(BlockNumber(parent if is_held else parent - 1), held.finalized)


UNSURE_BLOCKS = 256
"""While our tip is below the node's final block, so many of our newest blocks are not called final yet."""


def final_after(held: Held, blocks: Sequence[Block], final: Block | None) -> BlockNumber:
    """The highest block that may be called final once these blocks are ours; 0 where that says nothing new.

    final: the node's finalized block. Its hash counts, not its height: behind a balancer the headers may come from a
    node on a fork that is gone. Until we are so far, no block is final that such a fork could hold.
    """
    if final is None:
        return BlockNumber(0)
    tip = blocks[-1].number
    if final.number > tip:
        return BlockNumber(max(0, tip - UNSURE_BLOCKS))
    ours = next((block.hash for block in blocks if block.number == final.number), held.hashes.get(final.number))
    return final.number if ours == final.hash else BlockNumber(0)
