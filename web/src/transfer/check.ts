// Before a signature is asked for: what the server prepared, decoded again here and held against the intent.

import { decodeFunctionData, isHex, type Abi } from "viem";
import vault from "../../../contracts/abi/SettlementVault.json";
import { accountWord, sameAddress } from "../accounts.ts";
import type { Deployment, Prepared } from "../api.ts";
import type { Connected } from "../wallet.ts";
import { referenceWord, type Intent } from "./intent.ts";

/** Everything in which the prepared transaction is not what was asked for; nothing where it may be signed. */
export function mismatches(
  prepared: Prepared,
  intent: Intent,
  deployment: Deployment,
  wallet: Pick<Connected, "address" | "chainId">,
): string[] {
  const [step, ...others] = prepared.steps;
  if (!step || others.length > 0) return ["There should be one transaction to sign."];
  const found = [
    sameAddress(step.to, deployment.settlement_vault) || `It would call ${step.to}, which is not the vault.`,
    step.chain_id === deployment.chain_id || `It is made for chain ${step.chain_id}, not ${deployment.chain_id}.`,
    wallet.chainId === deployment.chain_id || `Your wallet is on chain ${wallet.chainId}, not ${deployment.chain_id}.`,
    sameAddress(wallet.address, intent.sender) || `Your wallet is ${wallet.address} now, no longer ${intent.sender}.`,
    sameAddress(prepared.sender, intent.sender) || `It is made for ${prepared.sender}, not for your wallet.`,
    BigInt(step.value) === 0n || "It would send ether along.",
    ...callMismatches(step.data, intent),
  ];
  return found.filter((said) => typeof said === "string");
}

function callMismatches(data: string, intent: Intent): (true | string)[] {
  let call: { functionName: string; args?: readonly unknown[] | undefined };
  try {
    if (!isHex(data)) throw new Error("not hexadecimal");
    call = decodeFunctionData({ abi: vault as Abi, data });
  } catch {
    return ["Its data cannot be read as a call of the vault."];
  }
  if (call.functionName !== "transfer") return [`It would call ${call.functionName}, not transfer.`];
  const [from, to, amount, reference, key] = call.args ?? [];
  return [
    from === accountWord(intent.from) || "It would take the money from another account.",
    to === accountWord(intent.to) || "It would send the money to another account.",
    amount === intent.units || "It would send another amount.",
    reference === referenceWord(intent.reference) || "It would carry another reference.",
    key === intent.key || "It would carry another idempotency key.",
  ];
}
