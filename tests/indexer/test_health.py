"""Probes and metrics of a running indexer: what they say is so, and nothing in them is a secret."""

import re
import signal
import socket
import tomllib
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from indexer.__main__ import main
from indexer.health import HostPort, host_port
from indexer.metrics import RELEASE, Metrics
from indexer.vitals import BEAT_SECONDS_MAX, Vitals
from local.process import free_port
from tests.conftest import ROOT, World
from tests.indexer.indexing import Clock, following, until
from tests.indexer.lying import altering_receipts, honest, lying
from tests.indexer.nursery import Nursery
from tests.indexer.probing import Probed
from tests.indexer.test_bad_input import with_manifest
from tests.indexer.test_reorg import LONG, SHORT, reorg
from tests.indexer.traffic import move_fractions

HEALTH = ("--health", "127.0.0.1:0")
METRIC = re.compile(r"^(?:# (?:HELP|TYPE) )?([a-z_]+)(?:\{| )")


def count(database: str, query: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return int(row[0])


# -- a leader and its standby


@LONG
def test_a_leader_and_its_standby_say_what_they_are_and_what_they_did(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    chain, people = world.chain, world.people
    with (
        nursery.running(world, tmp_path / "a.log", *HEALTH, "--range-blocks", "60") as first,
        nursery.running(world, tmp_path / "b.log", *HEALTH) as second,
    ):
        both = [Probed(first), Probed(second)]
        until(lambda: [p.value("is_leader") for p in both].count(1) == 1, "a leader")
        leader, standby = sorted(both, key=lambda p: p.value("is_leader") == 0)
        leader.indexer.wait_until_at(chain)
        standby.indexer.wait_for("standby")
        move_fractions(chain, people, 3)
        leader.indexer.wait_until_at(chain)
        reorg(chain, people, 3)
        leader.indexer.wait_until_at(chain)

        until(lambda: leader.value("reorgs_total") == 1, "the count of a reorganisation")
        assert leader.ready() == (200, {"state": "leading"})
        assert standby.ready() == (200, {"state": "standby"})
        assert [probed.live()[0] for probed in both] == [200, 200]
        head = people.web3.eth.block_number
        assert (leader.value("indexed_block"), leader.value("head_block")) == (head, head)
        assert (leader.value("lag_blocks"), leader.value("epoch"), leader.value("halted")) == (0, 1, 0)
        assert leader.value("indexed_block_timestamp_seconds") == people.web3.eth.get_block("latest")["timestamp"]
        safe = people.web3.eth.get_block("safe")["number"]
        until(lambda: leader.value("safe_block") == safe, "the newest safe block")
        assert leader.value("finalized_block") == count(world.database, "SELECT finalized_number FROM journal.cursor")
        orphaned = count(world.database, "SELECT count(*) FROM journal.orphaned_blocks")
        assert leader.value("reorg_depth_blocks_sum") == orphaned == 3
        held = count(world.database, "SELECT count(*) FROM journal.blocks") - 1
        assert leader.value("blocks_total") == held + orphaned
        logs = sum(line["logs"] for line in leader.indexer.lines("commit"))
        assert leader.value("logs_total") == logs > 100
        assert leader.value("database_transaction_seconds_count") == leader.value("commits_total")
        assert leader.value("commits_total") == len(leader.indexer.lines("commit"))
        trades = count(world.database, "SELECT count(*) FROM projection_1.trades")
        assert leader.value("events_total", event="Filled") == trades > 10
        assert leader.value("rejections_total") == 0
        name = urlsplit(chain.url).netloc
        states = {state: leader.value("provider_state", provider=name, state=state) for state in ("proving", "aside")}
        assert states == {"proving": 1, "aside": 0}
        assert (leader.value("provider_faults_total", provider=name), standby.value("commits_total")) == (0, 0)


def test_metrics_are_what_a_strict_reader_takes(world: World, nursery: Nursery, tmp_path: Path) -> None:
    """Each has its words and its type, before its first sample, and samples of one stand together."""
    with nursery.running(world, tmp_path / "a.log", *HEALTH) as indexer:
        indexer.wait_until_at(world.chain)
        probed = Probed(indexer)
        until(lambda: probed.value("indexed_block") is not None, "a position")
        assert len(probed.samples()) > 60, "each is there once"
        status, body = probed.get("/metrics")
    assert status == 200
    assert body.endswith("\n")
    families: list[str] = []
    for line in body.splitlines():
        if line.startswith("# HELP "):
            _, _, name, words = line.split(" ", 3)
            assert name not in families, f"{name} comes twice"
            assert words.endswith(".")
            families.append(name)
            continue
        found = METRIC.match(line)
        assert found, line
        assert re.fullmatch(f"{families[-1]}(_bucket|_count|_sum)?", found[1]), f"{found[1]} under {families[-1]}"
    kinds = Counter(line.split()[-1] for line in body.splitlines() if line.startswith("# TYPE "))
    assert kinds.keys() == {"counter", "gauge", "histogram"}
    assert kinds["histogram"] == 2


# -- what is not well


def test_a_provider_that_lies_is_counted_and_named_without_its_key(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    """Keys of providers stand in their addresses; metrics are read by more people than settings are."""
    with lying(world.chain) as node:
        node.lie = altering_receipts(lambda receipts: receipts[:-1])
        place = urlsplit(node.url).netloc
        urls = f"http://me:s3cret@{place}/v2/k3y,http://127.0.0.1:{free_port()}/v2/k3y,{world.chain.url}"
        with nursery.running(world, tmp_path / "a.log", *HEALTH, FREEHOLD_RPC=urls) as indexer:
            probed = Probed(indexer)
            indexer.wait_until_at(world.chain)
            until(lambda: probed.value("provider_lies_total", provider=place) == 1, "a lie that is counted")
            assert probed.value("provider_state", provider=place, state="aside") == 1
            assert (probed.value("provider_aside_seconds", provider=place) or 0) > 0
            assert probed.ready()[0] == 200, "another one is asked"
            said = probed.get("/metrics")[1] + probed.get("/readyz")[1] + indexer.log.read_text()
    assert "root" in said
    assert "s3cret" not in said
    assert "k3y" not in said


def test_providers_all_aside_is_not_ready_and_alive(world: World, nursery: Nursery, tmp_path: Path) -> None:
    with (
        lying(world.chain) as node,
        nursery.running(world, tmp_path / "a.log", *HEALTH, FREEHOLD_RPC=node.url) as indexer,
    ):
        probed = Probed(indexer)
        until(lambda: probed.ready()[0] == 200, "readiness")
        node.lie = altering_receipts(lambda receipts: receipts[:-1])
        move_fractions(world.chain, world.people, 1)
        until(lambda: probed.ready()[0] == 503, "unreadiness")
        status, said = probed.ready()
        assert (status, said["state"]) == (503, "leading")
        assert said["reason"].startswith("waiting: ")
        assert "have the root" in said["reason"]
        assert probed.live()[0] == 200, "to start it again cures nothing"
        assert (probed.value("waiting"), probed.value("ready")) == (1, 0)
        assert (probed.value("retries_total", cause="Lie") or 0) >= 1
        node.lie = honest


def test_a_database_that_is_away_is_not_ready_and_is_when_it_is_back(
    world: World, nursery: Nursery, tmp_path: Path
) -> None:
    name = world.database.rsplit("/", 1)[1]
    server = world.database.rsplit("/", 1)[0] + "/freehold"
    with (
        nursery.running(world, tmp_path / "a.log", *HEALTH) as indexer,
        psycopg.connect(server, autocommit=True) as other,
    ):
        probed = Probed(indexer)
        until(lambda: probed.ready()[0] == 200, "readiness")
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        move_fractions(world.chain, world.people, 1)
        until(lambda: probed.ready()[0] == 503, "unreadiness")
        status, said = probed.ready()
        assert (status, said["state"]) == (503, "database-away")
        assert "not currently accepting connections" in said["reason"] or "terminating" in said["reason"]
        assert probed.live()[0] == 200
        assert probed.value("is_leader") == 0
        assert probed.value("indexed_block") is None, "who does not lead does not know"
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        until(lambda: probed.ready()[0] == 200, "readiness")
        failures = {key: n for key, n in probed.samples().items() if "database_failures_total" in key[0]}
        assert sum(failures.values()) >= 1


def connections_of_indexers(world: World) -> int:
    with psycopg.connect(world.database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'freehold-indexer' "
            "AND datname = current_database()"
        ).fetchone()
    assert row, "a count gives a row"
    return int(row[0])


@SHORT
def test_a_halt_is_told_until_somebody_comes(world: World, nursery: Nursery, tmp_path: Path) -> None:
    """A process that ended at once was started again at once, and no probe ever saw why it had ended."""
    move_fractions(world.chain, world.people, 12)
    with nursery.running(world, tmp_path / "a.log", *HEALTH) as indexer:
        probed = Probed(indexer)
        indexer.wait_until_at(world.chain)
        reorg(world.chain, world.people, 8)
        until(lambda: probed.ready()[1]["state"] == "halted", "a halt")
        status, said = probed.ready()
        assert (status, said["state"]) == (503, "halted")
        assert "which was called final" in said["reason"]
        assert indexer.wait_for("halt")["reason"] in said["reason"]
        assert probed.live()[0] == 200, "to start it again cures nothing"
        assert (probed.value("halted"), probed.value("is_leader")) == (1, 0)
        until(lambda: connections_of_indexers(world) == 0, "the leader's connection to end: rewind wants it gone")
        indexer.signal(signal.SIGTERM)
        assert indexer.exit_code() == 3


def test_a_halt_before_it_has_led_ends_it_at_once(world: World, nursery: Nursery, tmp_path: Path) -> None:
    """A wrong setting is found by whoever starts it, and not by who reads probes."""
    elsewhere = with_manifest(world, tmp_path / "elsewhere.json", lambda manifest: manifest.update(chain_id=1))
    done = nursery.run(elsewhere, tmp_path / "a.log", *HEALTH)
    assert done.exit_code == 3
    assert "the manifest is for chain 1" in done.errors


def test_who_hangs_is_dead_and_who_waits_for_the_operator_is_not() -> None:
    clock = Clock()
    vitals = Vitals(clock)
    clock.seconds += BEAT_SECONDS_MAX
    assert vitals.why_dead() is None
    clock.seconds += 1
    assert vitals.why_dead() == f"starting, and nothing was looked at for {BEAT_SECONDS_MAX + 1} s"
    vitals.beat()
    assert vitals.why_dead() is None
    vitals("standby", {})
    assert (vitals.why_dead(), vitals.why_unready()) == (None, None)
    clock.seconds += 10 * BEAT_SECONDS_MAX
    assert str(vitals.why_unready()).startswith("standby, and nothing was looked at for")
    vitals("halt", {"reason": "all is lost"})
    clock.seconds += 10 * BEAT_SECONDS_MAX
    assert (vitals.why_dead(), vitals.why_unready()) == (None, "halted: all is lost")


def test_who_is_far_behind_is_not_ready_and_says_how_far(world: World) -> None:
    vitals = Vitals(Clock())
    metrics = Metrics(vitals)
    vitals("leading", {})
    assert vitals.why_unready() == "leading, and has not looked at the chain yet"
    with following(world, range_blocks=1) as follower:
        follower.loop.advance()
        vitals.beat(follower.loop)
        head, first = world.people.web3.eth.block_number, world.deployment.start
        assert vitals.why_unready() == f"{head - first} blocks behind the head"
        assert metrics.registry.get_sample_value("freehold_indexer_lag_blocks") == head - first
        assert metrics.registry.get_sample_value("freehold_indexer_ready") == 0
        follower.to_head()
        assert vitals.why_unready() is None
        assert metrics.registry.get_sample_value("freehold_indexer_lag_blocks") == 0
        vitals("database-away", {"reason": "it went"})
        assert vitals.why_unready() == "database-away: it went"
        assert metrics.registry.get_sample_value("freehold_indexer_lag_blocks") is None


def test_the_release_in_the_metrics_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == RELEASE


def test_a_start_that_waits_for_a_node_says_for_which(world: World, nursery: Nursery, tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with nursery.running(world, tmp_path / "a.log", *HEALTH, FREEHOLD_RPC=f"http://{nowhere}") as indexer:
        probed = Probed(indexer)
        until(lambda: "reason" in probed.ready()[1] and nowhere in probed.ready()[1]["reason"], "the reason")
        assert (probed.ready()[0], probed.ready()[1]["state"]) == (503, "starting")


# -- where it listens


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("127.0.0.1:9464", HostPort("127.0.0.1", 9464)),
        ("[::1]:80", HostPort("::1", 80)),
        (":9464", HostPort("0.0.0.0", 9464)),
        ("localhost:0", HostPort("localhost", 0)),
    ],
)
def test_an_address_to_listen_on(words: str, meant: HostPort) -> None:
    assert host_port(words) == meant


@pytest.mark.parametrize("words", ["9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "a:-1"])
def test_no_address_to_listen_on_is_wrong_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--health", words])
    assert ended.value.code == 2
    assert f"an address like 127.0.0.1:9464 is wanted, not {words!r}" in capsys.readouterr().err


def test_a_port_that_is_taken_is_wrong_usage(world: World, nursery: Nursery, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        done = nursery.run(world, tmp_path / "a.log", "--health", place)
    assert done.exit_code == 2
    assert "Address already in use" in done.errors


def test_only_three_paths_are_answered(world: World, nursery: Nursery, tmp_path: Path) -> None:
    with nursery.running(world, tmp_path / "a.log", *HEALTH) as indexer:
        status, body = Probed(indexer).get("/v1/../etc/passwd")
    assert (status, body) == (404, '{"error": "there are /livez, /readyz and /metrics"}\n')
