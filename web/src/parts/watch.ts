// Look at any address, without a wallet.

import { html } from "lit";
import { checksumHolds, isAddressText } from "../accounts.ts";
import { linkTo, type Screen } from "../route.ts";
import { PageElement } from "./element.ts";
import { icon } from "./icons.ts";

export class WatchForm extends PageElement {
  static override properties = { screen: {}, place: {}, error: { state: true } };
  declare screen: Screen;
  /** Tells one such form from another on the same page. */
  declare place: string;
  declare error: string;

  constructor() {
    super();
    this.screen = "portfolio";
    this.error = "";
    this.place = "watch";
  }

  override render() {
    return html`<form class="watch" novalidate @submit=${this.submit}>
      <label class="field-label" for=${`${this.place}-address`}>Watch an address</label>
      <div class="watch-line">
        <input id=${`${this.place}-address`} class="input hex-input" name="address" placeholder="0x…" autocomplete="off" spellcheck="false"
          data-testid=${`${this.place}-address`} aria-describedby=${`${this.place}-error`} aria-invalid=${this.error ? "true" : "false"} />
        <button class="button" data-testid=${this.place}>${icon("eye")}Watch</button>
      </div>
      <p id=${`${this.place}-error`} class="field-error" role="alert">${this.error}</p>
    </form>`;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget as HTMLFormElement).get("address") ?? "").trim();
    if (!isAddressText(typed)) this.error = "An address is 0x with 40 hexadecimal digits.";
    else if (!checksumHolds(typed)) this.error = "Its checksum is wrong: is there a typing error?";
    else {
      this.error = "";
      location.hash = linkTo(this.screen, typed);
      this.dispatchEvent(new Event("watched", { bubbles: true }));
    }
  }
}

customElements.define("fh-watch", WatchForm);
