"""Candles, the figures of a day, mark prices, lots and profits: as of any block what plain lists of trades give."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from indexer.marks import mark_prices_at
from indexer.profits import gains_at, lots_at, profits_at
from indexer.projections.candles import INTERVALS, candles_at, candles_changed, day_figures, start_of
from tests.indexer.market_rows import ALL, ASK, BID, last_of, levels, newest_first
from tests.indexer.refold import Row, Tables
from tests.indexer.refold_market import Market
from tests.indexer.selecting import Selecting, columns

DAY = 86_400


# -- candles


def candles(selecting: Selecting, moment: int, number: int, seconds: int) -> list[dict[str, Any]]:
    """Computed from the trades, newest first."""
    offset = 4 * DAY if seconds == 7 * DAY else 0
    buckets: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in reversed(newest_first(selecting.at(moment), "trades")):
        if row["property_id"] == number:
            time = selecting.history.timestamps[row["block_number"]]
            buckets[time - (time - offset) % seconds].append(row)
    return [candle(number, start, rows) for start, rows in sorted(buckets.items(), reverse=True)]


def candle(number: int, start: int | None, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    prices = [row["price"] for row in rows]
    return {
        "property_id": number, "start": start, "block_number": rows[-1]["block_number"],
        "log_index": rows[-1]["log_index"], "open": prices[0], "high": max(prices), "low": min(prices),
        "close": prices[-1], "volume": sum(row["quantity"] for row in rows),
        "value": sum(row["value"] for row in rows), "trades": len(rows),
    }  # fmt: skip


def without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


@pytest.mark.parametrize("interval", INTERVALS)
def test_candles_of_every_interval_as_of_any_block(selecting: Selecting, interval: str) -> None:
    _, seconds = INTERVALS[interval]
    everything = {number: candles(selecting, selecting.moments[-1], number, seconds) for number in (1, 2, 14)}
    for moment in selecting.moments:
        for number in (1, 2, 14):
            expected = candles(selecting, moment, number, seconds)
            found = selecting.rows(candles_at(moment, number, interval, None, None, ALL))
            assert without(found, "seconds") == expected
            assert (
                without(selecting.rows(candles_at(moment, number, interval, None, None, 2)), "seconds") == expected[:2]
            )
            for row in expected[1:2]:
                bounds = (row["start"], row["start"] + seconds)
                assert without(selecting.rows(candles_at(moment, number, interval, *bounds, 9)), "seconds") == [row]
        changed = [row for number in (1, 2, 14) for row in everything[number][::-1] if row["block_number"] > moment]
        assert without(selecting.rows(candles_changed(moment, interval)), "seconds") == changed
    newest = everything[1][0]
    assert start_of(selecting.history.timestamps[newest["block_number"]], interval) == newest["start"]


def test_a_week_begins_on_monday() -> None:
    monday = 1_764_547_200  # 2025-12-01
    assert start_of(monday, "1w") == start_of(monday + 7 * DAY - 1, "1w") == monday
    assert start_of(monday - 1, "1w") == monday - 7 * DAY
    assert start_of(monday + 90_061, "15m") == monday + DAY + 3600


def test_the_figures_of_the_day_as_of_any_block(selecting: Selecting) -> None:
    for moment in [row[0] for row in selecting.history.blocks if row[0] in selecting.moments]:
        end = selecting.history.timestamps[moment]
        begin = end - end % 60 + 60 - DAY
        expected = []
        rows = newest_first(selecting.at(moment), "trades")[::-1]
        for number in sorted({row["property_id"] for row in rows}):
            within = [
                row
                for row in rows
                if row["property_id"] == number and selecting.history.timestamps[row["block_number"]] >= begin
            ]
            expected += [candle(number, None, within)] if within else []
        assert selecting.rows(day_figures(moment)) == without(expected, "start")
        for row in without(expected, "start"):
            assert selecting.rows(day_figures(moment, row["property_id"])) == [row]


# -- marks and profits


def marks(tables: Tables) -> dict[int, tuple[Any, Any]]:
    """By the sentence of the rule."""
    ticks = {row[0]: row[3] for row in tables["books"]}
    last = last_of(tables, "trades", "property_id")
    status = last_of(tables, "offering_states", "property_id")
    terms = last_of(tables, "offering_terms", "property_id")
    found: dict[int, tuple[Any, Any]] = {}
    for number in [row[0] for row in tables["properties"]]:
        bids, asks = levels(tables, number, BID), levels(tables, number, ASK)
        if bids and asks:
            found[number] = ((bids[0]["tick"] + asks[0]["tick"]) * ticks[number] // 2, "mid")
        elif (number,) in last:
            found[number] = (last[number,]["price"], "last")
        elif (number,) in status and status[number,]["status"] in ("open", "settled"):
            found[number] = (terms[number,]["price"], "offering")
        else:
            found[number] = (None, None)
    return found


def test_mark_prices_as_of_any_block(selecting: Selecting) -> None:
    seen = set()
    for moment in selecting.moments:
        expected = marks(selecting.at(moment))
        found = {row["property_id"]: (row["price"], row["source"]) for row in selecting.rows(mark_prices_at(moment))}
        assert found == expected
        seen |= {source for _, source in expected.values()}
        for number, (price, source) in expected.items():
            rows = selecting.rows(mark_prices_at(moment, number))
            assert rows == [{"property_id": number, "price": price, "source": source}]
    assert seen == {"mid", "last", "offering", None}


def test_lots_and_profits_as_of_any_block(selecting: Selecting) -> None:
    """Beside a list of lots for every holder, from whose front is taken."""
    gained = 0
    for moment in selecting.moments[::-3]:
        market, prices = selecting.market_at(moment), marks(selecting.at(moment))
        for holder in {holder for _, holder in market.purses}:
            found = {row["property_id"]: row for row in selecting.rows(gains_at(holder, moment))}
            purses = {number: purse for (number, who), purse in market.purses.items() if who == holder}
            assert set(found) == set(purses)
            for number, purse in purses.items():
                row, quantity = found[number], purse.received - purse.gone
                assert row["quantity"] == quantity == sum(lot.quantity - lot.used for lot in purse.lots)
                assert (row["cost"], row["spent"]) == (purse.held_cost, purse.spent)
                sums = (row["sold"], row["proceeds"], row["realised"])
                assert sums == (purse.sold, purse.proceeds, purse.realised)
                price, source = prices[number]
                value = None if price is None else price * quantity
                unrealised = None if value is None else value - purse.held_cost
                names = ("mark_price", "mark_source", "value", "unrealised")
                assert columns([row], names) == [(price, source, value, unrealised)]
                gained += row["realised"] != 0
                check_lots(selecting, market, holder, number, moment)
    assert gained


def check_lots(selecting: Selecting, market: Market, holder: bytes, number: int, moment: int) -> None:
    lots = [lot for lot in market.purses[number, holder].lots if lot.cost]
    rows: list[Row] = [
        (row["quantity"], row["cost"], row["left"], row["left_cost"])
        for row in selecting.rows(lots_at(holder, moment, number))
    ]
    assert rows == [
        (lot.quantity, lot.cost, lot.quantity - lot.used, lot.cost - lot.cost * lot.used // lot.quantity)
        for lot in lots
    ]
    (row,) = selecting.rows(profits_at(holder, moment, number))
    assert (row["costed"], row["cost"]) == (sum(lot[2] for lot in rows), sum(lot[3] for lot in rows))
