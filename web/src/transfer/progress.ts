// A transfer on its way, as a small stepper; trouble looks different and says so.

import { html, nothing, type TemplateResult } from "lit";
import { address } from "../parts/address.ts";
import { icon } from "../parts/icons.ts";
import { blockNumber } from "../parts/placed.ts";
import type { Sent, State } from "./outbox.ts";

const STEPS = [
  { state: "awaiting-signature", name: "Signature" },
  { state: "pending", name: "Pending" },
  { state: "mined", name: "Mined" },
  { state: "indexed", name: "Indexed" },
  { state: "final", name: "Final" },
] as const;

const TITLES: Record<State, string> = {
  "awaiting-signature": "Waiting for your signature",
  pending: "Sent, waiting for a block",
  mined: "Mined",
  indexed: "In the books",
  final: "Final",
  reverted: "The contract refused it",
  orphaned: "Its block was taken back",
  rejected: "Declined in the wallet",
  failed: "Not sent",
};

const WAYS: Partial<Record<State, "stopped" | "doubtful">> = {
  reverted: "stopped",
  rejected: "stopped",
  failed: "stopped",
  orphaned: "doubtful",
};

export function isTrouble(state: State): boolean {
  return WAYS[state] !== undefined;
}

export function progress(sent: Sent): TemplateResult {
  const way = WAYS[sent.state] ?? "going";
  const reached = way === "going" ? STEPS.findIndex((step) => step.state === sent.state) : troubledStep(sent);
  return html`<div class="progress" data-testid="transfer-state" data-state=${sent.state} data-way=${way} role="status" aria-live="polite">
    <ol class="stepper">${STEPS.map(
      ({ name }, index) => html`<li class="step" data-step=${stepKind(index, reached, way)}
      aria-current=${index === reached ? "step" : "false"}>${stepMark(stepKind(index, reached, way))}<span>${name}</span></li>`,
    )}</ol>
    <p class="progress-title">${way === "going" ? nothing : icon("alert")}${TITLES[sent.state]}</p>
    <p class="faint" data-testid=${isTrouble(sent.state) ? "transfer-error" : "transfer-sentence"}>${sent.sentence}</p>
    ${
      sent.hash
        ? html`<dl class="facts"><div><dt>Transaction</dt><dd>${address(sent.hash)}</dd></div>
      ${sent.block === undefined ? nothing : html`<div><dt>Block</dt><dd>${blockNumber(sent.block)}</dd></div>`}</dl>`
        : nothing
    }
  </div>`;
}

/** Where on its way the trouble befell it. */
function troubledStep(sent: Sent): number {
  return sent.state === "reverted" || sent.state === "orphaned" ? 2 : 0;
}

type Kind = "done" | "now" | "last" | "stopped" | "doubtful" | "ahead";

function stepKind(index: number, reached: number, way: "going" | "stopped" | "doubtful"): Kind {
  if (index < reached) return "done";
  if (index > reached) return "ahead";
  if (way !== "going") return way;
  return index === STEPS.length - 1 ? "last" : "now";
}

function stepMark(kind: Kind): TemplateResult {
  return html`<svg class="step-mark" viewBox="0 0 16 16" aria-hidden="true"><circle class="step-ring" cx="8" cy="8" r="6.5" />
    <path class="step-sign" d=${kind === "done" || kind === "last" ? "m5 8.200 2.200 2.200L11 6" : kind === "stopped" ? "m5.500 5.500 5 5M10.500 5.500l-5 5" : kind === "doubtful" ? "M8 4.800v4M8 11v.1" : kind === "now" ? "M8 8v0" : ""} /></svg>`;
}
