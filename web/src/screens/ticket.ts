// The order ticket: what is typed, judged as it is typed, and handed over for review once the server rehearsed it.

import { html, nothing, type TemplateResult } from "lit";
import { mainAccountOf } from "../accounts.ts";
import type { Intent } from "../action/intent.ts";
import { openAction } from "../action/opening.ts";
import { NOTICES } from "../action/review.ts";
import type { Level, Market, OrderType, Side } from "../answers.ts";
import { ApiProblem } from "../api.ts";
import { Watching, type App } from "../app.ts";
import { lots, placesOf } from "../market.ts";
import { grouped } from "../money.ts";
import { ORDER_TYPES, rests, SIDES, wordsOfType } from "../orders.ts";
import { plain } from "../action/form.ts";
import { amount, fractions } from "../parts/amount.ts";
import { PageElement } from "../parts/element.ts";
import { icon } from "../parts/icons.ts";
import { averagePrice } from "../parts/price.ts";
import {
  boundFor,
  judge,
  mostOf,
  type Judgement,
  type Surroundings,
  type TicketDraft,
  type TicketFaults,
  type TicketField,
} from "../ticket.ts";

const PLACING_SECONDS = 600;
const HOUR = 3_600;
const LASTING: readonly { seconds: number; name: string }[] = [
  { seconds: 0, name: "Until cancelled, 180 days at most" },
  { seconds: HOUR, name: "An hour" },
  { seconds: 24 * HOUR, name: "A day" },
  { seconds: 7 * 24 * HOUR, name: "A week" },
  { seconds: 30 * 24 * HOUR, name: "30 days" },
];
const PLACED = new Set<string>(["mined", "indexed", "final"]);
const SHARES = [25n, 50n, 75n, 100n];
/** Beside which field the server's refusal stands; any other above the button. */
const BLAME: Record<string, TicketField> = {
  "invalid-price": "price",
  "invalid-tick": "price",
  "would-trade": "price",
  "invalid-quantity": "quantity",
  "invalid-amount": "quantity",
  "value-too-small": "quantity",
  "value-too-large": "quantity",
  "insufficient-balance": "quantity",
  "insufficient-fractions": "quantity",
  "insufficient-unlocked": "quantity",
  "not-filled": "quantity",
  "invalid-minimum-fill": "least",
};

export class OrderTicket extends PageElement {
  static override properties = {
    app: { attribute: false },
    market: { attribute: false },
    levels: { attribute: false },
    barred: {},
    draft: { state: true },
    refused: { state: true },
    general: { state: true },
    asked: { state: true },
    preparing: { state: true },
  };
  declare app: App;
  declare market: Market;
  declare levels: Record<Side, ReadonlyMap<number, Level>> | undefined;
  /** Why the wallet may not buy; undefined where it may. */
  declare barred: string | undefined;
  declare private draft: TicketDraft;
  /** What the server refused, by field. */
  declare private refused: TicketFaults;
  declare private general: string;
  /** Faults of empty fields are said once the person asked for the review. */
  declare private asked: boolean;
  declare private preparing: boolean;
  /** What was handed over for review last. */
  private reviewed: Intent | undefined;

  constructor() {
    super();
    this.draft = { side: "bid", type: "good_till_cancelled", price: "", quantity: "", least: "", lasts: 0 };
    this.refused = {};
    this.general = "";
    this.asked = this.preparing = false;
    new Watching(
      this,
      () => [
        [this.app.wallet, "change"],
        [this.app.stream, "change"],
        [this.app.outbox, "change"],
      ],
      (event) => {
        if (event.target === this.app.outbox) this.clearPlaced();
      },
    );
  }

  /** What is in a block shall not be placed a second time by one more press of the button. */
  private clearPlaced(): void {
    const { sent, now } = this.app.outbox;
    if (!this.reviewed || sent?.intent !== this.reviewed || !PLACED.has(now?.state ?? "")) return;
    this.reviewed = undefined;
    this.edit({ quantity: "" });
  }

