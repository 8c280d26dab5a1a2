// Orders in words: their numbers, types, and what became of them.

import type { Order, OrderType, Side } from "./answers.ts";

export const SIDES: Record<Side, string> = { bid: "Bid", ask: "Ask" };
/** As the contract numbers them. */
export const SIDE_NUMBERS: Record<Side, bigint> = { bid: 0n, ask: 1n };
export const TYPE_NUMBERS: Record<OrderType, bigint> = {
  good_till_cancelled: 0n,
  immediate_or_cancel: 1n,
  fill_or_kill: 2n,
  post_only: 3n,
  market: 4n,
};

interface TypeWords {
  name: string;
  /** What it does with what does not trade at once. */
  sentence: string;
}

const TYPES: Record<OrderType, TypeWords> = {
  good_till_cancelled: { name: "Limit", sentence: "Trades up to its price at once; the rest waits in the book." },
  post_only: { name: "Post only", sentence: "Waits in the book. Refused if any of it would trade at once." },
  immediate_or_cancel: {
    name: "Immediate or cancel",
    sentence: "Trades up to its price at once; the rest is cancelled.",
  },
  fill_or_kill: { name: "Fill or kill", sentence: "Trades all of it at once, or nothing." },
  market: { name: "Market", sentence: "Trades at once, never worse than the bound; the rest is cancelled." },
};

export function wordsOfType(type: OrderType): TypeWords {
  return TYPES[type];
}

export const ORDER_TYPES = Object.keys(TYPES) as OrderType[];

/** Whether what does not trade at once stays in the book. */
export function rests(type: OrderType): boolean {
  return type === "good_till_cancelled" || type === "post_only";
}

interface Reason {
  name: string;
  sentence: string;
}

const REASONS: Record<Order["status"], Reason> = {
  open: { name: "Open", sentence: "It rests in the book." },
  partly_filled: { name: "Partly filled", sentence: "What is left rests in the book." },
  filled: { name: "Filled", sentence: "All of it traded." },
  cancelled: { name: "Cancelled", sentence: "Its owner took it back." },
  expired: { name: "Expired", sentence: "Its time was over before it traded." },
  self_trade: { name: "Self-trade", sentence: "It met an order of the same investor, and was removed." },
  not_eligible: { name: "Not eligible", sentence: "Its owner may not hold this property any more." },
  unfilled: { name: "Not filled", sentence: "What did not trade at once was cancelled, as its type says." },
  closed: { name: "Book closed", sentence: "The end of the property was declared." },
};

export function reasonOf({ status }: Pick<Order, "status">): Reason {
  return REASONS[status];
}

/** 3-17: the property, and the order's number in its book. */
export function orderName({ order_id }: Pick<Order, "order_id">): string {
  const id = BigInt(order_id);
  return `${id >> 40n}-${id & ((1n << 40n) - 1n)}`;
}
