// What actions are called.

import { isAddressText, mainAccountOf, sameAddress } from "../accounts.ts";
import { SIDES } from "../orders.ts";
import type { Intent } from "./intent.ts";
import type { StageKind } from "./outbox.ts";

interface Words {
  /** Over the dialog. */
  title: string;
  /** One word for what is under way. */
  short: string;
}

const WORDS: Record<Intent["action"], Words> = {
  vault_transfer: { title: "Transfer", short: "Transfer" },
  vault_deposit: { title: "Deposit", short: "Deposit" },
  vault_withdraw: { title: "Withdraw", short: "Withdrawal" },
  fraction_transfer: { title: "Send fractions", short: "Fractions" },
  offering_subscribe: { title: "Subscribe", short: "Subscription" },
  offering_unsubscribe: { title: "Take back", short: "Taking back" },
  offering_close: { title: "Close the offering", short: "Closing" },
  offering_collect: { title: "Collect fractions", short: "Collection" },
  offering_refund: { title: "Refund", short: "Refund" },
  rent_claim: { title: "Claim rent", short: "Claim" },
  rent_release: { title: "Release rent", short: "Release" },
  place_order: { title: "Place an order", short: "Order" },
  cancel_order: { title: "Cancel an order", short: "Cancelling" },
  cancel_orders: { title: "Cancel orders", short: "Cancelling" },
  reduce_order: { title: "Reduce an order", short: "Reducing" },
};

export function wordsOf(intent: Intent): Words {
  if (intent.action === "place_order")
    return { title: intent.side === "bid" ? "Place a bid" : "Place an ask", short: SIDES[intent.side] };
  return WORDS[intent.action];
}

export function stageName(kind: StageKind, intent: Intent): string {
  if (kind === "permit") return "Permit";
  return kind === "approve" ? "Approval" : wordsOf(intent).short;
}

/** The property that an intent is about. */
export function propertyOf(intent: Intent): number | undefined {
  return "property" in intent ? intent.property : undefined;
}

/** Whether the sender does it for another. */
export function beneficiaryOf(intent: Intent): string | undefined {
  const named = "subscriber" in intent ? intent.subscriber : "holder" in intent ? intent.holder : undefined;
  return named && !sameAddress(named, intent.sender) ? named : undefined;
}

/** An account as the review shows it. */
export function accountOf(text: string): string {
  return isAddressText(text) ? mainAccountOf(text) : text;
}

/** Makers that an order trades with. */
export function tradeCount(count: number): string {
  return count === 1 ? "1 order" : `${count} orders`;
}
