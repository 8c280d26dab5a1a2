"""What must hold in the market after every step, each under its own name: M1 to M9, M11, T3, V1."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from bench.evm import Evm
from bench.stage import Stage, account_of
from tests.contracts.market_book import ASK, BID
from tests.contracts.market_fold import BookFold, MarketFold, number_of
from tests.contracts.market_model import MarketModel
from tests.contracts.market_storage import BRANCH_DEPTH, LEAF_DEPTH, ROOT_DEPTH, Found, index_of

# -- one book's structure


def check_levels_sum_their_orders(found: Found) -> None:
    """M1."""
    for (side, tick), level in found.levels.items():
        orders = [order for order in found.orders.values() if (order.side, order.tick) == (side, tick)]
        assert level.quantity == sum(order.remaining for order in orders), (side, tick)
        assert level.count == len(orders), (side, tick)
    assert {(order.side, order.tick) for order in found.orders.values()} == set(found.levels)
    assert all(order.remaining for order in found.orders.values())


def check_bits_are_set_where_levels_are(found: Found) -> None:
    """M2: at all three depths, and no bit else in any word that an order ever touched."""
    expected: defaultdict[tuple[int, int, int], int] = defaultdict(int)
    for side, tick in found.levels:
        index = index_of(side, tick)
        expected[side, LEAF_DEPTH, index >> 8] |= 1 << (index & 255)
        expected[side, BRANCH_DEPTH, index >> 16] |= 1 << (index >> 8 & 255)
        expected[side, ROOT_DEPTH, 0] |= 1 << (index >> 16)
    assert {node: word for node, word in found.nodes.items() if word} == expected


def check_queues_are_well_formed(found: Found) -> None:
    """M3: links lead both ways from head to tail, and ids rise. Before a head may stand anything."""
    for (side, tick), level in found.levels.items():
        queue = found.walk(side, tick)
        assert len(queue) == level.count, f"the links lead to {[order.number for order in queue]}"
        numbers = [order.number for order in queue]
        assert numbers == sorted(set(numbers))
        assert (numbers[0], numbers[-1]) == (level.head, level.tail)
        assert [order.next for order in queue] == [*numbers[1:], 0]
        assert [order.previous for order in queue[1:]] == numbers[:-1]
        assert all((order.side, order.tick) == (side, tick) for order in queue)


def check_the_book_is_not_crossed(found: Found) -> None:
    """M4, and that the best prices in the book's word are the best of its levels."""
    bids = [tick for side, tick in found.levels if side == BID]
    asks = [tick for side, tick in found.levels if side == ASK]
    assert (found.best_bid, found.best_ask) == (max(bids, default=0), min(asks, default=0))
    assert not bids or not asks or max(bids) < min(asks)


def check_escrow(found: Found, balance: int) -> None:
    """M5: exactly what open bids need, by the orders as they are kept."""
    needed = 0
    for order in found.orders.values():
        if order.side == BID:
            price = order.tick * order.tick_size
            before, after = price * order.filled, price * (order.filled + order.remaining)
            needed += price * order.remaining + after * order.fee_ppm // 10**6 - before * order.fee_ppm // 10**6
    assert balance == needed


# -- trades


def check_a_fill_is_fair(fold: MarketFold, model: MarketModel, values: dict[str, Any]) -> None:
    """M6: within both limits, in time, not with oneself, to somebody eligible. Before the fill is folded."""
    property_id = values["property_id"]
    book = fold.books[property_id]
    maker, taker = (book.orders[number_of(values[each])] for each in ("maker_order", "taker_order"))
    assert maker.side != taker.side
    assert maker.tick <= taker.tick if taker.side == BID else maker.tick >= taker.tick
    assert 0 < values["quantity"] <= min(maker.remaining, taker.remaining)
    assert values["maker_remaining"] == maker.remaining - values["quantity"]
    assert values["taker_remaining"] == taker.remaining - values["quantity"]
    assert min(maker.expiry, taker.expiry) >= model.clock.now
    assert (maker.owner, taker.owner) == (values["maker"], values["taker"])
    assert maker.owner != taker.owner
    if book.registry_list:
        investors = {model.lists.investor(owner) for owner in (maker.owner, taker.owner)}
        assert len(investors) == 2 or investors == {0}
        assert model.lists.is_eligible(maker.owner if maker.side == BID else taker.owner)


