"""Markets, books, quotes, trades, candles and orders as the API tells them: what the contract says, now and then."""

import zlib
from typing import Any

import pytest

from api.quotes import Taker, walked
from tests.api.floor import MAKER_FEE_PPM, MINIMUM_TICKS, TAKER_FEE_PPM, TICK_SIZE, Floor
from tests.api.preparing import carried_out, refused
from tests.api.stack import NOBODY, require_problem

MILLION = 10**6
DAY = 86_400


def rows_of(floor: Floor, number: int, side: int, block: int) -> list[tuple[int, int, int]]:
    found = floor.lens.depth(number, side, 128).call(block_identifier=block)
    return [tuple(row) for row in found]


def book_of(floor: Floor, number: int, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = floor.read(f"/markets/{number}/book", **params)["book"]
    return found


def require_like_the_contract(floor: Floor, number: int, block: int) -> dict[str, Any]:
    """The book as of a block is that of the Lens; the book."""
    book = book_of(floor, number, at_block=block, depth=128)
    for side, name in enumerate(("bids", "asks")):
        told = [(level["tick"], int(level["quantity"]), level["orders"]) for level in book[name]]
        assert told == rows_of(floor, number, side, block)
        assert all(int(level["price"]) == level["tick"] * TICK_SIZE for level in book[name])
    best = [*book["asks"][:10], *book["bids"][:10]]
    text = "".join(str(int(level["price"])) + str(int(level["quantity"])) for level in best)
    assert book["checksum"] == zlib.crc32(text.encode())
    return book


def market_of(floor: Floor, number: int, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = floor.read(f"/markets/{number}", **params)["market"]
    return found


def test_a_market_is_told_with_its_rules_and_how_it_trades(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(lot=2), floor.persons[:2]
    before = floor.stack.settle()
    new = market_of(floor, number)
    rules = {"tick_size": str(TICK_SIZE), "lot": "2", "minimum_value": str(MINIMUM_TICKS * TICK_SIZE),
             "maker_fee_ppm": MAKER_FEE_PPM, "taker_fee_ppm": TAKER_FEE_PPM, "registry_list": None, "status": "open",
             "best_bid": None, "best_ask": None, "mark_price": None, "last_trade": None, "day": None,
             "sequence": None}  # fmt: skip
    assert {name: new[name] for name in rules} == rules
    floor.place(anna, number, "bid", 250, 10)
    floor.place(bruno, number, "ask", 261, 6)
    floor.stack.settle()
    quoted = market_of(floor, number)
    assert quoted["best_bid"] == {"tick": 250, "price": str(250 * TICK_SIZE), "quantity": "10"}
    assert quoted["best_ask"]["quantity"] == "6"
    assert quoted["mark_price"] == {"price": str(511 * TICK_SIZE // 2), "source": "mid"}
    floor.place(bruno, number, "ask", 250, 10)
    floor.place(anna, number, "bid", 261, 2)
    block = floor.stack.settle()
    traded = market_of(floor, number)
    assert traded["mark_price"] == {"price": str(261 * TICK_SIZE), "source": "last"}
    assert traded["last_trade"]["tick"] == 261
    day = {"open": 250, "high": 261, "low": 250, "close": 261}
    assert {name: int(traded["day"][name]) for name in day} == {name: tick * TICK_SIZE for name, tick in day.items()}
    value = (250 * 10 + 261 * 2) * TICK_SIZE
    assert (traded["day"]["volume"], traded["day"]["value"], traded["day"]["trades"]) == ("12", str(value), 2)
    assert traded["day"]["change_ppm"] == 11 * MILLION // 250
    assert traded["sequence"].startswith(f"{block}:")
    listed = {row["property_id"]: row for row in floor.read("/markets")["markets"]}
    assert listed[number] == traded
    assert market_of(floor, number, at_block=before) == {**new, "finality": traded["finality"]}
    floor.pass_time(floor.now() + DAY + 120)
    assert market_of(floor, number)["day"] is None
    assert market_of(floor, number, at_block=block)["day"] == traded["day"]


def test_a_market_is_halted_resumed_and_closed_with_its_property(floor: Floor) -> None:
    number, admin = floor.opened(), floor.admin
    halted = floor.does(admin, floor.market.halt([number]))
    assert market_of(floor, number)["status"] == "halted"
    floor.does(admin, floor.market.resume([number]))
    assert market_of(floor, number)["status"] == "open"
    fees = floor.does(admin, floor.market.set_fees(number, 7, 9))
    now = market_of(floor, number)
    assert (now["maker_fee_ppm"], now["taker_fee_ppm"]) == (7, 9)
    then = market_of(floor, number, at_block=fees - 1)
    assert (then["status"], then["maker_fee_ppm"]) == ("open", MAKER_FEE_PPM)
    assert market_of(floor, number, at_block=halted)["status"] == "halted"


def test_a_closed_book_takes_no_orders_and_lets_all_out(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    before = floor.money_of(anna)
    bid, ask = floor.place(anna, number, "bid", 250, 10), floor.place(bruno, number, "ask", 260, 10)
    floor.close(number)
    assert market_of(floor, number)["status"] == "closed"
    asked = {"property_id": number, "side": "bid", "tick": 250, "quantity": "10"}
    sentence = refused(floor.stack, "place_order", "book-closed", sender=anna, **asked)
    assert sentence == f"The book of Quay {number} is closed for ever, because the property ends."
    assert floor.read(f"/orders/{bid}")["order"]["status"] == "open"
    carried_out(floor.stack, "prune_orders", sender=bruno, order_ids=[str(bid), str(ask)])
    gone = floor.read("/orders", property_id=number)["orders"]
    assert {(row["status"], row["is_resting"]) for row in gone} == {("closed", False)}
    assert floor.money_of(anna) == before
    assert book_of(floor, number)["bids"] == []


def test_the_book_is_that_of_the_contract_at_every_step(floor: Floor) -> None:
    number, (anna, bruno, chidi) = floor.opened(), floor.persons[:3]
    blocks = []

    def step() -> None:
        block = floor.stack.settle()
        require_like_the_contract(floor, number, block)
        blocks.append(block)

    first = floor.place(anna, number, "bid", 250, 10)
    step()
    soon = floor.now() + 300
    floor.place(bruno, number, "bid", 250, 5, expiry=soon)
    own = floor.place(chidi, number, "ask", 260, 7)
    step()
    for i in range(12):
        floor.place(anna, number, "ask", 270 + i, 3 + i)
    step()
    floor.people.send(floor.market.reduce(first, 4), anna)
    step()
    floor.place(chidi, number, "ask", 250, 8)
    step()
    floor.pass_time(soon + 1)
    step()
    assert book_of(floor, number)["bids"][0]["quantity"] == "3"
    assert book_of(floor, number, depth=1)["checksum"] == book_of(floor, number, depth=200)["checksum"]
    assert len(book_of(floor, number, depth=1)["asks"]) == 1
    floor.people.send(floor.market.cancel_many([own, first + 99]), chidi)
    step()
    for block in blocks:
        require_like_the_contract(floor, number, block)


def quote_of(floor: Floor, number: int, side: str, quantity: int, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = floor.read(f"/markets/{number}/quote", side=side, quantity=quantity, **params)["quote"]
    return found


def require_quoted(floor: Floor, number: int, side: str, tick: int, quantity: int, owner: str, block: int) -> None:
    """As the Lens quotes at the same block."""
    told = quote_of(floor, number, side, quantity, tick=tick, owner=owner, at_block=block)
    terms = (number, 0 if side == "bid" else 1, tick, quantity, owner)
    names = ("quantity", "amount", "taker_fee", "fills", "removals")
    found = floor.lens.quote(*terms).call(block_identifier=block)
    assert [int(told[name]) for name in names] == list(found[:5]), (terms, block)
    assert (told["worst_tick"] or 0) == found[5]
    assert sum(int(level["quantity"]) for level in told["levels"]) == found[0]


def test_a_quote_passes_over_what_the_contract_would_take_out(floor: Floor) -> None:
    anna, bruno, chidi, dara = floor.persons[:4]
    everybody = floor.investors(*floor.persons)
    number = floor.opened(registry_list=everybody)
    soon = floor.now() + 600
    floor.place(anna, number, "ask", 300, 5, expiry=soon)
    floor.place(bruno, number, "ask", 300, 6)
    floor.place(chidi, number, "ask", 304, 7)
    floor.place(anna, number, "bid", 290, 5)
    floor.place(dara, number, "bid", 280, 8)
    blocks = [floor.stack.settle()]
    blocks.append(floor.pass_time(soon + 1))
    registry = floor.people.registry.functions
    entries = [(anna, 1, 2**64 - 1, True), (bruno, 3, 2**64 - 1, False)]
    blocks.append(floor.does(floor.issuer, registry.set_entries(everybody, entries)))
    for block in blocks:
        for who in (anna, bruno, chidi, dara, NOBODY):
            for side, tick in (("bid", 300), ("bid", 304), ("ask", 290), ("ask", 280), ("bid", 1)):
                for quantity in (1, 6, 30):
                    require_quoted(floor, number, side, tick, quantity, who, block)
    anybody = quote_of(floor, number, "bid", 8)
    assert anybody["levels"] == [
        {"tick": 300, "price": str(300 * TICK_SIZE), "quantity": "6", "orders": 1},
        {"tick": 304, "price": str(304 * TICK_SIZE), "quantity": "2", "orders": 1},
    ]
    assert anybody["average_price"] == str((6 * 300 + 2 * 304) * TICK_SIZE // 8)
    assert quote_of(floor, number, "ask", 1, tick=400)["average_price"] is None


def test_a_quote_goes_as_far_as_a_call_may() -> None:
    """128 orders traded with and 128 taken out, and no further; the last removal does not end it, the next would."""

    def resting(number: int, expiry: int) -> dict[str, Any]:
        return {"owner": "\\x01", "number": number, "remaining": 1, "tick": 300, "expiry": expiry}

    taker = Taker("bid", 1_000, "")
    both = [order for i in range(140) for order in (resting(2 * i, 5), resting(2 * i + 1, 99))]
    walk = walked(both, taker, 10, None)
    assert (walk.removals, walk.fills, walk.quantity) == (128, 128, 128)
    old = [resting(i, 5) for i in range(128)]
    walk = walked([*old, resting(128, 99), resting(129, 5), resting(130, 99)], taker, 10, None)
    assert (walk.removals, walk.fills, walk.amount, walk.taken) == (128, 1, 300, {300: (1, 1)})


def test_orders_tell_what_became_of_them(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[3:5]
    bid = floor.place(anna, number, "bid", 250, 10)
    placed = floor.stack.settle()
    path = f"/orders/{bid}"
    fresh = floor.read(path)["order"]
    assert (fresh["status"], fresh["number"], fresh["is_resting"], fresh["fills"]) == ("open", 1, True, [])
    assert fresh["escrowed"] == {"amount": str(floor.lens.order(bid).call()[8]), "fractions": None}
    took = floor.place(bruno, number, "ask", 249, 4)
    floor.stack.settle()
    partly = floor.read(path)["order"]
    assert (partly["status"], partly["remaining"], partly["filled"]) == ("partly_filled", "6", "4")
    assert partly["escrowed"]["amount"] == str(floor.lens.order(bid).call()[8])
    value = 4 * 250 * TICK_SIZE
    assert (partly["average_price"], partly["amount"]) == (str(250 * TICK_SIZE), str(value))
    assert partly["fees_paid"] == str(value * MAKER_FEE_PPM // MILLION)
    (fill,) = partly["fills"]
    assert (fill["maker_order"], fill["taker_order"], fill["taker_side"]) == (str(bid), str(took), "ask")
    taker = floor.read(f"/orders/{took}")["order"]
    assert (taker["status"], taker["is_resting"], taker["fills"]) == ("filled", False, [fill])
    assert taker["fees_paid"] == str(value * TAKER_FEE_PPM // MILLION) == fill["taker_fee"]
    assert taker["escrowed"] == {"amount": None, "fractions": "0"}
    assert partly["updated_at"] == taker["placed_at"] >= partly["placed_at"]
    floor.does(anna, floor.market.cancel(bid))
    gone = floor.read(path)["order"]
    assert (gone["status"], gone["is_resting"], gone["remaining"]) == ("cancelled", False, "0")
    assert gone["escrowed"]["amount"] == "0"
    dropped = floor.place(anna, number, "bid", 240, 4, order_type="immediate_or_cancel")
    floor.stack.settle()
    assert floor.read(f"/orders/{dropped}")["order"]["status"] == "unfilled"
    then = floor.read(path, at_block=placed)["order"]
    assert (then["status"], then["remaining"]) == ("open", "10")
    require_problem(floor.api.get(path, at_block=placed - 1), "unknown-order")


def test_an_order_that_nobody_took_out_is_expired_by_the_time_of_the_block(floor: Floor) -> None:
    number, anna = floor.opened(), floor.persons[5]
    soon = floor.now() + 300
    ask = floor.place(anna, number, "ask", 250, 10, expiry=soon)
    last = floor.pass_time(soon)
    assert floor.read(f"/orders/{ask}")["order"]["status"] == "open"
    floor.pass_time(soon + 1)
    (row,) = floor.read("/orders", owner=anna, property_id=number, status="open")["orders"]
    assert (row["status"], row["is_resting"], row["escrowed"]["fractions"]) == ("expired", True, "10")
    assert floor.read(f"/orders/{ask}", at_block=last)["order"]["status"] == "open"
    floor.does(floor.persons[0], floor.market.prune([ask]))
    row = floor.read(f"/orders/{ask}")["order"]
    assert (row["status"], row["is_resting"], row["remaining"]) == ("expired", False, "0")


def test_orders_are_listed_by_wallet_book_and_state_in_pages(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    bids = [floor.place(anna, number, "bid", 250 - i, 10) for i in range(5)]
    asks = [floor.place(bruno, number, "ask", 260 + i, 10) for i in range(2)]
    floor.place(bruno, number, "ask", 250, 10)
    floor.people.send(floor.market.cancel(bids[2]), anna)
    floor.stack.settle()

    def ids(**params: Any) -> list[int]:
        return [int(row["order_id"]) for row in floor.read("/orders", property_id=number, **params)["orders"]]

    everything = ids()
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 8
    assert ids(owner=anna) == bids[::-1]
    assert ids(status="open") == sorted([*asks, bids[1], bids[3], bids[4]], reverse=True)
    assert ids(owner=anna, status="filled") == [bids[0]]
    assert ids(status="removed") == [bids[2]]
    assert ids(owner=NOBODY) == []
    page = floor.read("/orders", property_id=number, status="open", limit=2)
    rest = floor.read("/orders", property_id=number, status="open", limit=3, cursor=page["next_cursor"])
    assert [int(row["order_id"]) for row in page["orders"] + rest["orders"]] == ids(status="open")
    assert rest["next_cursor"] is None
    require_problem(floor.api.get("/orders"), "invalid-request")
    require_problem(floor.api.get("/orders", owner=anna, status="new"), "invalid-request")
    require_problem(floor.api.get("/orders/17"), "invalid-order-id")
    require_problem(floor.api.get(f"/orders/{(number << 40) + 99}"), "unknown-order")


def test_trades_are_listed_in_pages_of_everybody_or_of_a_wallet(floor: Floor) -> None:
    number, (anna, bruno, chidi) = floor.opened(), floor.persons[:3]
    for i in range(4):
        floor.place(anna, number, "ask", 250 + i, 5)
    floor.place(bruno, number, "bid", 252, 12)
    floor.place(chidi, number, "bid", 252, 2)
    floor.stack.settle()
    path = f"/markets/{number}/trades"
    trades = floor.read(path)["trades"]
    assert [(row["tick"], row["quantity"]) for row in trades] == [(252, "2"), (252, "2"), (251, "5"), (250, "5")]
    assert {row["taker_side"] for row in trades} == {"bid"}
    assert all(int(row["amount"]) == int(row["price"]) * int(row["quantity"]) for row in trades)
    took = sum(int(row["taker_fee"]) for row in trades[1:])
    assert took == sum(int(row["amount"]) for row in trades[1:]) * TAKER_FEE_PPM // MILLION
    assert floor.read(path, wallet=chidi)["trades"] == trades[:1]
    assert floor.read(path, wallet=anna)["trades"] == trades
    page = floor.read(path, limit=3)
    assert page["trades"] + floor.read(path, cursor=page["next_cursor"])["trades"] == trades
    require_problem(floor.api.get(path, cursor="x"), "invalid-cursor")


def test_candles_add_up_to_the_trades(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    start = (floor.now() // 3_600 + 2) * 3_600
    for minute, tick in ((0, 250), (1, 260), (1, 240), (7, 245), (61, 255)):
        floor.place(anna, number, "ask", tick, 4)
        floor.pass_time(max(start + 60 * minute, floor.now() + 1))
        floor.place(bruno, number, "bid", tick, 4)
    floor.stack.settle()
    path = f"/markets/{number}/candles"
    minutes = floor.read(path, interval="1m")["candles"]
    assert [(row["start"] - start) // 60 for row in minutes] == [0, 1, 7, 61]
    prices = {name: [int(row[name]) // TICK_SIZE for row in minutes] for name in ("open", "high", "low", "close")}
    assert prices["open"] == [250, 260, 245, 255]
    assert prices["low"] == [250, 240, 245, 255]
    hours = floor.read(path, interval="1h")["candles"]
    assert [(row["volume"], row["trades"]) for row in hours] == [("16", 4), ("4", 1)]
    assert floor.read(path, interval="15m")["candles"][0]["close"] == str(245 * TICK_SIZE)
    assert floor.read(path, interval="1h", limit=1)["candles"] == hours[1:]
    assert floor.read(path, interval="1h", to=start + 3_600)["candles"] == hours[:1]
    assert floor.read(path, interval="1h", **{"from": start + 1})["candles"] == hours[1:]
    require_problem(floor.api.get(path), "invalid-request")
    require_problem(floor.api.get(path, interval="2m"), "invalid-request")


def test_profit_is_told_with_its_costs_and_its_mark(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(maker_fee_ppm=0, taker_fee_ppm=0), floor.persons[6:8]
    floor.people.send(floor.people.token.functions.safeTransferFrom(anna, bruno, number, 1_000, b""), anna)
    floor.place(bruno, number, "ask", 300, 10)
    floor.place(anna, number, "bid", 300, 10)
    floor.place(bruno, number, "bid", 320, 4)
    floor.place(anna, number, "ask", 320, 4)
    floor.stack.settle()
    (row,) = floor.read("/profit", owner=anna, property_id=number)["properties"]
    told = {name: int(row[name]) for name in ("quantity", "cost", "average_cost", "sold", "proceeds", "realised",
                                              "value", "unrealised", "rent_received")}  # fmt: skip
    assert told == {"quantity": 6, "cost": 1_800 * TICK_SIZE, "average_cost": 300 * TICK_SIZE, "sold": 4,
                    "proceeds": 1_280 * TICK_SIZE, "realised": 80 * TICK_SIZE, "value": 1_920 * TICK_SIZE,
                    "unrealised": 120 * TICK_SIZE, "rent_received": 0}  # fmt: skip
    assert row["mark_price"] == {"price": str(320 * TICK_SIZE), "source": "last"}
    assert floor.read("/profit", owner=NOBODY)["properties"] == []
    require_problem(floor.api.get("/profit"), "invalid-request")


@pytest.mark.parametrize("path", ["", "/book", "/trades", "/candles?interval=1h", "/quote?side=bid&quantity=1"])
def test_a_property_without_a_book_has_no_market(floor: Floor, path: str) -> None:
    require_problem(floor.api.client.get(f"/v1/markets/4000{path}"), "unknown-market")


def test_what_makes_no_sense_is_refused(floor: Floor) -> None:
    number = floor.opened()
    for depth in (0, 201, "x"):
        require_problem(floor.api.get(f"/markets/{number}/book", depth=depth), "invalid-request")
    asked = {"side": "bid", "quantity": "5"}
    for wrong in ({"side": "buy"}, {"tick": 0}, {"tick": 2**24}, {"quantity": 21 * "9"}):
        require_problem(floor.api.get(f"/markets/{number}/quote", **asked | wrong), "invalid-request")
    for quantity in ("0", "-1", "1.5", "x"):
        require_problem(floor.api.get(f"/markets/{number}/quote", **asked | {"quantity": quantity}), "invalid-amount")
    require_problem(floor.api.get(f"/markets/{number}/quote", **asked, owner="0x12"), "invalid-address")


def test_an_unchanged_book_is_not_sent_again(floor: Floor) -> None:
    number = floor.opened()
    floor.stack.settle()
    for path in (f"/markets/{number}/book", f"/markets/{number}", "/markets", f"/markets/{number}/trades"):
        first = floor.api.get(path)
        again = floor.api.client.get(f"/v1{path}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_every_read_of_the_market_takes_a_time_in_place_of_a_block(floor: Floor) -> None:
    number, (anna, bruno) = floor.opened(), floor.persons[:2]
    bid = floor.place(anna, number, "bid", 250, 10)
    floor.place(bruno, number, "ask", 250, 4)
    block = floor.stack.settle()
    time = floor.now()
    floor.pass_time(time + 100)
    floor.place(bruno, number, "ask", 250, 1)
    floor.stack.settle()
    market = f"/markets/{number}"
    quote = {"side": "ask", "quantity": "9", "owner": bruno}
    paths: list[tuple[str, dict[str, Any]]] = [
        ("/markets", {}), (market, {}), (f"{market}/book", {}), (f"{market}/trades", {}), (f"{market}/quote", quote),
        (f"{market}/candles", {"interval": "1m"}), ("/orders", {"owner": anna, "status": "open"}),
        (f"/orders/{bid}", {}), ("/profit", {"owner": anna}),
    ]  # fmt: skip
    for path, params in paths:
        then = floor.read(path, at_block=block, **params)
        assert floor.read(path, at_time=time + 50, **params) == then
        assert then["meta"]["at_block"] == block
        assert {**floor.read(path, **params), "meta": None} != {**then, "meta": None}, path
