// A posting as its wallet sees it: which way it goes, what it is, and who is at the other end.

import { html, type TemplateResult } from "lit";
import { isOutside, ownerOf, sameAddress } from "../accounts.ts";
import type { Posting } from "../answers.ts";
import type { App } from "../app.ts";
import { periodName, periodOfReference } from "../rent.ts";
import { amount, type Direction } from "./amount.ts";
import { finality } from "./finality.ts";
import { icon } from "./icons.ts";
import { party } from "./party.ts";
import { placed } from "./placed.ts";

const WORDS = { in: "In", out: "Out", between: "Between own accounts" } as const;

const KINDS: Record<string, string> = {
  deposit: "Deposit",
  withdrawal: "Withdrawal",
  transfer: "Transfer",
  batch: "Batch transfer",
  rent_declared: "Rent declared",
  rent_claimed: "Rent",
  subscription: "Subscription",
  unsubscription: "Subscription taken back",
  refund: "Refund",
  proceeds: "Proceeds of the offering",
  order_escrowed: "Escrowed for a bid",
  order_released: "Bid released",
  trade: "Trade",
  trade_fee: "Trading fee",
  fees_collected: "Trading fees",
};

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

function kindName(kind: string): string {
  return KINDS[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("_", " ");
}

/** The sender's own reference where there is one, else the kind in words, with the period that it is about. */
export function purpose(posting: Posting): TemplateResult {
  return html`<span class="purpose" data-kind=${posting.kind}>${posting.reference_text ?? kindText(posting)}</span>`;
}

/** The kind in words, and the period where it is about one. */
export function kindText({ kind, reference }: Posting): string {
  const period = kind === "rent_declared" ? periodOfReference(reference) : undefined;
  return period === undefined ? kindName(kind) : `${kindName(kind)}, ${periodName(period)}`;
}

/** A line of the compact list of activity. */
export function activityRow(posting: Posting, viewed: string, app: App): TemplateResult {
  const direction = directionOf(posting, viewed);
  return html`<li class="row activity-row" data-testid="activity-row">
    ${arrow(direction)}
    <span class="row-main"><span class="row-title">${purpose(posting)}</span>
      <span class="row-note">${direction === "in" ? "from" : "to"} ${party(otherSide(posting, direction), viewed, app)}</span></span>
    <span class="row-end">${amount(BigInt(posting.amount), app.deployment.stablecoin, direction)}
      <span class="row-note">${placed(posting)}${finality(posting, app.stream.tip)}</span></span>
  </li>`;
}
