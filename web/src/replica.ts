// What the page holds of one key of the stream: a snapshot, and what deltas made of it.

import type {
  Account,
  Candle,
  Holding,
  Level,
  Market,
  Offering,
  Order,
  RentPosition,
  Side,
  Subscription,
  Trade,
} from "./answers.ts";
import { checksum, sorted } from "./market.ts";

/** Kept of a book. */
const TRADES_MAX = 200;

export interface Block {
  number: number;
  hash: string;
  timestamp: number;
}

export interface Data {
  indexed_block: number;
  finalized_block: number;
  blocks?: Block[];
  accounts?: Account[];
  holdings?: Holding[];
  subscriptions?: Subscription[];
  rents?: RentPosition[];
  offerings?: Offering[];
  markets?: Market[];
  /** Whole in a snapshot; in a delta the levels that changed, with quantity 0 where one is gone. */
  book?: { bids: Level[]; asks: Level[]; checksum: number };
  trades?: Trade[];
  candles?: Candle[];
  orders?: Order[];
}

/** What we hold under a key. `place` is undefined until its snapshot came. */
export class Replica {
  place: { epoch: number; seq: number } | undefined;
  readonly accounts = new Map<string, Account>();
  /** By property, as all that follow. */
  readonly holdings = new Map<number, Holding>();
  readonly subscriptions = new Map<number, Subscription>();
  readonly rents = new Map<number, RentPosition>();
  readonly offerings = new Map<number, Offering>();
  readonly markets = new Map<number, Market>();
  /** By tick. */
  readonly levels: Record<Side, Map<number, Level>> = { bid: new Map(), ask: new Map() };
  /** By place on the chain. */
  readonly trades = new Map<string, Trade>();
  /** By their start. */
  readonly candles = new Map<number, Candle>();
  readonly orders = new Map<string, Order>();
  /** How often its snapshot came: what was derived from the rows before is void. */
  snapshots = 0;

  replace(data: Data): void {
    const { accounts, holdings, subscriptions, rents, offerings, markets, levels, trades, candles, orders } = this;
    for (const rows of [accounts, holdings, subscriptions, rents, offerings, markets]) rows.clear();
    for (const rows of [levels.bid, levels.ask, trades, candles, orders]) rows.clear();
    this.snapshots++;
    this.merge(data);
  }

  merge(data: Data): void {
    for (const account of data.accounts ?? []) this.accounts.set(account.account, account);
    for (const holding of data.holdings ?? []) this.holdings.set(holding.property_id, holding);
    for (const row of data.subscriptions ?? []) this.subscriptions.set(row.property_id, row);
    for (const row of data.rents ?? []) this.rents.set(row.property_id, row);
    for (const offering of data.offerings ?? []) this.offerings.set(offering.property_id, offering);
    for (const market of data.markets ?? []) this.markets.set(market.property_id, market);
    for (const trade of data.trades ?? []) this.trades.set(`${trade.block_hash}:${trade.log_index}`, trade);
    for (const key of [...this.trades.keys()].slice(0, -TRADES_MAX)) this.trades.delete(key);
    for (const candle of data.candles ?? []) this.candles.set(candle.start, candle);
    for (const order of data.orders ?? []) this.orders.set(order.order_id, order);
    for (const [side, changed] of [["bid", data.book?.bids], ["ask", data.book?.asks]] as const)
      for (const level of changed ?? [])
        if (level.quantity === "0") this.levels[side].delete(level.tick);
        else this.levels[side].set(level.tick, level);
  }

  /** Whether the book is the one that the server has: a delta that was lost would leave it wrong for ever. */
  agrees({ book }: Data): boolean {
    if (!book) return true;
    const { bid, ask } = this.levels;
    return checksum(sorted(ask.values(), "ask"), sorted(bid.values(), "bid")) === book.checksum;
  }
}
