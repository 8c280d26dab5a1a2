"""Faults of the order book that were never there: each replaces one text of the sources, and the tests must notice."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import settings

from bench.stage import Sources
from tests.contracts.market_machine import new_scope, opening_of, play
from tests.contracts.market_scenes import (
    a_batch_is_followed_by_one_fill,
    a_bidder_is_struck_off_the_list,
    a_full_batch_is_followed_by_an_empty_one,
    an_order_trades_in_its_last_second,
    more_makers_wait_than_a_call_may_meet,
    stage_scene,
    two_of_three_makers_may_be_met,
)
from tests.contracts.test_market_stateful import SHORT

# Most are found within a few runs; the rare ones may take their time.
LONGER = settings(SHORT, max_examples=60)

Killer = Callable[[Sources], object]


def machine(sources: Sources) -> None:
    play(new_scope(sources), LONGER)


@dataclass(frozen=True)
class Mutant:
    """`killer` fails where the fault is."""

    name: str
    file: str  # below contracts/
    text: str
    fault: str
    harm: str
    killer: Killer = machine


def scene(played: Callable[..., None]) -> Killer:
    return lambda sources: stage_scene(played, opening_of(new_scope(sources)))


MATCHING, QUEUE, REMOVAL = "modules/matching.vy", "modules/order_queue.vy", "modules/removal.vy"
LEVELS, PACKING, BOOKS = "modules/price_levels.vy", "modules/packing.vy", "modules/books.vy"

MUTANTS = (
    Mutant(
        "a head is who has nobody before him",
        QUEUE,
        "    is_head: bool = level & packing.NUMBER_MASK == number\n",
        "    is_head: bool = (rest >> packing.PREVIOUS_BIT) & packing.NUMBER_MASK == 0\n",
        "cancelling the order behind one that was filled loses the rest of the queue",
    ),
    Mutant(
        "last in, first out",
        MATCHING,
        "(order.property_id << packing.NUMBER_BITS) | (level & packing.NUMBER_MASK)",
        "(order.property_id << packing.NUMBER_BITS) | ((level >> packing.TAIL_BIT) & packing.NUMBER_MASK)",
        "who waited longest is served last",
    ),
    Mutant(
        "a partial fill loses its place",
        MATCHING,
        "            level = unsafe_sub(level, taken << packing.LEVEL_QUANTITY_BIT)\n",
        "            level = unsafe_sub(level, taken << packing.LEVEL_QUANTITY_BIT)\n"
        "            if rest & packing.NUMBER_MASK != 0:\n"
        "                tail: uint256 = (level >> packing.TAIL_BIT) & packing.NUMBER_MASK\n"
        "                first: uint256 = maker_order & packing.NUMBER_MASK\n"
        "                order_queue.orders[order_queue._id_of(order.property_id, tail)][1] |= first\n"
        "                order_queue.orders[maker_order][1] = (rest & ~packing.NUMBER_MASK & ~packing.PREVIOUS_FIELD)"
        " | (tail << packing.PREVIOUS_BIT)\n"
        "                level = (level & ~packing.NUMBER_MASK & ~packing.TAIL_FIELD)"
        " | (rest & packing.NUMBER_MASK) | (first << packing.TAIL_BIT)\n",
        "a dust order sends the oldest to the end of the queue",
    ),
    Mutant(
        "a level that was taken keeps its bit",
        MATCHING,
        "            price_levels._clear(makers_key, best)\n",
        "",
        "the best price is one at which nobody is",
    ),
    Mutant(
        "a level that was left keeps its bit",
        QUEUE,
        "        price_levels._clear(side_key, index)\n",
        "",
        "the best price is one at which nobody is",
    ),
    Mutant(
        "the root keeps its bit",
        LEVELS,
        "    self.nodes[side_key | ROOT] ^= 1 << (index >> 16)\n",
        "    pass\n",
        "the best price is looked for where none is",
    ),
    Mutant(
        "the search skips a leaf",
        LEVELS,
        "    node: uint256 = (index >> 8) + 1\n",
        "    node: uint256 = (index >> 8) + 2\n",
        "a better price is passed over",
    ),
    Mutant(
        "the index of bids is not mirrored",
        PACKING,
        "    return unsafe_sub(NO_INDEX, tick)\n",
        "    return tick\n",
        "the worst bid is served first",
    ),
    Mutant(
        "a refund is forgotten",
        REMOVAL,
        "    settlement._pay(owner, property_id, refund, ",
        "    if refund == 0:\n        settlement._pay(owner, property_id, refund, ",
        "who cancels a bid has lost his money",
    ),
    Mutant(
        "fractions stay locked",
        REMOVAL,
        "        extcall delivery.Token(delivery.TOKEN).unlock(property_id, owner, quantity",
        "        extcall delivery.Token(delivery.TOKEN).unlock(property_id, owner, quantity - quantity",
        "who cancels an ask can never sell again",
    ),
    Mutant(
        "a refund forgets which fees were charged",
        REMOVAL,
        "fees._needed(price, quantity, unsafe_add(filled, unsafe_sub(remaining, quantity)), rate)",
        "fees._needed(price, quantity, 0, rate)",
        "a unit too much leaves the escrow of others",
    ),
    Mutant(
        "who reduces is refunded all",
        REMOVAL,
        "    refund: uint256 = self._free(order_id, word, rest, quantity)\n",
        "    refund: uint256 = self._free(order_id, word, rest, remaining)\n",
        "escrow of others is paid out",
    ),
    Mutant(
        "reducing loses the place",
        REMOVAL,
        "    order_queue._reduce(order_id, price_levels._side_key(property_id, side) | index, word, quantity)\n",
        "    side_key: uint256 = price_levels._side_key(property_id, side)\n"
        "    was_last: bool = order_queue._remove(order_id, side_key, index, word, rest)\n"
        "    order_queue._append(property_id, order_id & packing.NUMBER_MASK, side_key, index,"
        " word - (quantity << packing.REMAINING_BIT), (rest >> 80) << 80)\n",
        "who takes a part back is served last",
    ),
    Mutant(
        "fees are rounded for each fill",
        MATCHING,
        "            before: uint256 = unsafe_mul(price, word >> packing.FILLED_BIT)\n",
        "            before: uint256 = 0\n",
        "many small fills cost less than one, and escrow is left over",
    ),
    Mutant(
        "what a maker traded is not counted",
        MATCHING,
        "unsafe_add(word, unsafe_mul(taken, packing.ONE_FILLED))",
        "unsafe_sub(word, taken << packing.REMAINING_BIT)",
        "fees are rounded for each fill, and escrow is left over",
    ),
    Mutant(
        "the taker's fee is forgotten",
        MATCHING,
        "                charged = unsafe_add(maker_fees, taker_fee)\n",
        "                charged = maker_fees\n",
        "buyers trade for nothing, and what sellers are charged stays in escrow",
    ),
    Mutant(
        "an empty last batch charges nothing",
        MATCHING,
        "            if len(payments) != 0 or charged != 0 or escrowed != 0:\n",
        "            if len(payments) != 0 or escrowed != 0:\n",
        "fees of 32 fills are lost where nothing is met after them that could be filled",
        scene(a_full_batch_is_followed_by_an_empty_one),
    ),
    Mutant(
        "the 33rd fill is lost",
        MATCHING,
        "            trades.append(convert(maker, uint256) | (taken << delivery.AMOUNT_BIT))\n",
        "            if unsafe_sub(MAX_FILLS, fills_left) != 33:\n"
        "                trades.append(convert(maker, uint256) | (taken << delivery.AMOUNT_BIT))\n",
        "who pays gets nothing",
        scene(a_batch_is_followed_by_one_fill),
    ),
    Mutant(
        "an order expires a second early",
        MATCHING,
        "        if block.timestamp > (rest >> packing.EXPIRY_BIT) & packing.EXPIRY_MASK:\n",
        "        if block.timestamp >= (rest >> packing.EXPIRY_BIT) & packing.EXPIRY_MASK:\n",
        "the last second of an order is not its last",
        scene(an_order_trades_in_its_last_second),
    ),
    Mutant(
        "an order is pruned a second early",
        REMOVAL,
        "    if block.timestamp > (rest >> packing.EXPIRY_BIT) & packing.EXPIRY_MASK:\n",
        "    if block.timestamp >= (rest >> packing.EXPIRY_BIT) & packing.EXPIRY_MASK:\n",
        "anyone takes an order out that could still trade",
    ),
    Mutant(
        "a better price is not noted",
        MATCHING,
        "        return (book & ~(packing.INDEX_MASK << best_bit)) | (index << best_bit)\n",
        "        return book\n",
        "the first order of a side is never found",
    ),
    Mutant(
        "the best price stays when its last order leaves",
        REMOVAL,
        "            books.words[property_id] = (book & ~(packing.INDEX_MASK << best_bit)) | (best << best_bit)\n",
        "            pass\n",
        "takers meet an empty level",
    ),
    Mutant(
        "a new tail keeps its next",
        QUEUE,
        "(self.orders[id_before][1] & ~packing.NUMBER_MASK) | next",
        "self.orders[id_before][1] if next == 0 else (self.orders[id_before][1] & ~packing.NUMBER_MASK) | next",
        "the queue leads to an order that is gone",
    ),
    Mutant(
        "a level keeps what was partly taken of it",
        MATCHING,
        "            level = unsafe_sub(level, taken << packing.LEVEL_QUANTITY_BIT)\n            continue\n",
        "            continue\n",
        "the depth that people see is not there",
    ),
    Mutant(
        "a taker pays his limit",
        MATCHING,
        "            price = unsafe_mul(packing._index(makers, best), tick_size)\n",
        "            price = unsafe_mul(order.tick, tick_size)\n",
        "who is ready to pay more pays more",
    ),
    Mutant(
        "the bound of fills is ignored",
        MATCHING,
        "    return min(order.max_fills, MAX_FILLS)\n",
        "    return MAX_FILLS\n",
        "a call costs more than its caller allowed",
        scene(two_of_three_makers_may_be_met),
    ),
    Mutant(
        "one trades with oneself",
        MATCHING,
        "        elif maker == owner:\n",
        "        elif maker == empty(address):\n",
        "volume is made up",
    ),
    Mutant(
        "one trades with oneself by another wallet",
        REMOVAL,
        "        return SELF_TRADE\n",
        "        return 0\n",
        "volume is made up by a person whom the registrar knows",
    ),
    Mutant(
        "a maker's standing is not asked",
        REMOVAL,
        "        return NOT_ELIGIBLE\n",
        "        return 0\n",
        "who was struck off the list buys by an old order",
        scene(a_bidder_is_struck_off_the_list),
    ),
    Mutant(
        "what crosses rests",
        MATCHING,
        "                if best > limit and remaining != 0:\n",
        "                if remaining != 0:\n",
        "the book is crossed",
        scene(two_of_three_makers_may_be_met),
    ),
    Mutant(
        "the minimum fill is ignored",
        MATCHING,
        "    if unsafe_sub(order.quantity, remaining) < minimum_fill:\n",
        "    if remaining > order.quantity:\n",
        "an order that is to be filled or killed is filled in part",
    ),
    Mutant(
        "what must only rest trades",
        MATCHING,
        "                if order.order_type == orders.POST_ONLY:\n",
        "                if order.order_type > orders.MARKET:\n",
        "a maker pays a taker's fee",
    ),
    Mutant(
        "a halted book takes orders",
        BOOKS,
        "    if word >= packing.HALTED:\n",
        "    if word >= packing.CLOSED:\n",
        "an emergency does not stop trading",
    ),
    Mutant(
        "a call removes as many as there are",
        MATCHING,
        "            removals_left = unsafe_sub(removals_left, 1)\n",
        "",
        "what is left to do is unbounded, or rests although the book is crossed",
        scene(more_makers_wait_than_a_call_may_meet),
    ),
)
