// How an offering stands at a time. Phases pass without an event: the chain's clock moves them.

import type { Offering, Subscription } from "./answers.ts";

export type Phase = "announced" | "open" | "firm" | "closable" | "settled" | "failed" | "cancelled";

export interface PhaseWords {
  name: string;
  /** What one may do just now. */
  sentence: string;
}

const WORDS: Record<Phase, PhaseWords> = {
  announced: { name: "Announced", sentence: "Subscriptions are taken from the opening on." },
  open: { name: "Open", sentence: "Subscribe now; until the firm time you may take it back." },
  firm: { name: "Firm", sentence: "Subscriptions are still taken, and none can be taken back any more." },
  closable: { name: "Ended", sentence: "No more subscriptions. Anyone may close it now." },
  settled: { name: "Settled", sentence: "The soft cap was met, and the issuer was paid." },
  failed: { name: "Failed", sentence: "The soft cap was missed. Everybody gets all of their money back." },
  cancelled: { name: "Cancelled", sentence: "The issuer called it off before it opened." },
};

export function wordsOfPhase(phase: Phase): PhaseWords {
  return WORDS[phase];
}

/** `now` in seconds, by the chain's clock. */
export function phaseOf(offering: Offering, now: number): Phase {
  if (offering.status !== "open") return offering.status;
  if (now < offering.opens) return "announced";
  const soldOut = offering.subscribed === offering.hard_cap;
  if (now >= (soldOut ? offering.firm : offering.deadline)) return "closable";
  return now < offering.firm ? "open" : "firm";
}

/** Whether the wallet may still gain from what it subscribed to. */
export function isOutstanding(subscription: Subscription | undefined): subscription is Subscription {
  return subscription !== undefined && subscription.amount !== "0" && !ENDS.has(subscription.state);
}

const ENDS = new Set<string>(["collected", "refunded", "withdrawn"]);

/** Whether new fractions can be subscribed to. */
export function takesSubscriptions(phase: Phase): boolean {
  return phase === "open" || phase === "firm";
}

/** Most fractions that one wallet can still add. */
export function roomFor(offering: Offering, own: bigint): bigint {
  const ofWallet = BigInt(offering.maximum) - own;
  const ofOffering = BigInt(offering.hard_cap) - BigInt(offering.subscribed);
  const room = ofWallet < ofOffering ? ofWallet : ofOffering;
  return room > 0n ? room : 0n;
}
