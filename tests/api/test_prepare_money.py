"""Money as the API prepares it: in and out of the vault, between accounts, in batches, and on a signature."""

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from local.people import UNIT, main_account
from tests.api.preparing import carried_out, changes, fresh_key, now, prepared, refused, send, sign
from tests.api.stack import Api, Stack, require_problem


@pytest.fixture
def coins(stack: Stack) -> Iterator[Any]:
    """The stablecoin, of which everybody has enough; the first two have approved nothing for a while."""
    approve_all(stack, 0)
    yield stack.people.dollar.functions
    approve_all(stack, 2**256 - 1)


def approve_all(stack: Stack, amount: int) -> None:
    people = stack.people
    for person in people.persons[:2]:
        people.send(people.dollar.functions.approve(people.vault.address, amount), person)


def test_a_deposit_approves_what_it_takes_and_no_more(stack: Stack, coins: Any) -> None:
    anna, vault = stack.people.persons[0], stack.people.vault.address
    found = carried_out(stack, "vault_deposit", sender=anna, amount=str(5 * UNIT), reference="savings")
    assert [step["kind"] for step in found["steps"]] == ["approve", "call"]
    assert found["steps"][0]["sentence"] == "Allow the vault to take 5.00 TUSD from your wallet."
    assert found["steps"][1]["sentence"] == "Deposit 5.00 TUSD into your main account."
    assert found["typed_data"] is None
    assert changes(found) == [f"+{5 * UNIT}"]
    assert coins.allowance(anna, vault).call() == 0
    newest = stack.api.read("/postings", owner=anna, limit=1)["postings"][0]
    assert (newest["kind"], newest["reference_text"]) == ("deposit", "savings")


def test_a_standing_allowance_is_not_asked_for_again(stack: Stack, coins: Any) -> None:
    people, (anna, bruno) = stack.people, stack.people.persons[:2]
    people.send(coins.approve(people.vault.address, 9 * UNIT), anna)
    savings = f"0x{main_account(bruno) + 1:064x}"
    for method in ("approve", "permit"):
        found = carried_out(stack, "vault_deposit", sender=anna, account=savings, amount=str(4 * UNIT), method=method)
        assert [step["kind"] for step in found["steps"]] == ["call"]
        assert found["steps"][0]["sentence"].endswith("sub-account 1.")
    short = prepared(stack.api, "vault_deposit", sender=anna, amount=str(2 * UNIT))
    assert [step["kind"] for step in short["steps"]] == ["approve", "call"]


def test_a_deposit_by_permit_is_signed_first_and_sent_once(stack: Stack, coins: Any) -> None:
    anna, amount = stack.people.persons[0], 3 * UNIT
    asked = {"sender": anna, "amount": str(amount), "method": "permit"}
    first = prepared(stack.api, "vault_deposit", **asked)
    assert (first["steps"], first["calls"], first["issues"]) == ([], [], [])
    assert first["simulation"]["succeeds"] is True
    assert first["typed_data"]["message"]["nonce"] == str(coins.nonces(anna).call())
    assert first["typed_data"]["message"]["deadline"] == str(first["deadline"])
    assert first["digest"] == digest_of(first["typed_data"])
    signature = sign(stack, anna, first)
    found = carried_out(stack, "vault_deposit", **asked, deadline=first["deadline"], signature=signature)
    assert [step["function"].split("(")[0] for step in found["steps"]] == ["deposit_with_permit"]
    assert changes(found) == changes(first) == [f"+{amount}"]
    assert coins.allowance(anna, stack.people.vault.address).call() == 0
    again = refused(stack, "vault_deposit", "permit-refused", **asked, deadline=first["deadline"], signature=signature)
    assert "Sign" in again


