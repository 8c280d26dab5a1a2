// What will be signed, as this page reads it, with what it does to accounts and holdings.

import { html, nothing, type TemplateResult } from "lit";
import { isChange, type Change, type Prepared, type Step } from "../answers.ts";
import { ownerOf, sameAddress } from "../accounts.ts";
import type { App } from "../app.ts";
import { grouped } from "../money.ts";
import { address } from "../parts/address.ts";
import { amount, fractions } from "../parts/amount.ts";
import { icon } from "../parts/icons.ts";
import { nameOf, party } from "../parts/party.ts";
import { blockNumber } from "../parts/placed.ts";
import { CONTRACTS, expectedCall } from "./expected.ts";
import { factsOf, headlineOf } from "./facts.ts";
import type { Intent } from "./intent.ts";
import { outcomeOf } from "./outcome.ts";

export interface ReviewView {
  app: App;
  intent: Intent;
  prepared: Prepared;
  mismatches: string[];
  signing: boolean;
  /** Undefined where there is no form to go back to. */
  back: (() => void) | undefined;
  close: () => void;
  sign: () => void;
  /** Prepare it with a fresh idempotency key, as another payment. */
  anew: () => void;
}

const ALREADY_DONE = "already-done";
/** Worth knowing before signing, and no reason not to. */
export const NOTICES = new Set(["own-order-crossed"]);

export function review(view: ReviewView): TemplateResult {
  const { intent, prepared, mismatches, app } = view;
  const { simulation } = prepared;
  const issues = prepared.issues.filter((issue) => !NOTICES.has(issue.code));
  const notices = prepared.issues.filter((issue) => NOTICES.has(issue.code));
  const blocked = mismatches.length > 0 || issues.length > 0 || simulation.succeeds === false;
  const done = issues.some((issue) => issue.code === ALREADY_DONE);
  const refusal = simulation.revert && issues.length === 0 ? [simulation.revert.sentence] : [];
  const said = [...issues.map((issue) => issue.sentence), ...refusal];
  return html`<div class="review">
    ${headlineOf(intent, prepared, app)}
    ${sentences(prepared)}
    <dl class="facts">${factsOf(intent, app)}${outcomeOf(intent, prepared, app)}${technical(intent, prepared)}</dl>
    ${notices.map((issue) => html`<p class="form-note" data-testid="review-notice">${issue.sentence}</p>`)}
    ${effects(view)}
    ${
      mismatches.length > 0
        ? html`<div class="trouble" role="alert">${icon("alert")}<div data-testid="action-error">
      <p>What the server prepared is not what you asked for, so it cannot be signed.</p>${mismatches.map((words) => html`<p>${words}</p>`)}</div></div>`
        : said.length > 0
          ? html`<div class="trouble" role="alert">${icon("alert")}<div data-testid="action-error">${said.map((words) => html`<p>${words}</p>`)}</div></div>`
          : html`<p class="assurance">${icon("check")}${assurance(prepared)}</p>`
    }
    <div class="dialog-actions">
      ${
        view.back
          ? html`<button type="button" class="button" @click=${view.back}>Back</button>`
          : html`<button type="button" class="button" @click=${view.close}>Cancel</button>`
      }
      ${done ? html`<button type="button" class="button" @click=${view.anew}>Pay a second time</button>` : nothing}
      <button type="button" class="button button-primary" data-testid="action-sign" ?disabled=${blocked || view.signing} @click=${view.sign}>Sign in wallet</button>
    </div>
  </div>`;
}

/** One sentence; or where it takes more than one signature, each of them, numbered. */
function sentences({ steps, typed_data }: Prepared): TemplateResult | typeof nothing {
  const said = typed_data
    ? ["Sign a permit for just this amount. It costs nothing.", "Sign the deposit."]
    : steps.map((step) => step.sentence);
  if (said.length === 0) return nothing;
  if (said.length === 1) return html`<p class="review-sentence" data-testid="action-sentence">${said[0]}</p>`;
  return html`<ol class="trail trail-review" data-testid="action-sentence">${said.map(
    (words, index) => html`<li><span class="trail-mark">${index + 1}</span>${words}</li>`,
  )}</ol>`;
}

function assurance({ steps, typed_data }: Prepared): string {
  if (typed_data) return "The permit was read again here: this amount, for the vault alone.";
  return steps.length > 1
    ? "Both calls were decoded again here and say just this."
    : "The call was decoded again here and says just this.";
}

function technical(intent: Intent, { steps }: Prepared): TemplateResult {
  const expected = expectedCall(intent, undefined);
  const gas = gasOf(steps);
  return html`<div><dt>Contract</dt><dd><span class="contract">${CONTRACTS[expected.contract].name}, <code>${expected.name}</code></span></dd></div>
    ${gas ? html`<div><dt>Gas limit</dt><dd><span class="figure">${grouped(gas)}<span class="unit">gas</span></span></dd></div>` : nothing}`;
}

function gasOf(steps: Step[]): bigint | undefined {
  const limits = steps.map((step) => step.gas);
  if (limits.length === 0 || limits.includes(null)) return undefined;
  return limits.reduce((total, gas) => total + BigInt(gas ?? 0), 0n);
}

function effects({ prepared, intent, app }: ReviewView): TemplateResult | typeof nothing {
  const changes = (prepared.simulation.effects ?? []).filter(isChange).filter((change) => concerns(change, intent));
  if (changes.length === 0) return nothing;
  const plain = changes.every(({ kind }) => kind === "money");
  const unit = plain ? html`<span class="unit">${app.deployment.stablecoin.symbol}</span>` : nothing;
  return html`<table class="effects ${plain ? "effects-plain" : ""}">
    <caption class="faint">What it changes, as of block ${blockNumber(prepared.at_block)}</caption>
    <thead><tr><th scope="col">Whose</th><th scope="col" class="number">Before${unit}</th><th scope="col" class="number">After${unit}</th></tr></thead>
    <tbody>${changes.map((effect) => effectRow(effect, intent, app))}</tbody>
  </table>`;
}

/** An order changes the accounts of all whom it trades with: each of them reads his own. */
function concerns(change: Change, intent: Intent): boolean {
  if (intent.action !== "place_order") return true;
  return sameAddress(change.kind === "money" ? ownerOf(change.account) : change.holder, intent.sender);
}

function effectRow(effect: Change, intent: Intent, app: App): TemplateResult {
  const after = BigInt(effect.balance);
  const before = after - BigInt(effect.change);
  if (effect.kind === "money") {
    const coin = app.deployment.stablecoin;
    return html`<tr data-testid="effect" data-kind="money" data-change=${effect.change}><th scope="row">${party(effect.account, intent.sender, app)}</th>
      <td class="number">${amount(before, coin)}</td><td class="number">${amount(after, coin)}</td></tr>`;
  }
  const own = effect.holder.toLowerCase() === intent.sender.toLowerCase();
  return html`<tr data-testid="effect" data-kind="fractions" data-change=${effect.change}>
    <th scope="row">${own ? nameOf(effect.property_id, app) : html`${nameOf(effect.property_id, app)} ${address(effect.holder)}`}</th>
    <td class="number">${fractions(before)}</td><td class="number">${fractions(after)}</td></tr>`;
}
