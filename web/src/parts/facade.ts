// A property's facade: always the same drawing for the same property, from its id and name alone.

import { html, type TemplateResult } from "lit";
import { building } from "../facade/building.ts";

/** `view` is the whole street, or a vignette of the middle for a small row. */
export function facade(id: number, name: string, view: "street" | "vignette" = "street"): TemplateResult {
  const {
    strokes,
    focus: [x, y],
  } = building(id, name);
  const box = view === "street" ? "0 0 320 200" : `${x - 34} ${y - 34} 68 68`;
  return html`<svg class="facade facade-${view}" viewBox=${box} preserveAspectRatio=${view === "street" ? "xMidYMax meet" : "xMidYMid slice"}
    role="img" aria-label=${`Drawing of ${name}`}>${strokes}</svg>`;
}
