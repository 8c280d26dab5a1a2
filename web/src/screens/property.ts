// One property: its facade, its facts, and who holds it.

import { html, nothing, type TemplateResult } from "lit";
import { sameAddress } from "../accounts.ts";
import type { Holding, Property } from "../api.ts";
import { Refreshing, Watching, type App } from "../app.ts";
import { partsOf } from "../catalogue.ts";
import { address } from "../parts/address.ts";
import { fractions, percent } from "../parts/amount.ts";
import { bar } from "../parts/bar.ts";
import { changed } from "../parts/changed.ts";
import { PageElement } from "../parts/element.ts";
import { facade } from "../parts/facade.ts";
import { finality } from "../parts/finality.ts";
import { icon } from "../parts/icons.ts";
import { empty, trouble } from "../parts/notice.ts";
import { placed } from "../parts/placed.ts";
import { skeleton, skeletonRows } from "../parts/skeleton.ts";
import { linkTo } from "../route.ts";

export class PropertyScreen extends PageElement {
  static override properties = { app: { attribute: false }, number: { type: Number }, owner: {} };
  declare app: App;
  declare number: number;
  /** Whose holding is pointed out. */
  declare owner: string | undefined;
  private readonly refreshing = new Refreshing(this, () => this.app.catalogue.refresh(this.number), 1_500);

  constructor() {
    super();
    new Watching(
      this,
      () => [
        [this.app.stream, "tip"],
        [this.app.catalogue, "change"],
      ],
      (event) => {
        if (event.type === "tip") this.refreshing.now();
      },
    );
  }

  override willUpdate(changes: Map<string, unknown>): void {
    if (changes.has("number") && this.isConnected) this.refreshing.now();
  }

  override render() {
    const { properties, trouble: said } = this.app.catalogue;
    const property = this.app.catalogue.get(this.number);
    if (!properties && said) return trouble(said, () => this.refreshing.now());
    if (properties && !property)
      return empty(
        `There is no property ${this.number}`,
        html`<a href=${linkTo("properties")}>See those that are listed</a>`,
      );
    const { name, street } = partsOf(property?.name ?? "");
    return html`<a class="back" href=${linkTo("properties")}>${icon("back")}Properties</a>
      <div class="hero">${property ? facade(property.property_id, property.name) : nothing}</div>
      <div class="split">
        <div class="split-main">
          <header class="property-head"><h1>${property ? name : skeleton("long")}</h1><p class="lead">${property ? street : skeleton("medium")}</p></header>
          <section class="section"><h2>Holders</h2>${this.holders(property)}</section>
        </div>
        <aside class="split-side">${property ? this.facts(property) : skeletonRows(5, "activity-row")}</aside>
      </div>`;
  }

  private facts(property: Property): TemplateResult {
    const [supply, cap] = [BigInt(property.supply), BigInt(property.supply_cap)];
    const own = this.held()?.find((holding) => sameAddress(holding.holder, this.owner));
    return html`<section class="section"><h2>Fractions</h2>
        <p class="card-line"><span class="large" ${changed(property.supply)}>${fractions(supply, false)}</span><span class="faint">of ${fractions(cap)}</span>
          <span class="card-share">${percent(supply, cap)}</span></p>
        ${bar(supply, cap, "Fractions held")}
        <dl class="facts">
          ${own ? html`<div><dt>Your share</dt><dd>${fractions(BigInt(own.balance), false)} · ${percent(BigInt(own.balance), cap)}</dd></div>` : nothing}
          <div><dt>Not allotted yet</dt><dd>${fractions(cap - supply)}</dd></div>
          <div><dt>Holders</dt><dd class="figure">${this.held()?.length ?? skeleton("short")}</dd></div>
        </dl></section>
      <section class="section"><h2>On the chain</h2><dl class="facts">
        <div><dt>Property</dt><dd class="figure">id ${property.property_id}</dd></div>
        <div><dt>Issuer</dt><dd>${address(property.issuer, linkTo("portfolio", property.issuer))}</dd></div>
        <div><dt>Listed</dt><dd>${placed(property)}${finality(property, this.app.stream.tip)}</dd></div>
        <div><dt>Listed by</dt><dd>${address(property.transaction_hash)}</dd></div>
        <div><dt>Document, version ${property.metadata.version}</dt><dd>${address(property.metadata.content_hash)}</dd></div>
        ${property.metadata.uri ? html`<div><dt>Published at</dt><dd class="uri" title=${property.metadata.uri}>${property.metadata.uri}</dd></div>` : nothing}
      </dl></section>`;
  }

  private held(): Holding[] | undefined {
    return this.app.catalogue.holders.get(this.number)?.filter((holding) => holding.balance !== "0");
  }

  private holders(property: Property | undefined): TemplateResult | TemplateResult[] {
    const held = this.held();
    if (!property || !held) return skeletonRows(6, "activity-row");
    if (held.length === 0) return empty("Nobody holds a fraction yet", "The issuer has not allotted any.");
    const cap = BigInt(property.supply_cap);
    return html`<div class="table-scroll"><table class="ledger holders">
      <thead><tr><th scope="col">Holder</th><th scope="col" class="wide"><span class="heard">Share as a bar</span></th><th scope="col" class="number">Share</th>
        <th scope="col" class="number">Fractions</th><th scope="col" class="number wide">Locked</th><th scope="col" class="wide">Last change</th><th scope="col"><span class="heard">Finality</span></th></tr></thead>
      <tbody>${held.map(
        (
          holding,
        ) => html`<tr data-testid="holder-row" data-holder=${holding.holder} data-own=${sameAddress(holding.holder, this.owner)}>
        <td>${address(holding.holder, linkTo("portfolio", holding.holder))}</td>
        <td class="wide bar-cell">${bar(BigInt(holding.balance), cap, "Share of the property", BigInt(holding.locked))}</td>
        <td class="number">${percent(BigInt(holding.balance), cap)}</td>
        <td class="number"><span ${changed(holding.balance, holding.holder)}>${fractions(BigInt(holding.balance), false)}</span></td>
        <td class="number wide faint">${holding.locked === "0" ? "–" : fractions(BigInt(holding.locked), false)}</td>
        <td class="wide faint">${placed(holding)}</td>
        <td>${finality(holding, this.app.stream.tip)}</td></tr>`,
      )}</tbody></table></div>`;
  }
}

customElements.define("fh-property", PropertyScreen);
