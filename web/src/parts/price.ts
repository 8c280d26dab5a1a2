// A price as a figure of its book, and how it moved: with a sign and an arrow beside the colour.

import { html, nothing, type TemplateResult } from "lit";
import type { Coin } from "../answers.ts";
import { changeText } from "../market.ts";
import { figureOf } from "../money.ts";
import { icon } from "./icons.ts";

/** With at least so many decimals, and no unit: for columns whose head has it. */
export function price(units: bigint, coin: Coin, places: number): TemplateResult {
  const { sign, whole, fraction } = figureOf(units, coin.decimals, places);
  return html`<span class="figure">${sign}${whole}<span class="decimals">${fraction ? `.${fraction}` : ""}</span></span>`;
}

export function priceWithUnit(units: bigint, coin: Coin, places: number): TemplateResult {
  return html`<span class="figure">${price(units, coin, places)}<span class="unit">${coin.symbol}</span></span>`;
}

/** A price that is a mean: cut off after the book's decimals, as it is floored anyway. */
export function averagePrice(units: bigint, coin: Coin, places: number): TemplateResult {
  const scale = 10n ** BigInt(coin.decimals - places);
  return priceWithUnit((units / scale) * scale, coin, places);
}

export type Way = "rise" | "fall" | "still";

export function wayOf(change: bigint | number): Way {
  return change > 0 ? "rise" : change < 0 ? "fall" : "still";
}

export function change(ppm: number): TemplateResult {
  const way = wayOf(ppm);
  return html`<span class="figure change change-${way}" data-way=${way}>${way === "still" ? nothing : icon(way)}<span>${changeText(ppm)}<span class="unit unit-tight">%</span></span></span>`;
}

/** Money that was made or lost. */
export function gain(units: bigint, coin: Coin): TemplateResult {
  const { whole, fraction } = figureOf(units, coin.decimals);
  const way = wayOf(units);
  const sign = { rise: "+", fall: "\u2212", still: "" }[way];
  return html`<span class="figure change-${way}" data-way=${way}>${sign}${whole}<span class="decimals">${fraction ? `.${fraction}` : ""}</span><span class="unit">${coin.symbol}</span></span>`;
}
