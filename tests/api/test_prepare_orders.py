"""Orders as the API prepares them: the fills, fees and escrow that it promises are those that come about."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from web3.logs import DISCARD

from local.people import UNIT
from tests.api.floor import FAR_AWAY, MAKER_FEE_PPM, TAKER_FEE_PPM, TICK_SIZE, Floor
from tests.api.preparing import carried_out, fresh_key, prepared, refused, send, sign
from tests.api.stack import require_problem

DAY = 86_400


def terms(number: int, side: str, tick: int, quantity: int, **more: Any) -> dict[str, Any]:
    return {"property_id": number, "side": side, "tick": tick, "quantity": str(quantity), **more}


def effect(found: dict[str, Any], kind: str = "order") -> dict[str, Any]:
    (one,) = [item for item in found["simulation"]["effects"] if item["kind"] == kind]
    return dict(one)


def came_about(floor: Floor, promised: dict[str, Any], receipt: Any) -> None:
    """What the logs of the transaction say is what the effect of the order said."""
    events = floor.people.market.events
    fills = [log["args"] for log in events.Filled().process_receipt(receipt, DISCARD)]
    assert [(str(fill["maker_order"]), str(fill["quantity"])) for fill in fills] == [
        (fill["maker_order"], fill["quantity"]) for fill in promised["fills"]
    ]
    charged = floor.people.vault.events.Posting().process_receipt(receipt, DISCARD)
    fees = sum(log["args"]["amount"] for log in charged if log["args"]["kind"] == 14)
    assert fees == int(promised["taker_fee"]) + sum(int(fill["maker_fee"]) for fill in promised["fills"])
    escrowed = sum(log["args"]["amount"] for log in charged if log["args"]["kind"] == 11)
    assert escrowed == int(promised["escrowed"])
    resting = floor.lens.order(int(promised["order_id"])).call()
    assert resting[4] == int(promised["rests"])
    held = promised["escrowed"] if promised["side"] == "bid" else promised["locked"]
    assert resting[8] == (int(held) if resting[4] else 0)
    assert sum(int(promised[name]) for name in ("filled", "rests", "unfilled")) == int(promised["quantity"])


def placed(floor: Floor, who: str, **body: Any) -> dict[str, Any]:
    """Prepared, sent as it is, found in the chain just as promised; the effect of the order."""
    found = prepared(floor.api, "place_order", sender=who, **body)
    assert found["issues"] == [], found["issues"]
    receipt = send(floor.stack, found)
    promised = effect(found)
    came_about(floor, promised, receipt)
    return promised


def test_an_order_that_rests_says_what_it_escrows(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    bid = placed(floor, anna, **terms(number, "bid", 250, 40))
    assert (bid["filled"], bid["rests"], bid["fills"], bid["average_price"]) == ("0", "40", [], None)
    value = 40 * 250 * TICK_SIZE
    assert bid["escrowed"] == str(value + value * MAKER_FEE_PPM // 10**6)
    assert (bid["price"], bid["locked"], bid["taker_fee"]) == (str(250 * TICK_SIZE), "0", "0")
    ask = placed(floor, bruno, **terms(number, "ask", 260, 7, order_type="post_only"))
    assert (ask["escrowed"], ask["locked"], ask["rests"]) == ("0", "7", "7")
    assert int(ask["order_id"]) == (number << 40) + ask["number"] == int(bid["order_id"]) + 1
    found = prepared(floor.api, "place_order", sender=anna, **terms(number, "bid", 250, 40, order_type="post_only"))
    assert found["steps"][0]["sentence"] == (
        f"Offer to buy 40 fractions of Quay {number} at 2.50 TUSD each, for 180 days, without trading at once."
    )
    assert found["simulation"]["moves"] is True
    only_locks = prepared(floor.api, "place_order", sender=bruno, **terms(number, "ask", 270, 1))
    assert only_locks["simulation"]["moves"] is False
    arguments = {item["name"]: item["value"] for item in only_locks["steps"][0]["arguments"]}
    assert arguments["order.tick"] == "270"
    assert int(arguments["order.deadline"]) > floor.now()


def test_the_fills_of_a_taker_are_foretold_with_their_prices_and_fees(floor: Floor) -> None:
    number, (anna, bruno, chidi) = floor.opened(), floor.persons[:3]
    first = floor.place(anna, number, "ask", 300, 5)
    second = floor.place(bruno, number, "ask", 300, 6)
    third = floor.place(anna, number, "ask", 304, 10)
    floor.place(chidi, number, "bid", 300, 2)
    took = placed(floor, chidi, **terms(number, "bid", 304, 15))
    assert [(fill["maker_order"], fill["quantity"], fill["tick"]) for fill in took["fills"]] == [
        (str(first), "3", 300), (str(second), "6", 300), (str(third), "6", 304),
    ]  # fmt: skip
    value = (9 * 300 + 6 * 304) * TICK_SIZE
    assert (took["amount"], took["average_price"]) == (str(value), str(value // 15))
    assert (took["worst_tick"], took["taker_fee"]) == (304, str(value * TAKER_FEE_PPM // 10**6))
    rest = placed(floor, chidi, **terms(number, "bid", 304, 9))
    assert (rest["filled"], rest["rests"]) == ("4", "5")
    dropped = placed(floor, anna, **terms(number, "ask", 304, 9, order_type="immediate_or_cancel"))
    assert (dropped["filled"], dropped["rests"], dropped["unfilled"]) == ("5", "0", "4")


def test_a_price_in_units_is_a_tick_or_the_two_nearest_are_named(floor: Floor) -> None:
    number, anna = floor.opened(), floor.persons[0]
    at = {"property_id": number, "side": "bid", "quantity": "10", "sender": anna}
    found = prepared(floor.api, "place_order", **at, price=str(255 * TICK_SIZE))
    assert effect(found)["tick"] == 255
    off = require_problem(floor.api.prepare("place_order", **at, price=str(255 * TICK_SIZE + 1)), "invalid-price")
    assert f"take {255 * TICK_SIZE} or {256 * TICK_SIZE}." in off["detail"]
    low = require_problem(floor.api.prepare("place_order", **at, price="1"), "invalid-price")
    assert low["detail"].endswith(f"take {TICK_SIZE}.")
    high = require_problem(floor.api.prepare("place_order", **at, price=str(10**30)), "invalid-price")
    assert high["detail"].endswith(f"take {(2**24 - 2) * TICK_SIZE}.")
    require_problem(floor.api.prepare("place_order", **at), "invalid-request")
    require_problem(floor.api.prepare("place_order", **at, tick=5, price="5"), "invalid-request")
    for wrong in ("0", "-5", "1.5", "", "x"):
        require_problem(floor.api.prepare("place_order", **at, price=wrong), "invalid-price")
    nowhere = {**at, "property_id": 4_000}
    require_problem(floor.api.prepare("place_order", **nowhere, price="20000"), "invalid-price")
    refused(floor.stack, "place_order", "unknown-book", **nowhere, tick=5)


def test_an_order_that_would_fail_is_explained(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(lot=5), floor.persons[:2]
    floor.place(bruno, number, "ask", 300, 10)

    def words(code: str, side: str, tick: int, quantity: int, **more: Any) -> str:
        return refused(floor.stack, "place_order", code, sender=anna, **terms(number, side, tick, quantity, **more))

    assert "1.00 TUSD" in words("value-too-small", "bid", 3, 5)
    assert "take 5 or 10" in words("invalid-quantity", "bid", 300, 7)
    assert "take 5" in words("invalid-quantity", "bid", 300, 2)
    post = words("would-trade", "bid", 300, 5, order_type="post_only")
    assert "best ask is 3.00 TUSD. Take a lower price" in post
    assert "10 fractions would trade at once, and 15" in words("not-filled", "bid", 300, 15, order_type="fill_or_kill")
    words("invalid-minimum-fill", "bid", 300, 15, order_type="market")
    words("insufficient-balance", "bid", 10**6, 10_000)
    words("erc1155-insufficient-balance", "ask", 400, 10_000)
    words("deadline-passed", "bid", 300, 5, deadline=1)
    words("invalid-expiry", "bid", 300, 5, expiry=floor.now() + 181 * DAY)
    words("invalid-tick", "bid", 0, 5)
    floor.does(floor.admin, floor.market.halt([number]))
    assert f"book of Quay {number} is halted" in words("book-halted", "bid", 300, 5)
    floor.does(floor.admin, floor.market.resume([number]))


def test_fractions_that_rest_in_another_ask_cannot_be_sold_twice(floor: Floor) -> None:
    number, anna = floor.opened(), floor.persons[0]
    floor.place(anna, number, "ask", 300, 900)
    asked = terms(number, "ask", 310, 101)
    sentence = refused(floor.stack, "place_order", "erc1155-insufficient-balance", sender=anna, **asked)
    assert "100 free fractions" in sentence


def test_who_is_not_on_the_list_cannot_bid_and_may_leave(floor: Floor) -> None:
    anna, bruno = floor.persons[:2]
    everybody = floor.investors(*floor.persons)
    number = floor.opened(registry_list=everybody)
    floor.people.send(floor.people.registry.functions.set_entry(everybody, bruno, 2, 0, True), floor.issuer)
    refused(floor.stack, "place_order", "not-eligible", sender=bruno, **terms(number, "bid", 300, 5))
    placed(floor, bruno, **terms(number, "ask", 300, 5))
    placed(floor, anna, **terms(number, "bid", 300, 5))


def test_an_own_order_in_the_way_is_an_issue_and_goes(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    own = floor.place(anna, number, "ask", 300, 5)
    floor.place(bruno, number, "ask", 301, 5)
    found = prepared(floor.api, "place_order", sender=anna, **terms(number, "bid", 301, 5))
    (only,) = found["issues"]
    assert (only["code"], f"Your order {number}-1 stands in the way" in only["sentence"]) == ("own-order-crossed", True)
    removal = effect(found, "removal")
    assert (removal["order_id"], removal["reason"], removal["quantity"]) == (str(own), "self_trade", "5")
    came_about(floor, effect(found), send(floor.stack, found))


def test_an_order_is_replaced_reduced_and_cancelled_as_foretold(floor: Floor) -> None:
    number, anna = floor.opened(lot=2), floor.persons[0]
    before = floor.money_of(anna)
    first = placed(floor, anna, **terms(number, "bid", 250, 40))["order_id"]
    reducing = carried_out(floor.stack, "reduce_order", sender=anna, order_id=first, quantity="10")
    reduction = effect(reducing, "reduction")
    assert (reduction["quantity"], reduction["remaining"], reduction["order_id"]) == ("10", "30", first)
    assert reducing["steps"][0]["sentence"] == f"Take 10 fractions back from order {number}-1."
    assert before - floor.money_of(anna) == floor.lens.order(int(first)).call()[8]
    found = carried_out(floor.stack, "replace_order", sender=anna, order_id=first, **terms(number, "bid", 252, 20))
    removal, order = effect(found, "removal"), effect(found)
    assert (removal["order_id"], removal["reason"], order["number"]) == (first, "cancelled", 2)
    assert int(removal["refund"]) > 0
    cancelling = carried_out(floor.stack, "cancel_order", sender=anna, order_id=order["order_id"])
    assert effect(cancelling, "removal")["refund"] == order["escrowed"]
    assert floor.money_of(anna) == before
    asks = [placed(floor, anna, **terms(number, "ask", 300 + i, 4))["order_id"] for i in range(3)]
    many = carried_out(floor.stack, "cancel_orders", sender=anna, order_ids=[first, *asks])
    assert [item["order_id"] for item in many["simulation"]["effects"]] == asks
    assert many["steps"][0]["sentence"] == "Cancel 4 orders."
    gone = prepared(floor.api, "cancel_orders", sender=anna, order_ids=asks)
    assert [item["code"] for item in gone["issues"]] == ["nothing-to-do"]


def test_orders_of_others_and_orders_that_are_gone_are_left_alone(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    own = floor.place(anna, number, "bid", 250, 40)
    refused(floor.stack, "cancel_order", "not-order-owner", sender=bruno, order_id=str(own))
    gone = refused(floor.stack, "cancel_order", "unknown-order", sender=anna, order_id=str(own + 9))
    assert f"Order {number}-10" in gone
    refused(floor.stack, "reduce_order", "invalid-reduction", sender=anna, order_id=str(own), quantity="40")
    refused(floor.stack, "cancel_orders", "not-order-owner", sender=bruno, order_ids=[str(own)])
    for wrong in ("0", "17", "x", "", f"{number}-1", str(2**72)):
        require_problem(floor.api.prepare("cancel_order", sender=anna, order_id=wrong), "invalid-order-id")
    nothing = prepared(floor.api, "prune_orders", sender=bruno, order_ids=[str(own)])
    assert [item["code"] for item in nothing["issues"]] == ["nothing-to-do"]


def test_an_expired_order_is_pruned_by_anyone(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    until = floor.now() + 1_000
    own = floor.place(anna, number, "bid", 250, 40, expiry=until)
    ask = floor.place(anna, number, "ask", 260, 4, expiry=until)
    floor.pass_time(until + 1)
    found = carried_out(floor.stack, "prune_orders", sender=bruno, order_ids=[str(own), str(ask)])
    removed = [item for item in found["simulation"]["effects"] if item["kind"] == "removal"]
    assert [(item["order_id"], item["reason"]) for item in removed] == [(str(own), "expired"), (str(ask), "expired")]


def test_an_order_is_signed_by_one_and_sent_by_another_once(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    same = {"owner": anna, **terms(number, "bid", 250, 40)}
    first = prepared(floor.api, "sign_order", **same)
    assert (first["steps"], first["sender"]) == ([], anna)
    assert effect(first)["rests"] == "40"
    message = first["typed_data"]["message"]
    assert (message["owner"], message["key"], message["deadline"]) == (anna, first["key"], str(first["deadline"]))
    assert first["typed_data"]["domain"]["verifyingContract"] == floor.people.market.address
    named = {"key": first["key"], "deadline": first["deadline"]}
    signature = sign(floor.stack, anna, first)
    found = prepared(floor.api, "submit_order", **same, **named, signature=signature, sender=bruno)
    assert found["issues"] == []
    assert found["sender"] == bruno
    assert found["steps"][0]["sentence"].endswith(f"For {anna[:6]}…{anna[-4:]}, as signed.")
    promised = effect(found)
    assert (promised["owner"], promised["escrowed"]) == (anna, effect(first)["escrowed"])
    came_about(floor, promised, send(floor.stack, found))
    request_id = keccak(encode(["address", "uint8", "bytes32"], [anna, 1, bytes.fromhex(first["key"][2:])]))
    assert found["request_id"] == first["request_id"] == "0x" + request_id.hex()
    again = {**same, **named, "signature": signature, "sender": bruno}
    refused(floor.stack, "submit_order", "order-placed-before", **again)
    refused(floor.stack, "submit_order", "key-used-for-another-request", **{**again, "quantity": "41"})
    refused(floor.stack, "submit_order", "invalid-signature", **{**again, "key": fresh_key()})
    require_problem(floor.api.prepare("submit_order", **same, signature=signature), "invalid-request")


def test_a_cancellation_is_signed_by_one_and_sent_by_another(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    order_id = str(floor.place(anna, number, "ask", 250, 40))
    same = {"owner": anna, "order_id": order_id}
    first = prepared(floor.api, "sign_cancellation", **same)
    assert first["typed_data"]["message"] == {"order_id": order_id, "deadline": str(first["deadline"])}
    signed = {**same, "deadline": first["deadline"], "signature": sign(floor.stack, anna, first)}
    found = carried_out(floor.stack, "submit_cancellation", **signed, sender=bruno)
    assert effect(found, "removal") == effect(first, "removal")
    refused(floor.stack, "submit_cancellation", "unknown-order", **signed, sender=bruno)
    refused(floor.stack, "sign_cancellation", "unknown-order", **same)


def test_a_key_that_was_burnt_places_no_order(floor: Floor) -> None:
    number, anna = floor.opened(), floor.persons[0]
    same = {"owner": anna, **terms(number, "bid", 250, 40)}
    first = prepared(floor.api, "sign_order", **same)
    named = {"key": first["key"], "deadline": first["deadline"], "signature": sign(floor.stack, anna, first)}
    burning = carried_out(floor.stack, "burn_order_key", sender=anna, key=first["key"])
    assert burning["request_id"] == first["request_id"]
    refused(floor.stack, "submit_order", "key-void", **same, **named)
    again = prepared(floor.api, "burn_order_key", sender=anna, key=first["key"])
    assert [item["code"] for item in again["issues"]] == ["already-void"]


def test_fees_go_to_their_receiver_and_only_if_there_are_any(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    floor.place(anna, number, "ask", 300, 50)
    floor.place(bruno, number, "bid", 300, 50)
    found = carried_out(floor.stack, "collect_fees", sender=bruno)
    assert len(found["simulation"]["effects"]) == 2
    refused(floor.stack, "collect_fees", "zero-amount", sender=bruno)


@pytest.mark.parametrize("side", ["bid", "ask"])
def test_128_makers_are_foretold_in_one_answer(floor: Floor, side: str) -> None:
    number, (anna, bruno) = floor.opened(minimum_ticks=0), floor.persons[:2]
    other = "ask" if side == "bid" else "bid"
    for i in range(129):
        terms_of = floor.order(number, other, 300 + (i if other == "ask" else -i), 1)
        floor.market.place(terms_of).transact({"from": bruno, "gas": 500_000})
    promised = placed(floor, anna, **terms(number, side, 500 if side == "bid" else 1, 200, order_type="market",
                                           minimum_fill="100"))  # fmt: skip
    assert len(promised["fills"]) == 128
    assert promised["unfilled"] == "72"
    assert FAR_AWAY > promised["expiry"] > UNIT
