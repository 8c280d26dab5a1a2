// The dialog of a transfer: the form, the review, and the way of what was sent.

import { html, nothing, type TemplateResult } from "lit";
import { mainAccountOf, sameAddress } from "../accounts.ts";
import { ApiProblem, type Account, type Prepared } from "../api.ts";
import { Watching, type App } from "../app.ts";
import { PageElement } from "../parts/element.ts";
import { icon } from "../parts/icons.ts";
import { mismatches } from "./check.ts";
import { transferForm } from "./form.ts";
import {
  faultsOf,
  forgetKey,
  intentOf,
  requestOf,
  type Draft,
  type Faults,
  type Field,
  type Intent,
} from "./intent.ts";
import { isTrouble, progress } from "./progress.ts";
import { review } from "./review.ts";

const EMPTY = { to: "", amount: "", reference: "" };

export class TransferDialog extends PageElement {
  static override properties = {
    app: { attribute: false },
    draft: { state: true },
    faults: { state: true },
    general: { state: true },
    ready: { state: true },
    preparing: { state: true },
    phase: { state: true },
  };
  declare app: App;
  declare private draft: Draft;
  declare private faults: Faults;
  declare private general: string;
  declare private preparing: boolean;
  declare private ready: { intent: Intent; prepared: Prepared } | undefined;
  declare private phase: "form" | "review" | "sent";

  constructor() {
    super();
    this.draft = { from: "", ...EMPTY };
    this.faults = {};
    this.general = "";
    this.preparing = false;
    this.phase = "form";
    new Watching(this, () => [
      [this.app.outbox, "change"],
      [this.app.wallet, "change"],
      [this.app.stream, "change"],
    ]);
  }

  /** Show the dialog, where it was left; from a given account if one is named. */
  open(from?: string): void {
    const owner = this.app.wallet.connected?.address;
    if (!owner) return;
    const mine = this.draft.from !== "" && sameAddress(this.draft.from.slice(0, 42), owner);
    if (!mine || from) this.draft = { ...this.draft, from: from ?? mainAccountOf(owner) };
    if (this.phase === "sent" && !this.app.outbox.busy) this.begin();
    this.dialog?.showModal();
  }

  override render() {
    return html`<dialog class="dialog" aria-labelledby="transfer-title" @cancel=${this.onCancel}>
      <div class="dialog-head"><h2 id="transfer-title">${this.title_()}</h2>
        <button type="button" class="button-icon" aria-label="Close" @click=${this.close}>${icon("close")}</button></div>
      ${this.general ? html`<div class="trouble" role="alert">${icon("alert")}<p data-testid="transfer-error">${this.general}</p></div>` : nothing}
      ${this.body()}
    </dialog>`;
  }

  private title_(): string {
    return { form: "Transfer", review: "Review the transfer", sent: "Transfer" }[this.phase];
  }

  private body(): TemplateResult | typeof nothing {
    const { wallet, outbox, deployment } = this.app;
    if (this.phase === "sent" && outbox.sent) return html`${progress(outbox.sent)}${this.afterwards()}`;
    if (!wallet.connected) return html`<p class="faint">Connect a wallet to transfer.</p>`;
    if (this.phase === "review" && this.ready) {
      const { intent, prepared } = this.ready;
      return review({
        intent,
        prepared,
        deployment,
        signing: outbox.busy,
        mismatches: mismatches(prepared, intent, deployment, wallet.connected),
        back: () => this.back(),
        sign: () => void this.sign(),
        anew: () => void this.prepareAnew(intent),
      });
    }
    return transferForm({
      draft: this.draft,
      faults: this.faults,
      accounts: this.accounts(),
      coin: deployment.stablecoin,
      preparing: this.preparing,
      edit: (change) => this.edit(change),
      review: () => void this.prepare(),
    });
  }

  private afterwards(): TemplateResult {
    const { sent, busy } = this.app.outbox;
    const again = sent && isTrouble(sent.state) && sent.state !== "orphaned";
    return html`<div class="dialog-actions">
      ${again ? html`<button type="button" class="button" data-testid="transfer-retry" @click=${() => void this.prepare()}>Try again</button>` : nothing}
      <button type="button" class="button ${again ? "" : "button-primary"}" data-testid="transfer-done" @click=${this.close}>${busy ? "Close, and let it go on" : again ? "Close" : "Done"}</button>
    </div>`;
  }

  /** The wallet's own accounts, as the stream keeps them. */
  private accounts(): Account[] {
    const owner = this.app.wallet.connected?.address;
    return owner ? [...(this.app.stream.replica(`account:${owner}`)?.accounts.values() ?? [])] : [];
  }

  private edit(change: Partial<Draft>): void {
    this.draft = { ...this.draft, ...change };
    this.general = "";
    this.faults = Object.fromEntries(Object.entries(this.faults).filter(([field]) => !(field in change)));
  }

  private async prepare(): Promise<void> {
    const { wallet, deployment, api } = this.app;
    if (!wallet.connected || this.preparing) return;
    const { decimals } = deployment.stablecoin;
    const held = this.accounts().find((account) => account.account === this.draft.from)?.balance;
    this.faults = faultsOf(this.draft, decimals, held === undefined ? undefined : BigInt(held));
    this.general = "";
    if (Object.keys(this.faults).length > 0) return this.back();
    this.preparing = true;
    try {
      const intent = intentOf(this.draft, wallet.connected.address, decimals);
      this.ready = { intent, prepared: await api.prepareTransfer(requestOf(intent)) };
      this.phase = "review";
    } catch (error) {
      this.blame(error);
      this.back();
    } finally {
      this.preparing = false;
    }
  }

  /** The person says that this is a second payment, not a retry of the first. */
  private prepareAnew(intent: Intent): Promise<void> {
    forgetKey(intent);
    return this.prepare();
  }

  private back(): void {
    this.phase = "form";
  }

  /** Put the server's words where they belong. */
  private blame(error: unknown): void {
    if (!(error instanceof ApiProblem)) throw error;
    const fields: Record<string, Field> = {
      "invalid-address": "to",
      "invalid-account": "to",
      "invalid-amount": "amount",
    };
    const field = fields[error.code] ?? (error.detail.includes("reference") ? "reference" : undefined);
    if (field) this.faults = { [field]: error.detail.replace(/^to is /, "The receiver is ") };
    else this.general = error.detail;
  }

  private async sign(): Promise<void> {
    const { outbox, wallet, deployment } = this.app;
    if (!this.ready || outbox.busy || !wallet.connected) return;
    const { intent, prepared } = this.ready;
    // Held against the intent once more: the wallet may have moved since the review was drawn.
    if (mismatches(prepared, intent, deployment, wallet.connected).length > 0) return this.requestUpdate();
    this.phase = "sent";
    await outbox.send(intent, prepared);
  }

  /** A new transfer, with nothing of the last one but where it came from. */
  private begin(): void {
    const sent = this.app.outbox.sent;
    if (sent && !isTrouble(sent.state)) {
      forgetKey(sent.intent);
      this.draft = { ...this.draft, ...EMPTY };
    }
    this.ready = undefined;
    this.phase = "form";
  }

  private readonly close = () => this.dialog?.close();

  private readonly onCancel = () => {
    this.general = "";
  };

  private get dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }
}

customElements.define("fh-transfer", TransferDialog);
