"""A receiver that is a contract is asked last, after all state, and its refusal undoes the transfer."""

from collections.abc import Callable
from typing import Any

import pytest
from ape.exceptions import ContractLogicError
from eth_abi.abi import encode

from tests.contracts.ape_types import Account, Contract, Receipt
from tests.contracts.events import events_of
from tests.contracts.fraction_token.conftest import BARN, HOUSE, Allot, batch_event, transfer_event
from tests.contracts.refusals import decoded, refused, revert_data, selector_of

ON_RECEIVED, ON_BATCH_RECEIVED = bytes.fromhex("f23a6e61"), bytes.fromhex("bc197c81")
ERROR_STRING = bytes.fromhex("08c379a0")
MOST_OF_A_REASON = 1024
WRONG_ANSWERS = {
    "nothing": b"",
    "false": bytes(32),
    "true": bytes(31) + b"\1",
    "four bytes": ON_RECEIVED,
    "four bytes for a batch": ON_BATCH_RECEIVED,
    "a byte too few": ON_RECEIVED.ljust(31, b"\0"),
    "a number": ON_RECEIVED.rjust(32, b"\0"),
    "dirt": ON_RECEIVED.ljust(32, b"\1"),
    "dirt for a batch": ON_BATCH_RECEIVED.ljust(32, b"\1"),
}

Send = Callable[..., Receipt]


@pytest.fixture
def holder(alice: Account, allot: Allot) -> Account:
    """alice, with 10 of the house and 20 of the barn."""
    allot(alice, 10, HOUSE)
    allot(alice, 20, BARN)
    return alice


@pytest.fixture(params=["single", "batch"])
def send(request: pytest.FixtureRequest, token: Contract, holder: Account) -> Send:
    """Send 3 of the holder's house to a receiver, by each of the two functions."""

    def single(receiver: Contract) -> Receipt:
        return token.safeTransferFrom(holder, receiver, HOUSE, 3, b"hello", sender=holder)

    def batch(receiver: Contract) -> Receipt:
        return token.safeBatchTransferFrom(holder, receiver, [HOUSE], [3], b"hello", sender=holder)

    return single if request.param == "single" else batch


def reason_of(text: str) -> bytes:
    return ERROR_STRING + encode(["string"], [text])


def asked_of(receipt: Receipt, receiver: Contract) -> dict[str, Any]:
    [asked] = [event for name, event in events_of(receipt, receiver) if name == "Asked"]
    return asked


# -- what a receiver is told


def test_a_receiver_is_told_who_sends_what_and_sees_finished_books(
    send: Send, holder: Account, hostile_receiver: Contract
) -> None:
    asked = asked_of(send(hostile_receiver), hostile_receiver)
    assert (asked["operator"], asked["sender"]) == (holder.address, holder.address)
    assert (list(asked["ids"]), list(asked["amounts"]), bytes(asked["data"])) == ([HOUSE], [3], b"hello")
    assert (asked["sender_balance"], asked["own_balance"]) == (7, 3)


def test_a_receiver_is_told_the_operator_who_sends_for_another(
    token: Contract, holder: Account, bob: Account, hostile_receiver: Contract
) -> None:
    token.setApprovalForAll(bob, True, sender=holder)
    receipt = token.safeTransferFrom(holder, hostile_receiver, HOUSE, 3, b"", sender=bob)
    asked = asked_of(receipt, hostile_receiver)
    assert (asked["operator"], asked["sender"]) == (bob.address, holder.address)


def test_a_receiver_is_asked_once_for_a_whole_batch(
    token: Contract, holder: Account, hostile_receiver: Contract
) -> None:
    receipt = token.safeBatchTransferFrom(holder, hostile_receiver, [HOUSE, BARN], [3, 4], b"both", sender=holder)
    asked = asked_of(receipt, hostile_receiver)
    assert (list(asked["ids"]), list(asked["amounts"]), bytes(asked["data"])) == ([HOUSE, BARN], [3, 4], b"both")


