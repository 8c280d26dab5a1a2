// A figure, proven before the reader's eyes: from the hash of a block down to what a contract holds.

import { html, nothing, type TemplateResult } from "lit";
import type { Hex } from "viem";
import { accountName, ownerOf, shortened } from "../accounts.ts";
import type { AccountProof, HoldingProof } from "../answers.ts";
import { ApiProblem } from "../api.ts";
import type { App } from "../app.ts";
import { grouped } from "../money.ts";
import { copyButton } from "../parts/address.ts";
import { amount, fractions, percent } from "../parts/amount.ts";
import { PageElement } from "../parts/element.ts";
import { icon } from "../parts/icons.ts";
import { trouble } from "../parts/notice.ts";
import { nameOf } from "../parts/party.ts";
import { blockNumber, time } from "../parts/placed.ts";
import { skeleton } from "../parts/skeleton.ts";
import { checkProof, STEPS, type Checked, type Step } from "./check.ts";
import { contractOf, indexedOf, pathOf, placesOf, readingOf, type Reading, type Subject } from "./subject.ts";

type Outcome = "holds" | "fails" | "open" | "unreached";

/** What the connected wallet's own node says of the block. */
interface Witness {
  outcome: Outcome;
  words: string;
}

interface Found {
  subject: Subject;
  answer: AccountProof | HoldingProof;
  checked: Checked;
  reading: Reading;
  agrees: boolean;
  witness: Witness;
}

const ALONE: Witness = {
  outcome: "open",
  words: "No wallet is connected: compare the hash with a node that you trust.",
};
const NAMES = ["The block's hash", "Your wallet's node", "State root", "Storage root", "The index"] as const;
const NOTE =
  "Each step is computed in this browser: keccak-256 over what the chain's node gave. A figure that was made up leads to no block.";

export class ProofDialog extends PageElement {
  static override properties = {
    app: { attribute: false },
    subject: { state: true },
    found: { state: true },
    complaint: { state: true },
  };
  declare app: App;
  declare private subject: Subject | undefined;
  declare private found: Found | undefined;
  declare private complaint: string;

  constructor() {
    super();
    this.complaint = "";
  }

  open(subject: Subject): void {
    this.subject = subject;
    this.querySelector("dialog")?.showModal();
    void this.prove();
  }

  override render() {
    const { subject, found } = this;
    return html`<dialog class="dialog" aria-labelledby="proof-title">
      <div class="dialog-head"><h2 id="proof-title">Proof of a ${subject && "account" in subject ? "balance" : "holding"}</h2>
        <button type="button" class="button-icon" aria-label="Close" @click=${this.close}>${icon("close")}</button></div>
      ${this.complaint ? trouble(this.complaint, () => void this.prove()) : found ? this.shown(found) : this.awaited()}
    </dialog>`;
  }

  /** As high as what is to come. */
  private awaited(): TemplateResult {
    return html`<p class="review-amount">${skeleton("total")}</p><p class="review-sentence">${skeleton("long")}</p>
      <p class="proof-verdict" role="status">Proving…</p>
      <ol class="proof">${NAMES.map((name) => step(name, undefined, "open", skeleton("long")))}</ol>
      <p class="form-note">${NOTE}</p>${this.actions(undefined)}`;
  }

  private actions(found: Found | undefined): TemplateResult {
    return html`<div class="dialog-actions">
      <button type="button" class="button" data-testid="proof-save" ?disabled=${!found} @click=${() => found && save(found)}>${icon("in")}Save proof</button>
      <button type="button" class="button button-primary" data-testid="proof-again" ?disabled=${!found} @click=${() => void this.prove()}>Prove again</button></div>`;
  }

  private shown(found: Found): TemplateResult {
    const { checked, reading, subject } = found;
    const verdict = verdictOf(found);
    return html`${checked.failure ? nothing : html`<p class="review-amount" data-testid="proof-figure" data-value=${reading.balance.toString()}>${this.figure(subject, reading.balance)}</p>`}
      <p class="review-sentence">${this.sentence(found)}</p>
      <p class="proof-verdict" data-outcome=${verdict.outcome} data-testid="proof-verdict" role="status">${icon(verdict.outcome === "holds" ? "check" : "alert")}${verdict.words}</p>
      <ol class="proof">${this.steps(found)}</ol>
      <p class="form-note">${NOTE}</p>${this.actions(found)}`;
  }

  private figure(subject: Subject, balance: bigint): TemplateResult {
    return "account" in subject ? amount(balance, this.app.deployment.stablecoin) : fractions(balance);
  }

  private sentence({ subject, checked, reading }: Found): TemplateResult {
    const whose =
      "account" in subject
        ? html`${accountName(subject.account)} of ${shortened(ownerOf(subject.account))}`
        : html`${nameOf(subject.property, this.app)}, held by ${shortened(subject.holder)}`;
    if (checked.failure) return html`${whose}.`;
    const share =
      reading.cap === undefined
        ? nothing
        : html` That is ${percent(reading.balance, reading.cap)} of the property's ${grouped(reading.cap)}.${reading.locked ? html` Of these ${grouped(reading.balance)}, ${grouped(reading.locked)} rest in escrow.` : nothing}`;
    return html`${whose}, as of <span class="proof-when">${blockNumber(checked.number)}</span> at ${time(checked.timestamp)}.${share}`;
  }

