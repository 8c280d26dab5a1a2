// One property: its facade and facts, its offering, its rent, its documents, and who holds it.

import { html, nothing, type TemplateResult } from "lit";
import { sameAddress } from "../accounts.ts";
import { openAction } from "../action/opening.ts";
import type { Holding, Property, PropertyDocument } from "../answers.ts";
import { Refreshing, Watching, type App } from "../app.ts";
import { partsOf } from "../catalogue.ts";
import { grouped } from "../money.ts";
import { address } from "../parts/address.ts";
import { fractions, percent } from "../parts/amount.ts";
import { bar } from "../parts/bar.ts";
import { changed } from "../parts/changed.ts";
import { MetadataChecked } from "../parts/document.ts";
import { PageElement } from "../parts/element.ts";
import { facade } from "../parts/facade.ts";
import { finality } from "../parts/finality.ts";
import { icon } from "../parts/icons.ts";
import { metadataFacts } from "../parts/metadata.ts";
import { empty, trouble } from "../parts/notice.ts";
import { moment, placed } from "../parts/placed.ts";
import { skeleton, skeletonRows } from "../parts/skeleton.ts";
import { linkTo } from "../route.ts";
import { barredFrom, Dossier } from "./dossier.ts";
import { holdersTable } from "./holders.ts";
import { marketPanel } from "./marketpanel.ts";
import { offeringPanel } from "./offering.ts";
import { Paged } from "./paged.ts";
import { ownRent, rentTable, type RentView } from "./rent.ts";
import { Viewing } from "./viewing.ts";

const HOLDERS = 20;
const LAST_SECOND = 4_102_444_800n; // the year 2100

export class PropertyScreen extends PageElement {
  static override properties = {
    app: { attribute: false },
    number: { type: Number },
    owner: {},
    doubted: { state: true },
  };
  declare app: App;
  declare number: number;
  /** Whose holding is pointed out. */
  declare owner: string | undefined;
  /** The facts that the server has are not those that the chain names. */
  declare private doubted: boolean;
  private readonly viewing = new Viewing(this, () => ({ stream: this.app.stream, owner: this.owner }));
  private readonly dossier = new Dossier(this, () => ({
    api: this.app.api,
    property: this.number,
    owner: this.owner,
    list: this.property?.registry_list,
  }));
  private readonly holders = new Paged<Holding>(this, () => ({
    name: String(this.number),
    page: async (cursor) => {
      const page = await this.app.api.holdings({ property_id: this.number, cursor, limit: HOLDERS });
      return { rows: page.holdings, next: page.next_cursor };
    },
  }));
  private readonly refreshing = new Refreshing(this, () => this.read(), 1_500);

  constructor() {
    super();
    this.doubted = false;
    this.addEventListener("metadata-checked", (event) => {
      if (event instanceof MetadataChecked) this.doubted = event.detail === "differs";
    });
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
    if (changes.has("number")) this.doubted = false;
    if ((changes.has("number") || changes.has("owner")) && this.isConnected) this.refreshing.now();
  }

  private async read(): Promise<void> {
    await this.app.catalogue.refresh();
    if (!this.property) return;
    await Promise.all([this.dossier.read(), this.holders.read()]);
  }

  private get property(): Property | undefined {
    return this.app.catalogue.get(this.number);
  }

  override render() {
    const { properties, trouble: said } = this.app.catalogue;
    const { property } = this;
    if (!properties && said) return trouble(said, () => this.refreshing.now());
    if (properties && !property)
      return empty(
        `There is no property ${this.number}`,
        html`<a href=${linkTo("properties")}>See those that are listed</a>`,
      );
    const { name, street } = partsOf(property?.name ?? "");
    return html`<a class="back" href=${linkTo("properties")}>${icon("back")}Properties</a>
      <div class="hero">${property ? facade(property.property_id, property.name) : nothing}</div>
      <div class="split split-property">
        <div class="split-head">
          <header class="property-head"><h1>${property ? name : skeleton("long")}</h1><p class="lead">${property ? street : skeleton("medium")}</p>
            ${property?.has_ended ? html`<p class="ended">This property has ended: its final distribution was released.</p>` : property?.ends ? html`<p class="ended">The end of this property is declared: a final distribution is on its way.</p>` : nothing}</header>
          ${property && !this.doubted ? metadataFacts(property.metadata.document) : nothing}
          ${this.doubted ? html`<div class="trouble" role="alert">${icon("alert")}<p>The facts that the server gave about this property are not those that the chain names, so they are not shown.</p></div>` : nothing}
        </div>
        <aside class="split-side">${property ? this.side(property) : skeletonRows(5, "activity-row")}</aside>
        <div class="split-rest">
          <section class="section"><h2>Rent</h2>${property ? rentTable(this.rentView(property)) : skeletonRows(3, "activity-row")}</section>
          <section class="section"><h2>Documents</h2>${this.documents()}</section>
          <section class="section"><h2>Holders</h2>${property ? holdersTable(property, this.holders, this.owner, this.app) : skeletonRows(6, "activity-row")}</section>
        </div>
      </div>`;
  }

  private rentView(property: Property): RentView {
    return { app: this.app, property, rents: this.dossier.rents, shares: this.dossier.shares, owner: this.owner };
  }

