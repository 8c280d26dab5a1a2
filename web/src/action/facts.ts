// An intent for people: its figure, and what belongs to it.

import { html, nothing, type TemplateResult } from "lit";
import { mainAccountOf, sameAddress } from "../accounts.ts";
import { isChange, type Prepared } from "../answers.ts";
import type { App } from "../app.ts";
import { placesOf } from "../market.ts";
import { orderName, wordsOfType } from "../orders.ts";
import { address } from "../parts/address.ts";
import { amount, fractions } from "../parts/amount.ts";
import { nameOf, party } from "../parts/party.ts";
import { priceWithUnit } from "../parts/price.ts";
import { periodName } from "../rent.ts";
import type { Intent, IntentOf } from "./intent.ts";
import { accountOf, beneficiaryOf, propertyOf, tradeCount, wordsOf } from "./words.ts";

/** The one figure that it is about: money, fractions, or else what comes in by it. */
export function headlineOf(intent: Intent, prepared: Prepared, app: App): TemplateResult {
  return html`<p class="review-amount" data-testid="review-figure">${figureOf(intent, prepared, app)}</p>`;
}

function figureOf(intent: Intent, prepared: Prepared, app: App): TemplateResult {
  const coin = app.deployment.stablecoin;
  if ("units" in intent) return amount(intent.units, coin);
  if ("amount" in intent) return fractions(intent.amount);
  if ("quantity" in intent) return fractions(intent.quantity);
  if ("less" in intent) return fractions(intent.less);
  if (intent.action === "cancel_orders") return html`<span class="figure">${tradeCount(intent.orders.length)}</span>`;
  const gained = gain(intent, prepared);
  if (gained?.kind === "money") return amount(BigInt(gained.change), coin);
  if (gained?.kind === "fractions") return fractions(BigInt(gained.change));
  const property = propertyOf(intent);
  return html`<span class="review-name">${property === undefined ? wordsOf(intent).title : nameOf(property, app)}</span>`;
}

/** What the person who is meant gains: money into the main account first, else fractions. */
function gain(intent: Intent, { simulation }: Prepared) {
  const who = beneficiaryOf(intent) ?? intent.sender;
  if (intent.action === "offering_close" || intent.action === "rent_release") return undefined;
  const gains = (simulation.effects ?? []).filter(isChange).filter((effect) => BigInt(effect.change) > 0n);
  return (
    gains.find((effect) => effect.kind === "money" && effect.account.toLowerCase() === mainAccountOf(who)) ??
    gains.find((effect) => effect.kind === "fractions" && sameAddress(effect.holder, who))
  );
}

/** The rows of the review that are the intent's own. */
export function factsOf(intent: Intent, app: App): TemplateResult {
  const { sender } = intent;
  const property = propertyOf(intent);
  const other = beneficiaryOf(intent);
  const about = html`${property === undefined ? nothing : fact("Property", html`<span>${nameOf(property, app)}</span>`)}
    ${other ? fact("For", address(other)) : nothing}`;
  switch (intent.action) {
    case "vault_transfer":
      return html`${fact("From", party(intent.from, sender, app))}${fact("To", party(accountOf(intent.to), sender, app))}
        ${referenceFact(intent.reference)}`;
    case "vault_deposit":
      return html`${fact("From", html`<span>Your wallet</span>`)}${fact("Into", party(intent.account, sender, app))}`;
    case "vault_withdraw":
      return html`${fact("From", party(intent.account, sender, app))}
        ${fact("To", sameAddress(intent.receiver, sender) ? html`<span>Your wallet</span>` : address(intent.receiver))}`;
    case "fraction_transfer":
      return html`${about}${fact("To", address(intent.receiver))}`;
    case "offering_subscribe":
    case "offering_unsubscribe": {
      const price = app.catalogue.offering(intent.property)?.price;
      if (price === undefined) return about;
      const coin = app.deployment.stablecoin;
      return html`${about}${fact("Price", html`<span>${amount(BigInt(price), coin)} <span class="faint">a fraction</span></span>`)}
        ${fact(
          intent.action === "offering_subscribe" ? "It costs" : "You get back",
          amount(intent.amount * BigInt(price), coin),
        )}`;
    }
    case "place_order":
      return html`${about}${placing(intent, app)}`;
    case "cancel_order":
    case "reduce_order":
      return html`${about}${fact("Order", html`<span class="figure">${orderName({ order_id: intent.order })}</span>`)}`;
    case "rent_release":
      return html`${about}${fact("Period", html`<span>${periodName(intent.period)}</span>`)}`;
    default:
      return about;
  }
}

/** What the order says; what becomes of it stands below. */
function placing(intent: IntentOf<"place_order">, app: App): TemplateResult {
  const market = app.catalogue.market(intent.property);
  const coin = app.deployment.stablecoin;
  const units = BigInt(intent.tick) * BigInt(market?.tick_size ?? 0);
  const limit = { bid: "At most", ask: "At least" }[intent.side];
  return html`${fact("Type", html`<span>${wordsOfType(intent.type).name}</span>`)}
    ${market ? fact(limit, html`<span>${priceWithUnit(units, coin, placesOf(market, coin.decimals))} <span class="faint">a fraction</span></span>`) : nothing}
    ${intent.minimumFill > 0n ? fact("Or nothing, unless", html`<span>${fractions(intent.minimumFill)} <span class="faint">trade at once</span></span>`) : nothing}`;
}

function referenceFact(reference: string): TemplateResult {
  return fact("Reference", reference ? html`<span>${reference}</span>` : html`<span class="faint">none</span>`);
}

function fact(name: string, value: TemplateResult): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
