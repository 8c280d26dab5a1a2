// Everything that a wallet owns: money by account, rent, subscriptions, fractions by property with what they made, orders, and what happened last.

import { html, nothing, type TemplateResult } from "lit";
import { accountName } from "../accounts.ts";
import { openAction } from "../action/opening.ts";
import type { Account, Holding } from "../answers.ts";
import { Refreshing, Watching, type App } from "../app.ts";
import { partsOf } from "../catalogue.ts";
import { sum } from "../money.ts";
import { copyButton } from "../parts/address.ts";
import { amount, fractions, percent } from "../parts/amount.ts";
import { bar } from "../parts/bar.ts";
import { changed } from "../parts/changed.ts";
import { PageElement } from "../parts/element.ts";
import { facade } from "../parts/facade.ts";
import { finality } from "../parts/finality.ts";
import { icon } from "../parts/icons.ts";
import { moneyLine } from "../parts/line.ts";
import { empty, trouble } from "../parts/notice.ts";
import { blockNumber, placed } from "../parts/placed.ts";
import { activityRow } from "../parts/posting.ts";
import { skeleton, skeletonRows } from "../parts/skeleton.ts";
import { proofButton } from "../proof/opening.ts";
import { linkTo } from "../route.ts";
import "./orders.ts";
import { moneyInOfferings, rentSection, subscriptionSection, type ClaimsView } from "./claims.ts";
import { Following } from "./following.ts";
import { Ledger } from "./ledger.ts";
import { owning } from "./owning.ts";
import { profitSection, ProfitReading } from "./profit.ts";
import { isOfAccount, Viewing } from "./viewing.ts";

const POSTINGS = 40;
const LATEST = 9;

export class PortfolioScreen extends PageElement {
  static override properties = { app: { attribute: false }, owner: {}, readOnly: { type: Boolean } };
  declare app: App;
  declare owner: string | undefined;
  declare readOnly: boolean;

  private readonly viewing = new Viewing(this, () => ({ stream: this.app.stream, owner: this.owner }));
  private readonly ledger = new Ledger(
    this,
    () => ({ api: this.app.api, scope: this.owner ? { owner: this.owner } : undefined }),
    POSTINGS,
  );
  private readonly following = new Following(this, () => ({
    stream: this.app.stream,
    keys: this.owner ? [`orders:${this.owner}`] : [],
  }));
  private readonly profit = new ProfitReading(this, () => ({ api: this.app.api, owner: this.owner }));
  private readonly properties = new Refreshing(this, () => this.app.catalogue.refresh(), 4_000);

  constructor() {
    super();
    new Watching(
      this,
      () => [
        [this.app.stream, "tip", "change", "reorg"],
        [this.app.catalogue, "change"],
      ],
      (event) => {
        if (isOfAccount(event)) void this.ledger.refresh();
        if (event.type === "tip") this.profit.refreshing.now();
        if (event.type === "reorg") void this.ledger.begin();
        if (event.type === "tip" && !this.app.catalogue.properties) this.properties.now();
      },
    );
  }

  override render() {
    const { owner, viewing } = this;
    if (!owner) return owning("Portfolio", "portfolio");
    const accounts = [...(viewing.replica?.accounts.values() ?? [])].sort((a, b) =>
      BigInt(a.number) < BigInt(b.number) ? -1 : 1,
    );
    const holdings = [...(viewing.replica?.holdings.values() ?? [])].filter((holding) => holding.balance !== "0");
    holdings.sort((a, b) => a.property_id - b.property_id);
    const claims: ClaimsView = {
      app: this.app,
      owner,
      rents: [...(viewing.replica?.rents.values() ?? [])].sort((a, b) => a.property_id - b.property_id),
      subscriptions: [...(viewing.replica?.subscriptions.values() ?? [])],
    };
    return html`<div class="split">
      <div class="split-main">
        ${this.total(owner, accounts, claims)}
        <section class="section"><h2>Accounts</h2>${viewing.known ? this.accounts(accounts) : skeletonRows(2, "account-row")}</section>
        ${rentSection(claims)}
        ${subscriptionSection(claims)}
        <section class="section"><h2>Holdings</h2>${
          viewing.known && this.app.catalogue.properties ? this.holdings(holdings) : skeletonRows(3, "holding-row")
        }</section>
        ${profitSection(this.profit.rows, this.app)}
        <fh-orders .app=${this.app} .owner=${owner} .readOnly=${this.readOnly}></fh-orders>
      </div>
      <aside class="split-side"><section class="section"><div class="section-head"><h2>Activity</h2>
        <a class="more" href=${linkTo("money", this.readOnly ? owner : undefined)}>Ledger</a></div>${this.activity(owner)}</section></aside>
    </div>`;
  }

