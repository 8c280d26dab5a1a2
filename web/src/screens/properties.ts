// All listed properties, as cards with their facades.

import { html, nothing, type TemplateResult } from "lit";
import type { Property } from "../answers.ts";
import { Refreshing, Watching, type App } from "../app.ts";
import { partsOf } from "../catalogue.ts";
import { grouped } from "../money.ts";
import { phaseOf, wordsOfPhase } from "../offering.ts";
import { address } from "../parts/address.ts";
import { amount, fractions, percent } from "../parts/amount.ts";
import { bar } from "../parts/bar.ts";
import { changed } from "../parts/changed.ts";
import { PageElement } from "../parts/element.ts";
import { facade } from "../parts/facade.ts";
import { empty, trouble } from "../parts/notice.ts";
import { skeleton } from "../parts/skeleton.ts";
import { linkTo } from "../route.ts";
import { tradedFacts } from "./marketpanel.ts";
import { badge } from "./offering.ts";

export class PropertiesScreen extends PageElement {
  static override properties = { app: { attribute: false } };
  declare app: App;
  private readonly refreshing = new Refreshing(this, () => this.app.catalogue.refresh(), 1_500);

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

  override render() {
    return html`<header class="page-head"><div><h1>Properties</h1>
      <p class="lead">Each is divided into a fixed number of fractions. Who holds them is written on the chain.</p></div></header>
      ${this.cards()}`;
  }

  private cards(): TemplateResult {
    const { properties, trouble: said } = this.app.catalogue;
    if (!properties && said) return trouble(said, () => this.refreshing.now());
    if (!properties)
      return html`<ul class="cards">${[1, 2, 3].map(
        () => html`<li class="card" aria-hidden="true"><div class="card-scene"></div>
      <div class="card-body">${skeleton("medium")}${skeleton("long")}${skeleton("long")}${skeleton("long")}</div></li>`,
      )}</ul>`;
    if (properties.length === 0)
      return empty("No property is listed yet", "The first listing will appear here with its block.");
    return html`<ul class="cards">${properties.map((property) => this.card(property))}</ul>`;
  }

  private card(property: Property): TemplateResult {
    const { name, street } = partsOf(property.name);
    const [supply, cap] = [BigInt(property.supply), BigInt(property.supply_cap)];
    return html`<li class="card" data-testid="property-card" data-property=${property.property_id}>
      <a class="card-scene" href=${linkTo("property", property.property_id)} tabindex="-1" aria-hidden="true">${facade(property.property_id, property.name)}</a>
      <div class="card-body">
        <h2 class="card-title"><a class="quiet card-link" href=${linkTo("property", property.property_id)}>${name}</a></h2>
        <p class="faint">${street}</p>
        <div class="card-supply">
          <p class="card-line"><span ${changed(property.supply)}>${fractions(supply, false)}</span><span class="faint">of ${fractions(cap)} held</span>
            <span class="card-share">${percent(supply, cap)}</span></p>
          ${bar(supply, cap, "Fractions held")}
        </div>
        <dl class="card-facts">${this.offered(property)}${tradedFacts(property.property_id, this.app)}<div><dt>Holders</dt><dd ${changed(property.holders_count)} class="figure">${grouped(property.holders_count)}</dd></div>
          <div><dt>Issuer</dt><dd>${address(property.issuer)}</dd></div></dl>
      </div></li>`;
  }

  /** How it is offered, where it is. */
  private offered(property: Property): TemplateResult | typeof nothing {
    const offering = this.app.catalogue.offering(property.property_id);
    if (!offering || offering.status === "cancelled") return nothing;
    const phase = phaseOf(offering, this.app.stream.tip?.timestamp ?? offering.timestamp);
    const [subscribed, hard] = [BigInt(offering.subscribed), BigInt(offering.hard_cap)];
    return html`<div><dt>Offering</dt><dd class="card-offering">${
      phase === "announced" || phase === "failed"
        ? nothing
        : html`<span ${changed(offering.subscribed)}>${percent(subscribed, hard)}</span>`
    }${badge(phase, wordsOfPhase(phase).name)}</dd></div>
      <div><dt>Price</dt><dd>${amount(BigInt(offering.price), this.app.deployment.stablecoin)}</dd></div>`;
  }
}

customElements.define("fh-properties", PropertiesScreen);
