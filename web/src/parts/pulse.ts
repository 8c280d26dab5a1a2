// Where the index stands, beating once for each block; or that we hear nothing.

import { html, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { grouped } from "../money.ts";
import type { Stream } from "../stream.ts";

export function pulse({ tip, connected }: Stream): TemplateResult {
  const title = tip ? `Indexed up to block ${tip.indexed}; final up to block ${tip.finalized}` : "Connecting";
  return html`<span class="pulse" data-connected=${connected} title=${title}>
    ${keyed(tip?.indexed, html`<svg class="beat" viewBox="0 0 8 8" aria-hidden="true"><circle cx="4" cy="4" r="3" /></svg>`)}
    <span class="pulse-words"><span class="pulse-word">${connected ? "Block" : "Offline"}</span>
    <span class="figure" data-testid="indexed-block" data-block=${tip?.indexed ?? ""}>${tip ? grouped(tip.indexed) : "–"}</span></span></span>`;
}
