// A posting as its wallet sees it: which way it goes, and who is at the other end.

import { html, type TemplateResult } from "lit";
import { isOutside, ownerOf, sameAddress } from "../accounts.ts";
import type { Posting } from "../api.ts";
import type { Stream } from "../stream.ts";
import { counterparty } from "./address.ts";
import { amount, type Coin, type Direction } from "./amount.ts";
import { finality } from "./finality.ts";
import { icon } from "./icons.ts";
import { placed } from "./placed.ts";

const WORDS = { in: "In", out: "Out", between: "Between own accounts" } as const;

/** Seen from a wallet, or from one of its accounts, for which the wallet's other accounts are others. */
export function directionOf(posting: Posting, viewed: string, account?: string): Direction {
  if (account) return posting.credit_account === account ? "in" : "out";
  const paid = !isOutside(posting.debit_account) && sameAddress(ownerOf(posting.debit_account), viewed);
  const got = !isOutside(posting.credit_account) && sameAddress(ownerOf(posting.credit_account), viewed);
  return paid && got ? "between" : got ? "in" : "out";
}

export function arrow(direction: Direction): TemplateResult {
  return html`<span class="arrow arrow-${direction}" title=${WORDS[direction]}>${icon(direction)}<span class="heard">${WORDS[direction]}</span></span>`;
}

export function otherSide(posting: Posting, direction: Direction): string {
  return direction === "in" ? posting.debit_account : posting.credit_account;
}

export function purpose(posting: Posting): TemplateResult {
  if (posting.reference_text) return html`<span class="purpose">${posting.reference_text}</span>`;
  const kind = posting.kind.charAt(0).toUpperCase() + posting.kind.slice(1);
  return html`<span class="purpose">${kind}</span>`;
}

/** A line of the compact list of activity. */
export function activityRow(posting: Posting, viewed: string, coin: Coin, stream: Stream): TemplateResult {
  const direction = directionOf(posting, viewed);
  return html`<li class="row activity-row" data-testid="activity-row">
    ${arrow(direction)}
    <span class="row-main"><span class="row-title">${purpose(posting)}</span>
      <span class="row-note">${direction === "in" ? "from" : "to"} ${counterparty(otherSide(posting, direction), viewed)}</span></span>
    <span class="row-end">${amount(BigInt(posting.amount), coin, direction)}
      <span class="row-note">${placed(posting)}${finality(posting, stream.tip)}</span></span>
  </li>`;
}
