"""What comes in wrong is refused in words, with a stable code and a documented status; never with a 500."""

import functools
import json
import random
import re
import socket
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.guard import BODY_BYTES_MAX
from tests.api.stack import Api, Stack, require_problem

ANNA = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
BRUNO = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
PREPARE = "/v1/transactions/prepare/vault_transfer"
ARABIC_ONE, FULL_WIDTH_ONE = "\u0661", "\uff11"

BAD_ADDRESSES = {
    "empty": "", "short": ANNA[:-1], "long": ANNA + "0", "no 0x": ANNA[2:], "upper-case 0X": "0X" + ANNA[2:],
    "wrong checksum": ANNA[:-2] + "bC", "not hexadecimal": "0x" + 40 * "g", "unicode digits": "0x" + 40 * ARABIC_ONE,
    "full-width digits": "0x" + 40 * FULL_WIDTH_ONE, "spaces": f" {ANNA}", "a name": "anna.eth",
    "NUL": "0x" + 40 * "\0",
    "very long": "0x" + 9_000 * "a", "line break": ANNA + "\n",
}  # fmt: skip


@pytest.mark.parametrize("address", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES.keys())
def test_what_is_no_address_is_refused(api: Api, address: str) -> None:
    for path, params in (("/holdings", {"holder": address}), ("/accounts", {"owner": address}),
                         ("/postings", {"owner": address})):  # fmt: skip
        body = require_problem(api.get(path, **params), "invalid-address")
        assert "0x with 40 hexadecimal digits" in body["detail"] or "It would be 0x" in body["detail"]
        assert len(body["detail"]) < 400
    if address and "\0" not in address:
        answer = api.get("/portfolio/" + quote(address, safe=""))
        require_problem(answer, "invalid-address")


