"""doctor: it finds what a provider or a database cannot do, says what to do, and its exit code tells how bad it is."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from psycopg import sql

from indexer.doctor import provider
from local.postgres import READER, Postgres
from tests.conftest import World
from tests.indexer.indexing import Done, invoke
from tests.indexer.lying import (
    Answer,
    Lie,
    Reply,
    Request,
    altering_headers,
    altering_receipts,
    honest,
    lying,
    refusing,
    refusing_ranges_over,
    saying,
)

AWAY = "http://127.0.0.1:1"


def doctor(world: World, *arguments: str, rpc: tuple[str, ...] = (), database: str | None = None) -> Done:
    urls = [part for url in rpc or (world.chain.url,) for part in ("--rpc", url)]
    needed = ["--database", database or world.database, "--manifest", str(world.manifest), "--reader", READER, *urls]
    return invoke("doctor", *needed, *arguments)


def told(done: Done) -> dict[tuple[str, str], dict[str, Any]]:
    """Findings by subject and what they are about; providers are called "provider"."""
    found = json.loads(done.output)["findings"]
    return {("provider" if ":" in one["subject"] else one["subject"], one["about"]): one for one in found}


def test_a_healthy_world_has_no_failure(indexed: World) -> None:
    done = doctor(indexed, "--json")
    assert done.exit_code == 0, done.output
    found = told(done)
    assert {one["state"] for one in found.values()} <= {"ok", "warn"}
    assert {key for key, one in found.items() if one["state"] == "warn"} <= {
        ("database", "durability"),  # the tests' server runs without fsync
        ("provider", "head"),  # a local chain may run ahead
        ("provider", "old states"),  # this one was started from a state without its past
    }
    assert {about for subject, about in found if subject == "provider"} == {
        "chain", "head", "finality", "latency", "batch", "log range", "views", "old states", "header form", "receipts",
        "blooms", "missing logs", "cost of proving",
    }  # fmt: skip
    assert {about for subject, about in found if subject == "database"} == {
        "version", "primary", "durability", "timeouts", "connections", "clock", "privileges", "migrations",
        "deployment", "projections", "disk", "reader",
    }  # fmt: skip
    cost = found["provider", "cost of proving"]["found"]
    assert cost.count("blocks/s and") == 2
    assert found["database", "durability"]["do"].startswith("switch on")
    words = doctor(indexed).output
    assert "warn  database, durability: fsync off" in words
    assert words.rstrip().endswith("0 failures")


def calling_out(method: str, message: str) -> Lie:
    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == method:
                reply |= {"result": None, "error": {"code": -32000, "message": message}}
        return honest(requests, replies)

    return lie


def batches_of(most: int) -> Lie:
    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        return honest(requests, replies) if len(requests) <= most else Answer(b"", 413)

    return lie


def without_finality(requests: list[Request], replies: list[Reply]) -> Answer:
    for request, reply in zip(requests, replies, strict=True):
        if request["params"][:1] == ["finalized"]:
            reply["result"] = None
    return honest(requests, replies)


def forgetting_a_log(requests: list[Request], replies: list[Reply]) -> Answer:
    """One of a block of which others are told: a block without any is asked for again."""
    for request, reply in zip(requests, replies, strict=True):
        if request["method"] == "eth_getLogs":
            logs = reply["result"]
            twice = [one for one, next_one in pairwise(logs) if one["blockHash"] == next_one["blockHash"]]
            reply["result"] = [log for log in logs if log not in twice[:1]]
    return honest(requests, replies)


def pruning() -> Lie:
    """Only the first state that is asked for is there: the newest."""
    there: list[str] = []

    def lie(requests: list[Request], replies: list[Reply]) -> Answer:
        for request, reply in zip(requests, replies, strict=True):
            if request["method"] == "eth_call":
                there.append(request["params"][1]["blockHash"])
                if there[-1] != there[0]:
                    reply |= {"result": None, "error": {"code": -32000, "message": "missing trie node"}}
        return honest(requests, replies)

    return lie


def other_form(header: dict[str, Any]) -> dict[str, Any]:
    return header | {"extraData": header["extraData"] + "00", "newField": "0x1"}


@pytest.mark.parametrize(
    ("lie", "about", "state", "words"),
    [
        (refusing("eth_getBlockReceipts"), "proofs", "warn", "eth_getBlockReceipts does not exist"),
        (altering_headers(other_form), "proofs", "warn", "newField"),
        (altering_receipts(lambda receipts: receipts[:-1]), "proofs", "warn", "receipts of block"),
        (batches_of(100), "batch", "fail", "100 requests at once, and 200 are sent"),
        (refusing_ranges_over(100), "log range", "ok", "100 blocks at once"),
        (refusing("eth_getLogs"), "log range", "fail", "it gives no logs"),
        (without_finality, "finality", "warn", "no finalized block"),
        (forgetting_a_log, "missing logs", "fail", "1 are missing"),
        (calling_out("eth_call", "invalid argument"), "views", "warn", "invalid argument"),
        (pruning(), "old states", "warn", "missing trie node"),
        (saying(b"<html>", 200), "reach", "fail", "not a JSON-RPC batch"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_what_a_provider_cannot_do_is_found(indexed: World, lie: Lie, about: str, state: str, words: str) -> None:
    with lying(indexed.chain) as node:
        node.lie = lie
        done = doctor(indexed, "--json", rpc=(node.url,))
    one = told(done)["provider", about]
    assert (one["state"], words in one["found"]) == (state, True), one
    assert one["do"] or state == "ok"
    failed = any(found["state"] == "fail" for found in told(done).values())
    assert done.exit_code == (1 if about == "reach" else 4 if failed else 0)


def test_no_answer_is_asked_for_that_would_be_far_too_long(indexed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where contracts log a lot, 5,000 blocks of logs are gigabytes: for this machine, and for a node that is busy with
    them and then seems to be away."""
    most = 60_000
    monkeypatch.setattr(provider, "ANSWER_BYTES_MAX", most)
    lengths: list[int] = []

    def measured(requests: list[Request], replies: list[Reply]) -> Answer:
        if requests[0]["method"] == "eth_getLogs":
            lengths.append(len(json.dumps(replies)))
        return honest(requests, replies)

    with lying(indexed.chain) as node:
        node.lie = measured
        done = doctor(indexed, "--json", rpc=(node.url,))
    found = told(done)
    assert {one["state"] for (subject, _), one in found.items() if subject == "provider"} <= {"ok", "warn"}
    assert "that would be over" in found["provider", "log range"]["found"]
    assert {"missing logs", "cost of proving"} <= {about for _, about in found}
    assert most / 10 < max(lengths) < 4 * most, "near to it, for logs are not spread evenly, and not the whole chain"


