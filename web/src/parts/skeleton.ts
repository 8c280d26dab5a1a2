// Grey bars of the size of what is to come, so that nothing jumps when it does.

import { html, type TemplateResult } from "lit";

export type Size = "short" | "medium" | "long" | "figure" | "total" | "chart";

export function skeleton(size: Size): TemplateResult {
  return html`<span class="skeleton skeleton-${size}" aria-hidden="true"></span>`;
}

export function skeletonRows(count: number, kind: string): TemplateResult[] {
  return Array.from(
    { length: count },
    () => html`<div class="row ${kind}" aria-hidden="true">
    <span class="skeleton skeleton-tile"></span><span class="row-main">${skeleton("medium")}${skeleton("short")}</span>${skeleton("figure")}</div>`,
  );
}
