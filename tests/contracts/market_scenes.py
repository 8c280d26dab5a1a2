"""Short plays in the market that random ones come to only by luck. Each acts on the model and on the contracts."""

from collections.abc import Callable
from dataclasses import replace

from tests.contracts.market_book import (
    ASK,
    BATCH,
    BID,
    FILL_OR_KILL,
    GOOD_TILL_CANCELLED,
    IMMEDIATE_OR_CANCEL,
    MOST_FILLS,
    MOST_REMOVALS,
    Order,
    id_of,
)
from tests.contracts.market_draw import DEEP, LISTED, TICKS
from tests.contracts.market_machine import Opened, Opening

Scene = Callable[[Opening], None]
TICK = TICKS[1][0]
TAKE = Order(DEEP, BID, TICKS[DEEP][1], 1, IMMEDIATE_OR_CANCEL)


def stage_scene(scene: Scene, opened: Opened) -> None:
    opening = Opening(*opened.again())
    scene(opening)
    opening.check(is_full=True)


def a_batch_is_just_full(opening: Opening) -> None:
    taker = opening.people[3]
    for order in (TAKE, replace(TAKE, side=ASK, tick=TICKS[DEEP][0] - 2)):
        opening.put(taker, replace(order, quantity=BATCH))
        opening.check(is_full=False)


def a_full_batch_is_followed_by_an_empty_one(opening: Opening) -> None:
    """An expired order is all that is met after it, and the fees of those before it are still to be charged."""
    maker, taker = opening.people[0], opening.people[3]
    asks = sum(order.side == ASK for order in opening.model.books[DEEP].resting)
    opening.put(taker, replace(TAKE, quantity=asks - BATCH))
    opening.put(maker, replace(TAKE, side=ASK, order_type=GOOD_TILL_CANCELLED, expiry=opening.model.clock.now + 10))
    opening.pass_by(11)
    opening.put(taker, replace(TAKE, quantity=BATCH + 1))
    opening.check(is_full=False)


def a_batch_is_followed_by_one_fill(opening: Opening) -> None:
    taker = opening.people[3]
    for order in (TAKE, replace(TAKE, side=ASK, tick=TICKS[DEEP][0] - 2)):
        opening.put(taker, replace(order, quantity=BATCH + 1))
        opening.check(is_full=False)


def an_order_trades_in_its_last_second(opening: Opening) -> None:
    maker, taker = opening.people[0], opening.people[2]
    for late in (0, 1):
        expiry = opening.model.clock.now + 10
        opening.put(maker, Order(1, ASK, TICK, 2, expiry=expiry))
        opening.pass_by(10 + late)
        opening.put(taker, Order(1, BID, TICK, 1, IMMEDIATE_OR_CANCEL))
        opening.check(is_full=False)


def a_bidder_is_struck_off_the_list(opening: Opening) -> None:
    """Before he is met, and before anybody prunes."""
    carol, dave = opening.people[2:4]
    tick, market = TICKS[LISTED][0], opening.stage.marketplace
    for bidder in (dave, carol, dave):
        opening.put(bidder, Order(LISTED, BID, tick, 2))
    last = id_of(LISTED, opening.model.books[LISTED].last_number)
    opening.freeze(dave)
    opening.put(opening.people[0], Order(LISTED, ASK, tick, 2, IMMEDIATE_OR_CANCEL))
    opening.check(is_full=False)
    opening.attempt(lambda model: model.prune([last]), carol, market, "prune", [last])


def the_head_is_filled_and_the_next_cancelled(opening: Opening) -> None:
    """What was before the new head is still written in it."""
    makers, taker = opening.people[:3], opening.people[3]
    first = opening.model.books[1].last_number + 1
    for maker in makers:
        opening.put(maker, Order(1, ASK, TICK, 1))
    opening.put(taker, Order(1, BID, TICK, 1, IMMEDIATE_OR_CANCEL))
    for step in (1, 2):
        opening.withdraw_order(makers[step], id_of(1, first + step))
        opening.check(is_full=False)
    opening.put(taker, Order(1, BID, TICK, 1, IMMEDIATE_OR_CANCEL))


def two_of_three_makers_may_be_met(opening: Opening) -> None:
    for maker in opening.people[:3]:
        opening.put(maker, Order(1, ASK, TICK, 1))
    opening.put(opening.people[3], Order(1, BID, TICK, 3, max_fills=2))


def a_fill_follows_the_last_removal(opening: Opening) -> None:
    """As many makers as may be removed are, and those behind them trade all the same."""
    taker, expiry = opening.people[3], opening.model.clock.now + 10
    for turn in range(MOST_REMOVALS):
        opening.put(opening.people[turn % 2], Order(1, ASK, TICK, 1, expiry=expiry))
    opening.put(opening.people[0], Order(1, ASK, TICK, 1))
    opening.pass_by(11)
    opening.put(taker, Order(1, BID, TICK, 2))


def more_makers_wait_than_a_call_may_meet(opening: Opening) -> None:
    """What is left then neither trades nor rests: the book would be crossed."""
    makers, taker, tick = opening.people[:2], opening.people[3], TICKS[DEEP][0] - 1
    ask = Order(DEEP, ASK, tick, MOST_FILLS + 1)
    for turn in range(MOST_FILLS - 20):
        opening.put(makers[turn % 2], Order(DEEP, BID, tick, 1))
    opening.put(taker, replace(ask, order_type=FILL_OR_KILL))
    opening.put(taker, ask)
    opening.check(is_full=False)
    expiry = opening.model.clock.now + 10
    for turn in range(MOST_REMOVALS + 2):
        opening.put(makers[turn % 2], Order(DEEP, BID, tick, 1, expiry=expiry))
    opening.pass_by(11)
    opening.put(taker, replace(ask, quantity=50, tick=tick - 1))
    opening.check(is_full=False)


def everybody_leaves(opening: Opening) -> None:
    opening.leave()


SCENES: tuple[Scene, ...] = (
    everybody_leaves,
    a_batch_is_just_full,
    a_full_batch_is_followed_by_an_empty_one,
    a_batch_is_followed_by_one_fill,
    an_order_trades_in_its_last_second,
    a_bidder_is_struck_off_the_list,
    the_head_is_filled_and_the_next_cancelled,
    two_of_three_makers_may_be_met,
    a_fill_follows_the_last_removal,
    more_makers_wait_than_a_call_may_meet,
)
