// What was handed to the wallet, followed from the signature until no reorganisation can take it back.
//
// An action takes one step or several: a permit or an approval first, then the call. Each later step is prepared anew
// once the one before it is done, and held against the intent again.

import type { Address, Hex } from "viem";
import { ApiProblem, type Api } from "../api.ts";
import type { Deployment, Prepared, Step, TransactionState } from "../answers.ts";
import type { Stream } from "../stream.ts";
import { Rejected, Unsupported, type Wallet } from "../wallet.ts";
import { mismatches } from "./check.ts";
import { requestOf, type Intent, type SignedPermit, type Way } from "./intent.ts";
import { forgetKey } from "./keys.ts";
import { permitOf } from "./permit.ts";

export type State = "awaiting-signature" | "preparing" | TransactionState["state"] | "rejected" | "failed";
export type StageKind = "permit" | "approve" | "call";

/** One signature of an action. */
export interface Stage {
  kind: StageKind;
  state: State;
  sentence: string;
  hash?: Hex;
  block?: number;
}

export interface Sent {
  intent: Intent;
  stages: Stage[];
}

const SOON_MS = 500;
const LATER_MS = 2_500;
const UNKNOWN_MS_MAX = 60_000;
const STAGES_MAX = 3;
const PERMIT_SECONDS = 3_600;
const ASKED: Record<StageKind, string> = {
  permit: "Sign the permit in your wallet. It costs nothing.",
  approve: "Confirm the approval in your wallet.",
  call: "Confirm the transaction in your wallet.",
};

class Stopped extends Error {}

/** Fires `change`. Holds one action at a time: the one that the dialog shows. */
export class Outbox extends EventTarget {
  sent: Sent | undefined;
  deployment: Deployment | undefined;

  constructor(
    private readonly api: Api,
    private readonly stream: Stream,
    private readonly wallet: Wallet,
  ) {
    super();
  }

  /** Whether something is under way whose end is not known yet. */
  get busy(): boolean {
    const state = this.now?.state;
    if (!state || state === "final") return false;
    if (this.now?.kind !== "call") return state !== "rejected" && state !== "failed" && state !== "reverted";
    return state === "awaiting-signature" || state === "pending" || state === "mined" || state === "orphaned";
  }

  /** The step that it is at. */
  get now(): Stage | undefined {
    return this.sent?.stages.at(-1);
  }

  prepare(intent: Intent, way: Way, permit?: SignedPermit): Promise<Prepared> {
    return this.api.prepare(intent.action, requestOf(intent, { way, permit, deadline: this.time + PERMIT_SECONDS }));
  }

  /** What was prepared held against the intent, the wallet and the time. */
  mismatches(prepared: Prepared, intent: Intent, permit?: SignedPermit): string[] {
    const { deployment } = this;
    const wallet = this.wallet.connected;
    if (!deployment || !wallet) return ["No wallet is connected."];
    return mismatches(prepared, intent, { deployment, wallet, now: this.time, permit });
  }

  /** Seconds since 1970, by this machine's clock or the chain's, whichever is ahead. */
  get time(): number {
    return Math.max(Math.floor(Date.now() / 1000), this.stream.tip?.timestamp ?? 0);
  }

  /** Ask for the signatures and follow what comes of them. Never raises: trouble is a state. */
  async send(intent: Intent, prepared: Prepared): Promise<void> {
    if (this.busy) return;
    const sent: Sent = { intent, stages: [] };
    this.sent = sent;
    try {
      await this.walk(sent, prepared);
    } catch (error) {
      if (!(error instanceof Stopped)) this.stop(sent, error);
    }
  }

