"""The marketplace's selects: as of any block what the oracle's fold gives, and what the contracts' own views gave."""

from collections import defaultdict
from functools import partial
from typing import Any

import pytest

from indexer.chain import order_id_of
from indexer.projections.levels import best_prices_at, book_at, book_now, book_sequence_at, levels_changed
from indexer.projections.markets import fee_receiver_at, markets_at, markets_changed
from indexer.projections.orders import (
    STATUSES,
    order_at,
    order_history,
    orders_at,
    orders_changed,
    resting_orders_now,
)
from indexer.projections.trades import (
    last_trades_at,
    trades_changed,
    trades_of,
    trades_of_order,
    trades_page,
)
from local.people import People
from tests.indexer.bazaar import depth_on_chain
from tests.indexer.market_rows import ALL, ASK, BID, as_dicts, last_of, levels, newest_first, pages, place_of
from tests.indexer.refold import COLUMNS, Tables
from tests.indexer.refold_market import MILLION
from tests.indexer.selecting import Selecting, columns


@pytest.fixture(scope="module")
def people(selecting: Selecting) -> People:
    return selecting.world.people


# -- books


def test_markets_as_of_any_block(selecting: Selecting) -> None:
    now = markets(selecting.at(selecting.moments[-1]))
    for moment in selecting.moments:
        tables = selecting.at(moment)
        expected = markets(tables)
        assert selecting.rows(markets_at(moment)) == expected
        for row in expected:
            assert selecting.rows(markets_at(moment, row["property_id"])) == [row]
        receivers = [row["receiver"] for row in newest_first(tables, "fee_receivers")]
        assert [row["receiver"] for row in selecting.rows(fee_receiver_at(moment))] == receivers[:1]
        told = ("books", "book_fees", "book_halts", "book_closings")
        everything = selecting.at(selecting.moments[-1])
        changed = {
            row["property_id"] for name in told for row in as_dicts(everything, name) if place_of(row)[0] > moment
        }
        assert selecting.rows(markets_changed(moment)) == [row for row in now if row["property_id"] in changed]
    assert {row["status"] for row in expected} >= {"open", "closed"}


def markets(tables: Tables) -> list[dict[str, Any]]:
    fees = last_of(tables, "book_fees", "property_id")
    halts = last_of(tables, "book_halts", "property_id")
    closings = last_of(tables, "book_closings", "property_id")
    found = []
    for row in as_dicts(tables, "books"):
        key = (row["property_id"],)
        halted, closed = halts.get(key), closings.get(key)
        status = "closed" if closed else "halted" if halted and halted["halted"] else "open"
        block, log_index = place_of(closed or halted or row)
        found.append(
            row
            | {name: fees[key][name] for name in ("maker_fee_ppm", "taker_fee_ppm")}
            | {"status": status, "status_block": block, "status_log_index": log_index}
        )
    return found


def test_the_book_as_of_any_block(selecting: Selecting) -> None:
    for moment in selecting.moments:
        tables = selecting.at(moment)
        best = []
        for number in [row[0] for row in tables["books"]]:
            bids, asks = levels(tables, number, BID), levels(tables, number, ASK)
            assert selecting.rows(book_at(number, moment, ALL)) == bids + asks
            assert selecting.rows(book_at(number, moment, 1)) == bids[:1] + asks[:1]
            assert selecting.rows(book_at(number, moment, 3)) == bids[:3] + asks[:3]
            assert not bids or not asks or bids[0]["tick"] < asks[0]["tick"], "never crossed"
            best += bids[:1] + asks[:1]
            changes = [place_of(r) for r in newest_first(tables, "level_changes") if r["property_id"] == number]
            sequence = [place_of(row) for row in selecting.rows(book_sequence_at(moment, number))]
            assert sequence == changes[:1]
        assert selecting.rows(best_prices_at(moment)) == best
        everything = selecting.at(selecting.moments[-1])
        changed = {row[:3] for row in everything["level_changes"] if row[3] > moment}
        found = columns(selecting.rows(levels_changed(moment)), COLUMNS["levels"])
        assert found == [row for row in everything["levels"] if row[:3] in changed]
    for number in [row[0] for row in tables["books"]]:
        assert selecting.rows(book_now(number, ALL)) == selecting.rows(book_at(number, moment, ALL))
        assert selecting.rows(book_now(number, 2)) == selecting.rows(book_at(number, moment, 2))
    assert any(row["quantity"] == 0 for row in as_dicts(tables, "levels")), "prices came and went"


