// Icons, drawn on a grid of 16.

import { html, type TemplateResult } from "lit";

const DRAWINGS = {
  in: "M8 3v9.5M4 8.7l4 4 4-4",
  out: "M8 13V3.5M4 7.3l4-4 4 4",
  between: "M3 5.5h9.5M10 3l2.5 2.5L10 8M13 10.5H3.5M6 8 3.5 10.5 6 13",
  copy: "M5.5 5.5V3h7.5v7.5h-2.5M3 5.5h7.5V13H3z",
  check: "m3 8.5 3.2 3.2L13 5",
  close: "m4 4 8 8M12 4l-8 8",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1",
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6z",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  alert: "M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.2",
  building: "M3 14V5.5L8 2.5l5 3V14M1.5 14h13M6.5 14v-3.5h3V14M6 7.2v.1M10 7.2v.1",
  pie: "M8 1.8a6.2 6.2 0 1 0 6.2 6.2H8zM10.5 1.9a6 6 0 0 1 3.6 3.6h-3.6z",
  money: "M2 4.5h12v7.5H2zM8 6.6a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4zM4 8.2v.1M12 8.2v.1",
  rise: "M8 12.5v-9M4.2 7 8 3.200 11.800 7",
  fall: "M8 3.500v9M4.200 9 8 12.800 11.800 9",
  back: "M9.5 3.5 5 8l4.5 4.5",
  chevron: "m6 3.5 4.5 4.5L6 12.5",
  plus: "M8 3v10M3 8h10",
  clock: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.6V8l2.4 1.6",
  proof: "M8 1.800 13 3.600v4.200c0 3-2.100 5.200-5 6.400-2.900-1.200-5-3.400-5-6.400V3.600zM5.800 8l1.600 1.600 2.900-3",
  lock: "M4 7.2h8v6.300H4zM5.600 7V5.200a2.400 2.400 0 0 1 4.800 0V7",
} as const;

export type Icon = keyof typeof DRAWINGS;

export function icon(name: Icon): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${DRAWINGS[name]} /></svg>`;
}

export function mark(): TemplateResult {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M4 21V8.5L12 3l8 5.500V21M2.500 21h19M12 21V7.500M8 11v2.500M8 16v2.500M16 11v2.500M16 16v2.500" /></svg>`;
}
