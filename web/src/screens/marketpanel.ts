// How a property trades, in brief, with the way to its market.

import { html, nothing, type TemplateResult } from "lit";
import type { Best, Market } from "../answers.ts";
import type { App } from "../app.ts";
import { placesOf } from "../market.ts";
import { grouped } from "../money.ts";
import { changed } from "../parts/changed.ts";
import { icon } from "../parts/icons.ts";
import { change, price, priceWithUnit } from "../parts/price.ts";
import { linkTo } from "../route.ts";

/** Rows of a card: the price and how it moved, best bid and best ask. */
export function tradedFacts(property: number, app: App): TemplateResult | typeof nothing {
  const market = app.catalogue.market(property);
  if (!market) return nothing;
  return html`<div data-testid="card-market" data-mark=${market.mark_price?.price ?? ""}><dt><a class="quiet" href=${linkTo("market", property)}>Market</a></dt><dd class="card-price">${marked(market, app)}${moved(market)}</dd></div>
    <div data-testid="card-bids"><dt>Bid and ask</dt><dd class="card-price">${side(market, market.best_bid, app)}<span class="faint">/</span>${side(market, market.best_ask, app)}</dd></div>`;
}

/** Beside a property: price, best prices, volume, and the way to its market. */
export function marketPanel(property: number, app: App): TemplateResult | typeof nothing {
  const market = app.catalogue.market(property);
  if (!market) return nothing;
  const { best_bid: bid, best_ask: ask, day } = market;
  const offered = (name: string, best: Best | null) =>
    html`<div><dt>${name}</dt><dd>${side(market, best, app)}${best ? html`<span class="unit">${grouped(best.quantity)}</span>` : nothing}</dd></div>`;
  return html`<section class="section panel" data-testid="market-panel"><h2>Market</h2>
    <p class="panel-figure"><span class="large">${marked(market, app)}</span> ${moved(market)} <span class="faint">${day ? "in 24 h" : "no trade in 24 h"}</span></p>
    <dl class="facts">${offered("Best bid", bid)}${offered("Best ask", ask)}
      <div><dt>Volume, 24 h</dt><dd><span class="figure" ${changed(day?.volume ?? "0", property)}>${grouped(day?.volume ?? 0)}<span class="unit">fractions</span></span></dd></div></dl>
    <div class="actions"><a class="button button-primary" data-testid="market-open" href=${linkTo("market", property)}>${icon("between")}Trade</a></div>
  </section>`;
}

function marked(market: Market, app: App): TemplateResult {
  const { mark_price: mark } = market;
  const coin = app.deployment.stablecoin;
  if (!mark) return html`<span class="faint">no price yet</span>`;
  return html`<span ${changed(mark.price, market.property_id)}>${priceWithUnit(BigInt(mark.price), coin, placesOf(market, coin.decimals))}</span>`;
}

function moved({ day }: Market): TemplateResult | typeof nothing {
  return day ? change(day.change_ppm) : nothing;
}

function side(market: Market, best: Best | null, app: App): TemplateResult {
  const coin = app.deployment.stablecoin;
  if (!best) return html`<span class="faint">none</span>`;
  return html`<span ${changed(best.price, market.property_id)}>${price(BigInt(best.price), coin, placesOf(market, coin.decimals))}</span>`;
}