ABSENT = object()
BAD_READS: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown property": ("/properties/4000", {}, "unknown-property"),
    "property before it was listed": ("/properties/1", {"at_block": "first"}, "unknown-property"),
    "misspelt parameter": ("/properties", {"at_blok": 5}, "invalid-request"),
    "parameter of another endpoint": ("/status", {"at_block": 5}, "invalid-request"),
    "property 0": ("/properties/0", {}, "invalid-request"),
    "property -1": ("/properties/-1", {}, "invalid-request"),
    "property 2^32": (f"/properties/{2**32}", {}, "invalid-request"),
    "property 2^400": (f"/properties/{2**400}", {}, "invalid-request"),
    "property x": ("/properties/x", {}, "invalid-request"),
    "property 1.5": ("/properties/1.5", {}, "invalid-request"),
    "property in Arabic": (f"/properties/{ARABIC_ONE}", {}, "invalid-request"),
    "holdings of property 0": ("/holdings", {"property_id": 0}, "invalid-request"),
    "market without a book": ("/markets/1", {}, "unknown-market"),
    "market 0": ("/markets/0/book", {}, "invalid-request"),
    "book too deep": ("/markets/1/book", {"depth": 201}, "invalid-request"),
    "candles of no interval": ("/markets/1/candles", {"interval": "2h"}, "invalid-request"),
    "quote of nothing": ("/markets/1/quote", {"side": "bid", "quantity": "0"}, "invalid-amount"),
    "orders of nobody": ("/orders", {}, "invalid-request"),
    "order of no property": ("/orders/17", {}, "invalid-order-id"),
    "order in words": ("/orders/1-17", {}, "invalid-order-id"),
    "order that never was": (f"/orders/{2**40 + 17}", {}, "unknown-order"),
    "profit of nobody": ("/profit", {}, "invalid-request"),
    "holdings of nobody": ("/holdings", {}, "invalid-request"),
    "accounts of nobody": ("/accounts", {}, "invalid-request"),
    "account of 31 bytes": ("/accounts/0x" + 31 * "ab", {}, "invalid-account"),
    "account of 33 bytes": ("/accounts/0x" + 33 * "ab", {}, "invalid-account"),
    "proof of an account of 31 bytes": ("/proofs/accounts/0x" + 31 * "ab", {}, "invalid-account"),
    "proof of a holding of nobody": ("/proofs/holdings/1/anna", {}, "invalid-address"),
    "proof of a holding of property 0": (f"/proofs/holdings/0/{ANNA}", {}, "invalid-request"),
    "proof of an unlisted property": (f"/proofs/holdings/4000/{ANNA}", {}, "unknown-property"),
    "proof as of the future": (f"/proofs/accounts/{ANNA}", {"at_block": 10**9}, "at-block-not-indexed"),
    "account in words": ("/accounts/savings", {}, "invalid-account"),
    "postings of two": ("/postings", {"owner": ANNA, "account": ANNA}, "invalid-request"),
    "at_block negative": ("/properties", {"at_block": -1}, "invalid-request"),
    "at_block in the future": ("/properties", {"at_block": 10**9}, "at-block-not-indexed"),
    "at_block at the end of time": ("/properties", {"at_block": 2**63 - 1}, "at-block-not-indexed"),
    "at_block huge": ("/properties", {"at_block": 2**63}, "invalid-request"),
    "at_block absurd": ("/properties", {"at_block": 5_000 * "9"}, "invalid-request"),
    "at_block in words": ("/properties", {"at_block": "latest"}, "invalid-request"),
    "at_block empty": ("/properties", {"at_block": ""}, "invalid-request"),
    "at_block in Arabic": ("/properties", {"at_block": ARABIC_ONE}, "invalid-request"),
    "at_time before deployment": ("/properties", {"at_time": 1}, "at-block-not-indexed"),
    "at_time huge": ("/properties", {"at_time": 2**63}, "invalid-request"),
    "at_time negative": ("/properties", {"at_time": -5}, "invalid-request"),
    "limit 0": ("/postings", {"limit": 0}, "invalid-request"),
    "limit 201": ("/postings", {"limit": 201}, "invalid-request"),
    "limit -1": ("/postings", {"limit": -1}, "invalid-request"),
    "limit all": ("/postings", {"limit": "all"}, "invalid-request"),
    "transaction of 31 bytes": ("/transactions/0x" + 31 * "ab", {}, "invalid-hash"),
    "transaction in words": ("/transactions/mine", {}, "invalid-hash"),
    "unknown path": ("/nothing", {}, "not-found"),
    "unknown path below": ("/properties/1/nothing", {}, "not-found"),
    "climbing path": ("/..%2f..%2fetc%2fpasswd", {}, "not-found"),
}


@pytest.mark.parametrize("case", BAD_READS.values(), ids=BAD_READS.keys())
def test_a_read_that_cannot_be_is_refused(api: Api, stack: Stack, case: tuple[str, dict[str, Any], str]) -> None:
    path, params, code = case
    named = {name: stack.deployment.first_block if value == "first" else value for name, value in params.items()}
    answer = api.get(path, **named)
    require_problem(answer, code)
    if code != "not-found":
        require_documented(api, "get", "/v1" + path, answer)


