// What every form of an action is, and the pieces that forms are made of.

import { html, nothing, type TemplateResult } from "lit";
import { accountName } from "../accounts.ts";
import type { Account } from "../answers.ts";
import type { App } from "../app.ts";
import { amountText } from "../money.ts";
import { REFERENCE_BYTES, referenceBytes, type Intent } from "./intent.ts";

/** As typed, by the fields' names. */
export type Draft = Record<string, string>;
export type Faults = Record<string, string>;

/** What a form knows besides what is typed. */
export interface Context {
  app: App;
  sender: string;
  /** The wallet's accounts in the vault, main account first. */
  accounts: Account[];
  /** What the wallet itself holds of the stablecoin; undefined while that is not known. */
  inWallet: bigint | undefined;
}

export interface FormView extends Context {
  draft: Draft;
  faults: Faults;
  /** Where the cursor stands as the form opens. */
  firstField: string | undefined;
  /** The field whose fault is said first. */
  firstFault: string | undefined;
  edit: (change: Draft) => void;
}

export interface Form {
  title: string;
  /** In the order in which they are read; faults of a field stand beneath it. */
  fields: readonly string[];
  begin: (preset: Draft, context: Context) => Draft;
  faults: (draft: Draft, context: Context) => Faults;
  /** Only for a draft without faults. */
  intent: (draft: Draft, context: Context) => Intent;
  body: (view: FormView) => TemplateResult;
  /** Whose fault it is when the server answers with a problem of this code. */
  blame: Record<string, string>;
}

export function text(draft: Draft, name: string): string {
  return (draft[name] ?? "").trim();
}

export function field(
  view: FormView,
  name: string,
  label: string,
  input: TemplateResult,
  aside: unknown = nothing,
): TemplateResult {
  const fault = view.faults[name];
  return html`<div class="field">
    <div class="field-head"><label class="field-label" for=${`action-${name}`}>${label}</label>${aside}</div>
    ${input}
    <p class="field-error" id=${`action-${name}-note`} role=${fault ? "alert" : nothing}
      data-testid=${name === view.firstFault ? "action-error" : nothing}>${fault ?? nothing}</p>
  </div>`;
}

export function textInput(view: FormView, name: string, placeholder: string, kind = ""): TemplateResult {
  return html`<input id=${`action-${name}`} class="input ${kind}" data-testid=${`action-${name}`} .value=${view.draft[name] ?? ""}
    placeholder=${placeholder} autocomplete="off" spellcheck="false" ?autofocus=${name === view.firstField}
    aria-invalid=${view.faults[name] ? "true" : "false"} aria-describedby=${`action-${name}-note`}
    @input=${(event: Event) => view.edit({ [name]: (event.target as HTMLInputElement).value })} />`;
}

export function figureInput(view: FormView, unit: string, placeholder: string, decimal: boolean): TemplateResult {
  return html`<span class="input-unit"><input id="action-amount" class="input number-input" data-testid="action-amount"
    .value=${view.draft["amount"] ?? ""} placeholder=${placeholder} inputmode=${decimal ? "decimal" : "numeric"} autocomplete="off"
    ?autofocus=${view.firstField === "amount"}
    aria-invalid=${view.faults["amount"] ? "true" : "false"} aria-describedby="action-amount-note"
    @input=${(event: Event) => view.edit({ amount: (event.target as HTMLInputElement).value })} /><span class="unit">${unit}</span></span>`;
}

/** One of the wallet's own accounts, each with what it holds. */
export function accountSelect(
  view: FormView,
  name: string,
  accounts: Account[],
  others: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  const { stablecoin: coin } = view.app.deployment;
  const chosen = view.draft[name];
  return html`<select id=${`action-${name}`} class="input" data-testid=${`action-${name}`} .value=${chosen ?? ""}
    @change=${(event: Event) => view.edit({ [name]: (event.target as HTMLSelectElement).value })}>
    ${accounts.map(
      ({ account, balance }) => html`<option value=${account} ?selected=${account === chosen}>
      ${accountName(account)} · ${amountText(BigInt(balance), coin.decimals)} ${coin.symbol}</option>`,
    )}${others}
  </select>`;
}

export function referenceField(view: FormView): TemplateResult {
  const bytes = referenceBytes(text(view.draft, "reference"));
  return field(
    view,
    "reference",
    "Reference",
    textInput(view, "reference", "Optional, such as invoice 4711"),
    html`<span class="faint figure">${bytes} of ${REFERENCE_BYTES} bytes</span>`,
  );
}

export function referenceFault(draft: Draft): Faults {
  const bytes = referenceBytes(text(draft, "reference"));
  return bytes > REFERENCE_BYTES ? { reference: `The reference has ${bytes} bytes, and ${REFERENCE_BYTES} fit.` } : {};
}

/** A button that fills a field in. */
export function pick(label: string, fill: () => void): TemplateResult {
  return html`<button type="button" class="pick" @click=${fill}>${label}</button>`;
}

export function picks(...buttons: TemplateResult[]): TemplateResult | typeof nothing {
  return buttons.length === 0 ? nothing : html`<span class="picks">${buttons}</span>`;
}

/** An amount as one types it: no thin spaces. */
export function plain(units: bigint, decimals: number): string {
  return amountText(units, decimals).replace(/\u2009/g, "");
}

export function heldIn(account: string | undefined, accounts: Account[]): bigint | undefined {
  const found = accounts.find((known) => known.account === account);
  return found ? BigInt(found.balance) : undefined;
}
