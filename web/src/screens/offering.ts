// The panel of an offering: price, how far it is, when it turns, and what one can do about it now.

import { html, nothing, svg, type TemplateResult } from "lit";
import type { Intent } from "../action/intent.ts";
import { openAction } from "../action/opening.ts";
import type { Offering, Subscription } from "../answers.ts";
import type { App } from "../app.ts";
import { percentText, thousandths } from "../money.ts";
import { isOutstanding, phaseOf, takesSubscriptions, wordsOfPhase, type Phase } from "../offering.ts";
import { amount, fractions, percent } from "../parts/amount.ts";
import { changed } from "../parts/changed.ts";
import { distance, moment } from "../parts/placed.ts";

export interface OfferingView {
  app: App;
  offering: Offering;
  /** Of the wallet that is shown. */
  subscription: Subscription | undefined;
  owner: string | undefined;
  readOnly: boolean;
  /** Why the wallet may not subscribe; undefined where it may. */
  barred: string | undefined;
}

export function offeringPanel(view: OfferingView): TemplateResult {
  const { app, offering } = view;
  const now = app.stream.tip?.timestamp ?? offering.timestamp;
  const phase = phaseOf(offering, now);
  const { name, sentence } = wordsOfPhase(phase);
  const coin = app.deployment.stablecoin;
  return html`<section class="section panel" data-testid="offering" data-phase=${phase}>
    <div class="section-head"><h2>Offering</h2>${badge(phase, name)}</div>
    <p class="panel-figure"><span class="large">${amount(BigInt(offering.price), coin)}</span> <span class="faint">a fraction</span></p>
    ${progressOf(offering)}
    <p class="panel-words">${sentence}</p>
    ${phase === "settled" || phase === "failed" || phase === "cancelled" ? outcome(view, phase) : times(offering, now)}
    ${own(view)}
    ${buttons(view, phase)}
    ${phase === "closable" ? html`<p class="form-note">${foretold(offering)}</p>` : nothing}
    ${view.barred && takesSubscriptions(phase) ? html`<p class="form-note" data-testid="barred">${view.barred}</p>` : nothing}
  </section>`;
}

export function badge(phase: Phase, name: string): TemplateResult {
  return html`<span class="badge badge-${phase}" data-testid="offering-phase">${name}</span>`;
}

/** Subscribed of the hard cap, with a mark at the soft cap. */
export function offeringBar(offering: Offering): TemplateResult {
  const [hard, soft, subscribed] = [BigInt(offering.hard_cap), BigInt(offering.soft_cap), BigInt(offering.subscribed)];
  const mark = thousandths(soft, hard);
  const label = `Subscribed: ${percentText(subscribed, hard)} % of the hard cap; the soft cap is at ${percentText(soft, hard)} %`;
  return html`<svg class="bar bar-offering" viewBox="0 0 1000 8" preserveAspectRatio="none" role="img" aria-label=${label}>
    <rect class="bar-whole" width="1000" height="8" />
    <rect class="bar-part" width=${subscribed > 0n ? Math.max(thousandths(subscribed, hard), 4) : 0} height="8" />
    ${svg`<rect class="bar-mark" x=${Math.min(mark, 996)} width="4" height="8" />`}
  </svg>`;
}

function progressOf(offering: Offering): TemplateResult {
  const [hard, soft, subscribed] = [BigInt(offering.hard_cap), BigInt(offering.soft_cap), BigInt(offering.subscribed)];
  const met = subscribed >= soft;
  return html`<p class="card-line"><span data-testid="offering-subscribed" data-value=${offering.subscribed} ${changed(offering.subscribed, offering.property_id)}>${fractions(subscribed, false)}</span>
      <span class="faint">of ${fractions(hard)} subscribed</span><span class="card-share">${percent(subscribed, hard)}</span></p>
    ${offeringBar(offering)}
    <p class="panel-note">${
      met
        ? html`Soft cap of ${fractions(soft)} met`
        : html`${fractions(soft - subscribed)} short of the soft cap, ${fractions(soft, false)}`
    }</p>`;
}