GOOD = {"sender": ANNA, "to": BRUNO, "amount": "1"}
BAD_TRANSFERS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({"sender": ABSENT, "to": ABSENT, "amount": ABSENT}, "invalid-request"),
    "no amount": ({"amount": ABSENT}, "invalid-request"),
    "amount 0": ({"amount": "0"}, "invalid-amount"),
    "amount -1": ({"amount": "-1"}, "invalid-amount"),
    "amount +1": ({"amount": "+1"}, "invalid-amount"),
    "amount 1.5": ({"amount": "1.5"}, "invalid-amount"),
    "amount 1e6": ({"amount": "1e6"}, "invalid-amount"),
    "amount 1_000": ({"amount": "1_000"}, "invalid-amount"),
    "amount 0x10": ({"amount": "0x10"}, "invalid-amount"),
    "amount 2^256": ({"amount": str(2**256)}, "invalid-amount"),
    "amount of 89 digits": ({"amount": 89 * "9"}, "invalid-amount"),
    "amount with spaces": ({"amount": " 1 "}, "invalid-amount"),
    "amount with a line break": ({"amount": "1\n"}, "invalid-amount"),
    "amount in Arabic": ({"amount": ARABIC_ONE}, "invalid-amount"),
    "amount empty": ({"amount": ""}, "invalid-amount"),
    "amount a number": ({"amount": 1}, "invalid-request"),
    "amount null": ({"amount": None}, "invalid-request"),
    "amount a list": ({"amount": ["1"]}, "invalid-request"),
    "amount endless": ({"amount": 5_000 * "9"}, "invalid-request"),
    "sender no address": ({"sender": "anna"}, "invalid-address"),
    "sender with a wrong checksum": ({"sender": BAD_ADDRESSES["wrong checksum"]}, "invalid-address"),
    "sender an account": ({"sender": "0x" + 32 * "ab"}, "invalid-address"),
    "to nowhere": ({"to": ""}, "invalid-account"),
    "to too short": ({"to": "0x12"}, "invalid-account"),
    "from_account empty": ({"from_account": ""}, "invalid-account"),
    "from_account in words": ({"from_account": "main"}, "invalid-account"),
    "key empty": ({"key": ""}, "invalid-hash"),
    "key short": ({"key": "0x12"}, "invalid-hash"),
    "key in words": ({"key": "once"}, "invalid-hash"),
    "reference of 33 bytes": ({"reference": 33 * "a"}, "invalid-request"),
    "reference of 33 bytes in 17 letters": ({"reference": 16 * "é" + "a"}, "invalid-request"),
    "reference too long": ({"reference": 1_000 * "a"}, "invalid-request"),
    "reference a bad hash": ({"reference": "0x" + 64 * "g"}, "invalid-hash"),
    "an extra field": ({"memo": "hello"}, "invalid-request"),
    "an odd extra field": ({"\ud800": "half a character"}, "invalid-request"),
    "half a character": ({"reference": "\ud800"}, "invalid-request"),
}


@pytest.mark.parametrize("case", BAD_TRANSFERS.values(), ids=BAD_TRANSFERS.keys())
def test_a_transfer_that_makes_no_sense_is_refused(api: Api, case: tuple[dict[str, Any], str]) -> None:
    changes, code = case
    body = {name: value for name, value in (GOOD | changes).items() if value is not ABSENT}
    answer = api.client.post(PREPARE, content=json.dumps(body), headers={"Content-Type": "application/json"})
    require_problem(answer, code)
    require_documented(api, "post", PREPARE, answer)


BAD_BODIES = {
    "nothing": b"", "broken": b"{", "not JSON": b"amount=1", "a list": b"[]", "a number": b"7", "null": b"null",
    "not UTF-8": b'{"sender": "\xff\xfe"}', "UTF-16": '{"a": 1}'.encode("utf-16"), "deep": 20_000 * b"[",
    "many fields": b"{" + b",".join(b'"f%d":1' % number for number in range(5_000)) + b"}", "NUL": b"\0",
}  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_is_none_is_refused(api: Api, body: bytes) -> None:
    answer = api.client.post(PREPARE, content=body, headers={"Content-Type": "application/json"})
    require_problem(answer, "invalid-request")
    assert len(answer.content) < 4_000
    require_documented(api, "post", PREPARE, answer)


def test_a_huge_body_is_refused_whether_it_says_its_length_or_not(api: Api) -> None:
    """One without a length went past the limit, as large as it pleased."""
    huge = b'"' + BODY_BYTES_MAX * b"a" + b'"'
    for content in (huge, iter([huge[:1000], huge[1000:]])):
        answer = api.client.post(PREPARE, content=content, headers={"Origin": "https://elsewhere.example"})
        require_problem(answer, "body-too-large")
        assert answer.headers["access-control-allow-origin"] == "*"
        require_documented(api, "post", PREPARE, answer)
    assert api.client.request("GET", "/v1/status", content=iter([huge])).status_code == 413