def test_the_longest_batch_with_the_longest_data_reaches_its_receiver(
    token: Contract, holder: Account, hostile_receiver: Contract
) -> None:
    ids, amounts, data = [BARN, HOUSE] * 64, [0] * 126 + [20, 10], bytes(range(256)) * 4
    receipt = token.safeBatchTransferFrom(holder, hostile_receiver, ids, amounts, data, sender=holder)
    asked = asked_of(receipt, hostile_receiver)
    assert (list(asked["ids"]), list(asked["amounts"]), bytes(asked["data"])) == (ids, amounts, data)


def test_the_longest_data_reaches_the_receiver_of_a_single_transfer(
    token: Contract, holder: Account, hostile_receiver: Contract
) -> None:
    data = bytes(range(256)) * 4
    receipt = token.safeTransferFrom(holder, hostile_receiver, HOUSE, 3, data, sender=holder)
    assert bytes(asked_of(receipt, hostile_receiver)["data"]) == data


def test_a_receiver_is_asked_even_for_nothing(token: Contract, holder: Account, hostile_receiver: Contract) -> None:
    receipt = token.safeTransferFrom(holder, hostile_receiver, HOUSE, 0, b"", sender=holder)
    assert list(asked_of(receipt, hostile_receiver)["amounts"]) == [0]


def test_the_transfer_is_told_before_the_receiver_is_asked(
    send: Send, token: Contract, hostile_receiver: Contract
) -> None:
    speakers = [log.contract_address for log in send(hostile_receiver).events]
    assert speakers == [token.address, hostile_receiver.address]


# -- what a receiver answers


def test_a_receiver_that_accepts_holds_the_fractions(send: Send, token: Contract, hostile_receiver: Contract) -> None:
    send(hostile_receiver)
    assert token.balanceOf(hostile_receiver, HOUSE) == 3


def test_a_receiver_may_answer_more_than_was_asked(
    token: Contract, holder: Account, hostile_receiver: Contract
) -> None:
    hostile_receiver.answer_with(ON_RECEIVED.ljust(2048, b"\0"), sender=holder)
    token.safeTransferFrom(holder, hostile_receiver, HOUSE, 3, b"", sender=holder)
    assert token.balanceOf(hostile_receiver, HOUSE) == 3


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_any_other_answer_is_a_refusal(
    send: Send, token: Contract, holder: Account, hostile_receiver: Contract, answer: bytes
) -> None:
    hostile_receiver.answer_with(answer, sender=holder)
    with refused("ERC1155InvalidReceiver", hostile_receiver.address):
        send(hostile_receiver)
    assert token.balanceOf(holder, HOUSE) == 10


def test_the_answer_to_a_batch_does_not_do_for_a_single_transfer(
    token: Contract, holder: Account, hostile_receiver: Contract
) -> None:
    hostile_receiver.answer_with(ON_BATCH_RECEIVED.ljust(32, b"\0"), sender=holder)
    with refused("ERC1155InvalidReceiver", hostile_receiver.address):
        token.safeTransferFrom(holder, hostile_receiver, HOUSE, 3, b"", sender=holder)


def test_the_answer_to_a_single_transfer_does_not_do_for_a_batch(
    token: Contract, holder: Account, hostile_receiver: Contract
) -> None:
    hostile_receiver.answer_with(ON_RECEIVED.ljust(32, b"\0"), sender=holder)
    with refused("ERC1155InvalidReceiver", hostile_receiver.address):
        token.safeBatchTransferFrom(holder, hostile_receiver, [HOUSE], [3], b"", sender=holder)


def test_the_reason_of_a_receiver_that_reverts_is_passed_on(
    send: Send, token: Contract, holder: Account, hostile_receiver: Contract
) -> None:
    hostile_receiver.revert_with(reason_of("not today"), sender=holder)
    with refused("Error", "not today"):
        send(hostile_receiver)
    assert token.balanceOf(holder, HOUSE) == 10


