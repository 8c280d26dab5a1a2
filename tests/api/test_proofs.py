"""Proofs: what a wallet has, from a block's hash down. API and page follow them, and neither one that is altered."""

import copy
import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.layout import Place
from api.proofs import checked
from api.state_proof import NotProven, ProofReply
from indexer.deployment import Contract
from indexer.proof import UnknownForm
from indexer.replies import SealedHeaderReply
from local.people import main_account
from tests.api.proxy import Answer, Proxied, changed, proxied_api, refused, replaced, saying
from tests.api.stack import Stack, require_problem
from web.__main__ import install_modules, node

FOLLOW = Path(__file__).resolve().parent.parent / "web" / "follow.ts"
NOBODY = "0x00000000000000000000000000000000000000AA"
ALTERATIONS = 120


def account_of(owner: str, number: int = 0) -> str:
    return f"0x{main_account(owner) + number:064x}"


def account_case(stack: Stack, account: str, **params: Any) -> dict[str, Any]:
    answer = stack.api.read(f"/proofs/accounts/{account}", **params)
    vault = stack.people.vault.address
    return {"answer": answer, "proof": answer["proof"], "contract": vault, "subject": {"account": account}}


def holding_case(stack: Stack, property_id: int, holder: str, **params: Any) -> dict[str, Any]:
    answer = stack.api.read(f"/proofs/holdings/{property_id}/{holder}", **params)
    subject = {"property": property_id, "holder": holder}
    return {"answer": answer, "proof": answer["proof"], "contract": stack.people.token.address, "subject": subject}


