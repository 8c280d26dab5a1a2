// What can be proven: which words of which contract say it, and how they read.

import type { Address } from "viem";
import layout from "../../../contracts/layout.json" with { type: "json" };
import { accountWord } from "../accounts.ts";
import type { AccountProof, Deployment, HoldingProof } from "../answers.ts";
import type { Place } from "./check.ts";

/** A vault account by its id, or a wallet's fractions of a property. */
export type Subject = { account: string } | { property: number; holder: string };

/** What the words say. Fractions have their property's cap beside them. */
export interface Reading {
  balance: bigint;
  locked?: bigint;
  cap?: bigint;
}

const AMOUNT_MASK = (1n << 48n) - 1n;
const [LOCKED_BIT, CAP_BIT] = [48n, 160n];

export function contractOf(subject: Subject, deployment: Deployment): { name: string; address: Address } {
  return "account" in subject
    ? { name: "Settlement vault", address: deployment.settlement_vault as Address }
    : { name: "Fraction token", address: deployment.fraction_token as Address };
}

/** Where the API has the proof. */
export function pathOf(subject: Subject): string {
  return "account" in subject
    ? `/proofs/accounts/${subject.account}`
    : `/proofs/holdings/${subject.property}/${subject.holder}`;
}

export function placesOf(subject: Subject): Place[] {
  if ("account" in subject)
    return [{ slot: layout.SettlementVault["postings.balances"], keys: [accountWord(subject.account)] }];
  const { property, holder } = subject;
  return [
    { slot: layout.FractionToken["holdings.slots"], keys: [BigInt(property), BigInt(holder)] },
    { slot: layout.FractionToken["properties.slots"], keys: [BigInt(property)] },
  ];
}

/** Of a holding, balance and what of it is locked share a word, and the cap is part of the property's. */
export function readingOf(subject: Subject, [first = 0n, second = 0n]: readonly bigint[]): Reading {
  if ("account" in subject) return { balance: first };
  const part = (word: bigint, bit: bigint) => (word >> bit) & AMOUNT_MASK;
  return { balance: part(first, 0n), locked: part(first, LOCKED_BIT), cap: part(second, CAP_BIT) };
}

/** What the index says of it, as of the same block. */
export function indexedOf(answer: AccountProof | HoldingProof): Reading {
  const balance = BigInt(answer.indexed_balance);
  return "indexed_locked" in answer ? { balance, locked: BigInt(answer.indexed_locked) } : { balance };
}
