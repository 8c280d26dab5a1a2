// What an order ticket says, judged before anything is prepared: what would trade at once, what it takes, what is wrong.
//
// The contract refuses in the same places. What a person signs is what the server rehearsed and action/check.ts read.

import type { Level, Market, Order, OrderType, Side } from "./answers.ts";
import { affordable, escrowOf, lots, oppositeOf, parseTick, quote, sorted, within, type Quote } from "./market.ts";
import { amountText, grouped, parseCount } from "./money.ts";
import { rests } from "./orders.ts";

export interface TicketDraft {
  side: Side;
  type: OrderType;
  price: string;
  quantity: string;
  /** Of a market order: fewer than this, and it does nothing. */
  least: string;
  /** Seconds from now; 0 for as long as the contract allows. */
  lasts: number;
}

export type TicketField = "price" | "quantity" | "least";
export type TicketFaults = Partial<Record<TicketField, string>>;

/** What a ticket is judged against. */
export interface Surroundings {
  market: Market;
  levels: Record<Side, ReadonlyMap<number, Level>>;
  /** The wallet's own orders in this book that rest: nobody trades with himself. */
  own: readonly Pick<Order, "side" | "tick" | "remaining">[];
  /** Decimals and symbol of the stablecoin. */
  coin: { decimals: number; symbol: string };
  /** Units in the main account, and fractions that are not locked; undefined while they are not known. */
  money: bigint | undefined;
  fractions: bigint | undefined;
}

export interface Judgement {
  tick: number | undefined;
  quantity: bigint | undefined;
  minimumFill: bigint;
  /** Where price and quantity can be read. */
  quote: Quote | undefined;
  /** Fractions that would wait in the book, and the units that a bid escrows for them. */
  rest: bigint;
  escrow: bigint;
  /** Units that a bid takes from the main account now. */
  needed: bigint;
  faults: TicketFaults;
}

export function judge(draft: TicketDraft, around: Surroundings): Judgement {
  const { market, coin } = around;
  const price = parseTick(draft.price, market, coin.decimals);
  const count = parseCount(draft.quantity);
  const faults: TicketFaults = {};
  if (price.error !== undefined) faults.price = price.error;
  if (count.error !== undefined) faults.quantity = count.error;
  const least = draft.type === "market" ? parseCount(draft.least) : undefined;
  if (least?.error !== undefined) faults.least = least.error;
  const minimumFill = least?.units ?? 0n;
  const known = { tick: price.tick, quantity: count.units, minimumFill };
  if (known.tick === undefined || known.quantity === undefined)
    return { ...known, quote: undefined, rest: 0n, escrow: 0n, needed: 0n, faults };
  const makers = makersFor(draft.side, around);
  const found = quote(makers, draft.side, known.tick, known.quantity, market);
  const rest = rests(draft.type) ? found.rest : 0n;
  const escrow = draft.side === "bid" ? escrowOf(known.tick, rest, market) : 0n;
  const needed = draft.side === "bid" ? found.value + found.takerFee + escrow : 0n;
  const judged: Judgement = { ...known, quote: found, rest, escrow, needed, faults };
  judged.faults = { ...refusals(draft, judged, makers, around), ...faults };
  return judged;
}

/** What an order of the wallet's can trade with, best first: its own orders would be removed on the way. */
function makersFor(side: Side, { levels, own }: Surroundings): Level[] {
  const opposite = oppositeOf(side);
  const mine = new Map<number, bigint>();
  for (const order of own)
    if (order.side === opposite) mine.set(order.tick, (mine.get(order.tick) ?? 0n) + BigInt(order.remaining));
  return sorted(levels[opposite].values(), opposite)
    .map((level) => ({ ...level, quantity: (BigInt(level.quantity) - (mine.get(level.tick) ?? 0n)).toString() }))
    .filter((level) => BigInt(level.quantity) > 0n);
}

/** Where the contract would refuse an order whose price and quantity can be read. */
function refusals(draft: TicketDraft, judged: Judgement, makers: Level[], around: Surroundings): TicketFaults {
  const { market, coin } = around;
  const { tick = 0, quantity = 0n, minimumFill, quote: found } = judged;
  const filled = found?.filled ?? 0n;
  const faults: Record<string, string | undefined> = {};
  const best = makers[0];
  if (draft.type === "post_only" && best && within(best.tick, draft.side, tick))
    faults["price"] = `It would trade at once: the best ${oppositeOf(draft.side)} is ${amountText(BigInt(best.price), coin.decimals)}.`;
  faults["quantity"] = quantityFault(draft, judged, around);
  if (draft.type === "market" && minimumFill > quantity) faults["least"] = "That is more than the order is for.";
  else if (draft.type === "market" && filled < minimumFill)
    faults["least"] = `Only ${grouped(filled)} trade at this bound.`;
  const size = BigInt(market.tick_size);
  if (!faults["quantity"] && BigInt(tick) * size * quantity < BigInt(market.minimum_value))
    faults["quantity"] = `An order of this book is worth at least ${amountText(BigInt(market.minimum_value), coin.decimals)} ${coin.symbol}.`;
  return Object.fromEntries(Object.entries(faults).filter(([, words]) => words !== undefined)) as TicketFaults;
}

function quantityFault(draft: TicketDraft, judged: Judgement, around: Surroundings): string | undefined {
  const { market, coin, money, fractions } = around;
  const { quantity = 0n, needed, quote: found } = judged;
  if (quantity % BigInt(market.lot) !== 0n) return `Fractions of this book go in lots of ${grouped(market.lot)}.`;
  if (draft.side === "ask" && fractions !== undefined && quantity > fractions)
    return `You hold ${grouped(fractions)} that are free.`;
  if (money !== undefined && needed > money)
    return `It takes ${amountText(needed, coin.decimals)} ${coin.symbol}; your main account holds ${amountText(money, coin.decimals)}.`;
  if (draft.type === "fill_or_kill" && found && found.rest > 0n)
    return `Only ${grouped(found.filled)} would trade at this price, and it is all or nothing.`;
  if (draft.type === "immediate_or_cancel" && found?.filled === 0n) return "Nothing would trade at this price.";
  return undefined;
}

/** The most that the wallet can put into an order at a price, in whole lots. */
export function mostOf(draft: TicketDraft, around: Surroundings): bigint {
  const { market, money, fractions, coin } = around;
  if (draft.side === "ask") return lots(fractions ?? 0n, market);
  const { tick } = parseTick(draft.price, market, coin.decimals);
  return tick === undefined ? 0n : affordable(money ?? 0n, tick, market);
}

const SLACK_PERCENT = 2;

/** A bound for a market order of so many: a little beyond the price of the last that it needs. */
export function boundFor(side: Side, quantity: bigint, around: Surroundings): number | undefined {
  const wanted = quantity > 0n ? quantity : 1n;
  const { worst } = quote(makersFor(side, around), side, undefined, wanted, around.market);
  if (worst === undefined) return undefined;
  const slack = Math.max(1, Math.floor((worst * SLACK_PERCENT) / 100));
  return side === "bid" ? worst + slack : Math.max(1, worst - slack);
}
