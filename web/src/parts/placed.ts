// A time with its block.

import { html, type TemplateResult } from "lit";
import { grouped } from "../money.ts";

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const WHOLE = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long" });

/** The clock for today, the day before that; the block beside it. */
export function placed(row: { timestamp: number; block_number: number }): TemplateResult {
  return html`<span class="placed">${time(row.timestamp)}<span class="block">${blockNumber(row.block_number)}</span></span>`;
}

export function time(seconds: number): TemplateResult {
  const moment = new Date(seconds * 1000);
  const today = moment.toDateString() === new Date().toDateString();
  return html`<time datetime=${moment.toISOString()} title=${WHOLE.format(moment)}>${(today ? CLOCK : DAY).format(moment)}</time>`;
}

export function blockNumber(number: number): TemplateResult {
  return html`<span class="block-number" title=${`Block ${number}`}><span class="heard">block </span><span aria-hidden="true">#</span>${grouped(number)}</span>`;
}
