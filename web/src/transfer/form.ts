// The form of a transfer: from, to, how much, and what for.

import { html, nothing, type TemplateResult } from "lit";
import { accountName } from "../accounts.ts";
import type { Account, Deployment } from "../api.ts";
import { amountText } from "../money.ts";
import { referenceBytes, type Draft, type Faults, type Field } from "./intent.ts";

export interface FormView {
  draft: Draft;
  faults: Faults;
  accounts: Account[];
  coin: Deployment["stablecoin"];
  preparing: boolean;
  edit: (change: Partial<Draft>) => void;
  review: () => void;
}

export function transferForm(view: FormView): TemplateResult {
  const { draft, accounts, coin, edit } = view;
  const others = accounts.filter((account) => account.account !== draft.from);
  const source = accounts.find((account) => account.account === draft.from);
  const firstFault = (["to", "amount", "reference"] as const).find((field) => view.faults[field]);
  const submit = (event: Event) => {
    event.preventDefault();
    view.review();
  };
  return html`<form class="form" novalidate @submit=${submit}>
    <div class="field">
      <label class="field-label" for="transfer-from">From</label>
      <select id="transfer-from" class="input" data-testid="transfer-from" .value=${draft.from}
        @change=${(event: Event) => edit({ from: (event.target as HTMLSelectElement).value })}>
        ${accounts.map(
          (account) => html`<option value=${account.account} ?selected=${account.account === draft.from}>
          ${accountName(account.account)} · ${amountText(BigInt(account.balance), coin.decimals)} ${coin.symbol}</option>`,
        )}
      </select>
    </div>
    ${field(
      "to",
      "To",
      view,
      firstFault,
      html`<input id="transfer-to" class="input hex-input" data-testid="transfer-to" .value=${draft.to}
      placeholder="Address or account id, 0x…" autocomplete="off" spellcheck="false" autofocus
      aria-invalid=${view.faults.to ? "true" : "false"} aria-describedby="transfer-to-note"
      @input=${(event: Event) => edit({ to: (event.target as HTMLInputElement).value })} />`,
      others.length === 0
        ? nothing
        : html`<span class="picks">${others.map(
            (account) => html`<button type="button" class="pick"
        @click=${() => edit({ to: account.account })}>${accountName(account.account)}</button>`,
          )}</span>`,
    )}
    ${field(
      "amount",
      "Amount",
      view,
      firstFault,
      html`<span class="input-unit"><input id="transfer-amount" class="input number-input"
      data-testid="transfer-amount" .value=${draft.amount} placeholder="0.00" inputmode="decimal" autocomplete="off"
      aria-invalid=${view.faults.amount ? "true" : "false"} aria-describedby="transfer-amount-note"
      @input=${(event: Event) => edit({ amount: (event.target as HTMLInputElement).value })} /><span class="unit">${coin.symbol}</span></span>`,
      source
        ? html`<span class="picks"><button type="button" class="pick"
        @click=${() => edit({ amount: plain(BigInt(source.balance), coin.decimals) })}>All</button></span>`
        : nothing,
    )}
    ${field(
      "reference",
      "Reference",
      view,
      firstFault,
      html`<input id="transfer-reference" class="input" data-testid="transfer-reference"
      .value=${draft.reference} placeholder="Optional, such as invoice 4711" autocomplete="off"
      aria-invalid=${view.faults.reference ? "true" : "false"} aria-describedby="transfer-reference-note"
      @input=${(event: Event) => edit({ reference: (event.target as HTMLInputElement).value })} />`,
      html`<span class="faint figure">${referenceBytes(draft.reference.trim())} of 32 bytes</span>`,
    )}
    <div class="dialog-actions"><button class="button button-primary" data-testid="transfer-review" ?disabled=${view.preparing}>
      ${view.preparing ? "Preparing…" : "Review"}</button></div>
  </form>`;
}

function field(
  name: Field,
  label: string,
  view: FormView,
  first: Field | undefined,
  input: TemplateResult,
  aside: unknown,
): TemplateResult {
  const fault = view.faults[name];
  return html`<div class="field">
    <div class="field-head"><label class="field-label" for=${`transfer-${name}`}>${label}</label>${aside}</div>
    ${input}
    <p class="field-error" id=${`transfer-${name}-note`} role=${fault ? "alert" : nothing}
      data-testid=${name === first ? "transfer-error" : nothing}>${fault ?? nothing}</p>
  </div>`;
}

function plain(units: bigint, decimals: number): string {
  return amountText(units, decimals).replace(/\u2009/g, "");
}
