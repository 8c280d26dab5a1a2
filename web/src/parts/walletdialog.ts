// Choose a wallet; or see the connected one, leave it, or watch another address.

import { html, nothing, type TemplateResult } from "lit";
import type { EIP6963ProviderDetail } from "mipd";
import { Watching, type App } from "../app.ts";
import { copyButton } from "./address.ts";
import { PageElement } from "./element.ts";
import { icon } from "./icons.ts";
import "./watch.ts";

export class WalletDialog extends PageElement {
  static override properties = { app: { attribute: false }, asking: { state: true }, error: { state: true } };
  declare app: App;
  declare private asking: string;
  declare private error: string;

  constructor() {
    super();
    this.asking = this.error = "";
    new Watching(this, () => [[this.app.wallet, "change"]]);
  }

  open(): void {
    this.error = "";
    this.querySelector("dialog")?.showModal();
  }

  override render() {
    const { connected } = this.app.wallet;
    return html`<dialog class="dialog" aria-labelledby="wallet-title" @watched=${this.close}>
      <div class="dialog-head"><h2 id="wallet-title">${connected ? "Your wallet" : "Connect a wallet"}</h2>
        <button type="button" class="button-icon" aria-label="Close" @click=${this.close}>${icon("close")}</button></div>
      ${connected ? this.own() : this.choices()}
      <hr /><fh-watch .place=${"other"}></fh-watch>
    </dialog>`;
  }

  private own(): TemplateResult | typeof nothing {
    const { connected } = this.app.wallet;
    if (!connected) return nothing;
    return html`<p class="own-address hex">${connected.address}${copyButton(connected.address)}</p>
      <dl class="facts"><div><dt>Wallet</dt><dd>${connected.detail.info.name}</dd></div>
        <div><dt>Chain</dt><dd class="figure">${connected.chainId}</dd></div></dl>
      <div class="dialog-actions"><button type="button" class="button" data-testid="disconnect" @click=${this.leave}>Disconnect</button></div>`;
  }

  private choices(): TemplateResult {
    const { choices } = this.app.wallet;
    return html`${
      choices.length === 0
        ? html`<p class="faint">No wallet announces itself in this browser. Any wallet that follows EIP-6963 will appear here as soon as it is installed.</p>`
        : html`<ul class="rows">${choices.map((choice) => this.choice(choice))}</ul>`
    }
      <p class="faint">Your keys stay in your wallet. It is asked for your address now, and for a signature each time you move something.</p>
      ${this.error ? html`<div class="trouble" role="alert">${icon("alert")}<p data-testid="connect-error">${this.error}</p></div>` : nothing}`;
  }

  private choice(choice: EIP6963ProviderDetail): TemplateResult {
    const { info } = choice;
    const safe = info.icon.startsWith("data:image/");
    return html`<li><button type="button" class="row wallet-row" data-testid="wallet-choice" data-rdns=${info.rdns} ?disabled=${this.asking !== ""}
      @click=${() => void this.connect(choice)}>${safe ? html`<img class="wallet-icon" src=${info.icon} alt="" width="32" height="32" />` : nothing}
      <span class="row-main"><span class="row-title">${info.name}</span><span class="row-note">${this.asking === info.uuid ? "Waiting for the wallet…" : info.rdns}</span></span>${icon("chevron")}</button></li>`;
  }

  private async connect(choice: EIP6963ProviderDetail): Promise<void> {
    this.asking = choice.info.uuid;
    this.error = "";
    // A wallet that asks within the page must not stand behind our dialog.
    this.close();
    try {
      await this.app.wallet.connect(choice);
      if (/^#\/(portfolio|money)\//.test(location.hash)) location.hash = "#/portfolio";
    } catch (error) {
      this.open();
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      this.asking = "";
    }
  }

  private readonly leave = () => {
    this.app.wallet.disconnect();
    this.close();
  };

  private readonly close = () => this.querySelector("dialog")?.close();
}

customElements.define("fh-wallet", WalletDialog);
