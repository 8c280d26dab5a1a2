// A wallet's accounts, and every posting that moved money into or out of them.

import { html, nothing, type TemplateResult } from "lit";
import { accountName, nextAccountOf } from "../accounts.ts";
import { openAction, type FormName } from "../action/opening.ts";
import type { Account, Posting } from "../answers.ts";
import { Refreshing, Watching, type App } from "../app.ts";
import { sum } from "../money.ts";
import { copyButton } from "../parts/address.ts";
import { amount } from "../parts/amount.ts";
import { changed } from "../parts/changed.ts";
import { PageElement } from "../parts/element.ts";
import { finality } from "../parts/finality.ts";
import { icon } from "../parts/icons.ts";
import { empty, trouble } from "../parts/notice.ts";
import { party } from "../parts/party.ts";
import { placed } from "../parts/placed.ts";
import { arrow, directionOf, kindText, otherSide, purpose } from "../parts/posting.ts";
import { skeleton, skeletonRows } from "../parts/skeleton.ts";
import { proofButton } from "../proof/opening.ts";
import { ExportDialog } from "./export.ts";
import { Ledger, type Scope } from "./ledger.ts";
import { owning } from "./owning.ts";
import { isOfAccount, Viewing } from "./viewing.ts";

const PAGE = 30;

export class MoneyScreen extends PageElement {
  static override properties = {
    app: { attribute: false },
    owner: {},
    readOnly: { type: Boolean },
    account: { state: true },
  };
  declare app: App;
  declare owner: string | undefined;
  declare readOnly: boolean;
  /** The account that the ledger is narrowed to. */
  declare private account: string | undefined;

  private readonly viewing = new Viewing(this, () => ({ stream: this.app.stream, owner: this.owner }));
  private readonly ledger = new Ledger(this, () => ({ api: this.app.api, scope: this.scope() }), PAGE);

  /** For the names of the properties that postings are about. */
  private readonly properties = new Refreshing(this, () => this.app.catalogue.refresh(), 4_000);

  constructor() {
    super();
    new Watching(
      this,
      () => [
        [this.app.stream, "tip", "change", "reorg"],
        [this.app.catalogue, "change"],
      ],
      (event) => {
        if (isOfAccount(event)) void this.ledger.refresh();
        if (event.type === "reorg") void this.ledger.begin();
        if (event.type === "tip" && !this.app.catalogue.properties) this.properties.now();
      },
    );
  }

  override willUpdate(changes: Map<string, unknown>): void {
    if (changes.has("owner")) this.account = undefined;
  }

  private scope(): Scope | undefined {
    return this.account ? { account: this.account } : this.owner ? { owner: this.owner } : undefined;
  }

  override render() {
    if (!this.owner) return owning("Money", "money");
    const accounts = [...(this.viewing.replica?.accounts.values() ?? [])].sort((a, b) =>
      BigInt(a.number) < BigInt(b.number) ? -1 : 1,
    );
    const money = sum(accounts.map((account) => account.balance));
    const { known } = this.viewing;
    return html`<header class="page-head">
        <div><h1 class="eyebrow">Money</h1><p class="total-figure" data-testid="money-total" data-value=${known ? money.toString() : nothing}
          ${changed(money, known && this.owner)}>${known ? amount(money, this.app.deployment.stablecoin) : skeleton("total")}</p></div>
        ${this.readOnly ? nothing : this.actions()}
      </header>
      <div class="accounts" role="group" aria-label="Accounts, which narrow the ledger">
        ${this.choice(undefined, "All accounts", accounts.length)}${accounts.map((account) => this.choice(account, accountName(account.account)))}
        ${this.readOnly || !known ? nothing : this.another(accounts)}
      </div>
      <section class="section"><div class="section-head"><h2>Ledger${this.account ? html` <span class="faint">${accountName(this.account)}</span>` : nothing}</h2>
        <button type="button" class="button button-small" data-testid="export-open" ?disabled=${accounts.length === 0} @click=${this.takeHome}>${icon("in")}Export</button></div>
        ${this.table(this.owner)}</section>
      <fh-export .app=${this.app} .accounts=${accounts}></fh-export>`;
  }

  private actions(): TemplateResult {
    const account = this.account;
    const act = (form: FormName, name: string) => (event: Event) =>
      openAction(event.currentTarget, { form, preset: account ? { [name]: account } : {} });
    return html`<div class="actions">
      <button type="button" class="button" data-testid="deposit-open" @click=${act("deposit", "account")}>${icon("in")}Deposit</button>
      <button type="button" class="button" data-testid="withdraw-open" @click=${act("withdraw", "account")}>${icon("out")}Withdraw</button>
      <button type="button" class="button button-primary" data-testid="transfer-open" @click=${act("transfer", "from")}>${icon("between")}Transfer</button>
    </div>`;
  }

