// The dialog of every action: its form where it has one, the review, and the way of what was sent.

import { html, nothing, type TemplateResult } from "lit";
import { mainAccountOf } from "../accounts.ts";
import type { Account, Prepared } from "../answers.ts";
import { ApiProblem } from "../api.ts";
import { Watching, type App } from "../app.ts";
import { PageElement } from "../parts/element.ts";
import { icon } from "../parts/icons.ts";
import type { Context, Draft, Faults, Form } from "./form.ts";
import { sendForm, subscribeForm, unsubscribeForm } from "./forms/fractions.ts";
import { reduceForm } from "./forms/orders.ts";
import { transferForm } from "./forms/transfer.ts";
import { depositForm, withdrawForm } from "./forms/vault.ts";
import type { Intent } from "./intent.ts";
import { forgetKey } from "./keys.ts";
import type { FormName, Opening } from "./opening.ts";
import { isTrouble, progress } from "./progress.ts";
import { review } from "./review.ts";
import { wordsOf } from "./words.ts";

const FORMS: Record<FormName, Form> = {
  transfer: transferForm,
  deposit: depositForm,
  withdraw: withdrawForm,
  subscribe: subscribeForm,
  unsubscribe: unsubscribeForm,
  send: sendForm,
  reduce: reduceForm,
};

type Phase = "form" | "preparing" | "review" | "sent";

export class ActionDialog extends PageElement {
  static override properties = {
    app: { attribute: false },
    form: { state: true },
    draft: { state: true },
    faults: { state: true },
    general: { state: true },
    ready: { state: true },
    preparing: { state: true },
    phase: { state: true },
    queue: { state: true },
    inWallet: { state: true },
  };
  declare app: App;
  declare private form: Form | undefined;
  declare private draft: Draft;
  declare private faults: Faults;
  declare private general: string;
  declare private preparing: boolean;
  declare private ready: { intent: Intent; prepared: Prepared } | undefined;
  declare private phase: Phase;
  /** Intents still to come, the first of them at hand. */
  declare private queue: Intent[];
  declare private inWallet: bigint | undefined;
  private total = 0;

  constructor() {
    super();
    this.draft = {};
    this.faults = {};
    this.queue = [];
    this.general = "";
    this.preparing = false;
    this.phase = "form";
    new Watching(this, () => [
      [this.app.outbox, "change"],
      [this.app.wallet, "change"],
      [this.app.stream, "change"],
      [this.app.catalogue, "change"],
    ]);
  }

  /** Show what is asked for; or, where something is under way, that. */
  open(opening?: Opening): void {
    const context = this.context();
    if (!context) {
      this.dispatchEvent(new Event("connect-wallet", { bubbles: true }));
      return;
    }
    if (!this.app.outbox.busy && opening) {
      this.begin();
      if ("form" in opening) {
        this.form = FORMS[opening.form];
        this.draft = this.form.begin(opening.preset ?? {}, context);
        if (opening.form === "deposit") void this.readWallet();
      } else {
        this.queue = "intent" in opening ? [opening.intent] : opening.intents;
        this.total = this.queue.length;
        if ("intent" in opening) this.ready = { intent: opening.intent, prepared: opening.prepared };
        if ("intent" in opening) this.phase = "review";
        else void this.prepareNext();
      }
    }
    void this.show();
  }

  /** Once it is drawn, so that the cursor finds its field. */
  private async show(): Promise<void> {
    await this.updateComplete;
    this.dialog?.showModal();
  }

  override render() {
    return html`<dialog class="dialog" aria-labelledby="action-title" @cancel=${this.onCancel}>
      <div class="dialog-head"><h2 id="action-title">${this.heading()}</h2>
        <button type="button" class="button-icon" aria-label="Close" @click=${this.close}>${icon("close")}</button></div>
      ${this.general ? html`<div class="trouble" role="alert">${icon("alert")}<p data-testid="action-error">${this.general}</p></div>` : nothing}
      ${this.body()}
    </dialog>`;
  }

  private heading(): TemplateResult | string {
    const intent = this.phase === "sent" ? this.app.outbox.sent?.intent : (this.ready?.intent ?? this.queue[0]);
    const title = intent && this.phase !== "form" ? wordsOf(intent).title : (this.form?.title ?? "");
    if (this.total < 2) return title;
    return html`${title} <span class="faint figure">${this.total - this.queue.length + 1} of ${this.total}</span>`;
  }

  private body(): TemplateResult | typeof nothing {
    const { wallet, outbox } = this.app;
    if (this.phase === "sent" && outbox.sent && outbox.now)
      return html`${progress(outbox.sent, outbox.now)}${this.afterwards()}`;
    const context = this.context();
    if (!wallet.connected || !context) return html`<p class="faint">Connect a wallet first.</p>`;
    if (this.phase === "review" && this.ready) return this.review(this.ready);
    if (this.phase === "preparing" && !this.general)
      return html`<p class="faint preparing" role="status"><span class="spinner" aria-hidden="true"></span>Preparing…</p>`;
    return this.form ? this.filling(this.form, context) : nothing;
  }