  /** Another book, another order. */
  override willUpdate(changes: Map<string, unknown>): void {
    const before = changes.get("market") as Market | undefined;
    if (before && before.property_id !== this.market.property_id) this.edit({ price: "", quantity: "", least: "" });
  }

  /** Fill a price of the book in. */
  take(tick: number): void {
    this.edit({ price: this.typed(tick) });
    this.querySelector<HTMLInputElement>("#ticket-quantity")?.focus({ preventScroll: true });
  }

  override render(): TemplateResult {
    const { draft } = this;
    const around = this.around();
    const judged = judge(draft, around);
    const faults = this.visible(judged);
    const bound = draft.type !== "market" ? "Price" : draft.side === "bid" ? "At most" : "At least";
    return html`<form class="ticket" novalidate @submit=${this.submit} aria-label="Order ticket">
      <div class="segments segments-wide" role="radiogroup" aria-label="Side">${(["bid", "ask"] as const).map((side) => this.side(side))}</div>
      <div class="field"><div class="field-head"><label class="field-label" for="ticket-type">Type</label></div>
        <select id="ticket-type" class="input" data-testid="ticket-type" aria-describedby="ticket-type-note" @change=${(event: Event) => this.chooseType(valueOf(event) as OrderType)}>
          ${ORDER_TYPES.map((type) => html`<option value=${type} ?selected=${type === draft.type}>${wordsOfType(type).name}</option>`)}</select>
        <p class="ticket-note" id="ticket-type-note">${wordsOfType(draft.type).sentence}</p></div>
      ${this.field("price", bound, this.app.deployment.stablecoin.symbol, faults, this.prices())}
      ${this.field("quantity", "Quantity", "fractions", faults, this.shares(around))}
      ${draft.type === "market" ? this.field("least", "Fill at least, or nothing", "fractions", faults) : nothing}
      ${
        rests(draft.type)
          ? html`<div class="field"><div class="field-head"><label class="field-label" for="ticket-lasts">Rests for</label></div>
        <select id="ticket-lasts" class="input" data-testid="ticket-lasts" @change=${(event: Event) => this.edit({ lasts: Number(valueOf(event)) })}>
          ${LASTING.map(({ seconds, name: words }) => html`<option value=${seconds} ?selected=${seconds === draft.lasts}>${words}</option>`)}</select></div>`
          : nothing
      }
      ${this.outlook(judged, around)}
      ${this.general ? html`<div class="trouble" role="alert">${icon("alert")}<p data-testid="ticket-error">${this.general}</p></div>` : nothing}
      ${this.button()}
    </form>`;
  }

  private side(side: Side): TemplateResult {
    return html`<label class="segment segment-${side}"><input type="radio" name="ticket-side" value=${side} data-testid=${`ticket-${side}`} .checked=${side === this.draft.side}
      @change=${() => this.chooseSide(side)} /><span>${SIDES[side]}<span class="segment-note">${side === "bid" ? "to buy" : "to sell"}</span></span></label>`;
  }

  private field(
    name: TicketField,
    label: string,
    unit: string,
    faults: TicketFaults,
    aside: unknown = nothing,
  ): TemplateResult {
    const fault = faults[name];
    const id = `ticket-${name}`;
    return html`<div class="field">
      <div class="field-head"><label class="field-label" for=${id}>${label}</label>${aside}</div>
      <span class="input-unit"><input id=${id} class="input number-input" data-testid=${id} .value=${this.draft[name]} placeholder=${name === "price" ? "0.00" : "0"}
        inputmode=${name === "price" ? "decimal" : "numeric"} autocomplete="off" aria-invalid=${fault ? "true" : "false"} aria-describedby=${`${id}-note`}
        @input=${(event: Event) => this.edit({ [name]: valueOf(event) })} /><span class="unit">${unit}</span></span>
      <p class="field-error" id=${`${id}-note`} role=${fault ? "alert" : nothing} data-testid=${fault ? `${id}-fault` : nothing}>${fault ?? nothing}</p>
    </div>`;
  }