  private steps(found: Found): TemplateResult[] {
    const { answer, checked, subject, agrees, witness } = found;
    const { proof } = answer;
    const contract = contractOf(subject, this.app.deployment);
    const [blockName, walletName, stateName, storageName, indexName] = NAMES;
    const nodes = (count: number) => `${count} ${count === 1 ? "node" : "nodes"}`;
    const say = (step: Step, words: string) => (checked.failure?.step === step ? checked.failure.words : words);
    const [block, state, storage] = STEPS.map((step) => outcomeOf(step, checked)) as [Outcome, Outcome, Outcome];
    const index = storage !== "holds" ? "unreached" : agrees ? "holds" : "fails";
    return [
      step(blockName, proof.block.hash, block, say("block", "Its header, hashed here, has this hash.")),
      step(walletName, undefined, witness.outcome, witness.words),
      step(stateName, checked.stateRoot, state, say("contract", `In the header. It leads in ${nodes(proof.contract.proof.length)} to the ${contract.name} at ${shortened(contract.address)}.`)),
      step(storageName, checked.storageRoot, storage, say("word", `Of the contract. It leads in ${nodes(proof.words[0]?.proof.length ?? 0)} to the word that says the figure.`)),
      step(indexName, undefined, index, agrees ? "Says the same as of this block." : elseSaid(indexedOf(answer))),
    ];
  }

  /** Ask for a proof as of the newest block, follow it, and ask the wallet's node about the block. */
  private async prove(): Promise<void> {
    const { subject } = this;
    if (!subject) return;
    this.found = undefined;
    this.complaint = "";
    try {
      const answer = await this.app.api.proof(pathOf(subject));
      const checked = checkProof(answer.proof, contractOf(subject, this.app.deployment).address, placesOf(subject));
      const reading = readingOf(subject, checked.words);
      const indexed = indexedOf(answer);
      const agrees = reading.balance === indexed.balance && reading.locked === indexed.locked;
      const witness = await this.witness(answer.proof.block.hash, checked);
      if (this.subject === subject) this.found = { subject, answer, checked, reading, agrees, witness };
    } catch (error) {
      if (this.subject === subject) this.complaint = error instanceof ApiProblem ? error.detail : String(error);
    }
  }

  private async witness(hash: Hex, { number, failure }: Checked): Promise<Witness> {
    const { wallet, deployment } = this.app;
    if (failure) return { outcome: "unreached", words: "" };
    if (!wallet.connected) return ALONE;
    if (wallet.connected.chainId !== deployment.chain_id)
      return { outcome: "open", words: "Your wallet is on another chain, so its node was not asked." };
    const said = await wallet.blockHash(number);
    if (said === undefined) return { outcome: "open", words: "It did not say which block it has there." };
    if (said === null) return { outcome: "open", words: "It does not have this block yet. Prove again in a moment." };
    if (said === hash) return { outcome: "holds", words: "Has this very block, with this hash." };
    return { outcome: "fails", words: `Has another block there, ${shortened(said)}: one of the two is on a wrong branch.` };
  }

  private readonly close = () => this.querySelector("dialog")?.close();
}

function elseSaid({ balance, locked }: Reading): string {
  const escrow = locked === undefined ? "" : `, ${grouped(locked)} of them in escrow`;
  return `Says ${grouped(balance)}${escrow}, which is not what the chain's state has.`;
}

function outcomeOf(step: Step, { failure }: Checked): Outcome {
  if (!failure || STEPS.indexOf(step) < STEPS.indexOf(failure.step)) return "holds";
  return step === failure.step ? "fails" : "unreached";
}

function verdictOf({ checked, agrees, witness }: Found): { outcome: "holds" | "fails"; words: string } {
  if (checked.failure) return { outcome: "fails", words: "Not proven: do not rely on this figure." };
  if (witness.outcome === "fails") return { outcome: "fails", words: "Proven, but of a block that your wallet's node does not have." };
  if (!agrees) return { outcome: "fails", words: "The index shows another figure than the chain's state." };
  if (witness.outcome === "holds") return { outcome: "holds", words: "Proven, for a block that your wallet's node has too." };
  return { outcome: "holds", words: "Proven from the block's hash on." };
}

const MARKS = { holds: "check", fails: "close" } as const;

function step(
  title: string,
  hash: Hex | undefined,
  outcome: Outcome,
  words: string | TemplateResult,
): TemplateResult {
  const drawing = outcome === "holds" || outcome === "fails" ? icon(MARKS[outcome]) : nothing;
  return html`<li class="proof-step" data-testid="proof-step" data-outcome=${outcome}><span class="proof-mark" aria-hidden="true">${drawing}</span>
    <span class="proof-name">${title}${outcome === "fails" ? html`<span class="heard"> does not hold</span>` : nothing}</span>
    ${hash && outcome !== "unreached" ? html`<span class="proof-hash hex" title=${hash}>${shortened(hash)}${copyButton(hash)}</span>` : nothing}
    <span class="proof-words">${outcome === "unreached" ? "Not looked at." : words}</span></li>`;
}

/** Hand out the answer as it was checked: the node may not keep that state for long. */
function save({ answer, checked }: Found): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(answer, null, 2)], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href: address, download: `proof-${checked.number}.json` }).click();
  URL.revokeObjectURL(address);
}

customElements.define("fh-proof", ProofDialog);
