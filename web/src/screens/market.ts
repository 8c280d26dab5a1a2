// The market of a property: its prices, its book, its candles and trades, a ticket, and the wallet's own orders.

import { html, nothing, type TemplateResult } from "lit";
import { sameAddress } from "../accounts.ts";
import type { Level, Market } from "../answers.ts";
import { Refreshing, Watching, type App } from "../app.ts";
import { partsOf } from "../catalogue.ts";
import { placesOf } from "../market.ts";
import { grouped, percentText } from "../money.ts";
import { changed } from "../parts/changed.ts";
import { PageElement } from "../parts/element.ts";
import { facade } from "../parts/facade.ts";
import { icon } from "../parts/icons.ts";
import { empty } from "../parts/notice.ts";
import { change, price, priceWithUnit } from "../parts/price.ts";
import { skeleton } from "../parts/skeleton.ts";
import { linkTo } from "../route.ts";
import type { Key } from "../stream.ts";
import { bookTable, depthChart, type BookView } from "./book.ts";
import "./candles.ts";
import { barredFrom, Dossier } from "./dossier.ts";
import { Following } from "./following.ts";
import "./orders.ts";
import { OrderTicket } from "./ticket.ts";
import { tradesTable } from "./trades.ts";

const TABS = [
  { value: "book", name: "Book" },
  { value: "chart", name: "Chart" },
  { value: "trades", name: "Trades" },
  { value: "ticket", name: "Order" },
] as const;

type Tab = (typeof TABS)[number]["value"];

const SOURCES = { mid: "mid of bid and ask", last: "last trade", offering: "offering price" } as const;
const STATES = { open: "Open", halted: "Halted", closed: "Closed" } as const;
const NARROW = "(max-width: 880px)";

export class MarketScreen extends PageElement {
  static override properties = {
    app: { attribute: false },
    number: { type: Number },
    owner: {},
    tab: { state: true },
  };
  declare app: App;
  declare number: number;
  declare owner: string | undefined;
  /** Which part a phone shows. */
  declare private tab: Tab;

  private readonly following = new Following(this, () => ({ stream: this.app.stream, keys: this.keys() }));
  private readonly dossier = new Dossier(this, () => ({
    api: this.app.api,
    property: this.number,
    owner: this.owner,
    list: this.app.catalogue.get(this.number)?.registry_list,
  }));
  private readonly refreshing = new Refreshing(this, () => this.read(), 5_000);

  constructor() {
    super();
    this.tab = "book";
    new Watching(
      this,
      () => [
        [this.app.stream, "tip", "change"],
        [this.app.catalogue, "change"],
      ],
      (event) => {
        if (event.type === "tip") this.refreshing.now();
      },
    );
  }

  override willUpdate(changes: Map<string, unknown>): void {
    if ((changes.has("number") || changes.has("owner")) && this.isConnected) this.refreshing.now();
  }

  private keys(): Key[] {
    const keys: Key[] = [`book:${this.number}`, `trades:${this.number}`];
    return this.owner ? [...keys, `account:${this.owner}`, `orders:${this.owner}`] : keys;
  }

  private async read(): Promise<void> {
    if (!this.app.catalogue.properties) await this.app.catalogue.refresh();
    if (this.app.catalogue.get(this.number)?.registry_list != null) await this.dossier.read();
  }

  override render(): TemplateResult {
    const market = this.app.catalogue.market(this.number);
    const property = this.app.catalogue.get(this.number);
    const missing = this.app.catalogue.knowsMarkets && !market;
    const { name, street } = partsOf(property?.name ?? "");
    return html`<a class="back" href=${linkTo("property", this.number)}>${icon("back")}${property ? name : "Property"}</a>
      <header class="market-head">
        <div class="market-title"><a class="tile" href=${linkTo("property", this.number)} tabindex="-1" aria-hidden="true">${property ? facade(this.number, property.name, "vignette") : nothing}</a>
        <div><h1>${property ? name : skeleton("medium")}</h1><p class="faint">${property ? street : skeleton("medium")}</p></div></div>
        ${missing ? nothing : this.figures(market)}
      </header>
      ${missing ? empty("No order book yet", html`Its fractions are not traded here so far. <a href=${linkTo("property", this.number)}>See the property</a>`) : this.body(market)}`;
  }

