// The arithmetic of an order book: prices in whole ticks, values and fees in whole units, as the contract has them.

import type { Level, Market, Side } from "./answers.ts";
import { amountText, grouped, parseAmount, type Parsed } from "./money.ts";

const MILLION = 1_000_000n;
const HIGHEST_TICK = 2 ** 24 - 2;
const CHECKED_LEVELS = 10;
const CRC_POLYNOMIAL = 0xedb88320;
const PERCENT_PPM = 10_000n;

/** The side that an order trades with. */
export function oppositeOf(side: Side): Side {
  return side === "bid" ? "ask" : "bid";
}

/** Best first: the highest bid, the lowest ask. */
export function sorted(levels: Iterable<Level>, side: Side): Level[] {
  return [...levels].sort((a, b) => (side === "bid" ? b.tick - a.tick : a.tick - b.tick));
}

export interface Rung extends Level {
  /** Fractions at this price and all better ones. */
  total: bigint;
}

export function rungsOf(levels: readonly Level[]): Rung[] {
  let total = 0n;
  return levels.map((level) => ({ ...level, total: (total += BigInt(level.quantity)) }));
}

/** Of a whole order, floored once, as the contract charges it. */
export function feeOf(value: bigint, ppm: number): bigint {
  return (value * BigInt(ppm)) / MILLION;
}

export interface Quote {
  /** Fractions that trade at once. */
  filled: bigint;
  /** Units that change hands for them, fees apart. */
  value: bigint;
  takerFee: bigint;
  rest: bigint;
  worst: number | undefined;
}

/** What an order would trade with at once. `makers`: the other side, best first. Without a tick: at any price. */
export function quote(
  makers: readonly Level[],
  side: Side,
  tick: number | undefined,
  quantity: bigint,
  market: Pick<Market, "tick_size" | "taker_fee_ppm">,
): Quote {
  const size = BigInt(market.tick_size);
  let [left, value, worst]: [bigint, bigint, number | undefined] = [quantity, 0n, undefined];
  for (const level of makers) {
    if (left === 0n || (tick !== undefined && !within(level.tick, side, tick))) break;
    const available = BigInt(level.quantity);
    const taken = available < left ? available : left;
    if (taken === 0n) continue;
    value += taken * BigInt(level.tick) * size;
    left -= taken;
    worst = level.tick;
  }
  return { filled: quantity - left, value, takerFee: feeOf(value, market.taker_fee_ppm), rest: left, worst };
}

/** Whether a maker's price is no worse than an order's own. */
export function within(maker: number, side: Side, tick: number): boolean {
  return side === "bid" ? maker <= tick : maker >= tick;
}

/** Money that a resting bid escrows: its value, and the fee that its maker will owe. */
export function escrowOf(tick: number, quantity: bigint, market: Pick<Market, "tick_size" | "maker_fee_ppm">): bigint {
  const value = BigInt(tick) * BigInt(market.tick_size) * quantity;
  return value + feeOf(value, market.maker_fee_ppm);
}

/** The most fractions, in whole lots, that money buys at a price, fees included. */
export function affordable(money: bigint, tick: number, market: Market): bigint {
  const price = BigInt(tick) * BigInt(market.tick_size);
  const ppm = BigInt(Math.max(market.maker_fee_ppm, market.taker_fee_ppm));
  if (price === 0n) return 0n;
  return lots((money * MILLION) / (price * (MILLION + ppm)), market);
}

/** Cut down to whole lots. */
export function lots(quantity: bigint, { lot }: Pick<Market, "lot">): bigint {
  return quantity - (quantity % BigInt(lot));
}

export type ParsedTick = { tick: number; error?: never } | { tick?: never; error: string };

/** A price that a person typed, in ticks. */
export function parseTick(typed: string, { tick_size }: Pick<Market, "tick_size">, decimals: number): ParsedTick {
  const parsed: Parsed = parseAmount(typed, decimals);
  if (parsed.error !== undefined) return { error: typed.trim() === "" ? "Name a price." : parsed.error };
  const size = BigInt(tick_size);
  const tick = parsed.units / size;
  if (parsed.units % size !== 0n) return { error: `Prices go in steps of ${amountText(size, decimals)}.` };
  if (tick > BigInt(HIGHEST_TICK))
    return { error: `The highest price is ${amountText(BigInt(HIGHEST_TICK) * size, decimals)}.` };
  return { tick: Number(tick) };
}

/** Decimals that every price of a book is shown with, so that they stand under one another. */
export function placesOf({ tick_size }: Pick<Market, "tick_size">, decimals: number): number {
  const zeros = /0*$/.exec(tick_size)?.[0].length ?? 0;
  return Math.max(Math.min(2, decimals), decimals - zeros);
}

/** +1.25 of parts per million, cut off after hundredths of a percent. */
export function changeText(ppm: number): string {
  const absolute = BigInt(Math.abs(ppm));
  const sign = ppm > 0 ? "+" : ppm < 0 ? "\u2212" : "";
  const hundredths = (absolute % PERCENT_PPM) / 100n;
  return `${sign}${grouped(absolute / PERCENT_PPM)}.${hundredths.toString().padStart(2, "0")}`;
}

/** CRC32 over the ten best asks, then the ten best bids: of each, the digits of its price, then of its quantity. */
export function checksum(asks: readonly Level[], bids: readonly Level[]): number {
  const best = [...asks.slice(0, CHECKED_LEVELS), ...bids.slice(0, CHECKED_LEVELS)];
  return crc32(best.map((level) => level.price + level.quantity).join(""));
}

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
