// A wallet for visitors of a local stack who have none: the local chain's unlocked accounts, by EIP-6963.
// Served on a local stack alone. It asks before it signs, as any wallet does.

import { decodeFunctionData, erc20Abi, type Abi, type AbiFunction, type Hex } from "viem";
import offering from "../../contracts/abi/PrimaryOffering.json" with { type: "json" };
import token from "../../contracts/abi/FractionToken.json" with { type: "json" };
import vault from "../../contracts/abi/SettlementVault.json" with { type: "json" };
import { accountName, isOutside, ownerOf, shortened } from "./accounts.ts";
import { amountText } from "./money.ts";
import { WalletWindow, type Line } from "./local-wallet-window.ts";

const CHOSEN = "freehold.local-wallet";
const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3d5a4c"/><path d="M7 11.500h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2zm0 0a2.500 2.500 0 0 1 2.500-3H21v3M20 18h5" fill="none" stroke="#f4f1e6" stroke-width="1.800" stroke-linejoin="round"/></svg>')}`;

interface Person {
  name: string;
  index: number;
}

interface Transaction {
  from?: string;
  to?: string;
  data?: Hex;
  value?: Hex;
}

type Listener = (value: unknown) => void;

class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const listeners = new Map<string, Set<Listener>>();
const page = new WalletWindow();
let requests = 0;

async function node(method: string, params: unknown): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: ++requests, method, params: params ?? [] });
  const reply = await fetch("/local/rpc", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const said = (await reply.json()) as { result?: unknown; error?: { code?: number; message?: string } };
  if (said.error) throw new RpcError(said.error.code ?? -32603, said.error.message ?? "The local chain refused.");
  return said.result;
}

async function choose(): Promise<string[]> {
  const [people, accounts] = await Promise.all([
    fetch("/local/people").then((reply) => reply.json() as Promise<Person[]>),
    node("eth_accounts", []) as Promise<string[]>,
  ]);
  const known = people.flatMap(({ name, index }) => (accounts[index] ? [{ name, account: accounts[index] }] : []));
  const chosen = await page.choose(
    "Who do you want to be?",
    known.map(({ name, account }) => ({ label: name, note: shortened(account), value: account })),
  );
  if (chosen === undefined) throw new RpcError(4001, "The person declined.");
  sessionStorage.setItem(CHOSEN, chosen);
  emit("accountsChanged", [chosen]);
  return [chosen];
}

function chosen(): string[] {
  const account = sessionStorage.getItem(CHOSEN);
  return account ? [account] : [];
}

async function sendTransaction(transaction: Transaction): Promise<unknown> {
  const [account] = chosen();
  if (!account || transaction.from?.toLowerCase() !== account.toLowerCase())
    throw new RpcError(4100, "That account is not connected.");
  const confirmed = await page.confirm("Sign this transaction?", await linesOf(transaction));
  if (!confirmed) throw new RpcError(4001, "The person declined.");
  return await node("eth_sendTransaction", [transaction]);
}

interface Known {
  settlement_vault: string;
  fraction_token: string;
  primary_offering: string;
  stablecoin: { address: string; symbol: string; decimals: number };
}

/** What a transaction does, as far as it can be read. */
async function linesOf({ from, to, data, value }: Transaction): Promise<Line[]> {
  const lines: Line[] = [{ name: "From", value: shortened(from ?? "") }];
  if (value && BigInt(value) > 0n) lines.push({ name: "Ether", value: amountText(BigInt(value), 18) });
  const known = (await fetch("/v1/deployment").then((reply) => reply.json())) as Known;
  const contract = contractsOf(known).find(({ address }) => address.toLowerCase() === to?.toLowerCase());
  lines.push({ name: "Contract", value: contract?.name ?? shortened(to ?? "new contract") });
  try {
    if (!contract) throw new Error("unknown");
    const { functionName, args = [] } = decodeFunctionData({ abi: contract.abi, data: data ?? "0x" });
    const inputs = contract.abi.find(
      (item): item is AbiFunction =>
        item.type === "function" && item.name === functionName && item.inputs.length === args.length,
    )?.inputs;
    lines.push({ name: "Function", value: functionName });
    for (const [index, { name, type }] of (inputs ?? []).entries()) {
      const value = valueText(name ?? "", type, args[index], contract.money, known);
      if (value !== undefined) lines.push({ name: labelOf(name ?? ""), value });
    }
  } catch {
    lines.push({ name: "Data", value: shortened(data ?? "0x") });
  }
  return lines;
}

