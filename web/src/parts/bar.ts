// A thin bar: a part of a whole, and within it a part that is locked.

import { html, nothing, svg, type TemplateResult } from "lit";
import { percentText, thousandths } from "../money.ts";

export function bar(part: bigint, whole: bigint, label: string, locked = 0n): TemplateResult {
  const width = thousandths(part, whole);
  const held = thousandths(locked, whole);
  return html`<svg class="bar" viewBox="0 0 1000 4" preserveAspectRatio="none" role="img" aria-label=${`${label}: ${percentText(part, whole)} %`}>
    <rect class="bar-whole" width="1000" height="4" />
    <rect class="bar-part" width=${part > 0n ? Math.max(width, 3) : 0} height="4" />
    ${held > 0 ? svg`<rect class="bar-locked" x=${width - held} width=${held} height="4" />` : nothing}
  </svg>`;
}
