"""A wallet that signs what the API prepared, as it is, and looks whether the index says what was promised."""

import random
from typing import Any

from eth_utils.crypto import keccak

from api.prepare.answers import Prepared
from tests.api.stack import Api, Stack

RENT_NOTICE = 7 * 86_400


def fresh_key() -> str:
    return "0x" + random.randbytes(32).hex()


def prepared(api: Api, action: str, **body: Any) -> dict[str, Any]:
    """The answer, which must be good and of its shape."""
    answer = api.prepare(action, **body)
    assert answer.status_code == 200, answer.text
    shape = Prepared.model_validate_json(answer.text, strict=True)
    found: dict[str, Any] = answer.json()
    assert shape.model_dump(mode="json") == found
    assert found["action"] == action
    assert [(step["to"], step["data"]) for step in found["steps"]] == [
        (call["to"], call["data"]) for call in found["calls"]
    ]
    return found


def send(stack: Stack, found: dict[str, Any]) -> Any:
    """Sign and send the steps, each with its limit; the last receipt."""
    receipt = None
    for step in found["steps"]:
        sent = {"from": found["sender"], "to": step["to"], "data": step["data"], "value": int(step["value"])}
        assert step["gas"] is not None
        sent["gas"] = int(step["gas"])
        hashed = stack.web3.eth.send_transaction(sent)  # type: ignore[arg-type]
        receipt = stack.web3.eth.wait_for_transaction_receipt(hashed, poll_latency=0.01)
        assert receipt["status"] == 1, step["sentence"]
        assert receipt["gasUsed"] <= int(step["gas"])
    return receipt


def carried_out(stack: Stack, action: str, **body: Any) -> dict[str, Any]:
    """Prepared, sent as it is, and found in the index just as the simulation said."""
    found = prepared(stack.api, action, **body)
    simulation = found["simulation"]
    assert found["issues"] == [], found
    assert (simulation["succeeds"], simulation["revert"]) == (True, None)
    changing = [effect for effect in simulation["effects"] if effect["kind"] in ("money", "fractions")]
    assert simulation["moves"] is bool(changing)
    send(stack, found)
    stack.settle()
    for effect in changing:
        assert held(stack, effect) == effect["balance"], effect
    return found


def held(stack: Stack, effect: dict[str, Any]) -> str:
    """What the index says of the account or holding of an effect."""
    if effect["kind"] == "money":
        balance: str = stack.api.read(f"/accounts/{effect['account']}")["account"]["balance"]
        return balance
    holder, property_id = effect["holder"], effect["property_id"]
    rows = stack.api.read("/holdings", holder=holder, property_id=property_id)["holdings"]
    return rows[0]["balance"] if rows else "0"


def refused(stack: Stack, action: str, code: str, **body: Any) -> str:
    """The sentence of an action that would fail."""
    found = prepared(stack.api, action, **body)
    assert [issue["code"] for issue in found["issues"]] == [code], found["issues"]
    assert found["simulation"]["succeeds"] is found["simulation"]["moves"] is False
    assert found["simulation"]["effects"] == []
    sentence: str = found["issues"][0]["sentence"]
    assert len(sentence) > 20
    assert sentence.endswith(".")
    assert "{" not in sentence
    return sentence


def changes(found: dict[str, Any]) -> list[str]:
    return [effect["change"] for effect in found["simulation"]["effects"]]


def sign(stack: Stack, signer: str, found: dict[str, Any]) -> str:
    """As a wallet signs typed data; the digest must be the one that the wallet has."""
    signature: str = stack.chain.call("eth_signTypedData_v4", signer, found["typed_data"])
    return signature


def pass_time(stack: Stack, until: int) -> None:
    """Mine a block of that time."""
    stack.chain.call("evm_setNextBlockTimestamp", until)
    stack.chain.call("evm_mine")


def now(stack: Stack) -> int:
    return int(stack.web3.eth.get_block("latest")["timestamp"])


def list_property(stack: Stack, property_id: int, supply_cap: int, registry_list: int = 0) -> None:
    admin, issuer = stack.people.accounts[:2]
    name = f"Quay {property_id}"
    listing = stack.people.token.functions.list_property(
        property_id, issuer, supply_cap, registry_list, name, keccak(text=name), ""
    )
    stack.people.send(listing, admin)