def test_who_is_away_or_elsewhere_is_found_and_the_rest_is_looked_at(indexed: World) -> None:
    done = doctor(indexed, "--json", rpc=(AWAY, indexed.chain.url))
    assert done.exit_code == 1
    found = json.loads(done.output)["findings"]
    assert [one["about"] for one in found if one["subject"] == "127.0.0.1:1"] == ["reach"]
    assert ("database", "reader") in told(done)
    done = doctor(indexed, "--json", database="postgresql://nobody@127.0.0.1:1/none")
    assert done.exit_code == 1
    assert told(done)["database", "reach"]["do"]
    assert told(done)["provider", "blooms"]["state"] == "ok"


def test_providers_that_hold_different_final_blocks_are_found(indexed: World) -> None:
    def another(requests: list[Request], replies: list[Reply]) -> Answer:
        for reply in replies:
            result = reply.get("result")
            if isinstance(result, dict) and "logsBloom" in result and int(result["number"], 16) > 5:
                result["hash"] = "0x" + 64 * "7"
        return honest(requests, replies)

    with lying(indexed.chain) as node:
        done = doctor(indexed, "--json", rpc=(indexed.chain.url, node.url))
        assert told(done)["providers", "agreement"]["state"] == "ok"
        node.lie = another
        done = doctor(indexed, "--json", rpc=(indexed.chain.url, node.url))
    assert done.exit_code == 4
    assert told(done)["providers", "agreement"]["state"] == "fail"


# -- the database


@contextmanager
def as_superuser(postgres: Postgres, world: World, do: str, undo: str) -> Iterator[None]:
    name = world.database.rsplit("/", 1)[1]
    with psycopg.connect(postgres.dsn("postgres", name), autocommit=True) as connection:
        names = {"reader": sql.Identifier(READER), "database": sql.Identifier(name)}
        connection.execute(sql.SQL(do).format(**names))
        try:
            yield
        finally:
            connection.execute(sql.SQL(undo).format(**names))


@pytest.mark.parametrize(
    ("do", "undo", "about", "state", "words"),
    [
        (
            "REVOKE SELECT ON journal.logs FROM {reader}", "GRANT SELECT ON journal.logs TO {reader}",
            "reader", "fail", "cannot read journal.logs",
        ),
        (
            "GRANT DELETE ON journal.logs TO {reader}", "REVOKE DELETE ON journal.logs FROM {reader}",
            "reader", "fail", "may write what only the indexer should: journal.logs (DELETE)",
        ),
        (
            "INSERT INTO journal.migrations VALUES ('9999_later.sql', now())",
            "DELETE FROM journal.migrations WHERE name = '9999_later.sql'", "migrations", "fail", "9999_later.sql",
        ),
        (
            "UPDATE journal.versions SET fingerprint = 'x' || fingerprint",
            "UPDATE journal.versions SET fingerprint = substr(fingerprint, 2)", "projections", "warn", "another",
        ),
        (
            "UPDATE journal.deployment SET first_block = first_block + 1",
            "UPDATE journal.deployment SET first_block = first_block - 1", "deployment", "fail", "another deployment",
        ),
        (
            "ALTER DATABASE {database} SET statement_timeout = 5000",
            "ALTER DATABASE {database} RESET statement_timeout", "timeouts", "warn", "statement_timeout 5000 ms",
        ),
        (
            "ALTER DATABASE {database} SET synchronous_commit = off",
            "ALTER DATABASE {database} RESET synchronous_commit", "durability", "warn", "fsync, synchronous_commit off",
        ),
    ],
    ids=["hidden", "written", "newer", "release", "deployment", "timeouts", "durability"],
)  # fmt: skip
def test_what_is_wrong_with_a_database_is_found(
    indexed: World, postgres: Postgres, do: str, undo: str, about: str, state: str, words: str
) -> None:
    with as_superuser(postgres, indexed, do, undo):
        done = doctor(indexed, "--json")
    one = told(done)["database", about]
    assert (one["state"], words in one["found"]) == (state, True), one
    assert one["do"]
    assert done.exit_code == (4 if state == "fail" else 0)
    again: Callable[[], Done] = lambda: doctor(indexed, "--json")  # noqa: E731
    assert words not in told(again())["database", about]["found"]


def test_a_database_without_a_journal_is_only_a_warning(world: World) -> None:
    done = doctor(world, "--json")
    assert done.exit_code == 0
    one = told(done)["database", "journal"]
    assert (one["state"], one["do"]) == ("warn", "start with `freehold indexer run`")