  /** The two prices that are at hand. */
  private prices(): TemplateResult {
    const { best_bid: bid, best_ask: ask } = this.market;
    const pick = (name: string, tick: number) =>
      html`<button type="button" class="pick" data-testid=${`pick-${name.toLowerCase()}`} title=${`Best ${name.toLowerCase()}`} @click=${() => this.edit({ price: this.typed(tick) })}>${name}<span class="heard">, best price</span></button>`;
    return html`<span class="picks">${bid ? pick("Bid", bid.tick) : nothing}${ask ? pick("Ask", ask.tick) : nothing}</span>`;
  }

  private shares(around: Surroundings): TemplateResult | typeof nothing {
    if (!this.app.wallet.connected) return nothing;
    const most = mostOf(this.draft, around);
    return html`<span class="picks">${SHARES.map((share) => {
      const part = lots((most * share) / 100n, this.market);
      return html`<button type="button" class="pick" data-testid=${`share-${share}`} ?disabled=${part === 0n}
        @click=${() => this.edit({ quantity: part.toString() })}>${share === 100n ? "Max" : `${share} %`}<span class="heard"> of what you have</span></button>`;
    })}</span>`;
  }

  /** What would come of it, in the book as it is. Rows stay, so that the button does not move under the pointer. */
  private outlook({ quote, rest, escrow, needed, quantity, faults }: Judgement, around: Surroundings): TemplateResult {
    const { side, type } = this.draft;
    const coin = this.app.deployment.stablecoin;
    const dash = html`<span class="faint">–</span>`;
    const at = faults.price === undefined && quantity !== undefined ? quote : undefined;
    const average = at && at.filled > 0n ? at.value / at.filled : undefined;
    const row = (name: string, value: TemplateResult, hook: string, exact?: bigint) =>
      html`<div><dt>${name}</dt><dd data-testid=${hook} data-value=${exact === undefined ? nothing : exact.toString()}>${value}</dd></div>`;
    const held = side === "bid" ? around.money : around.fractions;
    return html`<dl class="facts facts-live ticket-facts">
      ${row("Trades at once", at ? html`<span class="binding">${fractions(type === "post_only" ? 0n : at.filled)}${average === undefined || type === "post_only" ? nothing : html`<span class="faint">at ${averagePrice(average, coin, placesOf(this.market, coin.decimals))}</span>`}</span>` : dash, "ticket-fills", at?.filled)}
      ${row(`Trading fee, ${percentOf(this.market.taker_fee_ppm)} %`, at ? amount(at.takerFee, coin) : dash, "ticket-fee", at?.takerFee)}
      ${rests(type) ? row(side === "bid" ? "Rests, escrowed" : "Rests, locked", at ? (side === "bid" ? html`<span class="binding">${fractions(rest)}${rest > 0n ? html`<span class="faint">${amount(escrow, coin)}</span>` : nothing}</span>` : fractions(rest)) : dash, "ticket-rests", at ? rest : undefined) : nothing}
      ${side === "bid" ? row("It takes", at ? amount(needed, coin) : dash, "ticket-needed", at ? needed : undefined) : row("You get at once", at ? amount(at.value - at.takerFee, coin) : dash, "ticket-gets")}
      ${row(side === "bid" ? "In your main account" : "Free to sell", held === undefined ? dash : side === "bid" ? amount(held, coin) : fractions(held), "ticket-held", held)}
    </dl>`;
  }

  private button(): TemplateResult {
    const { market, draft, app } = this;
    if (!app.wallet.connected)
      return html`<button type="button" class="button button-primary ticket-do" @click=${(event: Event) => event.target?.dispatchEvent(new Event("connect-wallet", { bubbles: true }))}>Connect a wallet to trade</button>`;
    const reason =
      market.status === "closed"
        ? "This book is closed: the end of the property was declared."
        : market.status === "halted"
          ? "This book is halted: no order can be placed just now. Yours can be cancelled."
          : draft.side === "bid"
            ? this.barred
            : undefined;
    return html`${reason ? html`<p class="form-note" data-testid="ticket-barred">${reason}</p>` : nothing}
      <button class="button button-primary ticket-do" data-testid="ticket-review" ?disabled=${this.preparing || reason !== undefined}>${
        this.preparing ? "Preparing…" : `Review the ${SIDES[draft.side].toLowerCase()}`
      }</button>`;
  }

