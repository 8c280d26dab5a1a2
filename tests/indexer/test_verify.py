"""verify: what stands otherwise in the journal than on the chain is found, block by block, with and without proofs."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.conftest import World
from tests.indexer.indexing import Done, invoke, told
from tests.indexer.lying import REFUSED, Answer, Lie, Reply, Request, honest, lying, refusing


def verify(world: World, *arguments: str, rpc: tuple[str, ...] = ()) -> Done:
    urls = [part for url in rpc or (world.chain.url,) for part in ("--rpc", url)]
    needed = ["--database", world.database, "--manifest", str(world.manifest), *urls]
    return invoke("verify", *needed, *arguments)


@contextmanager
def altered(world: World, *statements: str) -> Iterator[None]:
    """With rows of the journal changed by a hand that should not have."""
    tables = ("journal.blocks", "journal.logs")
    with psycopg.connect(world.database, autocommit=True) as connection:
        for table in tables:
            connection.execute(f"CREATE TABLE {table}_before AS TABLE {table}".encode())
        try:
            for statement in statements:
                assert connection.execute(statement.encode()).rowcount == 1, statement
            yield
        finally:
            for table in tables:
                with connection.transaction():
                    connection.execute(f"DELETE FROM {table}".encode())
                    connection.execute(f"INSERT INTO {table} SELECT * FROM {table}_before".encode())
                connection.execute(f"DROP TABLE {table}_before".encode())


def blocks_with_logs(world: World, count: int) -> list[int]:
    """Final blocks, one of three, that have at least two logs."""
    with psycopg.connect(world.database) as connection:
        rows = connection.execute(
            "SELECT block_number FROM journal.logs WHERE block_number < (SELECT finalized_number FROM journal.cursor) "
            "GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
        ).fetchall()
    found = [number for (number,) in rows][::3][:count]
    assert len(found) == count
    return found


def logs_in(world: World) -> int:
    with psycopg.connect(world.database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM journal.logs WHERE block_number <= (SELECT finalized_number FROM journal.cursor)"
        ).fetchone()
    assert row
    return int(row[0])


def without_proofs(requests: list[Request], replies: list[Reply]) -> Answer:
    return refusing("eth_getBlockReceipts")(requests, replies)


def test_all_of_the_journal_is_proven(indexed: World) -> None:
    done = verify(indexed, "--json")
    assert done.exit_code == 0, done.errors
    found = told(done)
    final = indexed.people.web3.eth.get_block("finalized")["number"]
    assert (found["from"], found["to"]) == (indexed.deployment.start - 1, final)
    assert found["blocks"] == final - indexed.deployment.start + 2
    assert (found["level"], found["differences"], found["logs"]) == ("prove", [], logs_in(indexed))
    head = indexed.people.web3.eth.block_number
    done = verify(indexed, "--from", str(head - 3), "--to", str(head))
    assert done.exit_code == 0
    assert done.output.startswith(f"blocks {head - 3} to {head}: 4 blocks")


@pytest.mark.parametrize("proves", [True, False], ids=["proven", "on two providers' word"])
def test_each_block_that_is_otherwise_is_named(indexed: World, proves: bool) -> None:
    """A log is missing, altered, added, moved; a block is missing, another one, stands elsewhere, at another time."""
    lost, changed, added, moved, gone, other, elsewhere, late = blocks = blocks_with_logs(indexed, 8)
    last = "(SELECT max(log_index) FROM journal.logs WHERE block_number = {0})"
    which = "WHERE block_number = {0} AND log_index = " + last
    with (
        altered(
            indexed,
            f"DELETE FROM journal.logs {which}".format(lost),
            f"UPDATE journal.logs SET data = data || '\\x00' {which}".format(changed),
            "INSERT INTO journal.logs SELECT block_number, log_index + 1, transaction_hash, transaction_index, "
            f"address, topics, data FROM journal.logs {which}".format(added),
            f"UPDATE journal.logs SET log_index = log_index + 1 {which}".format(moved),
            f"DELETE FROM journal.blocks WHERE number = {gone}",
            f"UPDATE journal.blocks SET hash = sha256(hash) WHERE number = {other}",
            f"UPDATE journal.blocks SET parent_hash = sha256(hash) WHERE number = {elsewhere}",
            f"UPDATE journal.blocks SET timestamp = timestamp + 1 WHERE number = {late}",
        ),
        lying(indexed.chain) as first,
        lying(indexed.chain) as second,
    ):
        first.lie = second.lie = honest if proves else without_proofs
        done = verify(indexed, "--json", rpc=(first.url, second.url))
        assert done.exit_code == 4
        found = told(done)
        assert found["level"] == ("prove" if proves else "trust")
        # Who stands on a block that is another one here, stands elsewhere.
        assert found["differing_blocks"] == sorted({*blocks, other + 1})
        what = {(one["block"], one["what"]) for one in found["differences"]}
        assert what == {
            *((block, "its logs") for block in (lost, changed, added, moved)), (gone, "the block"),
            (other, "the hash"), (other + 1, "the parent"), (elsewhere, "the parent"), (elsewhere, "parent and time"),
            (late, "parent and time"),
        }  # fmt: skip
        voices = {one["provider"] for one in found["differences"] if one["what"] == "its logs"}
        assert len(voices) == (1 if proves else 2)
        words = verify(indexed, rpc=(first.url, second.url)).output
        assert f"block {lost}: its logs is " in words
    assert verify(indexed).exit_code == 0


def forgetting_logs(block: int) -> Lie:
    """A node that leaves out the logs of one block, and cannot be made to prove that there are none."""

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == "eth_getLogs" and reply.get("result"):
                reply["result"] = [log for log in reply["result"] if int(log["blockNumber"], 16) != block]
        return without_proofs(requests, replies)

    return lie


def test_without_proofs_what_one_provider_says_otherwise_is_named_with_it(indexed: World) -> None:
    (block,) = blocks_with_logs(indexed, 1)
    with lying(indexed.chain) as first, lying(indexed.chain) as second:
        first.lie, second.lie = without_proofs, forgetting_logs(block)
        done = verify(indexed, "--json", rpc=(first.url, second.url))
    assert done.exit_code == 4
    (one,) = told(done)["differences"]
    assert (one["block"], one["what"], one["provider"]) == (block, "its logs", second.url.removeprefix("http://"))


def forging_receipts(world: World, block: int) -> Lie:
    block_hash = "0x" + world.people.web3.eth.get_block(block)["hash"].hex().removeprefix("0x")

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == "eth_getBlockReceipts" and request["params"] == [block_hash]:
                for receipt in reply["result"]:
                    receipt["logs"] = []
        return honest(requests, replies)

    return lie


def test_a_provider_whose_proof_fails_is_named_and_not_believed(indexed: World) -> None:
    """The journal is right: the liar is no difference, but alone it leaves nobody to ask."""
    block = blocks_with_logs(indexed, 4)[3]
    with lying(indexed.chain) as liar:
        liar.lie = forging_receipts(indexed, block)
        done = verify(indexed, "--json", rpc=(liar.url, indexed.chain.url))
        assert done.exit_code == 0
        assert f"receipts of block {block}" in told(done)["lies"][liar.url.removeprefix("http://")]
        alone = verify(indexed, rpc=(liar.url,))
        assert alone.exit_code == 1
        assert f"receipts of block {block}" in alone.errors


def refusing_ranges(blocks_max: int) -> Lie:
    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            wanted = request["params"][0] if request["method"] == "eth_getLogs" else {}
            if "fromBlock" in wanted and int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) >= blocks_max:
                reply |= {"result": None, "error": REFUSED}
        return without_proofs(requests, replies)

    return lie


def test_a_range_that_is_too_much_for_the_node_is_halved(indexed: World) -> None:
    with lying(indexed.chain) as node:
        node.lie = refusing_ranges(30)
        done = verify(indexed, "--json", rpc=(node.url,))
    assert done.exit_code == 0, done.errors
    assert (told(done)["logs"], told(done)["level"]) == (logs_in(indexed), "trust")


def test_a_sample_is_drawn(indexed: World) -> None:
    done = verify(indexed, "--sample", "20", "--json")
    assert done.exit_code == 0
    assert told(done)["blocks"] == 20
    everything = told(verify(indexed, "--sample", "1000000", "--json"))
    assert everything["logs"] == logs_in(indexed)


@pytest.mark.parametrize("arguments", [("--to", "99999999"), ("--from", "10", "--to", "9")])
def test_a_range_that_is_not_held_is_refused(indexed: World, arguments: tuple[str, ...]) -> None:
    done = verify(indexed, *arguments)
    assert done.exit_code == 3
    assert "the journal holds blocks" in done.errors
