// An address or a hash, shortened, with the whole of it one click away.

import { html, nothing, type TemplateResult } from "lit";
import { accountName, isOutside, mainAccountOf, ownerOf, numberOf, sameAddress, shortened } from "../accounts.ts";
import { linkTo } from "../route.ts";
import { icon } from "./icons.ts";

const COPIED_MS = 1_400;

/** Text with a button that copies the whole. `href` makes the text a link. */
export function address(whole: string, href?: string): TemplateResult {
  const text = html`<span class="hex" title=${whole}>${shortened(whole)}</span>`;
  return html`<span class="address">${href ? html`<a class="quiet" href=${href}>${text}</a>` : text}${copyButton(whole)}</span>`;
}

export function copyButton(whole: string): TemplateResult {
  return html`<button type="button" class="copy" aria-label=${`Copy ${whole}`} @click=${(event: Event) => copy(event, whole)}>
    ${icon("copy")}${icon("check")}</button>`;
}

/** Whose account it is: an own one by its name, another's by its owner, the world outside the vault in words. */
export function counterparty(account: string, viewed: string | undefined): TemplateResult {
  if (isOutside(account)) return html`<span>Outside the vault</span>`;
  const owner = ownerOf(account);
  if (sameAddress(owner, viewed)) return html`<span>${accountName(account)}</span>`;
  const number = numberOf(account);
  const whole = account.toLowerCase() === mainAccountOf(owner) ? owner : account;
  return html`<span class="address"><a class="quiet" href=${linkTo("portfolio", owner)}><span class="hex" title=${whole}
    >${shortened(owner)}</span></a>${number > 0n ? html`<span class="faint">&thinsp;/&thinsp;${number}</span>` : nothing}${copyButton(whole)}</span>`;
}

async function copy(event: Event, whole: string): Promise<void> {
  const button = event.currentTarget as HTMLElement;
  event.stopPropagation();
  event.preventDefault();
  await navigator.clipboard.writeText(whole);
  button.dataset["copied"] = "";
  setTimeout(() => delete button.dataset["copied"], COPIED_MS);
}
