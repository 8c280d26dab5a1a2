"""Two indexes of one deployment, compared by their digests; where they differ, the first block and the tables.

A digest is chained over all blocks before it, so once it differs it differs for ever, and the first block at which it
does is found by halves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import urllib3

from indexer import digests, journal
from indexer.bisection import last_where
from indexer.chain import BlockNumber
from indexer.errors import Halt, Unusable
from indexer.journal import Connection
from indexer.projections import PROJECTIONS, histories
from indexer.versions import Version

TIMEOUT_SECONDS = 10
BLOCKS_TOGETHER = 1_000


@dataclass(frozen=True)
class Standing:
    """What an index follows, by which rules, and up to where that is final."""

    chain_id: int
    first_block: int
    contracts: Sequence[str]
    fingerprint: str
    final: BlockNumber


class Peer(Protocol):
    """Another index, or our own."""

    def standing(self) -> Standing: ...
    def digest_at(self, number: BlockNumber) -> str: ...


@dataclass(frozen=True)
class Comparison:
    """As of a block that is final to both. tables: those whose rows differ at the first block that does, if they could
    be looked at."""

    block: BlockNumber
    digest: str
    other_digest: str
    first_different: BlockNumber | None = None
    tables: Sequence[str] | None = None


@dataclass(frozen=True)
class Database:
    """An index by its database."""

    connection: Connection
    version: Version

    def standing(self) -> Standing:
        row = self.connection.execute(
            "SELECT chain_id, first_block, array(SELECT '0x' || encode(a, 'hex') FROM unnest(addresses) a) "
            "FROM journal.deployment"
        ).fetchone()
        cursor = journal.read_cursor(self.connection)
        assert row, "a journal with a version is bound to a deployment"
        assert cursor, "a journal with a version has a cursor"
        final = BlockNumber(min(cursor.finalized, self.version.number))
        return Standing(row[0], row[1], row[2], self.version.fingerprint, final)

    def digest_at(self, number: BlockNumber) -> str:
        return digests.read(self.connection, number)

    def rows_at(self, number: BlockNumber) -> dict[str, str]:
        """A digest for each table that has rows of this block, by projection and table, and the block's hash."""
        found: dict[str, str] = {"blocks": journal.hash_of(self.connection, number)}
        for projection in PROJECTIONS:
            for history in projection.histories:
                bounds = {"first": number, "last": number}
                for _, table, digest in self.connection.execute(history.digest_sql(), bounds):
                    found[f"{projection.name}.{table}"] = digest
        return found


class StatusMeta(msgspec.Struct):
    indexed_block: int
    finalized_block: int


class StatusReply(msgspec.Struct):
    meta: StatusMeta
    projection: str


class DeploymentReply(msgspec.Struct):
    chain_id: int
    first_block: int
    settlement_vault: str
    fraction_token: str
    marketplace: str
    primary_offering: str
    investor_registry: str
    treasury: str


class DigestReply(msgspec.Struct):
    digest: str


class Api:
    """An index by the address of its API."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)

    def standing(self) -> Standing:
        status, follows = self._get("status", StatusReply), self._get("deployment", DeploymentReply)
        contracts = [getattr(follows, name).lower() for name in DeploymentReply.__struct_fields__[2:]]
        final = BlockNumber(min(status.meta.finalized_block, status.meta.indexed_block))
        return Standing(follows.chain_id, follows.first_block, contracts, status.projection, final)

    def digest_at(self, number: BlockNumber) -> str:
        found: str = self._get(f"digest?at_block={number}", DigestReply).digest
        return found

    def _get(self, path: str, kind: Any) -> Any:
        url = f"{self.url}/v1/{path}"
        try:
            response = self._pool.request("GET", url)
            if response.status == 200:
                return msgspec.json.decode(response.data, type=kind)
        except urllib3.exceptions.HTTPError as error:
            raise Unusable(f"{url} does not answer: {error}") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Unusable(f"{url} is not the API of an index: {error}") from error
        raise Unusable(f"{url} answers with HTTP status {response.status}")


def compare(own: Database, other: Peer) -> Comparison:
    """Raises Halt where they cannot be compared: they follow different contracts, or by different rules."""
    ours, theirs = own.standing(), other.standing()
    if (ours.chain_id, ours.first_block, ours.contracts) != (theirs.chain_id, theirs.first_block, theirs.contracts):
        raise Halt(
            f"they follow different deployments: ours is on chain {ours.chain_id} from block {ours.first_block}, the "
            f"other on chain {theirs.chain_id} from block {theirs.first_block}"
        )
    if ours.fingerprint != theirs.fingerprint:
        raise Halt(
            f"they are of different releases: our projections are {ours.fingerprint}, the other's "
            f"{theirs.fingerprint}. Only indexes of one release can be compared: rebuild the older one"
        )
    block = BlockNumber(min(ours.final, theirs.final))
    digest, other_digest = own.digest_at(block), other.digest_at(block)
    if digest == other_digest:
        return Comparison(block, digest, other_digest)
    anchor = BlockNumber(ours.first_block - 1)
    equal = last_where(lambda number: own.digest_at(number) == other.digest_at(number), anchor, block)
    assert equal is not None, "both always know their digests"
    first = BlockNumber(equal + 1)
    tables = differing_tables(own, other, first) if isinstance(other, Database) else None
    return Comparison(block, digest, other_digest, first, tables)


def differing_tables(own: Database, other: Database, number: BlockNumber) -> list[str]:
    ours, theirs = own.rows_at(number), other.rows_at(number)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def first_altered(own: Database, last: BlockNumber, progress: Callable[[int, int], None]) -> BlockNumber | None:
    """The first block whose rows are not any more what was folded, by the digests that were written with them."""
    anchor = journal.first_block(own.connection).number
    for first in range(anchor + 1, last + 1, BLOCKS_TOGETHER):
        end = BlockNumber(min(last, first + BLOCKS_TOGETHER - 1))
        now = digests.chained(own.connection, BlockNumber(first), end, histories())
        then = digests.read_range(own.connection, BlockNumber(first), end)
        altered = [number for number in sorted(now.keys() | then.keys()) if now.get(number) != then.get(number)]
        if altered:
            return altered[0]
        progress(end - anchor, last - anchor)
    return None
