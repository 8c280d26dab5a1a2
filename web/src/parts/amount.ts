// Amounts and fractions as figures: decimals and unit smaller than what comes before them.

import { html, nothing, type TemplateResult } from "lit";
import type { Coin } from "../answers.ts";
import { figureOf, grouped, percentText } from "../money.ts";

export type Direction = "in" | "out" | "between";

const SIGNS = { in: "+", out: "\u2212", between: "" } as const;
const HEARD = { in: "plus ", out: "minus ", between: "" } as const;

/** With a direction: its sign, and its colour beside the sign. */
export function amount(units: bigint, coin: Coin, direction?: Direction): TemplateResult {
  const { sign, whole, fraction } = figureOf(units, coin.decimals);
  const shown = direction ? SIGNS[direction] : sign;
  return html`<span class="figure ${direction ? `going-${direction}` : ""}">${
    direction && HEARD[direction] ? html`<span class="heard">${HEARD[direction]}</span>` : nothing
  }<span aria-hidden=${direction ? "true" : nothing}
    >${shown}</span>${whole}<span class="decimals">${fraction ? `.${fraction}` : ""}</span><span class="unit">${coin.symbol}</span></span>`;
}

export function fractions(count: bigint, unit = true): TemplateResult {
  return html`<span class="figure">${grouped(count)}${unit ? html`<span class="unit">${count === 1n ? "fraction" : "fractions"}</span>` : nothing}</span>`;
}

export function percent(part: bigint, whole: bigint): TemplateResult {
  return html`<span class="figure">${percentText(part, whole)}<span class="unit unit-tight">%</span></span>`;
}