@pytest.mark.usefixtures("coins")
def test_a_permit_of_somebody_else_is_refused_in_words(stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    asked = {"sender": anna, "amount": "7", "method": "permit"}
    first = prepared(stack.api, "vault_deposit", **asked)
    signature = sign(stack, bruno, first)
    refused(stack, "vault_deposit", "permit-refused", **asked, deadline=first["deadline"], signature=signature)
    for wrong in ({"signature": signature}, {"signature": signature[:-2], "deadline": first["deadline"]}):
        require_problem(stack.api.prepare("vault_deposit", **asked, **wrong), "invalid-request")


def test_too_few_coins_are_said_though_the_coin_says_nothing(stack: Stack, coins: Any) -> None:
    anna = stack.people.persons[0]
    has = coins.balanceOf(anna).call()
    for method in ("approve", "permit"):
        found = prepared(stack.api, "vault_deposit", sender=anna, amount=str(has + 1), method=method)
        assert [issue["code"] for issue in found["issues"]] == ["insufficient-coins"]
        assert "TUSD are needed" in found["issues"][0]["sentence"]


@pytest.mark.usefixtures("coins")
def test_deposits_stop_while_paused_and_say_so(stack: Stack) -> None:
    people, (anna, bruno) = stack.people, stack.people.persons[:2]
    admin = people.accounts[0]
    people.send(people.vault.functions.pause(), admin)
    try:
        refused(stack, "vault_deposit", "enforced-pause", sender=anna, amount="5")
        carried_out(stack, "vault_withdraw", sender=anna, amount="5")
        carried_out(stack, "vault_transfer", sender=anna, to=bruno, amount="5")
    finally:
        people.send(people.vault.functions.unpause(), admin)


def test_a_withdrawal_goes_to_the_own_wallet_or_to_another(stack: Stack, coins: Any) -> None:
    anna, bruno = stack.people.persons[:2]
    before = coins.balanceOf(anna).call(), coins.balanceOf(bruno).call()
    mine = carried_out(stack, "vault_withdraw", sender=anna, amount="1000000", reference="rent")
    assert mine["steps"][0]["sentence"] == "Withdraw 1.00 TUSD from your main account to your wallet."
    savings = f"0x{main_account(anna) + 1:064x}"
    his = carried_out(stack, "vault_withdraw", sender=anna, account=savings, receiver=bruno, amount="2")
    assert f"from your sub-account 1 to {bruno[:6]}…{bruno[-4:]}." in his["steps"][0]["sentence"]
    assert (coins.balanceOf(anna).call(), coins.balanceOf(bruno).call()) == (before[0] + 1_000_000, before[1] + 2)


def test_a_withdrawal_that_cannot_be_is_explained(stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    refused(stack, "vault_withdraw", "insufficient-balance", sender=anna, amount=str(10**30))
    refused(stack, "vault_withdraw", "not-account-owner", sender=anna, account=bruno, amount="1")
    vault = stack.people.vault.address
    refused(stack, "vault_withdraw", "invalid-receiver", sender=anna, receiver=vault, amount="1")


def test_a_batch_moves_along_every_leg_once(stack: Stack) -> None:
    anna, bruno, chidi = stack.people.persons[:3]
    savings = f"0x{main_account(anna) + 1:064x}"
    legs = [
        {"to": bruno, "amount": "100", "reference": "wages"},
        {"to": chidi, "amount": "200"},
        {"from_account": savings, "to": bruno, "amount": "300"},
        {"to": savings, "amount": "300"},
    ]
    same = {"sender": anna, "legs": legs, "key": fresh_key()}
    found = carried_out(stack, "vault_transfer_batch", **same)
    assert found["steps"][0]["sentence"] == "Send 0.0009 TUSD in 4 transfers, all or none."
    assert dict(zip((e["account"] for e in found["simulation"]["effects"]), changes(found), strict=True)) == {
        f"0x{main_account(anna):064x}": "-600",
        f"0x{main_account(bruno):064x}": "+400",
        f"0x{main_account(chidi):064x}": "+200",
        savings: "+0",
    }
    named = {argument["name"]: argument["value"] for argument in found["steps"][0]["arguments"]}
    assert named["legs[1].amount"] == "200"
    assert int(named["legs[2].from_account"], 16) == main_account(anna) + 1
    request = stack.people.vault.functions.request_id_of(anna, 4, same["key"]).call()
    assert found["request_id"] == "0x" + request.hex()
    again = prepared(stack.api, "vault_transfer_batch", **same)
    assert [issue["code"] for issue in again["issues"]] == ["already-done"]
    assert (again["simulation"]["succeeds"], again["simulation"]["moves"]) == (True, False)
    refused(stack, "vault_transfer_batch", "same-account", sender=anna, legs=[{"to": anna, "amount": "1"}])


@pytest.mark.parametrize("count", [0, 65])
def test_a_batch_of_no_leg_or_too_many_is_refused(api: Api, stack: Stack, count: int) -> None:
    anna, bruno = stack.people.persons[:2]
    legs = [{"to": bruno, "amount": "1"}] * count
    require_problem(api.prepare("vault_transfer_batch", sender=anna, legs=legs), "invalid-request")


def test_as_many_legs_as_may_be_fit(stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    found = carried_out(stack, "vault_transfer_batch", sender=anna, legs=[{"to": bruno, "amount": "1"}] * 64)
    assert changes(found) == ["-64", "+64"]


def test_a_burnt_key_acts_no_more(stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    burn = {"sender": anna, "kind": "transfer", "key": fresh_key()}
    assert changes(carried_out(stack, "vault_burn_key", **burn)) == []
    refused(stack, "vault_transfer", "key-void", sender=anna, to=bruno, amount="1", key=burn["key"])
    again = prepared(stack.api, "vault_burn_key", **burn)
    assert [issue["code"] for issue in again["issues"]] == ["already-void"]
    acted = carried_out(stack, "vault_transfer", sender=anna, to=bruno, amount="1", key=fresh_key())
    words = refused(stack, "vault_burn_key", "key-used-for-another-request", **(burn | {"key": acted["key"]}))
    assert "acted already" in words


def test_a_signed_transfer_is_submitted_by_anyone(stack: Stack) -> None:
    anna, bruno, relayer = stack.people.persons[:3]
    asked = {"from_account": anna, "to": bruno, "amount": "1500000", "reference": "invoice 7"}
    first = prepared(stack.api, "vault_transfer_signed", **asked)
    assert (first["steps"], first["issues"], first["sender"]) == ([], [], anna)
    assert first["digest"] == digest_of(first["typed_data"])
    assert first["typed_data"]["domain"]["verifyingContract"] == stack.people.vault.address
    assert changes(first) == ["-1500000", "+1500000"]
    signature = sign(stack, anna, first)
    said = {"key": first["key"], "deadline": first["deadline"], "signature": signature}
    found = carried_out(stack, "vault_transfer_signed", **asked, **said, sender=relayer)
    assert found["sender"] == relayer
    assert changes(found) == changes(first)
    assert found["request_id"] == first["request_id"]
    newest = stack.api.read("/postings", owner=anna, limit=1)["postings"][0]
    assert (newest["request_id"], newest["reference_text"]) == (first["request_id"], "invoice 7")
    again = prepared(stack.api, "vault_transfer_signed", **asked, **said)
    assert [issue["code"] for issue in again["issues"]] == ["already-done"]
    send(stack, prepared(stack.api, "vault_transfer_signed", **asked, **said, sender=relayer))


def test_a_signature_over_other_values_is_refused_in_words(stack: Stack) -> None:
    anna, bruno, relayer = stack.people.persons[:3]
    asked = {"from_account": anna, "to": bruno, "amount": "5", "sender": relayer}
    first = prepared(stack.api, "vault_transfer_signed", **asked)
    said = {"key": first["key"], "deadline": first["deadline"], "signature": sign(stack, anna, first)}
    for other in (
        {"amount": "6"}, {"to": relayer}, {"reference": "x"}, {"deadline": first["deadline"] + 1},
        {"key": fresh_key()}, {"signature": sign(stack, bruno, first)}, {"signature": "0x"}, {"signature": "0xab"},
    ):  # fmt: skip
        sentence = refused(stack, "vault_transfer_signed", "invalid-signature", **(asked | said | other))
        assert anna in sentence
    past = now(stack) - 10
    late = prepared(stack.api, "vault_transfer_signed", **asked, deadline=past)
    late_said = {"key": late["key"], "deadline": past, "signature": sign(stack, anna, late)}
    assert "2" in refused(stack, "vault_transfer_signed", "signature-expired", **asked, **late_said)


@pytest.mark.parametrize("left_out", ["key", "deadline"])
def test_a_signature_needs_what_was_signed(api: Api, stack: Stack, left_out: str) -> None:
    anna, bruno = stack.people.persons[:2]
    said = {"key": fresh_key(), "deadline": 2_000_000_000, "signature": "0xab"}
    said.pop(left_out)
    asked = {"from_account": anna, "to": bruno, "amount": "5"}
    require_problem(api.prepare("vault_transfer_signed", **asked, **said), "invalid-request")


def test_too_little_money_is_said_before_anybody_signs(stack: Stack) -> None:
    anna, bruno = stack.people.persons[:2]
    asked = {"from_account": anna, "to": bruno, "amount": str(10**30)}
    refused(stack, "vault_transfer_signed", "insufficient-balance", **asked)


def digest_of(typed_data: dict[str, Any]) -> str:
    """Of another implementation than the API's."""
    signable = encode_typed_data(full_message=typed_data)
    return "0x" + bytes(Account.sign_message(signable, "0x" + 64 * "1").message_hash).hex()