  private async walk(sent: Sent, first: Prepared): Promise<void> {
    const { intent } = sent;
    let prepared = first;
    let permit: SignedPermit | undefined;
    let way: Way = "permit";
    for (let count = 0; count < STAGES_MAX; count++) {
      const wrong = this.mismatches(prepared, intent, permit);
      if (wrong.length > 0) throw new Error(`What the server prepared is not what you asked for. ${wrong.join(" ")}`);
      if (prepared.typed_data) {
        permit = await this.permitted(sent, prepared);
        if (!permit) way = "approve";
      } else {
        const [step, next] = prepared.steps;
        if (!step) throw new Error("There is nothing to sign.");
        await this.submit(sent, next ? "approve" : "call", step);
        if (!next) return;
        way = "approve";
      }
      prepared = await this.prepare(intent, way, permit);
      const [issue] = prepared.issues;
      if (issue) throw new Error(issue.sentence);
    }
    throw new Error("It takes more signatures than it should.");
  }

  /** The signed permit, or undefined where the wallet cannot sign one. */
  private async permitted(sent: Sent, { typed_data }: Prepared): Promise<SignedPermit | undefined> {
    const { intent } = sent;
    if (!typed_data || intent.action !== "vault_deposit" || !this.deployment) throw new Error("There is no permit.");
    const stage = this.begin(sent, "permit");
    const data = permitOf(typed_data, intent, this.deployment);
    try {
      const signature = await this.wallet.sign(intent.sender as Address, data);
      this.move(sent, stage, "preparing", "Signed.");
      return { deadline: BigInt(String(data.message["deadline"])), signature };
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      sent.stages.pop();
      return undefined;
    }
  }

  private async submit(sent: Sent, kind: StageKind, step: Step): Promise<void> {
    const stage = this.begin(sent, kind);
    stage.hash = await this.wallet.send({
      from: sent.intent.sender as Address,
      to: step.to as Address,
      data: step.data as Hex,
      value: 0n,
      gas: step.gas === null ? undefined : BigInt(step.gas),
    });
    this.move(sent, stage, "pending", "The network has it; no block holds it yet.");
    await this.follow(sent, stage, stage.hash);
  }

  private async follow(sent: Sent, stage: Stage, hash: Hex): Promise<void> {
    const since = Date.now();
    while (this.sent === sent) {
      try {
        const seen = await this.api.transaction(hash);
        if (seen.block_number !== null) stage.block = seen.block_number;
        this.move(sent, stage, seen.state, seen.sentence);
      } catch (error) {
        const lost = error instanceof ApiProblem && error.code === "unknown-transaction";
        if (lost && Date.now() - since > UNKNOWN_MS_MAX) {
          this.move(sent, stage, stage.state, "No node knows it any more. It may have been replaced in your wallet.");
        }
      }
      if (this.settled(stage)) return;
      await this.wait(stage.state === "indexed" || stage.state === "reverted" ? LATER_MS : SOON_MS);
    }
    throw new Stopped();
  }

  /** An approval needs to be in a block; the call itself is followed until it is final. */
  private settled(stage: Stage): boolean {
    if (stage.state === "final") return true;
    if (stage.state === "reverted") {
      if (stage.kind !== "call") throw new Stopped();
      return (stage.block ?? Infinity) <= (this.stream.tip?.finalized ?? 0);
    }
    return stage.kind !== "call" && (stage.state === "indexed" || stage.state === "mined");
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

  private begin(sent: Sent, kind: StageKind): Stage {
    const stage: Stage = { kind, state: "awaiting-signature", sentence: ASKED[kind] };
    sent.stages.push(stage);
    this.changed();
    return stage;
  }

  private stop(sent: Sent, error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    const last = sent.stages.at(-1);
    const open = last?.state === "awaiting-signature" || last?.state === "pending";
    const stage = last && open ? last : this.begin(sent, "call");
    this.move(sent, stage, error instanceof Rejected ? "rejected" : "failed", words);
  }

  private move(sent: Sent, stage: Stage, state: State, sentence: string): void {
    if (stage.state === state && stage.sentence === sentence) return;
    Object.assign(stage, { state, sentence });
    if (state === "final" && stage.kind === "call") forgetKey(sent.intent);
    this.changed();
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}
