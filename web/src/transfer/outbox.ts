// What was handed to the wallet, followed from the signature until no reorganisation can take it back.

import type { Address, Hex } from "viem";
import { ApiProblem, type Api, type Prepared, type TransactionState } from "../api.ts";
import type { Stream } from "../stream.ts";
import { Rejected, type Wallet } from "../wallet.ts";
import { forgetKey, type Intent } from "./intent.ts";

export type State = "awaiting-signature" | TransactionState["state"] | "rejected" | "failed";

export interface Sent {
  intent: Intent;
  state: State;
  sentence: string;
  hash?: Hex;
  block?: number;
}

const SOON_MS = 500;
const LATER_MS = 2_500;
const UNKNOWN_MS_MAX = 60_000;

/** Fires `change`. Holds one transfer at a time: the one that the dialog shows. */
export class Outbox extends EventTarget {
  sent: Sent | undefined;

  constructor(
    private readonly api: Api,
    private readonly stream: Stream,
    private readonly wallet: Wallet,
  ) {
    super();
  }

  /** Whether something is under way whose end is not known yet. */
  get busy(): boolean {
    const state = this.sent?.state;
    return state === "awaiting-signature" || state === "pending" || state === "mined" || state === "orphaned";
  }

  clear(): void {
    this.sent = undefined;
    this.changed();
  }

  /** Ask for the signature and follow what comes of it. Never raises: trouble is a state. */
  async send(intent: Intent, prepared: Prepared): Promise<void> {
    const step = prepared.steps[0];
    if (!step || this.busy) return;
    const sent: Sent = { intent, state: "awaiting-signature", sentence: "Confirm the transfer in your wallet." };
    this.sent = sent;
    this.changed();
    try {
      const gas = step.gas === null ? undefined : BigInt(step.gas);
      sent.hash = await this.wallet.send({
        from: sent.intent.sender as Address,
        to: step.to as Address,
        data: step.data as Hex,
        value: 0n,
        gas,
      });
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return this.move(sent, error instanceof Rejected ? "rejected" : "failed", words);
    }
    this.move(sent, "pending", "The network has it; no block holds it yet.");
    await this.follow(sent, sent.hash);
  }

  private async follow(sent: Sent, hash: Hex): Promise<void> {
    const since = Date.now();
    while (this.sent === sent) {
      try {
        const seen = await this.api.transaction(hash);
        if (seen.block_number !== null) sent.block = seen.block_number;
        this.move(sent, seen.state, seen.sentence);
      } catch (error) {
        const lost = error instanceof ApiProblem && error.code === "unknown-transaction";
        if (lost && Date.now() - since > UNKNOWN_MS_MAX) {
          this.move(sent, sent.state, "No node knows it any more. Sending the same transfer again cannot pay twice.");
        }
      }
      if (this.settled(sent)) return;
      await this.wait(sent.state === "indexed" || sent.state === "reverted" ? LATER_MS : SOON_MS);
    }
  }

  private settled(sent: Sent): boolean {
    if (sent.state === "final") return true;
    return sent.state === "reverted" && (sent.block ?? Infinity) <= (this.stream.tip?.finalized ?? 0);
  }

  /** A pause that ends at once when a block comes. */
  private wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.stream.removeEventListener("tip", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.stream.addEventListener("tip", done);
    });
  }

  private move(sent: Sent, state: State, sentence: string): void {
    if (sent.state === state && sent.sentence === sentence) return;
    Object.assign(sent, { state, sentence });
    if (state === "final") forgetKey(sent.intent);
    this.changed();
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}
