// How a screen asks for a proof: by an event that the shell hands to the dialog.

import { html, type TemplateResult } from "lit";
import { icon } from "../parts/icons.ts";
import type { Subject } from "./subject.ts";

const EVENT = "open-proof";

export class OpenProof extends CustomEvent<Subject> {
  constructor(subject: Subject) {
    super(EVENT, { bubbles: true, detail: subject });
  }
}

/** A small button beside a figure. of: what it is the figure of, for those who hear the page. */
export function proofButton(subject: Subject, of: string): TemplateResult {
  return html`<button type="button" class="copy" data-testid="proof-open" aria-label=${`Prove ${of}`} title="Prove this figure from the chain's state"
    @click=${(event: Event) => event.currentTarget?.dispatchEvent(new OpenProof(subject))}>${icon("proof")}</button>`;
}
