// A wallet's orders: those that rest, with what can be done about them, and all there were, with what became of them.

import { html, nothing, type TemplateResult } from "lit";
import type { Intent } from "../action/intent.ts";
import { openAction } from "../action/opening.ts";
import type { Order } from "../answers.ts";
import { Watching, type App } from "../app.ts";
import { placesOf } from "../market.ts";
import { grouped } from "../money.ts";
import { orderName, reasonOf, SIDES, wordsOfType } from "../orders.ts";
import { amount, fractions } from "../parts/amount.ts";
import { bar } from "../parts/bar.ts";
import { changed } from "../parts/changed.ts";
import { PageElement } from "../parts/element.ts";
import { empty, trouble } from "../parts/notice.ts";
import { nameOf } from "../parts/party.ts";
import { distance, time } from "../parts/placed.ts";
import { averagePrice, priceWithUnit } from "../parts/price.ts";
import { skeletonRows } from "../parts/skeleton.ts";
import { linkTo } from "../route.ts";
import { Following } from "./following.ts";
import { Paged } from "./paged.ts";

const HISTORY = 20;
/** That one transaction can cancel. */
const CANCELLED_MAX = 128;

type Shown = "open" | "all";

export class OrdersPanel extends PageElement {
  static override properties = {
    app: { attribute: false },
    owner: {},
    property: { type: Number },
    readOnly: { type: Boolean },
    shown: { state: true },
  };
  declare app: App;
  declare owner: string | undefined;
  /** Of one book only. */
  declare property: number | undefined;
  declare readOnly: boolean;
  declare private shown: Shown;

  private readonly following = new Following(this, () => ({
    stream: this.app.stream,
    keys: this.owner ? [`orders:${this.owner}`] : [],
  }));
  private readonly log = new Paged<Order>(this, () => {
    const { owner, property } = this;
    if (this.shown !== "all" || !owner) return undefined;
    return {
      name: `${owner}:${property}`,
      page: async (cursor) => {
        const query = { owner, property_id: property, status: "all", cursor, limit: HISTORY };
        const page = await this.app.api.orders(query);
        return { rows: page.orders, next: page.next_cursor };
      },
    };
  });

  constructor() {
    super();
    this.shown = "open";
    new Watching(
      this,
      () => [
        [this.app.stream, "change", "tip"],
        [this.app.catalogue, "change"],
      ],
      (event) => {
        if (event instanceof CustomEvent && event.detail === `orders:${this.owner}` && this.shown === "all")
          void this.log.read();
      },
    );
  }

  override render(): TemplateResult {
    if (!this.owner)
      return html`<section class="section"><h2>Orders</h2>${empty("No wallet is connected", "What you place will stand here, with what became of it.")}</section>`;
    const open = this.open();
    return html`<section class="section" data-testid="orders"><div class="section-head">
        <h2>Orders</h2><div class="segments" role="radiogroup" aria-label="Which orders">${this.choice("open", open ? `Open ${open.length}` : "Open")}${this.choice("all", "History")}</div>
        ${this.shown === "open" && !this.readOnly && open && open.length > 1 ? this.cancelAll(open) : nothing}</div>
      ${this.shown === "open" ? this.openTable(open) : this.history()}</section>`;
  }

  private choice(value: Shown, name: string): TemplateResult {
    return html`<label class="segment"><input type="radio" name=${`orders-${this.property ?? "all"}`} value=${value} data-testid=${`orders-${value}`} .checked=${value === this.shown}
      @change=${() => (this.shown = value)} /><span>${name}</span></label>`;
  }

  /** Those that rest in the book, newest first. */
  private open(): Order[] | undefined {
    const replica = this.owner && this.following.replica(`orders:${this.owner}`);
    if (!replica) return undefined;
    return [...replica.orders.values()]
      .filter((order) => order.is_resting && (!this.property || order.property_id === this.property))
      .sort((a, b) => b.placed_at - a.placed_at || (BigInt(a.order_id) < BigInt(b.order_id) ? 1 : -1));
  }

  private cancelAll(open: Order[]): TemplateResult {
    const sender = this.app.wallet.connected?.address ?? "";
    const ids = open.map((order) => order.order_id);
    const intents: Intent[] = [];
    for (let at = 0; at < ids.length; at += CANCELLED_MAX)
      intents.push({ action: "cancel_orders", sender, orders: ids.slice(at, at + CANCELLED_MAX) });
    return html`<button type="button" class="button button-small" data-testid="cancel-all" @click=${(event: Event) => openAction(event.currentTarget, { intents })}>Cancel all ${open.length}</button>`;
  }

  private openTable(open: Order[] | undefined): TemplateResult | TemplateResult[] {
    if (!open) return skeletonRows(2, "activity-row");
    if (open.length === 0)
      return empty("No open orders", "What does not trade at once waits in the book, and is shown here.");
    return html`<ul class="rows">${open.map((order) => this.openRow(order))}</ul>`;
  }

