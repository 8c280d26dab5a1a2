"""rewind: the operator takes the journal back, and run goes on from there; the way out of a halt under finality."""

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from indexer.errors import Halt
from local.chain import Chain
from local.postgres import Postgres
from tests.conftest import World
from tests.indexer.indexing import check_at_head, check_so_far, command, digest, following, tip
from tests.indexer.lying import Answer, Lie, Reply, Request, honest, lying
from tests.indexer.nursery import Nursery
from tests.indexer.test_reorg import SHORT, block_row, orphans, reorg, reorgs
from tests.indexer.traffic import move_fractions


def final_of(chain: Chain) -> int:
    return int(chain.call("eth_getBlockByNumber", "finalized", False)["number"], 16)


def everything(database: str) -> list[Any]:
    """Each table of the journal and of the live version, row for row."""
    with psycopg.connect(database) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname = 'journal' OR schemaname LIKE 'projection%' ORDER BY 1"
        ).fetchall()
        return [connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1".encode()).fetchall() for (name,) in names]


def digest_of_a_fresh_index(world: World, postgres: Postgres) -> str:
    fresh = World(
        world.chain, postgres.create_database(f"fresh_{world.chain.port}"), world.reader, world.manifest,
        world.deployment,
    )  # fmt: skip
    with following(fresh) as follower:
        follower.to_head()
    return digest(fresh)


@SHORT
def test_the_way_out_of_a_reorg_under_finality(
    world: World, nursery: Nursery, postgres: Postgres, tmp_path: Path
) -> None:
    """Halt, nothing changed, readers go on; status names the command; then run follows the branch that won."""
    chain, people = world.chain, world.people
    move_fractions(chain, people, 12)
    with nursery.running(world, tmp_path / "indexer.log") as indexer:
        indexer.wait_until_at(chain)
        held, before = digest(world), tip(world.database)
        final, head = final_of(chain), people.web3.eth.block_number
        shared = head - 8
        assert shared < final
        lost = [block_row(people.web3, number) for number in range(shared + 1, head + 1)]
        reorg(chain, people, 8)
        assert indexer.exit_code() == 3
    assert (digest(world), tip(world.database)) == (held, before)
    with psycopg.connect(world.reader) as connection:
        rows = connection.execute("SELECT count(*) FROM projection_1.holding_changes").fetchone()
        assert rows is not None
        assert rows[0] > 0, "readers go on"

    status = command(world, "status", "--json")
    assert status.exit_code == 3
    said = json.loads(status.output)["halted"]
    assert f"under block {final}, which was called final. Nothing was changed" in said
    found = re.search(r"`freehold indexer (rewind [^`]*)`", said)
    assert found
    name, *arguments = found[1].split()
    assert arguments == ["--to", str(shared), "--below-finalized", "--yes"]

    refused = command(world, name, "--to", str(shared), "--yes")
    assert refused.exit_code == 3
    assert "--below-finalized" in refused.errors
    assert tip(world.database) == before

    done = command(world, name, *arguments, "--json")
    assert done.exit_code == 0, done.errors
    said = json.loads(done.output)
    assert (said["to"], said["from"], said["blocks"], said["final"]) == (shared, head, 8, final - shared)
    assert tip(world.database)[0] == shared
    assert orphans(world.database) == lost
    assert json.loads(command(world, "status", "--json").output)["state"] == "stopped"
    check_so_far(world)

    again = nursery.run(world, tmp_path / "again.log", "--until-head")
    assert again.exit_code == 0, again.errors
    check_at_head(world)
    assert digest(world) == digest_of_a_fresh_index(world, postgres)
    assert [row[1] for row in reorgs(world.database)] == [shared]


def test_rewind_says_what_would_be_lost_and_does_nothing_without_yes(world: World) -> None:
    move_fractions(world.chain, world.people, 3)
    with following(world) as follower:
        follower.to_head()
        head = follower.store.cursor.number
    before = everything(world.database)
    asked = command(world, "rewind", "--to", str(head - 3))
    assert asked.exit_code == 2
    assert asked.output.startswith("would give up 3 blocks with 3 logs, 0 of them final")
    assert everything(world.database) == before
    assert command(world, "rewind", "--to", str(head - 3), "--yes").exit_code == 0
    with following(world) as follower:
        assert follower.store.cursor.number == head - 3
        check_so_far(world)
        follower.to_head()
        check_at_head(world)


@pytest.mark.parametrize(("to", "words"), [("999999", "not in the journal"), ("-3", "not in the journal")])
def test_rewind_names_what_it_holds(world: World, to: str, words: str) -> None:
    with following(world) as follower:
        follower.to_head()
    before = everything(world.database)
    refused = command(world, "rewind", f"--to={to}", "--below-finalized", "--yes")
    assert refused.exit_code == 3
    assert words in refused.errors
    assert f"{world.deployment.start - 1} to {world.people.web3.eth.block_number}" in refused.errors
    assert everything(world.database) == before


def test_rewind_waits_for_no_leader(world: World, nursery: Nursery, tmp_path: Path) -> None:
    """Two writers at once would be the end of the journal: who leads must be stopped first."""
    move_fractions(world.chain, world.people, 2)
    with nursery.running(world, tmp_path / "indexer.log") as indexer:
        indexer.wait_until_at(world.chain)
        before = everything(world.database)
        head = tip(world.database)[0]
        refused = command(world, "rewind", "--to", str(head - 1), "--yes")
        assert refused.exit_code == 3
        assert "stop it" in refused.errors
        assert tip(world.database)[0] == head
        assert len(everything(world.database)) == len(before)
        assert reorgs(world.database) == []


def test_all_may_be_given_up_down_to_the_deployment(world: World) -> None:
    with following(world) as follower:
        follower.to_head()
    before = digest(world)
    done = command(world, "rewind", "--to", str(world.deployment.start - 1), "--below-finalized", "--yes")
    assert done.exit_code == 0, done.errors
    with psycopg.connect(world.database) as connection:
        assert connection.execute("SELECT count(*) FROM journal.logs").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM projection_1.holding_changes").fetchone() == (0,)
    with following(world) as follower:
        follower.to_head()
    check_at_head(world)
    assert digest(world) == before


def test_a_version_that_is_built_beside_follows(world: World) -> None:
    """It stands on blocks that were given up, finds their fork, and folds what came in their place."""
    move_fractions(world.chain, world.people, 4)
    with following(world) as follower:
        follower.to_head()
    before = digest(world)
    assert command(world, "rebuild").exit_code == 0
    assert command(world, "rewind", "--to", str(tip(world.database)[0] - 3), "--yes").exit_code == 0
    with following(world) as follower:
        follower.to_head()
    promoted = command(world, "rebuild", "--promote")
    assert promoted.exit_code == 0, promoted.errors
    assert promoted.output.split()[-1] == "projection_2"
    assert digest(world) == before
    check_at_head(world)


def other(block_hash: str) -> str:
    """The hash of a block of another chain; of that one's, ours again."""
    return f"0x{int(block_hash[2], 16) ^ 1:x}{block_hash[3:]}"


def as_another_chain(chain: Chain) -> Lie:
    """Blocks of the same heights that are others all the way down."""

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == "eth_getBlockByHash":
                reply["result"] = chain.call("eth_getBlockByHash", other(request["params"][0]), False)
            found = reply.get("result")
            if isinstance(found, dict) and "parentHash" in found:
                found |= {name: other(found[name]) for name in ("hash", "parentHash")}
        return honest(requests, replies)

    return lie


def test_a_chain_that_shares_nothing_needs_another_database(world: World) -> None:
    """There is no block to go back to, so no rewind is named."""
    move_fractions(world.chain, world.people, 2)
    with lying(world.chain) as node, following(world, node.url, verify="trust") as follower:
        follower.to_head()
        before = everything(world.database)
        node.lie = as_another_chain(world.chain)
        with pytest.raises(Halt, match="use a new database for it") as halted:
            follower.look(3)
        assert f"share block {world.deployment.start - 1}, before the deployment" in str(halted.value)
        assert "rewind" not in str(halted.value)
        assert everything(world.database) == before