  private figures(market: Market | undefined): TemplateResult {
    const coin = this.app.deployment.stablecoin;
    const places = market ? placesOf(market, coin.decimals) : 2;
    const mark = market?.mark_price;
    const { day, last_trade: last } = market ?? {};
    const best = (hook: string, name: string, level: Market["best_bid"] | undefined) => html`<div><dt>${name}</dt><dd data-testid=${hook} data-value=${level?.price ?? ""}>${
      market
        ? level
          ? html`<span ${changed(level.price, hook)}>${price(BigInt(level.price), coin, places)}</span><span class="unit">${grouped(level.quantity)}</span>`
          : html`<span class="faint">none</span>`
        : skeleton("short")
    }</dd></div>`;
    return html`<div class="market-mark"><p class="mark-figure" data-testid="mark-price" data-value=${mark?.price ?? ""} ${changed(mark?.price ?? "", this.number)}>${
      market
        ? mark
          ? priceWithUnit(BigInt(mark.price), coin, places)
          : html`<span class="faint">No price yet</span>`
        : skeleton("figure")
    }</p><p class="row-note">${mark ? html`<span class="wide">${SOURCES[mark.source]}</span>` : nothing}${day ? html`${change(day.change_ppm)}<span>in 24 h</span>` : market ? html`<span>no trade in 24 h</span>` : skeleton("short")}${
      market && market.status !== "open" ? html`<span class="badge badge-${market.status}" data-testid="market-status">${STATES[market.status]}</span>` : nothing
    }</p></div>
    <dl class="market-figures">
      <div><dt>Last trade</dt><dd data-testid="last-trade">${last ? html`<span ${changed(last.price, this.number)}>${price(BigInt(last.price), coin, places)}</span>` : market ? html`<span class="faint">none</span>` : skeleton("short")}</dd></div>
      ${best("best-bid", "Best bid", market?.best_bid)}${best("best-ask", "Best ask", market?.best_ask)}
      <div class="wide"><dt>Spread</dt><dd>${market ? this.spread(market, places) : skeleton("short")}</dd></div>
      <div><dt>Volume, 24 h</dt><dd>${market ? html`<span ${changed(day?.volume ?? "0", this.number)}>${grouped(day?.volume ?? 0)}</span><span class="unit">fractions</span>` : skeleton("short")}</dd></div>
      <div class="wide"><dt>Low and high, 24 h</dt><dd>${day ? html`${price(BigInt(day.low), coin, places)} <span class="faint">to</span> ${price(BigInt(day.high), coin, places)}` : market ? html`<span class="faint">–</span>` : skeleton("short")}</dd></div>
    </dl>`;
  }

  private spread({ best_bid: bid, best_ask: ask }: Market, places: number): TemplateResult {
    if (!bid || !ask) return html`<span class="faint">–</span>`;
    const units = BigInt(ask.price) - BigInt(bid.price);
    return html`${price(units, this.app.deployment.stablecoin, places)}<span class="unit">${percentText(units, BigInt(bid.price))} %</span>`;
  }

  private body(market: Market | undefined): TemplateResult {
    const { owner, tab } = this;
    const readOnly = owner !== undefined && !sameAddress(owner, this.app.wallet.connected?.address);
    return html`<div class="market-tabs" role="radiogroup" aria-label="Part of the market">${TABS.map(
      ({ value, name }) =>
        html`<label class="segment"><input type="radio" name="market-tab" value=${value} data-testid=${`tab-${value}`} .checked=${value === tab} @change=${() => (this.tab = value)} /><span>${name}</span></label>`,
    )}</div>
    <div class="market" data-tab=${tab}>
      <div class="market-chart">${market ? html`<fh-candles .app=${this.app} .market=${market}></fh-candles>` : html`<div class="candles-whole"></div>`}
        <section class="market-depth"><h2>Depth</h2>${market ? depthChart(this.view(market)) : html`<div class="depth"></div>`}</section></div>
      <section class="market-book"><h2>Book</h2>${market ? bookTable(this.view(market)) : html`<div class="book-whole"></div>`}</section>
      <div class="market-side"><section class="market-ticket"><h2>Order</h2>${
        market
          ? html`<fh-ticket .app=${this.app} .market=${market} .levels=${this.levels()} .barred=${this.barred()}></fh-ticket>`
          : html`<div class="ticket-whole"></div>`
      }</section>
      <section class="market-trades"><h2>Trades</h2>${market ? tradesTable(this.following.replica(`trades:${this.number}`)?.trades.values(), market, this.app.deployment.stablecoin, this.app.stream.tip) : nothing}</section></div>
      <div class="market-orders"><fh-orders .app=${this.app} .owner=${owner} .property=${this.number} .readOnly=${readOnly}></fh-orders></div>
    </div>`;
  }

  private levels() {
    return this.following.replica(`book:${this.number}`)?.levels;
  }

  private view(market: Market): BookView {
    const orders = this.owner ? this.following.replica(`orders:${this.owner}`)?.orders.values() : undefined;
    const own = [...(orders ?? [])].filter((order) => order.is_resting && order.property_id === this.number);
    return {
      market,
      coin: this.app.deployment.stablecoin,
      levels: this.levels(),
      own: new Set(own.map((order) => order.tick)),
      pick: (level) => this.pick(level),
    };
  }

  private pick(level: Level): void {
    if (matchMedia(NARROW).matches) this.tab = "ticket";
    void this.updateComplete.then(() => this.querySelector<OrderTicket>("fh-ticket")?.take(level.tick));
  }

  private barred(): string | undefined {
    const property = this.app.catalogue.get(this.number);
    return property && this.app.wallet.connected ? barredFrom(property, this.dossier) : undefined;
  }
}

customElements.define("fh-market", MarketScreen);