  private side(property: Property): TemplateResult {
    const { app, owner, viewing } = this;
    const offering = app.catalogue.offering(property.property_id);
    const subscription = viewing.replica?.subscriptions.get(property.property_id);
    const readOnly = owner !== undefined && !sameAddress(owner, app.wallet.connected?.address);
    return html`${offering && offering.status !== "cancelled" ? offeringPanel({ app, offering, subscription, owner, readOnly, barred: this.barred(property) }) : nothing}
      ${marketPanel(property.property_id, app)}
      ${ownRent(this.rentView(property), this.dossier.position)}
      ${this.facts(property)}`;
  }

  /** Why the wallet that is shown may gain no fraction. */
  private barred(property: Property): string | undefined {
    return this.owner ? barredFrom(property, this.dossier) : undefined;
  }

  private facts(property: Property): TemplateResult {
    const [supply, cap, reserved] = [BigInt(property.supply), BigInt(property.supply_cap), BigInt(property.reserved)];
    const uncollected = BigInt(property.uncollected);
    const holding = this.viewing.replica?.holdings.get(property.property_id);
    const own = holding && holding.balance !== "0" ? holding : undefined;
    return html`<section class="section"><h2>Fractions</h2>
        <p class="card-line"><span class="large" ${changed(property.supply)}>${fractions(supply, false)}</span><span class="faint">of ${fractions(cap)}</span>
          <span class="card-share">${percent(supply, cap)}</span></p>
        ${bar(supply, cap, "Fractions held")}
        <dl class="facts">
          ${own ? html`<div><dt>Your share</dt><dd data-testid="own-fractions" data-value=${own.balance}>${fractions(BigInt(own.balance), false)} · ${percent(BigInt(own.balance), cap)}</dd></div>` : nothing}
          ${uncollected > 0n ? html`<div><dt>Sold, not collected yet</dt><dd>${fractions(uncollected)}</dd></div>` : nothing}
          ${reserved > 0n ? html`<div><dt>Reserved for the offering</dt><dd>${fractions(reserved)}</dd></div>` : nothing}
          <div><dt>Not allotted yet</dt><dd>${fractions(cap > supply + reserved ? cap - supply - reserved : 0n)}</dd></div>
          <div><dt>Holders</dt><dd ${changed(property.holders_count)} class="figure">${grouped(property.holders_count)}</dd></div>
          ${this.eligibility(property)}
        </dl>
        ${
          own && sameAddress(this.owner, this.app.wallet.connected?.address)
            ? html`<div class="actions"><button type="button" class="button" data-testid="send-open"
          @click=${(event: Event) => openAction(event.currentTarget, { form: "send", preset: { property: String(property.property_id) } })}>Send fractions</button></div>`
            : nothing
        }</section>
      <section class="section"><h2>On the chain</h2><dl class="facts">
        <div><dt>Property</dt><dd class="figure">id ${property.property_id}</dd></div>
        <div><dt>Issuer</dt><dd>${address(property.issuer, linkTo("portfolio", property.issuer))}</dd></div>
        ${property.proposed_issuer ? html`<div><dt>Proposed issuer</dt><dd>${address(property.proposed_issuer)}</dd></div>` : nothing}
        <div><dt>Listed</dt><dd>${placed(property)}${finality(property, this.app.stream.tip)}</dd></div>
        <div><dt>Listed by</dt><dd>${address(property.transaction_hash)}</dd></div>
      </dl></section>`;
  }

  /** Who may hold it, and whether the wallet that is shown may. */
  private eligibility(property: Property): TemplateResult {
    if (property.registry_list === null) return html`<div><dt>Open to</dt><dd>Anyone</dd></div>`;
    const { list, entry } = this.dossier;
    const barred = this.barred(property);
    return html`<div><dt>Open to</dt><dd>Listed investors only</dd></div>
      <div><dt>List</dt><dd>${list ? html`<span>${list.name}</span>` : skeleton("medium")}</dd></div>
      ${
        this.owner
          ? html`<div><dt>Your wallet</dt><dd data-testid="eligibility" data-eligible=${entry?.eligible === true}>${
              entry === undefined
                ? skeleton("short")
                : barred
                  ? html`<span class="verdict verdict-missing">${entry === null ? "Not listed" : entry.frozen ? "Frozen" : "Expired"}</span>`
                  : html`<span class="binding"><span class="verdict verdict-verified">${icon("check")}Listed</span><span class="faint">${expiry(entry?.expiry ?? "0")}</span></span>`
            }</dd></div>`
          : nothing
      }`;
  }

  private documents(): TemplateResult | TemplateResult[] {
    const { documents, trouble: said } = this.dossier;
    if (!documents)
      return said
        ? trouble(said, () => this.refreshing.now())
        : skeletonRows(this.property?.documents_count ?? 2, "activity-row");
    if (documents.length === 0) return empty("No documents", "The issuer has attached none.");
    const row = (document: PropertyDocument) =>
      html`<fh-document .app=${this.app} .document=${document}></fh-document>`;
    const current = documents.filter((document) => document.is_current);
    const former = documents.filter((document) => !document.is_current);
    return html`<div class="rows">${current.map(row)}</div>
      ${former.length === 0 ? nothing : html`<details class="former"><summary>Earlier versions (${former.length})</summary><div class="rows">${former.map(row)}</div></details>`}`;
  }
}

/** Until when; nothing for an entry that outlives all calendars. */
function expiry(seconds: string): TemplateResult | typeof nothing {
  const last = BigInt(seconds);
  return last < LAST_SECOND ? html`until ${moment(Number(last))}` : nothing;
}

customElements.define("fh-property", PropertyScreen);
