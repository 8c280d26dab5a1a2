// The arithmetic of an order book, and what a ticket is told before anything is prepared.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  affordable,
  changeText,
  checksum,
  escrowOf,
  parseTick,
  placesOf,
  quote,
  rungsOf,
  sorted,
} from "../../web/src/market.ts";
import { orderName } from "../../web/src/orders.ts";
import { Replica } from "../../web/src/replica.ts";
import { linkTo, routeOf } from "../../web/src/route.ts";
import { boundFor, judge, mostOf } from "../../web/src/ticket.ts";

const plain = (text) => text.replaceAll("\u2009", "");
const market = {
  property_id: 1,
  status: "open",
  tick_size: "20000",
  lot: "5",
  minimum_value: "10000000",
  maker_fee_ppm: 500,
  taker_fee_ppm: 1500,
};
const level = (tick, quantity) => ({ tick, price: (tick * 20_000).toString(), quantity: String(quantity), orders: 1 });
const asks = [level(1705, 40), level(1701, 10), level(1702, 25)];
const bids = [level(1690, 30), level(1699, 20)];
const byTick = (levels) => new Map(levels.map((one) => [one.tick, one]));
const around = {
  market,
  levels: { bid: byTick(bids), ask: byTick(asks) },
  own: [],
  coin: { decimals: 6, symbol: "TUSD" },
  money: 5_000_000_000n,
  fractions: 100n,
};
const draft = { side: "bid", type: "good_till_cancelled", price: "34.04", quantity: "50", least: "", lasts: 0 };
const judged = (change, changed = around) => judge({ ...draft, ...change }, changed);

test("best prices come first on both sides, and totals gather", () => {
  assert.deepEqual(
    sorted(asks, "ask").map(({ tick }) => tick),
    [1701, 1702, 1705],
  );
  assert.deepEqual(
    sorted(bids, "bid").map(({ tick }) => tick),
    [1699, 1690],
  );
  assert.deepEqual(
    rungsOf(sorted(asks, "ask")).map(({ total }) => total),
    [10n, 35n, 75n],
  );
});

test("an order trades at the makers' prices up to its own, and pays one fee on all of it", () => {
  const found = quote(sorted(asks, "ask"), "bid", 1702, 50n, market);
  const value = 10n * 34_020_000n + 25n * 34_040_000n;
  assert.deepEqual(found, { filled: 35n, value, takerFee: (value * 1500n) / 1_000_000n, rest: 15n, worst: 1702 });
  assert.equal(quote(sorted(bids, "bid"), "ask", 1691, 50n, market).filled, 20n);
});

test("a bid that rests escrows its value and the fee that it will owe", () => {
  assert.equal(escrowOf(1702, 15n, market), 510_600_000n + 255_300n);
});

test("the most that money buys leaves room for the fee, in whole lots", () => {
  const most = affordable(1_000_000_000n, 1700, market);
  assert.equal(most % 5n, 0n);
  const cost = (quantity) => quantity * 34_000_000n + (quantity * 34_000_000n * 1500n) / 1_000_000n;
  assert.ok(cost(most) <= 1_000_000_000n);
  assert.ok(cost(most + 5n) > 1_000_000_000n);
});

test("a price is a whole number of ticks, or says what would be", () => {
  assert.equal(parseTick("34.02", market, 6).tick, 1701);
  assert.match(parseTick("34.03", market, 6).error, /steps of 0\.02/);
  for (const typed of ["", "0", "-1", "1e3", "99999999"]) assert.ok(parseTick(typed, market, 6).error, typed);
});

test("prices of a book have as many decimals as its tick needs", () => {
  assert.equal(placesOf({ tick_size: "20000" }, 6), 2);
  assert.equal(placesOf({ tick_size: "5000" }, 6), 3);
  assert.equal(placesOf({ tick_size: "1" }, 6), 6);
  assert.equal(placesOf({ tick_size: "10" }, 0), 0);
});

test("a change is cut off, and has its sign", () => {
  assert.equal(changeText(12_599), "+1.25");
  assert.equal(changeText(-8_300), "\u22120.83");
  assert.equal(changeText(0), "0.00");
});

test("the checksum is the one that the server makes", () => {
  // zlib.crc32 of the digits: asks from the lowest, then bids from the highest.
  assert.equal(checksum([], []), 0);
  assert.equal(checksum([level(1701, 10)], [level(1699, 20)]), 32599723);
});

