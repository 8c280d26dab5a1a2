"""Prepared transactions on nodes that know less than anvil does, or talk nonsense: a proxy before the real one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.people import UNIT
from tests.api.preparing import fresh_key, prepared
from tests.api.proxy import Answer, Proxied, changed, proxied_api, refused, replaced
from tests.api.stack import Stack, require_problem

SIMULATE = "eth_simulateV1"


def block_changed(change: Callable[[dict[str, Any]], object]) -> Answer:
    """The real answer, with something done to the simulated block."""
    return changed(lambda blocks: change(blocks[0]))


@pytest.fixture(scope="module")
def proxied(stack: Stack) -> Iterator[Proxied]:
    with proxied_api(stack) as said:
        yield said


@pytest.mark.parametrize("code", [-32601, -32004])
def test_without_simulations_a_single_step_is_tried_alone(stack: Stack, proxied: Proxied, code: int) -> None:
    proxied.answers[SIMULATE] = refused(code)
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


def test_without_simulations_a_refusal_has_its_words_still(stack: Stack, proxied: Proxied) -> None:
    proxied.answers[SIMULATE] = refused(-32601)
    anna, bruno = stack.people.persons[:2]
    found = prepared(proxied.api, "vault_transfer", sender=anna, to=bruno, amount=str(10**30))
    assert [issue["code"] for issue in found["issues"]] == ["insufficient-balance"]
    assert found["simulation"]["succeeds"] is False
    assert found["steps"][0]["gas"] is None
    claim = prepared(proxied.api, "rent_claim", sender=anna, property_id=1)
    assert [issue["code"] for issue in claim["issues"]] == ["nothing-to-claim"]


def test_without_simulations_nothing_is_claimed_of_steps_that_build_on_others(stack: Stack, proxied: Proxied) -> None:
    proxied.answers[SIMULATE] = refused(-32601)
    people, anna = stack.people, stack.people.persons[0]
    people.send(people.dollar.functions.approve(people.vault.address, 0), anna)
    found = prepared(proxied.api, "vault_deposit", sender=anna, amount=str(UNIT))
    people.send(people.dollar.functions.approve(people.vault.address, 2**256 - 1), anna)
    assert found["simulation"] == {"succeeds": None, "moves": None, "effects": None, "revert": None}
    assert [step["gas"] is None for step in found["steps"]] == [False, True]


NONSENSE: dict[str, Answer] = {
    "another error": refused(-32000),
    "no blocks": replaced([]),
    "a null": replaced(None),
    "no calls": block_changed(lambda block: block.pop("calls")),
    "fewer calls": block_changed(lambda block: block["calls"].clear()),
    "no status": block_changed(lambda block: block["calls"][0].pop("status")),
    "a log without a topic": block_changed(lambda block: block["calls"][0]["logs"][0]["topics"].clear()),
    "a log cut short": block_changed(lambda block: block["calls"][0]["logs"][0].update(data="0x12")),
    "a log of no bytes": block_changed(lambda block: block["calls"][0]["logs"][0].update(data="0xzz")),
    "logs as text": block_changed(lambda block: block["calls"][0].update(logs="none")),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_node_that_simulates_nonsense_is_said_to_be_away(stack: Stack, proxied: Proxied, answer: Answer) -> None:
    proxied.answers[SIMULATE] = answer
    anna, bruno = stack.people.persons[:2]
    refusal = proxied.api.prepare(sender=anna, to=bruno, amount="5")
    require_problem(refusal, "node-away")


def test_revert_data_is_found_where_other_nodes_put_it(stack: Stack, proxied: Proxied) -> None:
    """geth gives the data of an error beside its message, and an empty returnData."""

    def as_geth_does(block: dict[str, Any]) -> None:
        call = block["calls"][0]
        call["error"]["data"], call["returnData"] = call["returnData"], "0x"
        del call["logs"]

    proxied.answers[SIMULATE] = block_changed(as_geth_does)
    anna, bruno = stack.people.persons[:2]
    found = prepared(proxied.api, "vault_transfer", sender=anna, to=bruno, amount=str(10**30))
    assert [issue["code"] for issue in found["issues"]] == ["insufficient-balance"]


def test_a_chain_without_our_contracts_is_found_out(stack: Stack, proxied: Proxied) -> None:
    """Calls of an address without code succeed, and would be signed for nothing."""

    def of_no_code(block: dict[str, Any]) -> None:
        for call in block["calls"]:
            call.update(logs=[], returnData="0x")

    vault, anna, bruno = stack.people.vault.address, *stack.people.persons[:2]
    code = stack.web3.eth.get_code(vault).to_0x_hex()
    proxied.answers[SIMULATE] = block_changed(of_no_code)
    stack.chain.call("anvil_setCode", vault, "0x")
    try:
        require_problem(proxied.api.prepare(sender=anna, to=bruno, amount="5"), "node-away")
        proxied.answers[SIMULATE] = refused(-32601)
        require_problem(proxied.api.prepare(sender=anna, to=bruno, amount="5"), "node-away")
    finally:
        stack.chain.call("anvil_setCode", vault, code)