/** `money`: whether its amounts are of the stablecoin, or of fractions. */
function contractsOf(known: Known): { name: string; address: string; abi: Abi; money: boolean }[] {
  return [
    { name: "Settlement vault", address: known.settlement_vault, abi: vault as Abi, money: true },
    { name: "Fraction token", address: known.fraction_token, abi: token as Abi, money: false },
    { name: "Primary offering", address: known.primary_offering, abi: offering as Abi, money: false },
    { name: known.stablecoin.symbol, address: known.stablecoin.address, abi: erc20Abi, money: true },
  ];
}

const UNTOLD = new Set(["reference", "key", "data", "v", "r", "s", "deadline"]);

function valueText(
  name: string,
  type: string,
  value: unknown,
  money: boolean,
  { stablecoin }: Known,
): string | undefined {
  if (UNTOLD.has(name)) return undefined;
  if (name.endsWith("account") && typeof value === "bigint") return ownerText(value);
  if (name === "amount" && typeof value === "bigint")
    return money ? `${amountText(value, stablecoin.decimals)} ${stablecoin.symbol}` : `${value} fractions`;
  return type === "address" ? shortened(String(value)) : String(value);
}

function ownerText(number: bigint): string {
  const account = `0x${number.toString(16).padStart(64, "0")}`;
  return isOutside(account) ? "nobody" : `${shortened(ownerOf(account))}, ${accountName(account).toLowerCase()}`;
}

function labelOf(name: string): string {
  const words = name.replace(/^_/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** EIP-712, signed by the local chain once its person agreed. */
async function signTyped(method: string, params: readonly unknown[]): Promise<unknown> {
  const [account] = chosen();
  const [signer, data] = params;
  if (!account || String(signer).toLowerCase() !== account.toLowerCase())
    throw new RpcError(4100, "That account is not connected.");
  const typed = (typeof data === "string" ? JSON.parse(data) : data) as {
    primaryType: string;
    message: Record<string, unknown>;
  };
  const { stablecoin } = (await fetch("/v1/deployment").then((reply) => reply.json())) as Known;
  const lines = Object.entries(typed.message).map(([name, value]) => ({
    name: labelOf(name),
    value:
      name === "value"
        ? `${amountText(BigInt(String(value)), stablecoin.decimals)} ${stablecoin.symbol}`
        : name === "deadline"
          ? new Date(Number(value) * 1000).toLocaleString("en-GB")
          : shortened(String(value)),
  }));
  if (!(await page.confirm(`Sign this ${typed.primaryType.toLowerCase()}?`, lines)))
    throw new RpcError(4001, "The person declined.");
  return await node(method, [account, typed]);
}

async function request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
  const first: unknown = Array.isArray(params) ? params[0] : undefined;
  switch (method) {
    case "eth_accounts":
      return chosen();
    case "eth_requestAccounts":
      return await choose();
    case "wallet_requestPermissions":
      return await choose().then(() => [{ parentCapability: "eth_accounts" }]);
    case "wallet_switchEthereumChain":
      return await switchChain(first as { chainId?: string });
    case "eth_sendTransaction":
      return await sendTransaction(first as Transaction);
    case "eth_signTypedData_v4":
      return await signTyped(method, params as unknown[]);
    default:
      return await node(method, params);
  }
}

async function switchChain({ chainId }: { chainId?: string }): Promise<null> {
  if (BigInt(chainId ?? 0) === BigInt((await node("eth_chainId", [])) as Hex)) return null;
  throw new RpcError(4902, "This wallet knows the local chain alone.");
}

function emit(event: string, value: unknown): void {
  for (const listener of listeners.get(event) ?? []) listener(value);
}

const provider = {
  request,
  on: (event: string, listener: Listener) =>
    void listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
  removeListener: (event: string, listener: Listener) => void listeners.get(event)?.delete(listener),
};
const info = Object.freeze({ uuid: crypto.randomUUID(), name: "Local wallet", icon: ICON, rdns: "org.freehold.local" });
const announce = () =>
  dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));

addEventListener("eip6963:requestProvider", announce);
announce();
