// Amounts are bigint from the wire to the glass. Nothing here knows a floating-point number.

const THIN_SPACE = "\u2009";
const MINUS = "\u2212";
const UINT256_MAX = 2n ** 256n - 1n;

/** An amount in parts, so that a screen can set the decimals and the unit smaller. */
export interface Figure {
  sign: "" | "+" | typeof MINUS;
  whole: string;
  fraction: string;
}

/** Digits in groups of three, set apart by thin spaces. */
export function grouped(digits: bigint | string | number): string {
  return String(digits).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** Base units as a figure with at least `least` decimals; further ones only where they are not zero. */
export function figureOf(units: bigint, decimals: number, least = Math.min(2, decimals)): Figure {
  const absolute = units < 0n ? -units : units;
  const scale = 10n ** BigInt(decimals);
  const digits = decimals === 0 ? "" : (absolute % scale).toString().padStart(decimals, "0");
  const fraction = digits.replace(/0+$/, "").padEnd(least, "0");
  return { sign: units < 0n ? MINUS : "", whole: grouped(absolute / scale), fraction };
}

export function amountText(units: bigint, decimals: number): string {
  const { sign, whole, fraction } = figureOf(units, decimals);
  return sign + whole + (fraction ? `.${fraction}` : "");
}

/** Cut off after two decimals: for labels, where the whole amount stands elsewhere. */
export function roughText(units: bigint, decimals: number): string {
  const { sign, whole, fraction } = figureOf(units, decimals);
  return `${sign}${whole}${fraction ? `.${fraction.slice(0, 2)}` : ""}`;
}

const EXACT_DECIMALS_MAX = 8;

/** An exact decimal of base units, such as 2142857.142857, in whole tokens; cut off where it says no more to people. */
export function exactText(units: string, decimals: number): string {
  const [whole = "0", part = ""] = units.split(".");
  const digits = whole.padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const fraction = (digits.slice(point) + part).slice(0, EXACT_DECIMALS_MAX).replace(/0+$/, "");
  return `${grouped(digits.slice(0, point))}.${fraction.padEnd(2, "0")}`;
}

export type Parsed = { units: bigint; error?: never } | { units?: never; error: string };

/** What a person typed, in base units, by text alone: 1500.5 with 6 decimals is 1500500000. */
export function parseAmount(typed: string, decimals: number): Parsed {
  const text = typed.replace(/[\s\u2009\u202f\u00a0]/g, "");
  if (text === "") return { error: "Name an amount." };
  if (text.includes(",")) return { error: "Write decimals after a point, and leave commas out: 1500.25." };
  const match = /^(\d{1,78})?(?:\.(\d*))?$/.exec(text);
  if (!match || (match[1] === undefined && !match[2])) return { error: `“${typed.trim()}” is not an amount.` };
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return { error: `The token has ${decimals} decimals; this has ${fraction.length}.` };
  const units = BigInt((match[1] ?? "0") + fraction.padEnd(decimals, "0"));
  if (units === 0n) return { error: "The amount is zero." };
  if (units > UINT256_MAX) return { error: "That is more than any account can hold." };
  return { units };
}

/** A number of fractions that a person typed: whole, and more than none. */
export function parseCount(typed: string): Parsed {
  const text = typed.replace(/[\s\u2009\u202f\u00a0]/g, "");
  if (text === "") return { error: "Name a number of fractions." };
  if (!/^\d{1,15}$/.test(text)) return { error: `“${typed.trim()}” is not a whole number of fractions.` };
  const units = BigInt(text);
  return units === 0n ? { error: "That is none." } : { units };
}

/** A share as a percentage with two decimals, cut off, never rounded up to what nobody holds. */
export function percentText(part: bigint, whole: bigint): string {
  if (whole === 0n) return "0.00";
  const hundredths = (part * 10_000n) / whole;
  if (hundredths === 0n && part > 0n) return "<\u20090.01";
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")}`;
}

/** A share in thousandths, for drawing. */
export function thousandths(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1000n) / whole);
}

export function sum(amounts: Iterable<string>): bigint {
  let total = 0n;
  for (const amount of amounts) total += BigInt(amount);
  return total;
}
