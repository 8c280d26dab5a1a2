// All of a wallet's money after each of its latest postings, as a stepped line.

import { html, nothing, type TemplateResult } from "lit";
import type { Coin, Posting } from "../answers.ts";
import { roughText } from "../money.ts";
import { blockNumber } from "./placed.ts";
import { directionOf } from "./posting.ts";

const WIDTH = 1000;
const HEIGHT = 100;
const LEAST = 3;

/** Oldest first, from the money of now and the postings that led to it, newest first. */
export function moneyBefore(now: bigint, postings: readonly Posting[], viewed: string): bigint[] {
  const series = [now];
  for (const posting of postings) {
    const direction = directionOf(posting, viewed);
    const change = direction === "between" ? 0n : direction === "in" ? BigInt(posting.amount) : -BigInt(posting.amount);
    series.push((series.at(-1) ?? now) - change);
  }
  return series.reverse();
}

export function moneyLine(
  now: bigint,
  postings: readonly Posting[],
  viewed: string,
  coin: Coin,
): TemplateResult | typeof nothing {
  const series = moneyBefore(now, postings, viewed);
  const [first, last] = [postings.at(-1), postings[0]];
  if (series.length < LEAST || !first || !last) return html`<div class="line"></div>`;
  const low = series.reduce((a, b) => (a < b ? a : b));
  const high = series.reduce((a, b) => (a > b ? a : b));
  const y = (value: bigint) => HEIGHT - Number(((value - low) * BigInt(HEIGHT)) / (high - low || 1n));
  const x = (index: number) => Math.round((index * WIDTH) / series.length);
  const steps =
    series
      .map((value, index) => `${index === 0 ? "M" : "H"}${x(index)}${index === 0 ? " " : "V"}${y(value)}`)
      .join("") + `H${WIDTH}`;
  const range = `between ${roughText(low, coin.decimals)} and ${roughText(high, coin.decimals)} ${coin.symbol}`;
  return html`<figure class="line">
    <svg viewBox="0 -4 ${WIDTH} ${HEIGHT + 8}" preserveAspectRatio="none" role="img" aria-label=${`Money over the latest ${postings.length} postings, ${range}`}>
      <path class="line-area" d="${steps}V${HEIGHT + 4}H0Z" /><path class="line-stroke" d=${steps} />
    </svg>
    <figcaption><span>${blockNumber(first.block_number)}</span><span>${range}</span><span>${blockNumber(last.block_number)}</span></figcaption>
  </figure>`;
}
