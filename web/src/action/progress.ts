// An action on its way, as a small stepper for the signature that it is at; trouble looks different and says so.

import { html, nothing, type TemplateResult } from "lit";
import { address } from "../parts/address.ts";
import { icon } from "../parts/icons.ts";
import { blockNumber } from "../parts/placed.ts";
import type { Sent, Stage, StageKind, State } from "./outbox.ts";
import { stageName } from "./words.ts";

const STEPS = [
  { state: "awaiting-signature", name: "Signature" },
  { state: "pending", name: "Pending" },
  { state: "mined", name: "Mined" },
  { state: "indexed", name: "Indexed" },
  { state: "final", name: "Final" },
] as const;

const TITLES: Record<State, string> = {
  "awaiting-signature": "Waiting for your signature",
  preparing: "Signed",
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

export function progress(sent: Sent, stage: Stage): TemplateResult {
  const way = WAYS[stage.state] ?? "going";
  return html`<div class="progress" data-testid="action-state" data-state=${stage.state} data-stage=${stage.kind} data-way=${way} role="status" aria-live="polite">
    ${trail(sent)}
    ${stage.kind === "permit" ? nothing : stepper(stage, way)}
    <p class="progress-title">${way === "going" ? nothing : icon("alert")}${TITLES[stage.state]}</p>
    <p class="faint" data-testid=${isTrouble(stage.state) ? "action-error" : "action-sentence"}>${stage.sentence}</p>
    ${
      stage.hash
        ? html`<dl class="facts"><div><dt>Transaction</dt><dd>${address(stage.hash)}</dd></div>
      ${stage.block === undefined ? nothing : html`<div><dt>Block</dt><dd>${blockNumber(stage.block)}</dd></div>`}</dl>`
        : nothing
    }
  </div>`;
}

/** The signatures of an action that takes more than one. */
function trail({ stages, intent }: Sent): TemplateResult | typeof nothing {
  const kinds: StageKind[] = stages.map((stage) => stage.kind);
  if (kinds.at(-1) !== "call") kinds.push("call");
  if (kinds.length < 2) return nothing;
  return html`<ol class="trail" aria-label="Signatures">${kinds.map((kind, index) => {
    const place = index < stages.length - 1 ? "done" : index === stages.length - 1 ? "now" : "ahead";
    return html`<li data-place=${place} aria-current=${place === "now" ? "step" : "false"}><span class="trail-mark">${
      place === "done" ? icon("check") : index + 1
    }</span>${stageName(kind, intent)}</li>`;
  })}</ol>`;
}

type Way = "going" | "stopped" | "doubtful";

function stepper(stage: Stage, way: Way): TemplateResult {
  const reached = way === "going" ? STEPS.findIndex((step) => step.state === stage.state) : troubledStep(stage);
  return html`<ol class="stepper">${STEPS.map(
    ({ name }, index) => html`<li class="step" data-step=${stepKind(index, reached, way)}
      aria-current=${index === reached ? "step" : "false"}>${stepMark(stepKind(index, reached, way))}<span>${name}</span></li>`,
  )}</ol>`;
}

/** Where on its way the trouble befell it. */
function troubledStep({ state }: Stage): number {
  return state === "reverted" || state === "orphaned" ? 2 : 0;
}

type Kind = "done" | "now" | "last" | "stopped" | "doubtful" | "ahead";

function stepKind(index: number, reached: number, way: Way): Kind {
  if (index < reached) return "done";
  if (index > reached) return "ahead";
  if (way !== "going") return way;
  return index === STEPS.length - 1 ? "last" : "now";
}

function stepMark(kind: Kind): TemplateResult {
  return html`<svg class="step-mark" viewBox="0 0 16 16" aria-hidden="true"><circle class="step-ring" cx="8" cy="8" r="6.5" />
    <path class="step-sign" d=${kind === "done" || kind === "last" ? "m5 8.200 2.200 2.200L11 6" : kind === "stopped" ? "m5.500 5.500 5 5M10.500 5.500l-5 5" : kind === "doubtful" ? "M8 4.800v4M8 11v.1" : kind === "now" ? "M8 8v0" : ""} /></svg>`;
}
