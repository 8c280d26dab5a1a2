// Drives the npm package limit-order-book: a line of JSON in for each operation, a line of JSON out.
//
// ["add", id, side, price, quantity] answers the trades, [maker, quantity] each, in order;
// ["cancel", id] and ["reduce", id, remaining] answer whether the order was there;
// ["book"] answers both sides, best price first, oldest first: [id, price, remaining] each.

const readline = require("node:readline");
const { LimitOrder, LimitOrderBook } = require("limit-order-book");

const book = new LimitOrderBook();

const operations = {
  // The package works with decimal texts throughout.
  add: (id, side, price, quantity) =>
    book.add(new LimitOrder(id, side, price, quantity)).makers.map((maker) => [maker.orderId, maker.filled]),
  cancel: (id) => book.remove(id) !== null,
  reduce: (id, remaining) => book.reduce(id, remaining) !== null,
  book: () => [sideOf(book.bidLevels), sideOf(book.askLevels)],
};

function sideOf(levels) {
  return levels.queue.flatMap((level) => level.queue.map((order) => [order.orderId, order.price, order.sizeRemaining]));
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [name, ...values] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(operations[name](...values))}\n`);
});
