// What the person asked for, in the page's own reading. What the server prepares is held against this.

import { toHex, stringToBytes, type Hex } from "viem";
import { accountWord, isAddressText } from "../accounts.ts";
import type { TransferRequest } from "../api.ts";
import { parseAmount } from "../money.ts";

const REFERENCE_BYTES = 32;
const KEYS = "freehold.transfer.keys";

/** As typed. */
export interface Draft {
  from: string;
  to: string;
  amount: string;
  reference: string;
}

export interface Intent {
  sender: string;
  from: string;
  to: string;
  units: bigint;
  reference: string;
  key: Hex;
}

export type Field = "to" | "amount" | "reference";
export type Faults = Partial<Record<Field, string>>;

export function referenceBytes(text: string): number {
  return stringToBytes(text).length;
}

/** The reference as the contract keeps it: text in 32 bytes, padded with zeros. */
export function referenceWord(text: string): Hex {
  return toHex(text, { size: REFERENCE_BYTES });
}

/** What is wrong with a draft before anybody else is asked. Checksums are the server's to judge, in its words. */
export function faultsOf(draft: Draft, decimals: number, balance: bigint | undefined): Faults {
  const faults: Faults = {};
  const to = draft.to.trim();
  if (to === "") faults.to = "Name a receiver: an address, or an account id.";
  else if (!isAddressText(to) && !/^0x[0-9a-fA-F]{64}$/.test(to)) {
    faults.to = "That is neither an address (0x and 40 hexadecimal digits) nor an account id (0x and 64).";
  } else if (accountWord(to) === accountWord(draft.from)) faults.to = "That is the account the money comes from.";
  const parsed = parseAmount(draft.amount, decimals);
  if (parsed.error !== undefined) faults.amount = parsed.error;
  else if (balance !== undefined && parsed.units > balance) faults.amount = "The account does not hold that much.";
  const bytes = referenceBytes(draft.reference.trim());
  if (bytes > REFERENCE_BYTES) faults.reference = `The reference has ${bytes} bytes, and ${REFERENCE_BYTES} fit.`;
  return faults;
}

/** A draft without faults, with the idempotency key that belongs to it. */
export function intentOf(draft: Draft, sender: string, decimals: number): Intent {
  const { units, error } = parseAmount(draft.amount, decimals);
  if (error !== undefined) throw new Error(error);
  const request = { sender, from: draft.from, to: draft.to.trim(), units, reference: draft.reference.trim() };
  return { ...request, key: keyOf(request) };
}

export function requestOf(intent: Intent): TransferRequest {
  const { sender, from, to, units, reference, key } = intent;
  return { sender, from_account: from, to, amount: units.toString(), reference, key };
}

/** The same request keeps its key until it is done, also over a reload: however often it is sent, it pays once. */
function keyOf(request: Omit<Intent, "key">): Hex {
  const keys = readKeys();
  const fingerprint = fingerprintOf(request);
  const key = keys[fingerprint] ?? toHex(crypto.getRandomValues(new Uint8Array(32)));
  writeKeys({ ...keys, [fingerprint]: key });
  return key;
}

/** The request was done: the next one like it is a new payment. */
export function forgetKey(intent: Intent): void {
  const { [fingerprintOf(intent)]: _, ...others } = readKeys();
  writeKeys(others);
}

function fingerprintOf({ sender, from, to, units, reference }: Omit<Intent, "key">): string {
  return JSON.stringify([
    sender.toLowerCase(),
    accountWord(from).toString(),
    accountWord(to).toString(),
    units.toString(),
    reference,
  ]);
}

let unkept: Record<string, Hex> = {};

function readKeys(): Record<string, Hex> {
  try {
    return JSON.parse(sessionStorage.getItem(KEYS) ?? "{}") as Record<string, Hex>;
  } catch {
    return unkept;
  }
}

function writeKeys(keys: Record<string, Hex>): void {
  unkept = keys;
  try {
    sessionStorage.setItem(KEYS, JSON.stringify(keys));
  } catch {
    // Kept in memory alone.
  }
}