def test_the_book_is_what_the_contract_showed_at_that_block(selecting: Selecting, people: People) -> None:
    """At every tenth block of the past, by the Lens of that time."""
    head = selecting.moments[-1]
    books = as_dicts(selecting.at(head), "books")
    compared = 0
    for moment in sorted({*range(books[0]["block_number"], head, 10), *selecting.moments[2:]}):
        for book in books:
            if book["block_number"] > moment:
                continue
            rows = selecting.rows(book_at(book["property_id"], moment, 128))
            for side in (BID, ASK):
                ours = [(row["tick"], int(row["quantity"]), row["orders"]) for row in rows if row["side"] == side]
                assert ours == depth_on_chain(people, book["property_id"], side, moment)
                compared += len(ours)
    assert compared > 100


# -- orders


def described(selecting: Selecting, moment: int) -> list[dict[str, Any]]:
    """Every order as of a block, newest first, with what it holds in escrow by the contract's formula."""
    tables = selecting.at(moment)
    states = last_of(tables, "order_changes", "property_id", "number")
    found = []
    for terms in newest_first(tables, "order_terms"):
        state = states[terms["property_id"], terms["number"]]
        block, log_index = place_of(state)
        after = {name: state[name] for name in ("remaining", "filled", "made", "value", "fees", "status")}
        more = {"escrowed": escrowed(terms, state), "changed_block": block, "changed_log_index": log_index}
        found.append(terms | after | more)
    return found


