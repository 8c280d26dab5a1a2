"""Status and digest: what says that an index is right, and how to compare it with another."""

from typing import Any

import psycopg

from indexer.__main__ import main
from tests.api.stack import Api, Stack, require_problem


def digest_in_database(stack: Stack, number: int) -> str:
    with psycopg.connect(stack.reader) as connection:
        row = connection.execute(
            "SELECT encode(digest, 'hex') FROM projection_1.digests WHERE block_number <= %s "
            "ORDER BY block_number DESC LIMIT 1",
            [number],
        ).fetchone()
    return row[0] if row else ""


def test_status_has_the_digest_of_the_finalized_block(api: Api, stack: Stack) -> None:
    stack.settle()
    status = api.read("/status")
    final = status["final_digest"]
    assert final["block"] == status["meta"]["finalized_block"]
    assert len(final["digest"]) == 64
    assert final["digest"] == digest_in_database(stack, final["block"])


def test_a_digest_is_given_as_of_any_block(api: Api, stack: Stack) -> None:
    stack.settle()
    newest = api.read("/digest")
    head = newest["meta"]["indexed_block"]
    assert newest["digest"] == digest_in_database(stack, head)
    for number in range(stack.deployment.start - 1, head + 1, 7):
        found = api.read("/digest", at_block=number)
        assert found["meta"]["at_block"] == number
        assert found["digest"] == digest_in_database(stack, number)
        assert found["projection"] == newest["projection"]
    require_problem(api.get("/digest", at_block=head + 1000), "at-block-not-indexed")


def test_an_index_is_compared_with_one_behind_an_api(api: Api, stack: Stack, capsys: Any) -> None:
    stack.settle()
    url = str(api.client.base_url)
    assert main(["digest", "--database", stack.writer, "--compare", url]) == 0
    assert capsys.readouterr().out.startswith(f"equal as of block {api.read('/status')['final_digest']['block']}")
    assert main(["digest", "--database", stack.writer, "--compare", "http://127.0.0.1:1"]) == 1


def test_status_says_when_it_was_held_against_the_chain(api: Api, stack: Stack) -> None:
    stack.settle()
    before = api.get("/status")
    assert before.json()["reconciled"] is None
    with psycopg.connect(stack.writer) as connection:
        connection.execute(
            "INSERT INTO journal.reconciliations (number, hash, fingerprint, provider, compared, difference_count, "
            "differences, started_at) VALUES (7, '', '', '', '{}', 2, '[]', now())"
        )
    try:
        after = api.client.get("/v1/status", headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200, "it is another answer, though no block came"
        assert (after.json()["reconciled"]["block"], after.json()["reconciled"]["differences"]) == (7, 2)
    finally:
        with psycopg.connect(stack.writer) as connection:
            connection.execute("DELETE FROM journal.reconciliations")
