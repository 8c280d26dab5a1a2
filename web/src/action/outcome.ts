// What becomes of orders, as the server rehearsed it on the chain's newest block: fills, fees, escrow, what rests.

import { html, nothing, type TemplateResult } from "lit";
import { sameAddress } from "../accounts.ts";
import type { Effect, OrderEffect, Prepared, ReductionEffect, RemovalEffect } from "../answers.ts";
import type { App } from "../app.ts";
import { placesOf } from "../market.ts";
import { orderName } from "../orders.ts";
import { amount, fractions } from "../parts/amount.ts";
import { moment } from "../parts/placed.ts";
import { averagePrice } from "../parts/price.ts";
import { tradeCount } from "./words.ts";
import type { Intent } from "./intent.ts";

const REASONS: Record<string, string> = {
  cancelled: "is cancelled",
  expired: "has expired and is removed",
  self_trade: "stands in the way and is cancelled",
  not_eligible: "may not trade any more and is removed",
};
const REMOVALS_MAX = 4;

/** Rows of the review; none where the server could not rehearse it. */
export function outcomeOf(intent: Intent, prepared: Prepared, app: App): TemplateResult {
  const effects: Effect[] = prepared.simulation.effects ?? [];
  const removals = effects.filter((effect): effect is RemovalEffect => effect.kind === "removal");
  return html`${effects.map((effect) => {
    if (effect.kind === "order") return placed(effect, app);
    return effect.kind === "reduction" ? reduced(effect, app) : nothing;
  })}${removals.slice(0, REMOVALS_MAX).map((effect) => removed(effect, intent, app))}
  ${removals.length > REMOVALS_MAX ? fact("And as many more", html`<span class="figure">${removals.length - REMOVALS_MAX}</span>`) : nothing}`;
}

function placed(effect: OrderEffect, app: App): TemplateResult {
  const coin = app.deployment.stablecoin;
  const [filled, rests, unfilled] = [BigInt(effect.filled), BigInt(effect.rests), BigInt(effect.unfilled)];
  const [value, fee] = [BigInt(effect.amount), BigInt(effect.taker_fee)];
  const [escrowed, locked] = [BigInt(effect.escrowed), BigInt(effect.locked)];
  const market = app.catalogue.market(effect.property_id);
  const places = market ? placesOf(market, coin.decimals) : 2;
  const traded =
    filled > 0n
      ? html`${fact(
          "Trades at once",
          html`<span class="binding">${fractions(filled)}<span class="faint">with ${tradeCount(effect.fills.length)}</span></span>`,
          "review-filled",
          effect.filled,
        )}
        ${effect.average_price === null ? nothing : fact("At an average price of", averagePrice(BigInt(effect.average_price), coin, places), "review-average", effect.average_price)}
        ${fact("Trading fee", amount(fee, coin), "review-fee", effect.taker_fee)}
        ${fact(effect.side === "bid" ? "You pay" : "You get", amount(effect.side === "bid" ? value + fee : value - fee, coin), "review-total")}`
      : fact("Trades at once", html`<span>Nothing</span>`, "review-filled", "0");
  return html`${traded}
    ${rests > 0n ? fact("Waits in the book", html`<span class="binding">${fractions(rests)}<span class="faint">until ${moment(effect.expiry)}</span></span>`, "review-rests", effect.rests) : nothing}
    ${escrowed > 0n ? fact("Escrowed with its fee", amount(escrowed, coin), "review-escrowed", effect.escrowed) : nothing}
    ${locked > 0n ? fact("Locked meanwhile", fractions(locked), "review-locked", effect.locked) : nothing}
    ${unfilled > 0n ? fact("Cancelled at once", fractions(unfilled), "review-unfilled", effect.unfilled) : nothing}`;
}

function reduced(effect: ReductionEffect, app: App): TemplateResult {
  return html`${fact("Rests then", fractions(BigInt(effect.remaining)), "review-rests", effect.remaining)}
    ${refund(effect, app)}`;
}

function removed(effect: RemovalEffect, intent: Intent, app: App): TemplateResult {
  const own = sameAddress(effect.owner, intent.sender);
  const words = REASONS[effect.reason] ?? "is removed";
  const what = html`<span class="binding">${fractions(BigInt(effect.quantity))}<span class="faint">${words}</span></span>`;
  return html`${fact(`${own ? "Your order" : "Order"} ${orderName(effect)}`, what, "review-removed", effect.order_id)}
    ${own ? refund(effect, app) : nothing}`;
}

function refund(effect: { refund: string }, app: App): TemplateResult | typeof nothing {
  if (effect.refund === "0") return nothing;
  return fact("Comes back to you", amount(BigInt(effect.refund), app.deployment.stablecoin), "review-refund", effect.refund);
}

function fact(name: string, value: TemplateResult, hook?: string, exact?: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd data-testid=${hook ?? nothing} data-value=${exact ?? nothing}>${value}</dd></div>`;
}
