// The order book as a ladder: asks above, bids below, with what has gathered up to each price. And the same as a curve.

import { html, nothing, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Coin, Level, Market, Side } from "../answers.ts";
import { placesOf, rungsOf, sorted, type Rung } from "../market.ts";
import { grouped, percentText, thousandths } from "../money.ts";
import { changed } from "../parts/changed.ts";
import { empty } from "../parts/notice.ts";
import { price } from "../parts/price.ts";
import { skeleton } from "../parts/skeleton.ts";

/** Prices shown of each side. */
const RUNGS = 10;

export interface BookView {
  market: Market;
  coin: Coin;
  levels: Record<Side, ReadonlyMap<number, Level>> | undefined;
  /** Prices at which the wallet has orders. */
  own: ReadonlySet<number>;
  pick: (level: Level) => void;
}

/** Always of the same height, so that nothing jumps as prices come and go. */
export function bookTable(view: BookView): TemplateResult {
  const { levels, coin } = view;
  const asks = levels && rungsOf(sorted(levels.ask.values(), "ask")).slice(0, RUNGS);
  const bids = levels && rungsOf(sorted(levels.bid.values(), "bid")).slice(0, RUNGS);
  const most = [...(asks ?? []), ...(bids ?? [])].reduce((high, { total }) => (total > high ? total : high), 0n);
  return html`<table class="book" aria-label="Order book" @keydown=${steer}>
    <thead><tr><th scope="col">Price <span class="unit">${coin.symbol}</span></th><th scope="col" class="number">Quantity</th><th scope="col" class="number">Total</th>
      <th scope="col" class="number">Orders</th></tr></thead>
    <tbody class="book-asks" data-testid="book-asks">${ladder(asks && [...asks].reverse(), "ask", most, view)}</tbody>
    <tbody class="book-middle">${middle(view)}</tbody>
    <tbody class="book-bids" data-testid="book-bids">${ladder(bids, "bid", most, view)}</tbody>
  </table>`;
}

function ladder(rungs: Rung[] | undefined, side: Side, most: bigint, view: BookView): unknown {
  const blank = Array.from({ length: RUNGS - (rungs?.length ?? 0) }, (_, index) => {
    const first = rungs?.length === 0 && index === (side === "ask" ? RUNGS - 1 : 0);
    return html`<tr class="rung-blank"><td colspan="4">${
      rungs === undefined
        ? skeleton("long")
        : first
          ? html`<span class="faint">No ${side === "ask" ? "asks" : "bids"}</span>`
          : nothing
    }</td></tr>`;
  });
  // By price, so that the cursor stays on the price that it is on as others come and go.
  const row = (rung: Rung) => rungRow(rung, side, most, view);
  const rows = repeat(rungs ?? [], ({ tick }) => tick, row);
  return side === "ask" ? [blank, rows] : [rows, blank];
}

function rungRow(rung: Rung, side: Side, most: bigint, { market, coin, own, pick }: BookView): TemplateResult {
  const mine = own.has(rung.tick);
  const reach = thousandths(rung.total, most);
  return html`<tr class="rung" data-testid="book-level" data-side=${side} data-tick=${rung.tick} data-quantity=${rung.quantity} data-own=${mine}>
    <td><svg class="rung-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect x=${1000 - reach} width=${reach} height="10" /></svg>
      <button type="button" class="rung-price" @click=${() => pick(rung)} title="Fill this price in">${price(BigInt(rung.price), coin, placesOf(market, coin.decimals))}${
        mine ? html`<span class="heard">, with an order of yours</span>` : nothing
      }</button></td>
    <td class="number"><span ${changed(rung.quantity, rung.tick)}>${grouped(rung.quantity)}</span></td>
    <td class="number faint">${grouped(rung.total)}</td><td class="number faint">${rung.orders}</td></tr>`;
}

function middle({ market, coin }: BookView): TemplateResult {
  const { best_bid: bid, best_ask: ask, mark_price: mark } = market;
  const spread = bid && ask ? BigInt(ask.price) - BigInt(bid.price) : undefined;
  const places = placesOf(market, coin.decimals);
  return html`<tr><td colspan="4"><span class="book-mark">${mark ? html`<span ${changed(mark.price, "mark")}>${price(BigInt(mark.price), coin, places)}</span>` : nothing}
    <span class="faint">${
      spread === undefined || !bid
        ? "no spread"
        : html`spread ${price(spread, coin, places)} · ${percentText(spread, BigInt(bid.price))} %`
    }</span></span></td></tr>`;
}

/** Up and down within the ladder: it is one stop for the tab key in each row, and arrows are quicker. */
function steer(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".rung-price")];
  const at = buttons.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  buttons[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
}

const WIDTH = 1000;
const HEIGHT = 200;

/** Fractions that could be bought or sold up to each price, around the middle. */
export function depthChart({ market, coin, levels }: BookView): TemplateResult {
  if (!levels) return html`<div class="depth"></div>`;
  const bids = rungsOf(sorted(levels.bid.values(), "bid"));
  const asks = rungsOf(sorted(levels.ask.values(), "ask"));
  const [low, high] = [bids.at(-1)?.tick ?? asks[0]?.tick, asks.at(-1)?.tick ?? bids[0]?.tick];
  if (low === undefined || high === undefined) return empty("No depth", "Nobody bids, and nobody asks.");
  const most = [bids.at(-1)?.total ?? 0n, asks.at(-1)?.total ?? 0n].reduce((a, b) => (a > b ? a : b));
  const span = Math.max(1, high - low);
  const x = (tick: number) => Math.round(((tick - low) * WIDTH) / span);
  const y = (total: bigint) => HEIGHT - Math.round((thousandths(total, most) * HEIGHT) / 1000);
  const text = (tick: number) => price(BigInt(tick) * BigInt(market.tick_size), coin, placesOf(market, coin.decimals));
  const label = `Depth: ${grouped(bids.at(-1)?.total ?? 0n)} fractions bid for, ${grouped(asks.at(-1)?.total ?? 0n)} asked`;
  return html`<figure class="depth">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label}>${curve(bids, "bid", x, y)}${curve(asks, "ask", x, y)}</svg>
    <figcaption><span>${text(low)}</span><span>up to ${grouped(most)} fractions</span><span>${text(high)}</span></figcaption>
  </figure>`;
}

function curve(
  rungs: Rung[],
  side: Side,
  x: (tick: number) => number,
  y: (total: bigint) => number,
): TemplateResult | typeof nothing {
  const [first, last] = [rungs[0], rungs.at(-1)];
  if (!first || !last) return nothing;
  const steps = rungs.map((rung) => `H${x(rung.tick)}V${y(rung.total)}`).join("");
  const line = `M${x(first.tick)} ${HEIGHT}${steps}${last === first ? `H${side === "bid" ? 0 : WIDTH}` : ""}`;
  const end = last === first ? (side === "bid" ? 0 : WIDTH) : x(last.tick);
  return svg`<path class="depth-area depth-${side}" d=${`${line}H${end}V${HEIGHT}Z`} /><path class="depth-line depth-${side}" d=${line} />` as TemplateResult;
}