@pytest.mark.parametrize("length", [b"-1", b"x", b"\xb2", b"1, 2", b"9" * 30])
def test_a_body_whose_length_is_a_lie_ends_the_conversation(api: Api, length: bytes) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=5) as raw:
        raw.sendall(b"POST " + PREPARE.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n{}")
        assert raw.recv(100).split()[1] in (b"400", b"413")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/status"), ("DELETE", "/v1/properties"), ("PUT", "/v1/postings"), ("PATCH", f"/v1/portfolio/{ANNA}"),
     ("GET", PREPARE), ("HEAD", "/v1/status")],
)  # fmt: skip
def test_a_wrong_method_is_told_the_right_one(api: Api, method: str, path: str) -> None:
    answer = api.client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] in ("GET", "POST")
    if method != "HEAD":
        assert answer.headers["allow"] in require_problem(answer, "method-not-allowed")["detail"]


# -- whatever comes in, only documented answers go out


@functools.cache
def document(port: int) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/v1/openapi.json").json()
    return found


def operation_of(api: Api, method: str, path: str) -> dict[str, Any]:
    for template, operations in document(api.port)["paths"].items():
        pattern = re.sub(r"\{[a-z_]+\}", "[^/]+", template)
        if method in operations and re.fullmatch(pattern, path):
            found: dict[str, Any] = operations[method]
            return found
    raise AssertionError(f"{method} {path} is not documented")


def require_documented(api: Api, method: str, path: str, answer: httpx.Response) -> None:
    responses = operation_of(api, method, path)["responses"]
    assert str(answer.status_code) in responses, answer.text
    if answer.status_code >= 400:
        assert f"`{answer.json()['code']}`" in responses[str(answer.status_code)]["description"]


NASTY = st.sampled_from(["", "0", "-1", "1", "\0", "'; DROP TABLE x; --", "%00", "0x", ANNA, "0x" + 32 * "ab", "1e9",
                         "NaN", "null", "\ud7ff", "\u202e", "9" * 40, "../..", "true", "1:0x" + 32 * "ab"])  # fmt: skip
ANYTHING = st.one_of(NASTY, st.text(max_size=80), st.integers().map(str))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(chosen=st.data())
def test_random_parameters_get_documented_answers_only(api: Api, chosen: st.DataObject) -> None:
    paths = document(api.port)["paths"]
    operations = [(path, method) for path in sorted(paths) for method in paths[path]]
    template, method = chosen.draw(st.sampled_from(operations))
    operation = paths[template][method]
    path, query = template, {}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            given_text = chosen.draw(
                ANYTHING.filter(lambda text: "/" not in text and text not in ("", ".", "..", "../.."))
            )
            path = path.replace("{" + parameter["name"] + "}", quote(given_text, safe=""))
        elif parameter["name"] != "min_block" and chosen.draw(st.booleans()):
            query[parameter["name"]] = chosen.draw(ANYTHING)
    body = {name: chosen.draw(ANYTHING) for name in ("sender", "to", "amount", "from_account", "reference", "key")}
    answer = api.client.request(method.upper(), path, params=query, json=body if method == "post" else None)
    assert answer.status_code != 500
    assert str(answer.status_code) in operation["responses"], (template, query, answer.text)
    if answer.status_code >= 400 and method != "head":
        assert f"`{answer.json()['code']}`" in operation["responses"][str(answer.status_code)]["description"]


def test_random_bytes_to_the_socket_do_no_harm(api: Api) -> None:
    chance = random.Random(5)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", api.port), timeout=5) as raw:
            raw.sendall(b"GET /v1/" + chance.randbytes(40).replace(b"\n", b"") + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert not raw.recv(200).startswith(b"HTTP/1.1 500")
    assert api.get("/status").status_code == 200
