"""Prepared transactions on nodes that know less than anvil does, or talk nonsense: a proxy before the real one."""

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from local.people import UNIT
from tests.api.preparing import fresh_key, prepared
from tests.api.stack import Stack, require_problem

Answer = Callable[[dict[str, Any], bytes], bytes]


def error(code: int) -> Answer:
    def answer(asked: dict[str, Any], _: bytes) -> bytes:
        refusal = {"code": code, "message": "the method eth_simulateV1 does not exist/is not available"}
        return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": refusal}).encode()

    return answer


def changed(change: Callable[[dict[str, Any]], object]) -> Answer:
    """The real answer, with something done to the simulated block."""

    def answer(_: dict[str, Any], real: bytes) -> bytes:
        body = json.loads(real)
        change(body["result"][0])
        return json.dumps(body).encode()

    return answer


@pytest.fixture(scope="module")
def proxied(stack: Stack) -> Iterator[SimpleNamespace]:
    """An API behind a node that answers everything, and eth_simulateV1 as `simulate` says."""
    said = SimpleNamespace(simulate=error(-32601), asked=[])

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            request = urllib.request.Request(stack.chain.url, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as response:
                reply = response.read()
            if asked["method"] == "eth_simulateV1":
                reply = said.simulate(asked, reply)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with stack.another_api(rpc=f"http://127.0.0.1:{server.server_port}") as api:
        said.api = api
        yield said
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("code", [-32601, -32004])
def test_without_simulations_a_single_step_is_tried_alone(stack: Stack, proxied: SimpleNamespace, code: int) -> None:
    proxied.simulate = error(code)
    anna, bruno = stack.people.persons[:2]
    same = {"sender": anna, "to": bruno, "amount": "5", "key": fresh_key()}
    found = prepared(proxied.api, "vault_transfer", **same)
    assert found["simulation"] == {"succeeds": True, "moves": True, "effects": None, "revert": None}
    assert found["issues"] == []
    assert int(found["steps"][0]["gas"]) > 40_000
    step = found["steps"][0]
    sent = {"from": anna, "to": step["to"], "data": step["data"], "gas": int(step["gas"])}
    receipt = stack.web3.eth.wait_for_transaction_receipt(stack.web3.eth.send_transaction(sent))  # type: ignore[arg-type]
    assert receipt["status"] == 1
    again = prepared(proxied.api, "vault_transfer", **same)
    assert again["simulation"]["moves"] is False
    assert [issue["code"] for issue in again["issues"]] == ["already-done"]


def test_without_simulations_a_refusal_has_its_words_still(stack: Stack, proxied: SimpleNamespace) -> None:
    proxied.simulate = error(-32601)
    anna, bruno = stack.people.persons[:2]
    found = prepared(proxied.api, "vault_transfer", sender=anna, to=bruno, amount=str(10**30))
    assert [issue["code"] for issue in found["issues"]] == ["insufficient-balance"]
    assert found["simulation"]["succeeds"] is False
    assert found["steps"][0]["gas"] is None
    claim = prepared(proxied.api, "rent_claim", sender=anna, property_id=1)
    assert [issue["code"] for issue in claim["issues"]] == ["nothing-to-claim"]


def test_without_simulations_nothing_is_claimed_of_steps_that_build_on_others(
    stack: Stack, proxied: SimpleNamespace
) -> None:
    proxied.simulate = error(-32601)
    people, anna = stack.people, stack.people.persons[0]
    people.send(people.dollar.functions.approve(people.vault.address, 0), anna)
    found = prepared(proxied.api, "vault_deposit", sender=anna, amount=str(UNIT))
    people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), anna)
    assert found["simulation"] == {"succeeds": None, "moves": None, "effects": None, "revert": None}
    assert [step["gas"] is None for step in found["steps"]] == [False, True]


NONSENSE: dict[str, Answer] = {
    "another error": error(-32000),
    "no blocks": lambda asked, _: json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": []}).encode(),
    "a null": lambda asked, _: json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": None}).encode(),
    "no calls": changed(lambda block: block.pop("calls")),
    "fewer calls": changed(lambda block: block["calls"].clear()),
    "no status": changed(lambda block: block["calls"][0].pop("status")),
    "a log without a topic": changed(lambda block: block["calls"][0]["logs"][0]["topics"].clear()),
    "a log cut short": changed(lambda block: block["calls"][0]["logs"][0].update(data="0x12")),
    "a log of no bytes": changed(lambda block: block["calls"][0]["logs"][0].update(data="0xzz")),
    "logs as text": changed(lambda block: block["calls"][0].update(logs="none")),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_node_that_simulates_nonsense_is_said_to_be_away(
    stack: Stack, proxied: SimpleNamespace, answer: Answer
) -> None:
    proxied.simulate = answer
    anna, bruno = stack.people.persons[:2]
    refusal = proxied.api.prepare(sender=anna, to=bruno, amount="5")
    require_problem(refusal, "node-away")


def test_revert_data_is_found_where_other_nodes_put_it(stack: Stack, proxied: SimpleNamespace) -> None:
    """geth gives the data of an error beside its message, and an empty returnData."""

    def as_geth_does(block: dict[str, Any]) -> None:
        call = block["calls"][0]
        call["error"]["data"], call["returnData"] = call["returnData"], "0x"
        del call["logs"]

    proxied.simulate = changed(as_geth_does)
    anna, bruno = stack.people.persons[:2]
    found = prepared(proxied.api, "vault_transfer", sender=anna, to=bruno, amount=str(10**30))
    assert [issue["code"] for issue in found["issues"]] == ["insufficient-balance"]


def test_a_chain_without_our_contracts_is_found_out(stack: Stack, proxied: SimpleNamespace) -> None:
    """Calls of an address without code succeed, and would be signed for nothing."""

    def of_no_code(block: dict[str, Any]) -> None:
        for call in block["calls"]:
            call.update(logs=[], returnData="0x")

    vault, anna, bruno = stack.people.vault.address, *stack.people.persons[:2]
    code = stack.web3.eth.get_code(vault).to_0x_hex()
    proxied.simulate = changed(of_no_code)
    stack.chain.call("anvil_setCode", vault, "0x")
    try:
        require_problem(proxied.api.prepare(sender=anna, to=bruno, amount="5"), "node-away")
        proxied.simulate = error(-32601)
        require_problem(proxied.api.prepare(sender=anna, to=bruno, amount="5"), "node-away")
    finally:
        stack.chain.call("anvil_setCode", vault, code)
