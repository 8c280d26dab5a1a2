"""What can be wrong around the indexer: each has a clear answer and an exit code, and nothing is lost."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.commands.shared import connect
from indexer.store import Store
from local.chain import start_chain
from local.postgres import Postgres, start_postgres
from local.process import free_port
from tests.conftest import ROOT, Deployed, World
from tests.indexer.indexing import Done, check_at_head, command, digest, following, invoke, run
from tests.indexer.nursery import Nursery
from tests.indexer.traffic import dump, move_fractions

HALTED, UNREACHABLE, USAGE = 3, 1, 2


@pytest.fixture
def indexed(world: World) -> World:
    """A world that is indexed to its head."""
    with following(world) as follower:
        follower.to_head()
    return world


def with_manifest(world: World, path: Path, change: Callable[[dict[str, Any]], object]) -> World:
    """The same world with another manifest."""
    return replace(world, manifest=changed(world.manifest, path, change))


def changed(manifest: Path, path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads(manifest.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


@contextmanager
def unharmed(world: World) -> Iterator[None]:
    """What was indexed is still there afterwards, and an indexer with the right manifest goes on from it."""
    before = digest(world)
    yield
    assert digest(world) == before
    move_fractions(world.chain, world.people, 2)
    with following(world) as follower:
        follower.to_head()
    check_at_head(world)


def require_halt(done: Done, words: str) -> None:
    assert done.exit_code == HALTED
    assert done.errors.splitlines()[-1].startswith("freehold indexer: halted: ")
    assert re.search(words, done.errors), done.errors
    assert "Traceback" not in done.errors


# -- the wrong chain


def test_a_node_of_another_chain_id(indexed: World, tmp_path: Path) -> None:
    other = start_chain(tmp_path / "other.log", flags=("--chain-id", "4242"))
    with unharmed(indexed):
        done = run(replace(indexed, chain=other))
        require_halt(done, "the node is on chain 4242, the manifest is for chain 31337: point --rpc at it")
    other.stop()


def test_a_node_of_another_chain_with_the_same_id(indexed: World, nursery: Nursery, tmp_path: Path) -> None:
    other = start_chain(tmp_path / "other.log", flags=("--timestamp", "1700000000"))
    with unharmed(indexed):
        done = nursery.run(replace(indexed, chain=other), tmp_path / "run.log")
        require_halt(done, "another chain with the same id. Deploy to this one, or")
    other.stop()


def test_an_address_without_code(indexed: World, nursery: Nursery, postgres: Postgres, tmp_path: Path) -> None:
    def move(manifest: dict[str, Any]) -> None:
        manifest["contracts"]["fraction_token"]["address"] = "0x" + 40 * "1"

    with unharmed(indexed):
        wrong = with_manifest(indexed, tmp_path / "d.json", move)
        wrong = replace(wrong, database=postgres.create_database("without_code"))
        require_halt(nursery.run(wrong, tmp_path / "run.log"), "there is no code at 0x1111.*has fraction_token")


def test_other_code_at_the_address(indexed: World, nursery: Nursery, tmp_path: Path) -> None:
    def swap(manifest: dict[str, Any]) -> None:
        manifest["contracts"]["settlement_vault"]["code_hash"] = "0x" + 64 * "1"

    with unharmed(indexed):
        done = nursery.run(with_manifest(indexed, tmp_path / "d.json", swap), tmp_path / "run.log")
        require_halt(done, "the code at 0x.* is not that of settlement_vault in the manifest")


def test_a_wrong_manifest_does_not_claim_an_empty_database_for_ever(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    """The database was bound to the manifest before the node was asked; then the right manifest was refused."""

    def move(manifest: dict[str, Any]) -> None:
        manifest["contracts"]["fraction_token"]["address"] = "0x" + 40 * "1"

    wrong = with_manifest(world, tmp_path / "d.json", move)
    require_halt(nursery.run(wrong, tmp_path / "wrong.log"), "there is no code")
    assert nursery.run(world, tmp_path / "right.log", "--until-head").exit_code == 0
    check_at_head(world)


def test_another_deployment_on_the_same_database(indexed: World, nursery: Nursery, tmp_path: Path) -> None:
    first = indexed.deployment.start
    with unharmed(indexed):
        other = with_manifest(indexed, tmp_path / "d.json", lambda manifest: manifest.update(first_block=first + 1))
        require_halt(
            nursery.run(other, tmp_path / "run.log"),
            f"this database follows another deployment, on chain 31337 from block {first}: give each",
        )


# -- manifests


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"chain_id": 31337}',
        "\ud800".encode("utf-8", "surrogatepass"),
    ],
    ids=["empty", "cut off", "a list", "null", "incomplete", "no UTF-8"],
)
def test_a_file_that_is_no_manifest(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    require_halt(rebuild_with(path), f"{path} is not a deployment manifest")


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["chain_id"], "31337"),
        (["chain_id"], -1),
        (["first_block"], 0),
        (["first_block"], 2**70),
        (["genesis_hash"], "0x12"),
        (["contracts", "fraction_token", "address"], "my token"),
        (["contracts", "fraction_token", "address"], "0x" + 40 * "g"),
        (["contracts", "settlement_vault", "address"], "0x" + 41 * "1"),
        (["contracts", "settlement_vault", "code_hash"], ""),
        (["contracts", "settlement_vault"], None),
        (["contracts", "treasury", "address"], ""),
        (["contracts", "investor_registry"], None),
        (["parameters"], {}),
        (["parameters", "rent_notice"], -1),
        (["parameters", "daily_limit"], "1.5"),
        (["parameters", "daily_limit"], 100),
    ],
)
def test_a_manifest_with_a_wrong_value(deployed: Deployed, tmp_path: Path, keys: list[str], value: object) -> None:
    def spoil(manifest: dict[str, Any]) -> None:
        part = manifest
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value

    wrong = changed(deployed.manifest, tmp_path / "d.json", spoil)
    require_halt(rebuild_with(wrong), rf"is not a deployment manifest: .*\$.{'.'.join(keys)}")


def test_no_manifest_at_all(world: World, nursery: Nursery, tmp_path: Path) -> None:
    done = nursery.run(replace(world, manifest=tmp_path / "none.json"), tmp_path / "run.log")
    require_halt(done, "there is no deployment manifest at .*none.json")
    require_halt(rebuild_with(tmp_path), "cannot be read")


def rebuild_with(manifest: Path) -> Done:
    """It is read before anything else, so there need be no database."""
    return invoke("rebuild", "--database", "postgresql://127.0.0.1:1/none", "--manifest", str(manifest))


# -- a node that is away


def test_a_node_that_is_down_at_the_start_is_waited_for(world: World, nursery: Nursery, tmp_path: Path) -> None:
    port, state = free_port(), dump(world.chain, tmp_path / "state.json")
    late = replace(world, chain=replace(world.chain, port=port))
    with nursery.running(late, tmp_path / "indexer.log") as indexer:
        assert "does not answer" in indexer.wait_for("retry")["reason"]
        chain = start_chain(tmp_path / "late.log", port=port, flags=("--load-state", str(state)))
        indexer.wait_until_at(chain)
        check_at_head(replace(world, chain=chain))
    chain.stop()


def test_a_node_that_is_down_in_the_middle_is_waited_for(world: World, nursery: Nursery, tmp_path: Path) -> None:
    with nursery.running(world, tmp_path / "indexer.log") as indexer:
        indexer.wait_until_at(world.chain)
        state = dump(world.chain, tmp_path / "state.json")
        world.chain.stop()
        indexer.wait_for("retry")
        assert "following" in command(world, "status").output
        chain = start_chain(tmp_path / "again.log", port=world.chain.port, flags=("--load-state", str(state)))
        again = replace(world, chain=chain)
        move_fractions(chain, again.people, 3)
        indexer.wait_until_at(chain)
        check_at_head(again)
        assert len(indexer.lines("reorg")) == 0
    chain.stop()


# -- a database that is away


def test_a_database_that_goes_away_and_comes_back(world: World, nursery: Nursery, workshop: Path) -> None:
    home = workshop / "private"
    server = start_postgres(home, workshop / "private.log", fsync=False)
    private = replace(world, database=server.writer, reader=server.reader)
    with nursery.running(private, workshop / "indexer.log") as indexer:
        indexer.wait_until_at(world.chain)
        server.stop()
        move_fractions(world.chain, world.people, 3)
        indexer.wait_for("database-away")
        assert command(private, "status").exit_code == UNREACHABLE
        server = start_postgres(home, workshop / "private.log", port=server.port, fsync=False)
        indexer.wait_until_at(world.chain)
        move_fractions(world.chain, world.people, 2)
        indexer.wait_until_at(world.chain)
        check_at_head(private)
        assert indexer.is_running()
    server.stop()


def test_no_database_at_all_is_waited_for_by_run_alone(world: World, nursery: Nursery, tmp_path: Path) -> None:
    nowhere = replace(world, database=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    for name in ("status", "digest", "rebuild"):
        done = command(nowhere, name)
        assert done.exit_code == UNREACHABLE
        assert "refused" in done.errors
    with nursery.running(nowhere, tmp_path / "indexer.log") as indexer:
        assert "refused" in indexer.wait_for("database-away")["reason"]
        assert indexer.is_running()


# -- commands before there is anything


def test_an_empty_database_says_how_to_start(world: World) -> None:
    for name in ("status", "digest", "rebuild"):
        require_halt(command(world, name), "this database has no journal yet: start with `freehold indexer run`")


def test_a_journal_without_a_first_block_says_how_to_start(world: World) -> None:
    """The indexer made its tables, and then the node went away."""
    with closing(connect(world.database)) as connection:
        Store(connection).prepare(world.deployment)
    for name in ("status", "digest", "rebuild"):
        require_halt(command(world, name), "the journal is empty: start with `freehold indexer run`")


def test_the_digest_of_a_block_in_the_future(indexed: World) -> None:
    require_halt(command(indexed, "digest", "--block", "1000000"), "block 1000000 is not indexed yet: the newest is")


def test_a_missing_option_is_wrong_usage() -> None:
    arguments, missing = ["run", "--database", "postgresql://127.0.0.1:1/none"], "manifest"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
    command_line = [sys.executable, "-m", "indexer", *arguments]
    done = subprocess.run(command_line, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == USAGE
    assert f"--{missing} is missing, and FREEHOLD_{missing.upper()} is not set" in done.stderr


def test_status_in_json(indexed: World) -> None:
    done = command(indexed, "status", "--json")
    found = json.loads(done.output)
    head = indexed.people.web3.eth.get_block("latest")
    assert (found["state"], found["indexed"], found["lag_blocks"], found["reorgs"]) == ("stopped", head["number"], 0, 0)
    assert found["indexed_hash"] == "0x" + bytes(head["hash"]).hex()
    assert found["digest"] in digest(indexed)


# -- the local chain


@pytest.mark.parametrize("arguments", [["status"], ["versions", "--json"]])
def test_a_reader_who_has_heard_enough_is_no_trouble(indexed: World, arguments: list[str]) -> None:
    nobody, ours = os.pipe()
    os.close(nobody)
    said = [sys.executable, "-m", "indexer", *arguments]
    done = subprocess.run(said, cwd=ROOT, env=indexed.environment, stdout=ours, stderr=subprocess.PIPE, text=True)
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_local_chain_that_was_restarted_often_has_the_same_first_block(tmp_path: Path) -> None:
    """anvil made a new block 0 at each start; by the third the indexer took its own chain for another one."""
    state, seen = tmp_path / "state.json", set()
    for _ in range(5):
        chain = start_chain(tmp_path / "anvil.log", state=state)
        chain.call("anvil_mine", "0x1")
        seen.add(chain.call("eth_getBlockByNumber", "0x0", False)["hash"])
        assert chain.call("eth_getBlockByNumber", "0x1", False)["parentHash"] in seen
        chain.stop()
    assert len(seen) == 1
