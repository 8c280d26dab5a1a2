// Periods of rent in words, and how rent stands at a time.

import type { Rent } from "./answers.ts";

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

/** November 2026 for 202611, as issuers write months by convention; a number that is no month stays one. */
export function periodName(period: number): string {
  if (period === 0) return "Final distribution";
  const [year, month] = [Math.floor(period / 100), period % 100];
  if (year < 2000 || year > 2199 || month < 1 || month > 12) return `Period ${period}`;
  return MONTH.format(Date.UTC(year, month - 1));
}

/** The period that a posting of declared rent carries in its reference. */
export function periodOfReference(reference: string): number | undefined {
  const period = BigInt(reference);
  return period < 2n ** 32n ? Number(period) : undefined;
}

/** `now` in seconds, by the chain's clock: rent falls due without an event. */
export function rentState(rent: Rent, now: number): Rent["state"] {
  if (rent.state === "released") return "released";
  return now >= rent.release_time ? "due" : "declared";
}
