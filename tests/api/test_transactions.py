"""Transfers as the API prepares them, signed and sent by somebody else; and what became of a transaction."""

import gzip
import json
import random
import signal
from typing import Any

import pytest

from api.prepare.answers import Prepared
from api.prepare.calldata import abi_of, encoded
from api.reverts import SENTENCES, errors_by_selector, explain, sentence_of, signature_of
from local.chain import start_chain
from local.people import UNIT, main_account
from tests.api.stack import Api, Stack, require_problem, until

GAS = 300_000


def key() -> str:
    return "0x" + random.randbytes(32).hex()


def prepared(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.prepare(**body)
    assert answer.status_code == 200, answer.text
    shape = Prepared.model_validate_json(answer.text, strict=True)
    found: dict[str, Any] = answer.json()
    assert shape.model_dump(mode="json") == found
    return found


def send(stack: Stack, found: dict[str, Any], step: dict[str, Any] | None = None) -> Any:
    """Sign and send what was prepared, as a wallet does; the receipt."""
    step = step or found["steps"][0]
    sent = {"from": found["sender"], "to": step["to"], "data": step["data"], "value": int(step["value"])}
    if step.get("gas"):
        sent["gas"] = int(step["gas"])
    return stack.web3.eth.wait_for_transaction_receipt(stack.web3.eth.send_transaction(sent), poll_latency=0.01)  # type: ignore[arg-type]


def test_what_is_prepared_is_what_web3_would_encode_and_does_what_was_said(api: Api, stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    chosen = key()
    stack.settle()
    found = prepared(api, sender=anna, to=bruno, amount="1500000", reference="invoice 4711", key=chosen)
    vault = stack.people.vault
    reference = b"invoice 4711".ljust(32, b"\0")
    arguments = [main_account(anna), main_account(bruno), 1_500_000, reference, bytes.fromhex(chosen[2:])]
    step = found["steps"][0]
    assert step["data"] == vault.encode_abi("transfer", args=arguments) == found["calls"][0]["data"]
    assert (step["to"], step["chain_id"], step["value"]) == (vault.address, stack.web3.eth.chain_id, "0")
    assert step["sentence"] == f"Send 1.50 TUSD to {bruno[:6]}…{bruno[-4:]}."
    assert [int(a["value"], 0) for a in step["arguments"][:3]] == arguments[:3]
    assert found["request_id"] == "0x" + vault.functions.request_id_of(anna, 3, chosen).call().hex()
    assert found["simulation"]["succeeds"] is found["simulation"]["moves"] is True
    assert found["issues"] == []
    receipt = send(stack, found)
    assert receipt["status"] == 1
    assert receipt["gasUsed"] <= int(step["gas"])
    for effect in found["simulation"]["effects"]:
        assert effect["balance"] == str(vault.functions.balance_of(int(effect["account"], 16)).call())
    assert [effect["change"] for effect in found["simulation"]["effects"]] == ["-1500000", "+1500000"]


def test_a_transfer_shows_in_the_ledger_as_of_its_block(api: Api, stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    found = prepared(api, sender=anna, to=bruno, amount="7", reference="quick")
    receipt = send(stack, found)
    body = api.read("/postings", owner=anna, limit=1, min_block=receipt["blockNumber"])
    assert body["postings"][0]["request_id"] == found["request_id"]
    assert body["postings"][0]["transaction_hash"] == receipt["transactionHash"].to_0x_hex()
    assert body["postings"][0]["reference_text"] == "quick"


def test_the_same_key_again_moves_nothing(api: Api, stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    same = {"sender": anna, "to": bruno, "amount": "11", "key": key()}
    assert send(stack, prepared(api, **same))["status"] == 1
    again = prepared(api, **same)
    assert (again["simulation"]["succeeds"], again["simulation"]["moves"]) == (True, False)
    assert again["simulation"]["effects"] == []
    assert [issue["code"] for issue in again["issues"]] == ["already-done"]
    before = stack.people.vault.functions.balance_of(main_account(anna)).call()
    assert send(stack, again)["status"] == 1
    assert stack.people.vault.functions.balance_of(main_account(anna)).call() == before
    other = prepared(api, **(same | {"amount": "12"}))
    assert other["simulation"]["revert"]["error"] == "KeyUsedForAnotherRequest"
    assert other["issues"][0]["code"] == "key-used-for-another-request"
    assert "fresh key" in other["issues"][0]["sentence"]
    assert other["steps"][0]["gas"] is None


def test_no_key_means_a_fresh_one_each_time(api: Api, stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    keys = {prepared(api, sender=anna, to=bruno, amount="1")["key"] for _ in range(3)}
    assert len(keys) == 3


def test_too_little_money_is_said_with_both_numbers(api: Api, stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    has = stack.people.vault.functions.balance_of(main_account(anna)).call()
    found = prepared(api, sender=anna, to=bruno, amount=str(has + 1))
    assert found["simulation"]["revert"]["arguments"]["balance"] == str(has)
    assert found["issues"][0]["code"] == "insufficient-balance"
    assert str(has) in found["issues"][0]["sentence"]
    assert str(has + 1) in found["issues"][0]["sentence"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"from_account": 1}, "not-account-owner"),
        ({"to": 0}, "same-account"),
        ({"to": "0x" + 40 * "0"}, "invalid-account"),
    ],
)
def test_a_transfer_that_cannot_be_is_explained(api: Api, stack: Stack, change: dict[str, Any], code: str) -> None:
    persons = stack.people.persons
    named = {name: persons[who] if isinstance(who, int) else who for name, who in change.items()}
    found = prepared(api, **({"sender": persons[0], "to": persons[2], "amount": "5"} | named))
    assert [issue["code"] for issue in found["issues"]] == [code]
    assert found["simulation"]["succeeds"] is False


def test_sub_accounts_pay_and_are_paid(api: Api, stack: Stack) -> None:
    anna = stack.people.persons[0]
    savings, third = (f"0x{main_account(anna) + number:064x}" for number in (1, 3))
    found = prepared(api, sender=anna, from_account=savings, to=third, amount="42")
    assert found["steps"][0]["sentence"].endswith("sub-account 3.")
    receipt = send(stack, found)
    account = api.read(f"/accounts/{third}", min_block=receipt["blockNumber"])["account"]
    assert (account["number"], account["owner"]) == ("3", anna)
    assert account["balance"] == str(stack.people.vault.functions.balance_of(int(third, 16)).call())


@pytest.mark.parametrize("amount", [2**256 - 1, 10**30])
def test_an_amount_as_large_as_may_be_is_refused_by_the_contract_in_words(api: Api, stack: Stack, amount: int) -> None:
    anna, bruno = stack.people.persons[:2]
    assert prepared(api, sender=anna, to=bruno, amount=str(amount))["issues"][0]["code"] == "insufficient-balance"


def test_every_error_of_the_contracts_has_its_words(stack: Stack) -> None:
    """A sentence that names an argument which the error does not have would fail just when it is needed."""
    for selector, entry in errors_by_selector().items():
        values = {
            "uint256": 7,
            "uint8": 7,
            "address": stack.people.persons[0],
            "bytes32": b"\1" * 32,
            "string": "price",
        }
        arguments = [values[part["type"]] for part in entry["inputs"]]
        types = [part["type"] for part in entry["inputs"]]
        found = explain(selector + stack.web3.codec.encode(types, arguments).hex())
        assert found.error == entry["name"]
        assert "{" not in found.sentence
        assert sentence_of(entry), f"{entry['name']} has no words"
    names = {name for entry in errors_by_selector().values() for name in (entry["name"], signature_of(entry))}
    assert set(SENTENCES) <= names, "words for errors that no contract has"


def test_orders_that_cannot_be_are_refused_with_what_could() -> None:
    """Every error of the book says what would be taken in place of what came."""
    expiry = explain(revert_of("Marketplace", "InvalidExpiry", 2**40, 1_790_000_000, 1_805_552_000))
    assert expiry.sentence == (
        "An order cannot last until second 1099511627776. Placed now, it can from 2026-09-21 14:13:20 UTC to "
        "2027-03-20 14:13:20 UTC."
    )
    assert explain(revert_of("InvestorRegistry", "InvalidExpiry", 2**64)).sentence.endswith("below 2^64 is.")
    order = explain(revert_of("Marketplace", "UnknownOrder", (3 << 40) + 17))
    assert order.sentence.startswith("Order 3-17 does not rest in a book")
    quantity = explain(revert_of("Marketplace", "InvalidQuantity", 7, 5)).sentence
    assert "multiple of the lot, which is 5" in quantity


def revert_of(contract: str, error: str, *values: int) -> str:
    found = next(item for item in abi_of(contract) if item["type"] == "error" and item["name"] == error)
    return encoded(found, values)


@pytest.mark.parametrize(
    "data", ["", "0x", "0x1", "0x08c379a0", "0x08c379a0" + "ff" * 64, "0x03dee4c5zz", "0x03dee4c500"]
)
def test_revert_data_of_any_kind_is_explained(data: str) -> None:
    assert explain(data).sentence


def state_of(api: Api, transaction: str) -> dict[str, Any]:
    return api.read(f"/transactions/{transaction}")


def test_a_transaction_is_pending_then_mined_then_indexed_then_final(stack: Stack) -> None:
    api, (anna, bruno) = stack.api, stack.people.persons[:2]
    payment = stack.people.vault.functions.transfer(main_account(anna), main_account(bruno), 1, bytes(32), key())
    stack.chain.call("evm_setAutomine", False)
    try:
        sent = payment.transact({"from": anna, "gas": GAS}).to_0x_hex()
        pending = state_of(api, sent)
        assert (pending["state"], pending["block_number"], pending["block_hash"]) == ("pending", None, None)
        stack.indexer.child.send_signal(signal.SIGSTOP)
        stack.chain.call("evm_mine")
        assert state_of(api, sent)["state"] == "mined"
    finally:
        stack.indexer.child.send_signal(signal.SIGCONT)
        stack.chain.call("evm_setAutomine", True)
    head = stack.settle()
    indexed = state_of(api, sent)
    assert (indexed["state"], indexed["block_number"]) == ("indexed", head)
    assert indexed["block_hash"] == stack.web3.eth.get_block(head)["hash"].to_0x_hex()
    stack.chain.call("anvil_mine", 20)
    stack.settle()
    assert state_of(api, sent)["state"] == "final"


def test_a_reverted_transaction_says_why_also_when_it_would_succeed_today(api: Api, stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    fourth = main_account(anna) + 4
    payment = stack.people.vault.functions.transfer(fourth, main_account(bruno), 9, bytes(32), key())
    sent = payment.transact({"from": anna, "gas": GAS}).to_0x_hex()
    stack.people.send(stack.people.vault.functions.deposit(fourth, UNIT), anna)
    found = state_of(api, sent)
    assert found["state"] == "reverted"
    assert "holds 0 base units, 9 are needed" in found["sentence"]


def test_a_reverted_deployment_is_told_as_well(api: Api, stack: Stack) -> None:
    sent = stack.web3.eth.send_transaction({"from": stack.people.persons[0], "data": "0xfe", "gas": 100_000})  # type: ignore[typeddict-item]
    stack.web3.eth.wait_for_transaction_receipt(sent)
    assert state_of(api, sent.to_0x_hex())["state"] == "reverted"


def test_a_transaction_that_nobody_sent_is_unknown(api: Api) -> None:
    require_problem(api.get("/transactions/0x" + "ab" * 32), "unknown-transaction")


def test_a_transaction_whose_block_was_orphaned_says_so(rewound: Stack) -> None:
    """The API asks a node that is still on the old branch; the index has left it."""
    anna, bruno = rewound.people.persons[:2]
    sent = rewound.people.vault.functions.transfer(
        main_account(anna), main_account(bruno), 1, bytes(32), key()
    ).transact({"from": anna, "gas": GAS})
    rewound.settle()
    state = rewound.folder / "old-branch.json"
    dumped = bytes.fromhex(rewound.chain.call("anvil_dumpState", True)[2:])
    state.write_bytes(gzip.decompress(dumped))
    old = start_chain(rewound.folder / "old-branch.log", flags=("--load-state", str(state)))
    try:
        with rewound.another_api(rpc=old.url) as api:
            assert state_of(api, sent.to_0x_hex())["state"] == "indexed"
            rewound.chain.call("anvil_reorg", 2, [])
            rewound.settle()
            until(lambda: state_of(api, sent.to_0x_hex())["state"] == "orphaned", "the reorg in the second API")
    finally:
        old.stop()
    dropped = rewound.api.get("/transactions/" + sent.to_0x_hex())
    assert dropped.status_code == 404 or json.loads(dropped.text)["state"] == "pending"