test("a replica drops prices that are gone, and knows when it lost a change", () => {
  const replica = new Replica();
  const told = (bids_, asks_) => ({ book: { bids: bids_, asks: asks_, checksum: checksum(asks_, bids_) } });
  replica.replace(told([level(1699, 20), level(1690, 30)], [level(1701, 10)]));
  const change = [level(1699, 0), level(1690, 25)];
  const after = { bids: change, asks: [], checksum: checksum([level(1701, 10)], [level(1690, 25)]) };
  replica.merge({ book: after });
  assert.deepEqual([...replica.levels.bid.keys()], [1690]);
  assert.equal(replica.agrees({ book: after }), true);
  replica.merge({ book: { ...after, bids: [level(1688, 1)] } });
  assert.equal(replica.agrees({ book: after }), false);
  assert.equal(replica.agrees({}), true, "what tells of no book says nothing about it");
});

test("a snapshot makes void what was held before", () => {
  const replica = new Replica();
  replica.replace({ orders: [{ order_id: "1" }], candles: [{ start: 60 }] });
  replica.replace({ orders: [] });
  assert.equal(replica.orders.size + replica.candles.size, 0);
  assert.equal(replica.snapshots, 2);
});

test("a ticket without faults says what it takes", () => {
  const { quote: found, rest, escrow, needed, faults } = judged({});
  assert.deepEqual(faults, {});
  assert.equal(found.filled, 35n);
  assert.equal(rest, 15n);
  assert.equal(needed, found.value + found.takerFee + escrow);
});

test("refusals stand beside the field that can mend them", () => {
  const cases = [
    [{ price: "34.03" }, "price", /steps/],
    [{ quantity: "7" }, "quantity", /lots of 5/],
    [{ quantity: "" }, "quantity", /Name/],
    [{ price: "0.02", quantity: "5" }, "quantity", /at least 10/],
    [{ quantity: "500" }, "quantity", /main account holds/],
    [{ side: "ask", quantity: "105" }, "quantity", /100 that are free/],
    [{ type: "post_only" }, "price", /would trade at once: the best ask is 34\.02/],
    [{ type: "fill_or_kill" }, "quantity", /Only 35/],
    [{ type: "immediate_or_cancel", price: "33.00" }, "quantity", /Nothing would trade/],
    [{ type: "market", least: "40" }, "least", /Only 35/],
    [{ type: "market", least: "60" }, "least", /more than the order/],
    [{ type: "market", least: "" }, "least", /Name/],
  ];
  for (const [change, field, words] of cases) {
    const { faults } = judged(change);
    assert.deepEqual(Object.keys(faults), [field], JSON.stringify(change));
    assert.match(plain(faults[field]), words);
  }
});

test("nobody trades with himself: one's own orders are not counted", () => {
  const mine = { ...around, own: [{ side: "ask", tick: 1701, remaining: "10" }, { side: "bid", tick: 1702, remaining: "9" }] };
  assert.equal(judged({}, mine).quote.filled, 25n);
  assert.deepEqual(judged({ type: "post_only", price: "34.02" }, mine).faults, {});
});

test("what is not known yet refuses nothing", () => {
  const unknown = { ...around, money: undefined, fractions: undefined };
  assert.deepEqual(judged({ quantity: "500" }, unknown).faults, {});
  assert.deepEqual(judged({ side: "ask", quantity: "500" }, unknown).faults, {});
});

test("a share is of the money at the price, or of the free fractions", () => {
  assert.equal(mostOf({ ...draft, side: "ask" }, around), 100n);
  assert.equal(mostOf(draft, around), affordable(5_000_000_000n, 1702, market));
  assert.equal(mostOf({ ...draft, price: "" }, around), 0n);
});

test("a market order's bound lies beyond the last price that it needs", () => {
  assert.ok(boundFor("bid", 30n, around) > 1702);
  assert.ok(boundFor("ask", 30n, around) < 1690);
  assert.equal(boundFor("bid", 30n, { ...around, levels: { bid: new Map(), ask: new Map() } }), undefined);
});

test("orders are called by their property and number", () => {
  assert.equal(orderName({ order_id: ((3n << 40n) + 17n).toString() }), "3-17");
});

test("a market has an address of its own", () => {
  assert.deepEqual(routeOf("#/market/3"), { screen: "market", property: 3 });
  assert.equal(linkTo("market", 3), "#/market/3");
  assert.deepEqual(routeOf("#/market/x"), { screen: "properties" });
});
