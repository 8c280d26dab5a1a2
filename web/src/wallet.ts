// The visitor's own wallet: found by EIP-6963, asked by EIP-1193. No key ever comes near this page.

import { createStore, type EIP6963ProviderDetail } from "mipd";
import { createClient, custom, encodeFunctionData, erc20Abi, getAddress, type Address, type Hex } from "viem";
import { getChainId, requestAddresses, switchChain } from "viem/actions";
import type { TypedData } from "./answers.ts";

const REMEMBERED = "freehold.wallet";
const REJECTED = 4001;
const UNKNOWN_CHAIN = 4902;
const UNSUPPORTED = [4200, -32601, -32004];

export class Rejected extends Error {}
export class WalletFailed extends Error {}
/** The wallet does not know the method. */
export class Unsupported extends WalletFailed {}

export interface Connected {
  detail: EIP6963ProviderDetail;
  address: Address;
  chainId: number;
}

/** Fires `change` whenever a wallet is announced, connected, switched or left. */
export class Wallet extends EventTarget {
  connected: Connected | undefined;
  private readonly store = createStore();
  private leave: (() => void) | undefined;

  get choices(): readonly EIP6963ProviderDetail[] {
    return this.store.getProviders();
  }

  /** Follow announcements, and take up the wallet of the last visit without asking anything. */
  start(): void {
    let tried = false;
    const remembered = recall();
    this.store.subscribe(
      () => {
        const known = this.choices.find((choice) => choice.info.rdns === remembered);
        if (known && !tried && !this.connected) {
          tried = true;
          void this.resume(known);
        }
        this.changed();
      },
      { emitImmediately: true },
    );
  }

  /** Ask a wallet for its account. Raises Rejected or WalletFailed. */
  async connect(detail: EIP6963ProviderDetail): Promise<void> {
    const client = clientOf(detail);
    const [address] = await inWords(() => requestAddresses(client));
    if (!address) throw new WalletFailed("The wallet shares no account.");
    await this.take(detail, address);
    remember(detail.info.rdns);
  }

  disconnect(): void {
    this.leave?.();
    this.leave = undefined;
    this.connected = undefined;
    remember(undefined);
    this.changed();
  }

  async switchTo(chainId: number): Promise<void> {
    const { connected } = this;
    if (connected) await inWords(() => switchChain(clientOf(connected.detail), { id: chainId }));
  }

  /** Hand a transaction to the wallet, which asks its person. Gives the hash. */
  async send(transaction: {
    from: Address;
    to: Address;
    data: Hex;
    value: bigint;
    gas: bigint | undefined;
  }): Promise<Hex> {
    const { connected } = this;
    if (!connected) throw new WalletFailed("No wallet is connected.");
    const { from, to, data, value, gas } = transaction;
    const request = {
      from,
      to,
      data,
      value: hex(value),
      ...(gas === undefined ? {} : { gas: hex(gas) }),
    };
    const provider = clientOf(connected.detail);
    return await inWords(() => provider.request({ method: "eth_sendTransaction", params: [request] }));
  }

  /** Let the wallet's person sign typed data (EIP-712). Raises Unsupported where the wallet cannot. */
  async sign(from: Address, data: TypedData): Promise<Hex> {
    const { connected } = this;
    if (!connected) throw new WalletFailed("No wallet is connected.");
    const params: [Address, string] = [from, JSON.stringify(data)];
    return await inWords(() => clientOf(connected.detail).request({ method: "eth_signTypedData_v4", params }));
  }

  /** How much of a token the connected wallet holds itself, as its own node says; undefined where that is silent. */
  async holds(token: Address): Promise<bigint | undefined> {
    const { connected } = this;
    if (!connected) return undefined;
    const data = encodeFunctionData({ abi: erc20Abi, functionName: "balanceOf", args: [connected.address] });
    const said = await clientOf(connected.detail)
      .request({ method: "eth_call", params: [{ to: token, data }, "latest"] })
      .catch(() => "0x");
    return /^0x[0-9a-f]{64}$/i.test(said) ? BigInt(said) : undefined;
  }

  /** The hash of a block on the chain of the wallet's own node; null where it has none, undefined where it is silent. */
  async blockHash(number: number): Promise<Hex | null | undefined> {
    const { connected } = this;
    if (!connected) return undefined;
    const params: [Hex, boolean] = [hex(BigInt(number)), false];
    return await clientOf(connected.detail)
      .request({ method: "eth_getBlockByNumber", params })
      .then((block) => (block ? block.hash : null))
      .catch(() => undefined);
  }

  private async resume(detail: EIP6963ProviderDetail): Promise<void> {
    const accounts = await clientOf(detail)
      .request({ method: "eth_accounts" })
      .catch(() => []);
    if (accounts[0]) await this.take(detail, accounts[0]);
  }

  private async take(detail: EIP6963ProviderDetail, address: string): Promise<void> {
    const chainId = await inWords(() => getChainId(clientOf(detail)));
    this.leave?.();
    this.leave = this.follow(detail);
    this.connected = { detail, address: getAddress(address), chainId };
    this.changed();
  }

  private follow(detail: EIP6963ProviderDetail): () => void {
    const { provider } = detail;
    const onAccounts = ([first]: readonly string[]) => {
      if (!first) return this.disconnect();
      if (this.connected) this.connected = { ...this.connected, address: getAddress(first) };
      this.changed();
    };
    const onChain = (chainId: string) => {
      if (this.connected) this.connected = { ...this.connected, chainId: Number(chainId) };
      this.changed();
    };
    const onDisconnect = () => this.disconnect();
    provider.on("accountsChanged", onAccounts);
    provider.on("chainChanged", onChain);
    provider.on("disconnect", onDisconnect);
    return () => {
      provider.removeListener("accountsChanged", onAccounts);
      provider.removeListener("chainChanged", onChain);
      provider.removeListener("disconnect", onDisconnect);
    };
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** Without retries: a request that a person sees must never be made twice. */
function clientOf(detail: EIP6963ProviderDetail) {
  return createClient({ transport: custom(detail.provider, { retryCount: 0 }) });
}

function hex(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}

async function inWords<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (codeOf(error) === REJECTED) throw new Rejected("Nothing was sent.");
    if (codeOf(error) === UNKNOWN_CHAIN) throw new WalletFailed("The wallet does not know this chain: add it there.");
    if (UNSUPPORTED.includes(codeOf(error) ?? 0)) throw new Unsupported(messageOf(error));
    throw new WalletFailed(messageOf(error));
  }
}

/** viem wraps what a provider throws; the code may sit deeper. */
function codeOf(error: unknown): number | undefined {
  for (let inner = error; typeof inner === "object" && inner !== null; inner = (inner as { cause?: unknown }).cause) {
    const code = (inner as { code?: unknown }).code;
    if (typeof code === "number") return code;
  }
  return undefined;
}

function messageOf(error: unknown): string {
  const said = error as { details?: unknown; shortMessage?: unknown; message?: unknown };
  const text = [said.details, said.shortMessage, said.message].find((part) => typeof part === "string" && part !== "");
  return `The wallet answered: ${String(text ?? "nothing that we understand")}`;
}

function recall(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function remember(rdns: string | undefined): void {
  try {
    if (rdns) localStorage.setItem(REMEMBERED, rdns);
    else localStorage.removeItem(REMEMBERED);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
