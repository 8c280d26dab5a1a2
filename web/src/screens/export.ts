// Take a ledger home: an account and a period, as CSV or as a journal of beancount or hledger.

import { html, nothing, type TemplateResult } from "lit";
import { accountName } from "../accounts.ts";
import type { Account } from "../answers.ts";
import type { App } from "../app.ts";
import { PageElement } from "../parts/element.ts";
import { icon } from "../parts/icons.ts";

const FORMATS = [
  { value: "csv", name: "CSV", note: "for spreadsheets" },
  { value: "beancount", name: "Beancount", note: "a journal with balances asserted" },
  { value: "hledger", name: "hledger", note: "a journal with balances asserted" },
] as const;

const PERIODS = [
  { value: "month", name: "This month" },
  { value: "last-month", name: "Last month" },
  { value: "year", name: "This year" },
  { value: "last-year", name: "Last year" },
  { value: "all", name: "Everything" },
  { value: "days", name: "From day to day" },
] as const;

type Period = (typeof PERIODS)[number]["value"];

export interface Span {
  from?: number;
  to?: number;
}

export class ExportDialog extends PageElement {
  static override properties = {
    app: { attribute: false },
    accounts: { attribute: false },
    account: { state: true },
    format: { state: true },
    period: { state: true },
    days: { state: true },
    unfinal: { state: true },
  };
  declare app: App;
  declare accounts: Account[];
  declare private account: string;
  declare private format: (typeof FORMATS)[number]["value"];
  declare private period: Period;
  declare private days: { first: string; last: string };
  declare private unfinal: boolean;

  constructor() {
    super();
    this.accounts = [];
    this.account = "";
    this.format = "csv";
    this.period = "year";
    this.days = { first: "", last: "" };
    this.unfinal = false;
  }

  /** Show it, for one of the accounts. */
  open(account: string | undefined): void {
    this.account = account ?? this.accounts[0]?.account ?? "";
    this.querySelector("dialog")?.showModal();
  }

  override render(): TemplateResult {
    const span = spanOf(this.period, this.days, new Date());
    return html`<dialog class="dialog" aria-labelledby="export-title">
      <div class="dialog-head"><h2 id="export-title">Export the ledger</h2>
        <button type="button" class="button-icon" aria-label="Close" @click=${this.close}>${icon("close")}</button></div>
      <div class="field field-alone"><label class="field-label" for="export-account">Account</label>
        <select id="export-account" class="input" .value=${this.account} @change=${(event: Event) => (this.account = valueOf(event))}>
        ${this.accounts.map(({ account }) => html`<option value=${account} ?selected=${account === this.account}>${accountName(account)}</option>`)}</select></div>
      <div class="field field-alone"><label class="field-label" for="export-period">Period</label>
        <select id="export-period" class="input" data-testid="export-period" .value=${this.period} @change=${(event: Event) => (this.period = valueOf(event) as Period)}>
        ${PERIODS.map(({ value, name }) => html`<option value=${value} ?selected=${value === this.period}>${name}</option>`)}</select></div>
      ${this.period === "days" ? this.dayFields() : nothing}
      <fieldset class="field choices"><legend class="field-label">Format</legend>${FORMATS.map(
        ({
          value,
          name,
          note,
        }) => html`<label class="choice"><input type="radio" name="export-format" value=${value} data-testid=${`export-${value}`}
          ?checked=${value === this.format} @change=${() => (this.format = value)} /><span>${name}</span><span class="faint">${note}</span></label>`,
      )}</fieldset>
      <label class="choice choice-alone"><input type="checkbox" ?checked=${this.unfinal} @change=${(event: Event) => (this.unfinal = (event.target as HTMLInputElement).checked)} />
        <span>With postings that are not final yet</span></label>
      <p class="form-note">Days begin at midnight in your own zone, ${zoneName()}. Amounts are exact.</p>
      <div class="dialog-actions">${
        span && this.account
          ? html`<a class="button button-primary" data-testid="export-download" download href=${this.address(span)} @click=${this.close}>Download</a>`
          : html`<button type="button" class="button button-primary" disabled>Download</button>`
      }</div>
    </dialog>`;
  }

  private dayFields(): TemplateResult {
    const day = (
      name: "first" | "last",
      label: string,
    ) => html`<div class="field field-alone"><label class="field-label" for=${`export-${name}`}>${label}</label>
      <input id=${`export-${name}`} class="input" type="date" .value=${this.days[name]}
        @change=${(event: Event) => (this.days = { ...this.days, [name]: valueOf(event) })} /></div>`;
    return html`<div class="field-pair">${day("first", "First day")}${day("last", "Last day")}</div>`;
  }

  private address({ from, to }: Span): string {
    const query = {
      format: this.format,
      from_time: from,
      to_time: to,
      include_unfinal: this.unfinal ? "true" : undefined,
    };
    return this.app.api.exportAddress(this.account, query);
  }

  private readonly close = () => this.querySelector("dialog")?.close();
}

/** From the first second of a period to before the first after it; undefined while the days make no period. */
export function spanOf(period: Period, days: { first: string; last: string }, now: Date): Span | undefined {
  const [year, month] = [now.getFullYear(), now.getMonth()];
  switch (period) {
    case "month":
      return between(new Date(year, month), new Date(year, month + 1));
    case "last-month":
      return between(new Date(year, month - 1), new Date(year, month));
    case "year":
      return between(new Date(year, 0), new Date(year + 1, 0));
    case "last-year":
      return between(new Date(year - 1, 0), new Date(year, 0));
    case "all":
      return {};
    case "days": {
      const [first, last] = [dayOf(days.first), dayOf(days.last)];
      if (!first || !last || last < first) return undefined;
      return between(first, new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1));
    }
  }
}

function between(from: Date, to: Date): Span {
  return { from: from.getTime() / 1000, to: to.getTime() / 1000 };
}

function dayOf(text: string): Date | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match ? new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : undefined;
}

function zoneName(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

customElements.define("fh-export", ExportDialog);
