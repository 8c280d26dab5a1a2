// A time with its block; a time with how far off it is.

import { html, type TemplateResult } from "lit";
import { grouped } from "../money.ts";

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const LATER = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const MOMENT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});
const WHOLE = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long" });
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/** The clock for today, the day before that; the block beside it. */
export function placed(row: { timestamp: number; block_number: number }): TemplateResult {
  return html`<span class="placed">${time(row.timestamp)}<span class="block">${blockNumber(row.block_number)}</span></span>`;
}

export function time(seconds: number): TemplateResult {
  const moment = new Date(seconds * 1000);
  const now = new Date();
  const format =
    moment.toDateString() === now.toDateString() ? CLOCK : moment.getFullYear() === now.getFullYear() ? DAY : LATER;
  return html`<time datetime=${moment.toISOString()} title=${WHOLE.format(moment)}>${format.format(moment)}</time>`;
}

/** Day, minute and zone: for times that bind. */
export function moment(seconds: number): TemplateResult {
  const date = new Date(seconds * 1000);
  return html`<time datetime=${date.toISOString()} title=${WHOLE.format(date)}>${MOMENT.format(date)}</time>`;
}

/** in 2 d 23 h, 5 min ago; `now` in seconds, by the chain's clock. */
export function distance(seconds: number, now: number): string {
  const away = Math.abs(seconds - now);
  if (away < 60) return seconds > now ? "in less than a minute" : "just now";
  const [days, hours] = [Math.floor(away / DAY_SECONDS), Math.floor((away % DAY_SECONDS) / HOUR_SECONDS)];
  const minutes = Math.floor((away % HOUR_SECONDS) / 60);
  const words = days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
  return seconds > now ? `in ${words}` : `${words} ago`;
}

export function blockNumber(number: number): TemplateResult {
  return html`<span class="block-number" title=${`Block ${number}`}><span class="heard">block </span><span aria-hidden="true">#</span>${grouped(number)}</span>`;
}
