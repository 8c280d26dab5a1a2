"""Documents: bytes come in where an event names their hash, and go out so that nothing in them can do harm."""

import concurrent.futures
import contextlib
import json
import random
import socket
import subprocess
import sys
from typing import Any

import httpx
import psycopg
import pytest
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from api.library import CONTENT_BYTES_MAX, PIECE_BYTES, UPLOADS_AT_ONCE_MAX
from api.media import DOCUMENT_BYTES_MAX, json_object_of, media_type_of
from local.postgres import Postgres
from tests.api.estate import Estate
from tests.api.stack import require_problem, until
from tests.conftest import ROOT

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
FACTS = {"name": "Quay", "built": 1911, "height_metres": 12.5, "flats": ["1a", "1b"], "owner": None, "listed": True}
AWKWARD: dict[str, bytes] = {
    "deep": b'{"a":' * 500 + b"1" + b"}" * 500,
    "very deep": b"[" * 60_000 + b"]" * 60_000,
    "a number without end": b'{"a": 1e400000}',
    "a number next to nothing": b'{"a": 1e-400000}',
    "many digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "infinity": b'{"a": Infinity}',
    "not a number": b'{"a": NaN}',
    "NUL": b'{"a": "\\u0000"}',
    "NUL in a name": b'{"\\u0000": 1}',
    "half a pair": b'{"a": "\\ud800"}',
    "too long": b'{"a": "' + b"x" * DOCUMENT_BYTES_MAX + b'"}',
}


def hash_of(content: bytes) -> str:
    return "0x" + keccak(content).hex()


def put(estate: Estate, content: bytes, media_type: str, content_hash: str | None = None) -> httpx.Response:
    path = f"/v1/documents/{content_hash or hash_of(content)}"
    return estate.api.client.put(path, content=content, headers={"Content-Type": media_type})


def bind(estate: Estate, number: int, name: str, content: bytes) -> int:
    call = estate.people.token.functions.set_document(number, name, keccak(content), "")
    return estate.does(estate.issuer, call)


def get(estate: Estate, content: bytes, **headers: str) -> httpx.Response:
    return estate.api.client.get(f"/v1/documents/{hash_of(content)}", headers=headers)


def documents(estate: Estate, number: int, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = estate.read(f"/properties/{number}/documents", **params)["documents"]
    return found


def test_what_comes_in_goes_out_with_its_kind_and_its_hash(estate: Estate) -> None:
    number = estate.listed()
    bind(estate, number, "valuation", PDF)
    assert get(estate, PDF).status_code == 404
    first, again = put(estate, PDF, "application/pdf"), put(estate, PDF, "application/pdf")
    assert (first.status_code, again.status_code) == (201, 200)
    kept = {"hash": hash_of(PDF), "size": len(PDF), "media_type": "application/pdf"}
    assert first.json() == again.json() == kept
    found = get(estate, PDF)
    assert (found.status_code, found.content) == (200, PDF)
    headers = found.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["content-disposition"] == f'inline; filename="{hash_of(PDF)}.pdf"'
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["etag"] == f'"{hash_of(PDF)}"'
    unchanged = get(estate, PDF, **{"If-None-Match": headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = estate.api.client.head(f"/v1/documents/{hash_of(PDF)}")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PDF)))
    assert get(estate, PDF, Origin="https://elsewhere.example").headers["access-control-allow-origin"] == "*"


def test_a_large_document_goes_out_in_pieces_and_one_byte_more_is_refused(estate: Estate) -> None:
    chance = random.Random(1)
    number = estate.listed()
    for size in (PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, CONTENT_BYTES_MAX):
        content = PNG + chance.randbytes(size - len(PNG))
        bind(estate, number, f"picture {size}", content)
        assert put(estate, content, "image/png").status_code == 201
        assert get(estate, content).content == content
    larger = PNG + bytes(CONTENT_BYTES_MAX)
    bind(estate, number, "too large", larger)
    require_problem(put(estate, larger, "image/png"), "body-too-large")

    def pieces() -> Any:
        for _ in range(0, len(larger), 2**16):
            yield bytes(2**16)

    path = f"/v1/documents/{hash_of(larger)}"
    answer = estate.api.client.put(path, content=pieces(), headers={"Content-Type": "image/png"})
    require_problem(answer, "body-too-large")
    assert get(estate, larger).status_code == 404