function times({ opens, firm, deadline }: Offering, now: number): TemplateResult {
  const row = (name: string, at: number) =>
    html`<div data-past=${now >= at}><dt>${name}</dt><dd><span class="binding">${moment(at)}<span class="faint">${distance(at, now)}</span></span></dd></div>`;
  return html`<dl class="facts">${row("Opens", opens)}${row("Firm from", firm)}${row("Deadline", deadline)}</dl>`;
}

function outcome({ offering, app }: OfferingView, phase: Phase): TemplateResult | typeof nothing {
  if (phase !== "settled" || !offering.proceeds) return nothing;
  return html`<dl class="facts"><div><dt>Proceeds</dt><dd>${amount(BigInt(offering.proceeds), app.deployment.stablecoin)}</dd></div></dl>`;
}

function own({ subscription, app }: OfferingView): TemplateResult | typeof nothing {
  if (!subscription || subscription.state === "withdrawn" || subscription.amount === "0") return nothing;
  const words =
    { collected: "You collected", refunded: "You were refunded" }[subscription.state as string] ?? "You subscribed to";
  return html`<dl class="facts" data-testid="own-subscription" data-amount=${subscription.amount} data-state=${subscription.state}>
    <div><dt>${words}</dt><dd ${changed(subscription.amount)}>${fractions(BigInt(subscription.amount))}</dd></div>
    <div><dt>For</dt><dd>${amount(BigInt(subscription.money), app.deployment.stablecoin)}</dd></div></dl>`;
}

function foretold({ subscribed, soft_cap }: Offering): string {
  const missing = BigInt(soft_cap) - BigInt(subscribed);
  if (missing <= 0n) return "The soft cap is met: closing pays the issuer, and everybody can collect.";
  return `${missing} ${missing === 1n ? "fraction is" : "fractions are"} missing to the soft cap: closing fails it, and everybody is refunded.`;
}

function buttons(view: OfferingView, phase: Phase): TemplateResult | typeof nothing {
  const { offering, subscription, owner, readOnly, app } = view;
  const property = offering.property_id;
  const sender = app.wallet.connected?.address ?? "";
  const due = isOutstanding(subscription);
  const subscriber = owner ?? sender;
  const act = (intent: Intent) => (event: Event) => openAction(event.currentTarget, { intents: [intent] });
  const fill = (form: "subscribe" | "unsubscribe") => (event: Event) =>
    openAction(event.currentTarget, { form, preset: { property: String(property) } });
  if (takesSubscriptions(phase))
    return html`<div class="actions">
      ${due && phase === "open" && !readOnly ? html`<button type="button" class="button" data-testid="unsubscribe-open" @click=${fill("unsubscribe")}>Take back</button>` : nothing}
      <button type="button" class="button button-primary" data-testid="subscribe-open" ?disabled=${view.barred !== undefined} @click=${fill("subscribe")}>${due ? "Add more" : "Subscribe"}</button></div>`;
  if (phase === "closable")
    return html`<div class="actions"><button type="button" class="button button-primary" data-testid="offering-close"
      @click=${act({ action: "offering_close", sender, property })}>Close the offering</button></div>`;
  if (phase === "settled" && due)
    return html`<div class="actions"><button type="button" class="button button-primary" data-testid="offering-collect"
      @click=${act({ action: "offering_collect", sender, property, subscriber })}>Collect ${fractions(BigInt(subscription.amount))}</button></div>`;
  if (phase === "failed" && due)
    return html`<div class="actions"><button type="button" class="button button-primary" data-testid="offering-refund"
      @click=${act({ action: "offering_refund", sender, property, subscriber })}>Refund ${amount(BigInt(subscription.money), app.deployment.stablecoin)}</button></div>`;
  return nothing;
}
