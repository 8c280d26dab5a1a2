// A permit (EIP-2612): a signature that lets the vault take the money of one deposit.
//
// The wallet is never handed what the server wrote: only a permit composed here, of the server's domain and nonce.

import { sameAddress } from "../accounts.ts";
import type { Deployment, TypedData } from "../answers.ts";
import type { Intent, IntentOf } from "./intent.ts";

const LIFETIME_SECONDS_MAX = 2 * 3600;
const WORD = /^(0x[0-9a-fA-F]{1,64}|\d{1,78})$/;
const DOMAIN = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
] as const;
const PERMIT = [
  { name: "owner", type: "address" },
  { name: "spender", type: "address" },
  { name: "value", type: "uint256" },
  { name: "nonce", type: "uint256" },
  { name: "deadline", type: "uint256" },
];

/** What stands in the way of signing it; nothing where it may be signed. */
export function permitMismatches(
  typed: TypedData,
  intent: Intent,
  deployment: Deployment,
  now: number,
): (true | string)[] {
  if (intent.action !== "vault_deposit") return ["There is a permit to sign, and you asked for none."];
  const { domain, message } = typed;
  const nonce = wordOf(message["nonce"]);
  const deadline = wordOf(message["deadline"]);
  return [
    typed.primaryType === "Permit" || `It would sign a ${typed.primaryType}, not a permit.`,
    wordOf(domain["chainId"]) === BigInt(deployment.chain_id) || "The permit is for another chain.",
    sameAddress(textOf(domain["verifyingContract"]), deployment.stablecoin.address) ||
      "The permit is not one of the stablecoin.",
    sameAddress(textOf(message["owner"]), intent.sender) || "The permit is about another wallet's money.",
    sameAddress(textOf(message["spender"]), deployment.settlement_vault) ||
      "The permit would let another than the vault take the money.",
    wordOf(message["value"]) === intent.units || "The permit is about another amount.",
    nonce !== undefined || "The permit has no nonce.",
    (deadline !== undefined && deadline <= BigInt(now + LIFETIME_SECONDS_MAX)) || "The permit would hold for too long.",
  ];
}

/** The permit to sign, as wallets take it. Only for what permitMismatches found right. */
export function permitOf(typed: TypedData, intent: IntentOf<"vault_deposit">, deployment: Deployment): TypedData {
  const { stablecoin, settlement_vault, chain_id } = deployment;
  const domain = {
    name: textOf(typed.domain["name"]),
    version: textOf(typed.domain["version"]),
    chainId: chain_id,
    verifyingContract: stablecoin.address,
  };
  const fields = DOMAIN.filter(({ name }) => domain[name] !== undefined);
  return {
    domain: Object.fromEntries(fields.map(({ name }) => [name, domain[name]])),
    types: { EIP712Domain: fields, Permit: [...PERMIT] },
    primaryType: "Permit",
    message: {
      owner: intent.sender,
      spender: settlement_vault,
      value: intent.units.toString(),
      nonce: String(wordOf(typed.message["nonce"])),
      deadline: String(wordOf(typed.message["deadline"])),
    },
  };
}

function wordOf(value: unknown): bigint | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "string" && WORD.test(value) ? BigInt(value) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
