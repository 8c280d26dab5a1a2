// Idempotency keys of transfers. The same request keeps its key until it is done, also over a reload: however often
// it is sent, it pays once.

import { toHex, type Hex } from "viem";
import { accountWord } from "../accounts.ts";
import type { Intent, IntentOf } from "./intent.ts";

type Request = Omit<IntentOf<"vault_transfer">, "key">;

const KEYS = "freehold.transfer.keys";

let unkept: Record<string, Hex> = {};

/** The request with the key that belongs to it. */
export function keyed(request: Request): IntentOf<"vault_transfer"> {
  const keys = readKeys();
  const fingerprint = fingerprintOf(request);
  const key = keys[fingerprint] ?? toHex(crypto.getRandomValues(new Uint8Array(32)));
  writeKeys({ ...keys, [fingerprint]: key });
  return { ...request, key };
}

/** The request was done: the next one like it is a new payment. */
export function forgetKey(intent: Intent): void {
  if (intent.action !== "vault_transfer") return;
  const { [fingerprintOf(intent)]: _, ...others } = readKeys();
  writeKeys(others);
}

function fingerprintOf({ sender, from, to, units, reference }: Request): string {
  return JSON.stringify([
    sender.toLowerCase(),
    accountWord(from).toString(),
    accountWord(to).toString(),
    units.toString(),
    reference,
  ]);
}

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
