// What the person asked for, in the page's own reading. What the server prepares is held against this.

import { stringToBytes, toHex, type Hex } from "viem";
import type { OrderType, Side } from "../answers.ts";

export const REFERENCE_BYTES = 32;

/** What each action is about. Accounts are account ids or addresses, money is `units`, fractions are `amount`. */
export interface Actions {
  vault_transfer: { from: string; to: string; units: bigint; reference: string; key: Hex };
  vault_deposit: { account: string; units: bigint; reference: string };
  vault_withdraw: { account: string; units: bigint; receiver: string; reference: string };
  fraction_transfer: { property: number; receiver: string; amount: bigint };
  offering_subscribe: { property: number; amount: bigint };
  offering_unsubscribe: { property: number; amount: bigint };
  offering_close: { property: number };
  offering_collect: { property: number; subscriber: string };
  offering_refund: { property: number; subscriber: string };
  rent_claim: { property: number; holder: string };
  rent_release: { property: number; period: number };
  place_order: Placing;
  cancel_order: { property: number; order: string };
  cancel_orders: { orders: string[] };
  reduce_order: { property: number; order: string; less: bigint };
}

/** An order as it is to be placed. `tick`: the worst price. Times are seconds; expiry 0 is the latest possible. */
export interface Placing {
  property: number;
  side: Side;
  type: OrderType;
  tick: number;
  quantity: bigint;
  minimumFill: bigint;
  expiry: number;
  deadline: number;
}

export type ActionName = keyof Actions;
export type IntentOf<Name extends ActionName> = { action: Name; sender: string } & Actions[Name];
export type Intent = { [Name in ActionName]: IntentOf<Name> }[ActionName];

/** A permit that the wallet has signed: it stands in for an approval (EIP-2612). */
export interface SignedPermit {
  deadline: bigint;
  signature: Hex;
}

/** How the vault gets at the money of a deposit. */
export type Way = "permit" | "approve";

export function referenceBytes(text: string): number {
  return stringToBytes(text).length;
}

/** The reference as the contract keeps it: text in 32 bytes, padded with zeros. */
export function referenceWord(text: string): Hex {
  return toHex(text, { size: REFERENCE_BYTES });
}

/** How a deposit is prepared: by which way, until when a permit would hold, and the permit once it is signed. */
export interface Means {
  way: Way;
  deadline: number;
  permit?: SignedPermit | undefined;
}

/** The body that asks the API to prepare it. */
export function requestOf(intent: Intent, { way, deadline, permit }: Means): Record<string, unknown> {
  const { sender } = intent;
  switch (intent.action) {
    case "vault_transfer": {
      const { from, to, units, reference, key } = intent;
      return { sender, from_account: from, to, amount: units.toString(), reference, key };
    }
    case "vault_deposit": {
      const { account, units, reference } = intent;
      const body = { sender, account, amount: units.toString(), reference, method: way };
      if (permit) return { ...body, deadline: Number(permit.deadline), signature: permit.signature };
      return way === "permit" ? { ...body, deadline } : body;
    }
    case "vault_withdraw": {
      const { account, units, receiver, reference } = intent;
      return { sender, account, amount: units.toString(), receiver, reference };
    }
    case "fraction_transfer":
      return { sender, property_id: intent.property, receiver: intent.receiver, amount: intent.amount.toString() };
    case "offering_subscribe":
    case "offering_unsubscribe":
      return { sender, property_id: intent.property, amount: intent.amount.toString() };
    case "offering_close":
      return { sender, property_id: intent.property };
    case "offering_collect":
    case "offering_refund":
      return { sender, property_id: intent.property, subscriber: intent.subscriber };
    case "rent_claim":
      return { sender, property_id: intent.property, holder: intent.holder };
    case "rent_release":
      return { sender, property_id: intent.property, period: intent.period };
    case "place_order":
      return {
        sender,
        property_id: intent.property,
        side: intent.side,
        order_type: intent.type,
        tick: intent.tick,
        quantity: intent.quantity.toString(),
        minimum_fill: intent.minimumFill.toString(),
        max_fills: 0,
        expiry: intent.expiry,
        deadline: intent.deadline,
      };
    case "cancel_order":
      return { sender, order_id: intent.order };
    case "cancel_orders":
      return { sender, order_ids: intent.orders };
    case "reduce_order":
      return { sender, order_id: intent.order, quantity: intent.less.toString() };
  }
}