  private review({ intent, prepared }: { intent: Intent; prepared: Prepared }): TemplateResult {
    const { app } = this;
    return review({
      app,
      intent,
      prepared,
      signing: app.outbox.busy,
      mismatches: app.outbox.mismatches(prepared, intent),
      back: this.form ? () => this.back() : undefined,
      close: this.close,
      sign: () => void this.sign(),
      anew: () => void this.prepareAnew(intent),
    });
  }

  private filling(form: Form, context: Context): TemplateResult {
    const firstFault = form.fields.find((name) => this.faults[name]);
    const view = {
      ...context,
      draft: this.draft,
      faults: this.faults,
      firstField: form.fields[0],
      firstFault,
      edit: (change: Draft) => this.edit(change),
    };
    const submit = (event: Event) => {
      event.preventDefault();
      void this.prepareDraft();
    };
    return html`<form class="form" novalidate @submit=${submit}>${form.body(view)}
      <div class="dialog-actions"><button class="button button-primary" data-testid="action-review" ?disabled=${this.preparing}>
        ${this.preparing ? "Preparing…" : "Review"}</button></div></form>`;
  }

  private afterwards(): TemplateResult {
    const { now, busy } = this.app.outbox;
    const again = now && isTrouble(now.state) && now.state !== "orphaned";
    const more = !again && !busy && this.queue.length > 1;
    return html`<div class="dialog-actions">
      ${again ? html`<button type="button" class="button" data-testid="action-retry" @click=${this.retry}>Try again</button>` : nothing}
      <button type="button" class="button ${again || more ? "" : "button-primary"}" data-testid="action-done" @click=${this.close}>${busy ? "Close, and let it go on" : again || more ? "Close" : "Done"}</button>
      ${more ? html`<button type="button" class="button button-primary" data-testid="action-next" @click=${this.next}>Next</button>` : nothing}
    </div>`;
  }

  private context(): Context | undefined {
    const sender = this.app.wallet.connected?.address;
    if (!sender) return undefined;
    return { app: this.app, sender, accounts: this.accounts(sender), inWallet: this.inWallet };
  }

  /** The wallet's own accounts, as the stream keeps them. */
  private accounts(owner: string): Account[] {
    const known = [...(this.app.stream.replica(`account:${owner}`)?.accounts.values() ?? [])];
    const main = mainAccountOf(owner);
    return known.sort((a, b) => (a.account === main ? -1 : b.account === main ? 1 : a.account < b.account ? -1 : 1));
  }

  private async readWallet(): Promise<void> {
    this.inWallet = undefined;
    this.inWallet = await this.app.wallet.holds(this.app.deployment.stablecoin.address as `0x${string}`);
  }

  private edit(change: Draft): void {
    this.draft = { ...this.draft, ...change };
    this.general = "";
    this.faults = Object.fromEntries(Object.entries(this.faults).filter(([name]) => !(name in change)));
  }

  private async prepareDraft(): Promise<void> {
    const { form, draft } = this;
    const context = this.context();
    if (!form || !context || this.preparing) return;
    this.faults = form.faults(draft, context);
    if (Object.keys(this.faults).length > 0) return this.back();
    await this.prepare(form.intent(draft, context), "form");
  }

  private async prepareNext(): Promise<void> {
    const [intent] = this.queue;
    if (intent) await this.prepare(intent, "preparing");
  }

  private async prepare(intent: Intent, otherwise: Phase): Promise<void> {
    this.general = "";
    this.preparing = true;
    this.phase = otherwise;
    try {
      this.ready = { intent, prepared: await this.app.outbox.prepare(intent, "permit") };
      this.phase = "review";
    } catch (error) {
      this.blame(error);
    } finally {
      this.preparing = false;
    }
  }

  /** The person says that this is a second payment, not a retry of the first. */
  private prepareAnew(intent: Intent): Promise<void> {
    forgetKey(intent);
    return this.prepareDraft();
  }

  private readonly retry = () => void (this.form ? this.prepareDraft() : this.prepareNext());

  private readonly next = () => {
    this.queue = this.queue.slice(1);
    void this.prepareNext();
  };

  private back(): void {
    this.phase = "form";
  }

  /** Put the server's words where they belong. */
  private blame(error: unknown): void {
    if (!(error instanceof ApiProblem)) throw error;
    const field = this.form?.blame[error.code] ?? (error.detail.includes("reference") ? "reference" : undefined);
    if (field && this.form?.fields.includes(field))
      this.faults = { [field]: error.detail.replace(/^(to|receiver) is /, "The receiver is ") };
    else this.general = error.detail;
  }

  private async sign(): Promise<void> {
    const { outbox } = this.app;
    if (!this.ready || outbox.busy) return;
    const { intent, prepared } = this.ready;
    // Held against the intent once more: the wallet may have moved since the review was drawn.
    if (outbox.mismatches(prepared, intent).length > 0) return this.requestUpdate();
    this.phase = "sent";
    await outbox.send(intent, prepared);
  }

  /** Nothing of the last action is kept, but for the key of what failed. */
  private begin(): void {
    const { sent, now } = this.app.outbox;
    if (sent && now && !isTrouble(now.state)) forgetKey(sent.intent);
    this.form = this.ready = undefined;
    this.queue = [];
    this.total = 0;
    this.draft = {};
    this.faults = {};
    this.general = "";
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

customElements.define("fh-action", ActionDialog);
