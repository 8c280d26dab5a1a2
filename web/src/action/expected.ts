// The call that an intent must become: which contract, which function, which arguments.

import { erc20Abi, type Abi } from "viem";
import offeringAbi from "../../../contracts/abi/PrimaryOffering.json" with { type: "json" };
import marketAbi from "../../../contracts/abi/Marketplace.json" with { type: "json" };
import tokenAbi from "../../../contracts/abi/FractionToken.json" with { type: "json" };
import vaultAbi from "../../../contracts/abi/SettlementVault.json" with { type: "json" };
import { accountWord } from "../accounts.ts";
import type { Deployment } from "../answers.ts";
import { SIDE_NUMBERS, TYPE_NUMBERS } from "../orders.ts";
import { referenceWord, type Intent, type IntentOf, type Placing, type SignedPermit } from "./intent.ts";

export type ContractName = "settlement_vault" | "fraction_token" | "primary_offering" | "marketplace" | "stablecoin";

/** Arguments by their names in the ABI, those of a struct by its fields'; addresses in any case. */
export interface Expected {
  contract: ContractName;
  name: string;
  arguments: Record<string, Argument>;
}

export type Argument = bigint | number | string | readonly bigint[];

export const CONTRACTS: Record<ContractName, { name: string; abi: Abi }> = {
  settlement_vault: { name: "Settlement vault", abi: vaultAbi as Abi },
  fraction_token: { name: "Fraction token", abi: tokenAbi as Abi },
  primary_offering: { name: "Primary offering", abi: offeringAbi as Abi },
  marketplace: { name: "Marketplace", abi: marketAbi as Abi },
  stablecoin: { name: "Stablecoin", abi: erc20Abi },
};

export function contractAddress(deployment: Deployment, contract: ContractName): string {
  return contract === "stablecoin" ? deployment.stablecoin.address : deployment[contract];
}

/** The call that does what was asked. */
export function expectedCall(intent: Intent, permit: SignedPermit | undefined): Expected {
  switch (intent.action) {
    case "vault_transfer":
      return vault("transfer", {
        from_account: accountWord(intent.from),
        to_account: accountWord(intent.to),
        amount: intent.units,
        reference: referenceWord(intent.reference),
        key: intent.key,
      });
    case "vault_deposit":
      return deposit(intent, permit);
    case "vault_withdraw":
      return vault("withdraw", {
        account: accountWord(intent.account),
        amount: intent.units,
        receiver: intent.receiver,
        reference: referenceWord(intent.reference),
      });
    case "fraction_transfer":
      return token("safeTransferFrom", {
        sender: intent.sender,
        receiver: intent.receiver,
        id: BigInt(intent.property),
        amount: intent.amount,
        data: "0x",
      });
    case "rent_claim":
      return token("claim_rent", { property_id: BigInt(intent.property), holder: intent.holder });
    case "rent_release":
      return token("release_rent", { property_id: BigInt(intent.property), period: BigInt(intent.period) });
    case "offering_subscribe":
      return offering("subscribe", { property_id: BigInt(intent.property), amount: intent.amount });
    case "offering_unsubscribe":
      return offering("unsubscribe", { property_id: BigInt(intent.property), amount: intent.amount });
    case "offering_close":
      return offering("close_offering", { property_id: BigInt(intent.property) });
    case "offering_collect":
      return offering("collect", { property_id: BigInt(intent.property), subscriber: intent.subscriber });
    case "offering_refund":
      return offering("refund", { property_id: BigInt(intent.property), subscriber: intent.subscriber });
    case "place_order":
      return market("place", orderFields(intent));
    case "cancel_order":
      return market("cancel", { order_id: BigInt(intent.order) });
    case "cancel_orders":
      return market("cancel_many", { order_ids: intent.orders.map(BigInt) });
    case "reduce_order":
      return market("reduce", { order_id: BigInt(intent.order), quantity: intent.less });
  }
}

function orderFields(placing: Placing): Expected["arguments"] {
  return {
    property_id: BigInt(placing.property),
    side: SIDE_NUMBERS[placing.side],
    tick: BigInt(placing.tick),
    quantity: placing.quantity,
    order_type: TYPE_NUMBERS[placing.type],
    minimum_fill: placing.minimumFill,
    max_fills: 0n,
    expiry: BigInt(placing.expiry),
    deadline: BigInt(placing.deadline),
  };
}

/** The approval that may stand before a deposit: the vault alone, and not a unit more than is deposited. */
export function expectedApproval(intent: Intent, deployment: Deployment): Expected | undefined {
  if (intent.action !== "vault_deposit") return undefined;
  const terms = { spender: deployment.settlement_vault, amount: intent.units };
  return { contract: "stablecoin", name: "approve", arguments: terms };
}

function deposit(intent: IntentOf<"vault_deposit">, permit: SignedPermit | undefined): Expected {
  const what = { account: accountWord(intent.account), amount: intent.units };
  const reference = referenceWord(intent.reference);
  if (!permit) return vault("deposit", { ...what, reference });
  const signed = { deadline: permit.deadline, ...partsOfSignature(permit.signature) };
  return vault("deposit_with_permit", { ...what, ...signed, reference });
}

/** r, s and v of a signature of 65 bytes. Some wallets count v from 0, the contract from 27. */
function partsOfSignature(signature: string): { v: number; r: string; s: string } {
  const v = Number.parseInt(signature.slice(130), 16);
  return { v: v < 27 ? v + 27 : v, r: signature.slice(0, 66), s: `0x${signature.slice(66, 130)}` };
}

function vault(name: string, values: Expected["arguments"]): Expected {
  return { contract: "settlement_vault", name, arguments: values };
}

function token(name: string, values: Expected["arguments"]): Expected {
  return { contract: "fraction_token", name, arguments: values };
}

function offering(name: string, values: Expected["arguments"]): Expected {
  return { contract: "primary_offering", name, arguments: values };
}

function market(name: string, values: Expected["arguments"]): Expected {
  return { contract: "marketplace", name, arguments: values };
}