def test_the_custom_error_of_a_receiver_that_reverts_is_passed_on(
    send: Send, holder: Account, hostile_receiver: Contract
) -> None:
    error = selector_of("InvalidAccount", ["uint256"]) + encode(["uint256"], [7])
    hostile_receiver.revert_with(error, sender=holder)
    with refused("InvalidAccount", 7):
        send(hostile_receiver)


def test_a_receiver_that_reverts_without_a_reason_is_an_invalid_one(
    send: Send, holder: Account, hostile_receiver: Contract
) -> None:
    hostile_receiver.revert_with(b"", sender=holder)
    with refused("ERC1155InvalidReceiver", hostile_receiver.address):
        send(hostile_receiver)


def test_of_an_endless_reason_a_bounded_part_is_passed_on(
    send: Send, holder: Account, hostile_receiver: Contract
) -> None:
    hostile_receiver.revert_with(b"\1" * 2048, sender=holder)
    with pytest.raises(ContractLogicError) as caught:
        send(hostile_receiver)
    assert revert_data(caught.value) == b"\1" * MOST_OF_A_REASON


def test_a_contract_without_the_function_is_an_invalid_receiver(
    send: Send, token: Contract, holder: Account, dollar: Contract
) -> None:
    with refused("ERC1155InvalidReceiver", dollar.address):
        send(dollar)
    assert token.balanceOf(holder, HOUSE) == 10


def test_an_account_without_code_is_not_asked(send: Send, token: Contract, bob: Account) -> None:
    send(bob)
    assert token.balanceOf(bob, HOUSE) == 3


# -- receivers that call back


def test_a_receiver_that_sends_on_in_its_callback_leaves_true_books(
    send: Send, token: Contract, holder: Account, bob: Account, hostile_receiver: Contract
) -> None:
    onward = token.safeTransferFrom.encode_input(hostile_receiver, bob, HOUSE, 3, b"")
    hostile_receiver.call_back(token, onward, sender=bob)
    send(hostile_receiver)
    assert [token.balanceOf(who, HOUSE) for who in (holder, hostile_receiver, bob)] == [7, 0, 3]
    assert token.totalSupply(HOUSE) == 10


def test_the_events_of_a_transfer_inside_a_transfer_stand_in_their_order(
    token: Contract, holder: Account, bob: Account, hostile_receiver: Contract
) -> None:
    onward = token.safeBatchTransferFrom.encode_input(hostile_receiver, bob, [HOUSE], [3], b"")
    hostile_receiver.call_back(token, onward, sender=bob)
    receipt = token.safeTransferFrom(holder, hostile_receiver, HOUSE, 3, b"", sender=holder)
    assert events_of(receipt, token) == [
        transfer_event(holder, holder, hostile_receiver, HOUSE, 3),
        batch_event(hostile_receiver, hostile_receiver, bob, [HOUSE], [3]),
    ]


def test_a_receiver_that_sends_to_itself_in_its_callback_gains_nothing(
    send: Send, token: Contract, holder: Account, bob: Account, hostile_receiver: Contract
) -> None:
    again = token.safeTransferFrom.encode_input(hostile_receiver, hostile_receiver, HOUSE, 3, b"")
    hostile_receiver.call_back(token, again, sender=bob)
    send(hostile_receiver)
    assert [token.balanceOf(who, HOUSE) for who in (holder, hostile_receiver)] == [7, 3]


def test_a_receiver_that_takes_more_in_its_callback_is_refused_and_gains_nothing(
    send: Send, token: Contract, holder: Account, bob: Account, hostile_receiver: Contract
) -> None:
    more = token.safeTransferFrom.encode_input(holder, hostile_receiver, HOUSE, 7, b"")
    hostile_receiver.call_back(token, more, sender=bob)
    receipt = send(hostile_receiver)
    [answer] = [event for name, event in events_of(receipt, hostile_receiver) if name == "CalledBack"]
    assert not answer["succeeded"]
    assert decoded(bytes(answer["response"])).args == (
        "ERC1155MissingApprovalForAll",
        hostile_receiver.address,
        holder.address,
    )
    assert token.balanceOf(hostile_receiver, HOUSE) == 3
