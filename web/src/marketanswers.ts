// What the API answers about order books: markets, levels, trades, candles, orders, profit, and what orders would do.

import type { Placed } from "./answers.ts";

export type Side = "bid" | "ask";

export type OrderType = "good_till_cancelled" | "immediate_or_cancel" | "fill_or_kill" | "post_only" | "market";

/** A price is units of the stablecoin for one fraction: so many ticks of the book's tick size. */
export interface Best {
  tick: number;
  price: string;
  quantity: string;
}

/** A property's order book: its rules, and how it trades. */
export interface Market {
  property_id: number;
  status: "open" | "halted" | "closed";
  tick_size: string;
  /** Fractions of which every quantity is a multiple. */
  lot: string;
  /** Units that an order must be worth at its own price. */
  minimum_value: string;
  maker_fee_ppm: number;
  taker_fee_ppm: number;
  best_bid: Best | null;
  best_ask: Best | null;
  mark_price: { price: string; source: "mid" | "last" | "offering" } | null;
  last_trade: { price: string; tick: number; timestamp: number } | null;
  /** The 24 hours up to now; null where nothing traded. */
  day: Day | null;
}

export interface Day {
  open: string;
  high: string;
  low: string;
  close: string;
  /** Fractions. */
  volume: string;
  /** Units. */
  value: string;
  trades: number;
  change_ppm: number;
}

/** All orders of a side at one price. */
export interface Level {
  tick: number;
  price: string;
  quantity: string;
  orders: number;
}

export interface Trade extends Placed {
  property_id: number;
  tick: number;
  price: string;
  quantity: string;
  /** Units. */
  amount: string;
  taker_side: Side;
  maker_order: string;
  taker_order: string;
  maker: string;
  taker: string;
}

export interface Candle {
  /** Seconds since 1970. */
  start: number;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  value: string;
  trades: number;
}

export type Interval = "1m" | "5m" | "15m" | "1h" | "4h" | "1d" | "1w";

export interface Order {
  order_id: string;
  number: number;
  property_id: number;
  owner: string;
  side: Side;
  order_type: OrderType;
  tick: number;
  price: string;
  quantity: string;
  remaining: string;
  filled: string;
  average_price: string | null;
  status:
    | "open"
    | "partly_filled"
    | "filled"
    | "cancelled"
    | "expired"
    | "self_trade"
    | "not_eligible"
    | "unfilled"
    | "closed";
  is_resting: boolean;
  expiry: number;
  escrowed: { amount?: string; fractions?: string };
  maker_fee_ppm: number;
  taker_fee_ppm: number;
  fees_paid: string;
  placed_at: number;
  updated_at: number;
}

/** What a holder made of a property, first in first out; money in units. */
export interface Profit {
  property_id: number;
  quantity: string;
  cost: string;
  average_cost: string | null;
  realised: string;
  /** Against the mark price; null where there is none. */
  unrealised: string | null;
  rent_received: string;
}

/** What would become of an order at once. `filled`, `rests` and `unfilled` make up its quantity. */
export interface OrderEffect {
  kind: "order";
  order_id: string;
  property_id: number;
  side: Side;
  filled: string;
  /** Units: value of all fills, before fees. */
  amount: string;
  average_price: string | null;
  worst_tick: number | null;
  taker_fee: string;
  fills: { maker_order: string; tick: number; price: string; quantity: string; amount: string }[];
  rests: string;
  unfilled: string;
  /** Units of a bid that rests, its fee among them. */
  escrowed: string;
  /** Fractions of an ask that rests. */
  locked: string;
  expiry: number;
}

/** An order that would be taken out of the book. */
export interface RemovalEffect {
  kind: "removal";
  order_id: string;
  property_id: number;
  owner: string;
  reason: string;
  quantity: string;
  refund: string;
}

/** An order that would get smaller and keep its place. */
export interface ReductionEffect {
  kind: "reduction";
  order_id: string;
  property_id: number;
  owner: string;
  quantity: string;
  remaining: string;
  refund: string;
}