def check_fills_come_in_order(fold: MarketFold, fills: list[dict[str, Any]]) -> None:
    """M7: of one call, after it: best price first, oldest first, and nobody who was before the last still rests."""
    if not fills:
        return
    book = fold.books[fills[0]["property_id"]]
    makers = [book.orders[number_of(values["maker_order"])] for values in fills]
    urgencies = [maker.urgency for maker in makers]
    assert urgencies == sorted(set(urgencies))
    waiting = [order.urgency for order in book.resting if order.side == makers[0].side]
    assert not waiting or min(waiting) >= urgencies[-1]


def check_nothing_is_lost(book: BookFold) -> None:
    """M8."""
    for order in book.orders.values():
        gone = order.filled_as_maker + order.filled_as_taker + order.reduced + order.removed
        assert order.quantity == gone + order.remaining, order


def check_fees_add_up(fold: MarketFold, market: str) -> None:
    """M9: what was charged is in the marketplace's account or was collected, once on all that an order traded."""
    charged = sum(book.charged() for book in fold.books.values())
    assert fold.balances[account_of(market)] + fold.collected == charged


def check_locks(fold: MarketFold, property_id: int, holders: Iterable[str]) -> None:
    """T3: what is locked is what open asks offer."""
    asks: defaultdict[str, int] = defaultdict(int)
    for order in fold.books[property_id].resting:
        if order.side == ASK:
            asks[order.owner] += order.remaining
    assert {holder: fold.locked[property_id, holder] for holder in holders} == {
        holder: asks[holder] for holder in holders
    }


def check_vault(stage: Stage, balances: dict[int, int]) -> None:
    """V1: nobody donates here, so that what the vault holds is the sum of all accounts."""
    held = stage.evm.ask(stage.dollar, "balanceOf", stage.vault.address)
    assert held == balances[0] == sum(balances.values()) - balances[0]


# -- what the events tell is what the getters answer


def check_replay(evm: Evm, stage: Stage, fold: MarketFold, found: dict[int, Found]) -> None:
    """M11: of all books their terms and best prices, of those that were found their prices and orders."""
    market = stage.marketplace
    assert evm.ask(market, "fee_receiver") == fold.fee_receiver
    for role, holder in fold.roles:
        assert evm.ask(market, "hasRole", role, holder)
    for property_id, book in fold.books.items():
        last = max(book.orders, default=0)
        assert evm.ask(market, "book_of", property_id) == (
            *(book.best(BID), book.best(ASK), last, book.tick_size, book.lot, book.registry_list, book.minimum_ticks),
            *(book.maker_fee_ppm, book.taker_fee_ppm, book.halted, book.closed),
        )
        if property_id not in found:
            continue
        assert set(found[property_id].orders) == {order.number for order in book.resting}
        for side in (BID, ASK):
            for tick in book.ticks:
                check_price_replays(evm, stage, property_id, book, side, tick)


def check_price_replays(evm: Evm, stage: Stage, property_id: int, book: BookFold, side: int, tick: int) -> None:
    market, queue = stage.marketplace, book.queue(side, tick)
    numbers = [order.number for order in queue]
    ends = (numbers[0], numbers[-1]) if numbers else (0, 0)
    level = (*ends, len(queue), sum(order.remaining for order in queue))
    assert evm.ask(market, "level_of", property_id, side, tick) == level
    behind = [order.tick for order in book.resting if order.side == side and is_no_better(side, order.tick, tick)]
    next_tick = (min if side == ASK else max)(behind, default=0)
    assert evm.ask(market, "next_tick", property_id, side, tick) == next_tick
    for order, before, after in zip(queue, [0, *numbers], [*numbers[1:], 0], strict=False):
        answer = evm.ask(market, "order_of", property_id << 40 | order.number)
        kept = (order.owner, order.remaining, order.filled_as_maker, after)
        assert answer[:4] == kept
        assert answer[4] == before or order is queue[0]
        assert answer[5:] == (tick, side, order.expiry, order.maker_fee_ppm, book.tick_size)


def is_no_better(side: int, tick: int, than: int) -> bool:
    return tick >= than if side == ASK else tick <= than
