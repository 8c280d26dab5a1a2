// Before a signature is asked for: what the server prepared, decoded again here and held against the intent.

import { decodeFunctionData, isHex, type AbiFunction, type Hex } from "viem";
import { sameAddress } from "../accounts.ts";
import type { Deployment, Prepared, Step } from "../answers.ts";
import type { Connected } from "../wallet.ts";
import { CONTRACTS, contractAddress, expectedApproval, expectedCall, type Argument, type Expected } from "./expected.ts";
import type { Intent, SignedPermit } from "./intent.ts";
import { permitMismatches } from "./permit.ts";

const NO_REFERENCE: Hex = `0x${"0".repeat(64)}`;

/** How a wrong argument is said; any other by its name. */
const WORDS: Record<string, string> = {
  from_account: "It would take the money from another account.",
  to_account: "It would send the money to another account.",
  account: "It is about another account.",
  receiver: "Another would receive it.",
  spender: "It would let another than the vault take the money.",
  amount: "It would move another amount.",
  reference: "It would carry another reference.",
  key: "It would carry another idempotency key.",
  property_id: "It is about another property.",
  id: "It is about another property.",
  side: "It would be on the other side of the book.",
  tick: "It would trade at another price.",
  quantity: "It is about another number of fractions.",
  order_type: "It would be an order of another type.",
  minimum_fill: "It would take another fill for enough.",
  expiry: "It would hold for another time.",
  order_id: "It is about another order.",
  order_ids: "It is about other orders.",
};

/** What an intent is held against besides what was prepared. `now`: seconds since 1970, the chain's or the clock's. */
export interface Circumstances {
  deployment: Deployment;
  wallet: Pick<Connected, "address" | "chainId">;
  now: number;
  permit?: SignedPermit | undefined;
}

/** Everything in which what was prepared is not what was asked for; nothing where it may be signed. */
export function mismatches(prepared: Prepared, intent: Intent, around: Circumstances): string[] {
  const { deployment, wallet, now, permit } = around;
  const found = [
    prepared.action === intent.action || `It was prepared as ${prepared.action}, which is not what you asked for.`,
    wallet.chainId === deployment.chain_id || `Your wallet is on chain ${wallet.chainId}, not ${deployment.chain_id}.`,
    sameAddress(wallet.address, intent.sender) || `Your wallet is ${wallet.address} now, no longer ${intent.sender}.`,
    sameAddress(prepared.sender, intent.sender) || `It is made for ${prepared.sender}, not for your wallet.`,
    ...(prepared.typed_data ? permitMismatches(prepared.typed_data, intent, deployment, now) : []),
    ...stepsMismatches(prepared, intent, deployment, permit),
  ];
  return [...new Set(found.filter((said) => typeof said === "string"))];
}

/** One call that does it, and before it nothing but the approval that it needs. */
function stepsMismatches(
  { steps, typed_data }: Prepared,
  intent: Intent,
  deployment: Deployment,
  permit: SignedPermit | undefined,
): (true | string)[] {
  const approval = expectedApproval(intent, deployment);
  const last = steps.at(-1);
  if (!last) return [typed_data !== null || "There is nothing to sign."];
  if (typed_data || steps.length > (approval ? 2 : 1)) return ["There is more to sign than what you asked for."];
  const [first] = steps.length === 2 ? steps : [];
  return [
    ...(first && approval ? stepMismatches(first, approval, deployment) : []),
    ...stepMismatches(last, expectedCall(intent, permit), deployment),
  ];
}

function stepMismatches(step: Step, expected: Expected, deployment: Deployment): (true | string)[] {
  const { name } = CONTRACTS[expected.contract];
  return [
    sameAddress(step.to, contractAddress(deployment, expected.contract)) ||
      `It would call ${step.to}, which is not the ${name.toLowerCase()}.`,
    step.chain_id === deployment.chain_id || `It is made for chain ${step.chain_id}, not ${deployment.chain_id}.`,
    BigInt(step.value) === 0n || "It would send ether along.",
    ...callMismatches(step.data, expected),
  ];
}

function callMismatches(data: string, expected: Expected): (true | string)[] {
  const { abi, name } = CONTRACTS[expected.contract];
  let call: { functionName: string; args?: readonly unknown[] | undefined };
  try {
    if (!isHex(data)) throw new Error("not hexadecimal");
    call = decodeFunctionData({ abi, data });
  } catch {
    return [`Its data cannot be read as a call of the ${name.toLowerCase()}.`];
  }
  if (call.functionName !== expected.name) return [`It would call ${call.functionName}, not ${expected.name}.`];
  const inputs = inputNames(abi, expected.name, call.args?.length ?? 0);
  const given = new Map(inputs.flatMap((input, index) => named(input, call.args?.[index])));
  return Object.entries(expected.arguments).map(
    ([argument, wanted]) =>
      sameValue(given.has(argument) ? given.get(argument) : absent(argument), wanted) ||
      (WORDS[argument] ?? `Its ${argument.replaceAll("_", " ")} is not what you asked for.`),
  );
}

/** An argument by its name; of a struct, each field by its own. */
function named(input: string, value: unknown): [string, unknown][] {
  const isStruct = typeof value === "object" && value !== null && !Array.isArray(value);
  return isStruct ? Object.entries(value) : [[input, value]];
}

/** A function may leave its reference out, and then carries none. */
function absent(argument: string): Hex | undefined {
  return argument === "reference" ? NO_REFERENCE : undefined;
}

function inputNames(abi: (typeof CONTRACTS)[keyof typeof CONTRACTS]["abi"], name: string, count: number): string[] {
  const found = abi.find(
    (item): item is AbiFunction => item.type === "function" && item.name === name && item.inputs.length === count,
  );
  return (found?.inputs ?? []).map((input) => input.name ?? "");
}

function sameValue(given: unknown, wanted: Argument): boolean {
  if (typeof wanted === "object")
    return (
      Array.isArray(given) && given.length === wanted.length && wanted.every((one, index) => sameValue(given[index], one))
    );
  if (typeof given === "string" && typeof wanted === "string") return given.toLowerCase() === wanted.toLowerCase();
  return given === wanted;
}