def escrowed(terms: dict[str, Any], state: dict[str, Any]) -> int:
    remaining, price, rate = state["remaining"], terms["price"], terms["maker_fee_ppm"]
    if terms["side"] == ASK:
        return int(remaining)
    before, after = (price * quantity * rate // MILLION for quantity in (state["made"], state["made"] + remaining))
    return int(price * remaining + after - before)


def test_orders_as_of_any_block(selecting: Selecting) -> None:
    now = described(selecting, selecting.moments[-1])
    for moment in selecting.moments:
        expected = described(selecting, moment)
        assert selecting.rows(orders_at(moment)) == expected
        for status, of_status in STATUSES.items():
            wanted = [row for row in expected if row["status"] in of_status]
            assert selecting.rows(orders_at(moment, status=status)) == wanted
        changed = [row for row in now if row["changed_block"] > moment]
        assert selecting.rows(orders_changed(moment)) == changed
    assert {row["status"] for row in expected} == {
        "open", "partly_filled", "filled", "cancelled", "expired", "self_trade", "not_eligible", "unfilled", "closed",
    }  # fmt: skip
    assert pages(selecting, partial(orders_at, moment)) == expected
    resting = [row for row in expected if row["remaining"]]
    assert selecting.rows(resting_orders_now()) == resting == selecting.rows(orders_at(moment, status="open"))
    for owner in {row["owner"] for row in expected}:
        own = [row for row in expected if row["owner"] == owner]
        assert pages(selecting, partial(orders_at, moment, owner)) == own
        assert selecting.rows(orders_at(moment, owner, 1)) == [row for row in own if row["property_id"] == 1]
        assert pages(selecting, partial(resting_orders_now, owner), 2) == [row for row in own if row["remaining"]]
    of_one = [row for row in resting if row["property_id"] == 1]
    assert pages(selecting, partial(resting_orders_now, None, 1), 2) == of_one
    for row in expected:
        key = (row["property_id"], row["number"])
        assert selecting.rows(order_at(*key, moment)) == [row]
        assert selecting.rows(order_at(*key, row["block_number"] - 1)) == []


def test_what_became_of_an_order_is_told_in_full(selecting: Selecting) -> None:
    head = selecting.moments[-1]
    changes = newest_first(selecting.at(head), "order_changes")
    for key in {(row["property_id"], row["number"]) for row in changes}:
        own = [row for row in changes if (row["property_id"], row["number"]) == key]
        assert selecting.rows(order_history(*key, head)) == own
        placed = own[-1]["quantity"]
        left = sum(row["quantity"] for row in own if row["cause"] not in ("placed", "made", "taken"))
        assert placed == own[0]["filled"] + own[0]["remaining"] + left, "nothing gets lost"


def test_orders_that_rest_are_those_of_the_contract(selecting: Selecting, people: People) -> None:
    """And what they hold in escrow is what the vault and the token hold for them: of every bid and every ask."""
    head = selecting.moments[-1]
    bids: dict[int, int] = defaultdict(int)
    asks: dict[tuple[int, bytes], int] = defaultdict(int)
    for row in selecting.rows(orders_at(head)):
        resting = people.lens.functions.order(order_id_of(row["property_id"], row["number"])).call()
        if row["remaining"] == 0:
            assert resting[1:] == ("0x" + 40 * "0", *7 * (0,))
            continue
        assert (bytes.fromhex(resting[1][2:]), *resting[2:]) == tuple(
            row[name] for name in ("owner", "side", "tick", "remaining", "made", "expiry", "maker_fee_ppm", "escrowed")
        )
        if row["side"] == BID:
            bids[row["property_id"]] += int(row["escrowed"])
        else:
            asks[row["property_id"], row["owner"]] += row["remaining"]
    market = int(people.market.address, 16) << 96
    for number in [row["property_id"] for row in selecting.rows(markets_at(head))]:
        assert people.vault.functions.balance_of(market | number).call() == bids[number]
    locks = last_of(selecting.at(head), "lock_changes", "property_id", "holder")
    assert {key: row["locked"] for key, row in locks.items() if row["locked"]} == dict(asks)


# -- trades


def test_trades_as_of_any_block(selecting: Selecting) -> None:
    everything = newest_first(selecting.at(selecting.moments[-1]), "trades")
    for moment in selecting.moments:
        tables = selecting.at(moment)
        expected = newest_first(tables, "trades")
        assert selecting.rows(trades_page(moment, None, None, ALL)) == expected
        since = [row for row in everything if row["block_number"] > moment]
        assert selecting.rows(trades_changed(moment)) == since[::-1]
        assert selecting.rows(trades_page(selecting.moments[-1], None, None, ALL, moment)) == since
        last = last_of(tables, "trades", "property_id")
        assert selecting.rows(last_trades_at(moment)) == [last[key] for key in sorted(last)]
        for (number,), row in last.items():
            assert selecting.rows(last_trades_at(moment, number)) == [row]
    assert len(expected) > 50
    for number in {row["property_id"] for row in expected}:
        own = [row for row in expected if row["property_id"] == number]
        assert pages(selecting, partial(trades_page, moment, number)) == own
    for wallet in {row["maker"] for row in expected}:
        own = [row for row in expected if wallet in (row["maker"], row["taker"])]
        assert pages(selecting, partial(trades_of, wallet, moment)) == own
        of_one = [row for row in own if row["property_id"] == 1]
        assert selecting.rows(trades_of(wallet, moment, None, ALL, 1)) == of_one
    for order in {(row["property_id"], row["maker_number"]) for row in expected}:
        own = [r for r in expected if order in ((r["property_id"], r["maker_number"]), (order[0], r["taker_number"]))]
        own = [row for row in own if row["property_id"] == order[0]]
        assert selecting.rows(trades_of_order(*order, moment, ALL)) == own


def test_fees_are_those_that_the_marketplace_was_paid(selecting: Selecting) -> None:
    """Of every order that took, the fees of its trades on both sides are what the vault posted for it."""
    head = selecting.moments[-1]
    charged: dict[int, int] = defaultdict(int)
    for row in as_dicts(selecting.at(head), "trades"):
        charged[order_id_of(row["property_id"], row["taker_number"])] += row["maker_fee"] + row["taker_fee"]
    posted: dict[int, int] = defaultdict(int)
    for row in as_dicts(selecting.at(head), "postings"):
        if row["kind"] == 14:
            posted[int.from_bytes(row["reference"], "big")] += row["amount"]
    assert {key: fee for key, fee in charged.items() if fee} == dict(posted)