  private openRow(order: Order): TemplateResult {
    const now = this.app.stream.tip?.timestamp ?? 0;
    const [quantity, remaining] = [BigInt(order.quantity), BigInt(order.remaining)];
    const filled = BigInt(order.filled);
    const expired = order.expiry < now;
    return html`<li class="row order-row" data-testid="order-row" data-order=${order.order_id} data-side=${order.side} data-remaining=${order.remaining}>
      <span class="row-main"><span class="row-title">${this.heading(order)}</span>
        <span class="row-note" title=${`${orderName(order)}, expires ${distance(order.expiry, now)}`}>${
        this.property ? html`${orderName(order)} · ${expired ? "expired" : `expires ${distance(order.expiry, now)}`}` : this.named(order)
      }</span></span>
      <span class="row-bar">${bar(filled, quantity, "Filled")}<span class="row-note"><span ${changed(order.filled, order.order_id)}>${grouped(filled)}</span> of ${grouped(quantity)} filled</span></span>
      <span class="row-end"><span ${changed(order.remaining, order.order_id)}>${fractions(remaining)}</span><span class="row-note">${this.held(order)}</span></span>
      <span class="row-do">${this.readOnly ? nothing : this.buttons(order, expired)}</span></li>`;
  }

  private buttons(order: Order, expired: boolean): TemplateResult {
    const sender = this.app.wallet.connected?.address ?? "";
    const about = html`<span class="heard"> order ${orderName(order)}</span>`;
    const cancel: Intent = { action: "cancel_order", sender, property: order.property_id, order: order.order_id };
    const market = this.app.catalogue.market(order.property_id);
    const shrinks = !expired && market && BigInt(order.remaining) > BigInt(market.lot);
    return html`${
      shrinks
        ? html`<button type="button" class="button button-small" data-testid="order-reduce" @click=${(event: Event) => openAction(event.currentTarget, { form: "reduce", preset: { order: order.order_id } })}>Reduce${about}</button>`
        : nothing
    }<button type="button" class="button button-small" data-testid="order-cancel" @click=${(event: Event) => openAction(event.currentTarget, { intents: [cancel] })}>Cancel${about}</button>`;
  }

  /** What rests in escrow for it. */
  private held({ escrowed }: Order): TemplateResult {
    const coin = this.app.deployment.stablecoin;
    if (escrowed.amount) return html`${amount(BigInt(escrowed.amount), coin)} escrowed`;
    return escrowed.fractions ? html`locked` : html``;
  }

  private heading(order: Order): TemplateResult {
    const coin = this.app.deployment.stablecoin;
    const market = this.app.catalogue.market(order.property_id);
    const at = priceWithUnit(BigInt(order.price), coin, market ? placesOf(market, coin.decimals) : 2);
    return html`<span class="side side-${order.side}">${SIDES[order.side]}</span> ${at}`;
  }

  private named(order: Order): TemplateResult {
    return html`<a class="quiet" href=${linkTo("market", order.property_id)}>${nameOf(order.property_id, this.app)}</a> · ${orderName(order)}`;
  }

  private history(): TemplateResult | TemplateResult[] {
    const { rows, next, trouble: said, read, more } = this.log;
    if (!rows) return said ? trouble(said, () => void read()) : skeletonRows(4, "activity-row");
    if (rows.length === 0) return empty("No orders yet", "Every order that was placed will stand here.");
    return html`<ul class="rows">${rows.map((order) => this.pastRow(order))}</ul>
      ${said ? trouble(said, () => void read()) : nothing}
      ${next ? html`<button type="button" class="button load-more" @click=${more}>Load more</button>` : nothing}`;
  }

  private pastRow(order: Order): TemplateResult {
    const coin = this.app.deployment.stablecoin;
    const { name, sentence } = reasonOf(order);
    const [quantity, filled] = [BigInt(order.quantity), BigInt(order.filled)];
    return html`<li class="row order-row" data-testid="past-order" data-order=${order.order_id} data-status=${order.status}>
      <span class="row-main"><span class="row-title">${this.heading(order)}</span><span class="row-note">${
        this.property ? html`${orderName(order)} · ${wordsOfType(order.order_type).name}` : this.named(order)
      } · ${time(order.placed_at)}</span></span>
      <span class="row-bar">${bar(filled, quantity, "Filled")}<span class="row-note">${grouped(filled)} of ${grouped(quantity)} filled${
        order.average_price === null ? nothing : html` at ${averagePrice(BigInt(order.average_price), coin, Math.min(2, coin.decimals))}`
      }</span></span>
      <span class="row-end order-end"><span class="badge badge-order-${order.status}">${name}</span><span class="row-note">${sentence}</span></span></li>`;
  }
}

customElements.define("fh-orders", OrdersPanel);
