// What will be signed, as this page reads it, with what it does to the accounts.

import { html, nothing, type TemplateResult } from "lit";
import { isAddressText, mainAccountOf } from "../accounts.ts";
import type { Deployment, Prepared } from "../api.ts";
import { grouped } from "../money.ts";
import { counterparty } from "../parts/address.ts";
import { amount } from "../parts/amount.ts";
import { icon } from "../parts/icons.ts";
import { blockNumber } from "../parts/placed.ts";
import type { Intent } from "./intent.ts";

export interface ReviewView {
  intent: Intent;
  prepared: Prepared;
  deployment: Deployment;
  mismatches: string[];
  signing: boolean;
  back: () => void;
  sign: () => void;
  /** Prepare it with a fresh idempotency key, as another payment. */
  anew: () => void;
}

export function review(view: ReviewView): TemplateResult {
  const { intent, prepared, deployment, mismatches } = view;
  const step = prepared.steps[0];
  const coin = deployment.stablecoin;
  const to = isAddressText(intent.to) ? mainAccountOf(intent.to) : intent.to;
  const blocked = mismatches.length > 0 || prepared.issues.length > 0 || !prepared.simulation.succeeds;
  const done = prepared.issues.some((issue) => issue.code === "already-done");
  const issues = prepared.issues.map((issue) => issue.sentence);
  return html`<div class="review">
    <p class="review-amount">${amount(intent.units, coin)}</p>
    <p class="review-sentence" data-testid="transfer-sentence">${step?.sentence ?? nothing}</p>
    <dl class="facts">
      <div><dt>From</dt><dd>${counterparty(intent.from, intent.sender)}</dd></div>
      <div><dt>To</dt><dd>${counterparty(to, intent.sender)}</dd></div>
      <div><dt>Reference</dt><dd>${intent.reference || html`<span class="faint">none</span>`}</dd></div>
      <div><dt>Gas limit</dt><dd>${step?.gas ? html`<span class="figure">${grouped(step.gas)}<span class="unit">gas</span></span>` : "unknown"}</dd></div>
      <div><dt>Contract</dt><dd>Settlement vault, <code>transfer</code></dd></div>
    </dl>
    ${effects(view)}
    ${
      mismatches.length > 0
        ? html`<div class="trouble" role="alert">${icon("alert")}<div data-testid="transfer-error">
      <p>What the server prepared is not what you asked for, so it cannot be signed.</p>${mismatches.map((said) => html`<p>${said}</p>`)}</div></div>`
        : issues.length > 0
          ? html`<div class="trouble" role="alert">${icon("alert")}<div data-testid="transfer-error">${issues.map((said) => html`<p>${said}</p>`)}</div></div>`
          : html`<p class="assurance">${icon("check")}The call was decoded again here and says just this.</p>`
    }
    <div class="dialog-actions">
      <button type="button" class="button" @click=${view.back}>Back</button>
      ${done ? html`<button type="button" class="button" @click=${view.anew}>Pay a second time</button>` : nothing}
      <button type="button" class="button button-primary" data-testid="transfer-sign" ?disabled=${blocked || view.signing} @click=${view.sign}>Sign in wallet</button>
    </div>
  </div>`;
}

function effects({ prepared, intent, deployment }: ReviewView): TemplateResult | typeof nothing {
  const coin = deployment.stablecoin;
  if (prepared.simulation.effects.length === 0) return nothing;
  return html`<table class="effects">
    <caption class="faint">Balances, from block ${blockNumber(prepared.at_block)}</caption>
    <thead><tr><th scope="col">Account</th><th scope="col" class="number">Before<span class="unit">${coin.symbol}</span></th><th scope="col" class="number">After<span class="unit">${coin.symbol}</span></th></tr></thead>
    <tbody>${prepared.simulation.effects.map(
      (effect) => html`<tr><th scope="row">${counterparty(effect.account, intent.sender)}</th>
      <td class="number">${amount(BigInt(effect.balance) - BigInt(effect.change), coin)}</td>
      <td class="number">${amount(BigInt(effect.balance), coin)}</td></tr>`,
    )}</tbody>
  </table>`;
}