  private total(owner: string, accounts: Account[], claims: ClaimsView): TemplateResult {
    const { coin, known } = { coin: this.app.deployment.stablecoin, known: this.viewing.known };
    const money = sum(accounts.map((account) => account.balance));
    const rows = this.ledger.rows;
    const tip = this.app.stream.tip;
    return html`<section class="total">
      <h1 class="eyebrow">Money</h1>
      <p class="total-figure" data-testid="money-total" data-value=${known ? money.toString() : nothing}
        ${changed(money, known && owner)}>${known ? amount(money, coin) : skeleton("total")}</p>
      <p class="row-note">${accounts.length === 1 ? "1 account" : `${accounts.length} accounts`}${tip ? html` · as of ${blockNumber(tip.indexed)}` : nothing}</p>
      ${
        this.readOnly
          ? nothing
          : html`<button type="button" class="button button-primary" data-testid="transfer-open"
        @click=${this.transfer}>${icon("between")}Transfer</button>`
      }
      ${known && rows ? moneyLine(money, rows, owner, coin) : html`<div class="line"></div>`}
      ${known ? this.beside(claims) : html`<dl class="beside"></dl>`}
    </section>`;
  }

  /** What is the wallet's and does not rest in its accounts. */
  private beside(claims: ClaimsView): TemplateResult {
    const coin = this.app.deployment.stablecoin;
    const claimable = sum(claims.rents.map((rent) => rent.claimable));
    const earned = sum(claims.rents.map((rent) => rent.earned));
    const figure = (name: string, units: bigint, hook: string) =>
      html`<div><dt>${name}</dt><dd data-testid=${hook} data-value=${units.toString()} ${changed(units, claims.owner)}>${amount(units, coin)}</dd></div>`;
    return html`<dl class="beside">${figure("Rent to claim", claimable, "claimable-total")}${figure("Rent earned so far", earned, "earned-total")}
      ${figure("Resting in bids", this.inBids(claims.owner), "bids-total")}${figure("Resting in offerings", moneyInOfferings(claims), "offering-total")}</dl>`;
  }

  /** Money that is escrowed for bids; it comes back as fractions, or as money. */
  private inBids(owner: string): bigint {
    const orders = this.following.replica(`orders:${owner}`)?.orders.values() ?? [];
    return sum([...orders].flatMap(({ is_resting, escrowed }) => (is_resting && escrowed.amount ? [escrowed.amount] : [])));
  }

  private accounts(accounts: Account[]): TemplateResult {
    const coin = this.app.deployment.stablecoin;
    if (accounts.length === 0)
      return empty(
        "No money yet",
        "An account exists as soon as it is used: with the first deposit, or the first transfer to it.",
      );
    const money = sum(accounts.map((account) => account.balance));
    return html`<ul class="rows">${accounts.map(
      (account) => html`<li class="row account-row" data-account=${account.account}>
      <span class="row-main"><span class="row-title">${accountName(account.account)}${copyButton(account.account)}${proofButton({ account: account.account }, accountName(account.account))}</span>
        <span class="row-note">${placed(account)}${finality(account, this.app.stream.tip)}</span></span>
      <span class="row-bar">${bar(BigInt(account.balance), money, "Share of the money")}
        <span class="row-note">${percent(BigInt(account.balance), money)} of the money</span></span>
      <span class="row-end" data-testid="account-balance" data-account=${account.account} data-value=${account.balance}
        ${changed(account.balance, account.account)}>${amount(BigInt(account.balance), coin)}</span>
    </li>`,
    )}</ul>`;
  }

  private holdings(holdings: Holding[]): TemplateResult {
    if (holdings.length === 0)
      return empty("No fractions yet", html`<a href=${linkTo("properties")}>See the properties</a>`);
    return html`<ul class="rows">${holdings.map((holding) => this.holding(holding))}</ul>`;
  }

  private holding(holding: Holding): TemplateResult {
    const property = this.app.catalogue.get(holding.property_id);
    const { name, street } = partsOf(property?.name ?? `Property ${holding.property_id}`);
    const [balance, locked, cap] = [BigInt(holding.balance), BigInt(holding.locked), BigInt(property?.supply_cap ?? 0)];
    return html`<li class="holding-item"><a class="row holding-row" href=${linkTo("property", holding.property_id)} data-testid="holding-row" data-property=${holding.property_id}>
      <span class="tile">${facade(holding.property_id, property?.name ?? name, "vignette")}</span>
      <span class="row-main"><span class="row-title">${name}</span><span class="row-note">${street}</span></span>
      <span class="row-bar">${bar(balance, cap, "Share of the property", locked)}
        <span class="row-note">${percent(balance, cap)} of the property${locked > 0n ? html` · ${fractions(locked, false)} locked` : nothing}</span></span>
      <span class="row-end"><span data-value=${holding.balance} ${changed(holding.balance, `${this.owner}${holding.property_id}`)}>${fractions(balance)}</span>
        <span class="row-note">${placed(holding)}${finality(holding, this.app.stream.tip)}</span></span>
    </a>${proofButton({ property: holding.property_id, holder: holding.holder }, `the fractions of ${name}`)}</li>`;
  }

  private readonly transfer = () => {
    openAction(this, { form: "transfer" });
  };

  private activity(owner: string): TemplateResult | TemplateResult[] {
    const { rows, trouble: said, begin } = this.ledger;
    if (!rows) return said ? trouble(said, () => void begin()) : skeletonRows(LATEST, "activity-row");
    if (rows.length === 0) return empty("Nothing happened yet", "Every movement of money will stand here.");
    return html`<ul class="rows">${rows.slice(0, LATEST).map((posting) => activityRow(posting, owner, this.app))}</ul>`;
  }
}

customElements.define("fh-portfolio", PortfolioScreen);
