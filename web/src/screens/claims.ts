// What waits for a wallet beside its accounts and holdings: rent to claim, and what it subscribed to.

import { html, nothing, type TemplateResult } from "lit";
import type { Intent } from "../action/intent.ts";
import { openAction } from "../action/opening.ts";
import type { RentPosition, Subscription } from "../answers.ts";
import type { App } from "../app.ts";
import { partsOf } from "../catalogue.ts";
import { isOutstanding, phaseOf, wordsOfPhase, type Phase } from "../offering.ts";
import { amount, fractions } from "../parts/amount.ts";
import { changed } from "../parts/changed.ts";
import { facade } from "../parts/facade.ts";
import { moment } from "../parts/placed.ts";
import { linkTo } from "../route.ts";
import { badge } from "./offering.ts";

export interface ClaimsView {
  app: App;
  owner: string;
  rents: RentPosition[];
  subscriptions: Subscription[];
}

/** Rent by property, and one button that claims all of it, one signature after another. */
export function rentSection({ app, owner, rents }: ClaimsView): TemplateResult | typeof nothing {
  const earning = rents.filter((rent) => rent.earned !== "0");
  if (earning.length === 0) return nothing;
  const waiting = earning.filter((rent) => rent.claimable !== "0");
  const sender = app.wallet.connected?.address ?? "";
  const claims: Intent[] = waiting.map((rent) => ({
    action: "rent_claim",
    sender,
    property: rent.property_id,
    holder: owner,
  }));
  const claim = (intents: Intent[]) => (event: Event) => openAction(event.currentTarget, { intents });
  return html`<section class="section"><div class="section-head"><h2>Rent</h2>${
    claims.length > 1
      ? html`<button type="button" class="button button-small" data-testid="claim-all" @click=${claim(claims)}>Claim all ${claims.length}</button>`
      : nothing
  }</div>
    <ul class="rows ${waiting.length === 0 ? "rows-idle" : ""}">${earning.map((rent) => {
      const claimable = BigInt(rent.claimable);
      const mine = claims.filter((intent) => "property" in intent && intent.property === rent.property_id);
      return html`<li class="row claim-row" data-testid="rent-position" data-property=${rent.property_id}>
        ${tile(rent.property_id, app)}
        <span class="row-main"><span class="row-title">${named(rent.property_id, app)}</span>
          <span class="row-note">${amount(BigInt(rent.earned), app.deployment.stablecoin)} earned so far</span></span>
        <span class="row-end" data-value=${rent.claimable} ${changed(rent.claimable, `${owner}${rent.property_id}`)}>${amount(claimable, app.deployment.stablecoin)}
          <span class="row-note">${claimable > 0n ? "to claim" : "all claimed"}</span></span>
        <span class="row-do">${claimable > 0n ? html`<button type="button" class="button button-small" data-testid="rent-claim" @click=${claim(mine)}>Claim<span class="heard"> the rent of ${named(rent.property_id, app)}</span></button>` : nothing}</span></li>`;
    })}</ul></section>`;
}

export function subscriptionSection(view: ClaimsView): TemplateResult | typeof nothing {
  const shown = view.subscriptions.filter((row) => row.state !== "withdrawn" && row.amount !== "0");
  if (shown.length === 0) return nothing;
  shown.sort((a, b) => Number(isOutstanding(b)) - Number(isOutstanding(a)) || a.property_id - b.property_id);
  return html`<section class="section"><h2>Subscriptions</h2>
    <ul class="rows ${shown.some((row) => dueOf(row, view)) ? "" : "rows-idle"}">${shown.map((row) => subscriptionRow(row, view))}</ul></section>`;
}

/** Money that rests in offerings: it comes back as fractions, or as money. */
export function moneyInOfferings({ app, subscriptions }: Pick<ClaimsView, "app" | "subscriptions">): bigint {
  return subscriptions
    .filter((row) => isOutstanding(row) && standing(row, app).phase !== "settled")
    .reduce((total, row) => total + BigInt(row.money), 0n);
}

/** What can be done for a subscription now, by anyone. */
function dueOf(row: Subscription, { app, owner }: ClaimsView): Intent | undefined {
  const { phase } = standing(row, app);
  if (!isOutstanding(row)) return undefined;
  const sender = app.wallet.connected?.address ?? "";
  const about = { sender, property: row.property_id, subscriber: owner };
  if (phase === "settled") return { action: "offering_collect", ...about };
  if (phase === "failed") return { action: "offering_refund", ...about };
  return phase === "closable" ? { action: "offering_close", sender, property: row.property_id } : undefined;
}

function subscriptionRow(row: Subscription, view: ClaimsView): TemplateResult {
  const { app } = view;
  const { phase, note } = standing(row, app);
  const due = dueOf(row, view);
  const label = { offering_collect: "Collect", offering_refund: "Refund", offering_close: "Close" };
  return html`<li class="row claim-row" data-testid="subscription-row" data-property=${row.property_id} data-state=${row.state}>
    ${tile(row.property_id, app)}
    <span class="row-main"><span class="row-title">${named(row.property_id, app)} ${phase && isOutstanding(row) ? badge(phase, wordsOfPhase(phase).name) : nothing}</span>
      <span class="row-note">${note}</span></span>
    <span class="row-end">${fractions(BigInt(row.amount))}<span class="row-note">${amount(BigInt(row.money), app.deployment.stablecoin)}</span></span>
    <span class="row-do">${
      due
        ? html`<button type="button" class="button button-small" data-testid=${due.action} @click=${(event: Event) => openAction(event.currentTarget, { intents: [due] })}>${label[due.action as keyof typeof label]}<span class="heard"> ${named(row.property_id, app)}</span></button>`
        : nothing
    }</span></li>`;
}

function standing(row: Subscription, app: App): { phase: Phase | undefined; note: TemplateResult | string } {
  if (row.state === "collected") return { phase: undefined, note: "Collected" };
  if (row.state === "refunded") return { phase: undefined, note: "Refunded, all of it" };
  const offering = app.catalogue.offering(row.property_id);
  if (!offering) return { phase: undefined, note: "" };
  const phase = phaseOf(offering, app.stream.tip?.timestamp ?? 0);
  const notes: Partial<Record<Phase, TemplateResult | string>> = {
    open: html`may be taken back until ${moment(offering.firm)}`,
    firm: html`ends ${moment(offering.deadline)}`,
    closable: "waits to be closed",
    settled: "waits to be collected",
    failed: "waits to be refunded",
  };
  return { phase, note: notes[phase] ?? "" };
}

function tile(property: number, { catalogue }: App): TemplateResult {
  const name = catalogue.get(property)?.name;
  return html`<a class="tile" href=${linkTo("property", property)} tabindex="-1" aria-hidden="true">${name ? facade(property, name, "vignette") : nothing}</a>`;
}

function named(property: number, { catalogue }: App): TemplateResult {
  const name = catalogue.get(property)?.name;
  return html`<a class="quiet" href=${linkTo("property", property)}>${name ? partsOf(name).name : `Property ${property}`}</a>`;
}