  private chooseSide(side: Side): void {
    this.edit({ side });
    if (this.draft.type === "market") this.bind();
  }

  private chooseType(type: OrderType): void {
    this.edit({ type });
    if (type === "market") this.bind();
  }

  /** A bound that the book suggests, which the person can change. */
  private bind(): void {
    const quantity = /^\d{1,15}$/.test(this.draft.quantity) ? BigInt(this.draft.quantity) : 1n;
    const tick = boundFor(this.draft.side, quantity, this.around());
    this.edit({ price: tick === undefined ? "" : this.typed(tick), least: this.draft.least || this.market.lot });
  }

  private typed(tick: number): string {
    return plain(BigInt(tick) * BigInt(this.market.tick_size), this.app.deployment.stablecoin.decimals);
  }

  private edit(change: Partial<TicketDraft>): void {
    this.draft = { ...this.draft, ...change };
    this.general = "";
    this.refused = {};
    this.asked = false;
  }

  /** Faults of what was typed; of empty fields only once the review was asked for. */
  private visible({ faults }: Judgement): TicketFaults {
    const said = Object.entries({ ...faults, ...this.refused }).filter(
      ([name]) => this.asked || this.draft[name as TicketField].trim() !== "",
    );
    return Object.fromEntries(said);
  }

  private around(): Surroundings {
    const owner = this.app.wallet.connected?.address ?? "";
    const account = this.app.stream.replica(`account:${owner}`);
    const holding = account?.holdings.get(this.market.property_id);
    const known = account !== undefined && account.snapshots > 0;
    return {
      market: this.market,
      levels: this.levels ?? { bid: new Map(), ask: new Map() },
      own: [...(this.app.stream.replica(`orders:${owner}`)?.orders.values() ?? [])].filter(
        (order) => order.is_resting && order.property_id === this.market.property_id,
      ),
      coin: this.app.deployment.stablecoin,
      money: known ? BigInt(account.accounts.get(mainAccountOf(owner))?.balance ?? 0) : undefined,
      fractions: known ? BigInt(holding?.balance ?? 0) - BigInt(holding?.locked ?? 0) : undefined,
    };
  }

  private readonly submit = (event: Event) => {
    event.preventDefault();
    void this.review();
  };

  private async review(): Promise<void> {
    const sender = this.app.wallet.connected?.address;
    const judged = judge(this.draft, this.around());
    this.asked = true;
    if (!sender || this.preparing) return;
    const { tick, quantity } = judged;
    if (tick === undefined || quantity === undefined || Object.keys(judged.faults).length > 0) return this.pointOut();
    const intent = this.intent(sender, tick, quantity, judged.minimumFill);
    this.preparing = true;
    try {
      const prepared = await this.app.outbox.prepare(intent, "permit");
      const [issue] = prepared.issues.filter(({ code }) => !NOTICES.has(code));
      if (issue) this.blame(issue.code, issue.sentence);
      else {
        this.reviewed = intent;
        openAction(this, { intent, prepared });
      }
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.blame(error.code, error.detail);
    } finally {
      this.preparing = false;
    }
  }

  private intent(sender: string, tick: number, quantity: bigint, minimumFill: bigint): Intent {
    const { side, type, lasts } = this.draft;
    const now = this.app.outbox.time;
    return {
      action: "place_order",
      sender,
      property: this.market.property_id,
      side,
      type,
      tick,
      quantity,
      minimumFill,
      expiry: rests(type) && lasts > 0 ? now + lasts : 0,
      deadline: now + PLACING_SECONDS,
    };
  }

  private blame(code: string, words: string): void {
    const field = BLAME[code];
    if (field) this.refused = { [field]: words };
    else this.general = words;
    this.pointOut();
  }

  private pointOut(): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }
}

function percentOf(ppm: number): string {
  return `${grouped(Math.floor(ppm / 10_000))}.${String(Math.floor((ppm % 10_000) / 100)).padStart(2, "0")}`;
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

customElements.define("fh-ticket", OrderTicket);