def followed(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the page's own check finds in proofs."""
    install_modules()
    asked = json.dumps([{name: case[name] for name in ("proof", "contract", "subject")} for case in cases])
    done = subprocess.run([str(node()), str(FOLLOW)], input=asked, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_what_is_proven_is_what_the_vault_says(stack: Stack) -> None:
    people = stack.people
    accounts = [account_of(person, number) for person in people.persons for number in (0, 1, 7)]
    cases = [account_case(stack, account) for account in (*accounts, f"0x{0:064x}", account_of(NOBODY))]
    for case, found in zip(cases, followed(cases), strict=True):
        answer = case["answer"]
        account, block = int(answer["account"], 16), answer["meta"]["at_block"]
        held = people.vault.functions.balance_of(account).call(block_identifier=block)
        assert (answer["balance"], answer["indexed_balance"]) == (str(held), str(held))
        assert (found.get("failure"), found["words"], found["number"]) == (None, [str(held)], block)
        assert answer["proof"]["block"]["hash"] == stack.web3.eth.get_block(block)["hash"].to_0x_hex()
    assert len({case["answer"]["balance"] for case in cases}) > 3


def test_what_is_proven_is_what_the_token_says(stack: Stack) -> None:
    token = stack.people.token.functions
    cases = [holding_case(stack, 1, holder) for holder in (*stack.people.persons, NOBODY)]
    for case, found in zip(cases, followed(cases), strict=True):
        answer, block = case["answer"], case["answer"]["meta"]["at_block"]
        balance = token.balanceOf(answer["holder"], 1).call(block_identifier=block)
        locked = token.locked_of(answer["holder"], 1).call(block_identifier=block)
        listed = token.property_of(1).call(block_identifier=block)
        assert (answer["balance"], answer["locked"]) == (str(balance), str(locked))
        assert (answer["indexed_balance"], answer["indexed_locked"]) == (str(balance), str(locked))
        assert (answer["supply_cap"], answer["supply"]) == (str(listed[2]), str(listed[3]))
        words = [int(word["word"], 16) for word in answer["proof"]["words"]]
        assert (found.get("failure"), found["words"]) == (None, [str(word) for word in words])
    assert any(case["answer"]["locked"] != "0" for case in cases)


def test_the_past_is_proven_as_well(stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    before = account_case(stack, account_of(anna))
    call = stack.people.vault.functions.transfer(main_account(anna), main_account(bruno), 77, bytes(32), bytes(32))
    stack.people.send(call, anna)
    stack.settle()
    block = before["answer"]["meta"]["at_block"]
    then, now = account_case(stack, account_of(anna), at_block=block), account_case(stack, account_of(anna))
    assert then["proof"] == before["proof"]
    assert int(then["answer"]["balance"]) - int(now["answer"]["balance"]) == 77
    assert then["answer"]["indexed_balance"] == then["answer"]["balance"]


def test_a_property_that_was_not_listed_has_no_holdings_to_prove(stack: Stack) -> None:
    body = require_problem(stack.api.get(f"/proofs/holdings/4000/{NOBODY}"), "unknown-property")
    assert "4000" in body["detail"]


def nodes_of(proof: dict[str, Any]) -> list[list[str]]:
    return [proof["contract"]["proof"], *(word["proof"] for word in proof["words"])]


def alter(proof: dict[str, Any], chance: random.Random) -> None:
    """One byte of it, or one node left out."""
    nodes = chance.choice([nodes for nodes in nodes_of(proof) if nodes])
    place = chance.randrange(len(nodes))
    kind = chance.random()
    if kind < 0.2:
        del nodes[place]
    elif kind < 0.4:
        proof["block"]["header"] = with_one_byte(proof["block"]["header"], chance)
    else:
        nodes[place] = with_one_byte(nodes[place], chance)


def with_one_byte(text: str, chance: random.Random) -> str:
    content = bytearray.fromhex(text[2:])
    content[chance.randrange(len(content))] ^= chance.randint(1, 255)
    return "0x" + content.hex()


def passes_here(proof: dict[str, Any], header: SealedHeaderReply, contract: Contract) -> bool:
    """Whether the API would hand it on, given the header that the node told."""
    places = [
        Place(word["variable"], word["slot"], tuple(int(key, 16) for key in word["keys"])) for word in proof["words"]
    ]
    reply = {
        "accountProof": proof["contract"]["proof"],
        "storageProof": [{"proof": w["proof"]} for w in proof["words"]],
    }
    try:
        made = checked(header, proof["block"]["hash"], contract, places, msgspec.convert(reply, ProofReply))
    except (NotProven, UnknownForm):
        return False
    return str(made.block.header) == str(proof["block"]["header"])


def test_no_altered_proof_passes_here_or_in_the_page(stack: Stack) -> None:
    chance, anna = random.Random(5), stack.people.persons[0]
    contracts = stack.deployment.contracts
    right = [(account_case(stack, account_of(anna)), contracts.settlement_vault),
             (holding_case(stack, 1, anna), contracts.fraction_token)]  # fmt: skip
    cases, verdicts = [], []
    for number in range(ALTERATIONS):
        case, contract = right[number % 2]
        altered = copy.deepcopy(case)
        if number > 1:
            alter(altered["proof"], chance)
        told = stack.chain.call("eth_getBlockByHash", case["proof"]["block"]["hash"], False)
        verdicts.append(passes_here(altered["proof"], msgspec.convert(told, SealedHeaderReply), contract))
        cases.append(altered)
    assert verdicts == [True, True, *(ALTERATIONS - 2) * [False]]
    found = followed(cases)
    assert [one.get("failure") is None for one in found] == verdicts
    assert {one["failure"]["step"] for one in found[2:]} == {"block", "contract", "word"}


def test_a_proof_of_one_thing_proves_no_other(stack: Stack) -> None:
    """Right in itself, for another account, another contract or another holder than the page asked about."""
    anna, bruno = stack.people.persons[:2]
    cases = [account_case(stack, account_of(anna)), account_case(stack, account_of(anna)), holding_case(stack, 1, anna)]
    cases[0]["subject"] = {"account": account_of(bruno)}
    cases[1]["contract"] = stack.people.token.address
    cases[2]["subject"] = {"property": 1, "holder": bruno}
    assert [one["failure"]["step"] for one in followed(cases)] == ["word", "contract", "word"]


@pytest.fixture(scope="module")
def proxied(stack: Stack) -> Iterator[Proxied]:
    with proxied_api(stack) as said:
        yield said


PROVE, HEADER = "eth_getProof", "eth_getBlockByHash"
OTHER_ROOT = "0x" + 32 * "11"
LIES: dict[str, tuple[str, Answer, str]] = {
    "no such method": (PROVE, refused(-32601), "state-not-kept"),
    "a state that is gone": (PROVE, refused(-32000, "missing trie node"), "state-not-kept"),
    "a block that it does not have": (HEADER, replaced(None), "state-not-kept"),
    "a block of another hash": (HEADER, changed(lambda block: block.update(stateRoot=OTHER_ROOT)), "not-proven"),
    "a header of no known form": (HEADER, changed(lambda block: block.pop("withdrawalsRoot")), "not-proven"),
    "half a header": (HEADER, changed(lambda block: block.pop("stateRoot")), "node-away"),
    "no account": (PROVE, changed(lambda proof: proof["accountProof"].clear()), "not-proven"),
    "nodes that are no RLP": (PROVE, changed(lambda proof: proof.update(accountProof=["0xff"])), "not-proven"),
    "no word": (PROVE, changed(lambda proof: proof["storageProof"].clear()), "not-proven"),
    "a word less its last node": (PROVE, changed(lambda proof: proof["storageProof"][0]["proof"].pop()), "not-proven"),
    "nodes that are no hex": (PROVE, changed(lambda proof: proof.update(accountProof=["0xzz"])), "node-away"),
    "a thousand nodes": (PROVE, changed(lambda proof: proof.update(accountProof=1_000 * ["0xc0"])), "node-away"),
    "a null": (PROVE, replaced(None), "node-away"),
    "an error in words alone": (PROVE, saying({"jsonrpc": "2.0", "id": 1, "error": "no"}), "node-away"),
    "an error without a message": (PROVE, saying({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000}}), "node-away"),
    "a list": (HEADER, saying([]), "node-away"),
    "a number": (HEADER, saying(7), "node-away"),
}


@pytest.mark.parametrize(("method", "answer", "code"), LIES.values(), ids=LIES.keys())
def test_a_node_that_does_not_prove_is_not_passed_on(
    stack: Stack, proxied: Proxied, method: str, answer: Answer, code: str
) -> None:
    proxied.answers = {method: answer}
    anna = stack.people.persons[0]
    refusal = proxied.api.get(f"/proofs/accounts/{anna}")
    detail = require_problem(refusal, code)["detail"]
    if code == "state-not-kept" and method == PROVE:
        assert "not exist" in detail or "missing trie node" in detail
    proxied.answers = {}
    assert (
        proxied.api.read(f"/proofs/accounts/{anna}")["balance"] == stack.api.read(f"/proofs/accounts/{anna}")["balance"]
    )


def test_other_code_at_the_address_proves_nothing(stack: Stack) -> None:
    """Whoever holds an upgradable address, or names a wrong one, could let its storage say anything."""
    vault = stack.people.vault.address
    code = stack.web3.eth.get_code(vault).to_0x_hex()
    stack.chain.call("anvil_setCode", vault, code + "00")
    try:
        stack.chain.call("evm_mine")
        stack.settle()
        body = require_problem(stack.api.get(f"/proofs/accounts/{stack.people.persons[0]}"), "not-proven")
        assert "code" in body["detail"]
    finally:
        stack.chain.call("anvil_setCode", vault, code)
        stack.chain.call("evm_mine")
        stack.settle()
