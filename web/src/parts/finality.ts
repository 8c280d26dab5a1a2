// How settled a row is: a hollow dot while it is indexed, a filled one once no reorganisation can reach it.

import { html, type TemplateResult } from "lit";
import type { Placed } from "../answers.ts";
import type { Tip } from "../stream.ts";

export function isFinal(row: Pick<Placed, "block_number" | "finality">, tip: Tip | undefined): boolean {
  return row.finality === "final" || (tip !== undefined && row.block_number <= tip.finalized);
}

export function finality(
  row: Pick<Placed, "block_number" | "finality">,
  tip: Tip | undefined,
  words = false,
): TemplateResult {
  const final = isFinal(row, tip);
  const said = final ? "Final" : "Indexed";
  const title = final ? "Final: no reorganisation can take it back" : "Indexed: in the books, not final yet";
  return html`<span class="finality" data-finality=${final ? "final" : "indexed"} title=${title}>${dot(final)}<span
    class=${words ? "" : "heard"}>${said}</span></span>`;
}

export function dot(filled: boolean): TemplateResult {
  return html`<svg class="dot" viewBox="0 0 8 8" aria-hidden="true"><circle class=${filled ? "dot-filled" : "dot-hollow"} cx="4" cy="4" r="2.9" /></svg>`;
}