def test_nothing_comes_in_that_is_not_named_not_of_its_hash_or_of_no_kind(estate: Estate) -> None:
    number = estate.listed()
    bind(estate, number, "valuation", PDF + b"a")
    require_problem(put(estate, PDF + b"unnamed", "application/pdf"), "document-not-named")
    named = hash_of(PDF + b"a")
    detail = require_problem(put(estate, PDF + b"b", "application/pdf", named), "document-mismatch")["detail"]
    assert hash_of(PDF + b"b") in detail
    require_problem(put(estate, b"", "application/pdf", named), "document-mismatch")
    for kind in ("text/html", "image/svg+xml", "", "application/octet-stream", "application/pdf, text/html"):
        require_problem(put(estate, PDF + b"a", kind), "unsupported-media-type")
    for kind in ("text/plain", "image/png", "application/json"):
        assert "application/pdf" in require_problem(put(estate, PDF + b"a", kind), "unsupported-media-type")["detail"]
    for wrong in ("0x12", named[:-1] + "g", named[2:]):
        require_problem(put(estate, PDF, "application/pdf", wrong), "invalid-hash")
        require_problem(estate.api.get(f"/documents/{wrong}"), "invalid-hash")
    require_problem(estate.api.get(f"/documents/{named}"), "unknown-document")
    assert estate.api.client.head(f"/v1/documents/{named}").status_code == 404
    require_problem(estate.api.get(f"/documents/{named}", at_block=5), "invalid-request")
    require_problem(estate.api.client.delete(f"/v1/documents/{named}"), "method-not-allowed")
    assert put(estate, PDF + b"a", "Application/PDF; version=1").status_code == 201
    page = b"<!doctype html><script>alert(1)</script>"
    bind(estate, number, "page", page)
    assert put(estate, page, "text/plain").status_code == 201
    assert get(estate, page).headers["content-type"] == "text/plain; charset=utf-8"
    nothing = b"\x7fELF" + bytes(8)
    bind(estate, number, "program", nothing)
    require_problem(put(estate, nothing, "text/plain"), "unsupported-media-type")


def test_a_body_that_breaks_off_leaves_nothing(estate: Estate) -> None:
    number, content = estate.listed(), PDF + b"broken off"
    bind(estate, number, "valuation", content)
    request = (
        f"PUT /v1/documents/{hash_of(content)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", estate.api.port)) as connection:
            connection.sendall(request.encode() + content[:100])
    assert get(estate, content).status_code == 404
    assert put(estate, content, "application/pdf").status_code == 201
    assert "Traceback" not in estate.api.process.log.read_text()


def test_who_finds_no_place_among_those_on_their_way_in_is_told_to_come_again(estate: Estate) -> None:
    number, content = estate.listed(), PDF + b"crowded"
    bind(estate, number, "valuation", content)
    bind(estate, number, "another", PDF)
    request = (
        f"PUT /v1/documents/{hash_of(content)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    with contextlib.ExitStack() as waiting:
        for _ in range(UPLOADS_AT_ONCE_MAX):
            connection = waiting.enter_context(socket.create_connection(("127.0.0.1", estate.api.port)))
            connection.sendall(request.encode() + content[:100])
        until(lambda: put(estate, PDF, "application/pdf").status_code == 503, "a crowd")
        answer = put(estate, content, "application/pdf")
        require_problem(answer, "busy")
        assert answer.headers["retry-after"] == "5"
        assert estate.read("/status")
    until(lambda: put(estate, content, "application/pdf").status_code == 201, "a place")


def test_many_who_bring_the_same_bring_it_once(estate: Estate) -> None:
    number, content = estate.listed(), PDF + bytes(200_000)
    bind(estate, number, "valuation", content)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: put(estate, content, "application/pdf").status_code, range(8)))
    assert sorted(answers) == [200] * 7 + [201]


