// The strokes that every facade is drawn with. Classes carry the colours, so that day and night are one drawing.

import { svg, type SVGTemplateResult } from "lit";

export type Stroke = SVGTemplateResult;

const round = (value: number) => Math.round(value * 10) / 10;

export const rect = (x: number, y: number, width: number, height: number, kind = "line"): Stroke =>
  svg`<rect class="f-${kind}" x=${round(x)} y=${round(y)} width=${round(width)} height=${round(height)} />`;

export const line = (x1: number, y1: number, x2: number, y2: number, kind = "line"): Stroke =>
  svg`<path class="f-${kind}" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" />`;

export const path = (d: string, kind = "line"): Stroke => svg`<path class="f-${kind}" d=${d} />`;

export const circle = (x: number, y: number, radius: number, kind = "line"): Stroke =>
  svg`<circle class="f-${kind}" cx=${round(x)} cy=${round(y)} r=${round(radius)} />`;

/** An opening whose head is an arc of the given rise. */
export const arch = (x: number, y: number, width: number, height: number, rise: number, kind = "line"): Stroke =>
  path(
    `M${round(x)} ${round(y + height)}V${round(y + rise)}Q${round(x + width / 2)} ${round(y - rise)} ` +
      `${round(x + width)} ${round(y + rise)}V${round(y + height)}Z`,
    kind,
  );

export const times = <T>(count: number, draw: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => draw(i));

/** Chance that is the same for the same property on every screen (FNV-1a, then mulberry32). */
export class Chance {
  private state: number;

  constructor(seed: string) {
    let hash = 0x811c9dc5;
    for (const character of seed) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    this.state = hash >>> 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  one<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.between(0, choices.length - 1)] ?? choices[0];
  }

  /** What a pane of glass shows: a few are lit, which only the night notices. */
  pane(): "glass" | "lit" {
    return this.next() < 0.22 ? "lit" : "glass";
  }
}

/** A drawing, and the place of it that is shown where there is little room. */
export interface Drawing {
  strokes: Stroke[];
  focus: readonly [x: number, y: number];
}

export const WIDTH = 320;
export const GROUND = 168;
