// Who stands behind an account: a person by address, a contract's account by what it is for.

import { html, type TemplateResult } from "lit";
import { isOutside, numberOf, ownerOf, sameAddress } from "../accounts.ts";
import type { App } from "../app.ts";
import { partsOf } from "../catalogue.ts";
import { linkTo } from "../route.ts";
import { counterparty } from "./address.ts";

/** As counterparty, and the vault's accounts of our contracts in words. */
export function party(account: string, viewed: string | undefined, app: App): TemplateResult {
  if (isOutside(account)) return counterparty(account, viewed);
  const { deployment } = app;
  const owner = ownerOf(account);
  if (sameAddress(owner, deployment.treasury)) return html`<span>Treasury</span>`;
  if (sameAddress(owner, deployment.marketplace) && numberOf(account) === 0n) return html`<span>Trading fees</span>`;
  const purpose = sameAddress(owner, deployment.primary_offering)
    ? "Offering"
    : sameAddress(owner, deployment.fraction_token)
      ? "Rent"
      : sameAddress(owner, deployment.marketplace)
        ? "Bids"
        : undefined;
  if (!purpose) return counterparty(account, viewed);
  const id = Number(numberOf(account));
  return html`<span>${purpose} ${purpose === "Bids" ? "on" : "of"} <a class="quiet" href=${linkTo("property", id)}>${nameOf(id, app)}</a></span>`;
}

/** The building's name, or its number while the name is not known. */
export function nameOf(property: number, { catalogue }: Pick<App, "catalogue">): string {
  const name = catalogue.get(property)?.name;
  return name ? partsOf(name).name : `property ${property}`;
}
