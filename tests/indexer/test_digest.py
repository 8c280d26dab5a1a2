"""digest: the same at the same block on any two indexes; where it is not, the first block and its tables are named."""

from dataclasses import replace

import psycopg
import pytest

from local.postgres import Postgres
from tests.conftest import World
from tests.indexer.indexing import command, following, told
from tests.indexer.traffic import move_fractions


@pytest.fixture(scope="module")
def other(indexed: World, postgres: Postgres) -> World:
    """Another index of the same chain, which is further, and was fetched in other ranges."""
    found = replace(indexed, database=postgres.create_database(f"other_{indexed.chain.port}"))
    move_fractions(indexed.chain, indexed.people, 3)
    with following(found, range_blocks=7) as follower:
        follower.to_head()
    return found


def final_of(world: World) -> int:
    with psycopg.connect(world.database) as connection:
        row = connection.execute("SELECT finalized_number FROM journal.cursor").fetchone()
    assert row
    return int(row[0])


def test_status_and_digest_name_that_of_the_finalized_block(indexed: World, other: World) -> None:
    """Two indexes that stand at different blocks say the same of the same block."""
    status = told(command(indexed, "status", "--json"))
    assert status["digest_final_block"] == final_of(indexed) < status["indexed"]
    final = told(command(indexed, "digest", "--block", "finalized", "--json"))
    assert (final["block"], final["digest"]) == (status["digest_final_block"], status["digest_final"])
    assert final_of(other) > final["block"]
    same = told(command(other, "digest", "--block", str(final["block"]), "--json"))
    assert same == final
    assert told(command(other, "status", "--json"))["digest_final"] != final["digest"]


def test_two_indexes_are_compared_at_a_block_that_is_final_to_both(indexed: World, other: World) -> None:
    done = command(indexed, "digest", "--compare", other.database, "--json")
    assert done.exit_code == 0, done.errors
    found = told(done)
    assert (found["equal"], found["block"]) == (True, final_of(indexed))
    assert found["digest"] == found["other_digest"] != ""


def test_the_first_block_that_differs_is_found_and_its_table_named(indexed: World, other: World) -> None:
    """As it was folded: what a release that folds one event otherwise would leave behind."""
    with psycopg.connect(other.database, autocommit=True) as connection:
        connection.execute("SET search_path = projection_1")
        blocks = connection.execute("SELECT DISTINCT block_number FROM holding_changes ORDER BY 1").fetchall()
        (first,) = blocks[len(blocks) // 2]
        which = f"WHERE block_number = {first}"
        connection.execute(f"UPDATE holding_changes SET received = received + 1 {which}".encode())
        connection.execute("CREATE TABLE digests_before AS TABLE digests")
        connection.execute(f"UPDATE digests SET digest = sha256(digest) WHERE block_number >= {first}".encode())
        try:
            done = command(indexed, "digest", "--compare", other.database, "--json")
            words = command(indexed, "digest", "--compare", other.database).output
        finally:
            connection.execute(f"UPDATE holding_changes SET received = received - 1 {which}".encode())
            connection.execute(
                "UPDATE digests d SET digest = b.digest FROM digests_before b WHERE b.block_number = d.block_number"
            )
            connection.execute("DROP TABLE digests_before")
    assert done.exit_code == 4
    found = told(done)
    assert (found["equal"], found["first_different"], found["tables"]) == (False, first, ["holdings.holding_changes"])
    assert f"the first that differs is block {first}, in holdings.holding_changes" in words
    assert command(indexed, "digest", "--compare", other.database).exit_code == 0


@pytest.mark.parametrize(
    ("table", "column"), [("holding_changes", "balance"), ("trades", "taker_fee"), ("account_changes", "change")]
)
def test_a_row_that_was_changed_after_it_was_folded_is_found(indexed: World, table: str, column: str) -> None:
    done = command(indexed, "digest", "--recompute", "--json")
    assert (done.exit_code, told(done)["first_altered"]) == (0, None)
    assert told(done)["block"] == final_of(indexed)
    with psycopg.connect(indexed.database, autocommit=True) as connection:
        connection.execute("SET search_path = projection_1")
        blocks = connection.execute(f"SELECT DISTINCT block_number FROM {table} ORDER BY 1".encode()).fetchall()
        (first,) = blocks[len(blocks) // 3]
        change = f"UPDATE {table} SET {column} = {column} {{}} 1 WHERE block_number = {first}"
        connection.execute(change.format("+").encode())
        try:
            done = command(indexed, "digest", "--recompute", "--json")
            before = command(indexed, "digest", "--recompute", "--block", str(first - 1))
        finally:
            connection.execute(change.format("-").encode())
    assert (done.exit_code, told(done)["first_altered"]) == (4, first)
    assert before.exit_code == 0, before.output


def test_rows_that_were_never_folded_are_found_too(indexed: World) -> None:
    """A block has rows, and no digest was written with them."""
    with psycopg.connect(indexed.database, autocommit=True) as connection:
        connection.execute("SET search_path = projection_1")
        (first,) = connection.execute("SELECT min(block_number) FROM digests").fetchone() or (0,)
        connection.execute("UPDATE digests SET block_number = 0 WHERE block_number = %s", [first])
        try:
            done = command(indexed, "digest", "--recompute", "--json")
        finally:
            connection.execute("UPDATE digests SET block_number = %s WHERE block_number = 0", [first])
    assert (done.exit_code, told(done)["first_altered"]) == (4, first)


def test_indexes_that_cannot_be_compared_are_told_apart(indexed: World, other: World) -> None:
    changes = {
        "UPDATE journal.versions SET fingerprint = 'x' || fingerprint": (
            "UPDATE journal.versions SET fingerprint = substr(fingerprint, 2)", "different releases",
        ),
        "UPDATE journal.deployment SET chain_id = chain_id + 1": (
            "UPDATE journal.deployment SET chain_id = chain_id - 1", "different deployments",
        ),
    }  # fmt: skip
    for change, (undo, words) in changes.items():
        with psycopg.connect(other.database, autocommit=True) as connection:
            connection.execute(change.encode())
            try:
                done = command(indexed, "digest", "--compare", other.database)
            finally:
                connection.execute(undo.encode())
        assert done.exit_code == 3
        assert words in done.errors


@pytest.mark.parametrize(
    "arguments", [("--block", "newest"), ("--compare", "not a dsn"), ("--block", "3", "--compare", "http://a")]
)
def test_wrong_usage_of_digest_is_refused(indexed: World, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as refused:
        command(indexed, "digest", *arguments)
    assert refused.value.code == 2