def test_metadata_that_is_here_is_a_part_of_its_property_and_changes_the_etag(estate: Estate) -> None:
    content = json.dumps(FACTS).encode()
    number = estate.listed(content=content)
    one, listing = f"/properties/{number}", f"/properties/{number}/documents"
    before = {path: estate.api.get(path).headers["etag"] for path in ("/properties", one, listing)}
    assert estate.property(number)["metadata"]["document"] is None
    assert estate.property(number)["documents_count"] == 1
    assert put(estate, content, "application/json").status_code == 201
    assert estate.property(number)["metadata"]["document"] == FACTS
    for path, etag in before.items():
        answer = estate.api.client.get("/v1" + path, headers={"If-None-Match": etag})
        assert answer.status_code == 200
        again = estate.api.client.get("/v1" + path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    (row,) = documents(estate, number)
    assert (row["name"], row["is_metadata"], row["available"], row["size"], row["media_type"]) == (
        "metadata", True, True, len(content), "application/json",
    )  # fmt: skip


def test_every_version_is_listed_and_the_newest_is_current(estate: Estate) -> None:
    token = estate.people.token.functions
    number = estate.listed(content=b"one")
    bind(estate, number, "plan", b"plan one")
    block = bind(estate, number, "valuation", b"valuation")
    bind(estate, number, "plan", b"plan two")
    bind(estate, number, "metadata", b"a document of that name")
    estate.does(estate.issuer, token.set_metadata(number, keccak(b"two"), "ipfs://bafy"))
    assert put(estate, b"plan one", "text/plain").status_code == 201
    rows = documents(estate, number)
    told = [(row["name"], row["version"], row["is_current"], row["is_metadata"], row["available"]) for row in rows]
    assert told == [
        ("metadata", 2, True, True, False), ("metadata", 1, False, True, False),
        ("metadata", 1, True, False, False),
        ("plan", 2, True, False, False), ("plan", 1, False, False, True), ("valuation", 1, True, False, False),
    ]  # fmt: skip
    assert [row["content_hash"] for row in rows[:2]] == [hash_of(b"two"), hash_of(b"one")]
    assert (rows[0]["uri"], rows[1]["uri"]) == ("ipfs://bafy", None)
    assert estate.property(number)["documents_count"] == 4
    then = documents(estate, number, at_block=block)
    assert [(row["name"], row["version"], row["is_current"]) for row in then] == [
        ("metadata", 1, True), ("plan", 1, True), ("valuation", 1, True),
    ]  # fmt: skip
    assert estate.property(number, at_block=block)["documents_count"] == 3
    require_problem(estate.api.get("/properties/4000/documents"), "unknown-property")
    require_problem(estate.api.get(f"/properties/{number}/documents", name="plan"), "invalid-request")


def test_what_a_reorg_unnamed_stays_but_is_served_only_once_it_is_named_again(estate: Estate) -> None:
    number, content = estate.listed(), b"orphan"
    estate.pass_time(estate.now() + 60)
    block = bind(estate, number, "plan", content)
    assert put(estate, content, "text/plain").status_code == 201
    assert get(estate, content).status_code == 200
    estate.stack.chain.call("anvil_reorg", estate.stack.settle() - block + 1, [])
    estate.stack.settle()
    require_problem(get(estate, content), "unknown-document")
    require_problem(put(estate, content, "text/plain"), "document-not-named")
    bind(estate, number, "plan", content)
    assert get(estate, content).content == content
    assert put(estate, content, "text/plain").status_code == 200


def test_a_rebuild_of_the_projections_leaves_the_bytes_where_they_are(estate: Estate) -> None:
    number, content = estate.listed(), b"lasting"
    bind(estate, number, "plan", content)
    assert put(estate, content, "text/plain").status_code == 201
    stack = estate.stack
    options = ["--database", stack.writer, "--manifest", str(stack.manifest), "--promote"]
    subprocess.run([sys.executable, "-m", "indexer", "rebuild", *options], cwd=ROOT, check=True, capture_output=True)
    bind(estate, number, "plan", content)
    assert get(estate, content).content == content
    assert put(estate, content, "text/plain").status_code == 200


def test_the_role_of_the_api_adds_documents_and_can_neither_change_nor_remove_one(estate: Estate) -> None:
    with psycopg.connect(estate.stack.reader, autocommit=True) as connection:
        for statement in (
            "UPDATE content.documents SET media_type = 'text/html'", "DELETE FROM content.documents",
            "TRUNCATE content.documents", "CREATE TABLE content.mine (x int)", "DROP TABLE content.documents",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


@pytest.mark.parametrize("content", AWKWARD.values(), ids=AWKWARD.keys())
def test_an_awkward_document_spoils_no_list_of_properties(estate: Estate, content: bytes) -> None:
    number = estate.listed(content=content)
    answer = put(estate, content, media_type_of(content) or "text/plain")
    assert answer.status_code == 201, answer.text
    assert get(estate, content).content == content
    assert estate.property(number)["metadata"]["document"] is None
    assert estate.read("/properties")["properties"]


def objects(part: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.text(), part)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON_VALUES = st.recursive(SCALARS, lambda part: st.lists(part) | objects(part))


def test_what_is_let_into_answers_postgres_can_hold(postgres: Postgres) -> None:
    with psycopg.connect(postgres.dsn("postgres", "postgres"), autocommit=True) as connection:

        @settings(max_examples=150, deadline=None, database=None)
        @given(objects(JSON_VALUES), st.booleans())
        def holds(value: dict[str, Any], ascii_only: bool) -> None:
            text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
            let_in = json_object_of(text)
            if let_in is not None:
                row = connection.execute("SELECT length(%s::jsonb::text)", [let_in]).fetchone()
                assert row
                assert row[0] < 8 * len(text) + 100

        holds()


@pytest.mark.parametrize(("content", "media_type"), [
    (b"", None), (b"\0", None), (b"\xff\xfe", None), (b"GIF89a", "text/plain"), (b"<svg></svg>", "text/plain"),
    (b"RIFF\0\0\0\0WEBP", "image/webp"), (b"RIFF\0\0\0\0WAVE", None), (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (PNG, "image/png"), (b"\x89PNG", None), (PDF, "application/pdf"), (b" %PDF-", "text/plain"),
    (b"{}", "application/json"), (b" [1, 2]\n", "application/json"), (b"{", "text/plain"), (b"17", "text/plain"),
    (b'{"a": 1} x', "text/plain"), ("Straße".encode(), "text/plain"), (b'{"a": "\xff"}', None),
])  # fmt: skip
def test_the_kind_is_what_the_bytes_say(content: bytes, media_type: str | None) -> None:
    assert media_type_of(content) == media_type