  /** A sub-account exists as soon as money is in it. */
  private another(accounts: Account[]): TemplateResult {
    const to = nextAccountOf(this.owner ?? "", accounts);
    return html`<div class="account account-new"><button type="button" class="account-choice" data-testid="account-new"
      @click=${(event: Event) => openAction(event.currentTarget, { form: "transfer", preset: { to } })}>
      <span class="account-name">New sub-account</span><span class="account-figure">${icon("plus")}</span><span class="row-note">Opens with its first money</span></button></div>`;
  }

  private choice(account: Account | undefined, name: string, count = 1): TemplateResult {
    const chosen = this.account === account?.account;
    const coin = this.app.deployment.stablecoin;
    return html`<div class="account" data-chosen=${chosen}><button type="button" class="account-choice" aria-pressed=${chosen}
      @click=${() => (this.account = account?.account)}><span class="account-name">${name}</span>
      ${
        account
          ? html`<span class="account-figure" data-testid="account-balance" data-account=${account.account} data-value=${account.balance}
        ${changed(account.balance, account.account)}>${amount(BigInt(account.balance), coin)}</span>
        <span class="row-note">${placed(account)}${finality(account, this.app.stream.tip)}</span>`
          : html`<span class="account-figure">${this.viewing.known ? count : skeleton("figure")}</span><span class="row-note">Every posting</span>`
      }
      </button>${
        account
          ? html`<span class="account-tools">${copyButton(account.account)}${proofButton({ account: account.account }, name)}</span>`
          : nothing
      }</div>`;
  }

  private table(owner: string): TemplateResult | TemplateResult[] {
    const { rows, next, loading, trouble: said, more, begin } = this.ledger;
    if (!rows) return said ? trouble(said, () => void begin()) : skeletonRows(8, "activity-row");
    if (rows.length === 0) return empty("No postings yet", "Every movement of money will stand here, with its block.");
    return html`<div class="table-scroll"><table class="ledger">
      <thead><tr><th scope="col"><span class="heard">Direction</span></th><th scope="col">What</th><th scope="col" class="wide">Reference</th><th scope="col" class="wide">Counterparty</th>
        <th scope="col" class="wide">Account</th><th scope="col" class="wide">Time and block</th><th scope="col" class="number">Amount</th>
        <th scope="col" class="number wide">Balance after</th><th scope="col" class="wide"><span class="heard">Finality</span></th></tr></thead>
      <tbody>${rows.map((posting) => this.row(posting, owner))}</tbody></table></div>
      ${said ? trouble(said, () => void more()) : nothing}
      ${
        next
          ? html`<button type="button" class="button load-more" data-testid="ledger-more" ?disabled=${loading} @click=${more}>Load more</button>`
          : html`<p class="end faint">That is the whole ledger.</p>`
      }`;
  }

  private row(posting: Posting, owner: string): TemplateResult {
    const coin = this.app.deployment.stablecoin;
    const direction = directionOf(posting, owner, this.account);
    const [own, balance] =
      direction === "in"
        ? [posting.credit_account, posting.credit_balance]
        : [posting.debit_account, posting.debit_balance];
    const other = party(otherSide(posting, direction), owner, this.app);
    return html`<tr data-testid="posting-row" data-transaction=${posting.transaction_hash}>
      <td>${arrow(direction)}</td><td><span class="wide purpose" data-kind=${posting.kind}>${kindText(posting)}</span><span class="narrow">${purpose(posting)}</span><span class="narrow row-note">${other}</span></td>
      <td class="wide"><span class="reference">${posting.reference_text ?? html`<span class="faint">–</span>`}</span></td>
      <td class="wide">${other}</td>
      <td class="wide faint">${accountName(own)}</td>
      <td class="wide when"><span title=${posting.transaction_hash}>${placed(posting)}</span>${copyButton(posting.transaction_hash)}</td>
      <td class="number">${amount(BigInt(posting.amount), coin, direction)}<span class="narrow row-note">${placed(posting)}${finality(posting, this.app.stream.tip)}</span></td>
      <td class="number wide faint">${amount(BigInt(balance), coin)}</td>
      <td class="wide">${finality(posting, this.app.stream.tip)}</td></tr>`;
  }

  private readonly takeHome = () => this.querySelector<ExportDialog>("fh-export")?.open(this.account);
}

customElements.define("fh-money", MoneyScreen);
